/* SPDX-License-Identifier: BSD-2-Clause */
/* The console: bytes, formatted lines, record text. Nothing else prints. */
#ifndef OM_APP_CONSOLE_H
#define OM_APP_CONSOLE_H

#include "core/base/span.h"
#include "drivers/drivers.h"

#include <stdarg.h>

/**
 * console_use - send to this UART from now on
 * @uart: bound device, copied; its init is called. One without a driver changes nothing.
 *
 * What was printed before there was a console comes first: the last 2 KiB, and if that is not
 * all, how much is lost.
 */
void console_use(const struct device *uart);

/**
 * con_printf - a small printf: %s %.*s %c %u %d %x with width, 0 and ll; %%
 *
 * Newlines become CR LF. For our own text only: record text goes through
 * con_text(), which escapes.
 */
void con_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void con_vprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* Go to the next line unless a line has just begun. */
void con_fresh_line(void);

/**
 * con_fold - the line that begins now is broken into rows of FOLD_COLUMNS
 * @more: what further rows begin with, at most half a row; must live until the line ends
 *
 * The newline ends it, also one inside of con_text(). A tab becomes a blank. Rows are sent as
 * they are complete, so the UART is a row late.
 */
void con_fold(const char *more);

/**
 * con_text - one line or span of record text, escaped (core/base/escape.h)
 * @text: newlines inside are written as CR LF
 */
void con_text(struct span text);

/**
 * con_record - record text, every line after "| "
 * @text: any bytes; a last line without newline gets a single backslash at its end
 */
void con_record(struct span text);

/* Like con_record(), in pieces: begin a record's text, feed it, end it. */
struct con_record {
	bool at_start; /* of a line */
};
void con_record_feed(struct con_record *c, struct span text);
void con_record_end(struct con_record *c);

/* Bytes of a file transfer, as they are. */
void con_send(const uint8_t *bytes, size_t len);

/* A received byte, -1: none. */
int con_get(void);

/* Bits per second on the wire: what the UART is set to, else what the tree says. */
uint32_t con_rate(void);

/* Characters of text sent so far; the difference of two calls is right though it wraps. */
uint32_t con_sent(void);

/* Wait until all has left the wire. */
void con_drain(void);

#endif
