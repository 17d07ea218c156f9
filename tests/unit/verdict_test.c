/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts: rows of what was found and what is said about it. */
#include "core/crash/verdict.h"

#include "support.h"

#define RESTART	  "[    1.0] reboot: Restarting system\n"
#define POWEROFF  "[    1.0] reboot: Power down\n"
#define HANG	  "[    1.0] usb 1-1: new high-speed device\n"
#define PANIC	  "[    1.0] Kernel panic - not syncing: x\n[    1.0] Rebooting in 1 seconds..\n"
#define EMERGENCY "[    1.0] sysrq: Resetting\n"

struct found {
	enum zone_kind kind;
	enum reason reason;
	const char *text;
	bool told;
	uint32_t notes;
};

#define DMESG(r)                                                                                   \
	{                                                                                          \
		ZONE_DMESG, r, "x", false                                                          \
	}
#define OLD(r)                                                                                     \
	{                                                                                          \
		ZONE_DMESG, r, "x", true                                                           \
	}
#define LEFT(r)                                                                                    \
	{                                                                                          \
		ZONE_DMESG, r, "x", false, NOTE_ZONE_EMPTY                                         \
	}
#define CONSOLE(t)                                                                                 \
	{                                                                                          \
		ZONE_CONSOLE, REASON_NONE, t, false                                                \
	}
#define OLD_CONSOLE                                                                                \
	{                                                                                          \
		ZONE_CONSOLE, REASON_NONE, RESTART, true                                           \
	}
#define PMSG                                                                                       \
	{                                                                                          \
		ZONE_PMSG, REASON_NONE, "hello", false                                             \
	}

static const struct {
	const char *name;
	bool warm;
	struct found found[4]; /* ends with text NULL */
	enum verdict want;
	bool news;
} rows[] = {
	{ "cold, nothing", false, { { 0 } }, VERDICT_COLD, false },
	{ "cold, a good record", false, { DMESG(REASON_PANIC) }, VERDICT_UNVERIFIED, true },
	{ "panic", true, { DMESG(REASON_PANIC), CONSOLE(PANIC) }, VERDICT_PANIC, true },
	{ "panic told before, clean reboot",
	  true,
	  { OLD(REASON_PANIC), CONSOLE(RESTART) },
	  VERDICT_RESTART,
	  false },
	{ "deleted panic, clean reboot",
	  true,
	  { LEFT(REASON_PANIC), LEFT(REASON_OOPS), CONSOLE(RESTART) },
	  VERDICT_RESTART,
	  false },
	{ "panic in a zone whose header was hit",
	  true,
	  { LEFT(REASON_PANIC), CONSOLE(PANIC) },
	  VERDICT_PANIC,
	  true },
	{ "the same without console zone", true, { LEFT(REASON_PANIC) }, VERDICT_PANIC, true },
	{ "an oops, too", true, { LEFT(REASON_OOPS) }, VERDICT_OOPS, true },
	{ "console zone said to be empty",
	  true,
	  { { ZONE_CONSOLE, REASON_NONE, PANIC, false, NOTE_ZONE_EMPTY } },
	  VERDICT_NO_LOG,
	  false },
	{ "panic seen on the console alone", true, { CONSOLE(PANIC) }, VERDICT_PANIC, true },
	{ "the rest of an older dump beside a newer one",
	  true,
	  { { ZONE_DMESG, REASON_NONE, "x", false, NOTE_HEAD_CUT | NOTE_NO_HEADER },
	    DMESG(REASON_SHUTDOWN),
	    CONSOLE(RESTART) },
	  VERDICT_RESTART,
	  false },
	{ "oops, then reboot", true, { DMESG(REASON_OOPS), CONSOLE(RESTART) }, VERDICT_OOPS, true },
	{ "oops and panic",
	  true,
	  { DMESG(REASON_OOPS), DMESG(REASON_PANIC), CONSOLE(PANIC) },
	  VERDICT_PANIC,
	  true },
	{ "reboot", true, { CONSOLE(RESTART) }, VERDICT_RESTART, false },
	{ "reboot with a shutdown record",
	  true,
	  { DMESG(REASON_SHUTDOWN), CONSOLE(RESTART) },
	  VERDICT_RESTART,
	  false },
	{ "shutdown record, no console zone",
	  true,
	  { DMESG(REASON_SHUTDOWN) },
	  VERDICT_RESTART,
	  false },
	{ "power off", true, { CONSOLE(POWEROFF) }, VERDICT_POWEROFF, false },
	{ "hang", true, { CONSOLE(HANG), PMSG }, VERDICT_ABRUPT, true },
	{ "sysrq-b", true, { CONSOLE(EMERGENCY) }, VERDICT_EMERGENCY, true },
	{ "sysrq-b with a record, no console zone",
	  true,
	  { DMESG(REASON_EMERGENCY) },
	  VERDICT_EMERGENCY,
	  true },
	{ "all told before", true, { OLD(REASON_PANIC), OLD_CONSOLE }, VERDICT_NO_NEWS, false },
	{ "warm, nothing at all", true, { { 0 } }, VERDICT_NO_LOG, false },
	{ "only pmsg", true, { PMSG }, VERDICT_NO_LOG, false },
	{ "a dmesg record whose reason is lost",
	  true,
	  { DMESG(REASON_NONE), CONSOLE(HANG) },
	  VERDICT_OOPS,
	  true },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct evidence e = { .warm = rows[i].warm };

		CASE(rows[i].name);
		for (const struct found *f = rows[i].found; f->text; f++) {
			struct record r = { .kind = f->kind,
					    .reason = f->reason,
					    .notes = f->notes };

			r.text = (struct span){ (const uint8_t *)f->text, strlen(f->text) };
			evidence_add(&e, &r, f->told);
		}
		assert_int_equal(verdict_of(&e), rows[i].want);
		assert_int_equal(verdict_is_news(rows[i].want), rows[i].news);
		assert_true(strlen(verdict_text(rows[i].want)) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
