/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON of one report, as it lies beside its records (docs/json.md). */
#ifndef OM_TOOLS_JSON_H
#define OM_TOOLS_JSON_H

#include "listener.h"

#include <stdbool.h>
#include <stdio.h>

/* Returns false if it could not be written. */
bool json_report_write(const struct report *r, FILE *f);

#endif
