/* SPDX-License-Identifier: BSD-2-Clause */
#include "event.h"

#include "core/base/text.h"

enum {
	FRESH_LINES = 40, /* after a crash in which another is its consequence */
	NEAR_LINES = 8,	  /* the same after a report that harmed nobody */
	FAULT_LINES = 12, /* from "Unable to handle ..." to "Internal error: ..." */
	COLON_MAX = 28,	  /* "NMI watchdog: " before an event's words */
	SHORTEST = 4	  /* line that means anything */
};

static const char PANIC[] = "Kernel panic - not syncing";

/* ---- the kind of a line ----------------------------------------------------------------- */

/* Bucket of what begins with the four characters at @p. */
static uint32_t bucket_of(const uint8_t *p)
{
	enum { SHIFT = 24, GOLDEN = 0x9e3779b1 };

	return (le32_load(p) * (uint32_t)GOLDEN) >> SHIFT;
}

void event_index_make(struct event_index *out)
{
	memset(out->first, EVENT_KINDS_MAX, sizeof(out->first));
	for (uint32_t i = event_kinds_count; i-- > 0;) { /* the first row of a bucket comes first */
		const uint32_t bucket = bucket_of((const uint8_t *)event_kinds[i].word);

		out->next[i] = out->first[bucket];
		out->first[bucket] = (uint8_t)i;
	}
}

/* True if @words has the first four characters of a kind's word; bounded by one bucket. */
static bool may_begin(const struct event_index *index, struct span words)
{
	if (words.len < SHORTEST)
		return false;
	for (uint32_t i = index->first[bucket_of(words.p)]; i < event_kinds_count;
	     i = index->next[i])
		if (memcmp(words.p, event_kinds[i].word, SHORTEST) == 0)
			return true;
	return false;
}

static const struct event_kind *lookup(const struct event_index *index, struct span words,
				       bool after)
{
	if (words.len < SHORTEST)
		return NULL;
	for (uint32_t i = index->first[bucket_of(words.p)]; i < event_kinds_count;
	     i = index->next[i]) {
		const struct event_kind *const k = &event_kinds[i];

		if ((after && !(k->how & HOW_AFTER)) || !text_begins(words, k->word) ||
		    (k->form && k->form->needs && !text_contains(words, k->form->needs)))
			continue;
		if ((k->how & HOW_DIE) && k->word[0] != 'I' && !text_contains(words, "[#"))
			continue; /* an application's words */
		return k;
	}
	return NULL;
}

/* "watchdog: ", "NMI watchdog: ", "CPU1: ": who says it, before what is said. */
static bool cut_speaker(struct span *words)
{
	const size_t most = words->len < COLON_MAX ? words->len : COLON_MAX;
	const uint8_t *const colon = memchr(words->p, ':', most);
	const size_t n = colon ? (size_t)(colon - words->p) : 0;

	if (n == 0 || n + 2 >= words->len || colon[1] != ' ')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!text_is_name(words->p[i]) && words->p[i] != ' ' && words->p[i] != '-' &&
		    words->p[i] != ',' && words->p[i] != '.')
			return false;
	*words = text_skip(*words, n + 2);
	return true;
}

/* Most lines cost this look: false if no event's word can be in the line where it counts. */
static bool may_be_kind(const struct event_index *index, struct span words)
{
	const size_t most = words.len < 2 * COLON_MAX ? words.len : 2 * COLON_MAX;
	const uint8_t *p = words.p;

	if (words.len < SHORTEST)
		return false;
	if (p[0] == ' ')
		return may_begin(index, text_skip(words, 1));
	if (may_begin(index, words) || (p[0] == '[' && may_begin(index, text_skip(words, 2))))
		return true;
	while ((p = memchr(p, ':', most - (size_t)(p - words.p))) != NULL) {
		p++;
		if (may_begin(index, text_skip(words, (size_t)(p - words.p) + 1)))
			return true;
	}
	return false;
}

const struct event_kind *event_kind_at(const struct event_index *index, struct span *words)
{
	struct span s = words->len > 0 && words->p[0] == ' ' ? text_skip(*words, 1) : *words;
	const struct event_kind *k;

	if (!may_be_kind(index, *words))
		return NULL;
	/* after one blank only what begins as a kind can: the rest is frames */
	if (s.len == 0 || (s.p != words->p && (s.p[0] < 'A' || s.p[0] > 'Z')))
		return NULL;
	k = lookup(index, s, false);
	if (!k && text_take(&s, "[ ")) /* "[ BUG: bad unlock balance detected! ]" */
		k = lookup(index, s, true);
	for (uint32_t i = 0; !k && i < 2 && cut_speaker(&s); i++)
		k = lookup(index, s, true);
	if (k)
		*words = s;
	return k;
}

/* ---- lines of an event ------------------------------------------------------------------ */

bool event_is_foreign(struct span words)
{
	uint32_t cpu;

	if (text_begins(words, "Sending NMI ") || text_begins(words, "NMI backtrace for cpu") ||
	    text_begins(words, "Showing all locks") ||
	    text_contains(span_sub(words, 0, 2 * COLON_MAX), "RCU grace-period kthread"))
		return true;
	return text_begins(words, "CPU") && text_number(text_skip(words, 3), &cpu) &&
	       text_contains(words, ": stopping");
}

/* "x29: ffff8000105d3b40", "RAX: 00000000", "9ee0:   c032899c": registers and memory. */
static bool is_registers(struct span words)
{
	size_t n = 0;
	uint64_t value;

	while (n < words.len && n < 5 && text_is_name(words.p[n]))
		n++;
	if (n == 0 || n > 4)
		return false;
	words = text_unindented(text_skip(words, n));
	return text_take(&words, ":") && text_hex(text_unindented(words), &value) >= 8;
}

/* A line that an event's report has after its first. */
static bool is_detail(struct span words)
{
	static const char *const heads[] = {
		"CPU: ",
		"PC is at",
		"LR is at",
		"pc : ",
		"lr : ",
		"sp : ",
		"epc : ",
		"RIP: ",
		"RSP: ",
		"EIP: ",
		"ESP: ",
		"CR2: ",
		"Call ",
		"Backtrace:",
		"Modules linked",
		"Hardware name",
		"Code: ",
		"Stack:",
		"Exception stack",
		"Process ",
		"pstate",
		"Flags: ",
		"Control: ",
		"---[ end ",
		"[<",
		"Kernel Offset",
		"CPU features",
		"Memory Limit",
		"Workqueue: ",
		"Tainted: ",
		"task: ",
		"task:",
		"Rebooting in",
		"NIP ",
		"LR ",
		"Mem abort",
		"Data abort",
		"ESR ",
		"FSC ",
		"user pgtable",
		"swapper pgtable",
		"Internal error",
		"note: ",
		"Dumping ftrace",
		"irq event",
		"hardirqs ",
		"softirqs ",
		"Register ",
		"stack backtrace",
		"Last level",
		"FAR ",
		"Task stack:",
		"IRQ stack:",
		"Overflow stack:",
		"Read of ",
		"Write of ",
		"-> #",
		"Allocated by",
		"Freed by",
		"The buggy",
		"Memory state",
		"====",
		"hex dump",
		"rcu: \t",
		"#PF: ",
		"PGD ",
		"list_",
		"usercopy",
		"refcount_t",
	};

	if (words.len < SHORTEST)
		return words.len == 0;
	if (words.p[0] == ' ' || words.p[0] == '\t' || words.p[0] == '[')
		return true;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (text_begins(words, heads[i]))
			return true;
	return is_registers(words);
}

/* ---- chains ----------------------------------------------------------------------------- */

/* A chain being read, and the worst so far. */
struct reading {
	struct event_chain now, worst;
	uint32_t since; /* lines since one of the chain's */
	const struct event_kind *last;
	bool open;	    /* its last event may still get lines */
	bool foreign;	    /* lines of another CPU follow */
	const uint8_t *cut; /* "cut here" or "=====" stood in the line that begins here */
};

static uint32_t weight_of(const struct event_chain *c)
{
	static const uint8_t weights[EVENT_CLASSES] = {
		[EVENT_PANIC] = 4,   [EVENT_OOPS] = 4,	    [EVENT_BUG] = 2,
		[EVENT_LOCKUP] = 3,  [EVENT_HUNG_TASK] = 3, [EVENT_RCU_STALL] = 3,
		[EVENT_WARNING] = 2, [EVENT_SANITIZER] = 2, [EVENT_LOCKING] = 2,
		[EVENT_LEAK] = 2,    [EVENT_HARDWARE] = 4,  [EVENT_NO_MEMORY] = 1,
	};

	if (!c->kind)
		return 0;
	return c->panic.len || c->die.len ? 4 : weights[c->kind->class];
}

static void end_chain(struct reading *r)
{
	if (r->now.kind && weight_of(&r->now) >= weight_of(&r->worst))
		r->worst = r->now;
	r->now.kind = NULL;
	r->open = false;
	r->foreign = false;
}

/* Panics that only follow from an event before them, after whatever names who panics. */
static bool is_follow_up(struct span panic)
{
	static const char *const words[] = {
		"panic_on_",
		"Fatal exception",
		"fatal exception",
		"Oopsed too often",
		"hung_task",
		"softlockup",
		"hard LOCKUP",
		"Hard LOCKUP",
		"Attempted to kill",
		"Aiee",
		"RCU Stall",
		"rcu_",
		"Fatal hardware",
		"Fatal machine",
		"Unrecoverable",
		"kernel stack overflow",
		"Machine halted",
		"scheduling while atomic",
		"bad mode",
		"Asynchronous SError",
		"oops: ",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_contains(panic, words[i]))
			return true;
	return false;
}

/* True if the event of kind @k is the consequence of the chain that is being read. */
static bool follows(const struct reading *r, const struct event_kind *k, struct span words)
{
	const struct event_chain *c = &r->now;
	const bool harmless = !c->die.len && !c->panic.len && c->kind &&
			      (c->kind->class == EVENT_WARNING ||
			       c->kind->class == EVENT_SANITIZER ||
			       c->kind->class == EVENT_LOCKING || c->kind->class == EVENT_LEAK ||
			       (c->kind->class == EVENT_BUG && !(c->kind->how & HOW_WHERE)));

	if (!c->kind || r->since > FRESH_LINES)
		return false;
	if (text_begins(words, PANIC))
		return is_follow_up(words) || (c->kind->how & HOW_LEADS);
	if (k->how & HOW_DIE) {
		if (c->die.len || c->panic.len)
			return false; /* another oops is a crash of its own */
		return harmless ? r->since <= NEAR_LINES || r->open : r->since <= FAULT_LINES;
	}
	if (k->class == EVENT_OOPS || k->class == EVENT_HARDWARE)
		return harmless && (r->open || r->since <= NEAR_LINES);
	/* while a crash is being printed, checks fail that would not fail otherwise */
	if (c->die.len || c->panic.len || c->kind->class == EVENT_OOPS)
		return true;
	return r->open || r->since <= NEAR_LINES;
}

/* True if a line says that somebody else wrote it than the chain that is being read. */
static bool is_other(const struct reading *r, uint32_t caller)
{
	return r->now.kind && r->now.caller && caller && caller != r->now.caller;
}

/* @line: as printed; @words: of it, where the kind's own words begin. */
static void take_event(struct reading *r, const struct event_kind *k, struct span line,
		       struct span words, uint32_t caller, const uint8_t *start)
{
	const bool panic = text_begins(words, PANIC);

	if (!panic && r->open && r->since <= FRESH_LINES && is_other(r, caller) &&
	    weight_of(&r->now) > 2 && !(r->now.kind->how & HOW_STALL))
		return; /* the same again on another CPU, between the lines of the first */
	if (!follows(r, k, words)) {
		end_chain(r);
		r->now.kind = k;
		r->now.root = line;
		r->now.caller = caller;
		r->now.panic = r->now.die = (struct span){ 0 };
		r->now.text = (struct span){ r->cut ? r->cut : start, 0 };
		r->now.last = line;
	}
	if (panic && !r->now.panic.len)
		r->now.panic = line;
	if ((k->how & HOW_DIE) && !r->now.die.len)
		r->now.die = line;
	if (panic || (!r->now.panic.len && (k->how & HOW_DIE)))
		r->now.last = line;
	r->last = k;
	r->open = true;
	r->foreign = false;
	r->since = 0;
}

/* A line of a chain; @end: after it, with its newline. */
static void take_detail(struct reading *r, struct span words, uint32_t caller, const uint8_t *end)
{
	if (event_is_foreign(words))
		r->foreign = !(r->now.kind->how & HOW_STALL) || text_contains(words, ": stopping");
	if (text_begins(words, "---[ end Kernel panic"))
		r->foreign = false;
	if (r->foreign && words.len > 0 && is_detail(words))
		r->since = 0; /* a long list of others' stacks, and then the panic */
	const bool lock = (r->now.kind->how & HOW_LOCK) && text_contains(words, " at:");

	if (r->foreign || !(lock || is_detail(words)) ||
	    (is_other(r, caller) && !(r->now.kind->how & HOW_STALL)))
		return;
	if (text_begins(words, "---[ end "))
		r->open = false;
	if (words.len > 0) {
		r->since = 0;
		r->now.text.len = (size_t)(end - r->now.text.p);
	}
}

static void take_line(struct reading *r, const struct event_index *index, const struct prefix *form,
		      struct span line, const uint8_t *after)
{
	struct prefix_facts facts;
	struct span words = text_trimmed(prefix_cut(form, line, &facts));
	const struct span whole = words;
	const struct event_kind *const k = event_kind_at(index, &words);

	/* a line without a time, where lines have one, is somebody else's: it does not count */
	if (r->since < UINT32_MAX && facts.own)
		r->since++;
	if (k) {
		take_event(r, k, text_unindented(whole), words, facts.caller, line.p);
		r->now.text.len = (size_t)(after - r->now.text.p);
	} else if (text_begins(words, "Linux version ")) {
		end_chain(r);
		r->now.kernel = words;
	} else if (r->now.kind) {
		if (r->since > FRESH_LINES)
			end_chain(r);
		else
			take_detail(r, words, facts.caller, after);
	}
	r->cut = NULL;
	if (words.len > SHORTEST && (words.p[0] == '-' || words.p[0] == '=' || words.p[0] == '8') &&
	    (text_contains(words, "cut here") || text_begins(words, "=====")))
		r->cut = line.p;
}

void event_find(struct span text, const struct prefix *form, struct event_chain *out)
{
	struct reading r = { 0 };
	struct event_index index;

	event_index_make(&index);
	while (text.len > 0) {
		const struct span line = text_line(&text);

		take_line(&r, &index, form, line, text.p);
	}
	end_chain(&r);
	*out = r.worst;
	if (!out->kind)
		out->kernel = r.now.kernel;
}
