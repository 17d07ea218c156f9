/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report's folder: each file is written under another name, brought to the disk and moved in
 * place, report.json last, so that whoever sees that one sees them all.
 */
#include "commands.h"
#include "json.h"
#include "listener.h"
#include "outfile.h"
#include "quota.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX_PACKED ".enc.z"

void report_file_name(const struct record *r, char out[REPORT_FILE_BYTES])
{
	record_name(r, out);
	if (r->packing == PACKING_UNKNOWN || r->packing == PACKING_842)
		strcat(out, SUFFIX_PACKED);
}

static int fail(const char *program, const char *path, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", program, path, why);
	return EXIT_TROUBLE;
}

struct saving {
	const struct report *report;
	const char *program, *folder;
	struct quota *quota; /* NULL: none */
};

/* Writes one file of @r: a record's, or report.json if @record is NULL. */
static bool write_file(FILE *f, const struct report *r, const struct record *record)
{
	if (!record)
		return json_report_write(r, f);
	text_record(f, record, NULL);
	return true;
}

/* What the file that is there now, if any, has taken of the quota. */
static uint64_t cost_before(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) ? quota_cost((uint64_t)st.st_size) : 0;
}

/* Counts what was written to @file in place of what it replaces; false: no room, errno. */
static bool count_in(struct quota *quota, const struct outfile *file)
{
	const off_t bytes = quota ? ftello(file->f) : 0;
	const uint64_t before = quota ? cost_before(file->path) : 0;

	if (!quota)
		return true;
	quota_give(quota, before);
	if (bytes >= 0 && quota_take(quota, quota_cost((uint64_t)bytes)))
		return true;
	(void)quota_take(quota, before);
	errno = EDQUOT;
	return false;
}

static int save_file(const struct saving *s, const struct record *record, const char *name)
{
	struct outfile file;
	int code = EXIT_GOOD;

	if (!outfile_open(&file, s->folder, name) ||
	    !outfile_close(&file, write_file(file.f, s->report, record) && outfile_sync(&file) &&
					  count_in(s->quota, &file)))
		code = fail(s->program, file.path ? file.path : s->folder,
			    errno == EDQUOT ? "not saved: --max-disk is reached" : strerror(errno));
	outfile_free(&file);
	return code;
}

/* Of a report that came in parts a record may have been saved before it could be unpacked. */
static void drop_packed(const struct record *r, const char *folder, const char *name)
{
	char *path;

	if (r->kind != ZONE_DMESG || strstr(name, SUFFIX_PACKED) ||
	    asprintf(&path, "%s/%s" SUFFIX_PACKED, folder, name) < 0)
		return;
	unlink(path);
	free(path);
}

/* What would not fit is not even begun. */
static bool has_room(const struct saving *s, const struct record *r)
{
	return !s->quota || r->text.len <= quota_room(s->quota);
}

int report_save(const struct report *r, const char *program, const char *folder,
		struct quota *quota)
{
	const struct saving s = { r, program, folder, quota };
	int code = EXIT_GOOD;

	for (uint32_t i = 0; i < r->n_records && code == EXIT_GOOD; i++) {
		char name[REPORT_FILE_BYTES];

		report_file_name(&r->records[i], name);
		code = has_room(&s, &r->records[i])
			       ? save_file(&s, &r->records[i], name)
			       : fail(program, name, "not saved: --max-disk is reached");
		if (code == EXIT_GOOD)
			drop_packed(&r->records[i], folder, name);
	}
	return code == EXIT_GOOD ? save_file(&s, NULL, "report.json") : code;
}
