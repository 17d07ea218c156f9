/* SPDX-License-Identifier: BSD-2-Clause */
/* Names with unit addresses, and ranges as cells. */
#include "core/base/span.h"
#include "core/tree/node.h"
#include "support.h"

static const struct {
	const char *name;
	uint64_t address;
	const char *want;
} names[] = {
	{ "ramoops", 0, "ramoops@0" },
	{ "ramoops", 0x5fc00000, "ramoops@5fc00000" },
	{ "partition", 0xf, "partition@f" },
	{ "", 0x10, "@10" },
	{ "a", UINT64_MAX, "a@ffffffffffffffff" },
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const size_t len = strlen(names[i].name);
		char *out = malloc(len + NODE_UNIT_BYTES);

		CASE(names[i].want);
		assert_int_equal(node_unit_name(out, names[i].name, len, names[i].address),
				 strlen(names[i].want));
		assert_string_equal(out, names[i].want);
		free(out);
	}
}

static const struct {
	const char *name;
	uint32_t n_addr, n_size;
	struct range r;
	uint32_t cells[4];
} regs[] = {
	{ "one and one", 1, 1, { 0x5fc00000, 0x200000 }, { 0x5fc00000, 0x200000 } },
	{ "two and one", 2, 1, { 0x123456789, 0x1000 }, { 1, 0x23456789, 0x1000 } },
	{ "two and two", 2, 2, { 0x40000000, 0x100000002 }, { 0, 0x40000000, 1, 2 } },
	{ "one and two", 1, 2, { 7, 8 }, { 7, 0, 8 } },
	{ "too large for its cell", 1, 1, { 0x100000001, 1 }, { 1, 1 } },
};

static void test_regs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(regs); i++) {
		const uint32_t n = regs[i].n_addr + regs[i].n_size;
		uint8_t out[NODE_REG_BYTES];

		CASE(regs[i].name);
		assert_int_equal(node_reg(out, regs[i].n_addr, regs[i].n_size, regs[i].r), 4 * n);
		for (uint32_t k = 0; k < n; k++)
			assert_int_equal(be32_load(out + 4 * k), regs[i].cells[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_regs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
