/* SPDX-License-Identifier: BSD-2-Clause */
/* Offsets into struct arm64_frame (fault.c), shared with vectors.S. */
#ifndef OM_ARCH_ARM64_FRAME_H
#define OM_ARCH_ARM64_FRAME_H

#define FRAME_SP    248 /* after x0-x30 */
#define FRAME_PC    256
#define FRAME_PSR   264
#define FRAME_ESR   272
#define FRAME_FAR   280
#define FRAME_BYTES 288 /* keeps the stack 16-byte aligned */

#define FAULT_SYNC   0
#define FAULT_IRQ    1
#define FAULT_FIQ    2
#define FAULT_SERROR 3

#endif
