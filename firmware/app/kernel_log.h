/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last kernel's own log, looked for in RAM where its records do not say how it ended
 * (docs/kernel-log.md).
 */
#ifndef OM_APP_KERNEL_LOG_H
#define OM_APP_KERNEL_LOG_H

#include "crash.h"

/*
 * Looks for it after crash_read(), and adds it to the records if it is found and they leave open
 * how that kernel ended. Its memory is mapped read-only, until crash_unmap().
 */
void kernel_log_read(struct crash *c, const struct entry *entry);

/* Says what was found, once the verdict is out. */
void kernel_log_print(void);

void kernel_log_unmap(void);

/* The next kernel may be where it was: it cannot be read any more. */
void kernel_log_forget(void);

#endif
