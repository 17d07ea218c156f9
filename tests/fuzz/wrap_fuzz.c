/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wrapped files, as the host program finds them in any file, and as it makes them. Input: one byte,
 * of which bits 0 and 1 say what is made of the rest, a wrapped kernel or a flash image, bit 2
 * whether the kernel is checked, bit 3 for which machine the monitor is; a file.
 */
#include "core/boot/zimage.h"
#include "fuzz.h"
#include "oopsmon/wrapped.h"

enum { MAKE_KERNEL = 1, MAKE_STAGE = 2, CHECKED = 4, ARM64 = 8, BARE_BYTES = 0x100 };

static bool is_within(struct span part, struct span whole)
{
	return part.len == 0 || (part.p >= whole.p && part.p + part.len <= whole.p + whole.len);
}

static void check_found(struct span file, const struct wrapped *w)
{
	require(w->image_off <= file.len, "the monitor in the file");
	require(is_within(w->payload, file), "the payload in the file");
	require(is_within(w->kernel, w->payload), "the kernel in the payload");
	require(is_within(w->tree, w->payload), "the tree in the payload");
	if (w->wrap.kind == WRAP_NEXT_STAGE) {
		int32_t distance = 0;

		require(branch_read(wrapped_stage_word(w), &distance), "a branch comes first");
		require(distance >= 4 && (size_t)distance < w->payload.len, "to within the stage");
		require(w->payload.p == file.p && w->payload.len < w->image_off,
			"before the monitor");
	}
}

/* A monitor's file with nothing but its description. */
static void make_image(uint8_t image[BARE_BYTES], uint32_t magic)
{
	memset(image, 0, BARE_BYTES);
	le32_store(image + 0x24, 0x016f2818);
	le32_store(image + 0x2c, BARE_BYTES);
	le32_store(image + 0x30, 0x04030201);
	le32_store(image + 0x3c, magic);
	le32_store(image + 0x40, BARE_BYTES);
}

static void make_image64(uint8_t image[BARE_BYTES])
{
	memset(image, 0, BARE_BYTES);
	le64_store(image + 0x10, BARE_BYTES);
	le64_store(image + 0x18, 0xa);
	le32_store(image + 0x38, 0x644d5241);
	le32_store(image + 0x3c, 0x6d6f6f6f);
	le32_store(image + 0x40, BARE_BYTES);
}

static void make_kernel(struct span payload, bool checked, bool arm64)
{
	uint8_t image[BARE_BYTES];
	const struct span monitor = { image, BARE_BYTES };
	const size_t len = wrapped_kernel_bytes(monitor, payload);
	uint8_t *file = make_bytes(len, 0);
	struct wrapped w;

	if (arm64)
		make_image64(image);
	else
		make_image(image, 0x6d6f6f6f);
	wrapped_kernel(monitor, payload, checked, file);
	require(wrapped_find((struct span){ file, len }, &w) == OM_OK, "what was made is found");
	check_found((struct span){ file, len }, &w);
	require(w.machine == (arm64 ? MACHINE_ARM64 : MACHINE_ARM), "of the machine");
	require(!arm64 || le64_load(file + 0x10) >= len, "its memory is not less than the file");
	require(w.form == FORM_PLAIN && !w.is_damaged && w.wrap.is_checked == checked &&
			w.payload.len == payload.len &&
			memcmp(w.payload.p, payload.p, payload.len) == 0,
		"and is what it was made of");
	free(file);
}

static void make_stage(struct span rest)
{
	uint8_t image[BARE_BYTES];
	const struct span monitor = { image, BARE_BYTES };
	int32_t distance = 0;
	struct wrapped w;

	/* what `oopsmon wrap --before` takes */
	if (rest.len < 4 || !branch_read(le32_load(rest.p), &distance) || distance < 4 ||
	    (size_t)distance >= rest.len)
		return;

	const size_t len = wrapped_stage_bytes(monitor, rest);
	uint8_t *file = make_bytes(len, 0);

	make_image(image, 0x6d6f6f72);
	wrapped_stage(monitor, 0, rest, file);
	/* the stage itself may be a wrapped kernel: that is what the program refuses before */
	if (wrapped_find((struct span){ file, len }, &w) == OM_OK && w.form == FORM_FLASH) {
		check_found((struct span){ file, len }, &w);
		require(w.payload.len == rest.len, "its length");
		require(wrapped_stage_word(&w) == le32_load(rest.p), "its first word");
		require(memcmp(w.payload.p + 4, rest.p + 4, rest.len - 4) == 0, "and the others");
	}
	free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	const uint32_t what = take(&in, 1);
	const struct span file = make_copy(in);
	struct wrapped w;

	if (wrapped_find(file, &w) == OM_OK)
		check_found(file, &w);
	if (what & MAKE_KERNEL)
		make_kernel(file, what & CHECKED, what & ARM64);
	if (what & MAKE_STAGE)
		make_stage(file);
	drop_copy(file, in);
	return 0;
}
