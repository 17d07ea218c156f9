/* SPDX-License-Identifier: BSD-2-Clause */
#include "wrapped.h"

#include "core/base/crc32.h"
#include "core/boot/image64.h"
#include "core/boot/zimage.h"

#include <libfdt.h>

enum {
	UIMAGE_MAGIC = 0x27051956, /* U-Boot, include/image.h: IH_MAGIC, big endian */
	UIMAGE_HEAD_BYTES = 64,
	GRAIN = 4,	     /* a file within a file begins at a multiple of it */
	BRANCH = 0xea000000, /* ARM ARM, A8.8.18: B, always; 24 bits of distance in words */
	BRANCH_MASK = 0xff000000,
	BRANCH_AHEAD = 8,    /* from the instruction after the next one */
	ARM64_BRANCH = 0x05, /* Arm ARM DDI 0487, C6.2.26: B, in the six highest bits */
	ERASED = 0xff,
};

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* ---- branches ------------------------------------------------------------------------------ */

bool branch_read(uint32_t word, int32_t *distance)
{
	const uint32_t field = word & ~(uint32_t)BRANCH_MASK;

	if ((word & BRANCH_MASK) != BRANCH)
		return false;
	/* 24 bits, the highest is the sign */
	*distance = ((int32_t)(field ^ 0x800000) - 0x800000) * 4 + BRANCH_AHEAD;
	return true;
}

bool is_arm64_branch(uint32_t word)
{
	return word >> 26 == ARM64_BRANCH;
}

static uint32_t branch_word(int32_t distance)
{
	return BRANCH | (((uint32_t)(distance - BRANCH_AHEAD) >> 2) & ~(uint32_t)BRANCH_MASK);
}

/* Offset in @file that its first word branches to; 0: none. */
static size_t first_branch(struct span file)
{
	int32_t distance;

	if (file.len < 4 || !branch_read(le32_load(file.p), &distance) || distance <= 0)
		return 0;
	return (size_t)distance < file.len ? (size_t)distance : 0;
}

/* ---- finding ------------------------------------------------------------------------------- */

enum om_err wrapped_machine_of(struct span head, const struct wrap_image *image,
			       enum wrapped_machine *out)
{
	struct image64 image64;
	struct zimage z;

	if (image->entry == WRAP_ENTRY_RESET)
		*out = is_arm64_branch(le32_load(head.p)) ? MACHINE_ARM64 : MACHINE_ARM;
	else if (zimage_parse(head, UINT32_MAX, &z) == OM_OK)
		*out = MACHINE_ARM;
	else if (image64_parse(head, image->bare_bytes, &image64) != OM_E_BAD_MAGIC)
		*out = MACHINE_ARM64;
	else
		return OM_E_BAD_MAGIC;
	return OM_OK;
}

/* The monitor's file at @off. */
static enum om_err image_at(struct span file, size_t off, struct wrapped *out)
{
	const struct span head = span_sub(file, off, WRAP_HEAD_BYTES);
	const enum om_err err = wrap_image_read(head, &out->image);

	return err ? err : wrapped_machine_of(head, &out->image, &out->machine);
}

static void split_kernel(struct wrapped *w)
{
	struct image64 image64;
	struct zimage z;
	struct span rest;

	/* it does not say how long it is: all of it is */
	if (image64_parse(span_sub(w->payload, 0, IMAGE64_HEAD_BYTES), w->wrap.payload_bytes,
			  &image64) == OM_OK) {
		w->kernel = w->payload;
		w->kernel_machine = MACHINE_ARM64;
		return;
	}
	if (zimage_parse(span_sub(w->payload, 0, ZIMAGE_HEAD_BYTES), w->wrap.payload_bytes, &z) !=
	    OM_OK)
		return;
	w->kernel = span_sub(w->payload, 0, z.file_bytes);
	rest = zimage_tree(w->payload);
	if (rest.len && be32_load(rest.p + 4) <= rest.len)
		w->tree = span_sub(rest, 0, be32_load(rest.p + 4));
}

/* The next stage is what is before the monitor, less the bytes that only fill up to it. */
static enum om_err find_stage(struct span file, struct wrapped *w)
{
	const uint32_t entry = w->wrap.target_pa - w->image.rom_pa;
	size_t len = w->image_off;

	if (w->form != FORM_FLASH)
		return OM_E_CORRUPT;
	while (len > 0 && file.p[len - 1] == file.p[w->image_off - 1])
		len--;
	if (entry % 4 || entry >= len || entry < 4)
		return OM_E_CORRUPT;
	w->payload = span_sub(file, 0, len);
	return OM_OK;
}

/* The monitor is at w->image_off; its block, and what that describes. */
static enum om_err find_payload(struct span file, struct wrapped *w)
{
	const size_t bare = w->image.bare_bytes;
	struct span block, after;
	enum om_err err;

	if (!span_has(file, w->image_off, bare))
		return OM_E_TRUNCATED;
	block = span_sub(file, w->image_off + bare, WRAP_BLOCK_BYTES);
	after = span_sub(file, w->image_off + bare + WRAP_BLOCK_BYTES, file.len);
	err = wrap_read(block, after.len, &w->wrap);
	if (err == OM_E_BAD_MAGIC)
		return OM_E_EMPTY;
	if (err)
		return err;
	if (w->wrap.kind == WRAP_NEXT_STAGE)
		return find_stage(file, w);
	w->payload = span_sub(after, 0, w->wrap.payload_bytes);
	w->is_damaged = crc32_update(0, w->payload.p, w->payload.len) != w->wrap.crc32;
	if (w->form == FORM_PLAIN)
		w->after_bytes = after.len - w->payload.len;
	split_kernel(w);
	return OM_OK;
}

static enum wrapped_form form_at(struct span file, size_t off)
{
	if (off == 0)
		return FORM_PLAIN;
	if (first_branch(file) == off)
		return FORM_FLASH;
	if (off == UIMAGE_HEAD_BYTES && be32_load(file.p) == UIMAGE_MAGIC)
		return FORM_UIMAGE;
	return be32_load(file.p) == FDT_MAGIC ? FORM_FIT : FORM_OTHER; /* a FIT is a tree */
}

/*
 * The monitor at @off, and its payload: as wrapped_find(). OM_E_NOT_FOUND: there is none, or
 * nothing but words that look like the beginning of one.
 */
static enum om_err find_at(struct span file, size_t off, struct wrapped *out)
{
	struct wrapped w = { .image_off = off };

	if (image_at(file, off, &w) != OM_OK)
		return OM_E_NOT_FOUND;
	w.form = form_at(file, off);
	*out = w;
	return find_payload(file, out);
}

enum om_err wrapped_find(struct span file, struct wrapped *out)
{
	const size_t shim = first_branch(file);
	enum om_err best = find_at(file, 0, out);

	if (best == OM_E_NOT_FOUND && shim)
		best = find_at(file, shim, out);
	if (best != OM_E_NOT_FOUND)
		return best;
	/* of several within another file the first that is whole, else the first */
	for (size_t off = GRAIN; best != OM_OK && span_has(file, off, WRAP_HEAD_BYTES);
	     off += GRAIN) {
		struct wrapped w;
		const enum om_err err = find_at(file, off, &w);

		if (err == OM_OK || (err != OM_E_NOT_FOUND && best == OM_E_NOT_FOUND)) {
			*out = w;
			best = err;
		}
	}
	return best;
}

/* ---- making -------------------------------------------------------------------------------- */

size_t wrapped_kernel_bytes(struct span image, struct span payload)
{
	return image.len + WRAP_BLOCK_BYTES + payload.len;
}

/* The header of a monitor's file that is started like a kernel says how large the whole is. */
static void store_size(uint8_t *head, const struct wrapped *monitor, uint64_t whole_bytes,
		       struct span payload)
{
	struct image64 kernel;

	if (monitor->machine == MACHINE_ARM) {
		le32_store(head + WRAP_END_OFF, (uint32_t)whole_bytes);
		return;
	}
	/* with the kernel's cleared data: it may be started where it is */
	if (image64_parse(span_sub(payload, 0, IMAGE64_HEAD_BYTES), (uint32_t)payload.len,
			  &kernel) == OM_OK)
		whole_bytes += kernel.running_bytes - payload.len;
	le64_store(head + IMAGE64_SIZE_OFF, whole_bytes);
}

void wrapped_kernel(struct span image, struct span payload, bool check, uint8_t *out)
{
	const struct wrap wrap = {
		.kind = WRAP_KERNEL,
		.is_checked = check,
		.payload_bytes = (uint32_t)payload.len,
		.crc32 = crc32_update(0, payload.p, payload.len),
	};
	struct wrapped monitor;

	memcpy(out, image.p, image.len);
	if (image_at(image, 0, &monitor) == OM_OK && monitor.image.entry == WRAP_ENTRY_LINUX)
		store_size(out, &monitor, wrapped_kernel_bytes(image, payload), payload);
	wrap_write(&wrap, out + image.len);
	memcpy(out + image.len + WRAP_BLOCK_BYTES, payload.p, payload.len);
}

static size_t shim_off(struct span stage)
{
	const size_t least = stage.len + 1; /* one byte of filling tells where the stage ends */

	return round_up(least > STAGE_SHIM_MIN ? least : STAGE_SHIM_MIN, STAGE_SHIM_ALIGN);
}

size_t wrapped_stage_bytes(struct span image, struct span stage)
{
	return shim_off(stage) + image.len + WRAP_BLOCK_BYTES;
}

void wrapped_stage(struct span image, uint32_t rom_pa, struct span stage, uint8_t *out)
{
	const size_t shim = shim_off(stage);
	const uint8_t last = stage.p[stage.len - 1];
	struct wrap wrap = { .kind = WRAP_NEXT_STAGE };
	int32_t distance = 0;

	if (!branch_read(le32_load(stage.p), &distance))
		return;
	wrap.target_pa = rom_pa + (uint32_t)distance;
	memcpy(out, stage.p, stage.len);
	le32_store(out, branch_word((int32_t)shim));
	memset(out + stage.len, last == ERASED ? 0 : ERASED, shim - stage.len);
	memcpy(out + shim, image.p, image.len);
	wrap_write(&wrap, out + shim + image.len);
}

uint32_t wrapped_stage_word(const struct wrapped *w)
{
	return branch_word((int32_t)(w->wrap.target_pa - w->image.rom_pa));
}
