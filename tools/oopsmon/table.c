/* SPDX-License-Identifier: BSD-2-Clause */
/* The table for people. What a dead kernel or a file's name put in it is escaped. */
#include "commands.h"
#include "crashes.h"
#include "listener.h"
#include "naming.h"
#include "order.h"
#include "sink.h"
#include "text.h"

#include "core/base/utc.h"
#include "core/log/headline.h"
#include "core/log/pmsg.h"
#include "core/log/title.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADLINE_MAX = 120 };

struct table_state {
	uint32_t rows; /* of the present region */
	struct crashes crashes;
};

/* ---- a region ----------------------------------------------------------------------------- */

static void print_zones(const struct region *r)
{
	const struct layout *l = &r->layout;
	const char *comma = "";

	printf("  zones    ");
	if (l->n_dmesg) {
		printf("%" PRIu32 " dmesg of %" PRIu32, l->n_dmesg, l->dmesg_zone_bytes);
		comma = ", ";
	}
	if (l->bytes[ZONE_CONSOLE]) {
		printf("%sconsole %" PRIu32, comma, l->bytes[ZONE_CONSOLE]);
		comma = ", ";
	}
	if (l->bytes[ZONE_PMSG]) {
		printf("%spmsg %" PRIu32, comma, l->bytes[ZONE_PMSG]);
		comma = ", ";
	}
	if (l->n_ftrace)
		printf("%s%" PRIu32 " ftrace of %" PRIu32, comma, l->n_ftrace,
		       l->ftrace_zone_bytes);
	if (r->geom.ecc_bytes)
		printf("; ECC %" PRIu32 "\n", r->geom.ecc_bytes);
	else
		printf("; no ECC\n");
}

/* Where two eras are as likely: the zones that are another kind's by the other one. */
static void print_order(const struct region *r)
{
	struct order_rival rival;
	char kernels[ERA_NAMES_BYTES];

	if (!order_rival(r, &rival))
		return;
	era_names(eras_with_pmsg(r->layout.rivals), kernels);
	printf("  order    as likely as by %s:", kernels);
	for (uint32_t i = 0; i < rival.n; i++)
		printf("%s %s-ramoops-0 at 0x%" PRIx32 " would be %s-ramoops-0", i ? "," : "",
		       record_kind(rival.at[i].kind), rival.at[i].off,
		       record_kind(rival.at[i].other));
	printf("\n");
}

static void print_kernel(const struct region *r)
{
	const struct layout *l = &r->layout;
	char kernels[ERA_NAMES_BYTES];

	static const char *const why[] = {
		[LAYOUT_ALIKE] = "all kernels lay these sizes out alike",
		[LAYOUT_VERSION] = "as the ftrace zones' signature says",
		[LAYOUT_SIGNATURES] = "only there are signatures where its zones begin",
		[LAYOUT_CONTENT] = "what is in the zones fits no other",
		[LAYOUT_ASSUMED] = "assumed: nothing in the region tells",
	};
	const uint32_t v = l->writer_version;

	era_names(layout_eras(&r->geom, l), kernels);
	printf("  kernel   ");
	if (v)
		printf("written by Linux %" PRIu32 ".%" PRIu32 ".%" PRIu32 "; ", v >> 16,
		       v >> 8 & 255, v & 255);
	if (l->why == LAYOUT_ALIKE)
		printf("%s\n", why[l->why]);
	else
		printf("laid out as by %s: %s\n", kernels, why[l->why]);
	print_order(r);
}

static void print_found(const struct found *f)
{
	printf("  found    %" PRIu32 " zone headers in their places, %" PRIu32 " missing, %" PRIu32
	       " unexplained%s\n",
	       f->n_explained, f->n_missing, f->n_stray,
	       f->ecc_proven ? "; parity proves the ECC size" : "");
	if (!f->sure)
		printf("  unsure   other sizes explain these bytes as well: compare them with the "
		       "ramoops node\n");
}

/* The options that decode the same bytes without searching. */
static void print_options(const struct source *src)
{
	const struct geometry *g = &src->region->geom;
	const struct {
		const char *name;
		uint64_t value;
	} options[] = {
		{ "offset", src->off },
		{ "region-size", g->region_bytes },
		{ "record-size", g->record_bytes },
		{ "console-size", g->console_bytes },
		{ "ftrace-size", g->ftrace_bytes },
		{ "pmsg-size", g->pmsg_bytes },
		{ "flags", g->flags & GEOMETRY_FTRACE_PER_CPU && g->ftrace_bytes },
		{ "cpus", g->flags & GEOMETRY_FTRACE_PER_CPU ? src->region->layout.n_ftrace : 0 },
		{ "ecc-size", g->ecc_bytes },
	};

	printf("  same as ");
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].value)
			printf(options[i].value < 256 ? " --%s=%" PRIu64 : " --%s=0x%" PRIx64,
			       options[i].name, options[i].value);
	printf("\n");
}

static void print_input(const struct source *src)
{
	text_escaped(stdout, (struct span){ (const uint8_t *)src->input, strlen(src->input) });
}

static void print_report(const struct source *src)
{
	const struct report *r = src->report;
	const struct report_head *h = &r->head;

	printf("%sreport %08" PRIx32 " of ", src->number ? "\n" : "", h->id);
	print_input(src);
	printf(": %s\n",
	       r->complete ? r->cut_by_monitor ? "complete, but cut by the monitor" : "complete"
			   : "incomplete");
	printf("  from     oopsmon %s, %s: boot %" PRIu32 " (%s), %s\n", h->monitor, h->board,
	       h->boot_count, h->warm ? "warm" : "cold", verdict_text(h->verdict));
	if (h->cause[0])
		printf("  reset    cause %s, as the SoC has it\n", h->cause);
	if (r->lines_expected) /* none of an archived one */
		printf("  lines    %" PRIu32 " read, %" PRIu32 " restored, %" PRIu32
		       " lost; %" PRIu32 " were sent\n",
		       r->lines_seen, r->lines_restored, r->lines_lost, r->lines_expected);
	if (h->n_old)
		printf("  old      %" PRIu32 " record%s reported before, not in this report\n",
		       h->n_old, h->n_old == 1 ? "" : "s");
	if (h->beyond.n) {
		char words[REPORT_LINE_BYTES];

		printf("  left out %.*s: a report has no room for more records\n",
		       (int)report_beyond_words(&h->beyond, words), words);
	}
}

/* What did not come of a report's record. */
static void print_lost(const struct report *r, uint32_t i)
{
	if (r->lost_bytes[i])
		printf("    lost: %" PRIu64 " bytes\n", r->lost_bytes[i]);
	if (r->left_bytes[i])
		printf("    left out by the monitor, for want of time: %" PRIu64 " bytes\n",
		       r->left_bytes[i]);
}

static int table_region(struct sink *s, const struct source *src)
{
	struct table_state *state = s->state;

	if (!state)
		state = s->state = calloc(1, sizeof(*state));
	if (!state) {
		fprintf(stderr, "%s: out of memory\n", s->options->program);
		return EXIT_TROUBLE;
	}
	state->rows = 0;
	if (src->report) {
		print_report(src);
		return EXIT_GOOD;
	}
	printf("%sregion %" PRIu32 ": %" PRIu32 " bytes at 0x%" PRIx64 " of ",
	       src->number ? "\n" : "", src->number, src->region->geom.region_bytes, src->off);
	print_input(src);
	if (src->base_pa)
		printf(", physical 0x%" PRIx64, src->base_pa);
	printf("\n");
	print_zones(src->region);
	print_kernel(src->region);
	if (src->found)
		print_found(src->found);
	if (src->lost_bytes)
		printf("  cut      the region's last %" PRIu32
		       " bytes are not in the input: read as zeros\n",
		       src->lost_bytes);
	print_options(src);
	return EXIT_GOOD;
}

/* ---- a record ----------------------------------------------------------------------------- */

static const struct {
	uint32_t bit;
	const char *text;
} notes[] = {
	{ NOTE_HEADER_CORRUPT, "the zone's header is beyond repair, its raw values were used" },
	{ NOTE_SIG_DAMAGED, "the zone's signature is wrong by a few bits" },
	{ NOTE_BAD_BLOCKS, "the text has blocks beyond repair, their raw bytes are shown" },
	{ NOTE_STREAM_CUT, "the compressed text is cut: what comes before the cut is shown" },
	{ NOTE_STREAM_BAD, "the compressed text is damaged: bytes after the damage may be wrong or "
			   "missing" },
	{ NOTE_STREAM_RESYNCED, "text from after the damage was found again: what is between is "
				"missing or wrong" },
	{ NOTE_NO_HEADER, "no \"====\" line, so Linux would drop it: all that is in the zone "
			  "is shown" },
	{ NOTE_HEAD_DAMAGED, "the \"====\" line has wrong characters: time and type are as read" },
	{ NOTE_OUTPUT_CUT,
	  "the text is longer than there is room for: its newest part is shown, of "
	  "a damaged one that part or the first" },
	{ NOTE_ZONE_BAD, "start or size in the zone's header are impossible: bytes shown as they "
			 "lie in RAM" },
	{ NOTE_ORDER_GUESSED, "the order of its parts comes from the time stamps in the text" },
	{ NOTE_MENDED,
	  "the same dump with its damaged stream mended; above it is as Linux shows it" },
	{ NOTE_ZONE_EMPTY, "the zone was erased (deleted, or cleared at boot): this is what is "
			   "left of its text" },
	{ NOTE_NO_REASON, "the first line does not say what kind of dump this is" },
	{ NOTE_HEAD_CUT, "an older record, whose beginning a newer one wrote over" },
	{ NOTE_ENTRIES_BAD, "some entries make no sense" },
	{ NOTE_ENTRIES_LOST, "the zone of at least one CPU could not be read" },
	{ NOTE_PART_LEFT,
	  "it is larger than the monitor's memory: only its newest part was read there" },
	{ NOTE_TEXT_LOST, "a part of its text was lost or left out on the way" },
	{ NOTE_SEARCH_CUT, "the monitor had no time to search all of the damage in its stream" },
};

static void print_time(const struct record *r)
{
	struct utc t;

	if (!r->has_time || utc_of(r->time_sec, &t) != OM_OK || r->time_usec > 999999)
		printf("  %-26s", "-");
	else
		printf("  %04u-%02u-%02u %02u:%02u:%02u.%06u", (unsigned)t.year, (unsigned)t.month,
		       (unsigned)t.day, (unsigned)t.hour, (unsigned)t.minute, (unsigned)t.second,
		       (unsigned)r->time_usec);
}

static void print_notes(const struct record *r)
{
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (r->notes & notes[i].bit)
			printf("    %s\n", notes[i].text);
	if (r->packing == PACKING_UNKNOWN)
		printf("    compressed in a way this program does not know; raw bytes kept\n");
	else if (r->packing == PACKING_842)
		printf("    compressed with 842, which no library reads; raw bytes kept\n");
	else if (r->packing != PACKING_NONE && r->packing != PACKING_DEFLATE)
		printf("    was compressed with %s\n", packing_name(r->packing));
	if (r->holes.n == 0)
		return;
	printf("    not to be trusted: bytes");
	for (uint32_t i = 0; i < r->holes.n; i++)
		printf("%s %" PRIu32 "..%" PRIu32, i ? "," : "", r->holes.at[i].off,
		       r->holes.at[i].off + (r->holes.at[i].len - 1));
	printf("\n");
}

static void print_headline(const struct record *r, const struct symbols *symbols)
{
	struct headline h;
	struct span text;
	char *room;

	if (r->kind != ZONE_DMESG || r->quality == QUALITY_UNREADABLE)
		return;
	text = naming_text(r->text, symbols, &room);
	headline_find(text, &h);

	const struct span line = h.cause.len ? h.cause : h.fault;
	char title[TITLE_BYTES], signature[SIGNATURE_BYTES];

	if (line.len > 0) {
		printf("    ");
		text_escaped(stdout, span_sub(line, 0, HEADLINE_MAX));
		printf("%s\n", line.len > HEADLINE_MAX ? "..." : "");
		title_write(&h, title);
		signature_write(&h, signature);
		printf("    title: %s (%s)\n", title, signature);
	}
	free(room);
}

/* Entries and logcat lines are made in memory first: what is in them needs quoting too. */
static int print_text(const struct sink *s, const struct record *r)
{
	char *made = NULL;
	size_t len = 0;
	FILE *f;

	if (r->kind != ZONE_FTRACE && !(r->kind == ZONE_PMSG && pmsg_is_logd(r->text))) {
		text_quoted(stdout, r->text, s->symbols);
		return EXIT_GOOD;
	}
	f = open_memstream(&made, &len);
	if (f && r->kind == ZONE_FTRACE)
		text_record(f, r, s->symbols);
	else if (f)
		text_logcat(f, r->text);
	if (!f || fclose(f) != 0) {
		free(made);
		fprintf(stderr, "%s: out of memory\n", s->options->program);
		return EXIT_TROUBLE;
	}
	text_quoted(stdout, (struct span){ (const uint8_t *)made, len }, NULL);
	free(made);
	return EXIT_GOOD;
}

static int table_record(struct sink *s, const struct source *src, const struct item *item)
{
	struct table_state *state = s->state;
	const struct record *r = item->record;
	char reason[32] = "-";

	if (!state)
		return EXIT_TROUBLE;
	if (state->rows++ == 0)
		printf("%-20s  %-13s  %-12s  %-26s  %8s  %9s  %3s\n", "record", "quality", "reason",
		       "time (UTC)", "bytes", "corrected", "bad");
	if (r->reason != REASON_NONE)
		snprintf(reason, sizeof(reason), "%s#%" PRIu32, reason_name(r->reason), r->count);
	printf("%-20s  %-13s  %-12s", item->name, quality_name(r->quality), reason);
	print_time(r);
	printf("  %8zu  %9" PRIu32 "  %3" PRIu32 "\n", r->text.len, r->corrected_bytes,
	       r->bad_blocks);
	print_headline(r, s->symbols);
	print_notes(r);
	if (src->report)
		print_lost(src->report, item->i);
	if (s->options->join && !crashes_add(&state->crashes, item))
		return EXIT_TROUBLE;
	return s->options->with_text ? print_text(s, r) : EXIT_GOOD;
}

/* ---- the end ------------------------------------------------------------------------------ */

static int table_region_end(struct sink *s, const struct source *src)
{
	struct table_state *state = s->state;
	struct crashes *c = state ? &state->crashes : NULL;
	bool good = c != NULL;

	if (good && state->rows == 0)
		printf("no records\n");
	if (src->saved_in && *src->saved_in) {
		printf("files in ");
		text_escaped(stdout, (struct span){ (const uint8_t *)*src->saved_in,
						    strlen(*src->saved_in) });
		printf("\n");
	}
	if (!good || !s->options->join)
		return good ? EXIT_GOOD : EXIT_TROUBLE;
	good = crashes_sort(c);
	for (uint32_t i = 0; good && i < c->n_crashes; i++) {
		const char *comma = "";

		printf("crash %" PRIu32 ":", i);
		for (uint32_t k = 0; k < c->n; k++) {
			if (c->order[k].crash != i)
				continue;
			printf("%s %s", comma, c->parts[c->order[k].from].name);
			comma = ",";
		}
		printf("\n");
	}
	crashes_free(c);
	return good ? EXIT_GOOD : EXIT_TROUBLE;
}

static int table_end(struct sink *s)
{
	struct table_state *state = s->state;

	if (state)
		crashes_free(&state->crashes);
	free(state);
	s->state = NULL;
	return EXIT_GOOD;
}

static void print_line(const char *label, struct span line)
{
	if (line.len == 0)
		return;
	printf("%-10s", label);
	text_escaped(stdout, line);
	putchar('\n');
}

/* A plain log: what it says of its crash, as the monitor's summary would. */
static int table_log(struct sink *s, const char *input, struct span text)
{
	char title[TITLE_BYTES], signature[SIGNATURE_BYTES];
	struct headline h;
	struct span line;
	const char *label;
	char *room;

	headline_find(naming_text(text, s->symbols, &room), &h);
	title_write(&h, title);
	signature_write(&h, signature);
	printf("log       ");
	text_escaped(stdout, (struct span){ (const uint8_t *)input, strlen(input) });
	printf(": %zu bytes of text, no region\n", text.len);
	printf("title     %s (%s)\n", title, signature);
	for (uint32_t i = 0; headline_row(&h, i, &label, &line); i++)
		print_line(label, line);
	free(room);
	return EXIT_GOOD;
}

void table_sink(struct sink *s)
{
	s->log = table_log;
	s->region = table_region;
	s->record = table_record;
	s->region_end = table_region_end;
	s->end = table_end;
}
