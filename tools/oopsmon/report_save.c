/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report's folder: each file is written under another name, brought to the disk and moved in
 * place, report.json last, so that whoever sees that one sees them all.
 */
#include "commands.h"
#include "json.h"
#include "listener.h"
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

/* Writes one file of @r: a record's, or report.json if @record is NULL. */
static bool write_file(FILE *f, const struct report *r, const struct record *record)
{
	if (!record)
		return json_report_write(r, f);
	text_record(f, record, NULL);
	return true;
}

static int save_file(const struct report *r, const struct record *record, const char *program,
		     const char *folder, const char *name)
{
	char *path = NULL;
	char *aside = NULL;
	int code = EXIT_GOOD;
	FILE *f = NULL;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		path = NULL;
	if (asprintf(&aside, "%s/.%s.new", folder, name) < 0)
		aside = NULL;
	if (path && aside)
		f = fopen(aside, "wb");
	if (!f) {
		code = fail(program, aside ? aside : folder, strerror(errno));
	} else {
		bool good = write_file(f, r, record) && fflush(f) == 0 && !ferror(f);

		good = good && fsync(fileno(f)) == 0;
		good = fclose(f) == 0 && good;
		if (!good || rename(aside, path) != 0) {
			code = fail(program, path, strerror(errno));
			unlink(aside);
		}
	}
	free(path);
	free(aside);
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

int report_save(const struct report *r, const char *program, const char *folder)
{
	int code = EXIT_GOOD;

	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		return fail(program, folder, strerror(errno));
	for (uint32_t i = 0; i < r->n_records && code == EXIT_GOOD; i++) {
		char name[REPORT_FILE_BYTES];

		report_file_name(&r->records[i], name);
		code = save_file(r, &r->records[i], program, folder, name);
		if (code == EXIT_GOOD)
			drop_packed(&r->records[i], folder, name);
	}
	return code == EXIT_GOOD ? save_file(r, NULL, program, folder, "report.json") : code;
}
