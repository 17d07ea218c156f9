/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records as files with Linux's names and bytes. Files of the same name are written over,
 * as cp does it. Where an input has several regions or reports each gets a folder of its own;
 * that there are several is known when the second one comes, so the first one's files move then.
 */
#include "commands.h"
#include "crashes.h"
#include "folder.h"
#include "listener.h"
#include "outfile.h"
#include "sink.h"
#include "text.h"

#include "core/headline.h"
#include "core/pmsg.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINUX_5_18 = 5 << 16 | 18 << 8 /* says "ECC: " in its notice */ };

struct files_state {
	uint32_t writer; /* LINUX_VERSION_CODE that a log of this region names, 0: none yet */
	char *folder;	 /* of the present region */
	char *first;	 /* folder of the first region, should there be another */
	char **names;	 /* written for the first region */
	uint32_t n_names;
	struct crashes crashes;
};

static int fail(const struct sink *s, const char *path, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", s->options->program, path, why);
	return EXIT_TROUBLE;
}

static char *folder_of(const struct sink *s, const struct source *src)
{
	char *path;
	int n;

	if (src->report)
		n = asprintf(&path, "%s/report-%08" PRIx32, s->options->out_dir,
			     src->report->head.id);
	else
		n = asprintf(&path, "%s/region-0x%" PRIx64, s->options->out_dir, src->off);
	return n < 0 ? NULL : path;
}

/* ---- one file ----------------------------------------------------------------------------- */

static bool file_open(struct sink *s, const char *name, struct outfile *file)
{
	struct files_state *state = s->state;
	char **names;

	if (!outfile_open(file, state->folder, name)) {
		fail(s, file->path ? file->path : name, strerror(errno));
		outfile_free(file);
		return false;
	}
	names = realloc(state->names, (state->n_names + 1) * sizeof(*names));
	if (names) {
		state->names = names;
		names[state->n_names] = strdup(name);
		state->n_names += names[state->n_names] != NULL;
	}
	return true;
}

static int file_close(struct sink *s, struct outfile *file)
{
	int code = EXIT_GOOD;

	if (!outfile_close(file, true))
		code = fail(s, file->path, strerror(errno));
	outfile_free(file);
	return code;
}

/* ---- regions ------------------------------------------------------------------------------ */

static void forget_names(struct files_state *state)
{
	while (state->n_names > 0)
		free(state->names[--state->n_names]);
}

/* The first region's files go to a folder of their own. */
static int move_first(struct sink *s)
{
	struct files_state *state = s->state;
	const char *folder = state->first;
	int err = !folder ? ENOMEM : folder_make_in(s->options->out_dir, folder) ? 0 : errno;

	for (uint32_t i = 0; i < state->n_names && !err; i++) {
		char *from = NULL;
		char *to = NULL;

		if (asprintf(&from, "%s/%s", state->folder, state->names[i]) < 0 ||
		    asprintf(&to, "%s/%s", folder, state->names[i]) < 0)
			err = ENOMEM;
		else if (rename(from, to) != 0)
			err = errno;
		free(from);
		free(to);
	}
	if (err)
		fail(s, folder ? folder : s->options->out_dir, strerror(err));
	return err ? EXIT_TROUBLE : EXIT_GOOD;
}

static int files_region(struct sink *s, const struct source *src)
{
	struct files_state *state = s->state;
	int err;

	if (!state)
		state = s->state = calloc(1, sizeof(*state));
	if (!state)
		return fail(s, s->options->out_dir, "out of memory");
	if (src->number == 0)
		state->first = folder_of(s, src);
	if (src->number == 1 && move_first(s) != EXIT_GOOD)
		return EXIT_TROUBLE;
	forget_names(state);
	state->writer = 0;
	free(state->folder);
	state->folder = src->number ? folder_of(s, src) : strdup(s->options->out_dir);
	err = !state->folder							  ? ENOMEM
	      : src->number && folder_make_in(s->options->out_dir, state->folder) ? 0
	      : !src->number && folder_make(state->folder)			  ? 0
										  : errno;
	return err ? fail(s, state->folder ? state->folder : s->options->out_dir, strerror(err))
		   : EXIT_GOOD;
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
	return file_close(s, &file);
}

static int files_record(struct sink *s, const struct source *src, const struct item *item)
{
	struct files_state *state = s->state;
	const struct record *r = item->record;
	struct outfile file;

	if (!state || !state->folder || !file_open(s, item->name, &file))
		return EXIT_TROUBLE;
	text_record(file.f, r, s->symbols);
	write_notice(file.f, s, src, r);

	int code = file_close(s, &file);

	if (code == EXIT_GOOD && r->kind == ZONE_PMSG && pmsg_is_logd(r->text))
		code = write_logcat(s, item);
	if (s->options->join && !crashes_add(&state->crashes, item))
		code = fail(s, item->name, "out of memory");
	return code;
}

static int files_region_end(struct sink *s, const struct source *src)
{
	struct files_state *state = s->state;
	int code = EXIT_GOOD;

	if (!s->options->join || !state || !state->folder)
		return EXIT_GOOD;
	if (!crashes_sort(&state->crashes))
		code = fail(s, state->folder, "out of memory");
	for (uint32_t i = 0; i < state->crashes.n_crashes && code == EXIT_GOOD; i++) {
		char name[32];
		struct outfile file;

		snprintf(name, sizeof(name), "crash-%" PRIu32 ".log", i);
		if (!file_open(s, name, &file))
			return EXIT_TROUBLE;
		if (!crashes_write(&state->crashes, i, src, file.f))
			code = fail(s, file.path, "out of memory");

		const int closed = file_close(s, &file);

		code = code > closed ? code : closed;
	}
	crashes_free(&state->crashes);
	return code;
}

static int files_end(struct sink *s)
{
	struct files_state *state = s->state;

	if (!state)
		return EXIT_GOOD;
	crashes_free(&state->crashes);
	forget_names(state);
	free(state->names);
	free(state->folder);
	free(state->first);
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
