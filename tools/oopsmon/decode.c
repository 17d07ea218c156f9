/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `oopsmon decode`: the command line, and the way from an input through its regions and
 * reports and their records to the outputs. firmware/core decodes.
 */
#include "archive_each.h"
#include "commands.h"
#include "listener.h"
#include "plainlog.h"
#include "region_said.h"
#include "regions.h"
#include "sink.h"
#include "symbols_check.h"
#include "text.h"

#include "core/ramoops/zone.h"
#include "core/report/pack.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum option_key {
	KEY_OUT = 'o',
	KEY_TEXT = 't',
	KEY_QUIET = 'q',
	KEY_JOIN = 'j',
	KEY_JSON = 0x100,
	KEY_NOTICES,
	KEY_SYSTEM_MAP,
};

struct command_line {
	struct options options;
	struct sizes sizes;
	const char *system_map; /* NULL: none */
	const char *file;
};

static const struct argp_option option_list[] = {
	{ NULL, 0, NULL, 0, "Output:", 3 },
	{ "output", KEY_OUT, "DIR", 0,
	  "write the records to files named as Linux does, those of each "
	  "crash in a folder of its own in DIR",
	  3 },
	{ "json", KEY_JSON, NULL, 0, "print the facts as JSON instead (docs/json.md)", 3 },
	{ "text", KEY_TEXT, NULL, 0, "show the records' texts as well", 3 },
	{ "join", KEY_JOIN, NULL, 0,
	  "say which records tell of one crash; with -o also crash-0.log (the newest), ...", 3 },
	{ "linux-notices", KEY_NOTICES, "old|new", OPTION_ARG_OPTIONAL,
	  "end the files with Linux's ECC notice; old: as up to 5.17 (default: by the writer)", 3 },
	{ "system-map", KEY_SYSTEM_MAP, "FILE", 0,
	  "System.map or vmlinux of the dead kernel: names for addresses", 3 },
	{ "quiet", KEY_QUIET, NULL, 0, "no progress bar", 3 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct command_line *c = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &c->sizes;
		return 0;
	case KEY_OUT:
		c->options.out_dir = arg;
		return 0;
	case KEY_JSON:
		c->options.json = true;
		return 0;
	case KEY_TEXT:
		c->options.with_text = true;
		return 0;
	case KEY_JOIN:
		c->options.join = true;
		return 0;
	case KEY_NOTICES:
		if (arg && strcmp(arg, "old") != 0 && strcmp(arg, "new") != 0)
			argp_error(state, "--linux-notices: 'old' or 'new', not '%s'", arg);
		c->options.notices = !arg ? NOTICES_AUTO : *arg == 'o' ? NOTICES_OLD : NOTICES_NEW;
		return 0;
	case KEY_SYSTEM_MAP:
		c->system_map = arg;
		return 0;
	case KEY_QUIET:
		c->options.quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (c->file)
			argp_error(state, "one input at a time");
		c->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!c->file)
			argp_error(state, "which file? `-` reads standard input");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- from regions to sinks ---------------------------------------------------------------- */

enum { SINKS_MAX = 2, WORK_DROP_BYTES = 4 << 20 };

struct decoding {
	const struct command_line *command;
	struct symbols *symbols; /* of --system-map, NULL: none */
	struct sink sinks[SINKS_MAX];
	uint32_t n_sinks;
	struct progress progress;
	uint32_t n_sources;	 /* regions and reports printed */
	struct region_said said; /* of the region that is decoded */
	struct listener *listener;
	const struct input *in;
	struct plainlog log; /* the input, if it is text */
	bool heard;	     /* a report, or lines of one */
	bool marked; /* what may be the head of an archive's block, or an entry of one, went by */
	int code;    /* worst of reports */
};

static int worse(int a, int b)
{
	return a > b ? a : b;
}

/* Zeros in place of bytes that the input lacks: without ECC nothing in the region shows it. */
static void judge_cut(const struct source *src, uint32_t i, struct record *rec)
{
	const struct region *r = src->region;
	const uint32_t there = r->geom.region_bytes - src->lost_bytes;
	struct place at;

	if (!src->lost_bytes || rec->quality != QUALITY_UNCHECKED ||
	    layout_place(&r->layout, i, &at) != OM_OK)
		return;
	if (rec->kind == ZONE_FTRACE) /* the zones of all CPUs */
		at.bytes *= r->layout.n_ftrace;
	else
		at.bytes = ZONE_HDR_BYTES + rec->stored_bytes;
	if (at.bytes > there || at.off > there - at.bytes)
		rec->quality = QUALITY_SALVAGED;
}

/* ---- symbols ------------------------------------------------------------------------------ */

/* Those of --system-map are used for what was checked, or they are not, and that is said. */
static int use_symbols(struct decoding *d, const struct symbols_check *c)
{
	const struct options *o = &d->command->options;
	char why[1200] = "";
	bool good;

	if (!d->symbols)
		return EXIT_GOOD;
	good = symbols_check_end(c, d->symbols, why, sizeof(why));
	for (uint32_t k = 0; k < d->n_sinks; k++)
		d->sinks[k].symbols = good ? d->symbols : NULL;
	if (!why[0])
		return EXIT_GOOD;
	fprintf(stderr, "%s: %s %s this log: ", o->program, d->command->system_map,
		good ? "does not fit all of" : "does not belong to");
	text_escaped(stderr, (struct span){ (const uint8_t *)why, strlen(why) });
	fprintf(stderr, "%s\n", good ? "" : ": it is not used");
	return good ? EXIT_GOOD : EXIT_FINDINGS;
}

/* The text of damaged records is not asked. */
static void check_record(const struct record *r, const struct symbols *symbols,
			 struct symbols_check *c)
{
	if (r->quality >= QUALITY_SALVAGED)
		return;
	if (r->kind == ZONE_DMESG || r->kind == ZONE_CONSOLE)
		symbols_check_text(c, symbols, r->text);
	if (r->kind == ZONE_FTRACE)
		symbols_check_ftrace(c, r);
}

/* Before anything is named: what all logs of a region or report say of the file. */
static int check_records(struct decoding *d, const struct store *store, struct workspace work)
{
	struct symbols_check c = { 0 };

	for (uint32_t i = 0; d->symbols && i < store->n; i++) {
		struct record r = { .n_pieces = 1 };

		for (uint32_t piece = 0; piece < r.n_pieces; piece++) {
			if (store_read(store, i, piece, work, &r) != OM_OK)
				break;
			check_record(&r, d->symbols, &c);
		}
	}
	return use_symbols(d, &c);
}

/*
 * A zone that has something in it but no header, in a region where most zones have theirs. Every
 * kernel that uses a region gives each zone a header.
 */
static bool is_lost_zone(const struct source *src, uint32_t i, struct place *at)
{
	const struct region *r = src->region;
	const struct layout *l = &r->layout;

	if (l->score == 0 || l->score < layout_zones(l) / 2 || layout_place(l, i, at) != OM_OK)
		return false;
	if (at->kind == ZONE_FTRACE) /* the zones of all CPUs */
		at->bytes *= l->n_ftrace;

	const struct span zone = span_sub(r->raw, at->off, at->bytes);
	const uint32_t cut_at = r->geom.region_bytes - src->lost_bytes;

	if (zone.len < ZONE_HDR_BYTES || at->off + at->bytes > cut_at ||
	    le32_load(zone.p) == ZONE_SIG || be32_load(zone.p) == ZONE_SIG)
		return false;
	return !span_is_zero(zone);
}

static int print_lost_zone(const struct decoding *d, const struct source *src,
			   const struct place *at)
{
	fprintf(stderr,
		"%s: %s: the %s zone at 0x%" PRIx64 " has lost its header: nothing of its %" PRIu32
		" bytes is decoded\n",
		d->command->options.program, src->input, record_kind(at->kind), src->off + at->off,
		at->bytes);
	return EXIT_FINDINGS;
}

/* All pieces of what is in one zone, given to every sink. */
static int decode_zone(struct decoding *d, const struct source *src, uint32_t i,
		       struct workspace work)
{
	struct record rec = { .n_pieces = 1 };
	int code = EXIT_GOOD;

	for (uint32_t piece = 0; piece < rec.n_pieces; piece++) {
		char name[REPORT_FILE_BYTES];
		const struct item item = { &rec, name, i };
		const enum om_err err = store_read(&src->store, i, piece, work, &rec);
		struct place at;

		if (err == OM_E_BAD_MAGIC && piece == 0 && is_lost_zone(src, i, &at))
			code = worse(code, print_lost_zone(d, src, &at));
		if (err != OM_OK)
			break;
		judge_cut(src, i, &rec);
		region_said_take(&d->said, &rec);
		report_file_name(&rec, name);
		for (uint32_t k = 0; k < d->n_sinks; k++)
			code = worse(code, d->sinks[k].record(&d->sinks[k], src, &item));
		if (rec.quality >= QUALITY_SALVAGED)
			code = worse(code, EXIT_FINDINGS);
	}
	return code;
}

static int decode_records(struct decoding *d, const struct source *src)
{
	/* room for the largest record there could be; only what is used of it takes memory */
	struct workspace work = { .cap = src->store.work_bytes };
	int code = EXIT_GOOD;
	void *p = mmap(NULL, work.cap, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		fprintf(stderr, "%s: out of memory\n", d->command->options.program);
		return EXIT_TROUBLE;
	}
	work.p = p;
	code = check_records(d, &src->store, work);
	for (uint32_t i = 0; i < src->store.n; i++) {
		code = worse(code, decode_zone(d, src, i, work));
		if (work.cap > WORK_DROP_BYTES)
			madvise(p, work.cap, MADV_DONTNEED);
	}
	munmap(p, work.cap);
	return code;
}

/* An input that ends with the region, of which the kernel's log says that it was longer. */
static int judge_end(const struct decoding *d, const struct source *src)
{
	const uint32_t bytes = src->region->geom.region_bytes;

	if (!src->to_end || src->lost_bytes || d->said.bytes <= bytes)
		return EXIT_GOOD;
	fprintf(stderr,
		"%s: %s: the kernel's log says that the region has %" PRIu64
		" bytes, and the input "
		"ends after %" PRIu32 " of them: it was cut (--region-size says how long it is)\n",
		d->command->options.program, src->input, d->said.bytes, bytes);
	return EXIT_FINDINGS;
}

static int end_region(struct decoding *d, struct source *src)
{
	char *saved_in = NULL;
	int code = EXIT_GOOD;

	src->saved_in = &saved_in;
	for (uint32_t k = 0; k < d->n_sinks; k++)
		code = worse(code, d->sinks[k].region_end(&d->sinks[k], src));
	free(saved_in);
	src->saved_in = NULL;
	return code;
}

static int decode_region(void *arg, struct source *src)
{
	struct decoding *d = arg;
	const struct options *o = &d->command->options;
	int code = EXIT_GOOD;

	progress_end(&d->progress);
	d->n_sources++;
	src->input = d->command->file;
	ramoops_store(src->region, &src->store);
	if (src->lost_bytes) {
		fprintf(stderr,
			"%s: %s: the input ends %u bytes before the region does: zeros are read "
			"there%s\n",
			o->program, src->input, (unsigned)src->lost_bytes,
			d->command->sizes.geom.region_bytes
				? ""
				: " (how long it is was guessed: --region-size says)");
		code = EXIT_FINDINGS;
	}
	if (src->odd_length) {
		fprintf(stderr,
			"%s: %s: %" PRIu32 " bytes are an odd length for a region: the input may "
			"have been cut (--region-size says how long it is)\n",
			o->program, src->input, src->region->geom.region_bytes);
		code = EXIT_FINDINGS;
	}
	if (!src->found && src->region->layout.score == 0)
		fprintf(stderr,
			"%s: %s: no zone begins where these sizes put one: check --offset or "
			"--dump-base, or leave the sizes out to have them found\n",
			o->program, src->input);
	for (uint32_t k = 0; k < d->n_sinks && code != EXIT_TROUBLE; k++)
		code = worse(code, d->sinks[k].region(&d->sinks[k], src));
	if (code == EXIT_TROUBLE)
		return code;
	d->said = (struct region_said){ 0 };
	code = worse(code, decode_records(d, src));
	code = worse(code, judge_end(d, src));
	return worse(code, end_region(d, src));
}

/* ---- from reports to sinks ---------------------------------------------------------------- */

static enum om_err read_reported(const void *ctx, uint32_t i, uint32_t piece, struct workspace work,
				 struct record *out)
{
	const struct report *r = ctx;

	(void)work;
	/* a second reading is a record of its own in a report */
	if (i >= r->n_records || (piece > 0 && piece != r->records[i].piece))
		return OM_E_ARG;
	*out = r->records[i];
	out->n_pieces = 1;
	return OM_OK;
}

/* The records of a report; their texts are in memory already. */
static void report_store(const struct report *r, struct store *out)
{
	*out = (struct store){ .backend = "ramoops",
			       .n = r->n_records,
			       .work_bytes = 1,
			       .read = read_reported,
			       .ctx = r };
}

static int decode_report(struct decoding *d, struct source *src)
{
	const struct report *r = src->report;
	int code = r->complete && !r->cut_by_monitor ? EXIT_GOOD : EXIT_FINDINGS;

	report_store(r, &src->store);
	code = worse(code, check_records(d, &src->store, (struct workspace){ 0 }));
	for (uint32_t k = 0; k < d->n_sinks && code != EXIT_TROUBLE; k++)
		code = worse(code, d->sinks[k].region(&d->sinks[k], src));
	for (uint32_t i = 0; i < r->n_records && code != EXIT_TROUBLE; i++) {
		char name[REPORT_FILE_BYTES];
		const struct item item = { &r->records[i], name, i };

		report_file_name(&r->records[i], name);
		for (uint32_t k = 0; k < d->n_sinks; k++)
			code = worse(code, d->sinks[k].record(&d->sinks[k], src, &item));
		if (r->records[i].quality >= QUALITY_SALVAGED)
			code = worse(code, EXIT_FINDINGS);
	}
	return worse(code, end_region(d, src));
}

/* What the sinks ask a region for; it has no bytes here. */
static struct region region_of(const struct report *r)
{
	const struct report_head *h = &r->head;

	return (struct region){
		.geom = h->geom,
		.layout = { .era = h->era,
			    .why = h->writer_version ? LAYOUT_VERSION : LAYOUT_SIGNATURES,
			    .writer_version = h->writer_version },
	};
}

static void print_report(void *arg, const struct report *r)
{
	struct decoding *d = arg;
	const struct region region = region_of(r);
	struct source src = { .input = d->command->file, .region = &region, .report = r };

	progress_end(&d->progress);
	d->heard = true;
	if (r->of_model) {
		fprintf(stderr, "%s: %s: a report of format 1, " PACK_MODEL_TEXT "\n",
			d->command->options.program, src.input);
		d->code = worse(d->code, EXIT_FINDINGS);
		return;
	}
	if (r->headless) {
		fprintf(stderr,
			"%s: %s: %" PRIu32 " lines of a report without its beginning: nothing of "
			"it can be decoded\n",
			d->command->options.program, src.input, r->lines_seen);
		d->code = worse(d->code, EXIT_FINDINGS);
		return;
	}
	src.number = d->n_sources++;
	d->code = worse(d->code, decode_report(d, &src));
}

/* ---- from archives to sinks --------------------------------------------------------------- */

static int print_archived(void *arg, const struct archive_report *item)
{
	struct decoding *d = arg;
	const struct options *o = &d->command->options;
	struct source src = { .input = d->command->file,
			      .report = item->report,
			      .folder_name = item->name };
	struct region region;

	if (!item->report) {
		fprintf(stderr, "%s: %s: %s%s", o->program, src.input,
			entry_name(item->entry->number).text,
			item->entry->number ? " of the archive" : "");
		entry_print_trouble(stderr, item->entry);
		return EXIT_FINDINGS;
	}
	region = region_of(item->report);
	src.region = &region;
	src.number = d->n_sources++;
	return decode_report(d, &src);
}

static int begin_archive(void *arg, struct entries *e)
{
	struct decoding *d = arg;

	if (!d->command->options.json) {
		printf("%s", d->n_sources ? "\n" : "");
		archive_print(e);
	}
	return EXIT_GOOD;
}

/* EXIT_TROUBLE: there is none that can be read. */
static int print_archives(struct decoding *d)
{
	static const struct archive_choice best = { 0 };
	const char *file = d->command->file;

	progress_end(&d->progress);
	if (!d->in->packed)
		return archive_each(d->command->options.program, file, &best, NULL, begin_archive,
				    print_archived, d);
	fprintf(stderr, "%s: %s: an archive of crashes is in it: unpack it with %s first\n",
		d->command->options.program, file, d->in->packed);
	return EXIT_TROUBLE;
}

/* ---- what the input has beside regions ---------------------------------------------------- */

/* Reports are looked for in all bytes; of an archive the block heads are, where they can be. */
static void hear(void *arg, const uint8_t *bytes, size_t len)
{
	struct decoding *d = arg;
	const uint64_t past = d->in->off % ARCHIVE_GRAIN;

	d->marked |= d->in->off == 0 && archive_entry_mark((struct span){ bytes, len });
	for (size_t i = past ? (size_t)(ARCHIVE_GRAIN - past) : 0; i < len; i += ARCHIVE_GRAIN)
		d->marked |= archive_mark((struct span){ bytes + i, len - i });
	plainlog_feed(&d->log, bytes, len);
	listener_feed(d->listener, bytes, len);
}

/* Neither region nor report nor archive: a log that somebody saved as text. */
static int print_log(struct decoding *d)
{
	const struct span text = plainlog_text(&d->log);
	const struct options *o = &d->command->options;
	struct symbols_check c = { 0 };
	int code = EXIT_GOOD;

	if (text.len == 0)
		return EXIT_TROUBLE;
	progress_end(&d->progress);
	if (d->symbols)
		symbols_check_text(&c, d->symbols, text);
	code = use_symbols(d, &c);
	if (o->out_dir)
		fprintf(stderr, "%s: %s: a log as text: there are no records to write to %s\n",
			o->program, d->command->file, o->out_dir);
	for (uint32_t k = 0; k < d->n_sinks; k++)
		if (d->sinks[k].log)
			code = worse(code, d->sinks[k].log(&d->sinks[k], d->command->file, text));
	return o->out_dir ? worse(code, EXIT_FINDINGS) : code;
}

static int print_others(void *arg)
{
	struct decoding *d = arg;
	int code;

	listener_end(d->listener);
	code = d->heard ? d->code : EXIT_TROUBLE;
	if (d->marked) {
		const int archives = print_archives(d);

		if (!d->heard)
			return archives;
		code = worse(code, archives == EXIT_TROUBLE ? EXIT_FINDINGS : archives);
	}
	if (!d->heard && !d->marked && d->n_sources == 0)
		return print_log(d);
	return code;
}

/* Reads on for reports while regions are looked for. */
static bool listen(struct decoding *d, struct input *in)
{
	const struct listener_events events = { .arg = d, .report = print_report };

	d->listener = listener_new(&events);
	if (!d->listener) {
		fprintf(stderr, "%s: out of memory\n", in->program);
		return false;
	}
	listener_be_patient(d->listener);
	in->tap = hear;
	in->tap_arg = d;
	d->in = in;
	return true;
}

/* ---- all of it ---------------------------------------------------------------------------- */

static void choose_sinks(struct decoding *d)
{
	const struct options *o = &d->command->options;

	/* files first: nothing is printed if they cannot be written */
	if (o->out_dir)
		files_sink(&d->sinks[d->n_sinks++]);
	if (o->json)
		json_sink(&d->sinks[d->n_sinks++]);
	else
		table_sink(&d->sinks[d->n_sinks++]);
	for (uint32_t k = 0; k < d->n_sinks; k++)
		d->sinks[k].options = o;
}

static int decode(struct decoding *d, struct command_line *c)
{
	struct input in;
	int code = EXIT_TROUBLE;

	if (!input_open(&in, c->options.program, c->file, &d->progress))
		return EXIT_TROUBLE;
	if (sizes_settle(&c->sizes, &in)) {
		/* whoever gives a place or sizes, or a device, means a region */
		const bool any = c->sizes.from == FROM_SEARCH && !c->sizes.geom.region_bytes &&
				 c->sizes.off == 0 && !in.is_device;

		if (!any || listen(d, &in))
			code = regions_each(&c->sizes, &in, decode_region,
					    any ? print_others : NULL, d);
	}
	input_close(&in);
	listener_free(d->listener);
	plainlog_free(&d->log);
	for (uint32_t k = 0; k < d->n_sinks; k++)
		code = worse(code, d->sinks[k].end(&d->sinks[k]));
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "%s: standard output: %s\n", c->options.program, strerror(errno));
		code = EXIT_TROUBLE;
	}
	return code;
}

int decode_command(int argc, char **argv)
{
	static const struct argp_child children[] = { { &sizes_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = {
		.options = option_list,
		.parser = parse,
		.args_doc = "INPUT",
		.doc = "Lists the records that a dead kernel left in the ramoops regions of "
		       "INPUT, or that a monitor reported in a console log or archived in "
		       "flash.\v"
		       "INPUT is the log of a serial console that has reports in it, or the bytes "
		       "of a region or of memory that has some in it: a file, a pipe (`-`), "
		       "/dev/mem; as it is or packed with xz or gzip. Without sizes the regions "
		       "and reports are found, as are archives in an image of the flash "
		       "(`oopsmon archive`), or the one entry that oopsmon-entry-N.bin is; these "
		       "must be files, not packed. Of a kernel's log as text (dmesg, a console's "
		       "capture, a file of /sys/fs/pstore) the crash is explained.\n\n"
		       "Exit code: 0 every record is intact, repaired by ECC or unchecked (no ECC "
		       "in the region); 1 some were salvaged or are unreadable, a report is "
		       "incomplete, or the input was cut; 2 wrong usage, unreadable input, or "
		       "neither region nor report in it.",
		.children = children,
	};
	struct command_line c = { .options.program = argv[0], .sizes.program = argv[0] };
	struct decoding d = { .command = &c };
	const char *why = "";

	argp_program_version = NULL;
	if (argp_parse(&argp, argc, argv, 0, NULL, &c) != 0)
		return EXIT_TROUBLE;
	if (c.system_map) {
		d.symbols = symbols_load(c.system_map, &why);
		if (!d.symbols) {
			fprintf(stderr, "%s: %s: %s\n", argv[0], c.system_map, why);
			return EXIT_TROUBLE;
		}
	}
	d.progress.wanted = !c.options.quiet;
	choose_sinks(&d);

	const int code = decode(&d, &c);

	symbols_free(d.symbols);
	return code;
}
