/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdict: from what is known to how the last boot ended. Pure judgement; the
 * table in docs/when-records-appear.md shows it beside what Linux does.
 */
#ifndef OM_CORE_VERDICT_H
#define OM_CORE_VERDICT_H

#include "core/log/ending.h"
#include "core/log/record.h"

#include <stdbool.h>

enum verdict {
	VERDICT_COLD,	    /* RAM was not kept: nothing can be said, nothing to report */
	VERDICT_UNVERIFIED, /* no retained page, yet records that pass their checks */
	VERDICT_PANIC,	    /* a new panic record */
	VERDICT_OOPS,	    /* a new oops record; the kernel may have gone on for a while */
	VERDICT_EMERGENCY,  /* emergency restart, without a panic */
	VERDICT_RESTART,    /* orderly reboot */
	VERDICT_POWEROFF,   /* orderly halt or power-off, and RAM was kept */
	VERDICT_ABRUPT,	    /* reset without a word: hang, watchdog, reset button */
	VERDICT_NO_NEWS, /* everything there was reported before: Linux died before ramoops was up
			  */
	VERDICT_NO_LOG,	 /* RAM was kept but the region holds no console log: cannot tell */
	VERDICTS
};

/* What the reader found; filled record by record with evidence_add(). */
struct evidence {
	bool warm;	  /* the retained page was valid */
	uint32_t n_new;	  /* records not reported before, that hold something */
	uint32_t n_known; /* records reported before */
	uint32_t n_panic, n_oops, n_emergency, n_shutdown; /* new dmesg records by reason */
	uint32_t n_left_panic,
		n_left_oops; /* in zones said to be empty: deleted, or a header hit */
	bool console_new;    /* a console record that was not reported before */
	enum ending ending;  /* how it ends */
};

/**
 * evidence_add - count one record
 * @record: its facts, text still valid
 * @reported:   an earlier start had it (once.h)
 */
void evidence_add(struct evidence *e, const struct record *record, bool reported);

/* The verdict for @e. */
enum verdict verdict_of(const struct evidence *e);

/* True if this verdict is worth a full report; false for a clean boot's one line. */
bool verdict_is_news(enum verdict v);

/* One short phrase, "the last kernel panicked". */
const char *verdict_text(enum verdict v);

#endif
