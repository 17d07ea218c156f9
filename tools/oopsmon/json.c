/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The facts as one JSON document, docs/json.md. It is built as the records come and
 * printed at the end, so texts are kept only if --text asks for them.
 */
#include "json.h"
#include "commands.h"
#include "crashes.h"
#include "fitting.h"
#include "json_value.h"
#include "listener.h"
#include "naming.h"
#include "order.h"
#include "sink.h"
#include "text.h"

#include "core/base/utc.h"
#include "core/log/ending.h"
#include "core/log/ftrace.h"
#include "core/log/headline.h"
#include "core/log/pmsg.h"
#include "core/log/title.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct json_state {
	json_t *regions;
	json_t *reports;
	json_t *logs;	 /* NULL: there was none */
	json_t *region;	 /* or report, the last one; borrowed, as the next */
	json_t *records; /* of it */
	struct crashes crashes;
};

size_t json_flags(FILE *f)
{
	return f == stdout && isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0;
}

/* ---- a region ------------------------------------------------------------------------------ */

static json_t *geometry_value(const struct source *src)
{
	static const char *const from[] = {
		[FROM_OPTIONS] = "options",
		[FROM_DTB] = "dtb",
		[FROM_SEARCH] = "search",
	};
	const struct geometry *g = &src->region->geom;
	json_t *o = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "source", from[src->from],
			      "region_bytes", (json_int_t)g->region_bytes, "record_bytes",
			      (json_int_t)g->record_bytes, "console_bytes",
			      (json_int_t)g->console_bytes, "ftrace_bytes",
			      (json_int_t)g->ftrace_bytes, "pmsg_bytes", (json_int_t)g->pmsg_bytes,
			      "ecc_bytes", (json_int_t)g->ecc_bytes, "ftrace_per_cpu",
			      (g->flags & GEOMETRY_FTRACE_PER_CPU) != 0);

	if (src->fit) {
		value_set(o, "given", json_string(fitting_name(src->fit)));
		value_set(o, "headers_outside", json_integer(src->fit->n_outside));
	}
	if (src->found) {
		value_set(o, "sure", json_boolean(src->found->sure));
		value_set(o, "ecc_proven", json_boolean(src->found->ecc_proven));
		value_set(o, "zones_explained", json_integer(src->found->n_explained));
		value_set(o, "zones_missing", json_integer(src->found->n_missing));
		value_set(o, "zones_stray", json_integer(src->found->n_stray));
	}
	return o;
}

/* The zones that are another kind's by an era that is as likely; NULL: there are none. */
static json_t *order_value(const struct region *r)
{
	struct order_rival rival;
	char kernels[ERA_NAMES_BYTES];

	if (!order_rival(r, &rival))
		return NULL;
	era_names(eras_with_pmsg(r->layout.rivals), kernels);

	json_t *zones = json_array();

	for (uint32_t i = 0; i < rival.n; i++)
		json_array_append_new(zones, json_pack("{s:I, s:s, s:s}", "offset",
						       (json_int_t)rival.at[i].off, "kind",
						       record_kind(rival.at[i].kind), "other",
						       record_kind(rival.at[i].other)));
	return json_pack("{s:s, s:o}", "kernels", kernels, "zones", zones);
}

static json_t *era_value(const struct region *r)
{
	static const char *const why[] = {
		[LAYOUT_ALIKE] = "all eras alike",  [LAYOUT_VERSION] = "ftrace signature",
		[LAYOUT_SIGNATURES] = "signatures", [LAYOUT_CONTENT] = "content",
		[LAYOUT_ASSUMED] = "assumed",
	};
	const struct layout *l = &r->layout;
	char kernels[ERA_NAMES_BYTES];

	era_names(layout_eras(&r->geom, l), kernels);

	json_t *o = json_pack("{s:s, s:s}", "kernels", kernels, "evidence", why[l->why]);
	json_t *order = order_value(r);

	value_set(o, "writer", value_version(l->writer_version));
	if (order)
		value_set(o, "or", order);
	return o;
}

static json_t *zones_value(const struct layout *l)
{
	json_t *zones = json_array();
	struct place at;

	for (uint32_t i = 0; layout_place(l, i, &at) == OM_OK; i++)
		json_array_append_new(
			zones, json_pack("{s:s, s:I, s:I, s:I}", "kind", record_kind(at.kind),
					 "index", (json_int_t)at.index, "offset",
					 (json_int_t)at.off, "bytes", (json_int_t)at.bytes));
	return zones;
}

static json_t *region_value(const struct source *src)
{
	json_t *o = json_pack("{s:s, s:I}", "input", src->input, "offset", (json_int_t)src->off);

	if (!o) /* a file name need not be UTF-8 */
		o = json_pack("{s:n, s:I}", "input", "offset", (json_int_t)src->off);
	value_set(o, "base", src->base_pa ? value_hex(src->base_pa) : json_null());
	value_set(o, "geometry", geometry_value(src));
	value_set(o, "era", era_value(src->region));
	value_set(o, "lost_bytes", json_integer(src->lost_bytes));
	value_set(o, "zones", zones_value(&src->region->layout));
	return o;
}

/* ---- a report ------------------------------------------------------------------------------ */

static json_t *region_of_report(const struct report_head *h)
{
	const struct geometry *g = &h->geom;
	json_t *o = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "region_bytes",
			      (json_int_t)g->region_bytes, "record_bytes",
			      (json_int_t)g->record_bytes, "console_bytes",
			      (json_int_t)g->console_bytes, "ftrace_bytes",
			      (json_int_t)g->ftrace_bytes, "pmsg_bytes", (json_int_t)g->pmsg_bytes,
			      "ecc_bytes", (json_int_t)g->ecc_bytes, "flags", (json_int_t)g->flags);

	struct layout l;
	char kernels[ERA_NAMES_BYTES];
	const bool good = layout_make(g, h->era, 1, &l) == OM_OK;

	l.writer_version = h->writer_version;
	era_names(good ? layout_eras(g, &l) : 1u << h->era, kernels);
	value_set(o, "base", value_hex(g->base_pa));
	value_set(o, "kernels", json_string(kernels));
	value_set(o, "writer", value_version(h->writer_version));
	return o;
}

json_t *json_beyond(const struct report_beyond *b)
{
	if (!b->n)
		return json_null();
	return json_pack("{s:I, s:I, s:I}", "records", (json_int_t)b->n, "first",
			 (json_int_t)b->first, "last", (json_int_t)b->last);
}

json_t *json_packing(uint32_t dictionary)
{
	char id[16];

	if (!dictionary)
		return json_null();
	snprintf(id, sizeof(id), "0x%08" PRIx32, dictionary);
	return json_pack("{s:s, s:s}", "kind", "deflate", "dictionary", id);
}

/* What a report says of itself, without its records. */
static json_t *report_value(const struct report *r)
{
	const struct report_head *h = &r->head;
	char id[16];

	snprintf(id, sizeof(id), "%08" PRIx32, h->id);

	json_t *o = json_pack("{s:s, s:s, s:s, s:I, s:b, s:s, s:I}", "id", id, "board", h->board,
			      "monitor", h->monitor, "boot", (json_int_t)h->boot_count, "warm",
			      h->warm, "verdict", report_verdict_word(h->verdict), "old_records",
			      (json_int_t)h->n_old);

	value_set(o, "reset_cause", h->cause[0] ? json_string(h->cause) : json_null());
	value_set(o, "uptime_us",
		  h->has_uptime ? json_integer((json_int_t)h->uptime_us) : json_null());
	value_set(o, "baud", h->baud ? json_integer(h->baud) : json_null());
	value_set(o, "region", region_of_report(h));
	value_set(o, "beyond", json_beyond(&h->beyond));
	value_set(o, "packing", json_packing(r->dictionary));
	value_set(o, "complete", json_boolean(r->complete));
	value_set(o, "cut_by_monitor", json_boolean(r->cut_by_monitor));
	value_set(o, "lines",
		  json_pack("{s:I, s:I, s:I, s:I}", "expected", (json_int_t)r->lines_expected,
			    "seen", (json_int_t)r->lines_seen, "restored",
			    (json_int_t)r->lines_restored, "lost", (json_int_t)r->lines_lost));
	value_set(o, "headline", value_words(r->headline));
	value_set(o, "title", value_words(r->title));
	value_set(o, "signature", value_words(r->signature));
	return o;
}

/* The sink's state, made with its first use; NULL: out of memory. */
static struct json_state *json_state_of(struct sink *s)
{
	struct json_state *state = s->state;

	if (state)
		return state;
	state = s->state = calloc(1, sizeof(*state));
	if (state) {
		state->regions = json_array();
		state->reports = json_array();
	}
	return state;
}

static int json_region(struct sink *s, const struct source *src)
{
	struct json_state *state = json_state_of(s);

	if (!state)
		return EXIT_TROUBLE;
	if (src->report) {
		state->region = report_value(src->report);
		value_set(state->region, "input", json_string(src->input));
	} else {
		state->region = region_value(src);
	}
	state->records = json_array();
	value_set(state->region, "records", state->records);
	json_array_append_new(src->report ? state->reports : state->regions, state->region);
	return EXIT_GOOD;
}

/* ---- a record ------------------------------------------------------------------------------ */

static json_t *notes_value(const struct record *r)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ NOTE_HEADER_CORRUPT, "header-corrupt" },
		{ NOTE_BAD_BLOCKS, "bad-blocks" },
		{ NOTE_STREAM_CUT, "stream-cut" },
		{ NOTE_STREAM_BAD, "stream-bad" },
		{ NOTE_NO_HEADER, "no-header" },
		{ NOTE_OUTPUT_CUT, "output-cut" },
		{ NOTE_ZONE_BAD, "zone-bad" },
		{ NOTE_ZONE_EMPTY, "zone-empty" },
		{ NOTE_NO_REASON, "no-reason" },
		{ NOTE_SIG_DAMAGED, "signature-damaged" },
		{ NOTE_STREAM_RESYNCED, "stream-resynced" },
		{ NOTE_HEAD_CUT, "head-cut" },
		{ NOTE_ENTRIES_LOST, "entries-lost" },
		{ NOTE_ENTRIES_BAD, "entries-bad" },
		{ NOTE_HEAD_DAMAGED, "head-damaged" },
		{ NOTE_ORDER_GUESSED, "order-guessed" },
		{ NOTE_MENDED, "mended" },
		{ NOTE_TEXT_LOST, "text-lost" },
		{ NOTE_PART_LEFT, "part-left" },
		{ NOTE_SEARCH_CUT, "search-cut" },
	};
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (r->notes & names[i].bit)
			json_array_append_new(list, json_string(names[i].name));
	return list;
}

static json_t *holes_value(const struct holes *holes)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < holes->n; i++)
		json_array_append_new(list, json_pack("{s:I, s:I}", "offset",
						      (json_int_t)holes->at[i].off, "bytes",
						      (json_int_t)holes->at[i].len));
	return list;
}

static json_t *time_value(const struct record *r)
{
	struct utc t;
	char text[48];

	if (!r->has_time)
		return json_null();

	json_t *o = json_pack("{s:I, s:I}", "sec", (json_int_t)r->time_sec, "usec",
			      (json_int_t)r->time_usec);

	if (utc_of(r->time_sec, &t) == OM_OK && r->time_usec < 1000000) {
		snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ", t.year, t.month,
			 t.day, t.hour, t.minute, t.second, r->time_usec);
		value_set(o, "utc", json_string(text));
	}
	return o;
}

static void set_dmesg(json_t *o, const struct record *r)
{
	const char *packing = packing_name(r->packing);

	value_set(o, "time", time_value(r));
	value_set(o, "reason",
		  r->reason != REASON_NONE ? json_string(reason_name(r->reason)) : json_null());
	value_set(o, "count", json_integer(r->count));
	value_set(o, "part", json_integer(r->part));
	value_set(o, "packing", packing[0] ? json_string(packing) : json_null());
}

static json_t *headline_value(const struct headline *h)
{
	struct headline_facts f;

	headline_facts(h, &f);
	if (f.kind == EVENT_NONE)
		return NULL;

	json_t *o =
		json_pack("{s:s, s:b}", "kind", headline_kind_name(f.kind), "panicked", f.panicked);
	json_t *trace = json_array();
	json_t *modules = json_array();
	char title[TITLE_BYTES], signature[SIGNATURE_BYTES];

	title_write(h, title);
	signature_write(h, signature);
	value_set(o, "title", json_string(title));
	value_set(o, "signature", json_string(signature));
	value_set(o, "cause", value_fact(h->cause));
	value_set(o, "fault", value_fact(h->fault));
	value_set(o, "cpu", f.has_cpu ? json_integer(f.cpu) : NULL);
	value_set(o, "pid", f.has_pid ? json_integer(f.pid) : NULL);
	value_set(o, "task", value_fact(f.task));
	value_set(o, "taint", f.has_taint && !f.taint.len ? json_string("") : value_fact(f.taint));
	value_set(o, "release", value_fact(f.release));
	value_set(o, "kernel", value_fact(h->kernel));
	value_set(o, "hardware", value_fact(h->hardware));
	value_set(o, "pc", value_fact(h->pc));
	value_set(o, "lr", value_fact(h->lr));
	for (uint32_t i = 0; i < h->n_trace; i++)
		json_array_append_new(trace, value_fact(h->trace[i]));
	for (uint32_t i = 0; i < h->n_modules; i++)
		json_array_append_new(modules, value_fact(h->modules[i]));
	value_set(o, "trace", trace);
	value_set(o, "modules", modules);
	return o;
}

/* What the log says of a crash; NULL: of none. */
static json_t *crash_value(struct span text, const struct symbols *symbols)
{
	struct headline h;
	char *room;
	json_t *o;

	headline_find(naming_text(text, symbols, &room), &h);
	o = headline_value(&h);
	free(room);
	return o;
}

static void set_console(json_t *o, struct span text)
{
	static const char *const names[] = {
		[ENDING_EMPTY] = "empty",	  [ENDING_ABRUPT] = "abrupt",
		[ENDING_RESTART] = "restart",	  [ENDING_POWEROFF] = "poweroff",
		[ENDING_EMERGENCY] = "emergency", [ENDING_PANIC] = "panic",
	};

	value_set(o, "ending", json_string(names[ending_of(text)]));
}

static void set_ftrace(json_t *o, const struct record *r)
{
	const uint32_t bytes = r->ftrace.bytes;

	value_set(o, "entries", json_integer(bytes ? (json_int_t)(r->text.len / bytes) : 0));
	value_set(o, "entry_bytes", json_integer(bytes));
	value_set(o, "writer", value_version(r->writer));
}

/* ftrace entries as the lines that the record's file has. */
static void set_lines(json_t *o, const struct record *r, const struct symbols *symbols)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return;
	text_record(f, r, symbols);
	if (fclose(f) == 0)
		value_set_text(o, (struct span){ (const uint8_t *)text, n });
	free(text);
}

static json_t *record_value(const struct item *item, const struct symbols *symbols)
{
	const struct record *r = item->record;
	json_t *o = json_pack("{s:s, s:s, s:I, s:I, s:s}", "name", item->name, "kind",
			      record_kind(r->kind), "index", (json_int_t)r->index, "piece",
			      (json_int_t)r->piece, "quality", quality_name(r->quality));

	value_set(o, "notes", notes_value(r));
	value_set(o, "holes", holes_value(&r->holes));
	value_set(o, "stored_bytes", json_integer(r->stored_bytes));
	value_set(o, "text_bytes", json_integer((json_int_t)r->text.len));
	value_set(o, "corrected_bytes", json_integer(r->corrected_bytes));
	value_set(o, "bad_blocks", json_integer(r->bad_blocks));
	if (r->kind == ZONE_DMESG)
		set_dmesg(o, r);
	if (r->kind == ZONE_CONSOLE)
		set_console(o, r->text);
	if (r->kind == ZONE_PMSG)
		value_set(o, "format", json_string(pmsg_is_logd(r->text) ? "android-logd" : "raw"));
	if (r->kind == ZONE_FTRACE)
		set_ftrace(o, r);
	if (r->kind == ZONE_DMESG || r->kind == ZONE_CONSOLE)
		value_set(o, "crash", crash_value(r->text, symbols));
	return o;
}

static void set_lost(json_t *o, const struct report *r, uint32_t i)
{
	value_set(o, "lost_bytes", json_integer((json_int_t)r->lost_bytes[i]));
	value_set(o, "left_bytes", json_integer((json_int_t)r->left_bytes[i]));
}

static int json_record(struct sink *s, const struct source *src, const struct item *item)
{
	struct json_state *state = s->state;
	const struct record *r = item->record;
	json_t *o = record_value(item, s->symbols);

	if (src->report)
		set_lost(o, src->report, item->i);
	if (s->options->with_text)
		set_lines(o, r, s->symbols);
	json_array_append_new(state->records, o);
	return crashes_add(&state->crashes, item) ? EXIT_GOOD : EXIT_TROUBLE;
}

/* One joined log: the records it is made of, and with --text and --join what it says. */
static json_t *joined_value(struct sink *s, const struct source *src, uint32_t crash)
{
	const struct crashes *c = &((struct json_state *)s->state)->crashes;
	json_t *o = json_object();
	json_t *names = json_array();
	char *text = NULL;
	size_t n = 0;

	for (uint32_t i = 0; i < c->n; i++)
		if (c->order[i].crash == crash)
			json_array_append_new(names, json_string(c->parts[c->order[i].from].name));
	value_set(o, "records", names);

	FILE *f = s->options->with_text && s->options->join ? open_memstream(&text, &n) : NULL;

	if (f) {
		const bool good = crashes_write(c, crash, src, f);

		if (fclose(f) == 0 && good)
			value_set_text(o, (struct span){ (const uint8_t *)text, n });
		free(text);
	}
	return o;
}

static int json_region_end(struct sink *s, const struct source *src)
{
	struct json_state *state = s->state;
	json_t *list = json_array();
	json_t *folder;

	if (!crashes_sort(&state->crashes))
		return EXIT_TROUBLE;
	for (uint32_t i = 0; i < state->crashes.n_crashes; i++)
		json_array_append_new(list, joined_value(s, src, i));
	value_set(state->region, "crashes", list);
	folder = src->saved_in && *src->saved_in ? json_string(*src->saved_in) : NULL;
	value_set(state->region, "folder", folder ? folder : json_null()); /* NULL: not UTF-8 */
	crashes_free(&state->crashes);
	return EXIT_GOOD;
}

static int json_end(struct sink *s)
{
	struct json_state *state = s->state;
	json_t *o = json_pack("{s:s, s:s}", "schema", "oopsmon-decode/1", "program",
			      "oopsmon " OM_VERSION);
	int rc = EXIT_GOOD;

	value_set(o, "regions", state ? state->regions : json_array());
	value_set(o, "reports", state ? state->reports : json_array());
	if (state && state->logs)
		value_set(o, "logs", state->logs);
	if (!o || json_dumpf(o, stdout, JSON_INDENT(2) | json_flags(stdout)) != 0 ||
	    putchar('\n') == EOF || fflush(stdout) != 0) {
		fprintf(stderr, "%s: the JSON could not be written\n", s->options->program);
		rc = EXIT_TROUBLE;
	}
	json_decref(o);
	free(state);
	s->state = NULL;
	return rc;
}

static int json_log(struct sink *s, const char *input, struct span text)
{
	struct json_state *state = json_state_of(s);
	json_t *o = json_object();

	if (!state) {
		json_decref(o);
		return EXIT_TROUBLE;
	}
	value_set(o, "input", json_string(input));
	value_set(o, "bytes", json_integer((json_int_t)text.len));
	set_console(o, text);
	value_set(o, "crash", crash_value(text, s->symbols));
	state->logs = json_array();
	json_array_append_new(state->logs, o);
	return EXIT_GOOD;
}

void json_sink(struct sink *s)
{
	s->log = json_log;
	s->region = json_region;
	s->record = json_record;
	s->region_end = json_region_end;
	s->end = json_end;
}

bool json_report_write(const struct report *r, FILE *f)
{
	json_t *o = json_pack("{s:s, s:s}", "schema", "oopsmon-report/1", "program",
			      "oopsmon " OM_VERSION);
	json_t *value = report_value(r);
	json_t *records = json_array();

	for (uint32_t i = 0; i < r->n_records; i++) {
		char name[REPORT_FILE_BYTES];
		const struct item item = { &r->records[i], name, i };

		report_file_name(&r->records[i], name);

		json_t *record = record_value(&item, NULL);

		set_lost(record, r, i);
		json_array_append_new(records, record);
	}
	json_object_update(o, value);
	json_decref(value);
	value_set(o, "records", records);

	const bool good = o && json_dumpf(o, f, JSON_INDENT(2)) == 0 && fputc('\n', f) != EOF;

	json_decref(o);
	return good;
}
