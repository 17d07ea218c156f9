/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare.h"
#include "text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	GAP_LINE_MAX = 64,	  /* characters of a line about bytes that are missing */
	FILE_BYTES_MAX = 1 << 28, /* no record's file is larger */
};

/* The bytes of a file; p is to be freed. */
struct bytes {
	char *p;
	size_t len;
};

static bool read_all(int fd, struct bytes *b)
{
	size_t done = 0;

	while (done < b->len) {
		const ssize_t n = read(fd, b->p + done, b->len - done);

		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* False: there is no such file, or it cannot be read. */
static bool load(const char *folder, const char *name, struct bytes *out)
{
	char path[PATH_MAX];
	struct stat st;
	bool good = false;
	int fd = -1;

	*out = (struct bytes){ 0 };
	if (snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path))
		fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_BYTES_MAX) {
		out->len = (size_t)st.st_size;
		out->p = malloc(out->len + 1);
		good = out->p && read_all(fd, out);
	}
	if (fd >= 0)
		close(fd);
	return good;
}

/* Record @i as its file has it. False: no memory. */
static bool make(const struct report *r, uint32_t i, struct bytes *out)
{
	FILE *f = open_memstream(&out->p, &out->len);

	if (!f)
		return false;
	text_record(f, &r->records[i], NULL);
	return fclose(f) == 0;
}

/*
 * The first line in @text about bytes that are missing, as the listener puts it; NULL: none. The
 * kernel's own text may have its beginning anywhere, any number of times.
 */
static const char *find_gap(const char *text, size_t len, size_t *line_len)
{
	static const char start[] = "[oopsmon: ";
	const char *at = text;

	while ((at = memmem(at, len - (size_t)(at - text), start, sizeof(start) - 1))) {
		const size_t left = len - (size_t)(at - text);
		const char *end = memchr(at, '\n', left < GAP_LINE_MAX ? left : GAP_LINE_MAX);

		if (end && (at == text || at[-1] == '\n') &&
		    (memcmp(end - 5, "lost]", 5) == 0 || memcmp(end - 4, "out]", 4) == 0)) {
			*line_len = (size_t)(end - at) + 1;
			return at;
		}
		at++;
	}
	return NULL;
}

/*
 * True if @whole has all of @part, in its order, except for lines about missing bytes and the
 * newline that may have been put before each. Each byte of both is looked at once.
 */
static bool stands_in(struct bytes part, struct bytes whole)
{
	const char *from = part.p;
	const char *to = whole.p;
	size_t left = part.len;
	size_t room = whole.len;
	bool first = true;

	while (left > 0) {
		size_t gap_len = 0;
		const char *gap = find_gap(from, left, &gap_len);
		size_t n = gap ? (size_t)(gap - from) : left;
		const char *at;

		if (gap && n > 0) /* the newline may be ours */
			n--;
		at = memmem(to, room, from, n);
		if (!at || (first && n > 0 && at != to))
			return false;
		room -= (size_t)(at - to) + n;
		to = at + n;
		if (!gap)
			return room == 0;
		left -= (size_t)(gap - from) + gap_len;
		from = gap + gap_len;
		first = false;
	}
	return first ? room == 0 : true;
}

/* The same for entries of ftrace, one per line: no line says where some are missing. */
static bool lines_stand_in(struct bytes part, struct bytes whole)
{
	const char *to = whole.p;
	size_t room = whole.len;
	size_t at = 0;

	while (at < part.len) {
		const char *end = memchr(part.p + at, '\n', part.len - at);
		const size_t n = end ? (size_t)(end - part.p) + 1 - at : part.len - at;
		const char *found = memmem(to, room, part.p + at, n);

		if (!found)
			return false;
		room -= (size_t)(found - to) + n;
		to = found + n;
		at += n;
	}
	return true;
}

static bool equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

/* Record @i against its file; @saved_is_part: what is saved may be less, else the record. */
static bool compare(const char *folder, const struct report *r, uint32_t i, bool saved_is_part)
{
	char name[REPORT_FILE_BYTES];
	struct bytes saved, mine = { 0 };
	bool same = saved_is_part; /* what is not there is no loss */

	report_file_name(&r->records[i], name);
	if (load(folder, name, &saved)) {
		const bool made = make(r, i, &mine);
		const struct bytes part = saved_is_part ? saved : mine;
		const struct bytes whole = saved_is_part ? mine : saved;

		same = made && (equal(part, whole) ||
				(r->records[i].kind == ZONE_FTRACE ? lines_stand_in(part, whole)
								   : stands_in(part, whole)));
	}
	free(saved.p);
	free(mine.p);
	return same;
}

static bool compare_all(const char *folder, const struct report *r, bool saved_is_part)
{
	for (uint32_t i = 0; i < r->n_records; i++)
		if (!compare(folder, r, i, saved_is_part))
			return false;
	return true;
}

bool compare_has(const char *folder, const struct report *r)
{
	return compare_all(folder, r, false);
}

bool compare_is_in(const char *folder, const struct report *r)
{
	return compare_all(folder, r, true);
}
