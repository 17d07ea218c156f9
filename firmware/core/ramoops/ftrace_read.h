/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ftrace zones of all CPUs as one record: which kernel wrote them, what its entries look
 * like, and the entries of all CPUs in the order of their stamps.
 * Source: Linux fs/pstore/ram.c ramoops_pstore_read(), fs/pstore/ftrace.c (docs/ramoops.md).
 */
#ifndef OM_CORE_FTRACE_READ_H
#define OM_CORE_FTRACE_READ_H

#include "core/log/record.h"
#include "record_read.h"

/**
 * ftrace_read - read a region's ftrace zones
 * @r:    an open region
 * @work: memory for the logs of all CPUs, these merged, and a list of them; region_work_bytes()
 * @out:  a record to fill in: zeros, quality INTACT; what is found is added to it
 *
 * Returns OM_OK; OM_E_EMPTY: nothing was traced; OM_E_BAD_MAGIC: no ftrace zone was ever
 *   there; OM_E_NO_SPACE: the workspace cannot hold the logs. On errors @out means nothing.
 */
enum om_err ftrace_read(const struct region *r, struct workspace work,
			struct record *out) OM_MUST_CHECK;

#endif
