/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user asks of the carve-out on the command line: oopsmon.region=, .record_size= and more.
 */
#ifndef OM_CORE_OPTIONS_H
#define OM_CORE_OPTIONS_H

#include "core/ramoops/geometry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number of the carve-out that has a device-tree property and a parameter. */
struct option_word {
	const char *name; /* as in ramoops.yaml; the parameter is oopsmon.<name> */
	size_t off;	  /* of its uint32_t in struct geometry */
};

enum { OPTION_WORDS = 8, OPTION_MAX_REASON = 5, OPTION_MEM_TYPE = 6, OPTION_FLAGS = 7 };

/* The sizes first, then the numbers at the places named above. */
extern const struct option_word option_words[OPTION_WORDS];

/* The number @g holds for word @i. */
static inline uint32_t *option_number(struct geometry *g, uint32_t i)
{
	return (uint32_t *)(void *)((char *)g + option_words[i].off);
}

/* What the user asked of the carve-out with oopsmon.* parameters. */
struct carveout_options {
	bool off;	/* oopsmon.region=none */
	bool has_bytes; /* oopsmon.region=SIZE[@ADDRESS] */
	bool has_base;
	struct geometry geom; /* board default with the user's values over it */
	uint32_t given;	      /* bit i: the user gave option_words[i] */
	uint32_t bad;	      /* parameters that could not be understood */
	const char *bad_word; /* the first of them, points into the line */
	size_t bad_word_len;
};

/**
 * options_read - read oopsmon.region, .record_size, .console_size, .ftrace_size,
 * .pmsg_size, .ecc_size, .max_reason, .mem_type and .flags
 * @line:     NUL-terminated
 * @defaults: the board's geometry; region_bytes from it unless the user says otherwise
 *
 * A word that cannot be understood keeps the default and is named in @out.
 */
void options_read(const char *line, const struct geometry *defaults, struct carveout_options *out);

#endif
