/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records as files with Linux's names and bytes, those of each region or report in a folder of
 * its own, whose name says which crash it is: the same input gives the same name again.
 */
#include "commands.h"
#include "crash_folder.h"
#include "crashes.h"
#include "json.h"
#include "listener.h"
#include "outfile.h"
#include "sink.h"
#include "text.h"

#include "core/crash/report_order.h"
#include "core/log/headline.h"
#include "core/log/pmsg.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
	LINUX_5_18 = 5 << 16 | 18 << 8, /* says "ECC: " in its notice */
	FOLDER_NAME_BYTES = 64,
	SAMPLE_BYTES = 256 /* of each end of a text: with the record's facts they name a crash */
};

struct files_state {
	uint32_t writer; /* LINUX_VERSION_CODE that a log of this region names, 0: none yet */
	struct crash_folder folder; /* of the present region */
	struct record first;	    /* of its dmesg records the one that is reported first */
	bool has_first;
	uLong id; /* of the region's records so far */
	struct crashes crashes;
};

static int fail(const struct sink *s, const char *path, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", s->options->program, path, why);
	return EXIT_TROUBLE;
}

/* ---- one file ----------------------------------------------------------------------------- */

static bool file_open(struct sink *s, const char *name, struct outfile *file)
{
	struct files_state *state = s->state;

	if (outfile_open(file, state->folder.aside, name))
		return true;
	fail(s, name, strerror(errno));
	outfile_free(file);
	return false;
}

static int file_close(struct sink *s, const char *name, struct outfile *file)
{
	struct files_state *state = s->state;
	int code = EXIT_GOOD;

	if (!outfile_close(file, true))
		code = fail(s, name, strerror(errno));
	else if (!crash_folder_add(&state->folder, name))
		code = fail(s, name, "out of memory");
	outfile_free(file);
	return code;
}

/* ---- regions ------------------------------------------------------------------------------ */

static int files_region(struct sink *s, const struct source *src)
{
	struct files_state *state = s->state;

	(void)src;
	if (!state)
		state = s->state = calloc(1, sizeof(*state));
	if (!state)
		return fail(s, s->options->out_dir, "out of memory");
	state->writer = 0;
	state->has_first = false;
	state->id = crc32(0, NULL, 0);
	if (!crash_folder_begin(&state->folder, s->options->out_dir))
		return fail(s, s->options->out_dir, strerror(errno));
	return EXIT_GOOD;
}

/* What differs between crashes goes into the region's id. Cheap: texts may be large. */
static void identify(struct files_state *state, const struct record *r)
{
	const struct span from = span_sub(r->text, 0, SAMPLE_BYTES);
	const struct span to = r->text.len > SAMPLE_BYTES
				       ? span_sub(r->text, r->text.len - SAMPLE_BYTES, r->text.len)
				       : (struct span){ 0 };
	char facts[160];
	const int n = snprintf(
		facts, sizeof(facts),
		"%d.%" PRIu32 ".%" PRIu32 " %" PRId64 ".%" PRIu32 " %d#%" PRIu32 ".%" PRIu32 " %zu",
		(int)r->kind, r->index, r->piece, r->has_time ? r->time_sec : 0,
		r->has_time ? r->time_usec : 0, (int)r->reason, r->count, r->part, r->text.len);

	state->id = crc32(state->id, (const Bytef *)facts, (uInt)n);
	if (from.len)
		state->id = crc32(state->id, from.p, (uInt)from.len);
	if (to.len)
		state->id = crc32(state->id, to.p, (uInt)to.len);
	if (r->kind != ZONE_DMESG || r->reason == REASON_NONE ||
	    (state->has_first && !report_is_before(r, &state->first)))
		return;
	state->first = *r;
	state->has_first = true;
}

/* "panic-5c2b0f1e", and of a report with the verdict and the number that it has itself. */
static void name_folder(const struct files_state *state, const struct source *src,
			char name[FOLDER_NAME_BYTES])
{
	if (src->report)
		snprintf(name, FOLDER_NAME_BYTES, "%s-%08" PRIx32,
			 report_verdict_word(src->report->head.verdict), src->report->head.id);
	else
		snprintf(name, FOLDER_NAME_BYTES, "%s-%08lx",
			 state->has_first ? reason_name(state->first.reason) : "region", state->id);
	name[0] = (char)tolower((unsigned char)name[0]);
}

/* The facts of a report beside its records, as `watch` and `archive extract` write them. */
static int write_facts(struct sink *s, const struct report *report)
{
	static const char name[] = "report.json";
	struct outfile file;

	if (!file_open(s, name, &file))
		return EXIT_TROUBLE;
	if (json_report_write(report, file.f))
		return file_close(s, name, &file);
	outfile_close(&file, false);
	outfile_free(&file);
	return fail(s, name, "out of memory");
}

/* ---- records ------------------------------------------------------------------------------ */

/* "5.10.223-arm64" or "Linux version 5.10.223-arm64 ..." as LINUX_VERSION_CODE, 0: neither. */
static uint32_t version_in(struct span s)
{
	static const char before[] = "Linux version ";
	char text[64];
	unsigned major, minor;
	const size_t n = s.len < sizeof(text) ? s.len : sizeof(text) - 1;

	memcpy(text, s.p, n);
	text[n] = '\0';

	const char *at = strncmp(text, before, sizeof(before) - 1) == 0 ? text + sizeof(before) - 1
									: text;

	if (sscanf(at, "%3u.%3u", &major, &minor) != 2 || minor > 255)
		return 0;
	return (uint32_t)major << 16 | (uint32_t)minor << 8;
}

/* The kernel that wrote a log says so in it, at its start or when it crashes. */
static uint32_t version_of(const struct record *r)
{
	struct headline h;
	struct headline_facts f;
	uint32_t version = 0;

	if (r->kind != ZONE_DMESG && r->kind != ZONE_CONSOLE)
		return 0;
	headline_find(r->text, &h);
	headline_facts(&h, &f);
	if (f.release.len > 0)
		version = version_in(f.release);
	if (!version && h.kernel.len > 0)
		version = version_in(h.kernel);
	return version;
}

static bool notice_is_old(const struct sink *s, const struct layout *l)
{
	const struct files_state *state = s->state;

	if (s->options->notices != NOTICES_AUTO)
		return s->options->notices == NOTICES_OLD;
	if (l->writer_version || state->writer)
		return (l->writer_version ? l->writer_version : state->writer) < LINUX_5_18;
	if (l->why == LAYOUT_ALIKE || l->why == LAYOUT_ASSUMED)
		return false;
	return l->era == ERA_3_10 || l->era == ERA_3_11;
}

/*
 * What Linux's reader says about ECC at a file's end. Not under ftrace entries: there Linux
 * counts it among them and prints garbage.
 */
static void write_notice(FILE *f, const struct sink *s, const struct source *src,
			 const struct record *r)
{
	struct files_state *state = s->state;

	if (s->options->notices == NOTICES_NONE || src->region->geom.ecc_bytes == 0 ||
	    r->kind == ZONE_FTRACE)
		return;
	if (!state->writer)
		state->writer = version_of(r);

	const char *prefix = notice_is_old(s, &src->region->layout) ? "" : "ECC: ";

	if (r->corrected_bytes || r->bad_blocks)
		fprintf(f, "\n%s%" PRIu32 " Corrected bytes, %" PRIu32 " unrecoverable blocks\n",
			prefix, r->corrected_bytes, r->bad_blocks);
	else
		fprintf(f, "\n%sNo errors detected\n", prefix);
}

static int write_logcat(struct sink *s, const struct item *item)
{
	char name[RECORD_NAME_BYTES + sizeof(".logcat")];
	struct outfile file;

	snprintf(name, sizeof(name), "%s.logcat", item->name);
	if (!file_open(s, name, &file))
		return EXIT_TROUBLE;
	text_logcat(file.f, item->record->text);
	return file_close(s, name, &file);
}

static int files_record(struct sink *s, const struct source *src, const struct item *item)
{
	struct files_state *state = s->state;
	const struct record *r = item->record;
	struct outfile file;

	if (!state || !state->folder.aside)
		return EXIT_TROUBLE;
	identify(state, r);
	if (!file_open(s, item->name, &file))
		return EXIT_TROUBLE;
	text_record(file.f, r, s->symbols);
	write_notice(file.f, s, src, r);

	int code = file_close(s, item->name, &file);

	if (code == EXIT_GOOD && r->kind == ZONE_PMSG && pmsg_is_logd(r->text))
		code = write_logcat(s, item);
	if (s->options->join && !crashes_add(&state->crashes, item))
		code = fail(s, item->name, "out of memory");
	return code;
}

/* The joined log of each crash. */
static int write_crashes(struct sink *s, const struct source *src)
{
	struct files_state *state = s->state;
	int code = EXIT_GOOD;

	if (!crashes_sort(&state->crashes))
		code = fail(s, s->options->out_dir, "out of memory");
	for (uint32_t i = 0; i < state->crashes.n_crashes && code == EXIT_GOOD; i++) {
		char name[32];
		struct outfile file;

		snprintf(name, sizeof(name), "crash-%" PRIu32 ".log", i);
		if (!file_open(s, name, &file))
			return EXIT_TROUBLE;
		if (!crashes_write(&state->crashes, i, src, file.f))
			code = fail(s, name, "out of memory");

		const int closed = file_close(s, name, &file);

		code = code > closed ? code : closed;
	}
	crashes_free(&state->crashes);
	return code;
}

static int files_region_end(struct sink *s, const struct source *src)
{
	struct files_state *state = s->state;
	char name[FOLDER_NAME_BYTES];
	int code = EXIT_GOOD;
	char *path;

	if (!state || !state->folder.aside)
		return EXIT_GOOD;
	if (s->options->join)
		code = write_crashes(s, src);
	if (src->report && code == EXIT_GOOD)
		code = write_facts(s, src->report);
	name_folder(state, src, name);
	if (!crash_folder_settle(&state->folder, src->folder_name ? src->folder_name : name, &path))
		code = fail(s, path ? path : s->options->out_dir, strerror(errno));
	if (src->saved_in && code == EXIT_GOOD)
		*src->saved_in = path;
	else
		free(path);
	return code;
}

static int files_end(struct sink *s)
{
	struct files_state *state = s->state;

	if (!state)
		return EXIT_GOOD;
	crashes_free(&state->crashes);
	crash_folder_drop(&state->folder);
	free(state);
	s->state = NULL;
	return EXIT_GOOD;
}

void files_sink(struct sink *s)
{
	s->region = files_region;
	s->record = files_record;
	s->region_end = files_region_end;
	s->end = files_end;
}
