/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive_scan.h"

#include "core/archive/archive_entry.h"
#include "core/archive/archive_log.h"
#include "core/base/crc32.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WINDOW_BYTES = 1 << 20, CANDIDATES_MAX = 4 * ARCHIVES_MAX };

/* Blocks that begin with a chunk of theirs and without a readable head. */
struct headless {
	uint32_t n;
	uint32_t last;	    /* sequence of the one found last */
	uint64_t first_at;  /* in the file */
	uint64_t distances; /* of the others from the first, each or-ed in */
	uint64_t newest_at;
	uint32_t newest; /* sequence */
};

/* What the heads in the file say, before it is judged. */
struct candidates {
	uint32_t n, n_left_out;
	struct archive_place at[CANDIDATES_MAX];
	struct headless headless;
};

static bool refuse(const char *program, const char *name, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", program, name, why);
	return false;
}

/* What to do about a file that cannot be opened, or has no size. */
static const char *remedy(int error, bool is_char_device)
{
	switch (error) {
	case EISDIR:
		return "a directory: give a file or a flash device";
	case ESPIPE:
		return "a pipe or a terminal: save it to a file first, it is read to and fro";
	case EACCES:
	case EPERM:
		return "Permission denied: do it as root (sudo), or have root copy it to a file";
	case EINVAL:
		return is_char_device ? "no flash device" : strerror(error);
	default:
		return strerror(error);
	}
}

/* The size comes from lseek(), as a device's st_size is zero. Not to wait: for a writer of a FIFO.
 */
bool archive_file_open(struct archive_file *f, const char *program, const char *name)
{
	const bool is_stdin = strcmp(name, "-") == 0;
	struct stat st = { 0 };
	off_t end = -1;

	*f = (struct archive_file){ .program = program, .name = name, .fd = -1 };
	f->fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
			 : open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (f->fd >= 0 && fstat(f->fd, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			errno = EISDIR;
		else
			end = lseek(f->fd, 0, SEEK_END);
	}
	if (end == 0 && S_ISCHR(st.st_mode)) { /* /dev/null */
		errno = EINVAL;
		end = -1;
	}
	if (end >= 0) {
		f->bytes = (uint64_t)end;
		return true;
	}
	refuse(program, name, remedy(errno, S_ISCHR(st.st_mode)));
	archive_file_close(f);
	return false;
}

void archive_file_close(struct archive_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

bool archive_file_read(struct archive_file *f, int64_t off, uint8_t *to, uint32_t len)
{
	memset(to, 0xff, len);
	if (off < 0) {
		const uint64_t before = 0 - (uint64_t)off;
		const uint32_t lacking = before < len ? (uint32_t)before : len;

		off = 0;
		to += lacking;
		len -= lacking;
	}
	while (len > 0 && (uint64_t)off < f->bytes) {
		const uint64_t left = f->bytes - (uint64_t)off;
		const ssize_t n = pread(f->fd, to, len < left ? len : (size_t)left, off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && !f->error) {
			f->error = errno;
			f->error_at = (uint64_t)off;
		}
		if (n <= 0)
			return n == 0;
		off += n;
		to += n;
		len -= (uint32_t)n;
	}
	return true;
}

/* Where a large read fails, what can be read of it; bytes that cannot be are 0xff. */
static bool read_window(struct archive_file *f, uint64_t at, uint8_t *to, uint32_t len)
{
	const int before = f->error;
	bool any = false;

	if (archive_file_read(f, (int64_t)at, to, len))
		return true;
	f->error = before; /* the place is known more exactly */
	for (uint32_t i = 0; i < len; i += ARCHIVE_GRAIN) {
		const uint32_t n = len - i < ARCHIVE_GRAIN ? len - i : ARCHIVE_GRAIN;

		if (archive_file_read(f, (int64_t)(at + i), to + i, n))
			any = true;
		else
			memset(to + i, 0xff, n);
	}
	return any;
}

/* ---- heads -------------------------------------------------------------------------------- */

/* A head with one wrong bit is a head: so for the monitor as well (core/archive/archive.c). */
static bool has_magic(struct span s)
{
	uint32_t wrong = 0;

	if (s.len < sizeof(archive_log_magic))
		return false;
	for (size_t i = 0; i < sizeof(archive_log_magic); i++)
		wrong += (uint32_t)__builtin_popcount(s.p[i] ^ (uint8_t)archive_log_magic[i]);
	return wrong <= 1;
}

/* The head of a block's first chunk, which describes the block if its own head is lost. */
static bool first_chunk(struct span s, const uint8_t **head)
{
	const size_t at = ARCHIVE_BLOCK_HEAD_BYTES + ARCHIVE_UNIT_BYTES;

	if (s.len < at + ARCHIVE_UNIT_BYTES)
		return false;
	*head = s.p + at;
	return le32_load(*head) == CHUNK_MAGIC &&
	       crc32_update(0, *head, CHUNK_CRC) == le32_load(*head + CHUNK_CRC);
}

bool archive_mark(struct span s)
{
	const uint8_t *head;

	return has_magic(s) || first_chunk(s, &head);
}

bool archive_entry_mark(struct span s)
{
	struct archive_card card;
	size_t used;
	const enum om_err err = archive_card_read(s, &card, &used);

	return err != OM_E_BAD_MAGIC && used > 0; /* the first line at least */
}

/*
 * The partition of the block whose head, ARCHIVE_BLOCK_HEAD_BYTES, is at @at; false: damaged,
 * or no head.
 */
static bool read_head(const uint8_t *head, uint64_t at, struct archive_place *out)
{
	uint8_t p[ARCHIVE_BLOCK_HEAD_BYTES];
	const struct archive any = { 0 };

	memcpy(p, head, sizeof(p));
	if (archive_log_block(&any, 0, p) != LOG_BLOCK_OTHER) /* none has blocks of no bytes */
		return false;

	const uint32_t block_bytes = le32_load(p + BLOCK_BYTES);
	const uint32_t n_blocks = le32_load(p + BLOCK_COUNT);
	const uint32_t number = le32_load(p + BLOCK_NUMBER);

	if (block_bytes < ARCHIVE_BLOCK_MIN_BYTES || block_bytes > ARCHIVE_BLOCK_MAX_BYTES ||
	    (block_bytes & (block_bytes - 1)) != 0)
		return false;
	if (n_blocks < ARCHIVE_BLOCKS_MIN || n_blocks > ARCHIVE_BLOCKS_MAX || number >= n_blocks ||
	    (uint64_t)block_bytes * n_blocks > UINT32_MAX)
		return false;
	*out = (struct archive_place){
		.off = (int64_t)at - (int64_t)((uint64_t)number * block_bytes),
		.block_bytes = block_bytes,
		.n_blocks = n_blocks,
		.n_heads = 1,
	};
	return true;
}

static void add(struct candidates *c, const struct archive_place *place)
{
	for (uint32_t i = 0; i < c->n; i++) {
		struct archive_place *p = &c->at[i];

		if (p->off == place->off && p->block_bytes == place->block_bytes &&
		    p->n_blocks == place->n_blocks) {
			p->n_heads++;
			return;
		}
	}
	if (c->n < CANDIDATES_MAX)
		c->at[c->n++] = *place;
	else
		c->n_left_out++;
}

/* One of the same sequence as the one before is further on in that one's block. */
static void note_chunk(struct headless *h, uint32_t sequence, uint64_t at)
{
	if (h->n > 0 && sequence == h->last)
		return;
	if (h->n++ == 0)
		h->first_at = at;
	h->last = sequence;
	h->distances |= at - h->first_at;
	if (sequence > h->newest) {
		h->newest = sequence;
		h->newest_at = at;
	}
}

static void look(struct span s, uint64_t at, struct candidates *c, struct archive_places *out)
{
	struct archive_place place;
	const uint8_t *head;

	if (s.len < ARCHIVE_BLOCK_HEAD_BYTES)
		return;
	if (first_chunk(s, &head))
		note_chunk(&c->headless, le32_load(head + CHUNK_SEQUENCE), at);
	if (!has_magic(s))
		return;
	if (read_head(s.p, at, &place)) {
		add(c, &place);
	} else if (le32_load(s.p + BLOCK_VERSION) > ARCHIVE_VERSION && !out->newer) {
		out->newer = le32_load(s.p + BLOCK_VERSION);
		out->newer_at = at;
	}
}

/* ---- places ------------------------------------------------------------------------------- */

static bool overlap(const struct archive_place *a, const struct archive_place *b)
{
	return a->off < b->off + (int64_t)((uint64_t)b->block_bytes * b->n_blocks) &&
	       b->off < a->off + (int64_t)((uint64_t)a->block_bytes * a->n_blocks);
}

static int by_heads(const void *a, const void *b)
{
	const struct archive_place *x = a;
	const struct archive_place *y = b;

	if (x->n_heads != y->n_heads)
		return x->n_heads < y->n_heads ? 1 : -1;
	return (x->off > y->off) - (x->off < y->off);
}

static int by_offset(const void *a, const void *b)
{
	const struct archive_place *x = a;
	const struct archive_place *y = b;

	return (x->off > y->off) - (x->off < y->off);
}

/* Of places that overlap, the one that most heads speak for. */
static void choose(struct candidates *c, struct archive_places *out)
{
	qsort(c->at, c->n, sizeof(c->at[0]), by_heads);
	out->n_other = c->n_left_out;
	for (uint32_t i = 0; i < c->n; i++) {
		bool good = out->n < ARCHIVES_MAX;

		for (uint32_t k = 0; k < out->n && good; k++)
			good = !overlap(&out->at[k], &c->at[i]);
		if (good)
			out->at[out->n++] = c->at[i];
		else
			out->n_other++;
	}
	qsort(out->at, out->n, sizeof(out->at[0]), by_offset);
	/* in one of ours it is damage, or entries_open() will say */
	for (uint32_t i = 0; i < out->n; i++)
		if ((int64_t)out->newer_at >= out->at[i].off &&
		    (int64_t)out->newer_at - out->at[i].off <
			    (int64_t)((uint64_t)out->at[i].block_bytes * out->at[i].n_blocks))
			out->newer = 0;
}

/*
 * No head is left, and chunks are: the monitor takes such a flash for a foreign one, and its
 * crashes can be read all the same. A block is at most as large as the distances of those found
 * allow: larger than it was it does no harm, as chunks of others are known by their sequence.
 */
static void guess(const struct archive_file *f, const struct headless *h,
		  struct archive_places *out)
{
	const uint64_t bytes = f->bytes - h->first_at;
	uint64_t block = ARCHIVE_BLOCK_MAX_BYTES;
	uint64_t n;

	while (block > ARCHIVE_BLOCK_MIN_BYTES && (block > bytes || h->distances % block != 0))
		block /= 2;
	n = (bytes + block - 1) / block;
	n = n < ARCHIVE_BLOCKS_MIN ? ARCHIVE_BLOCKS_MIN : n;
	n = n > ARCHIVE_BLOCKS_MAX ? ARCHIVE_BLOCKS_MAX : n;
	n = n > UINT32_MAX / block ? UINT32_MAX / block : n;
	if ((h->newest_at - h->first_at) / block >= n)
		return;
	out->n = 1;
	out->at[0] = (struct archive_place){
		.off = (int64_t)h->first_at,
		.block_bytes = (uint32_t)block,
		.n_blocks = (uint32_t)n,
		.newest = (uint32_t)((h->newest_at - h->first_at) / block),
		.sequence = h->newest,
	};
}

/* The next offset from @at on that is not in a hole of a sparse file. */
static uint64_t behind_hole(const struct archive_file *f, uint64_t at)
{
	const off_t data = lseek(f->fd, (off_t)at, SEEK_DATA);

	if (data < 0) /* ENXIO: only a hole is left; else holes are not known */
		return errno == ENXIO ? f->bytes : at;
	return (uint64_t)data / ARCHIVE_GRAIN * ARCHIVE_GRAIN;
}

static bool is_erased(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0xff && memcmp(p, p + 1, n - 1) == 0);
}

bool archive_scan(struct archive_file *f, struct archive_places *out)
{
	struct candidates *c = calloc(1, sizeof(*c));
	uint8_t *window = malloc(WINDOW_BYTES);
	bool good = c && window;
	bool readable = f->bytes == 0;
	uint64_t at = 0;

	*out = (struct archive_places){ .erased = f->bytes > 0 };
	if (!good)
		refuse(f->program, f->name, "out of memory");
	while (good && at < f->bytes) {
		const uint64_t next = behind_hole(f, at);
		const uint64_t left = f->bytes - (next > at ? next : at);
		const uint32_t n = left < WINDOW_BYTES ? (uint32_t)left : WINDOW_BYTES;

		out->erased &= next <= at;
		at = next > at ? next : at;
		readable |= read_window(f, at, window, n);
		out->entry |= at == 0 && archive_entry_mark((struct span){ window, n });
		for (uint32_t i = 0; good && i < n; i += ARCHIVE_GRAIN)
			look((struct span){ window + i, n - i }, at + i, c, out);
		out->erased = out->erased && is_erased(window, n);
		at += n;
	}
	out->erased &= !f->error;
	if (good && !readable && f->error)
		good = refuse(f->program, f->name, strerror(f->error));
	if (good)
		choose(c, out);
	if (good && out->n == 0 && !out->newer && !out->entry && c->headless.newest > 0)
		guess(f, &c->headless, out);
	free(c);
	free(window);
	return good;
}
