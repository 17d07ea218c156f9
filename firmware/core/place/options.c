/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include "core/tree/cmdline.h"

#define WORD(name, field)                                                                          \
	{                                                                                          \
		name, offsetof(struct geometry, field)                                             \
	}

const struct option_word option_words[OPTION_WORDS] = {
	WORD("record-size", record_bytes),
	WORD("console-size", console_bytes),
	WORD("ftrace-size", ftrace_bytes),
	WORD("pmsg-size", pmsg_bytes),
	WORD("ecc-size", ecc_bytes),
	[OPTION_MAX_REASON] = WORD("max-reason", max_reason),
	[OPTION_MEM_TYPE] = WORD("mem-type", mem_type),
	[OPTION_FLAGS] = WORD("flags", flags),
};

/* none, SIZE or SIZE@ADDRESS */
static bool region_option(const char *text, size_t len, struct carveout_options *out)
{
	uint64_t bytes, base = 0;
	size_t used, used_base;
	bool has_base;

	if (cmdline_name_is(text, len, "none")) {
		out->off = true;
		return true;
	}
	if (cmdline_size(text, len, &bytes, &used) || bytes == 0 || bytes > INT32_MAX)
		return false;
	has_base = used < len;
	if (has_base && (text[used] != '@' ||
			 cmdline_size(text + used + 1, len - used - 1, &base, &used_base) ||
			 used + 1 + used_base != len))
		return false;
	out->off = false;
	out->has_bytes = true;
	out->geom.region_bytes = (uint32_t)bytes;
	if (has_base) {
		out->has_base = true;
		out->geom.base_pa = base;
	}
	return true;
}

/* True if the word was understood, or is none of ours. */
static bool option_take(const struct cmdline_word *w, const char *name, size_t name_len,
			struct carveout_options *out)
{
	uint32_t value;

	if (cmdline_name_is(name, name_len, "region"))
		return region_option(w->value, w->value_len, out);
	for (uint32_t i = 0; i < OPTION_WORDS; i++) {
		if (!cmdline_name_is(name, name_len, option_words[i].name))
			continue;
		/* an int, as Linux wants its properties; cached RAM would keep the last lines in
		   the CPU's caches over a reset */
		if (!cmdline_whole_number(w->value, w->value_len, INT32_MAX, &value) ||
		    (i == OPTION_MEM_TYPE && value > 1))
			return false;
		*option_number(&out->geom, i) = value;
		out->given |= 1U << i;
	}
	return true;
}

void options_read(const char *line, const struct geometry *defaults, struct carveout_options *out)
{
	const char *p = line;
	struct cmdline_word w;

	*out = (struct carveout_options){ .geom = *defaults, .has_base = defaults->base_pa != 0 };
	while (cmdline_word_next(line, &p, &w)) {
		const size_t own = cmdline_own_prefix(&w);

		if (!own || option_take(&w, w.name + own, w.name_len - own, out))
			continue;
		if (out->bad++ == 0) {
			out->bad_word = w.start;
			out->bad_word_len = w.len;
		}
	}
}
