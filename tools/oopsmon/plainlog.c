/* SPDX-License-Identifier: BSD-2-Clause */
#include "plainlog.h"

#include "core/log/headline.h"

#include <stdlib.h>
#include <string.h>

enum { LOG_BYTES_MAX = 32 << 20 };

static bool grow(struct plainlog *p, size_t len)
{
	size_t cap = p->cap ? p->cap : 64 << 10;
	uint8_t *more;

	while (cap < len)
		cap *= 2;
	if (cap == p->cap)
		return true;
	more = realloc(p->bytes, cap);
	if (!more)
		return false;
	p->bytes = more;
	p->cap = cap;
	return true;
}

void plainlog_feed(struct plainlog *p, const uint8_t *bytes, size_t len)
{
	if (p->over || len == 0)
		return;
	if (memchr(bytes, '\0', len) || len > LOG_BYTES_MAX - p->len || !grow(p, p->len + len)) {
		plainlog_free(p);
		p->over = true;
		return;
	}
	memcpy(p->bytes + p->len, bytes, len);
	p->len += len;
}

struct span plainlog_text(const struct plainlog *p)
{
	const struct span text = { p->bytes, p->len };
	struct headline h;

	headline_find(text, &h);
	return h.kind ? text : (struct span){ 0 };
}

void plainlog_free(struct plainlog *p)
{
	free(p->bytes);
	*p = (struct plainlog){ 0 };
}
