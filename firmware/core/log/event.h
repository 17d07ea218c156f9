/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A log taken apart into events: an oops, a warning, a report of a sanitizer or of lockdep, a
 * hang, a panic. Events that follow from each other are a chain: its first is the cause, its
 * last the word that the kernel died with. The kinds are a table of data (event_kinds.c).
 * Source: Linux kernel/panic.c, kernel/watchdog.c, kernel/hung_task.c, kernel/rcu/tree_stall.h,
 * kernel/locking/lockdep.c, mm/kasan/report.c, lib/ubsan.c, mm/kmemleak.c,
 * arch/{arm,arm64,riscv}/kernel/traps.c, arch/x86/kernel/{dumpstack,traps}.c (3.10 to 6.19).
 */
#ifndef OM_CORE_EVENT_H
#define OM_CORE_EVENT_H

#include "core/base/span.h"
#include "prefix.h"

enum event_class {
	EVENT_NONE,
	EVENT_PANIC,	 /* the kernel stops, for a reason of its own */
	EVENT_OOPS,	 /* a fault of the kernel itself */
	EVENT_BUG,	 /* BUG(), or a check that prints "BUG: " */
	EVENT_LOCKUP,	 /* soft or hard */
	EVENT_HUNG_TASK, /* blocked for too long */
	EVENT_RCU_STALL,
	EVENT_WARNING,	 /* WARN() and checks that only warn */
	EVENT_SANITIZER, /* KASAN, KMSAN, KCSAN, KFENCE, UBSAN */
	EVENT_LOCKING,	 /* lockdep, RCU usage, sleeping where that is not allowed */
	EVENT_LEAK,
	EVENT_HARDWARE, /* SError, machine check, external abort */
	EVENT_NO_MEMORY,
	EVENT_CLASSES
};

/* How the one to blame is found, and what the title says. */
enum {
	HOW_PLACE = 1 << 0,	/* the title ends in " in FUNCTION" */
	HOW_LINE = 1 << 1,	/* the function is in the event's first line */
	HOW_BARE = 1 << 2,	/* frames follow without a "Call trace:" before them */
	HOW_LOCK = 1 << 3,	/* lockdep: frames count after "stack backtrace:" */
	HOW_WAIT = 1 << 4,	/* a task that waits: where it waits says nothing */
	HOW_STALL = 1 << 5,	/* a loop: the place in it is chance, its caller is not */
	HOW_TEXT = 1 << 6,	/* the title repeats the line, numbers taken out */
	HOW_ACCESS = 1 << 7,	/* "Read" or "Write" of a later line is part of the title */
	HOW_DIE = 1 << 8,	/* only with "[#1]" in it; second line of a fault before it */
	HOW_AFTER = 1 << 9,	/* may be after "watchdog: ", "rcu: " and the like */
	HOW_LEADS = 1 << 10,	/* whatever panic comes next is its consequence */
	HOW_RACE = 1 << 11,	/* two functions, "f / g" */
	HOW_PC = 1 << 12,	/* the fault is where pc was */
	HOW_WHERE = 1 << 13,	/* "at FILE:LINE": a file may say more than the function */
	HOW_FUNCTION = 1 << 14, /* "last function: f" of a later line */
	HOW_AT = 1 << 15	/* lockdep: "at: f" of the lock that it is about */
};

/* What few kinds have. NULL: not this one. */
struct event_form {
	const char *needs; /* the first line holds this, too */
	const char *until; /* the words from its beginning to here are part of the title */
	const char *after; /* text after those words */
};

/* One kind of event: a row of data. */
struct event_kind {
	const char *word;	       /* its first line begins so */
	const struct event_form *form; /* and has this; NULL: nothing more */
	const char *title;	       /* of every such event; what HOW_ adds comes after it */
	uint16_t how;
	uint8_t class;
};

extern const struct event_kind event_kinds[];
extern const uint32_t event_kinds_count;

enum { EVENT_KINDS_MAX = 128, EVENT_BUCKETS = 256 };

/*
 * The table by the first four characters of its words: nearly every line of a log begins with
 * four that no event begins with, and costs one look.
 */
struct event_index {
	uint8_t first[EVENT_BUCKETS];  /* row, EVENT_KINDS_MAX: none begins so */
	uint8_t next[EVENT_KINDS_MAX]; /* row after this one with the same beginning */
};

/* Makes the index; the same for every log. */
void event_index_make(struct event_index *out);

/* First lines that belong together. Spans point into the text; empty: there is none. */
struct event_chain {
	const struct event_kind *kind; /* of the cause; NULL: there was no event */
	struct span root;	       /* the cause's first line, without its prefix */
	struct span last;	       /* the last event's of the chain; of one event: @root */
	struct span panic;	       /* "Kernel panic - not syncing: ..." */
	struct span die;	       /* "Internal error: Oops: 5 [#1]", "Oops: 0002 [#1]" */
	struct span text;   /* from the first line of the cause to the last of the chain */
	struct span kernel; /* "Linux version ..." before it */
	uint32_t caller;    /* who wrote it (prefix_cut()), 0: not said */
};

/**
 * event_find - the chain of events that a log ends with
 * @text: any bytes, also none
 * @form: prefix_learn() of the same text
 *
 * Of several chains the worst counts, of equals the last. One pass over @text.
 */
void event_find(struct span text, const struct prefix *form, struct event_chain *out);

/* The kind of an event that begins with @words (a line without its prefix), or NULL; @words
 * is then moved to where the kind's own words begin. */
const struct event_kind *event_kind_at(const struct event_index *index, struct span *words);

/* "CPU1: stopping", "NMI backtrace for cpu 2": what follows is another CPU's. */
bool event_is_foreign(struct span words);

#endif
