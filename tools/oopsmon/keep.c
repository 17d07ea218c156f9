/* SPDX-License-Identifier: BSD-2-Clause */
#include "keep.h"
#include "commands.h"
#include "compare.h"
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

/* How much a report has; a saved one gives way to a higher rank only. */
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
	char after[16] = "";

	if (copy > 1)
		snprintf(after, sizeof(after), "-%" PRIu32, copy);
	return snprintf(out, PATH_MAX, "%s/%s%s", parent, name, after) < PATH_MAX;
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

/*
 * The folders that were made for a crash's number. The number alone does not make two reports the
 * same crash, as anybody on the line can send it; the texts do.
 */
struct saved {
	uint32_t id;
	char first[NAME_MAX + 1];  /* the folder that sorts first, "": none */
	char before[NAME_MAX + 1]; /* one that has every text of the report, "": none */
	char fewer[NAME_MAX + 1];  /* one of which the report has every text, "": none */
};

/* NAME-ID, NAME-ID-2, ... */
static bool has_number(const char *name, uint32_t id)
{
	char after[16];
	const char *at = name;
	const int n = snprintf(after, sizeof(after), "-%08" PRIx32, id);

	while ((at = strstr(at, after))) {
		at += n;
		if (*at == '\0' ||
		    (*at == '-' && at[1] && strspn(at + 1, "0123456789") == strlen(at + 1)))
			return true;
	}
	return false;
}

/* Looks at the folder @name of @s->parent. */
static void look_at(struct saved *s, const char *parent, const char *name, const struct report *r)
{
	const enum rank mine = rank_of(r);
	char folder[PATH_MAX];
	enum rank rank;

	if (!join(folder, parent, name, 1))
		return;
	rank = rank_saved(folder);
	if (!s->first[0] || strcmp(name, s->first) < 0)
		snprintf(s->first, sizeof(s->first), "%s", name);
	if (rank == mine && mine == RANK_INCOMPLETE)
		return;
	if (rank >= mine) {
		if (compare_has(folder, r))
			snprintf(s->before, sizeof(s->before), "%s", name);
	} else if ((!s->fewer[0] || strcmp(name, s->fewer) < 0) && compare_is_in(folder, r)) {
		snprintf(s->fewer, sizeof(s->fewer), "%s", name);
	}
}

/* What there is in @parent of the crash's number. */
static void look(struct saved *s, const char *parent, const struct report *r)
{
	DIR *d = opendir(parent);
	const struct dirent *entry;

	*s = (struct saved){ .id = r->head.id };
	while (d && !r->headless && (entry = readdir(d)))
		if (has_number(entry->d_name, s->id) && is_folder(d, entry->d_name))
			look_at(s, parent, entry->d_name, r);
	if (d)
		closedir(d);
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
	char name[NAME_MAX + 1];
	struct saved saved;

	look(&saved, parent, r);
	if (saved.before[0])
		return join(folder, parent, saved.before, 1) ? KEPT_BEFORE : KEPT_FAILED;
	if (saved.fewer[0])
		return join(folder, parent, saved.fewer, 1) ? KEPT_SAVED : KEPT_FAILED;
	/* another crash of this number, or an incomplete one that may have more: both are kept */
	if (saved.first[0])
		snprintf(name, sizeof(name), "%s", saved.first);
	else
		make_name(r, name);
	return keep_new_folder(program, parent, name, quota, folder) ? KEPT_SAVED : KEPT_FAILED;
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
	/* the report that now comes under this number may be another one */
	more = more && rank_saved(folder) <= rank_of(r) && compare_is_in(folder, r);
	if (!more) {
		kept = choose_folder(program, parent, quota, r, folder);
		if (kept != KEPT_SAVED)
			return kept;
	}
	if (report_save(r, program, folder, quota) == EXIT_GOOD)
		return KEPT_SAVED;
	if (rmdir(folder) == 0) /* if nothing of it could be saved */
		quota_give(quota, quota_cost(1));
	return KEPT_FAILED;
}
