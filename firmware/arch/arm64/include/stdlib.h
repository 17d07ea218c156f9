/* SPDX-License-Identifier: BSD-2-Clause */
/* libfdt asks for it, and uses nothing of it. */
#ifndef OM_ARCH_ARM64_STDLIB_H
#define OM_ARCH_ARM64_STDLIB_H

#include <stddef.h>

#endif
