/* SPDX-License-Identifier: BSD-2-Clause */
#include "plain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* The locale's, by the variables that say so: the program sets none. */
static bool knows_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	static int known = -1;
	const char *value = NULL;

	for (size_t i = 0; known < 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		value = value && *value ? value : getenv(names[i]);
	}
	if (known < 0) {
		const size_t n = value ? strlen(value) : 0;

		known = (n >= 5 && strcasecmp(value + n - 5, "UTF-8") == 0) ||
			(n >= 4 && strcasecmp(value + n - 4, "UTF8") == 0);
	}
	return known != 0;
}

static size_t put_escaped(uint8_t c, char *out)
{
	static const char hex[] = "0123456789abcdef";

	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[c >> 4];
	out[3] = hex[c & 15];
	return 4;
}

/* The code point of the letter that is held, whole; 0: none that may be shown. */
static uint32_t letter(const struct plain *p)
{
	static const uint32_t least[] = { 0, 0, 0xa0, 0x800, 0x10000 };
	uint32_t v = p->held[0] & (0xffu >> (p->want + 1));

	for (uint32_t i = 1; i < p->n; i++)
		v = v << 6 | (p->held[i] & 0x3fu);
	if (v < least[p->want] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0;
	if ((v >= 0x200e && v <= 0x200f) || (v >= 0x2028 && v <= 0x202e) ||
	    (v >= 0x2066 && v <= 0x2069))
		return 0;
	return v;
}

size_t plain_end(struct plain *p, char out[PLAIN_MAX])
{
	size_t len = 0;

	for (uint32_t i = 0; i < p->n; i++)
		len += put_escaped(p->held[i], out + len);
	p->n = 0;
	return len;
}

/* The bytes of a letter that begins with @c; 0: none does. */
static uint32_t letter_bytes(uint8_t c)
{
	return c >= 0xc2 && c < 0xe0   ? 2
	       : c >= 0xe0 && c < 0xf0 ? 3
	       : c >= 0xf0 && c < 0xf5 ? 4
				       : 0;
}

size_t plain_byte(struct plain *p, uint8_t c, char out[PLAIN_MAX])
{
	size_t len = 0;

	if (p->n > 0 && (c & 0xc0) == 0x80) {
		p->held[p->n++] = c;
		if (p->n < p->want)
			return 0;
		if (!letter(p))
			return plain_end(p, out);
		len = p->n;
		memcpy(out, p->held, len);
		p->n = 0;
		return len;
	}
	len = plain_end(p, out);
	if ((c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t') {
		out[len++] = (char)c;
	} else if (letter_bytes(c) && knows_utf8()) {
		p->want = letter_bytes(c);
		p->held[p->n++] = c;
	} else {
		len += put_escaped(c, out + len);
	}
	return len;
}

/* ---- streams ------------------------------------------------------------------------------ */

struct plain_stream {
	int fd;
	struct plain plain;
};

static bool write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		const ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static ssize_t write_plain(void *cookie, const char *bytes, size_t n)
{
	struct plain_stream *s = cookie;
	char out[1024];
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (len + PLAIN_MAX > sizeof(out)) {
			if (!write_all(s->fd, out, len))
				return 0; /* as fopencookie(3) has an error */
			len = 0;
		}
		len += plain_byte(&s->plain, (uint8_t)bytes[i], out + len);
	}
	return write_all(s->fd, out, len) ? (ssize_t)n : 0;
}

/* Without memory for it the stream stays as it is. */
static FILE *plain_stream(struct plain_stream *s, FILE *instead)
{
	FILE *f = fopencookie(s, "w", (cookie_io_functions_t){ .write = write_plain });

	if (!f)
		return instead;
	setvbuf(f, NULL, _IOLBF, BUFSIZ);
	return f;
}

void plain_streams(void)
{
	static struct plain_stream err = { .fd = STDERR_FILENO }, out = { .fd = STDOUT_FILENO };

	stderr = plain_stream(&err, stderr);
	if (isatty(STDOUT_FILENO))
		stdout = plain_stream(&out, stdout);
}
