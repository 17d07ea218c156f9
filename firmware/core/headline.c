/* SPDX-License-Identifier: BSD-2-Clause */
#include "headline.h"

#include <stdbool.h>
#include <string.h>

enum {
	FRESH_LINES = 40,	 /* a panic so soon after a crash is its consequence */
	ENDING_BYTES = 16 << 10, /* of a log are read to see how it ends */
	LAST_LINES = 8,		 /* that may follow the last word of a shutdown */
	LEVEL_DIGITS = 4,
	BRACKET_MAX = 24, /* "[4294967295.123456]" */
	TIME = 15,	  /* "[    1.234567] " */
	TIME_DOT = 6,
	SHORTEST = 4 /* line that means anything */
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
	const size_t used = n + (end != NULL);
	const struct span line = { text->p, n };

	*text = (struct span){ text->p + used, text->len - used };
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

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* "[    T12] ", "[C12]" or a time of any length: cut off if it looks like one. */
static struct span cut_bracket(struct span line)
{
	if (line.len < 3 ||
	    !(is_digit(line.p[1]) || line.p[1] == ' ' || line.p[1] == 'T' || line.p[1] == 'C'))
		return line;

	const uint8_t *const end =
		memchr(line.p, ']', line.len < BRACKET_MAX ? line.len : BRACKET_MAX);

	if (!end || !is_digit(end[-1]))
		return line;
	line = skip(line, (size_t)(end - line.p) + 1);
	return line.len > 0 && line.p[0] == ' ' ? skip(line, 1) : line;
}

/* Cut off "<N>", the time and the caller; blanks behind them belong to the line. */
static struct span cut_prefix(struct span line)
{
	if (line.len > 0 && line.p[0] == '<') {
		size_t n = 1;

		while (n < line.len && n <= LEVEL_DIGITS && is_digit(line.p[n]))
			n++;
		if (n > 1 && n < line.len && line.p[n] == '>')
			line = skip(line, n + 1);
	}
	if (line.len == 0 || line.p[0] != '[')
		return line;
	if (line.len > TIME && line.p[1] <= '9' && line.p[TIME_DOT] == '.' &&
	    line.p[TIME - 2] == ']' && line.p[TIME - 1] == ' ') /* nearly always */
		line = (struct span){ line.p + TIME, line.len - TIME };
	else
		line = cut_bracket(line);
	return line.len > 0 && line.p[0] == '[' ? cut_bracket(line) : line;
}

static struct span cut_end(struct span line)
{
	while (line.len > 0 && (line.p[line.len - 1] == ' ' || line.p[line.len - 1] == '\r'))
		line.len--;
	return line;
}

static struct span cut_start(struct span line)
{
	while (line.len > 0 && line.p[0] == ' ')
		line = skip(line, 1);
	return line;
}

/* ---- what a line means --------------------------------------------------------------- */

static const char PANIC[] = "Kernel panic - not syncing";

enum line {
	LINE_OTHER,
	LINE_KERNEL,
	LINE_PANIC,
	LINE_OOPS,
	LINE_DIE, /* the same if a "[#1]" stands in it */
	LINE_FAULT,
	LINE_CPU, /* this and what follows counts in an open crash only */
	LINE_PC,
	LINE_LR,
	LINE_TRACE,
	LINE_MODULES,
	LINE_HARDWARE,
	LINE_CLOSE,
	LINE_FRAME
};

/* Those with the same first character stand together. */
static const struct {
	const char *word;
	enum line line;
} words[] = {
	{ " ra : ", LINE_LR },
	{ " ", LINE_FRAME },
	{ "---[ end ", LINE_CLOSE },
	{ "Alignment trap", LINE_FAULT },
	{ "BUG: ", LINE_FAULT },
	{ "CPU: ", LINE_CPU },
	{ "Call trace:", LINE_TRACE },
	{ "Call Trace:", LINE_TRACE },
	{ "EIP: ", LINE_PC },
	{ "Hardware name: ", LINE_HARDWARE },
	{ "Internal error: ", LINE_OOPS },
	{ "INFO: task ", LINE_FAULT },
	{ "INFO: rcu", LINE_FAULT },
	{ PANIC, LINE_PANIC },
	{ "Linux version ", LINE_KERNEL },
	{ "LR is at ", LINE_LR },
	{ "Modules linked in:", LINE_MODULES },
	{ "NMI watchdog: ", LINE_FAULT }, /* up to 4.x: both of these */
	{ "Oops", LINE_DIE },		  /* x86 "Oops: 0002 [#1]", RISC-V "Oops [#1]" */
	{ "PC is at ", LINE_PC },
	{ "RIP: ", LINE_PC },
	{ "Unable to handle kernel", LINE_FAULT },
	{ "Unhandled fault", LINE_FAULT },
	{ "Unhandled prefetch abort", LINE_FAULT },
	{ "Unexpected kernel ", LINE_FAULT },
	{ "WARNING: ", LINE_CLOSE },
	{ "[", LINE_FRAME },
	{ "divide error: ", LINE_DIE },
	{ "epc : ", LINE_PC },
	{ "general protection fault", LINE_DIE },
	{ "invalid opcode: ", LINE_DIE },
	{ "kernel BUG at ", LINE_FAULT },
	{ "lr : ", LINE_LR },
	{ "pc : ", LINE_PC },
	{ "rcu: INFO: rcu", LINE_FAULT },
	{ "stack segment: ", LINE_DIE },
	{ "watchdog: BUG: ", LINE_FAULT },
	{ "watchdog: Watchdog detected hard LOCKUP", LINE_FAULT },
};

enum { N_WORDS = sizeof(words) / sizeof(words[0]) };

/* For each first character the number of its first word, N_WORDS: there is none. */
struct initials {
	uint8_t word[UINT8_MAX + 1];
};

static void find_initials(struct initials *in)
{
	memset(in->word, N_WORDS, sizeof(in->word));
	for (uint32_t i = N_WORDS; i-- > 0;)
		in->word[(uint8_t)words[i].word[0]] = (uint8_t)i;
}

static enum line line_of(const struct initials *in, struct span line)
{
	if (line.len < SHORTEST)
		return LINE_OTHER;
	for (uint32_t i = in->word[line.p[0]]; i < N_WORDS; i++) {
		if ((uint8_t)words[i].word[0] != line.p[0])
			break;
		if (begins(line, words[i].word))
			return words[i].line;
	}
	return LINE_OTHER;
}

/* Panics that only follow from an oops or a hang before them. */
static const char *const follow_ups[] = {
	"hung_task", "softlockup",	  "hard LOCKUP", "Hard LOCKUP",
	"panic_on_", "Attempted to kill", "Aiee",	 "RCU Stall",
};

static bool begins_any(struct span s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (begins(s, list[i]))
			return true;
	return false;
}

/* A crash being read: lines after it closed belong to something else. */
struct reading {
	struct headline h;
	bool open;
	bool in_trace;	 /* "Call trace:" was seen */
	bool in_modules; /* the line before was the list of modules */
	uint32_t since;	 /* lines since anything of the crash */
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

static struct span why_panic(struct span line)
{
	return skip(line, sizeof(PANIC) - 1 + 2); /* ": " */
}

static void take_panic(struct reading *r, struct span line)
{
	const struct span why = why_panic(line);
	const bool follows =
		contains(why, "Fatal exception") || /* behind the oops' own words on arm64 */
		begins_any(why, follow_ups, sizeof(follow_ups) / sizeof(follow_ups[0]));

	if (!follows || !any_crash(&r->h) || r->since > FRESH_LINES)
		start_crash(r);
	if (r->h.fault.len == 0)
		r->h.fault = r->h.cause;
	r->h.cause = line;
	r->open = true;
}

/* An oops is the second line of the fault before it. */
static void take_fault(struct reading *r, struct span line, bool oops)
{
	if (!r->open || r->h.cause.len > 0 || r->h.n_trace > 0 || !any_crash(&r->h))
		start_crash(r);
	if (oops)
		r->h.cause = line;
	else if (r->h.fault.len == 0)
		r->h.fault = line;
}

/*
 * arm: " panic from sysrq_handle_crash+0x0/0x64"; before 6.0 "[<...>] (panic) from ...";
 * behind "Call trace:": " panic+0x184/0x364".
 */
static bool is_frame(const struct reading *r, struct span line)
{
	if (!contains(line, "+0x"))
		return false;
	return contains(line, " from ") ||
	       (r->in_trace && line.p[0] == ' ' && contains(line, "/0x"));
}

/* Frames of the machinery that prints the trace say nothing, guesses of x86 little. */
static bool is_boring(struct span frame)
{
	static const char *const names[] = { "dump_backtrace", "show_stack", "dump_stack",
					     "unwind_backtrace", "? " };
	size_t open = find(frame, "] (");

	if (open < frame.len)
		frame = skip(frame, open + 3);
	return begins_any(frame, names, sizeof(names) / sizeof(names[0]));
}

static void take_modules(struct reading *r, struct span line)
{
	if (r->h.n_modules < HEADLINE_MODULES_MAX)
		r->h.modules[r->h.n_modules++] = cut_start(line);
	r->in_modules = true;
}

/* A line that begins with a blank: a frame, or the list of modules goes on. */
static bool take_frame(struct reading *r, struct span line, bool behind_modules)
{
	const bool frame = is_frame(r, line);

	if (!frame && behind_modules && line.p[0] == ' ')
		take_modules(r, line);
	if (!frame)
		return r->in_modules;
	line = cut_start(line);
	if (r->h.n_trace < HEADLINE_TRACE_MAX && !is_boring(line))
		r->h.trace[r->h.n_trace++] = line;
	return true;
}

static void keep_first(struct span *field, struct span line)
{
	if (field->len == 0)
		*field = line;
}

/* A line of an open crash; false if it is none after all. */
static bool take_detail(struct reading *r, enum line kind, struct span line)
{
	const bool behind_modules = r->in_modules;

	r->in_modules = false;
	switch (kind) {
	case LINE_CPU:
		if (!contains(line, "Comm: "))
			return false;
		keep_first(&r->h.cpu, line);
		break;
	case LINE_PC:
		keep_first(&r->h.pc, line);
		break;
	case LINE_LR:
		keep_first(&r->h.lr, cut_start(line));
		break;
	case LINE_TRACE:
		r->in_trace = true;
		break;
	case LINE_MODULES:
		if (r->h.n_modules > 0)
			return false;
		take_modules(r, skip(line, sizeof("Modules linked in:") - 1));
		break;
	case LINE_HARDWARE:
		keep_first(&r->h.hardware, skip(line, sizeof("Hardware name: ") - 1));
		break;
	case LINE_CLOSE:
		r->open = false;
		break;
	default:
		return kind == LINE_FRAME && take_frame(r, line, behind_modules);
	}
	return true;
}

/* False if the line is no part of a crash. */
static bool take(struct reading *r, enum line kind, struct span line)
{
	if (kind == LINE_DIE)
		kind = contains(line, "[#") ? LINE_OOPS : LINE_OTHER;
	line = cut_end(line);
	switch (kind) {
	case LINE_KERNEL:
		r->h.kernel = line;
		return false;
	case LINE_PANIC:
		take_panic(r, line);
		return true;
	case LINE_OOPS:
	case LINE_FAULT:
		take_fault(r, line, kind == LINE_OOPS);
		return true;
	default:
		return r->open && line.len >= SHORTEST && take_detail(r, kind, line);
	}
}

/*
 * "<6>[    1.234567] " before a letter that none of the words begins with: that is how most
 * lines are, and nothing else need be known of them.
 */
static bool is_usual(const struct initials *in, struct span line)
{
	enum { LEVEL = 3, PREFIX = LEVEL + TIME };
	const uint8_t *const p = line.p;

	if (line.len <= PREFIX || in->word[p[PREFIX]] < N_WORDS || p[PREFIX] == '[')
		return false;
	return (le32_load(p) & 0xffff00ff) == 0x5b3e003c && is_digit(p[1]) && /* "<6>[" */
	       p[LEVEL + 1] <= '9' && p[LEVEL + TIME_DOT] == '.' && p[PREFIX - 2] == ']' &&
	       p[PREFIX - 1] == ' ';
}

void headline_find(struct span text, struct headline *out)
{
	struct reading r = { 0 };
	struct initials initials;

	find_initials(&initials);
	while (text.len > 0) {
		struct span line = take_line(&text);
		enum line kind = LINE_OTHER;

		if (!is_usual(&initials, line)) {
			line = cut_prefix(line);
			kind = line_of(&initials, line);
		}
		if (r.since < UINT32_MAX)
			r.since++;
		if (kind == LINE_OTHER)
			r.in_modules = false;
		else if (take(&r, kind, line))
			r.since = 0;
	}
	if (r.h.cause.len == 0) { /* a hang or BUG that nothing followed */
		r.h.cause = r.h.fault;
		r.h.fault = (struct span){ 0 };
	}
	*out = r.h;
}

/* ---- facts ------------------------------------------------------------------------------- */

/* What stands behind @word in @s, empty if it is not there. */
static struct span behind(struct span s, const char *word)
{
	return skip(s, find(s, word) + strlen(word));
}

static struct span before(struct span s, const char *word)
{
	return span_sub(s, 0, find(s, word));
}

/* The number at the beginning of @s; false if there is none that fits. */
static bool number_at(struct span s, uint32_t *value)
{
	uint32_t v = 0;
	size_t n = 0;

	for (; n < s.len && is_digit(s.p[n]); n++) {
		const uint32_t digit = s.p[n] - (uint32_t)'0';

		if (v > (UINT32_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	if (n > 0)
		*value = v;
	return n > 0;
}

/*
 * "CPU: 0 UID: 0 PID: 1 Comm: sh Kdump: loaded Tainted: G      D     E      6.12.107 #1": any
 * name may be in it, and what stands between is missing in some kernels.
 */
static void read_cpu_line(struct span line, struct headline_facts *out)
{
	const struct span comm = behind(line, "Comm: ");
	const struct span name = before(before(comm, " Tainted: "), " Not tainted");
	struct span flags = behind(comm, " Tainted: ");
	size_t n = 0;

	out->has_cpu = number_at(behind(line, "CPU: "), &out->cpu);
	out->has_pid = number_at(behind(before(line, "Comm: "), " PID: "), &out->pid);
	out->task = before(name, " Kdump: loaded");
	out->has_taint = name.len < comm.len;
	if (flags.len == 0)
		flags = behind(comm, " Not tainted ");
	while (n < flags.len && !is_digit(flags.p[n])) /* flags are letters, a release begins so */
		n++;
	out->taint = cut_end(span_sub(flags, 0, n));
	out->release = before(skip(flags, n), " ");
}

/* "INFO: task sh:12 blocked for more than 120 seconds." */
static void read_hung_task(struct span line, struct headline_facts *out)
{
	const struct span task = before(behind(line, "INFO: task "), " blocked for");
	size_t colon = task.len;

	while (colon > 0 && task.p[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return;
	out->task = span_sub(task, 0, colon - 1);
	out->has_pid = number_at(skip(task, colon), &out->pid);
}

/* "watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [sh:1]", "... hard LOCKUP on cpu 0" */
static void read_lockup(struct span line, struct headline_facts *out)
{
	if (!out->has_cpu)
		out->has_cpu = number_at(behind(line, "CPU#"), &out->cpu) ||
			       number_at(behind(line, "LOCKUP on cpu "), &out->cpu);
}

/* The first of these that a line holds says what it is about. */
static enum headline_kind kind_of(struct span line)
{
	static const struct {
		const char *word;
		enum headline_kind kind;
	} kinds[] = {
		{ "INFO: task ", HEADLINE_HUNG_TASK },
		{ "hung_task", HEADLINE_HUNG_TASK },
		{ "soft lockup", HEADLINE_LOCKUP },
		{ "softlockup", HEADLINE_LOCKUP },
		{ "ard LOCKUP", HEADLINE_LOCKUP },
		{ "INFO: rcu", HEADLINE_RCU_STALL },
		{ "RCU Stall", HEADLINE_RCU_STALL },
		{ "kernel BUG at ", HEADLINE_BUG },
		{ "Oops - BUG", HEADLINE_BUG },
		{ "BUG: kernel NULL pointer", HEADLINE_OOPS },
		{ "BUG: unable to handle", HEADLINE_OOPS },
		{ "Fatal exception", HEADLINE_OOPS },
		{ "BUG: ", HEADLINE_BUG },
		{ PANIC, HEADLINE_PANIC },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (contains(line, kinds[i].word))
			return kinds[i].kind;
	return line.len > 0 ? HEADLINE_OOPS : HEADLINE_NONE;
}

void headline_facts(const struct headline *h, struct headline_facts *out)
{
	const struct span root = h->fault.len > 0 ? h->fault : h->cause;

	*out = (struct headline_facts){ .kind = kind_of(root) };
	out->panicked = begins(h->cause, PANIC);
	read_cpu_line(h->cpu, out);
	if (out->kind == HEADLINE_HUNG_TASK)
		read_hung_task(root, out);
	if (out->kind == HEADLINE_LOCKUP)
		read_lockup(root, out);
	if (out->release.len == 0)
		out->release = before(behind(h->kernel, "Linux version "), " ");
}

const char *headline_kind_name(enum headline_kind kind)
{
	static const char *const names[] = {
		[HEADLINE_NONE] = "",
		[HEADLINE_PANIC] = "panic",
		[HEADLINE_OOPS] = "oops",
		[HEADLINE_BUG] = "bug",
		[HEADLINE_LOCKUP] = "lockup",
		[HEADLINE_HUNG_TASK] = "hung task",
		[HEADLINE_RCU_STALL] = "rcu stall",
	};

	return (uint32_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "";
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
