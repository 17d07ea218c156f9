/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report's folder: each file is written under another name, brought to the disk and moved in
 * place, report.json last, so that whoever sees that one sees them all.
 */
#include "commands.h"
#include "json.h"
#include "listener.h"
#include "outfile.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	struct outfile file;
	int code = EXIT_GOOD;

	if (!outfile_open(&file, folder, name) ||
	    !outfile_close(&file, write_file(file.f, r, record) && outfile_sync(&file)))
		code = fail(program, file.path ? file.path : folder, strerror(errno));
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

int report_save(const struct report *r, const char *program, const char *folder)
{
	int code = EXIT_GOOD;

	for (uint32_t i = 0; i < r->n_records && code == EXIT_GOOD; i++) {
		char name[REPORT_FILE_BYTES];

		report_file_name(&r->records[i], name);
		code = save_file(r, &r->records[i], program, folder, name);
		if (code == EXIT_GOOD)
			drop_packed(&r->records[i], folder, name);
	}
	return code == EXIT_GOOD ? save_file(r, NULL, program, folder, "report.json") : code;
}
