/* SPDX-License-Identifier: BSD-2-Clause */
/* What is taken off a line: by forms that the log itself teaches, and by what every printk has. */
#include "core/log/prefix.h"

#include "core/base/text.h"
#include "support.h"

static const struct {
	const char *name;
	const char *log;   /* what teaches the form */
	const char *line;  /* that is cut then */
	const char *words; /* what is left of it */
	bool own;
} rows[] = {
	{ "one blank after the time, the others are the frame's",
	  "[   12.000001] BUG: one\n[   12.000002] Call Trace:\n[   12.000003]  panic+0x1/0x2\n",
	  "[   12.000003]  panic+0x1/0x2", " panic+0x1/0x2", true },
	{ "no blank after time and CPU: each one is the frame's",
	  "<6>[   12.000001,0]BUG: one\n<6>[   12.000002,1]Call Trace:\n"
	  "<4>[   12.000003,0] panic+0x1/0x2\n<4>[   12.000004,0] vpanic+0x1/0x2\n",
	  "<4>[   12.000003,0] panic+0x1/0x2", " panic+0x1/0x2", true },
	{ "no blank after a vendor's brackets",
	  "[   12.000001]-(0)[848:name]BUG: one\n[   12.000002]-(1)[848:name]Call Trace:\n"
	  "[   12.000003]-(0)[848:name] panic+0x1/0x2\n",
	  "[   12.000003]-(0)[848:name] panic+0x1/0x2", " panic+0x1/0x2", true },
	{ "no blank after the time alone",
	  "[   12.000001]BUG: one\n[   12.000002]Call Trace:\n[   12.000003] panic+0x1/0x2\n",
	  "[   12.000003] panic+0x1/0x2", " panic+0x1/0x2", true },
	{ "one line of nine without a blank is a damaged one",
	  "[   12.000001] BUG: one\n[   12.000002] two\n[   12.000003]three\n[   12.000004] four\n"
	  "[   12.000005] five\n[   12.000006] six\n[   12.000007] seven\n[   12.000008] eight\n"
	  "[   12.000009] nine\n",
	  "[   12.000001] BUG: one", "BUG: one", true },
	{ "the journal's words, and the blanks after them",
	  "[   12.000001] board kernel: BUG: one\n[   12.000002] board kernel: Call Trace:\n"
	  "[   12.000003] board kernel:  panic+0x1/0x2\n",
	  "[   12.000003] board kernel:  panic+0x1/0x2", " panic+0x1/0x2", true },
	{ "the journal's words in a log of one line",
	  "[   12.000001] board kernel: Kernel panic - not syncing: one\n",
	  "[   12.000001] board kernel: Kernel panic - not syncing: one",
	  "Kernel panic - not syncing: one", true },
	{ "the journal's words, and lines that are not the kernel's",
	  "[   12.000001] board kernel: BUG: one\nopen(\"a\")\nread(3)\nwrite(3)\nclose(3)\n"
	  "[   12.000002] board kernel: Call Trace:\n[   12.000003] board kernel:  panic+0x1/0x2\n"
	  "[   12.000004] board kernel:  vpanic+0x1/0x2\n",
	  "[   12.000003] board kernel:  panic+0x1/0x2", " panic+0x1/0x2", true },
	{ "no journal: a sentence goes on",
	  "[   12.000001] usb kernel driver\n[   12.000002] usb device\n[   12.000003] usb bus\n",
	  "[   12.000001] usb kernel driver", "usb kernel driver", true },
	{ "syslog: the kernel's own line",
	  "Nov 23 21:56:01 board kernel: [   12.000001] BUG: one\n"
	  "Nov 23 21:56:02 board kernel: open(\"a\")\nNov 23 21:56:03 board kernel: read(3)\n"
	  "Nov 23 21:56:04 board kernel: [   12.000002] Call Trace:\n"
	  "Nov 23 21:56:05 board kernel: [   12.000003]  panic+0x1/0x2\n"
	  "Nov 23 21:56:06 board kernel: [   12.000004]  vpanic+0x1/0x2\n",
	  "Nov 23 21:56:05 board kernel: [   12.000003]  panic+0x1/0x2", " panic+0x1/0x2", true },
	{ "syslog: somebody else's line among those with times",
	  "Nov 23 21:56:01 board kernel: [   12.000001] BUG: one\n"
	  "Nov 23 21:56:02 board kernel: open(\"a\")\nNov 23 21:56:03 board kernel: read(3)\n"
	  "Nov 23 21:56:04 board kernel: [   12.000002] Call Trace:\n"
	  "Nov 23 21:56:05 board kernel: [   12.000003]  panic+0x1/0x2\n"
	  "Nov 23 21:56:06 board kernel: [   12.000004]  vpanic+0x1/0x2\n",
	  "Nov 23 21:56:03 board kernel: read(3)", "read(3)", false },
	{ "no line has a time: all are the kernel's", "BUG: one\nCall Trace:\n panic+0x1/0x2\n",
	  "BUG: one", "BUG: one", true },
	{ "nothing", "", "", "", true },
};

static struct span span_of(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

static void test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct prefix form;
		struct prefix_facts facts;
		struct span words;

		CASE(rows[i].name);
		prefix_learn(span_of(rows[i].log), &form);
		words = prefix_cut(&form, span_of(rows[i].line), &facts);
		assert_int_equal(words.len, strlen(rows[i].words));
		assert_memory_equal(words.p, rows[i].words, words.len);
		assert_int_equal(facts.own, rows[i].own);
	}
}

static const struct {
	const char *name;
	const char *a, *b; /* two lines */
	bool same;	   /* one wrote both */
} writers[] = {
	{ "a task", "[   12.000001][   T38] a", "[   12.000002][   T38] b", true },
	{ "two tasks", "[   12.000001][   T38] a", "[   12.000002][   T39] b", false },
	{ "a task and a CPU", "[   12.000001][   T1] a", "[   12.000002][    C1] b", false },
	{ "a vendor's CPUs", "[   12.000001]-(0)[848:name]a", "[   12.000002]-(1)[848:name]b",
	  false },
	{ "nobody is said", "[   12.000001] a", "[   12.000002] b", true },
};

static void test_callers(void **state)
{
	const struct prefix none = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(writers); i++) {
		struct prefix_facts a, b;

		CASE(writers[i].name);
		(void)prefix_cut(&none, span_of(writers[i].a), &a);
		(void)prefix_cut(&none, span_of(writers[i].b), &b);
		assert_int_equal(a.caller == b.caller, writers[i].same);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
