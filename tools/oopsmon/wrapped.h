/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wrapped files as the host program sees them: finds the monitor and what it starts in a file of
 * any form, and makes the two forms that need no other program, a kernel and a flash image. The
 * format is docs/wrapped-kernel.md; single fields are read by core/boot/wrap.h. Pure: bytes in,
 * bytes out.
 */
#ifndef OM_TOOLS_WRAPPED_H
#define OM_TOOLS_WRAPPED_H

#include "core/boot/wrap.h"

#include <stdbool.h>

enum {
	STAGE_SHIM_MIN = 1 << 20,  /* the monitor's place in a flash image: not before this, */
	STAGE_SHIM_ALIGN = 4096,   /* at a multiple of this, */
	STAGE_BYTES_MAX = 16 << 20 /* and in reach of one branch, with room to spare */
};

enum wrapped_form {
	FORM_PLAIN,  /* the monitor is at the file's beginning */
	FORM_UIMAGE, /* after a header of U-Boot */
	FORM_FIT,    /* within U-Boot's image tree */
	FORM_FLASH,  /* after the next stage, which begins with a branch to it */
	FORM_OTHER,  /* somewhere in the file */
};

/* What the monitor and kernels are made for. */
enum wrapped_machine { MACHINE_ARM, MACHINE_ARM64 };

struct wrapped {
	enum wrapped_form form;
	struct wrap_image image;
	enum wrapped_machine machine; /* of the monitor */
	size_t image_off;	      /* of the monitor's file */
	struct wrap wrap;
	struct span
		payload; /* kernel with what is after it; the next stage as it is in the flash */
	/* of that, by its own header; no bytes: neither a zImage nor an Image */
	struct span kernel;
	enum wrapped_machine kernel_machine; /* of that: MACHINE_ARM64: an Image */
	struct span tree;		     /* right after the kernel; no bytes: none */
	bool is_damaged;		     /* the payload's CRC is another one */
	size_t after_bytes;		     /* of a plain file, after the payload */
};

/**
 * wrapped_machine_of - which machine is a file of the monitor for?
 * @head:  its first bytes, WRAP_HEAD_BYTES if it is that long
 * @image: what wrap_image_read() has of them
 *
 * One that is started like a kernel has the header of a zImage or of an arm64 Image. One for the
 * reset vector begins with a branch of either machine.
 * Returns OM_OK, OM_E_BAD_MAGIC: it is started like a kernel, but has no kernel's header.
 */
enum om_err wrapped_machine_of(struct span head, const struct wrap_image *image,
			       enum wrapped_machine *out) OM_MUST_CHECK;

/**
 * wrapped_find - the monitor and its payload in a file
 * @file: any bytes
 * @out:  written unless OM_E_NOT_FOUND is returned; points into @file. Of other errors only form,
 *        image and image_off count.
 *
 * Returns OM_OK; OM_E_NOT_FOUND: no monitor in it; OM_E_EMPTY: a monitor that nothing is wrapped
 *   with; OM_E_VARIANT: wrapped by a later version; OM_E_CORRUPT: damaged; OM_E_TRUNCATED: cut.
 */
enum om_err wrapped_find(struct span file, struct wrapped *out) OM_MUST_CHECK;

/**
 * wrapped_kernel - make a wrapped kernel
 * @image:   the monitor's file, all of it
 * @payload: zImage, perhaps with a device tree after it, or arm64 Image; less than 2 GiB with
 *           @image
 * @check:   the monitor checks the payload before it starts it
 * @out:     room for wrapped_kernel_bytes()
 */
void wrapped_kernel(struct span image, struct span payload, bool check, uint8_t *out);
size_t wrapped_kernel_bytes(struct span image, struct span payload);

/* Is it arm64's branch, with any distance? */
bool is_arm64_branch(uint32_t word);

/* Where a branch in ARM state leads, relative to itself. False: the word is another instruction. */
bool branch_read(uint32_t word, int32_t *distance);

/**
 * wrapped_stage - make a flash image: the next stage, which is entered at reset, with a branch to
 * the monitor in place of its first instruction
 * @image:  the monitor's file for the reset vector, all of it; @rom_pa is what it says of itself
 * @stage:  begins with a branch to within itself, 4 to STAGE_BYTES_MAX bytes
 * @out:    room for wrapped_stage_bytes()
 *
 * After the stage there is at least one byte that differs from its last one: its length is known
 * by that.
 */
void wrapped_stage(struct span image, uint32_t rom_pa, struct span stage, uint8_t *out);
size_t wrapped_stage_bytes(struct span image, struct span stage);

/* The first word that the next stage had. */
uint32_t wrapped_stage_word(const struct wrapped *w);

#endif
