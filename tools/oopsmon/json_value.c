/* SPDX-License-Identifier: BSD-2-Clause */
#include "json_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the UTF-8 character at the beginning of @s, 0 if there is none (RFC 3629). */
static size_t utf8_length(struct span s)
{
	static const struct {
		uint8_t lead_mask, lead;
		size_t n;
		uint32_t least;
	} forms[] = {
		{ 0x80, 0x00, 1, 0 },
		{ 0xe0, 0xc0, 2, 0x80 },
		{ 0xf0, 0xe0, 3, 0x800 },
		{ 0xf8, 0xf0, 4, 0x10000 },
	};

	for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
		const size_t n = forms[f].n;

		if (s.len < n || (s.p[0] & forms[f].lead_mask) != forms[f].lead)
			continue;

		uint32_t c = s.p[0] & (uint8_t)~forms[f].lead_mask;

		for (size_t i = 1; i < n; i++) {
			if ((s.p[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (s.p[i] & 0x3f);
		}
		return c < forms[f].least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : n;
	}
	return 0;
}

static bool is_utf8(struct span s)
{
	while (s.len > 0) {
		const size_t n = utf8_length(s);

		if (n == 0)
			return false;
		s = span_sub(s, n, s.len);
	}
	return true;
}

json_t *value_fact(struct span s)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *text = s.len ? malloc(s.len * (sizeof(replacement) - 1)) : NULL;
	size_t n = 0;

	if (!text)
		return NULL;
	while (s.len > 0) {
		const size_t take = utf8_length(s);

		if (take > 0)
			memcpy(text + n, s.p, take);
		else
			memcpy(text + n, replacement, sizeof(replacement) - 1);
		n += take > 0 ? take : sizeof(replacement) - 1;
		s = span_sub(s, take > 0 ? take : 1, s.len);
	}

	json_t *value = json_stringn(text, n);

	free(text);
	return value;
}

json_t *value_words(const char *text)
{
	return value_fact((struct span){ (const uint8_t *)text, strlen(text) });
}

json_t *value_hex(uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, v);
	return json_string(text);
}

json_t *value_version(uint32_t code)
{
	char text[24];

	if (!code)
		return json_null();
	snprintf(text, sizeof(text), "%" PRIu32 ".%" PRIu32 ".%" PRIu32, code >> 16,
		 code >> 8 & 255, code & 255);
	return json_string(text);
}

void value_set(json_t *object, const char *key, json_t *value)
{
	if (value)
		json_object_set_new(object, key, value);
}

static json_t *base64(struct span s)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const size_t len = (s.len + 2) / 3 * 4;
	char *text = malloc(len + 1);
	char *at = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < s.len; i += 3) {
		const struct span three = span_sub(s, i, 3);
		uint32_t bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 | (k < three.len ? three.p[k] : 0);
		for (size_t k = 0; k < 4; k++)
			*at++ = k <= three.len ? digits[bits >> (18 - 6 * k) & 63] : '=';
	}

	json_t *value = json_stringn(text, len);

	free(text);
	return value;
}

void value_set_text(json_t *record, struct span text)
{
	if (is_utf8(text))
		value_set(record, "text", json_stringn((const char *)text.p, text.len));
	else
		value_set(record, "text_base64", base64(text));
}
