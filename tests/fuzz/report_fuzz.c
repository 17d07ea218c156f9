/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of a chapter: what is read is in bounds, and written again it reads the same. */
#include "core/report/report.h"
#include "fuzz.h"

static void check_record(const struct record *r)
{
	char name[RECORD_NAME_BYTES];

	require(r->kind < ZONE_KINDS, "a kind");
	require((uint32_t)r->quality <= QUALITY_UNREADABLE, "a quality");
	require(r->text.p == NULL && r->text.len <= 64 << 20, "a length only");
	require(r->n_pieces > 0, "at least one piece");
	check_holes(&r->holes, SIZE_MAX);
	record_name(r, name);
	require(strchr(name, '/') == NULL && strlen(name) < sizeof(name), "a file's name");
	if (r->ftrace.bytes) {
		struct ftrace_entry e;
		uint8_t *entry = make_bytes(r->ftrace.bytes, 0x5a);

		require(ftrace_entry_at((struct span){ entry, r->ftrace.bytes }, &r->ftrace, 0,
					&e) == OM_OK,
			"an entry fits in its bytes");
		free(entry);
	}
}

/* What the monitor would write of it is read as the same. */
static void check_again(const struct report_head *head, const struct record *records)
{
	static char text[(REPORT_RECORDS_MAX + 32) * REPORT_LINE_BYTES];
	static struct record again[REPORT_RECORDS_MAX];
	const struct record *list[REPORT_RECORDS_MAX];
	struct report_head other;
	size_t len = 0;
	size_t used = 0;

	for (uint32_t i = 0; i < head->n_records; i++)
		list[i] = &records[i];
	for (uint32_t i = 0;; i++) {
		const size_t n = report_head_line(head, list, i, text + len);

		if (n == 0)
			break;
		len += n;
	}
	memset(&other, 0, sizeof(other));
	require(report_head_read((struct span){ (const uint8_t *)text, len }, &other, again,
				 &used) == OM_OK,
		"a head that was written can be read");
	require(used == len, "all of it");
	require(other.id == head->id && other.chapter == head->chapter &&
			other.n_records == head->n_records && other.verdict == head->verdict &&
			other.boot_count == head->boot_count && other.warm == head->warm &&
			other.has_uptime == head->has_uptime &&
			other.uptime_us == head->uptime_us && other.baud == head->baud &&
			other.era == head->era && other.n_ftrace == head->n_ftrace &&
			other.writer_version == head->writer_version && other.n_old == head->n_old,
		"the same numbers");
	require(memcmp(&other.geom, &head->geom, sizeof(other.geom)) == 0, "the same geometry");
	require(memcmp(&other.beyond, &head->beyond, sizeof(other.beyond)) == 0,
		"the same records beyond it");
	require(strcmp(other.board, head->board) == 0 &&
			strcmp(other.monitor, head->monitor) == 0 &&
			strcmp(other.cause, head->cause) == 0,
		"the same names");
	for (uint32_t i = 0; i < head->n_records; i++) {
		const struct record *a = &records[i];
		const struct record *b = &again[i];

		require(a->kind == b->kind && a->index == b->index && a->piece == b->piece &&
				a->text.len == b->text.len && a->quality == b->quality &&
				a->notes == b->notes && a->digest == b->digest &&
				a->time_sec == b->time_sec && a->has_time == b->has_time &&
				a->reason == b->reason && a->packing == b->packing &&
				a->holes.n == b->holes.n && a->ftrace.bytes == b->ftrace.bytes,
			"the same record");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span in = { data, size };
	const struct span text = make_copy(in);
	static struct record records[REPORT_RECORDS_MAX];
	struct report_head head;
	struct report_item item;
	size_t at = 0;
	size_t before;

	memset(records, 0x5a, sizeof(records));
	memset(&head, 0, sizeof(head));

	const enum om_err err = report_head_read(text, &head, records, &at);

	if (err == OM_OK || err == OM_E_TRUNCATED) {
		require(at <= text.len && head.n_records <= REPORT_RECORDS_MAX, "in bounds");
		for (uint32_t i = 0; i < head.n_records; i++)
			check_record(&records[i]);
		check_again(&head, records);
	}
	before = at;
	while (err == OM_OK && report_item_read(text, &head, &at, &item) == OM_OK) {
		require(at > before && at <= text.len, "forward, and in bounds");
		before = at;
		require(item.kind == REPORT_END || item.number < head.n_records, "a record");
		require(item.kind != REPORT_TEXT ||
				(lies_in(item.text, text) && item.text.len <= item.bytes),
			"text in the chapter");
	}
	require(at == before, "an error moves nothing");
	drop_copy(text, in);
	return 0;
}
