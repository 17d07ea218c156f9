/* SPDX-License-Identifier: BSD-2-Clause */
#include "report_order.h"

#include "core/tree/cmdline.h"

#include <string.h>

enum { SECONDS_MAX = 86400, TAIL_LINES_MAX = 999, PERCENT_MAX = 100, BITS_PER_BYTE = 10 };

static bool take_mode(const char *line, enum report_mode *out)
{
	static const char *const modes[] = {
		[REPORT_MODE_NONE] = "none",
		[REPORT_MODE_SUMMARY] = "summary",
		[REPORT_MODE_FULL] = "full",
		[REPORT_MODE_TEXT] = "text",
	};
	size_t len = 0;
	const char *value = cmdline_last(line, "oopsmon.report", &len);

	for (uint32_t i = 0; value && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strlen(modes[i]) == len && memcmp(modes[i], value, len) == 0) {
			*out = (enum report_mode)i;
			return true;
		}
	return !value;
}

/* A bare word is a yes. */
static bool take_again(const char *line, bool *out)
{
	static const char name[] = "oopsmon.report_again";
	size_t len = 0;
	uint32_t yes = 1;

	if (cmdline_last(line, name, &len) && len > 0 && !cmdline_number(line, name, 1, &yes))
		return false;
	*out = yes && cmdline_last(line, name, &len);
	return true;
}

void report_options_read(const char *line, struct report_options *out)
{
	*out = (struct report_options)REPORT_DEFAULT;
	out->bad = !take_mode(line, &out->mode);
	out->bad |= !cmdline_number(line, "oopsmon.report_seconds", SECONDS_MAX, &out->seconds);
	out->bad |= !cmdline_number(line, "oopsmon.archive_seconds", SECONDS_MAX,
				    &out->archive_seconds);
	out->bad |= !cmdline_number(line, "oopsmon.kmsg_seconds", SECONDS_MAX, &out->kmsg_seconds);
	out->bad |= !cmdline_number(line, "oopsmon.tail", TAIL_LINES_MAX, &out->tail);
	out->bad |= !cmdline_number(line, "oopsmon.parity", PERCENT_MAX, &out->parity);
	out->bad |= !take_again(line, &out->again);
}

uint32_t report_budget_bytes(const struct report_options *options, uint32_t baud)
{
	const uint32_t bytes = baud / BITS_PER_BYTE;

	if (options->seconds == 0 || bytes == 0 || options->seconds > UINT32_MAX / bytes)
		return UINT32_MAX;
	return bytes * options->seconds;
}

bool report_is_before(const struct record *a, const struct record *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind;
	if ((a->reason == REASON_PANIC) != (b->reason == REASON_PANIC))
		return a->reason == REASON_PANIC;
	if (a->time_sec != b->time_sec)
		return a->time_sec > b->time_sec;
	if (a->time_usec != b->time_usec)
		return a->time_usec > b->time_usec;
	return a->count > b->count;
}

void report_order(const struct record *records, uint32_t n, uint32_t *order)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = i;

		while (at > 0 && report_is_before(&records[i], &records[order[at - 1]])) {
			order[at] = order[at - 1];
			at--;
		}
		order[at] = i;
	}
}

/* Bytes at the end of a text that come early. */
static uint32_t early_bytes(const struct record *r)
{
	const uint32_t len = (uint32_t)r->text.len;
	uint32_t early = len;

	if (r->kind == ZONE_CONSOLE)
		early = REPORT_CONSOLE_BYTES;
	if (r->kind == ZONE_PMSG || r->kind == ZONE_FTRACE)
		early = REPORT_TAIL_BYTES;
	if (r->kind == ZONE_FTRACE && r->ftrace.bytes)
		early -= early % r->ftrace.bytes;
	return early < len ? early : len;
}

/* When the end of @r's text comes: the console right after the first dmesg record. */
static uint32_t turn_of(const struct record *const *records, uint32_t i)
{
	if (records[i]->kind == ZONE_DMESG)
		return i == 0 ? 0 : 2;
	return records[i]->kind == ZONE_CONSOLE ? 1 : 3;
}

uint32_t report_pieces(const struct record *const *records, uint32_t n, struct report_piece *out)
{
	enum { TURNS = 4 };
	uint32_t n_out = 0;

	for (uint32_t turn = 0; turn < 2 * TURNS; turn++)
		for (uint32_t i = 0; i < n; i++) {
			const uint32_t early = early_bytes(records[i]);
			const uint32_t rest = (uint32_t)records[i]->text.len - early;
			struct report_piece p = { i, rest, early };

			if (turn_of(records, i) != turn % TURNS)
				continue;
			if (turn >= TURNS)
				p = (struct report_piece){ i, 0, rest };
			if (p.bytes)
				out[n_out++] = p;
		}
	return n_out;
}
