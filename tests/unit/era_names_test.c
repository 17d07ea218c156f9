/* SPDX-License-Identifier: BSD-2-Clause */
/* Eras by name, and the eras that a layout allows. */
#include "core/ramoops/geometry.h"
#include "support.h"

enum { V_3_10 = 0x030a69, V_6_3 = 0x060308, V_6_12 = 0x060c6b };

static const struct {
	uint32_t eras;
	const char *names;
} names[] = {
	{ 0, "" },
	{ 1 << ERA_3_10, "3.10" },
	{ 1 << ERA_3_11, "3.11 to 4.9" },
	{ 1 << ERA_6_1_LTS, "6.1 long-term" },
	{ 1 << ERA_6_6, "6.6 and later" },
	{ 1 << ERA_3_10 | 1 << ERA_3_11, "3.10 to 4.9" },
	{ 1 << ERA_4_10 | 1 << ERA_6_1_LTS, "4.10 to 6.1" },
	{ 1 << ERA_6_1_LTS | 1 << ERA_6_2, "6.1 long-term to 6.5" },
	{ 1 << ERA_6_2 | 1 << ERA_6_6, "6.2 and later" },
	{ (1 << ERAS) - 1, "3.10 and later" },
	{ 1 << ERA_3_10 | 1 << ERA_6_6, "3.10, 6.6 and later" },
	{ 1 << ERA_3_11 | 1 << ERA_6_1_LTS | 1 << ERA_6_6,
	  "3.11 to 4.9, 6.1 long-term, 6.6 and later" },
	{ ERAS_WITH_PMSG | 1 << ERA_3_11, "4.0 to 4.9" },
	{ ERAS_WITH_PMSG | 1 << ERA_3_11 | 1 << ERA_4_10, "4.0 to 6.1" },
	{ ERAS_WITH_PMSG | 1 << ERA_6_6, "6.6 and later" },
};

static void test_names(void **state)
{
	char out[ERA_NAMES_BYTES];
	size_t longest = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		era_names(names[i].eras, out);
		assert_string_equal(out, names[i].names);
	}
	for (uint32_t bits = 0; bits < 1 << ERAS; bits++) {
		era_names(bits, out);
		longest = strlen(out) > longest ? strlen(out) : longest;
	}
	assert_in_range(longest, 40, ERA_NAMES_BYTES - 1);
}

/* The eras that a layout allows: by its places, and by what the writer says. */
static const struct {
	const char *name;
	uint32_t record, console, ftrace, pmsg;
	enum era era;
	uint32_t version;
	const char *kernels;
} allowed[] = {
	{ "no ftrace, nothing left over", 0x4000, 0x4000, 0, 0, ERA_4_10, 0, "3.10 and later" },
	{ "no ftrace, larger records", 0x4000, 0x2000, 0, 0, ERA_4_10, 0, "4.10 and later" },
	{ "no ftrace, a rest", 0x4000, 0x2000, 0, 0, ERA_3_11, 0, "3.10 to 4.9" },
	{ "pmsg before ftrace", 0x4000, 0x2000, 0x1000, 0x1000, ERA_6_6, 0, "6.2 and later" },
	{ "pmsg after ftrace", 0x4000, 0x2000, 0x1000, 0x1000, ERA_4_10, 0, "4.0 to 6.1" },
	{ "pmsg, no ftrace", 0x4000, 0x2000, 0, 0x1000, ERA_4_10, 0, "4.10 to 6.1, 6.2 to 6.5" },
	{ "pmsg, a rest", 0x4000, 0x2000, 0, 0x1000, ERA_3_11, 0, "4.0 to 4.9" },
	{ "pmsg, nothing left over", 0x4000, 0x4000, 0, 0x4000, ERA_6_6, 0, "4.0 and later" },
	{ "ftrace and no pmsg", 0x4000, 0x4000, 0x4000, 0, ERA_6_6, 0, "3.10 and later" },
	{ "a vendor's 3.10 says", 0x4000, 0x4000, 0, 0x4000, ERA_6_6, V_3_10, "3.10" },
	{ "the writer says", 0x4000, 0x2000, 0x1000, 0x1000, ERA_6_6, V_6_12, "6.6 and later" },
	{ "6.3 says", 0x4000, 0x2000, 0x1000, 0x1000, ERA_6_6, V_6_3, "6.2 to 6.5" },
	{ "the writer cannot be right", 0x4000, 0x2000, 0x1000, 0x1000, ERA_4_10, V_6_12,
	  "4.0 to 6.1" },
};

static void test_allowed_eras(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
		const struct geometry g = { .region_bytes = 0x20000,
					    .record_bytes = allowed[i].record,
					    .console_bytes = allowed[i].console,
					    .ftrace_bytes = allowed[i].ftrace,
					    .pmsg_bytes = allowed[i].pmsg };
		struct layout l;
		char out[ERA_NAMES_BYTES];

		CASE(allowed[i].name);
		assert_int_equal(layout_make(&g, allowed[i].era, 1, &l), OM_OK);
		l.writer_version = allowed[i].version;
		era_names(layout_eras(&g, &l), out);
		assert_string_equal(out, allowed[i].kernels);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_allowed_eras),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
