/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ramoops.* parameters as Linux reads them. Expectations are from what kernel/params.c and
 * lib/kstrtox.c do with such text, not from the code under test.
 */
#include "core/place/parameters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct row {
	const char *line, *modprobe, *want;
};

#define ADDRESS	 "ramoops.mem_address="
#define DEFAULTS " record 1000 console 1000 ftrace 1000 pmsg 1000"

static const struct row rows[] = {
	{ "", NULL, "0:" DEFAULTS " ecc 0 reason 2 type 0" },
	{ "quiet ramoops mem_size=5 xramoops.mem_size=5", NULL,
	  "0:" DEFAULTS " ecc 0 reason 2 type 0" },
	{ ADDRESS "0x50000000 ramoops.mem_size=0x100000", NULL,
	  "2: at 50000000 + 100000" DEFAULTS " ecc 0 reason 2 type 0" },
	{ ADDRESS "0X5f000000 ramoops.mem_size=1048576", NULL,
	  "2: at 5f000000 + 100000" DEFAULTS " ecc 0 reason 2 type 0" },
	{ ADDRESS "010 ramoops.mem_size=+5", NULL,
	  "2: at 8 + 5" DEFAULTS " ecc 0 reason 2 type 0" },
	{ "ramoops.mem-size=0x10 ramoops.record-size=0x2000 ramoops.console_size=3 "
	  "ramoops.ftrace_size=4 ramoops.pmsg_size=0",
	  NULL, "5: + 10 record 2000 console 3 ftrace 4 pmsg 0 ecc 0 reason 2 type 0" },

	/* the last one that is understood counts */
	{ "ramoops.mem_size=1 ramoops.mem_size=2", NULL,
	  "2: + 2" DEFAULTS " ecc 0 reason 2 type 0" },
	{ "ramoops.mem_size=1 ramoops.mem_size=2x", NULL,
	  "1: + 1" DEFAULTS " ecc 0 reason 2 type 0 bad 1 ramoops.mem_size=2x" },
	{ "ramoops.mem_size=1 -- ramoops.mem_size=2", NULL,
	  "1: + 1" DEFAULTS " ecc 0 reason 2 type 0" },

	/* no suffixes: 0x1e is a number, 1e and 1M are not */
	{ "ramoops.mem_size=0x1e", NULL, "1: + 1e" DEFAULTS " ecc 0 reason 2 type 0" },
	{ "ramoops.mem_size=1e", NULL,
	  "0:" DEFAULTS " ecc 0 reason 2 type 0 bad 1 ramoops.mem_size=1e (suffix)" },
	{ "ramoops.mem_size=1M ramoops.mem_size=0x4k", NULL,
	  "0:" DEFAULTS " ecc 0 reason 2 type 0 bad 2 ramoops.mem_size=1M (suffix)" },
	{ "ramoops.mem_size= ramoops.mem_size ramoops.mem_size=-1 ramoops.mem_size=0x "
	  "ramoops.mem_size=08 ramoops.mem_size=99999999999999999999",
	  NULL, "0:" DEFAULTS " ecc 0 reason 2 type 0 bad 6 ramoops.mem_size=" },
	{ "ramoops.record_size=4294967296", NULL,
	  "0:" DEFAULTS " ecc 0 reason 2 type 0 bad 1 ramoops.record_size=4294967296" },
	{ "ramoops.bogus=1 ramoops.", NULL,
	  "0:" DEFAULTS " ecc 0 reason 2 type 0 bad 1 ramoops.bogus=1" },

	/* numbers with a sign */
	{ "ramoops.ecc=1", NULL, "1:" DEFAULTS " ecc 16 reason 2 type 0" },
	{ "ramoops.ecc=24 ramoops.mem_type=1", NULL, "2:" DEFAULTS " ecc 24 reason 2 type 1" },
	{ "ramoops.ecc=-0", NULL, "1:" DEFAULTS " ecc 0 reason 2 type 0" },
	{ "ramoops.ecc=+-1", NULL, "0:" DEFAULTS " ecc 0 reason 2 type 0 bad 1 ramoops.ecc=+-1" },
	{ "ramoops.max_reason=4", NULL, "1:" DEFAULTS " ecc 0 reason 4 type 0" },
	{ "ramoops.dump_oops=0", NULL, "1:" DEFAULTS " ecc 0 reason 1 type 0" },
	{ "ramoops.dump_oops=3", NULL, "1:" DEFAULTS " ecc 0 reason 2 type 0" },
	{ "ramoops.dump_oops=-1", NULL, "1:" DEFAULTS " ecc 0 reason 2 type 0" },
	{ "ramoops.max_reason=3 ramoops.dump_oops=0", NULL,
	  "2:" DEFAULTS " ecc 0 reason 3 type 0" },
	{ "ramoops.max_reason=-1 ramoops.dump_oops=0", NULL,
	  "2:" DEFAULTS " ecc 0 reason 1 type 0" },

	/* modprobe.d, then the command line */
	{ "", "mem_address=0x50000000 mem_size=0x100000 ecc=1",
	  "3: at 50000000 + 100000" DEFAULTS " ecc 16 reason 2 type 0" },
	{ "ramoops.mem_size=5", "mem_size=7 ecc=2", "3: + 5" DEFAULTS " ecc 2 reason 2 type 0" },
	{ "", "ramoops.mem_size=7",
	  "0:" DEFAULTS " ecc 0 reason 2 type 0 bad 1 ramoops.mem_size=7" },

	/* mem_name */
	{ "ramoops.mem_name=oops reserve_mem=4M:4096:oops", NULL,
	  "1:" DEFAULTS " ecc 0 reason 2 type 0 name oops 400000 1000" },
	{ "reserve_mem=1M:4096:trace reserve_mem=2M:0x200000:oops ramoops.mem_name=oops", NULL,
	  "1:" DEFAULTS " ecc 0 reason 2 type 0 name oops 200000 200000" },
	{ "reserve_mem=2M:4096:oopses ramoops.mem_name=oops", NULL,
	  "1:" DEFAULTS " ecc 0 reason 2 type 0 name oops" },
	{ "reserve_mem=0:4096:oops reserve_mem=2M:oops reserve_mem=2M:4096 ramoops.mem_name=oops",
	  NULL, "1:" DEFAULTS " ecc 0 reason 2 type 0 name oops" },
	{ "reserve_mem=2M:4096:oops", NULL, "0:" DEFAULTS " ecc 0 reason 2 type 0" },
};

static void describe(const struct parameters *p, char *out, size_t room)
{
	size_t n = (size_t)snprintf(out, room, "%u:", p->n);

	if (p->has_address)
		n += (size_t)snprintf(out + n, room - n, " at %llx",
				      (unsigned long long)p->address);
	if (p->bytes)
		n += (size_t)snprintf(out + n, room - n, " + %llx", (unsigned long long)p->bytes);
	n += (size_t)snprintf(out + n, room - n,
			      " record %x console %x ftrace %x pmsg %x ecc %u reason %u type %u",
			      p->geom.record_bytes, p->geom.console_bytes, p->geom.ftrace_bytes,
			      p->geom.pmsg_bytes, p->geom.ecc_bytes, p->geom.max_reason,
			      p->geom.mem_type);
	if (p->name)
		n += (size_t)snprintf(out + n, room - n, " name %.*s", (int)p->name_len, p->name);
	if (p->named_bytes)
		n += (size_t)snprintf(out + n, room - n, " %llx %llx",
				      (unsigned long long)p->named_bytes,
				      (unsigned long long)p->named_align);
	if (p->bad)
		snprintf(out + n, room - n, " bad %u %.*s%s", p->bad, (int)p->bad_word_len,
			 p->bad_word, p->bad_is_suffix ? " (suffix)" : "");
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct parameters got;
		char text[400];

		memset(&got, 0xaa, sizeof(got));
		parameters_read(rows[i].line, rows[i].modprobe, &got);
		assert_int_equal(got.geom.flags, GEOMETRY_FTRACE_PER_CPU);
		describe(&got, text, sizeof(text));
		if (strcmp(text, rows[i].want) != 0)
			fail_msg("<%s>: %s", rows[i].line, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
