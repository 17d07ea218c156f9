/* SPDX-License-Identifier: BSD-2-Clause */
/* Single values of the JSON that we print (docs/json.md); each is the caller's. */
#ifndef OM_TOOLS_JSON_VALUE_H
#define OM_TOOLS_JSON_VALUE_H

#include "core/base/span.h"

#include <jansson.h>

/* A short fact for people: a byte that is not text becomes U+FFFD. NULL for an empty span. */
json_t *value_fact(struct span s);

/* The same of a string. */
json_t *value_words(const char *text);

/* "0x1f" */
json_t *value_hex(uint64_t v);

/* Linux's version code as "6.1.192"; null for 0. */
json_t *value_version(uint32_t code);

/* Gives @object the member @key; a @value that is NULL is left out. */
void value_set(json_t *object, const char *key, json_t *value);

/* The whole text: as it is if that is a JSON string, else in Base64. */
void value_set_text(json_t *record, struct span text);

#endif
