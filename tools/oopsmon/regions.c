/* SPDX-License-Identifier: BSD-2-Clause */
#include "regions.h"

#include "commands.h"
#include "fitting.h"
#include "held.h"
#include "scan.h"
#include "unpackers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { REGION_ALIGN = 1024 }; /* no region is known whose size is not a multiple of it */

struct job {
	const struct sizes *sizes;
	const struct input *in;
	regions_print print;
	regions_else otherwise;
	void *arg;
	struct region region;
	uint32_t n; /* regions reported */
};

static int print_region(struct job *job, struct source *src)
{
	const struct sizes *s = job->sizes;
	const uint32_t bytes = job->region.geom.region_bytes;

	src->from = src->found ? FROM_SEARCH : s->from;
	if (s->find_per_cpu && !src->found && job->region.layout.n_ftrace <= 1)
		job->region.geom.flags &= ~(uint32_t)GEOMETRY_FTRACE_PER_CPU;
	src->base_pa = s->has_address ? s->address + src->off : 0;
	job->region.unpackers = host_unpackers;
	job->region.digests = false; /* nobody asks for them here */
	src->region = &job->region;
	src->number = job->n++;
	/* with as much after the last zone, something else follows the region */
	src->odd_length = !s->geom.region_bytes && !src->lost_bytes && bytes % REGION_ALIGN != 0 &&
			  bytes - layout_end(&job->region.layout) < REGION_ALIGN;

	const int code = job->print(job->arg, src);

	return code == EXIT_GOOD && job->region.layout.rivals ? EXIT_FINDINGS : code;
}

static int no_region(const struct input *in, const char *why)
{
	progress_end(in->progress);
	fprintf(stderr, "%s: %s: %s\n", in->program, in->name, why);
	return EXIT_TROUBLE;
}

/* ---- sizes are known ---------------------------------------------------------------------- */

static const char *refusal(enum om_err err)
{
	if (err == OM_E_NO_SPACE)
		return "so much parity leaves no data in the smallest zone: check --ecc-size";
	if (err == OM_E_VARIANT)
		return "Linux cannot read more than 127 parity bytes per block either: check "
		       "--ecc-size";
	return "these zones need a larger region: give its whole --region-size, or the sizes of "
	       "its "
	       "own ramoops node";
}

/* Zones that begin in the first @had bytes without a signature. */
static uint32_t missing_zones(enum om_err err, const struct region *r, size_t had)
{
	struct place at;
	uint32_t n = 0;

	if (err != OM_OK)
		return UINT32_MAX;
	for (uint32_t i = 0; layout_place(&r->layout, i, &at) == OM_OK; i++)
		n += at.off < had;
	return n > r->layout.score ? n - r->layout.score : 0;
}

/*
 * A file that ends before its region does, and nobody says how long that is: most regions
 * are a power of two long. A length is better than the file's own if it puts more zones on
 * signatures and leaves fewer without one; as many are enough if no region is as long as the file.
 */
static enum om_err open_cut(struct job *job, struct held *held, uint32_t *lost)
{
	const struct sizes *s = job->sizes;
	struct geometry g = s->geom;
	struct region *r = &job->region;
	const size_t had = held->bytes.len;
	const uint32_t more = had % REGION_ALIGN == 0;
	uint32_t least, most, chosen;
	enum om_err err;

	g.region_bytes = (uint32_t)had;
	err = region_open(held->bytes, &g, s->cpus, r);
	if (err != OM_OK && err != OM_E_TRUNCATED)
		return err;
	least = missing_zones(err, r, had);
	most = err == OM_OK ? r->layout.score : 0;
	chosen = err == OM_OK ? g.region_bytes : 0;
	if (least == 0)
		return OM_OK;
	for (uint32_t bytes = 4096; bytes <= HELD_PAD_BYTES; bytes *= 2) {
		if (bytes <= had)
			continue;
		held_pad(held, bytes);
		g.region_bytes = bytes;
		err = region_open(held->bytes, &g, s->cpus, r);
		if (err != OM_OK || (chosen && (r->layout.score < most + more ||
						missing_zones(err, r, had) >= least)))
			continue;
		most = r->layout.score;
		least = missing_zones(err, r, had);
		chosen = bytes;
	}
	if (!chosen)
		return OM_E_TRUNCATED;
	*lost = chosen > had ? chosen - (uint32_t)had : 0;
	g.region_bytes = chosen;
	return region_open(held->bytes, &g, s->cpus, r);
}

/*
 * Rockchip's kernel takes the node's sizes as they are, and may put a zone for its boot log
 * before all others. True if that, and not what Linux does, gives every zone a header.
 * Source: boot-log-size and the unrounded sizes in the nodes and kernels that Rockchip ships.
 */
static bool open_unrounded(struct job *job, struct span bytes, struct source *src)
{
	const struct sizes *s = job->sizes;
	const uint32_t starts[] = { 0, s->boot_log_bytes };
	struct region region;

	for (size_t i = 0; i < 1 + (s->boot_log_bytes > 0); i++) {
		struct geometry g = s->geom;
		const struct span rest = span_sub(bytes, starts[i], bytes.len);

		g.region_bytes = (uint32_t)rest.len;
		if (region_open_exact(rest, &g, s->cpus, &region) != OM_OK ||
		    region.layout.score < layout_zones(&region.layout))
			continue;
		job->region = region;
		src->off += starts[i];
		return true;
	}
	return false;
}

static void say_unrounded(const struct sizes *s, const struct input *in, const struct source *src)
{
	progress_end(in->progress);
	fprintf(stderr, "%s: %s: zones as Rockchip's kernel lays them out: sizes not rounded",
		in->program, in->name);
	if (src->off > s->off)
		fprintf(stderr,
			", after a boot log of %" PRIu64 " bytes at 0x%" PRIx64
			" that is not decoded",
			src->off - s->off, s->off);
	fprintf(stderr, "\n");
}

/* A region that was opened with its sizes: do they fit what is in it? */
static int print_given(struct job *job, struct input *in, struct span there,
		       const struct held *held, const struct source *opened)
{
	struct source src = *opened;
	const struct span bytes = held->bytes;
	const struct sizes *s = job->sizes;
	struct fit fit;
	struct found found;

	if (job->region.layout.score < layout_zones(&job->region.layout) && !src.lost_bytes &&
	    open_unrounded(job, bytes, &src)) {
		say_unrounded(s, in, &src);
		return print_region(job, &src);
	}
	if (!fitting_check(s, in, there, held->full, &job->region, &fit, &found))
		return print_region(job, &src);
	src.fit = &fit;
	if (fit.which != FIT_GIVEN && !s->force) {
		if (region_open_found(span_sub(bytes, found.off, found.geom.region_bytes), &found,
				      &job->region) != OM_OK)
			return no_region(in, "its sizes cannot be found");
		src.found = &found;
		src.off += found.off;
		src.lost_bytes = 0;
		src.to_end &= found.off + found.geom.region_bytes == held->bytes.len;
	}

	const int code = print_region(job, &src);

	return code > fitting_code(&fit) ? code : fitting_code(&fit);
}

static int given(struct job *job, struct input *in)
{
	const struct sizes *s = job->sizes;
	const uint32_t want = s->geom.region_bytes;
	struct source src = { .off = s->off, .to_end = !want };
	struct held held;
	enum om_err err;
	int code;

	if (!held_load(&held, in, s->off, want))
		return EXIT_TROUBLE;
	if (held.bytes.len == 0) {
		code = no_region(in, in->damage ? in->damage
				     : in->off == 0 && s->off == 0
					     ? "the file is empty"
					     : "the input ends before the region begins: check "
					       "--offset, or --base and --dump-base");
	} else {
		const size_t had = held.bytes.len;

		held_pad(&held, want);
		err = want ? region_open(held.bytes, &s->geom, s->cpus, &job->region)
			   : open_cut(job, &held, &src.lost_bytes);
		if (want > had)
			src.lost_bytes = want - (uint32_t)had;
		if (err == OM_OK)
			code = print_given(job, in, span_sub(held.bytes, 0, had), &held, &src);
		else
			code = no_region(in, refusal(err));
	}
	held_free(&held);
	return code;
}

/* ---- sizes are to be found ----------------------------------------------------------------- */

static int print_found(void *arg, const struct scan_hit *hit)
{
	struct job *job = arg;
	const struct found *found = hit->found;
	struct source src = {
		.off = hit->off, .found = found, .lost_bytes = hit->lost, .to_end = hit->to_end
	};

	const struct search_known known = { .geom = job->sizes->geom, .sizes = job->sizes->known };
	const struct fit fit = { .which = FIT_OTHER };
	int code = EXIT_GOOD;

	if (region_open_found(hit->bytes, found, &job->region) != OM_OK)
		return EXIT_TROUBLE;
	if (!scan_matches(&known, &found->geom)) {
		fitting_warn(job->sizes, job->in, &fit, found);
		src.fit = &fit;
		code = EXIT_FINDINGS;
	}

	const int printed = print_region(job, &src);

	return printed > code ? printed : code;
}

/* The place is known, so that these bytes are the region or have it in them. */
static int find_in_place(struct job *job, struct input *in)
{
	const struct sizes *s = job->sizes;
	struct search_known known = { .geom = s->geom, .sizes = s->known };
	struct workspace work = { malloc(SEARCH_WORK_BYTES), SEARCH_WORK_BYTES };
	struct held held;
	struct found found;
	int code = EXIT_TROUBLE;

	if (!work.p || !held_load(&held, in, s->off, s->geom.region_bytes)) {
		free(work.p);
		return code;
	}
	known.filled = held.full;
	if (search_bytes(held.bytes, &known, work, &found) == OM_OK ||
	    search_bytes(held.bytes, &(struct search_known){ .filled = held.full }, work, &found) ==
		    OM_OK)
		code = print_found(job, &(struct scan_hit){ span_sub(held.bytes, found.off,
								     found.geom.region_bytes),
							    s->off + found.off, 0, &found, false });
	else
		code = no_region(in, in->damage ? in->damage
						: "no zone that a kernel wrote is in these bytes: "
						  "check --offset, --base and --region-size");
	held_free(&held);
	free(work.p);
	return code;
}

static int find(struct job *job, struct input *in)
{
	const struct search_known known = { .geom = job->sizes->geom, .sizes = job->sizes->known };
	struct scan_result result;
	char why[256];

	if (job->sizes->geom.region_bytes)
		return find_in_place(job, in);
	if (!input_seek(in, job->sizes->off))
		return no_region(in, "the input ends before --offset");
	if (!scan_input(in, &known, print_found, job, &result))
		return no_region(in, "out of memory");

	const int other = job->otherwise ? job->otherwise(job->arg) : EXIT_TROUBLE;

	if (result.regions || other != EXIT_TROUBLE) {
		job->n += other != EXIT_TROUBLE;
		return other != EXIT_TROUBLE && other > result.code ? other : result.code;
	}
	if (in->off <= job->sizes->off && job->sizes->off > 0)
		return no_region(in, in->damage ? in->damage : "the input ends before --offset");
	if (in->off == 0)
		return no_region(in, in->damage ? in->damage : "the file is empty");
	snprintf(why, sizeof(why),
		 "no ramoops region in %" PRIu64 " bytes: %s%s; if there is one, give its sizes "
		 "(--record-size, --console-size, ... or --dtb)",
		 in->off,
		 result.marks_at == UINT64_MAX
			 ? "no zone header (\"DBGC\") anywhere"
			 : "zone headers there are, but no sizes that fit them",
		 job->otherwise ? ", nor a monitor's report or archive" : "");
	return no_region(in, why);
}

int regions_each(const struct sizes *s, struct input *in, regions_print print,
		 regions_else otherwise, void *arg)
{
	struct job *job = calloc(1, sizeof(*job));
	int code = EXIT_TROUBLE;

	if (!job)
		return no_region(in, "out of memory");
	job->sizes = s;
	job->in = in;
	job->print = print;
	job->otherwise = otherwise;
	job->arg = arg;
	code = s->from == FROM_SEARCH ? find(job, in) : given(job, in);
	if (in->damage && job->n > 0) {
		progress_end(in->progress);
		fprintf(stderr, "%s: %s: %s; decoded is what came before\n", in->program, in->name,
			in->damage);
		code = code > EXIT_FINDINGS ? code : EXIT_FINDINGS;
	}
	free(job);
	return code;
}
