/* SPDX-License-Identifier: BSD-2-Clause */
#include "events.h"
#include "json.h"

#include "core/base/escape.h"
#include "core/base/utc.h"
#include "core/report/pack.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

void stamp_now(char out[STAMP_BYTES])
{
	struct timespec now = { 0 };
	struct utc t = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	utc_of(now.tv_sec, &t);
	snprintf(out, STAMP_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", t.year % 10000, t.month,
		 t.day, t.hour, t.minute, t.second, (unsigned)(now.tv_nsec / 1000000));
}

/* ---- JSON --------------------------------------------------------------------------------- */

/* Names need not be UTF-8; what is not is escaped. */
static json_t *json_text(const char *text)
{
	const struct span in = { (const uint8_t *)text, strlen(text) };
	json_t *value = json_string(text);
	char *out;
	size_t used;

	if (value)
		return value;
	out = malloc(in.len * ESCAPE_MAX);
	if (!out)
		return json_null();
	value = json_stringn(out, escape_text(in, &used, out, in.len * ESCAPE_MAX));
	free(out);
	return value;
}

static json_t *event_new(const char *port, const char *kind)
{
	char stamp[STAMP_BYTES];
	json_t *o = json_object();

	stamp_now(stamp);
	json_object_set_new(o, "time", json_string(stamp));
	json_object_set_new(o, "port", json_text(port));
	json_object_set_new(o, "event", json_string(kind));
	return o;
}

/* Prints @o as one line, at once, and frees it. */
static void print(const struct events *e, json_t *o)
{
	char *line = json_dumps(o, JSON_COMPACT | json_flags(stdout));

	if (line && (puts(line) == EOF || fflush(stdout) != 0))
		e->screen->broken = true;
	free(line);
	json_decref(o);
}

static json_t *lines_value(const struct report *r)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "seen", (json_int_t)r->lines_seen, "restored",
			 (json_int_t)r->lines_restored, "lost", (json_int_t)r->lines_lost,
			 "expected", (json_int_t)r->lines_expected);
}

static json_t *records_value(const struct report *r)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < r->n_records; i++) {
		const struct record *rec = &r->records[i];
		char name[RECORD_NAME_BYTES];

		record_name(rec, name);
		json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:I, s:I}", "name", name,
						      "quality", quality_name(rec->quality),
						      "text_bytes", (json_int_t)rec->text.len,
						      "lost_bytes", (json_int_t)r->lost_bytes[i],
						      "left_bytes", (json_int_t)r->left_bytes[i]));
	}
	return list;
}

/* Members as in a report of `decode --json`; null where the head did not come. */
static json_t *report_value(const char *port, const struct report *r, const char *folder)
{
	const struct report_head *h = &r->head;
	json_t *o = event_new(port, "report");
	char id[16];

	snprintf(id, sizeof(id), "%08" PRIx32, h->id);
	json_object_set_new(o, "complete", json_boolean(r->complete));
	json_object_set_new(o, "cut_by_monitor", json_boolean(r->cut_by_monitor));
	json_object_set_new(o, "id", r->headless ? json_null() : json_string(id));
	json_object_set_new(o, "verdict",
			    r->headless ? json_null()
					: json_string(report_verdict_word(h->verdict)));
	json_object_set_new(o, "headline", json_text(r->headline));
	json_object_set_new(o, "title", json_text(r->title));
	json_object_set_new(o, "signature", json_text(r->signature));
	json_object_set_new(o, "board", json_text(h->board));
	json_object_set_new(o, "monitor", json_text(h->monitor));
	json_object_set_new(o, "boot", json_integer(h->boot_count));
	json_object_set_new(o, "warm", json_boolean(h->warm));
	json_object_set_new(o, "folder", folder ? json_text(folder) : json_null());
	json_object_set_new(o, "lines", lines_value(r));
	json_object_set_new(o, "records", records_value(r));
	return o;
}

/* ---- events ------------------------------------------------------------------------------- */

void event_boot(const struct events *e, const char *port, const char *line)
{
	json_t *o;

	if (!e->json) /* the console shows it */
		return;
	o = event_new(port, "boot");
	json_object_set_new(o, "line", json_text(line));
	print(e, o);
}

void event_crash(const struct events *e, const char *port)
{
	if (e->json)
		print(e, event_new(port, "crash"));
}

/* How whole a report is, in a phrase. */
static void completeness(const struct report *r, char *out, size_t cap)
{
	if (!r->complete)
		snprintf(out, cap, "is incomplete (%" PRIu32 " of %" PRIu32 " lines are missing)",
			 r->lines_lost, r->lines_expected);
	else if (r->cut_by_monitor)
		snprintf(out, cap, "is complete, but the monitor had no %s for all records",
			 r->head.beyond.n ? "room" : "time");
	else if (r->lines_restored)
		snprintf(out, cap, "is complete (%" PRIu32 " lines restored)", r->lines_restored);
	else
		snprintf(out, cap, "is complete");
}

void event_report(const struct events *e, const char *port, const struct report *r, enum kept kept,
		  const char *folder)
{
	static const char *const where[] = {
		[KEPT_NOT] = "not kept (no -o)",
		[KEPT_SAVED] = "in ",
		[KEPT_BEFORE] = "already in ",
		[KEPT_FAILED] = "NOT SAVED to ",
	};
	const char *crash = r->title[0] ? r->title : r->headline;
	char how[96], what[32] = "report without its beginning";

	if (e->json) {
		print(e, report_value(port, r, kept == KEPT_NOT ? NULL : folder));
		return;
	}
	completeness(r, how, sizeof(how));
	if (r->of_model)
		snprintf(how, sizeof(how), "was " PACK_MODEL_TEXT);
	if (!r->headless)
		snprintf(what, sizeof(what), "report %08" PRIx32, r->head.id);
	screen_say(e->screen, "%s: %s: %s %s: %s%s%s%s\n", e->program, port, what, how, where[kept],
		   kept == KEPT_NOT ? "" : folder, crash[0] ? ": " : "", crash);
}

void event_lost(const struct events *e, const char *port, const char *why)
{
	json_t *o;

	if (!e->json) {
		screen_say(e->screen, "%s: %s: %s; waiting for it\n", e->program, port, why);
		return;
	}
	o = event_new(port, "port-lost");
	json_object_set_new(o, "why", json_text(why));
	print(e, o);
}

void event_back(const struct events *e, const char *port)
{
	if (e->json)
		print(e, event_new(port, "port-back"));
	else
		screen_say(e->screen, "%s: %s: there it is\n", e->program, port);
}

void event_file(const struct events *e, const char *port, const char *path, uint64_t bytes)
{
	json_t *o;

	if (!e->json) {
		screen_say(e->screen, "%s: %s: fetched %s, %" PRIu64 " bytes\n", e->program, port,
			   path, bytes);
		return;
	}
	o = event_new(port, "file");
	json_object_set_new(o, "file", json_text(path));
	json_object_set_new(o, "bytes", json_integer((json_int_t)bytes));
	print(e, o);
}

void event_fetched(const struct events *e, const char *port, uint32_t files, const char *why)
{
	json_t *o;

	if (!e->json) {
		if (why)
			screen_say(e->screen, "%s: %s: fetch: %s\n", e->program, port, why);
		return;
	}
	o = event_new(port, "fetch");
	json_object_set_new(o, "complete", json_boolean(!why));
	json_object_set_new(o, "files", json_integer(files));
	json_object_set_new(o, "why", why ? json_text(why) : json_null());
	print(e, o);
}

void event_exec(const struct events *e, const char *port, const char *folder, int status)
{
	const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	json_t *o;

	if (!e->json) {
		if (code != 0)
			screen_say(e->screen, "%s: %s: the command of --exec ended with %d\n",
				   e->program, port, code);
		return;
	}
	o = event_new(port, "exec");
	json_object_set_new(o, "folder", json_text(folder));
	json_object_set_new(o, "exit_code", json_integer(code));
	print(e, o);
}
