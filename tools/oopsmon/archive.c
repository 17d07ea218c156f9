/* SPDX-License-Identifier: BSD-2-Clause */
/* `oopsmon archive ls|extract|verify`: the crashes that a monitor kept in flash. */
#include "archive_each.h"
#include "commands.h"
#include "folder.h"
#include "json.h"

#include "core/base/utc.h"
#include "core/log/title.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_key { KEY_OUT = 'o', KEY_JSON = 0x100 };
enum { WANTED_MAX = 1024 };

struct archiving {
	const char *program;
	int (*action)(struct archiving *a);
	const char *file, *out_dir;
	bool json;
	uint32_t numbers[WANTED_MAX];
	struct archive_choice choice;
	json_t *archives; /* of ls --json */
	uint32_t n_archives, n_wrong;
};

static const struct argp_option option_list[] = {
	{ NULL, 0, NULL, 0, "Output:", 3 },
	{ "output", KEY_OUT, "DIR", 0, "extract: make the entries' folders in DIR (default: .)",
	  3 },
	{ "json", KEY_JSON, NULL, 0, "ls: print the facts as JSON instead (docs/json.md)", 3 },
	{ 0 },
};

/* ---- ls ----------------------------------------------------------------------------------- */

/* What the texts of an entry say, as titles are not in the archive: "" each if they say nothing. */
struct crash_words {
	char title[TITLE_BYTES], signature[SIGNATURE_BYTES];
};

static void take_words(void *arg, const struct report *r)
{
	struct crash_words *w = arg;

	snprintf(w->title, sizeof(w->title), "%s", r->title);
	snprintf(w->signature, sizeof(w->signature), "%s", r->signature);
}

/* Once for each crash, however many copies of it there are. */
static void words_of(struct entries *e, uint32_t i, struct crash_words *out)
{
	*out = (struct crash_words){ 0 };
	if (!e->at[i].shown_as)
		(void)entries_report(e, i, take_words,
				     out); /* an entry without a report has no words */
}

static void print_time(const struct archive_card *c)
{
	struct utc t;

	if (!c->has_time || utc_of(c->time_s, &t) != OM_OK)
		printf("  %-19s", "-");
	else
		printf("  %04" PRIu32 "-%02" PRIu32 "-%02" PRIu32 " %02" PRIu32 ":%02" PRIu32
		       ":%02" PRIu32,
		       t.year, t.month, t.day, t.hour, t.minute, t.second);
}

/* Written to its end, and yet not all of the crash is in it. */
static bool is_cut(const struct entry *e)
{
	return e->state == ENTRY_COMPLETE && (e->left_bytes || e->card.beyond.n);
}

static void print_entry(const struct entry *e, const char *title)
{
	const struct archive_card *c = &e->card;
	const char *crash = title[0] ? title : c->headline;

	if (e->number)
		printf("%5" PRIu32, e->number);
	else
		printf("%5s", "-");
	if (!e->has_card) {
		printf("  %5s  %-10s  %-19s  %7s  %8s  %-10s\n", "-", "-", "-", "-", "-",
		       entry_state_name(e->state));
		return;
	}
	printf("  %5" PRIu32 "  %-10s", c->boot_count, report_verdict_word(c->verdict));
	print_time(c);
	printf("  %7" PRIu32 "  %8" PRIu32 "  %-10s%s%s\n", c->n_records, c->text_bytes,
	       is_cut(e) ? "cut" : entry_state_name(e->state), crash[0] ? "  " : "", crash);
}

static int ls_table(struct archiving *a, struct entries *e)
{
	struct crash_words words;
	int code = EXIT_GOOD;

	if (a->n_archives++)
		printf("\n");
	archive_print(e);
	if (e->n)
		printf("%5s  %5s  %-10s  %-19s  %7s  %8s  %-10s  %s\n", "entry", "boot", "verdict",
		       "time (UTC)", "records", "bytes", "state", "crash");
	for (uint32_t i = 0; i < e->n; i++) {
		if (e->at[i].shown_as)
			continue;
		words_of(e, i, &words);
		print_entry(&e->at[i], words.title);
		if (e->at[i].state > ENTRY_CORRECTED)
			code = EXIT_FINDINGS;
	}
	for (uint32_t i = 0; i < e->n; i++)
		if (!e->at[i].shown_as && entry_packing_trouble(&e->at[i]))
			printf("%s: %s\n", entry_name(e->at[i].number).text,
			       entry_packing_trouble(&e->at[i]));
	for (uint32_t i = 0; i < e->n; i++)
		if (e->at[i].shown_as)
			printf("entry %" PRIu32 " (%s) is the same crash as entry %" PRIu32 "\n",
			       e->at[i].number, entry_state_name(e->at[i].state),
			       e->at[i].shown_as);
		else if (e->at[i].left_bytes)
			printf("entry %" PRIu32 " lacks %" PRIu64
			       " bytes of the crash, which had no room in the archive\n",
			       e->at[i].number, e->at[i].left_bytes);
	for (uint32_t i = 0; i < e->n; i++) {
		const struct report_beyond *beyond = &e->at[i].card.beyond;
		char out[REPORT_LINE_BYTES];

		if (e->at[i].has_card && !e->at[i].shown_as && beyond->n)
			printf("entry %" PRIu32
			       " lacks %.*s: an entry has no room for more records\n",
			       e->at[i].number, (int)report_beyond_words(beyond, out), out);
	}
	return code;
}

static json_t *time_value(const struct archive_card *c)
{
	char text[48];
	struct utc t;

	if (!c->has_time)
		return json_null();

	json_t *o = json_pack("{s:I}", "sec", (json_int_t)c->time_s);

	if (utc_of(c->time_s, &t) == OM_OK) {
		snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02uZ", t.year, t.month,
			 t.day, t.hour, t.minute, t.second);
		json_object_set_new(o, "utc", json_string(text));
	}
	return o;
}

static void set_card(json_t *o, const struct archive_card *c)
{
	char id[16], base[24];

	snprintf(id, sizeof(id), "%08" PRIx32, c->id);
	snprintf(base, sizeof(base), "0x%" PRIx64, c->region_pa);

	json_t *card = json_pack("{s:s, s:I, s:b, s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "id", id,
				 "boot", (json_int_t)c->boot_count, "warm", c->warm, "verdict",
				 report_verdict_word(c->verdict), "monitor", c->monitor, "board",
				 c->board, "region_base", base, "region_bytes",
				 (json_int_t)c->region_bytes, "records", (json_int_t)c->n_records,
				 "text_bytes", (json_int_t)c->text_bytes);

	json_object_set_new(card, "time", time_value(c));
	json_object_set_new(card, "beyond", json_beyond(&c->beyond));
	json_object_set_new(card, "headline",
			    c->headline[0] ? json_string(c->headline) : json_null());
	json_object_update(o, card);
	json_decref(card);
}

/* 0 is none */
static json_t *number_value(uint32_t number)
{
	return number ? json_integer(number) : json_null();
}

/* How its chapters are packed; null: nothing says so. */
static json_t *packing_value(const struct entry *e)
{
	if (e->dictionary)
		return json_packing(e->dictionary);
	if (e->n_model || e->n_unknown)
		return json_pack("{s:s}", "kind", e->n_model ? "0.1 model" : "unknown");
	return json_null();
}

static json_t *entry_value(const struct entry *e)
{
	json_t *o = json_pack("{s:o, s:s, s:I, s:I, s:I, s:I, s:I}", "entry",
			      number_value(e->number), "state", entry_state_name(e->state),
			      "stored_bytes", (json_int_t)e->bytes, "chapters",
			      (json_int_t)e->chapters, "corrected_chunks",
			      (json_int_t)e->n_corrected, "damaged_chunks",
			      (json_int_t)e->n_damaged, "left_bytes", (json_int_t)e->left_bytes);

	json_object_set_new(o, "packing", packing_value(e));
	json_object_set_new(o, "same_crash_as", number_value(e->shown_as));
	if (e->has_card)
		set_card(o, &e->card);
	return o;
}

static json_t *text_or_null(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

static int ls_json(struct archiving *a, struct entries *e)
{
	struct crash_words words;
	json_t *list = json_array();
	const bool sized = e->place.n_heads > 0;
	json_t *o = json_pack("{s:I, s:o, s:o, s:I}", "offset", (json_int_t)e->place.off,
			      "block_bytes", number_value(sized ? e->place.block_bytes : 0),
			      "blocks", number_value(sized ? e->place.n_blocks : 0), "lost_entries",
			      (json_int_t)e->n_gone);
	json_t *input = json_string(e->file->name); /* NULL: not UTF-8 */
	int code = EXIT_GOOD;

	json_object_set_new(o, "input", input ? input : json_null());
	for (uint32_t i = 0; i < e->n; i++) {
		json_t *value = entry_value(&e->at[i]);

		words_of(e, i, &words);
		json_object_set_new(value, "title", text_or_null(words.title));
		json_object_set_new(value, "signature", text_or_null(words.signature));
		json_array_append_new(list, value);
		if (e->at[i].state > ENTRY_CORRECTED && !e->at[i].shown_as)
			code = EXIT_FINDINGS;
	}
	json_object_set_new(o, "entries", list);
	json_array_append_new(a->archives, o);
	return code;
}

static int ls_archive(void *arg, struct entries *e)
{
	struct archiving *a = arg;

	return a->json ? ls_json(a, e) : ls_table(a, e);
}

static int ls(struct archiving *a)
{
	int code;

	a->archives = json_array();
	code = archive_each(a->program, a->file, &a->choice, NULL, ls_archive, NULL, a);
	if (a->json) {
		json_t *o = json_pack("{s:s, s:s, s:O}", "schema", "oopsmon-archive/1", "program",
				      "oopsmon " OM_VERSION, "archives", a->archives);

		if (!o || json_dumpf(o, stdout, JSON_INDENT(2) | json_flags(stdout)) != 0 ||
		    putchar('\n') == EOF) {
			fprintf(stderr, "%s: the JSON could not be written\n", a->program);
			code = EXIT_TROUBLE;
		}
		json_decref(o);
	}
	json_decref(a->archives);
	return code;
}

/* ---- extract ------------------------------------------------------------------------------ */

static int print_archive(void *arg, struct entries *e)
{
	struct archiving *a = arg;

	a->n_archives++;
	archive_print(e);
	return EXIT_GOOD;
}

static int nothing_in(const struct archiving *a, const struct entry *e)
{
	fprintf(stderr, "%s: %s: %s", a->program, a->file, entry_name(e->number).text);
	entry_print_trouble(stderr, e);
	return EXIT_FINDINGS;
}

/* The worst there is in @r. */
static int code_of(const struct report *r)
{
	int code = r->complete && !r->cut_by_monitor ? EXIT_GOOD : EXIT_FINDINGS;

	for (uint32_t i = 0; i < r->n_records; i++)
		if (r->records[i].quality >= QUALITY_SALVAGED)
			code = EXIT_FINDINGS;
	return code;
}

static int extract_entry(void *arg, const struct archive_report *item)
{
	const struct archiving *a = arg;
	char *folder;
	int code;

	if (!item->report)
		return nothing_in(a, item->entry);
	if (asprintf(&folder, "%s/%s", a->out_dir ? a->out_dir : ".", item->name) < 0)
		return EXIT_TROUBLE;
	if (!folder_make_in(a->out_dir ? a->out_dir : ".", folder)) {
		fprintf(stderr, "%s: %s: %s\n", a->program, folder, strerror(errno));
		code = EXIT_TROUBLE;
	} else {
		code = report_save(item->report, a->program, folder, NULL);
	}
	if (code == EXIT_GOOD) {
		printf("  %s: %" PRIu32 " record%s, %s", item->name, item->report->n_records,
		       item->report->n_records == 1 ? "" : "s",
		       !item->report->complete	      ? "incomplete"
		       : item->report->cut_by_monitor ? "cut"
						      : "complete");
		if (item->entry->left_bytes)
			printf(" (%" PRIu64 " bytes had no room)", item->entry->left_bytes);
		if (item->report->head.beyond.n)
			printf(" (%" PRIu32 " more had no place in it)",
			       item->report->head.beyond.n);
		if (item->report->title[0])
			printf(": %s", item->report->title);
		printf("\n");
		code = code_of(item->report);
	}
	free(folder);
	return code;
}

static int extract(struct archiving *a)
{
	return archive_each(a->program, a->file, &a->choice, NULL, print_archive, extract_entry, a);
}

/* ---- verify ------------------------------------------------------------------------------- */

static void print_wrong(void *arg, uint32_t number, int64_t at, const char *what)
{
	struct archiving *a = arg;

	a->n_wrong++;
	fputs(entry_name(number).text, stdout);
	printf(": ");
	if (at >= 0)
		printf("at 0x%" PRIx64 ": ", (uint64_t)at);
	printf("%s\n", what);
}

/* What no checksum of the archive says: the texts' own CRCs, and bytes that are not there. */
static int verify_entry(void *arg, const struct archive_report *item)
{
	struct archiving *a = arg;
	const struct report *r = item->report;
	char what[96];
	int code = EXIT_GOOD;

	if (item->entry->state > ENTRY_CORRECTED)
		return EXIT_FINDINGS;
	for (uint32_t i = 0; r && i < r->n_records; i++) {
		char name[REPORT_FILE_BYTES];

		if (!(r->records[i].notes & NOTE_TEXT_LOST) || r->left_bytes[i])
			continue;
		report_file_name(&r->records[i], name);
		snprintf(what, sizeof(what), "%s: its CRC is wrong or bytes of it are missing",
			 name);
		print_wrong(a, item->entry->number, -1, what);
		code = EXIT_FINDINGS;
	}
	if (code == EXIT_GOOD && (!r || !r->complete)) {
		const char *why = entry_packing_trouble(item->entry);

		print_wrong(a, item->entry->number, -1,
			    why ? why : "its chapters are no complete report");
		code = EXIT_FINDINGS;
	}
	return code;
}

static int verify_archive(void *arg, struct entries *e)
{
	uint32_t n[ENTRY_DAMAGED + 1] = { 0 };

	print_archive(arg, e);
	for (uint32_t i = 0; i < e->n; i++)
		n[e->at[i].state]++;
	for (int i = 0; i <= ENTRY_DAMAGED; i++)
		if (n[i])
			printf("  %" PRIu32 " %s\n", n[i], entry_state_name((enum entry_state)i));
	return n[ENTRY_INCOMPLETE] || n[ENTRY_DAMAGED] ? EXIT_FINDINGS : EXIT_GOOD;
}

static int verify(struct archiving *a)
{
	return archive_each(a->program, a->file, &a->choice, print_wrong, verify_archive,
			    verify_entry, a);
}

/* ---- the command line --------------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*run)(struct archiving *a);
} actions[] = {
	{ "ls", ls },
	{ "extract", extract },
	{ "verify", verify },
};

enum { N_ACTIONS = sizeof(actions) / sizeof(actions[0]) };

static void take_number(struct argp_state *state, struct archiving *a, const char *arg)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end || errno || v == 0 || v > UINT32_MAX)
		argp_error(state, "'%s' is no number of an entry", arg);
	if (a->choice.n == WANTED_MAX)
		argp_error(state, "at most %d entries at a time", WANTED_MAX);
	a->numbers[a->choice.n++] = (uint32_t)v;
}

static void take_argument(struct argp_state *state, struct archiving *a, const char *arg)
{
	if (a->file) {
		take_number(state, a, arg);
	} else if (a->action) {
		a->file = arg;
	} else {
		for (size_t i = 0; i < N_ACTIONS; i++)
			if (strcmp(arg, actions[i].name) == 0)
				a->action = actions[i].run;
		if (!a->action)
			argp_error(state, "ls, extract or verify, not '%s'", arg);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct archiving *a = state->input;

	switch (key) {
	case KEY_OUT:
		a->out_dir = arg;
		return 0;
	case KEY_JSON:
		a->json = true;
		return 0;
	case ARGP_KEY_ARG:
		take_argument(state, a, arg);
		return 0;
	case ARGP_KEY_END:
		if (!a->action)
			argp_error(state, "ls, extract or verify?");
		if (!a->file)
			argp_error(state, "which file?");
		if (a->json && a->action != ls)
			argp_error(state, "--json goes with ls");
		if ((a->out_dir || a->choice.n) && a->action != extract)
			argp_error(state, "-o and numbers of entries go with extract");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int archive_command(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_list,
		.parser = parse,
		.args_doc = "ls FILE\nextract FILE [ENTRY...]\nverify FILE",
		.doc = "Lists, saves or checks the crashes that a monitor kept in flash.\v"
		       "FILE is the flash partition named oopsmon, copied to a file or as the "
		       "device (cat /proc/mtd tells which: /dev/mtdN or /dev/mtdblockN; as root; "
		       "nothing is written to it), or an image of the whole flash, in which the "
		       "archives are found. Or it is one entry as the monitor sends it, "
		       "oopsmon-entry-N.bin. `-` is standard input, redirected from a file. "
		       "Packed files must be unpacked first.\n\n"
		       "ls prints a line for each crash. ENTRY is its number there. extract saves "
		       "all, or these, each to a folder with the records' files and report.json; "
		       "of an entry that is damaged or was cut, what is sound of it. verify checks "
		       "every checksum and names the places of what is wrong.\n\n"
		       "Exit code: 0 everything is complete, or put right, or the flash is erased; "
		       "1 something is incomplete, damaged or cannot be read; 2 wrong usage, "
		       "unreadable input, no archive in it, or no such ENTRY.",
	};
	struct archiving a = { .program = argv[0] };
	int code;

	argp_program_version = NULL;
	a.choice.numbers = a.numbers;
	if (argp_parse(&argp, argc, argv, 0, NULL, &a) != 0)
		return EXIT_TROUBLE;
	code = a.action(&a);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "%s: standard output: %s\n", a.program, strerror(errno));
		code = EXIT_TROUBLE;
	}
	return code;
}
