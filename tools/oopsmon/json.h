/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON of one report, as it lies beside its records (docs/json.md). */
#ifndef OM_TOOLS_JSON_H
#define OM_TOOLS_JSON_H

#include "listener.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * Flags for jansson's dump functions to write to @f. Text for a terminal is ASCII, with other
 * characters as \uNNNN, as U+0080 to U+009F control a terminal. A program that reads it gets the
 * same values.
 */
size_t json_flags(FILE *f);

/* {"records": 12, "first": 300, "last": 611}; null: there are none */
json_t *json_beyond(const struct report_beyond *b);

/* {"kind": "deflate", "dictionary": "0x01234567"}; null: @dictionary is 0 */
json_t *json_packing(uint32_t dictionary);

/* Returns false if it could not be written. */
bool json_report_write(const struct report *r, FILE *f);

#endif
