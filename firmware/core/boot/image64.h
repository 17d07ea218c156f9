/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A 64-bit ARM Linux kernel as a file: Image. It runs where it is put, so its memory is that place.
 * Source: Linux Documentation/arm64/booting.rst (6.1), section 4; drivers/firmware/efi/libstub
 * (zboot.lds, zboot-header.S) for what EFI starts.
 */
#ifndef OM_CORE_IMAGE64_H
#define OM_CORE_IMAGE64_H

#include "core/base/err.h"
#include "core/base/span.h"
#include "kernel.h"

enum {
	IMAGE64_HEAD_BYTES = 64,
	IMAGE64_ALIGN = 2 << 20, /* of the place that text_offset counts from */
	IMAGE64_MAGIC_OFF = 0x38,
	IMAGE64_SIZE_OFF = 0x10, /* image_size, 64 bits */
};

/* An Image as its header describes it. */
struct image64 {
	uint32_t file_bytes;
	uint32_t running_bytes; /* that it takes in memory, from its first byte on */
	uint32_t text_offset;	/* from a multiple of IMAGE64_ALIGN to its first byte */
	bool anywhere;		/* in RAM; else as near to the start of RAM as can be */
	bool is_efi;		/* it is an EFI program, too */
};

/**
 * image64_parse - is this an arm64 Image?
 * @head: its first bytes, IMAGE64_HEAD_BYTES if the file is that long
 * @file_bytes: length of the file
 *
 * Kernels before 3.17 do not say how much memory they take; it is guessed then. Returns OM_OK;
 * OM_E_BAD_MAGIC: no Image, or a packed one; OM_E_VARIANT: big-endian; OM_E_CORRUPT: it says
 * impossible things.
 */
enum om_err image64_parse(struct span head, uint32_t file_bytes, struct image64 *out) OM_MUST_CHECK;

/**
 * image64_place - find places that do not disturb each other
 * @in:  kernel_bytes, running_bytes, text_offset and anywhere as image64_parse() has them
 * @out: written only on OM_OK
 *
 * The kernel does not stay where it is in RAM, if there is room elsewhere: whoever loaded it does
 * so again after a crash, over the memory where a kernel had its log that ran there. An initrd in
 * RAM stays. As placement_plan() otherwise.
 */
enum om_err image64_place(struct placement_input *in, struct placement *out) OM_MUST_CHECK;

/* The kind of kernel, as kernel.h has it. */
extern const struct kernel_kind kernel_image64;

#endif
