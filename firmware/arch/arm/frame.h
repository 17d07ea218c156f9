/* SPDX-License-Identifier: BSD-2-Clause */
/* Offsets into struct arm_frame (fault.c), shared with vectors.S. */
#ifndef OM_ARCH_ARM_FRAME_H
#define OM_ARCH_ARM_FRAME_H

#define FRAME_PC    52 /* after r0-r12 */
#define FRAME_PSR   56
#define FRAME_SP    60
#define FRAME_LR    64
#define FRAME_BYTES 72 /* keeps the stack 8-byte aligned */

#define FAULT_UNDEFINED	 0
#define FAULT_SUPERVISOR 1
#define FAULT_PREFETCH	 2
#define FAULT_DATA	 3
#define FAULT_IRQ	 4
#define FAULT_FIQ	 5

#endif
