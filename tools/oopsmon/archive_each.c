/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive_each.h"
#include "commands.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
	struct archive_file file;
	const struct archive_choice *choice;
	struct archive_places places;
	struct entries entries; /* of the present archive */
	archive_report_fn report;
	void *arg;
	bool *found; /* of choice->numbers */
	struct archive_report item;
	int code;
};

static void worse(struct job *job, int code)
{
	job->code = code > job->code ? code : job->code;
}

/* ---- one entry ---------------------------------------------------------------------------- */

static void name_entry(struct job *job, const struct entry *e)
{
	char archive[sizeof(struct place_name) + 16] = "";
	char number[16] = "";

	if (job->places.n > 1)
		snprintf(archive, sizeof(archive), "archive-%s/",
			 place_name(&job->entries.place).text);
	if (e->number)
		snprintf(number, sizeof(number), "%04" PRIu32 "-", e->number);
	snprintf(job->item.name, sizeof(job->item.name), "%s%s%s-%08" PRIx32, archive, number,
		 e->has_card ? report_verdict_word(e->card.verdict) : "damaged", e->card.id);
}

static void print_report(void *arg, const struct report *r)
{
	struct job *job = arg;

	job->item.report = r;
	worse(job, job->report(job->arg, &job->item));
}

static bool is_chosen(struct job *job, const struct entry *e)
{
	bool chosen = job->choice->n == 0 && e->shown_as == 0;

	for (uint32_t i = 0; i < job->choice->n; i++) {
		if (job->choice->numbers[i] != e->number)
			continue;
		job->found[i] = true;
		chosen = true;
	}
	return chosen;
}

static void print_entry(struct job *job, uint32_t i)
{
	const struct entry *e = &job->entries.at[i];

	if (!is_chosen(job, e))
		return;
	job->item.entry = e;
	job->item.report = NULL;
	name_entry(job, e);
	if (!entries_report(&job->entries, i, print_report, job))
		worse(job, job->report(job->arg, &job->item));
	if (e->state > ENTRY_CORRECTED)
		worse(job, EXIT_FINDINGS);
}

/* ---- one archive -------------------------------------------------------------------------- */

/* Copies that are not shown, what is lacking: on standard error. */
static void print_notes(struct job *job)
{
	const struct entries *e = &job->entries;
	const struct archive_file *f = &job->file;
	const int64_t end =
		e->place.off + (int64_t)((uint64_t)e->place.block_bytes * e->place.n_blocks);

	if (!e->bare && e->place.n_heads == 0) {
		fprintf(stderr,
			"%s: %s: the heads of all blocks are damaged: this is found without them, "
			"entries may be missing\n",
			f->program, f->name);
		worse(job, EXIT_FINDINGS);
	} else if (!e->bare && (e->place.off < 0 || (uint64_t)end > f->bytes)) {
		fprintf(stderr,
			"%s: %s: the file has only a part of the archive: what lies %s it is read "
			"as erased; copy the whole partition\n",
			f->program, f->name, e->place.off < 0 ? "before" : "after");
		worse(job, EXIT_FINDINGS);
	}
	if (e->n_gone) {
		fprintf(stderr, "%s: %s: %" PRIu64 " entr%s gone: blocks or chunks are damaged\n",
			f->program, f->name, e->n_gone, e->n_gone == 1 ? "y is" : "ies are");
		worse(job, EXIT_FINDINGS);
	}
	if (e->n_left_out) {
		fprintf(stderr, "%s: %s: %" PRIu32 " more entries than the %d that are listed\n",
			f->program, f->name, e->n_left_out, ENTRIES_MAX);
		worse(job, EXIT_FINDINGS);
	}
}

/* N of a file oopsmon-entry-N.bin, as the monitor names it; 0: it has another name. */
static uint32_t number_in(const char *name)
{
	static const char start[] = "oopsmon-entry-";
	const char *slash = strrchr(name, '/');
	const char *at = slash ? slash + 1 : name;
	char *end;

	if (strncmp(at, start, strlen(start)) != 0 || at[strlen(start)] < '0' ||
	    at[strlen(start)] > '9')
		return 0;

	const unsigned long long n = strtoull(at + strlen(start), &end, 10);

	return strcmp(end, ".bin") == 0 && n <= UINT32_MAX ? (uint32_t)n : 0;
}

/* After everything was read, as reading may fail anywhere. */
static void print_unread(struct job *job)
{
	const struct archive_file *f = &job->file;

	if (!f->error)
		return;
	fprintf(stderr,
		"%s: %s: %s at 0x%" PRIx64 ", perhaps elsewhere too: what is there is taken "
		"as damaged\n",
		f->program, f->name, strerror(f->error), f->error_at);
	worse(job, EXIT_FINDINGS);
}

/* @place: NULL: the file is one entry */
static void each(struct job *job, const struct archive_place *place, entry_wrong wrong,
		 archive_begin_fn begin)
{
	struct entries *e = &job->entries;

	if (place ? !entries_open(e, &job->file, place, wrong, job->arg)
		  : !entries_open_bare(e, &job->file, number_in(job->file.name), wrong, job->arg)) {
		worse(job, EXIT_TROUBLE);
	} else {
		job->item.entries = e;
		if (begin)
			worse(job, begin(job->arg, e));
		print_notes(job);
		for (uint32_t i = 0; job->report && i < e->n && job->code != EXIT_TROUBLE; i++)
			print_entry(job, i);
	}
	entries_close(e);
}

/* ---- all of them -------------------------------------------------------------------------- */

static int no_archive(struct job *job)
{
	const struct archive_places *p = &job->places;
	const struct archive_file *f = &job->file;

	fprintf(stderr, "%s: %s: ", f->program, f->name);
	if (p->newer)
		fprintf(stderr,
			"the archive at 0x%" PRIx64 " is of version %" PRIu32
			" and this program knows version %d: get a newer oopsmon\n",
			p->newer_at, p->newer, ARCHIVE_VERSION);
	else if (p->erased)
		fprintf(stderr, "erased flash: nothing was archived in it yet\n");
	else if (f->bytes == 0)
		fprintf(stderr, "the file is empty\n");
	else
		fprintf(stderr,
			"no archive of crashes in %" PRIu64 " bytes: give the partition named "
			"oopsmon (cat /proc/mtd), or an image of the whole flash, not packed\n",
			f->bytes);
	print_unread(job);
	return p->erased && !p->newer ? EXIT_GOOD : EXIT_TROUBLE;
}

static void print_missing(struct job *job)
{
	for (uint32_t i = 0; i < job->choice->n; i++) {
		if (job->found[i])
			continue;
		fprintf(stderr, "%s: %s: no entry %" PRIu32 "\n", job->file.program, job->file.name,
			job->choice->numbers[i]);
		worse(job, EXIT_TROUBLE);
	}
}

static void each_place(struct job *job, entry_wrong wrong, archive_begin_fn begin)
{
	const struct archive_places *p = &job->places;

	if (p->newer) {
		fprintf(stderr,
			"%s: %s: one more archive, at 0x%" PRIx64 ", is of version %" PRIu32
			" and left out: get a newer oopsmon\n",
			job->file.program, job->file.name, p->newer_at, p->newer);
		worse(job, EXIT_FINDINGS);
	}
	if (p->n_other) {
		fprintf(stderr,
			"%s: %s: traces of %" PRIu32
			" more archives that overlap these, of another size: left out\n",
			job->file.program, job->file.name, p->n_other);
		worse(job, EXIT_FINDINGS);
	}
	if (p->entry)
		each(job, NULL, wrong, begin);
	for (uint32_t i = 0; i < p->n && !p->entry && job->code != EXIT_TROUBLE; i++)
		each(job, &p->at[i], wrong, begin);
	print_unread(job);
	if (job->report && job->code != EXIT_TROUBLE)
		print_missing(job);
}

int archive_each(const char *program, const char *name, const struct archive_choice *choice,
		 entry_wrong wrong, archive_begin_fn begin, archive_report_fn report, void *arg)
{
	struct job *job = calloc(1, sizeof(*job));
	int code = EXIT_TROUBLE;

	if (!job)
		return code;
	job->choice = choice;
	job->report = report;
	job->arg = arg;
	job->found = calloc(choice->n + 1, sizeof(bool));
	if (job->found && archive_file_open(&job->file, program, name)) {
		if (archive_scan(&job->file, &job->places)) {
			if (job->places.n > 0 || job->places.entry) {
				each_place(job, wrong, begin);
			} else {
				worse(job, no_archive(job));
				print_missing(job);
			}
			code = job->code;
		}
		archive_file_close(&job->file);
	}
	free(job->found);
	free(job);
	return code;
}

void archive_print(const struct entries *e)
{
	const char *name = e->file->name;

	if (e->bare)
		printf("entry of an archive, ");
	else
		printf("archive at %s of ", place_name(&e->place).text);
	text_escaped(stdout, (struct span){ (const uint8_t *)name, strlen(name) });
	if (e->bare)
		printf(": %" PRIu64 " bytes\n", e->file->bytes);
	else if (e->place.n_heads == 0)
		printf(": blocks without heads, %" PRIu32 " %s\n", e->n,
		       e->n == 1 ? "entry" : "entries");
	else
		printf(": %" PRIu32 " blocks of %" PRIu32 " bytes, %" PRIu32 " %s\n",
		       e->place.n_blocks, e->place.block_bytes, e->n,
		       e->n == 1 ? "entry" : "entries");
}
