/* SPDX-License-Identifier: BSD-2-Clause */
#include "screen.h"

#include "core/report/armor.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	PATIENCE_MS = 1000,    /* for a reader of standard output that is slow */
	REPORT_LINE_MIN = 20,  /* shorter pieces of a damaged line are shown */
	STRING_MAX = 4096,     /* characters of a string for the terminal; more is text again */
	REPORT_LINE_MAX = 128, /* a report's line and what noise adds to it */
};

void screen_begin(struct screen *s, bool on, bool many)
{
	*s = (struct screen){ .on = on, .many = many, .terminal = on && isatty(STDOUT_FILENO) };
}

/* ---- to standard output ------------------------------------------------------------------- */

/* Waits for room; a full pipe or a stopped terminal must not stop the listening. */
static bool is_ready(struct screen *s)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	if (poll(&p, 1, s->stuck ? 0 : PATIENCE_MS) <= 0) {
		s->stuck = true;
		return false;
	}
	s->stuck = false;
	return true;
}

void screen_flush(struct screen *s)
{
	size_t done = 0;

	while (done < s->n_out && !s->broken && is_ready(s)) {
		const ssize_t n = write(STDOUT_FILENO, s->out + done, s->n_out - done);

		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno != EINTR && errno != EAGAIN)
			s->broken = true;
	}
	s->n_out = 0;
}

static void put(struct screen *s, const char *text, size_t len)
{
	if (s->n_out + len > sizeof(s->out))
		screen_flush(s);
	if (len <= sizeof(s->out)) {
		memcpy(s->out + s->n_out, text, len);
		s->n_out += len;
	}
}

/* Words of our own with a name in them, which may be anything. */
static void put_plain(struct screen *s, const char *text)
{
	struct plain plain = { 0 };
	char out[PLAIN_MAX];

	for (; *text; text++)
		put(s, out, plain_byte(&plain, (uint8_t)*text, out));
	put(s, out, plain_end(&plain, out));
}

static void wipe_status(struct screen *s)
{
	if (!s->status[0])
		return;
	put(s, "\r\033[K", 4);
	s->status[0] = '\0';
}

void screen_status(struct screen *s, const char *text)
{
	if (!s->terminal || strcmp(text, s->status) == 0)
		return;
	if (s->mid_line)
		put(s, "\r\n", 2);
	s->mid_line = false;
	wipe_status(s);
	snprintf(s->status, sizeof(s->status), "%s", text);
	put_plain(s, s->status);
	screen_flush(s);
}

void screen_say(struct screen *s, const char *format, ...)
{
	va_list args;

	wipe_status(s);
	if (s->terminal && s->mid_line) {
		put(s, "\r\n", 2);
		s->mid_line = false;
	}
	screen_flush(s);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
}

/* ---- escape sequences --------------------------------------------------------------------- */

/*
 * True for a sequence that draws in the window. Those that ask the terminal for an answer, which
 * it would type, or that set it up are none.
 */
static bool is_drawing(const struct view *v)
{
	static const char *const modes[] = { "?1", "?7", "?25", "?1049", "?2004" };
	const char *parameters = v->sequence + 2;
	const size_t n = v->escape - 3;
	const char final = v->sequence[v->escape - 1];

	if (final != 'h' && final != 'l')
		return strchr("mKJABCDEFGHfdP@LMXSTr", final) &&
		       strspn(parameters, "0123456789;:") >= n;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strlen(modes[i]) == n && memcmp(modes[i], parameters, n) == 0)
			return true;
	return false;
}

/*
 * One board that has the terminal alone may draw on it; of several only colours pass, and into a
 * file or a pipe nothing.
 */
static bool may_pass(const struct screen *s, const struct view *v)
{
	const char *q = v->sequence;

	if (!s->terminal)
		return false;
	if (q[1] == '[')
		return is_drawing(v) && (!s->many || q[v->escape - 1] == 'm');
	if (s->many)
		return false;
	return v->escape == 2 ? strchr("78MDE=>", q[1]) != NULL
			      : q[1] == '(' && (q[2] == 'B' || q[2] == '0');
}

/*
 * True while @c belongs to a string for the terminal, such as one that sets its title. It is not
 * shown. It ends with its terminator, with the line, or after STRING_MAX characters.
 */
static bool take_string(struct view *v, char c)
{
	if (!v->swallowed)
		return false;
	if (c == '\033' || c == '\n' || c == '\r' || ++v->swallowed > STRING_MAX) {
		v->swallowed = 0;
		return false;
	}
	if (c == '\a' || c == 0x18 || c == 0x1a)
		v->swallowed = 0;
	return true;
}

/* True while @c belongs to a sequence; one of more than 16 characters is dropped there. */
static bool take_sequence(struct screen *s, struct view *v, char c)
{
	if (take_string(v, c))
		return true;
	if (!v->escape && c != '\033')
		return false;
	if (v->escape && ((c >= 0 && c < ' ') || c == 0x7f)) { /* no sequence has controls */
		v->escape = 0;
		if (c != '\033')
			return false;
	}
	v->sequence[v->escape++] = c;
	if (v->escape == 1 || (v->escape == 2 && c == '['))
		return true;
	if (v->escape == 2 && strchr("]PX^_k", c)) {
		v->swallowed = 1;
		v->escape = 0;
		return true;
	}

	const bool is_final = (unsigned char)c >= (v->sequence[1] == '[' ? 0x40 : 0x30);

	if (!is_final && v->escape < sizeof(v->sequence))
		return true;
	if (is_final && may_pass(s, v))
		put(s, v->sequence, v->escape);
	v->escape = 0;
	return true;
}

/* To a terminal: no control but those that a line needs. */
static void show_plain(struct screen *s, struct view *v, char c)
{
	char out[PLAIN_MAX];

	if (!s->many && (c == '\r' || c == '\b')) {
		put(s, out, plain_end(&v->plain, out));
		put(s, &c, 1);
	} else if (c != '\0' && c != '\a' && !(s->many && c >= 0 && c < ' ' && c != '\t')) {
		put(s, out, plain_byte(&v->plain, (uint8_t)c, out));
	}
}

static void show(struct screen *s, struct view *v, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const char c = text[i];

		if (take_sequence(s, v, c))
			continue;
		if (s->terminal)
			show_plain(s, v, c);
		else if (c != '\r' && c != '\0' && !(s->many && c != '\t' && c >= 0 && c < ' '))
			put(s, &c, 1);
	}
	if (len > 0)
		s->mid_line = text[len - 1] != '\n';
}

/* ---- lines -------------------------------------------------------------------------------- */

static bool is_body(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!armor_is_char((uint8_t)text[i]) && text[i] != '{' && text[i] != '}')
			return false;
	return true;
}

/* A report's line, sound or, while a report is open, damaged by the line's noise. */
static bool is_of_report(const char *line, size_t len, bool in_report)
{
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len < REPORT_LINE_MIN || line[0] != '{' || !is_body(line, len))
		return false;
	return in_report || (len == ARMOR_LINE_CHARS && line[len - 1] == '}');
}

static void show_held(struct screen *s, struct view *v, bool whole)
{
	if (v->n_line == 0 && !(whole && s->many))
		return;
	wipe_status(s);
	if (s->many) {
		put_plain(s, v->label);
		put(s, ": ", 2);
	}
	show(s, v, v->line, v->n_line);
	if (s->many) {
		/* colours end with the line: the next one may be of another board */
		if (s->terminal && memchr(v->line, '\033', v->n_line))
			put(s, "\033[m", 3);
		put(s, "\n", 1);
		s->mid_line = false;
		v->escape = v->swallowed = v->plain.n = 0;
	}
	v->n_line = 0;
}

/* Several boards: lines are gathered until they are whole. */
static void feed_gathered(struct screen *s, struct view *v, char c, bool in_report)
{
	if (c == '\n') {
		if (is_of_report(v->line, v->n_line, in_report))
			v->n_line = 0;
		else
			show_held(s, v, true);
		return;
	}
	v->line[v->n_line++] = c;
	if (v->n_line == sizeof(v->line))
		show_held(s, v, true);
}

/* One board: everything at once, but for what may become a report's line. */
static void feed_direct(struct screen *s, struct view *v, char c, bool in_report)
{
	if (v->n_line == 0 && (v->mid_line || c != '{')) {
		wipe_status(s);
		show(s, v, &c, 1);
	} else if (c == '\n' && is_of_report(v->line, v->n_line, in_report)) {
		v->n_line = 0;
	} else {
		v->line[v->n_line++] = c;
		if (c == '\n' || v->n_line == REPORT_LINE_MAX)
			show_held(s, v, false);
	}
	v->mid_line = v->n_line == 0 && c != '\n' && c != '\r';
}

void screen_feed(struct screen *s, struct view *v, const uint8_t *bytes, size_t len, bool in_report)
{
	if (!s->on)
		return;
	for (size_t i = 0; i < len; i++) {
		if (s->many)
			feed_gathered(s, v, (char)bytes[i], in_report);
		else
			feed_direct(s, v, (char)bytes[i], in_report);
	}
}

void screen_idle(struct screen *s, struct view *v)
{
	if (v->n_line == 0)
		return;
	v->mid_line = true;
	show_held(s, v, false);
}
