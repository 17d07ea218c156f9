/* SPDX-License-Identifier: BSD-2-Clause */
#include "known_words.h"

#include "core/tree/cmdline.h"

#include <string.h>

enum { NAME_MAX = 24 }; /* characters of a name that are compared */

/* Every oopsmon.* word, whichever file reads it. */
static const char *const known[] = {
	"region",	   "record_size",    "console_size", "ftrace_size",   "pmsg_size",
	"ecc_size",	   "max_reason",     "mem_type",     "flags",	      "report",
	"report_again",	   "report_seconds", "parity",	     "fetch_seconds", "archive",
	"archive_seconds", "kmsg_seconds",   "tail",
};

enum { N_KNOWN = sizeof(known) / sizeof(known[0]) };

const char *known_words_name(uint32_t i)
{
	return i < N_KNOWN ? known[i] : NULL;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Characters to change, add or leave out between the two (Levenshtein); both are short. */
static uint32_t distance(const char *a, uint32_t a_len, const char *b, uint32_t b_len)
{
	uint8_t row[NAME_MAX + 1];

	for (uint32_t j = 0; j <= b_len; j++)
		row[j] = (uint8_t)j;
	for (uint32_t i = 0; i < a_len; i++) {
		uint32_t diagonal = row[0];

		row[0] = (uint8_t)(i + 1);
		for (uint32_t j = 0; j < b_len; j++) {
			const bool same = cmdline_name_is(&a[i], 1, (const char[]){ b[j], 0 });
			const uint32_t change = diagonal + !same;

			diagonal = row[j + 1];
			row[j + 1] = (uint8_t)least(change, least(row[j], row[j + 1]) + 1U);
		}
	}
	return row[b_len];
}

static const char *nearest(const char *name, size_t len)
{
	const char *best = NULL;
	uint32_t best_distance = (uint32_t)len / 3 + 1;

	if (len > NAME_MAX)
		return NULL;
	for (uint32_t i = 0; i < N_KNOWN; i++) {
		const uint32_t d =
			distance(name, (uint32_t)len, known[i], (uint32_t)strlen(known[i]));

		if (d < best_distance) {
			best_distance = d;
			best = known[i];
		}
	}
	return best;
}

static bool is_known(const char *name, size_t len)
{
	for (uint32_t i = 0; i < N_KNOWN; i++)
		if (cmdline_name_is(name, len, known[i]))
			return true;
	return false;
}

void known_words_check(const char *line, struct unknown_words *out)
{
	const char *p = line;
	struct cmdline_word w;

	*out = (struct unknown_words){ 0 };
	while (cmdline_word_next(line, &p, &w)) {
		const size_t own = cmdline_own_prefix(&w);

		if (!own || is_known(w.name + own, w.name_len - own) || out->n++ > 0)
			continue;
		out->word = w.name;
		out->len = w.name_len;
		out->nearest = nearest(w.name + own, w.name_len - own);
	}
}
