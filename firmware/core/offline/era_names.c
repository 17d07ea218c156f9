/* SPDX-License-Identifier: BSD-2-Clause */
/* What eras are called: for those who print them, which the image does not. */
#include "core/ramoops/geometry.h"

#include <string.h>

struct era_name {
	const char *all;	  /* "4.10 to 6.1" */
	const char *first, *last; /* "4.10", "6.1"; NULL: there is no last one yet */
};

static const struct era_name names[ERAS] = {
	[ERA_3_10] = { "3.10", "3.10", "3.10" },
	[ERA_3_11] = { "3.11 to 4.9", "3.11", "4.9" },
	[ERA_4_10] = { "4.10 to 6.1", "4.10", "6.1" },
	[ERA_6_1_LTS] = { "6.1 long-term", "6.1 long-term", "6.1" },
	[ERA_6_2] = { "6.2 to 6.5", "6.2", "6.5" },
	[ERA_6_6] = { "6.6 and later", "6.6", NULL },
};
static const struct era_name since_pmsg = { "4.0 to 4.9", "4.0", "4.9" };

static char *append(char *at, const char *s)
{
	const size_t n = strlen(s);

	memcpy(at, s, n + 1);
	return at + n;
}

/* The eras from @first on that follow one another in @eras; the last of them. */
static uint32_t run_end(uint32_t eras, uint32_t first)
{
	while (first + 1 < ERAS && eras >> (first + 1) & 1)
		first++;
	return first;
}

void era_names(uint32_t eras, char out[ERA_NAMES_BYTES])
{
	char *at = out;

	*at = '\0';
	for (uint32_t i = 0; i < ERAS; i++) {
		if (!(eras >> i & 1))
			continue;

		const struct era_name *first =
			i == ERA_3_11 && (eras & ERAS_WITH_PMSG) ? &since_pmsg : &names[i];
		const uint32_t end = run_end(eras, i);
		const char *last = names[end].last;

		if (at > out)
			at = append(at, ", ");
		if (end == i) {
			at = append(at, first->all);
			continue;
		}
		at = append(at, first->first);
		at = append(at, last ? " to " : " and later");
		at = append(at, last ? last : "");
		i = end;
	}
}
