/* SPDX-License-Identifier: BSD-2-Clause */
#include "headline.h"

#include "core/base/text.h"
#include "frames.h"
#include "machinery.h"

#include <stddef.h>
#include <string.h>

enum {
	SHORTEST = 4,	    /* line that means anything */
	MACHINERY_SHOWN = 3 /* frames of it that may be before the one to blame */
};

static const char PANIC[] = "Kernel panic - not syncing";

/* ---- what a line of a crash means --------------------------------------------------------- */

enum line {
	LINE_OTHER,
	LINE_CPU,
	LINE_PC,
	LINE_LR,
	LINE_PC_LR, /* arm: addresses of both */
	LINE_TRACE,
	LINE_MODULES,
	LINE_HARDWARE,
	LINE_CLOSE,
	LINE_OTHERS, /* another stack follows: who allocated, who freed */
	LINE_ACCESS,
	LINE_STACK,
	LINE_FUNCTION
};

static const struct {
	const char *word;
	enum line line;
} words[] = {
	{ " ra : ", LINE_LR },
	{ "---[ end ", LINE_CLOSE },
	{ "Allocated by ", LINE_OTHERS },
	{ "Backtrace:", LINE_TRACE },
	{ "CPU: ", LINE_CPU },
	{ "Call trace:", LINE_TRACE },
	{ "Call Trace:", LINE_TRACE },
	{ "EIP: ", LINE_PC },
	{ "IP: ", LINE_PC },
	{ "Freed by ", LINE_OTHERS },
	{ "Hardware name: ", LINE_HARDWARE },
	{ "LR is at ", LINE_LR },
	{ "LR [", LINE_LR },
	{ "Last potentially ", LINE_OTHERS },
	{ "Local variable ", LINE_OTHERS },
	{ "Modules linked in:", LINE_MODULES },
	{ "NIP [", LINE_PC },
	{ "PC is at ", LINE_PC },
	{ "RIP: ", LINE_PC },
	{ "RIP  [", LINE_PC },
	{ "Read of size ", LINE_ACCESS },
	{ "Read at addr ", LINE_ACCESS },
	{ "Second to last ", LINE_OTHERS },
	{ "The buggy address", LINE_OTHERS },
	{ "Uninit was ", LINE_OTHERS },
	{ "Write of size ", LINE_ACCESS },
	{ "Write at addr ", LINE_ACCESS },
	{ "allocated by task", LINE_OTHERS },
	{ "caller is ", LINE_FUNCTION },
	{ "epc : ", LINE_PC },
	{ "freed by task", LINE_OTHERS },
	{ "last function: ", LINE_FUNCTION },
	{ "lr : ", LINE_LR },
	{ "pc : [", LINE_PC_LR },
	{ "pc : ", LINE_PC },
	{ "stack backtrace:", LINE_STACK },
};

static enum line line_of(struct span line)
{
	if (line.len < SHORTEST)
		return LINE_OTHER;
	for (uint32_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_begins(line, words[i].word))
			return words[i].line;
	return LINE_OTHER;
}

/* ---- who is to blame ---------------------------------------------------------------------- */

struct blame {
	uint16_t how;	      /* of the event */
	struct span last;     /* frame before, so that one function counts once */
	struct span inner;    /* of a stall: the frame before the one that calls everything */
	struct span nothing;  /* the first function of all, machinery or not */
	struct span guess;    /* the first that was only found on the stack */
	struct span misnamed; /* a return address at the start of a function is another's */
	bool done;
};

struct reading {
	struct headline *h;
	const struct prefix *form;
	struct event_index index;
	struct blame blame;
	uint32_t cpu;	 /* of the first "CPU: " line, to know another CPU's from it */
	bool in_trace;	 /* frames are expected */
	bool in_modules; /* the line before was the list of modules */
	bool at_next;	 /* the next line names the place of a lock */
	bool closed;	 /* the first event's frames are complete */
	bool foreign;	 /* another CPU's or task's stack is being printed */
	bool stack;	 /* lockdep: after "stack backtrace:" */
};

static void blame(struct headline *h, struct span function)
{
	if (h->n_blamed < HEADLINE_BLAMED_MAX)
		h->blamed[h->n_blamed++] = function;
}

/* Calls that lead to any place of the kernel: what they called says more. */
static bool leads_anywhere(struct span function)
{
	static const char *const calls[] = {
		"_ioctl",    "_read",	 "_write",	"_readv",      "_writev",   "_pread64",
		"_pwrite64", "_sendmsg", "_sendto",	"_recvmsg",    "_recvfrom", "_sendmmsg",
		"_connect",  "_close",	 "_sendfile",	"_sendfile64", "_preadv",   "_pwritev",
		"_accept",   "_bind",	 "_setsockopt", "_getsockopt", "_open",	    "_openat",
		"_mount",    "_splice",
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const size_t n = strlen(calls[i]);

		if (function.len > n && memcmp(function.p + function.len - n, calls[i], n) == 0)
			return true;
	}
	return false;
}

/*
 * A loop: the innermost function is chance. What the system call, softirq or thread called is
 * the same every time.
 */
static void blame_in_stall(struct reading *r, struct span function, uint32_t kinds)
{
	const uint32_t noise = MACHINERY_REPORT | MACHINERY_TICK | MACHINERY_LOCK |
			       MACHINERY_MEMORY;

	if (kinds & (MACHINERY_DISPATCH | MACHINERY_SYSCALL)) {
		const bool own = (kinds & MACHINERY_SYSCALL) && !leads_anywhere(function);

		if (!own && r->blame.inner.len == 0)
			return;
		blame(r->h, own ? function : r->blame.inner);
		r->blame.done = true;
	} else if (r->blame.inner.len && text_contains(function, "_compat_ioctl")) {
		blame(r->h, r->blame.inner);
		r->blame.done = true;
	} else if (!(kinds & noise)) {
		r->blame.inner = function;
		if (text_begins(function, "smp_call_function")) {
			blame(r->h, function);
			r->blame.done = true;
		}
	}
}

static void add_function(struct reading *r, struct span function, bool guess)
{
	struct blame *b = &r->blame;
	uint32_t kinds;

	function = frame_base(function);
	if (function.len == 0 || b->done || text_same(function, b->last))
		return;
	if (guess) {
		if (b->guess.len == 0 && !machinery_of(function))
			b->guess = function;
		return;
	}
	b->last = function;
	for (uint32_t i = 0; i < r->h->n_blamed; i++)
		if (text_same(function, r->h->blamed[i]))
			return;
	kinds = machinery_of(function);
	if (b->nothing.len == 0 && !(kinds & (MACHINERY_PRINT | MACHINERY_REPORT)))
		b->nothing = function;
	if (b->how & HOW_STALL) {
		blame_in_stall(r, function, kinds);
		return;
	}
	if (kinds & (MACHINERY_REPORT | MACHINERY_LOCK | MACHINERY_MEMORY))
		return;
	if ((kinds & MACHINERY_WAIT) && (b->how & HOW_WAIT))
		return;
	if ((kinds & MACHINERY_ALLOC) && r->h->kind->class == EVENT_LEAK)
		return;
	blame(r->h, function);
	b->done = r->h->n_blamed == HEADLINE_BLAMED_MAX;
}

/* ---- frames ------------------------------------------------------------------------------- */

/*
 * A frame that is shown. Of machinery only the last few before the one to blame: it must not
 * use up the room for what matters.
 */
static void show_frame(struct reading *r, struct span line, const struct frame *f)
{
	struct headline *h = r->h;

	if (f->guess || h->n_trace == HEADLINE_TRACE_MAX || machinery_prints(f->function))
		return;
	if (h->n_blamed == 0 && h->n_trace == MACHINERY_SHOWN && f->function.len) {
		memmove(h->trace, h->trace + 1, (MACHINERY_SHOWN - 1) * sizeof(h->trace[0]));
		h->n_trace--;
	}
	if (h->n_trace < HEADLINE_TRACE_MAX)
		h->trace[h->n_trace++] = line;
}

static bool take_frame(struct reading *r, struct span line)
{
	struct frame f;

	if ((!r->in_trace && !text_contains(line, " from ")) || !frame_parse(line, &f))
		return false;
	if (r->foreign || r->closed || ((r->blame.how & HOW_LOCK) && !r->stack))
		return true;
	show_frame(r, text_unindented(line), &f);
	if (f.caller.len == 0)
		add_function(r, f.function, f.guess);
	else if (f.caller.len > 0 && !text_same(f.function, r->blame.misnamed))
		add_function(r, f.function, f.guess);
	if (f.caller.len > 0 && !f.at_start)
		add_function(r, f.caller, f.guess);
	r->blame.misnamed = f.at_start ? f.caller : (struct span){ 0 };
	return true;
}

static void take_modules(struct reading *r, struct span line)
{
	if (r->h->n_modules < HEADLINE_MODULES_MAX)
		r->h->modules[r->h->n_modules++] = text_unindented(line);
	r->in_modules = true;
}

static void keep_first(struct span *field, struct span line)
{
	if (field->len == 0)
		*field = line;
}

/* ---- lines -------------------------------------------------------------------------------- */

/* "RIP: 0010:f+0x1/0x2", "RIP: 0010:[<...>]  [<...>] f+0x1/0x2": false if it was user space. */
static bool pc_value(struct span line, struct span *value)
{
	struct span s = text_skip(line, text_find(line, " ") + 1);

	if (text_begins(line, "PC is at ") || text_begins(line, "LR is at "))
		s = text_skip(line, sizeof("PC is at ") - 1);
	else if (text_begins(line, "pc : ") || text_begins(line, "epc : ") ||
		 text_begins(line, "lr : "))
		s = text_after(line, " : ");
	if (text_begins(line, "RIP: ") || text_begins(line, "EIP: ")) {
		const uint32_t selector = s.len > 4 && s.p[4] == ':' ? le32_load(s.p) : 0;

		if (selector == le32_load((const uint8_t *)"0033") ||
		    selector == le32_load((const uint8_t *)"0023") ||
		    selector == le32_load((const uint8_t *)"0073") ||
		    selector == le32_load((const uint8_t *)"002b"))
			return false;
		if (selector)
			s = text_skip(s, 5);
	}
	*value = s;
	return true;
}

static void take_pc(struct reading *r, struct span line)
{
	struct span value, function;

	if (r->closed || r->foreign || !pc_value(line, &value))
		return;
	keep_first(&r->h->pc, line);
	if (frame_function(value, &function) && !text_begins(function, "null"))
		add_function(r, function, false);
}

static void take_cpu(struct reading *r, struct span line)
{
	uint32_t cpu = UINT32_MAX;

	if (!text_contains(line, "Comm: "))
		return;
	(void)text_number(text_skip(line, sizeof("CPU: ") - 1), &cpu);
	if (r->h->cpu.len == 0) {
		r->h->cpu = line;
		r->cpu = cpu;
		r->foreign = false;
	} else if (cpu != r->cpu && (r->h->n_trace > 0 || r->h->n_blamed > 0)) {
		r->foreign = true; /* dump_stack() of the others */
	}
}

static void take_trace(struct reading *r)
{
	if (r->in_trace && (r->h->n_blamed > 0 || r->blame.done))
		r->closed = true; /* the trace of what followed */
	r->in_trace = true;
}

/* "(&x){+.+.}, at: f+0x1/0x2", or the same with the function in the next line. */
static void take_at(struct reading *r, struct span line)
{
	struct span function;
	const size_t at = text_find(line, " at:");

	if (at == line.len && !r->at_next)
		return;
	if (!r->at_next)
		line = text_skip(line, at + 4);
	r->at_next = text_unindented(line).len == 0;
	if (r->at_next || !frame_function(line, &function))
		return;
	add_function(r, function, false);
	r->blame.how &= (uint16_t)~HOW_AT;
}

/* What is in the lines of the first event alone, in any of them. */
static void take_any(struct reading *r, enum line kind, struct span line)
{
	const bool after_modules = r->in_modules;
	struct span function;

	r->in_modules = false;
	switch (kind) {
	case LINE_CPU:
		take_cpu(r, line);
		break;
	case LINE_PC:
		take_pc(r, line);
		break;
	case LINE_LR:
		if (!r->closed && !r->foreign)
			keep_first(&r->h->lr, text_unindented(line));
		break;
	case LINE_PC_LR:
		if (!r->closed && !r->foreign && r->h->pc.len == 0)
			r->h->pc = line;
		break;
	case LINE_TRACE:
		take_trace(r);
		break;
	case LINE_MODULES:
		if (r->h->n_modules == 0)
			take_modules(r, text_skip(line, sizeof("Modules linked in:") - 1));
		break;
	case LINE_HARDWARE:
		keep_first(&r->h->hardware, text_skip(line, sizeof("Hardware name: ") - 1));
		break;
	case LINE_CLOSE:
		r->closed |= r->h->n_blamed > 0 || r->h->pc.len > 0;
		r->foreign = false;
		break;
	case LINE_OTHERS:
		r->closed |= r->h->n_blamed > 0;
		r->in_trace = false;
		break;
	case LINE_ACCESS:
		if (r->h->access == 0)
			r->h->access = line.p[0];
		break;
	case LINE_STACK:
		r->stack = true;
		break;
	case LINE_FUNCTION:
		if ((r->blame.how & HOW_FUNCTION) &&

		    frame_function(text_skip(line, line.p[0] == 'c' ? 10 : 15), &function))
			add_function(r, function, false);
		break;
	default:
		if (take_frame(r, line))
			r->in_modules = after_modules && r->h->n_modules > 0 && false;
		else if (after_modules && line.len > 0 && line.p[0] == ' ')
			take_modules(r, line);
	}
}

/* The first line of an event of the chain. */
static void take_event(struct reading *r, const struct event_kind *k, struct span line)
{
	struct headline *h = r->h;

	if (line.p != h->root.p && h->n_blamed > 0 && (h->n_trace > 0 || h->pc.len > 0))
		r->closed = true;
	/* a check that fails meanwhile has a trace of its own */
	if (line.p != h->root.p && !(k->how & HOW_DIE) && !text_contains(line, PANIC))
		r->closed = true;
	if (line.p != h->root.p && !(k->how & HOW_DIE) && text_contains(line, PANIC))
		r->in_trace = false;
}

static void take_line(struct reading *r, struct span line, uint32_t of)
{
	struct prefix_facts facts;
	struct span s = text_trimmed(prefix_cut(r->form, line, &facts));
	const struct event_kind *k;
	struct span whole;

	if (of && facts.caller && facts.caller != of && !(r->blame.how & HOW_STALL))
		return;
	whole = text_unindented(s);
	k = event_kind_at(&r->index, &s);
	if (k) {
		take_event(r, k, whole);
		return;
	}
	if (event_is_foreign(s)) {
		/* of a stall the first backtrace asked for is the one that stalls */
		const bool own = (r->blame.how & HOW_STALL) && r->h->n_blamed == 0 &&
				 text_begins(s, "NMI backtrace for cpu");

		r->foreign = !own;
		r->in_trace = false;
		return;
	}
	if (text_begins(s, "Task dump for CPU"))
		r->foreign = false;
	if (r->blame.how & HOW_AT)
		take_at(r, s);
	if (s.len == 0 && (r->blame.how & HOW_BARE) && r->h->n_trace > 0)
		r->closed = true;
	if (text_begins(text_unindented(s), "last function: "))
		s = text_unindented(s);
	take_any(r, line_of(s), s);
}

/* The functions that the event's first line names. */
static void take_root(struct reading *r)
{
	struct headline *h = r->h;
	struct span s = h->root, function;
	size_t slash;

	if (!(h->kind->how & HOW_LINE))
		return;
	if (h->kind->how & HOW_WHERE) { /* "... at FILE:LINE f+0x1/0x2" */
		s = text_after(s, " at ");
		if (text_contains(text_before(s, " "), ":")) /* the file first, up to 6.17 */
			s = text_after(s, " ");
	} else {
		const struct span after = text_after(s, " in ");

		s = after.len ? after : text_after(s, " in: ");
		(void)text_take(&s, ": ");
	}
	if (!frame_function(s, &function))
		return;
	slash = (h->kind->how & HOW_RACE) ? text_find(s, " / ") : s.len;
	if (slash < s.len)
		(void)frame_function(text_skip(s, slash + 3), &h->other);
	add_function(r, function, false);
}

/* Nobody but machinery: better the first of all than nobody. */
static void blame_somebody(struct reading *r)
{
	const struct blame *b = &r->blame;

	if (r->h->n_blamed > 0 || !(r->h->kind->how & HOW_PLACE))
		return;
	if (b->inner.len)
		blame(r->h, b->inner);
	else if (b->guess.len)
		blame(r->h, b->guess);
	else if (b->nothing.len)
		blame(r->h, b->nothing);
}

static __attribute__((noinline)) void read_crash(const struct event_chain *c,
						 const struct prefix *form, struct headline *out)
{
	struct reading r = { .h = out, .form = form, .blame = { .how = c->kind->how } };
	struct span text = c->text;

	event_index_make(&r.index);
	r.in_trace = (c->kind->how & HOW_BARE) != 0;
	take_root(&r);
	while (text.len > 0)
		take_line(&r, text_line(&text), c->caller);
	blame_somebody(&r);
}

void headline_find(struct span text, struct headline *out)
{
	struct prefix form;
	struct event_chain c;

	prefix_learn(text, &form);
	event_find(text, &form, &c);
	*out = (struct headline){
		.kernel = c.kernel, .kind = c.kind, .root = c.root, .event = c.text
	};
	if (!c.kind)
		return;
	out->panicked = c.panic.len > 0;
	out->cause = c.last;
	if (c.root.p != c.last.p)
		out->fault = c.root;
	read_crash(&c, &form, out);
}

/* ---- facts ------------------------------------------------------------------------------- */

/*
 * "CPU: 0 UID: 0 PID: 1 Comm: sh Kdump: loaded Tainted: G      D     E      6.12.107 #1": any
 * name may be in it, and what is between is missing in some kernels.
 */
static void read_cpu_line(struct span line, struct headline_facts *out)
{
	const struct span comm = text_after(line, "Comm: ");
	const struct span name = text_before(text_before(comm, " Tainted: "), " Not tainted");
	struct span flags = text_after(comm, " Tainted: ");
	size_t n = 0;

	out->has_cpu = text_number(text_after(line, "CPU: "), &out->cpu);
	out->has_pid = text_number(text_after(text_before(line, "Comm: "), " PID: "), &out->pid);
	out->task = text_before(name, " Kdump: loaded");
	out->has_taint = name.len < comm.len;
	if (flags.len == 0)
		flags = text_after(comm, " Not tainted ");
	while (n < flags.len && !text_is_digit(flags.p[n])) /* flags are letters, a release not */
		n++;
	out->taint = text_trimmed(span_sub(flags, 0, n));
	out->release = text_before(text_skip(flags, n), " ");
}

/* "INFO: task sh:12 blocked for more than 120 seconds." */
static void read_hung_task(struct span line, struct headline_facts *out)
{
	const struct span task = text_before(
		text_before(text_after(line, "INFO: task "), " blocked "), " can't die");
	size_t colon = task.len;

	while (colon > 0 && task.p[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return;
	out->task = span_sub(task, 0, colon - 1);
	out->has_pid = text_number(text_skip(task, colon), &out->pid);
}

/* "watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [sh:1]", "... hard LOCKUP on cpu 0" */
static void read_lockup(struct span line, struct headline_facts *out)
{
	const bool hard = text_contains(line, "LOCKUP on cpu ");
	const uint32_t noticed = out->cpu;

	if (hard)
		out->has_cpu |= text_number(text_after(line, "LOCKUP on cpu "), &out->cpu);
	else if (!out->has_cpu)
		out->has_cpu = text_number(text_after(line, "CPU#"), &out->cpu);
	if (hard && out->cpu != noticed) { /* the CPU that noticed is not the one that hangs */
		out->task = (struct span){ 0 };
		out->has_pid = false;
	}
}

bool headline_row(const struct headline *h, uint32_t i, const char **label, struct span *line)
{
	static const struct {
		const char *label;
		size_t at;
	} rows[HEADLINE_ROWS] = {
		{ "cause", offsetof(struct headline, cause) },
		{ "fault", offsetof(struct headline, fault) },
		{ "kernel", offsetof(struct headline, kernel) },
		{ "task", offsetof(struct headline, cpu) },
		{ "pc", offsetof(struct headline, pc) },
		{ "lr", offsetof(struct headline, lr) },
	};

	if (i < HEADLINE_ROWS) {
		*label = rows[i].label;
		memcpy(line, (const uint8_t *)h + rows[i].at, sizeof(*line));
		return true;
	}
	i -= HEADLINE_ROWS;
	if (i >= h->n_trace)
		return false;
	*label = i ? "" : "trace";
	*line = h->trace[i];
	return true;
}

void headline_facts(const struct headline *h, struct headline_facts *out)
{
	*out = (struct headline_facts){
		.kind = h->kind ? (enum event_class)h->kind->class : EVENT_NONE
	};
	out->panicked = h->panicked;
	read_cpu_line(h->cpu, out);
	if (out->kind == EVENT_HUNG_TASK)
		read_hung_task(h->root, out);
	if (out->kind == EVENT_LOCKUP)
		read_lockup(h->root, out);
	if (out->release.len == 0)
		out->release = text_before(text_after(h->kernel, "Linux version "), " ");
}

const char *headline_kind_name(enum event_class kind)
{
	static const char *const names[EVENT_CLASSES] = {
		[EVENT_NONE] = "",
		[EVENT_PANIC] = "panic",
		[EVENT_OOPS] = "oops",
		[EVENT_BUG] = "bug",
		[EVENT_LOCKUP] = "lockup",
		[EVENT_HUNG_TASK] = "hung task",
		[EVENT_RCU_STALL] = "rcu stall",
		[EVENT_WARNING] = "warning",
		[EVENT_SANITIZER] = "sanitizer",
		[EVENT_LOCKING] = "locking",
		[EVENT_LEAK] = "memory leak",
		[EVENT_HARDWARE] = "hardware",
		[EVENT_NO_MEMORY] = "out of memory",
	};

	return (uint32_t)kind < EVENT_CLASSES ? names[kind] : "";
}
