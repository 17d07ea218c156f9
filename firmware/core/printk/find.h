/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log that a VMCOREINFO leads to. The text alone is no evidence: it counts if its symbols lead
 * to a log whose pointers, numbers and messages agree, and the kernel there has the same name.
 */
#ifndef OM_CORE_FIND_H
#define OM_CORE_FIND_H

#include "core/base/err.h"
#include "log.h"

/**
 * kmsg_open - the log of the kernel that wrote @text
 * @ram:  stays with @out
 * @text: of vmcoreinfo_text()
 * @image_off: struct address_map's, if it is known; NULL: it is guessed
 * @work: KMSG_WORK_BYTES
 * @out:  written on OM_OK
 *
 * Returns OM_OK; OM_E_VARIANT: @text says nothing of a log; OM_E_NOT_FOUND: it leads to none.
 */
enum om_err kmsg_open(const struct ram *ram, struct span text, const uint64_t *image_off,
		      struct workspace work, struct kmsg_log *out) OM_MUST_CHECK;

/**
 * kmsg_place - where the image is, if nobody knows which address RAM begins at
 * @ram: its banks' addresses are anybody's
 * @image_off: struct address_map's, in these addresses; written on OM_OK
 *
 * Looks at one word of every page, and where that fits for the kernel's name and its log. Returns
 * as kmsg_open(). address_known() has the true number for some kernels.
 */
enum om_err kmsg_place(const struct ram *ram, struct span text, struct workspace work,
		       uint64_t *image_off) OM_MUST_CHECK;

#endif
