/* SPDX-License-Identifier: BSD-2-Clause */
#include "verdict.h"

void evidence_add(struct evidence *e, const struct record *record, bool reported)
{
	if (record->notes & NOTE_MENDED)
		return; /* the same dump once more */
	if (reported) {
		e->n_known++;
		return;
	}
	if (record->notes & NOTE_ZONE_EMPTY) {
		e->n_left_panic += record->reason == REASON_PANIC;
		e->n_left_oops += record->reason == REASON_OOPS;
		return;
	}
	e->n_new++;
	if (record->kind == ZONE_CONSOLE && record->quality != QUALITY_UNREADABLE) {
		e->console_new = true;
		e->ending = ending_of(record->text);
	}
	if (record->kind != ZONE_DMESG || (record->notes & NOTE_HEAD_CUT))
		return; /* a cut head is an older dump's: the one that cut it says more */
	switch (record->reason) {
	case REASON_PANIC:
		e->n_panic++;
		break;
	case REASON_OOPS:
		e->n_oops++;
		break;
	case REASON_EMERGENCY:
		e->n_emergency++;
		break;
	case REASON_SHUTDOWN:
	case REASON_RESTART:
	case REASON_HALT:
	case REASON_POWEROFF:
		e->n_shutdown++;
		break;
	case REASON_NONE:
	case REASON_UNKNOWN:
		/* a damaged dmesg record: Linux writes one only when something went wrong */
		e->n_oops++;
		break;
	}
}

/* Without a console log the dmesg records alone have to say it, left-overs among them. */
static enum verdict without_console(const struct evidence *e)
{
	if (e->n_left_panic)
		return VERDICT_PANIC;
	if (e->n_left_oops)
		return VERDICT_OOPS;
	if (e->n_emergency)
		return VERDICT_EMERGENCY;
	if (e->n_shutdown)
		return VERDICT_RESTART;
	if (e->n_new == 0 && e->n_known > 0)
		return VERDICT_NO_NEWS;
	return VERDICT_NO_LOG;
}

enum verdict verdict_of(const struct evidence *e)
{
	if (!e->warm)
		return e->n_new ? VERDICT_UNVERIFIED : VERDICT_COLD;
	if (e->n_panic)
		return VERDICT_PANIC;
	if (e->console_new && e->ending == ENDING_PANIC)
		return VERDICT_PANIC; /* no record of it: a kdump kernel, or dmesg zones off */
	if (e->n_oops)
		return VERDICT_OOPS;
	if (!e->console_new)
		return without_console(e);
	switch (e->ending) {
	case ENDING_RESTART:
		return VERDICT_RESTART;
	case ENDING_POWEROFF:
		return VERDICT_POWEROFF;
	case ENDING_EMERGENCY:
		return VERDICT_EMERGENCY;
	case ENDING_ABRUPT:
	case ENDING_PANIC:
		break;
	case ENDING_EMPTY:
		return without_console(e);
	}
	return VERDICT_ABRUPT;
}

bool verdict_is_news(enum verdict v)
{
	switch (v) {
	case VERDICT_UNVERIFIED:
	case VERDICT_PANIC:
	case VERDICT_OOPS:
	case VERDICT_EMERGENCY:
	case VERDICT_ABRUPT:
		return true;
	default:
		return false;
	}
}

const char *verdict_text(enum verdict v)
{
	static const char *const texts[VERDICTS] = {
		[VERDICT_COLD] = "cold boot, RAM was not kept",
		[VERDICT_UNVERIFIED] =
			"records found, but not known to be of the last boot: UNVERIFIED",
		[VERDICT_PANIC] = "the last kernel PANICKED",
		[VERDICT_OOPS] = "the last kernel OOPSED",
		[VERDICT_EMERGENCY] = "the last kernel was restarted in an EMERGENCY",
		[VERDICT_RESTART] = "the last kernel rebooted cleanly",
		[VERDICT_POWEROFF] = "the last kernel shut down cleanly",
		[VERDICT_ABRUPT] = "the last kernel was RESET WITHOUT SHUTDOWN (hang, watchdog or "
				   "reset button)",
		[VERDICT_NO_NEWS] = "nothing new: the last kernel ended before its log began",
		[VERDICT_NO_LOG] = "the last kernel left no log: cannot tell how it ended",
	};

	return v < VERDICTS ? texts[v] : "";
}
