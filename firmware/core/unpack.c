/* SPDX-License-Identifier: BSD-2-Clause */
#include "unpack.h"

#include "dmesg.h"

#define Z_SOLO /* zlib.h without the system headers it would pull in */
#include <zlib.h>

enum {
	ARENA_ALIGN = 16,
	WINDOW_BITS = 15 /* 6.6 and later refer back up to 32 KiB; less is a subset */
};

/* zlib allocates its state from here; there is nothing to give back. */
struct arena {
	uint8_t *p;
	size_t left;
};

static void *arena_take(void *opaque, unsigned int items, unsigned int size)
{
	struct arena *a = opaque;
	const size_t skip = -(uintptr_t)a->p % ARENA_ALIGN;

	if (size == 0 || items > (SIZE_MAX / 2) / size)
		return NULL;

	const size_t bytes = (size_t)items * size;

	if (skip > a->left || bytes > a->left - skip)
		return NULL;

	uint8_t *p = a->p + skip;

	a->p = p + bytes;
	a->left -= skip + bytes;
	return p;
}

static void arena_give(void *opaque, void *address)
{
	(void)opaque;
	(void)address;
}

/*
 * One try. Text is counted by where zlib stopped writing: when a stream is cut, inflate()
 * wants its 32 KiB window to go on later, which nobody will, and the arena refuses it;
 * all text is out by then.
 */
static enum om_err inflate_once(struct span in, int window_bits, struct workspace work,
				struct unpacked *out)
{
	struct arena arena = { work.p, UNPACK_STATE_BYTES };
	uint8_t *text = work.p + UNPACK_STATE_BYTES;
	const size_t room = work.cap - UNPACK_STATE_BYTES;
	z_stream z = { 0 };

	z.zalloc = arena_take;
	z.zfree = arena_give;
	z.opaque = &arena;
	z.next_in = (z_const Bytef *)in.p;
	z.avail_in = (uInt)in.len;
	z.next_out = text;
	z.avail_out = (uInt)room;
	if (inflateInit2(&z, window_bits) != Z_OK)
		return OM_E_NO_SPACE;

	int rc = inflate(&z, Z_FINISH);

	out->text = (struct span){ text, room - z.avail_out };
	out->used = in.len;
	if (rc == Z_STREAM_END) {
		out->end = UNPACK_COMPLETE;
		out->used = in.len - z.avail_in;
	} else if (rc == Z_DATA_ERROR || rc == Z_NEED_DICT) {
		out->end = UNPACK_BROKEN;
	} else if (z.avail_out == 0) {
		out->end = UNPACK_FULL;
	} else {
		out->end = UNPACK_CUT;
	}
	return OM_OK;
}

/* RFC 1950 section 2.2: method 8, window up to 32 KiB, check bits, no dictionary. */
static bool has_zlib_header(struct span in)
{
	return in.len >= 2 && (in.p[0] & 0x0f) == 8 && in.p[0] >> 4 <= 7 && !(in.p[1] & 0x20) &&
	       ((uint32_t)in.p[0] << 8 | in.p[1]) % 31 == 0;
}

/* Two lines that begin as printk's do, "<6>": chance does not make those. */
static bool has_log_lines(struct span text)
{
	uint32_t n = 0;

	for (size_t i = 0; i + 2 < text.len && n < 2; i++)
		n += text.p[i] == '\n' && text.p[i + 1] == '<' && text.p[i + 2] >= '0' &&
		     text.p[i + 2] <= '9';
	return n == 2;
}

static bool is_acceptable(const struct unpacked *u)
{
	struct dmesg_title title;

	if (dmesg_title(u->text, &title) == OM_OK)
		return true;
	return has_log_lines(u->text) && dmesg_looks_like_text(u->text);
}

const char *packing_name(enum packing p)
{
	static const char *const names[] = {
		[PACKING_NONE] = "",   [PACKING_DEFLATE] = "deflate", [PACKING_ZLIB] = "zlib",
		[PACKING_LZ4] = "lz4", [PACKING_LZO] = "lzo",	      [PACKING_ZSTD] = "zstd",
		[PACKING_842] = "842", [PACKING_UNKNOWN] = "unknown",
	};

	return (uint32_t)p < sizeof(names) / sizeof(names[0]) ? names[p] : "";
}

enum om_err unpack_text(struct span in, const struct holes *bad, const struct unpacker *more,
			struct workspace work, struct unpacked *out)
{
	struct unpacked u = { .packing = PACKING_UNKNOWN };

	(void)bad;
	(void)more;

	if (work.cap < UNPACK_STATE_BYTES + UNPACK_TEXT_MIN)
		return OM_E_NO_SPACE;
	if (in.len > UINT32_MAX / 2 || work.cap > UINT32_MAX / 2)
		return OM_E_NO_SPACE;

	if (has_zlib_header(in)) {
		enum om_err err = inflate_once(in, WINDOW_BITS, work, &u);

		if (err != OM_OK)
			return err;
		if (is_acceptable(&u)) {
			u.packing = PACKING_ZLIB;
			*out = u;
			return OM_OK;
		}
	}

	enum om_err err = inflate_once(in, -WINDOW_BITS, work, &u);

	if (err != OM_OK)
		return err;
	if (!is_acceptable(&u))
		return OM_E_VARIANT;
	u.packing = PACKING_DEFLATE;
	*out = u;
	return OM_OK;
}
