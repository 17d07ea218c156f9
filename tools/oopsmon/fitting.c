/* SPDX-License-Identifier: BSD-2-Clause */
#include "fitting.h"

#include "commands.h"

#include "core/log/record.h"
#include "core/ramoops/record_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void fitting_warn(const struct sizes *s, const struct input *in, const struct fit *f,
		  const struct found *found)
{
	char names[SIZES_NAMES_BYTES];
	uint32_t n;
	const char *why = fit_why(f, &n);
	const char *then = s->force ? "used all the same, as --force-sizes says"
				    : "the sizes below are those that the bytes show";

	if (f->which != FIT_OTHER)
		then = "these are left out, for no other sizes explain more";
	sizes_names(s, f->which == FIT_OTHER ? &found->geom : NULL, names);
	progress_end(in->progress);
	fprintf(stderr, "%s: %s: warning: %s does not fit: %" PRIu32 " %s: %s\n", s->program,
		in->name, names, n, why, then);
}

static void say_completed(const struct sizes *s, const struct input *in)
{
	char names[SIZES_NAMES_BYTES];

	sizes_names(s, NULL, names);
	progress_end(in->progress);
	fprintf(stderr, "%s: %s: with %s as given, the other sizes were found\n", s->program,
		in->name, names);
}

bool fitting_check(const struct sizes *s, const struct input *in, struct span there,
		   const bool *filled, const struct region *region, struct fit *fit,
		   struct found *found)
{
	struct search_known known = { region->geom, s->known, filled };
	struct workspace work = { malloc(SEARCH_WORK_BYTES), SEARCH_WORK_BYTES };
	const bool good = work.p &&
			  search_check(there, &known, &region->layout, work, fit, found) == OM_OK;

	free(work.p);
	if (!good)
		return false;
	/* the end is missing: no reason to invent zones */
	if (fit->which == FIT_OTHER && there.len < region->geom.region_bytes &&
	    (found->n_missing > 0 || found->n_unproven > 0))
		fit->which = FIT_GIVEN;
	if (fit->which == FIT_COMPLETED)
		say_completed(s, in);
	else if (fit->which == FIT_OTHER || fit->n_outside)
		fitting_warn(s, in, fit, found);
	return true;
}

int fitting_code(const struct fit *fit)
{
	return fit->which == FIT_OTHER || (fit->which == FIT_GIVEN && fit->n_outside)
		       ? EXIT_FINDINGS
		       : EXIT_GOOD;
}

const char *fitting_name(const struct fit *fit)
{
	static const char *const names[] = {
		[FIT_GIVEN] = "fit", [FIT_COMPLETED] = "completed", [FIT_OTHER] = "contradicted"
	};

	return names[fit->which];
}
