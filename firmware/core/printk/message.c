/* SPDX-License-Identifier: BSD-2-Clause */
#include "message.h"

#include "core/base/digits.h"

enum { NSEC_PER_USEC = 1000, USEC_PER_SEC = 1000000 };

uint32_t message_prefix(const struct message *m, char out[MESSAGE_PREFIX_BYTES])
{
	const uint64_t usec = m->ts_nsec / NSEC_PER_USEC;
	uint32_t n = 0;

	if (m->raw)
		return 0;
	out[n++] = '<';
	n += digits_put(out + n, (uint32_t)m->facility << 3 | m->level, 10, 1, '0');
	out[n++] = '>';
	out[n++] = '[';
	n += digits_put(out + n, usec / USEC_PER_SEC, 10, 5, ' ');
	out[n++] = '.';
	n += digits_put(out + n, usec % USEC_PER_SEC, 10, 6, '0');
	out[n++] = ']';
	out[n++] = ' ';
	return n;
}

/* The bytes of the UTF-8 character that begins @s; 0: none does. */
static size_t utf8_bytes(struct span s)
{
	const uint8_t c = s.p[0];
	const size_t n = c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

	if (n == 0 || n > s.len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool message_text_bad(struct span text)
{
	for (size_t i = 0; i < text.len;) {
		const uint8_t c = text.p[i];
		size_t n = 1;

		if (c >= 0x80)
			n = utf8_bytes(span_sub(text, i, text.len));
		else if (c == 0x7f || (c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != 0x1b))
			n = 0;
		if (n == 0)
			return true;
		i += n;
	}
	return false;
}
