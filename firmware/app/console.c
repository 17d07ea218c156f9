/* SPDX-License-Identifier: BSD-2-Clause */
#include "console.h"

#include "core/base/digits.h"
#include "core/base/escape.h"
#include "core/base/fold.h"
#include "drivers/clock.h"
#include "drivers/soc.h"

#include <stdarg.h>
#include <string.h>

enum {
	BAUD_USUAL = 115200,
	KEPT_BYTES = 2048, /* a power of two */
};

static struct device uart; /* the one console */
static bool mid_line;
static uint32_t n_sent; /* characters, line breaks as two; wraps */

/* The line that con_fold() began: what is not sent yet, as it may have to be broken. */
static struct {
	const char *more; /* NULL: no such line */
	char row[FOLD_COLUMNS];
	size_t len;
} folded;

/* What was printed before there was a console, the last of it: a ring. */
static struct {
	char text[KEPT_BYTES];
	uint32_t n; /* characters that went in */
} kept;

static void send_char(char c)
{
	if (!uart.driver) {
		kept.text[kept.n++ % KEPT_BYTES] = c;
		return;
	}
	n_sent += c == '\n' ? 2 : 1;
	watchdogs_feed();
	if (c == '\n')
		uart.driver->ops.uart->put(&uart, '\r');
	uart.driver->ops.uart->put(&uart, (uint8_t)c);
}

/* The first @len characters of the row, and a line break; blanks at its end are of no use. */
static void send_row(size_t len)
{
	while (len > 0 && folded.row[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < len; i++)
		send_char(folded.row[i]);
	send_char('\n');
}

/* The row is full: send it but for what goes into the next one. */
static void break_row(void)
{
	const size_t indent = strlen(folded.more);
	const size_t n = fold_row(folded.row, folded.len, indent);
	const size_t left = folded.len - n;

	send_row(n);
	memmove(folded.row + indent, folded.row + n, left);
	memcpy(folded.row, folded.more, indent);
	folded.len = indent + left;
}

static void put_folded(char c)
{
	if (c == '\n') {
		send_row(folded.len);
		folded.more = NULL;
		return;
	}
	if (folded.len == FOLD_COLUMNS)
		break_row();
	folded.row[folded.len++] = c == '\t' ? ' ' : c;
}

static void put(char c)
{
	if (folded.more)
		put_folded(c);
	else
		send_char(c);
	mid_line = c != '\n';
}

void con_fold(const char *more)
{
	con_fresh_line();
	folded.more = more;
	folded.len = 0;
}

/* What takes long here is the UART alone: that is a measure of time. */
static void put_all(const char *p, size_t len)
{
	const uint32_t begin = clock_sending(), before = n_sent;

	for (size_t i = 0; i < len; i++)
		put(p[i]);
	if (begin)
		clock_sent(begin, n_sent - before, con_rate());
}

/* @width characters at least, filled with @fill */
static void put_number(uint64_t value, uint32_t base, uint32_t width, char fill)
{
	char digits[DIGITS_MAX];
	const uint32_t n = digits_put(digits, value, base, 1, fill);

	for (uint32_t i = n; i < width; i++)
		put(fill);
	put_all(digits, n);
}

static void put_padded(const char *s, size_t len, uint32_t width)
{
	put_all(s, len);
	for (size_t i = len; i < width; i++)
		put(' ');
}

/* What follows a '%': "-16" pads right, "08" fills with zeroes, "ll" is 64 bits, "l" a register. */
struct spec {
	char fill;
	uint32_t width;
	int precision; /* -1: none */
	bool is_long_long;
};

static const char *parse_spec(const char *f, struct spec *s, va_list *args)
{
	*s = (struct spec){ .fill = ' ', .precision = -1 };
	if (*f == '-')
		f++; /* strings are always padded on the right */
	if (*f == '0')
		s->fill = '0';
	while (*f >= '0' && *f <= '9')
		s->width = s->width * 10 + (uint32_t)(*f++ - '0');
	if (f[0] == '.' && f[1] == '*') {
		s->precision = va_arg(*args, int);
		f += 2;
	}
	if (f[0] == 'l') {
		s->is_long_long = f[1] == 'l' || sizeof(long) == sizeof(uint64_t);
		f += f[1] == 'l' ? 2 : 1;
	}
	return f;
}

static void put_signed(int64_t value, const struct spec *s)
{
	if (value < 0)
		put('-');
	put_number(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, s->width, s->fill);
}

void con_vprintf(const char *format, va_list list)
{
	struct {
		va_list list;
	} args; /* a struct, so that the list's address may be passed on */

	va_copy(args.list, list);
	for (const char *f = format; *f; f++) {
		struct spec s;
		const char *text;

		if (*f != '%') {
			put(*f);
			continue;
		}
		f = parse_spec(f + 1, &s, &args.list);
		switch (*f) {
		case 's':
			text = va_arg(args.list, const char *);
			put_padded(text,
				   s.precision < 0 ? strlen(text)
						   : strnlen(text, (size_t)s.precision),
				   s.width);
			break;
		case 'c':
			put((char)va_arg(args.list, int));
			break;
		case 'd':
			put_signed(s.is_long_long ? va_arg(args.list, int64_t)
						  : va_arg(args.list, int32_t),
				   &s);
			break;
		case 'u':
		case 'x':
			put_number(s.is_long_long ? va_arg(args.list, uint64_t)
						  : va_arg(args.list, uint32_t),
				   *f == 'x' ? 16 : 10, s.width, s.fill);
			break;
		case '%':
			put('%');
			break;
		default: /* not one of ours: show it, and stop before reading wrong arguments */
			put('%');
			va_end(args.list);
			return;
		}
	}
	va_end(args.list);
}

void con_printf(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	con_vprintf(format, list);
	va_end(list);
}

static void send_kept(void)
{
	const uint32_t n = kept.n;
	uint32_t at = n > KEPT_BYTES ? n - KEPT_BYTES : 0;

	if (at > 0) {
		/* no half line */
		while (at < n && kept.text[at++ % KEPT_BYTES] != '\n')
			;
		con_printf("oopsmon: %u characters from before there was a console are lost\n", at);
	}
	for (; at < n; at++)
		put(kept.text[at % KEPT_BYTES]);
	kept.n = 0;
}

void console_use(const struct device *dev)
{
	if (!dev->driver || dev->driver->class != DRIVER_UART)
		return;
	uart = *dev;
	uart.driver->ops.uart->init(&uart);
	send_kept();
}

void con_fresh_line(void)
{
	if (mid_line)
		put('\n');
}

void con_text(struct span text)
{
	char piece[64];

	while (text.len > 0) {
		size_t used = 0;
		size_t n = escape_text(text, &used, piece, sizeof(piece));

		put_all(piece, n);
		text = span_sub(text, used, text.len - used);
	}
}

void con_record_feed(struct con_record *c, struct span text)
{
	while (text.len > 0) {
		const uint8_t *newline = memchr(text.p, '\n', text.len);
		size_t n = newline ? (size_t)(newline - text.p) + 1 : text.len;

		if (c->at_start)
			put_all("| ", 2);
		con_text(span_sub(text, 0, n));
		c->at_start = newline != NULL;
		text = span_sub(text, n, text.len - n);
	}
}

void con_record_end(struct con_record *c)
{
	if (!c->at_start)
		put_all("\\\n", 2);
}

void con_record(struct span text)
{
	struct con_record c = { .at_start = true };

	con_record_feed(&c, text);
	con_record_end(&c);
}

void con_send(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len && uart.driver; i++) {
		watchdogs_feed();
		uart.driver->ops.uart->put(&uart, bytes[i]);
	}
	mid_line |= len > 0;
}

int con_get(void)
{
	return uart.driver ? uart.driver->ops.uart->get(&uart) : -1;
}

uint32_t con_rate(void)
{
	const uint32_t rate = uart.driver ? uart.driver->ops.uart->rate(&uart) : 0;
	const uint32_t off = rate > uart.baud ? rate - uart.baud : uart.baud - rate;

	/* a divisor of whole steps misses its rate by a little */
	if (rate && off > uart.baud / 32)
		return rate;
	return uart.baud ? uart.baud : BAUD_USUAL;
}

uint32_t con_sent(void)
{
	return n_sent;
}

void con_drain(void)
{
	if (uart.driver)
		uart.driver->ops.uart->drain(&uart);
}
