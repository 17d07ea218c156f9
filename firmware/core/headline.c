/* SPDX-License-Identifier: BSD-2-Clause */
#include "headline.h"

#include <stdbool.h>
#include <string.h>

enum {
	FRESH_LINES = 40,	 /* a panic so soon after a crash is its consequence */
	ENDING_BYTES = 16 << 10, /* of a log are read to see how it ends */
	LAST_LINES = 8,		 /* that may follow the last word of a shutdown */
	LEVEL_DIGITS = 4
};

/* ---- lines and their beginnings ---------------------------------------------------- */

static struct span skip(struct span s, size_t n)
{
	return span_sub(s, n, s.len);
}

/* The next line without its newline; @text moves behind it. */
static struct span take_line(struct span *text)
{
	const uint8_t *end = memchr(text->p, '\n', text->len);
	const size_t n = end ? (size_t)(end - text->p) : text->len;
	struct span line = { text->p, n };

	*text = skip(*text, n + 1);
	return line;
}

static bool begins(struct span s, const char *with)
{
	if (s.len == 0 || s.p[0] != (uint8_t)with[0]) /* nearly always */
		return false;

	const size_t n = strlen(with);

	return s.len >= n && memcmp(s.p, with, n) == 0;
}

/* Offset of @word in @s, s.len if it is not there. */
static size_t find(struct span s, const char *word)
{
	const size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.len; i++) {
		const uint8_t *p = memchr(s.p + i, word[0], s.len - n + 1 - i);

		if (!p)
			break;
		i = (size_t)(p - s.p);
		if (memcmp(p, word, n) == 0)
			return i;
	}
	return s.len;
}

static bool contains(struct span s, const char *word)
{
	return find(s, word) < s.len;
}

/* "[    1.234567] " and "[    T12] ": cut off if what stands in it could be one. */
static struct span cut_bracket(struct span line, const char *alphabet)
{
	size_t n = 1;

	if (line.len < 3 || line.p[0] != '[')
		return line;
	while (n < line.len && line.p[n] != ']' && line.p[n] && strchr(alphabet, line.p[n]))
		n++;
	if (n < 2 || n >= line.len || line.p[n] != ']')
		return line;
	line = skip(line, n + 1);
	return line.len > 0 && line.p[0] == ' ' ? skip(line, 1) : line;
}

/* Cut off "<N>", the time and the caller; blanks behind them belong to the line. */
static struct span cut_prefix(struct span line)
{
	if (line.len > 0 && line.p[0] == '<') {
		size_t n = 1;

		while (n < line.len && n <= LEVEL_DIGITS && line.p[n] >= '0' && line.p[n] <= '9')
			n++;
		if (n > 1 && n < line.len && line.p[n] == '>')
			line = skip(line, n + 1);
	}
	line = cut_bracket(line, " .0123456789");
	return cut_bracket(line, " TC0123456789");
}

static struct span cut_end(struct span line)
{
	while (line.len > 0 && (line.p[line.len - 1] == ' ' || line.p[line.len - 1] == '\r'))
		line.len--;
	return line;
}

/* ---- what a line means --------------------------------------------------------------- */

static const char PANIC[] = "Kernel panic - not syncing";

static const char *const faults[] = {
	"Unable to handle kernel",
	"BUG: ",
	"watchdog: BUG: ",
	"kernel BUG at ",
	"Unhandled fault",
	"Unhandled prefetch abort",
	"Unexpected kernel ",
	"Alignment trap",
	"INFO: task ",
	"INFO: rcu",
	"rcu: INFO: rcu",
};

/* Panics that only follow from an oops or a hang before them. */
static const char *const follow_ups[] = {
	"hung_task", "softlockup",	  "hard LOCKUP", "Hard LOCKUP",
	"panic_on_", "Attempted to kill", "Aiee",	 "RCU Stall",
};

static bool begins_any(struct span s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (begins(s, words[i]))
			return true;
	return false;
}

/* A crash being read: lines after it closed belong to something else. */
struct reading {
	struct headline h;
	bool open;
	bool in_trace;	/* arm64: "Call trace:" was seen */
	uint32_t since; /* lines since anything of the crash */
};

static void start_crash(struct reading *r)
{
	r->h = (struct headline){ .kernel = r->h.kernel };
	r->open = true;
	r->in_trace = false;
}

static bool any_crash(const struct headline *h)
{
	return h->cause.len > 0 || h->fault.len > 0;
}

static bool take_panic(struct reading *r, struct span line)
{
	if (!begins(line, PANIC))
		return false;

	const struct span why = skip(line, sizeof(PANIC) - 1 + 2); /* ": " */
	const bool follows =
		contains(why, "Fatal exception") || /* behind the oops' own words on arm64 */
		begins_any(why, follow_ups, sizeof(follow_ups) / sizeof(follow_ups[0]));

	if (!follows || !any_crash(&r->h) || r->since > FRESH_LINES)
		start_crash(r);
	if (r->h.fault.len == 0)
		r->h.fault = r->h.cause;
	r->h.cause = line;
	r->open = true;
	return true;
}

static bool take_fault(struct reading *r, struct span line)
{
	const bool oops = begins(line, "Internal error: ");

	if (!oops && !begins_any(line, faults, sizeof(faults) / sizeof(faults[0])))
		return false;
	/* "Internal error" is the second line of the fault before it */
	if (!r->open || r->h.cause.len > 0 || r->h.n_trace > 0 || !any_crash(&r->h))
		start_crash(r);
	if (oops)
		r->h.cause = line;
	else if (r->h.fault.len == 0)
		r->h.fault = line;
	return true;
}

/*
 * arm: " panic from sysrq_handle_crash+0x0/0x64"; before 6.0 "[<...>] (panic) from ...";
 * arm64, behind "Call trace:": " panic+0x184/0x364".
 */
static bool is_frame(const struct reading *r, struct span line)
{
	if (line.len < 4)
		return false;
	if (line.p[0] == ' ' || line.p[0] == '[')
		if (contains(line, " from ") && contains(line, "+0x"))
			return true;
	return r->in_trace && line.p[0] == ' ' && contains(line, "+0x") && contains(line, "/0x");
}

/* Frames of the machinery that prints the trace say nothing. */
static bool is_boring(struct span frame)
{
	static const char *const names[] = { "dump_backtrace", "show_stack", "dump_stack",
					     "unwind_backtrace" };
	size_t open = find(frame, "] (");

	if (open < frame.len)
		frame = skip(frame, open + 3);
	return begins_any(frame, names, sizeof(names) / sizeof(names[0]));
}

static bool take_frame(struct reading *r, struct span line)
{
	if (!is_frame(r, line))
		return false;
	while (line.len > 0 && line.p[0] == ' ')
		line = skip(line, 1);
	if (r->h.n_trace < HEADLINE_TRACE_MAX && !is_boring(line))
		r->h.trace[r->h.n_trace++] = line;
	return true;
}

static void keep_first(struct span *field, struct span line)
{
	if (field->len == 0)
		*field = line;
}

/* The lines of an open crash; false if @line is none of them. */
static bool take_detail(struct reading *r, struct span line)
{
	if (begins(line, "CPU: ") && contains(line, "Comm: "))
		keep_first(&r->h.cpu, line);
	else if (begins(line, "PC is at ") || begins(line, "pc : "))
		keep_first(&r->h.pc, line);
	else if (begins(line, "LR is at ") || begins(line, "lr : "))
		keep_first(&r->h.lr, line);
	else if (begins(line, "Call trace:"))
		r->in_trace = true;
	else if (begins(line, "---[ end ") || begins(line, "WARNING: "))
		r->open = false;
	else
		return take_frame(r, line);
	return true;
}

void headline_find(struct span text, struct headline *out)
{
	struct reading r = { 0 };

	while (text.len > 0) {
		struct span line = cut_end(cut_prefix(take_line(&text)));

		if (r.since < UINT32_MAX)
			r.since++;
		if (line.len < 4)
			continue;
		if (begins(line, "Linux version "))
			r.h.kernel = line;
		else if (take_panic(&r, line) || take_fault(&r, line) ||
			 (r.open && take_detail(&r, line)))
			r.since = 0;
	}
	if (r.h.cause.len == 0) { /* a hang or BUG that nothing followed */
		r.h.cause = r.h.fault;
		r.h.fault = (struct span){ 0 };
	}
	*out = r.h;
}

/* ---- how a log ends --------------------------------------------------------------------- */

static const struct {
	const char *line;
	enum ending ending;
} endings[] = {
	{ PANIC, ENDING_PANIC },
	{ "reboot: Restarting system", ENDING_RESTART },
	{ "reboot: Power down", ENDING_POWEROFF },
	{ "reboot: System halted", ENDING_POWEROFF },
	{ "sysrq: Resetting", ENDING_EMERGENCY },
	{ "sysrq: SysRq : Resetting", ENDING_EMERGENCY }, /* up to 4.19 */
	{ "Linux version ", ENDING_ABRUPT }, /* a later boot: what was before is over */
};

enum ending headline_ending(struct span text)
{
	enum ending ending = ENDING_ABRUPT;
	uint32_t since = 0;

	if (text.len == 0)
		return ENDING_EMPTY;
	if (text.len > ENDING_BYTES)
		text = skip(text, text.len - ENDING_BYTES);
	while (text.len > 0) {
		struct span line = cut_prefix(take_line(&text));

		since++;
		for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
			if (!begins(line, endings[i].line))
				continue;
			ending = endings[i].ending;
			since = 0;
		}
	}
	/* life went on behind it; only a panic may print a long trace */
	return ending == ENDING_PANIC || since <= LAST_LINES ? ending : ENDING_ABRUPT;
}
