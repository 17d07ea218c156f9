/* SPDX-License-Identifier: BSD-2-Clause */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <zlib.h>

enum {
	RAW_BYTES = 256 << 10, /* read at a time when something is unpacked */
	SKIP_BYTES = 64 << 10,
	XZ_MEMORY_BYTES = 128 << 20, /* xz -9 needs 65 MiB; a file may ask for 4 GiB */
	MTD_CHAR_MAJOR = 90,	     /* Linux's Documentation/admin-guide/devices.txt: /dev/mtdN */
	GZIP_AND_ZLIB_WINDOW = 15 + 16, /* zlib.h, inflateInit2(): a gzip header is to come */
};

struct unpacking {
	bool is_xz;
	bool raw_ended, ended; /* no more packed bytes; no more unpacked ones */
	bool member_ended;     /* gzip: between two members */
	lzma_stream xz;
	z_stream gz;
	uint8_t raw[RAW_BYTES];
};

/* ---- bytes as they are ------------------------------------------------------------------- */

/*
 * /dev/mem where read() will not do: memory without a kernel mapping, as no-map makes it,
 * can only be mapped.
 */
static size_t map_device(struct input *in, uint8_t *to, size_t len)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t from = in->taken & ~(page - 1);
	const size_t lead = (size_t)(in->taken - from);
	uint8_t *p = mmap(NULL, lead + len, PROT_READ, MAP_SHARED, in->fd, (off_t)from);

	if (p == MAP_FAILED)
		return 0;
	memcpy(to, p + lead, len);
	munmap(p, lead + len);
	return len;
}

/*
 * The holes of a sparse file are known without reading them, which would fill the page
 * cache with zeros. Returns how many bytes of one come next, already stored.
 */
static size_t read_hole(struct input *in, uint8_t *to, size_t len)
{
	if (!in->is_file || in->taken < in->data_end)
		return 0;
	if (in->taken >= in->hole_end) {
		const off_t data = lseek(in->fd, (off_t)in->taken, SEEK_DATA);
		off_t end = -1;

		if (data >= 0)
			end = lseek(in->fd, data, SEEK_HOLE);
		else if (errno != ENXIO) /* ENXIO: nothing but a hole up to the end */
			in->data_end = UINT64_MAX;
		in->hole_end = data >= 0 ? (uint64_t)data : in->file_bytes;
		if (end >= 0)
			in->data_end = (uint64_t)end;
	}

	const uint64_t left = in->hole_end > in->taken ? in->hole_end - in->taken : 0;
	const size_t n = left < len ? (size_t)left : len;

	memset(to, 0, n);
	if (lseek(in->fd, (off_t)(in->taken + n), SEEK_SET) < 0)
		return 0;
	in->taken += n;
	return n;
}

/* As input_read(), of the file's own bytes. */
static size_t read_raw(struct input *in, uint8_t *to, size_t len)
{
	size_t n = 0;

	while (n < len && !in->damage) {
		n += read_hole(in, to + n, len - n);
		if (n == len)
			break;

		ssize_t got = read(in->fd, to + n, len - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && in->is_device) {
			got = (ssize_t)map_device(in, to + n, len - n);
			if (got && lseek(in->fd, got, SEEK_CUR) < 0)
				got = 0;
			if (!got)
				in->damage = "the kernel keeps this memory from being read "
					     "(CONFIG_STRICT_DEVMEM, lockdown, or no RAM there): "
					     "boot it with iomem=relaxed, or copy the region from "
					     "the boot loader";
		} else if (got < 0) {
			in->damage = strerror(errno);
		}
		if (got <= 0)
			break;
		n += (size_t)got;
		in->taken += (size_t)got;
	}
	progress_at(in->progress, in->taken);
	return n;
}

/* ---- xz and gzip ------------------------------------------------------------------------- */

static voidpf gz_alloc(voidpf opaque, uInt items, uInt size)
{
	(void)opaque;
	return calloc(items, size);
}

static void gz_free(voidpf opaque, voidpf address)
{
	(void)opaque;
	free(address);
}

/* Sees to it that packed bytes are at hand, unless there are no more. */
static void refill(struct input *in)
{
	struct unpacking *u = in->unpacking;
	size_t left = u->is_xz ? u->xz.avail_in : u->gz.avail_in;

	if (left || u->raw_ended)
		return;
	left = read_raw(in, u->raw, RAW_BYTES);
	u->raw_ended = left < RAW_BYTES;
	u->xz.next_in = u->gz.next_in = u->raw;
	u->xz.avail_in = left;
	u->gz.avail_in = (uInt)left;
}

static void end_early(struct input *in, const char *why)
{
	in->unpacking->ended = true;
	if (!in->damage)
		in->damage = why;
}

static size_t read_xz(struct input *in, uint8_t *to, size_t len)
{
	struct unpacking *u = in->unpacking;

	u->xz.next_out = to;
	u->xz.avail_out = len;
	while (u->xz.avail_out && !u->ended) {
		refill(in);

		const lzma_ret ret = lzma_code(&u->xz, u->raw_ended ? LZMA_FINISH : LZMA_RUN);

		if (ret == LZMA_STREAM_END)
			u->ended = true;
		else if (ret == LZMA_MEMLIMIT_ERROR)
			end_early(in, "unpacking it takes more than 128 MiB of memory: unpack "
				      "it with xz first");
		else if (ret == LZMA_BUF_ERROR)
			end_early(in, "the xz file is cut off: get the rest of it");
		else if (ret != LZMA_OK)
			end_early(in, "the xz file is damaged: get it again");
	}
	return len - u->xz.avail_out;
}

/* What follows a member is another one, or padding, which gzip ignores as well. */
static void next_member(struct unpacking *u)
{
	u->member_ended = false;
	if (u->gz.avail_in == 0 || u->gz.next_in[0] != 0x1f || inflateReset(&u->gz) != Z_OK)
		u->ended = true;
}

static size_t read_gzip(struct input *in, uint8_t *to, size_t len)
{
	struct unpacking *u = in->unpacking;

	u->gz.next_out = to;
	u->gz.avail_out = (uInt)len;
	while (u->gz.avail_out && !u->ended) {
		refill(in);
		if (u->member_ended) {
			next_member(u);
			continue;
		}

		const int ret = inflate(&u->gz, Z_NO_FLUSH);

		if (ret == Z_STREAM_END)
			u->member_ended = true;
		else if (ret == Z_BUF_ERROR && u->raw_ended)
			end_early(in, "the gzip file is cut off: get the rest of it");
		else if (ret != Z_OK && ret != Z_BUF_ERROR)
			end_early(in, "the gzip file is damaged: get it again");
	}
	return len - u->gz.avail_out;
}

/* Bytes by which a file's form is known; they are handed to the unpacking as if just read. */
static const struct magic {
	const char *packed;
	size_t n;
	uint8_t bytes[6];
} magics[] = {
	{ "xz", 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },
	{ "gzip", 3, { 0x1f, 0x8b, 8 } },
};

static bool start_unpacking(struct input *in, const struct magic *magic)
{
	struct unpacking *u = in->unpacking;

	in->packed = magic->packed;
	u->is_xz = magic == &magics[0];
	u->xz = (lzma_stream)LZMA_STREAM_INIT;
	u->gz.zalloc = gz_alloc;
	u->gz.zfree = gz_free;
	if (u->is_xz)
		return lzma_stream_decoder(&u->xz, XZ_MEMORY_BYTES, LZMA_CONCATENATED) == LZMA_OK;
	return inflateInit2(&u->gz, GZIP_AND_ZLIB_WINDOW) == Z_OK;
}

/* ---- either ------------------------------------------------------------------------------ */

static size_t read_begun(struct input *in, uint8_t *to, size_t len)
{
	struct unpacking *u = in->unpacking;

	if (!u)
		return read_raw(in, to, len);
	if (in->packed)
		return u->is_xz ? read_xz(in, to, len) : read_gzip(in, to, len);

	/* not packed, but its first bytes were read to see that */
	size_t n = len < u->xz.avail_in ? len : u->xz.avail_in;

	memcpy(to, u->xz.next_in, n);
	u->xz.next_in += n;
	u->xz.avail_in -= n;
	return n < len ? n + read_raw(in, to + n, len - n) : n;
}

size_t input_read(struct input *in, uint8_t *to, size_t len)
{
	const size_t n = read_begun(in, to, len);

	if (in->tap)
		in->tap(in->tap_arg, to, n);
	in->off += n;
	return n;
}

bool input_seek(struct input *in, uint64_t off)
{
	uint8_t skipped[SKIP_BYTES];

	if ((in->is_file || in->is_device) && !in->packed && off != in->off) {
		if (off > INT64_MAX || lseek(in->fd, (off_t)off, SEEK_SET) < 0)
			return false;
		if (in->unpacking)
			in->unpacking->xz.avail_in = 0;
		in->off = in->taken = off;
		return in->is_device || off <= in->file_bytes;
	}
	while (in->off < off) {
		const uint64_t left = off - in->off;
		const size_t want = left < SKIP_BYTES ? (size_t)left : SKIP_BYTES;

		if (input_read(in, skipped, want) < want)
			return false;
	}
	return true;
}

static bool refuse(const struct input *in, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", in->program, in->name, why);
	return false;
}

/* Reads the first bytes to see whether they are packed. */
static bool look(struct input *in)
{
	struct unpacking *u = calloc(1, sizeof(*u));

	if (!u)
		return refuse(in, "out of memory");
	in->unpacking = u;

	const size_t n = read_raw(in, u->raw, RAW_BYTES);

	u->raw_ended = n < RAW_BYTES;
	u->xz.next_in = u->gz.next_in = u->raw;
	u->xz.avail_in = n;
	u->gz.avail_in = (uInt)n;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		const struct magic *m = &magics[i];

		if (n < m->n || memcmp(u->raw, m->bytes, m->n) != 0)
			continue;
		if (!start_unpacking(in, m))
			return refuse(in, "out of memory");
		u->xz.next_in = u->gz.next_in = u->raw;
		u->xz.avail_in = n;
		u->gz.avail_in = (uInt)n;
	}
	return true;
}

bool input_open(struct input *in, const char *program, const char *name, struct progress *progress)
{
	struct stat st;

	*in = (struct input){
		.program = program, .name = name, .fd = STDIN_FILENO, .progress = progress
	};
	if (strcmp(name, "-") != 0)
		in->fd = open(name, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0 || fstat(in->fd, &st) != 0)
		return refuse(in, strerror(errno));

	/* part of a redirected file may have been read by somebody else: then it is a stream */
	in->is_file = S_ISREG(st.st_mode) && lseek(in->fd, 0, SEEK_CUR) == 0;
	in->is_device = S_ISCHR(st.st_mode) && !isatty(in->fd) &&
			major(st.st_rdev) != MTD_CHAR_MAJOR;
	in->file_bytes = in->is_file ? (uint64_t)st.st_size : 0;

	bool good = true;

	if (S_ISDIR(st.st_mode))
		good = refuse(in, "Is a directory: give a file");
	else if (isatty(in->fd))
		good = refuse(in, "a terminal: give a file, or pipe the region in");
	progress_begin(in->progress, in->file_bytes);
	/* reading a device is a decision of its own: offsets are addresses there */
	if (good && !in->is_device)
		good = look(in);
	if (!good)
		input_close(in);
	return good;
}

void input_close(struct input *in)
{
	if (in->unpacking && in->packed && in->unpacking->is_xz)
		lzma_end(&in->unpacking->xz);
	else if (in->unpacking && in->packed)
		inflateEnd(&in->unpacking->gz);
	free(in->unpacking);
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	progress_end(in->progress);
}
