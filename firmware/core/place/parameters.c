/* SPDX-License-Identifier: BSD-2-Clause */
#include "parameters.h"

#include "core/tree/cmdline.h"

#include <string.h>

enum { MAX_REASON_PANIC = 1, MAX_REASON_OOPS = 2, ECC_ONE_MEANS = 16 };

/* What a parameter is, and where its number goes. */
enum kind {
	KIND_ADDRESS,
	KIND_SIZE,	 /* mem_size */
	KIND_NUMBER,	 /* a number of the geometry */
	KIND_ECC,	 /* 1 means 16 */
	KIND_MAX_REASON, /* goes before dump_oops, whichever comes last */
	KIND_DUMP_OOPS,
	KIND_NAME,
};

static const struct {
	const char *name;
	enum kind kind;
	size_t off; /* of a KIND_NUMBER in struct geometry */
} known[] = {
	{ "mem_address", KIND_ADDRESS, 0 },
	{ "mem_size", KIND_SIZE, 0 },
	{ "record_size", KIND_NUMBER, offsetof(struct geometry, record_bytes) },
	{ "console_size", KIND_NUMBER, offsetof(struct geometry, console_bytes) },
	{ "ftrace_size", KIND_NUMBER, offsetof(struct geometry, ftrace_bytes) },
	{ "pmsg_size", KIND_NUMBER, offsetof(struct geometry, pmsg_bytes) },
	{ "mem_type", KIND_NUMBER, offsetof(struct geometry, mem_type) },
	{ "ecc", KIND_ECC, 0 },
	{ "max_reason", KIND_MAX_REASON, 0 },
	{ "dump_oops", KIND_DUMP_OOPS, 0 },
	{ "mem_name", KIND_NAME, 0 },
};

/* Parameters that are read one after the other: only the end shows what they amount to. */
struct reader {
	struct parameters *out;
	bool has_reason, has_dump; /* a negative number is as none */
	uint32_t reason, dump;
};

/* As kstrtoull() with base 0: all of the text is one number, without a suffix. */
static bool number_read(const char *text, size_t len, uint64_t max, uint64_t *value)
{
	const bool plus = len > 0 && text[0] == '+';
	const char last = len > 0 ? text[len - 1] : 0;
	size_t used;

	if (cmdline_size(text + plus, len - plus, value, &used) || used != len - plus ||
	    *value > max)
		return false;
	/* cmdline_size() takes suffixes; in a hexadecimal number "e" is a digit */
	return (last >= '0' && last <= '9') ||
	       (len - plus > 2 && (text[plus + 1] | 0x20) == 'x' && (last | 0x20) <= 'f');
}

/* As kstrtoint(): *@set is false for a negative number. */
static bool int_read(const char *text, size_t len, bool *set, uint32_t *value)
{
	const bool minus = len > 0 && text[0] == '-';
	uint64_t v = 0;

	if ((minus && len > 1 && text[1] == '+') ||
	    !number_read(text + minus, len - minus, INT32_MAX, &v))
		return false;
	*set = !minus || v == 0;
	*value = (uint32_t)v;
	return true;
}

/* False if Linux will not understand the value. */
static bool value_take(struct reader *r, uint32_t i, const struct cmdline_word *w)
{
	struct parameters *out = r->out;
	bool set = true;
	uint32_t number = 0;
	uint64_t v = 0;

	switch (known[i].kind) {
	case KIND_ADDRESS:
		if (!number_read(w->value, w->value_len, UINT64_MAX, &v))
			return false;
		out->has_address = true;
		out->address = v;
		return true;
	case KIND_SIZE:
		if (!number_read(w->value, w->value_len, UINT64_MAX, &v))
			return false;
		out->bytes = v;
		return true;
	case KIND_NUMBER:
		if (!number_read(w->value, w->value_len, UINT32_MAX, &v))
			return false;
		*(uint32_t *)(void *)((char *)&out->geom + known[i].off) = (uint32_t)v;
		return true;
	case KIND_ECC:
		if (!int_read(w->value, w->value_len, &set, &number))
			return false;
		/* Linux takes a negative size to the allocator, which refuses it */
		out->geom.ecc_bytes = set ? number : INT32_MAX;
		if (number == 1 && set)
			out->geom.ecc_bytes = ECC_ONE_MEANS;
		return true;
	case KIND_MAX_REASON:
		return int_read(w->value, w->value_len, &r->has_reason, &r->reason);
	case KIND_DUMP_OOPS:
		return int_read(w->value, w->value_len, &r->has_dump, &r->dump);
	case KIND_NAME:
		out->name = w->value;
		out->name_len = w->value_len;
		return w->has_value;
	}
	return false;
}

/* True if the word was understood. */
static bool word_take(struct reader *r, const struct cmdline_word *w, const char *name,
		      size_t name_len, bool *is_known)
{
	for (uint32_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		*is_known = cmdline_name_is(name, name_len, known[i].name);
		if (*is_known)
			return value_take(r, i, w);
	}
	return false;
}

/* True if the value is a number with a suffix, as parameters of other modules take it. */
static bool has_suffix(const struct cmdline_word *w)
{
	const char last = w->value_len > 0 ? w->value[w->value_len - 1] : 0;
	uint64_t v;
	size_t used;

	return !cmdline_size(w->value, w->value_len, &v, &used) && used == w->value_len &&
	       (last < '0' || last > '9');
}

/* The words of one text whose names begin with @prefix. */
static void text_read(struct reader *r, const char *text, const char *prefix)
{
	const size_t prefix_len = strlen(prefix);
	struct parameters *out = r->out;
	const char *p = text;
	struct cmdline_word w;
	bool is_known;

	while (cmdline_word_next(text, &p, &w)) {
		if (w.name_len <= prefix_len || memcmp(w.name, prefix, prefix_len) != 0)
			continue;
		if (word_take(r, &w, w.name + prefix_len, w.name_len - prefix_len, &is_known)) {
			out->n++;
		} else if (out->bad++ == 0) {
			out->bad_word = w.start;
			out->bad_word_len = w.len;
			out->bad_is_suffix = is_known && has_suffix(&w);
		}
	}
}

/* reserve_mem=SIZE:ALIGN:NAME with the name of mem_name; the first one is the one found. */
static void reserve_mem_find(const char *line, struct parameters *out)
{
	const char *at = NULL;
	size_t len, used, more;

	while ((at = cmdline_next(line, "reserve_mem", at, &len)) && out->named_bytes == 0) {
		uint64_t bytes, align;

		if (cmdline_size(at, len, &bytes, &used) || bytes == 0 || used >= len ||
		    at[used] != ':' || cmdline_size(at + used + 1, len - used - 1, &align, &more))
			continue;
		used += 1 + more;
		if (used >= len || at[used] != ':' || len - used - 1 != out->name_len ||
		    out->name_len > PARAMETERS_NAME_MAX ||
		    memcmp(at + used + 1, out->name, out->name_len) != 0)
			continue;
		out->named_bytes = bytes;
		out->named_align = align;
	}
}

void parameters_read(const char *line, const char *modprobe, struct parameters *out)
{
	struct reader r = { .out = out };

	*out = (struct parameters){ .geom = { .record_bytes = PARAMETERS_SIZE_DEFAULT,
					      .console_bytes = PARAMETERS_SIZE_DEFAULT,
					      .ftrace_bytes = PARAMETERS_SIZE_DEFAULT,
					      .pmsg_bytes = PARAMETERS_SIZE_DEFAULT,
					      .flags = GEOMETRY_FTRACE_PER_CPU } };
	if (modprobe)
		text_read(&r, modprobe, "");
	text_read(&r, line, "ramoops.");
	out->geom.max_reason = MAX_REASON_OOPS;
	if (r.has_reason)
		out->geom.max_reason = r.reason;
	else if (r.has_dump)
		out->geom.max_reason = r.dump ? MAX_REASON_OOPS : MAX_REASON_PANIC;
	if (out->name && out->name_len > 0)
		reserve_mem_find(line, out);
}
