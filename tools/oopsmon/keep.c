/* SPDX-License-Identifier: BSD-2-Clause */
#include "keep.h"
#include "commands.h"
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPIES_MAX = 99 /* incomplete reports of one crash, or fetches, that are kept apart */ };

/* How much a report tells; a saved one gives way to a higher rank only. */
enum rank { RANK_NOTHING, RANK_INCOMPLETE, RANK_CUT, RANK_WHOLE };

static enum rank rank_of(const struct report *r)
{
	if (!r->complete)
		return RANK_INCOMPLETE;
	return r->cut_by_monitor ? RANK_CUT : RANK_WHOLE;
}

/* Of the report that is saved in @folder. */
static enum rank rank_saved(const char *folder)
{
	char path[PATH_MAX];
	enum rank rank = RANK_INCOMPLETE;
	json_t *o;

	if (snprintf(path, sizeof(path), "%s/report.json", folder) >= (int)sizeof(path))
		return RANK_NOTHING;
	o = json_load_file(path, 0, NULL);
	if (!o)
		return RANK_NOTHING;
	if (json_is_true(json_object_get(o, "complete")))
		rank = json_is_true(json_object_get(o, "cut_by_monitor")) ? RANK_CUT : RANK_WHOLE;
	json_decref(o);
	return rank;
}

/* "@parent/@name" or, for @copy from 2 on, "@parent/@name-@copy". */
static bool join(char out[PATH_MAX], const char *parent, const char *name, uint32_t copy)
{
	char behind[16] = "";

	if (copy > 1)
		snprintf(behind, sizeof(behind), "-%" PRIu32, copy);
	return snprintf(out, PATH_MAX, "%s/%s%s", parent, name, behind) < PATH_MAX;
}

bool keep_new_folder(const char *program, const char *parent, const char *name, struct quota *quota,
		     char folder[PATH_MAX])
{
	const uint64_t cost = quota_cost(1);

	if (!quota_take(quota, cost)) {
		snprintf(folder, PATH_MAX, "%s", parent);
		fprintf(stderr, "%s: %s: no new folder: --max-disk is reached\n", program, parent);
		return false;
	}
	errno = EEXIST;
	for (uint32_t copy = 1; copy <= COPIES_MAX && errno == EEXIST; copy++) {
		if (!join(folder, parent, name, copy))
			errno = ENAMETOOLONG;
		else if (mkdir(folder, 0777) == 0)
			return true;
	}
	quota_give(quota, cost);
	fprintf(stderr, "%s: %s: %s\n", program, folder, strerror(errno));
	return false;
}

/* True if it is a folder and no link to one, which somebody may have put there. */
static bool is_folder(DIR *d, const char *name)
{
	struct stat st;

	return fstatat(dirfd(d), name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* The name of the folder in @parent that was made for the crash; false: there is none. */
static bool find(const char *parent, uint32_t id, char name[NAME_MAX + 1])
{
	DIR *d = opendir(parent);
	const struct dirent *entry;
	char behind[16];
	bool found = false;

	if (!d)
		return false;
	snprintf(behind, sizeof(behind), "-%08" PRIx32, id);
	while (!found && (entry = readdir(d))) {
		const size_t len = strlen(entry->d_name), n = strlen(behind);

		if (len > n && strcmp(entry->d_name + len - n, behind) == 0 &&
		    is_folder(d, entry->d_name)) {
			snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
			found = true;
		}
	}
	closedir(d);
	return found;
}

/* TIME-VERDICT-ID: sorted by time, and no character that a shell or a file system minds. */
static void make_name(const struct report *r, char name[NAME_MAX + 1])
{
	char stamp[STAMP_BYTES];

	stamp_now(stamp);
	for (char *c = stamp; *c; c++)
		if (*c == ':')
			*c = '-';
	stamp[strlen("2026-11-23T21-56-07")] = '\0';
	if (r->headless)
		snprintf(name, NAME_MAX + 1, "%sZ-headless", stamp);
	else
		snprintf(name, NAME_MAX + 1, "%sZ-%s-%08" PRIx32, stamp,
			 report_verdict_word(r->head.verdict), r->head.id);
}

/* Where to save @r, in @folder; KEPT_BEFORE: nowhere, it is there. */
static enum kept choose_folder(const char *program, const char *parent, struct quota *quota,
			       const struct report *r, char folder[PATH_MAX])
{
	const enum rank mine = rank_of(r);
	char name[NAME_MAX + 1];
	enum rank saved;

	if (r->headless || !find(parent, r->head.id, name)) {
		make_name(r, name);
		return keep_new_folder(program, parent, name, quota, folder) ? KEPT_SAVED
									     : KEPT_FAILED;
	}
	if (!join(folder, parent, name, 1))
		return KEPT_FAILED;
	saved = rank_saved(folder);
	if (saved > mine || (saved == mine && mine != RANK_INCOMPLETE))
		return KEPT_BEFORE;
	/* which of two incomplete ones has more cannot be told: both are kept */
	if (saved == mine && !keep_new_folder(program, parent, name, quota, folder))
		return KEPT_FAILED;
	return KEPT_SAVED;
}

enum kept keep_report(const char *program, const char *out_dir, const char *label,
		      struct quota *quota, const struct report *r, char folder[PATH_MAX], bool more)
{
	char parent[PATH_MAX];
	enum kept kept;

	if (!join(parent, out_dir, label, 1) || !folder_make_in(out_dir, parent)) {
		fprintf(stderr, "%s: %s: %s\n", program, parent, strerror(errno));
		snprintf(folder, PATH_MAX, "%s", parent);
		return KEPT_FAILED;
	}
	if (!more) {
		kept = choose_folder(program, parent, quota, r, folder);
		if (kept != KEPT_SAVED)
			return kept;
	} else if (rank_saved(folder) > rank_of(r)) {
		return KEPT_BEFORE;
	}
	if (report_save(r, program, folder, quota) == EXIT_GOOD)
		return KEPT_SAVED;
	if (rmdir(folder) == 0) /* if nothing of it could be saved */
		quota_give(quota, quota_cost(1));
	return KEPT_FAILED;
}
