/* SPDX-License-Identifier: BSD-2-Clause */
/* Binding drivers to trees: which device of each class is taken, and with what facts. */
#include "drivers/match.h"
#include "drivers/uart.h"

#include "binding.h"

static const struct driver drv_a = { .name = "a",
				     .class = DRIVER_UART,
				     .compatible = "acme,uart-a\0" };
static const struct driver drv_b = { .name = "b",
				     .class = DRIVER_UART,
				     .compatible = "acme,uart-b\0"
						   "acme,uart\0" };
static const struct driver drv_c = { .name = "c",
				     .class = DRIVER_RESET,
				     .compatible = "arm,psci-1.0\0"
						   "arm,psci-0.2\0" };
static const struct driver *const list[] = { &drv_a, &drv_b, &drv_c, NULL };

#define CELLS	  "#address-cells = <1>; #size-cells = <1>; "
#define A_AT_1000 "a@1000 { compatible = \"acme,uart-a\"; reg = <0x1000 0x100>; }; "
#define B_AT_2000                                                                                  \
	"b@2000 { compatible = \"acme,uart-b\", \"acme,uart-a\"; reg = <0x2000 0x100>; clocks = "  \
	"<7>; }; "
#define CLOCK "clk { compatible = \"fixed-clock\"; clock-frequency = <24000000>; phandle = <7>; }; "

static const struct {
	const char *name;
	const char *tree;
	const struct driver *uart;
	uint64_t base;
	uint32_t hz, baud;
} rows[] = {
	{ "none", CELLS "x { compatible = \"acme,other\"; };", NULL, 0, 0, 0 },
	{ "the only one", CELLS A_AT_1000, &drv_a, 0x1000, 0, 115200 },
	{ "first of two without stdout-path", CELLS A_AT_1000 B_AT_2000, &drv_a, 0x1000, 0,
	  115200 },
	{ "stdout-path", CELLS "chosen { stdout-path = \"/b@2000\"; }; " A_AT_1000 B_AT_2000 CLOCK,
	  &drv_b, 0x2000, 24000000, 115200 },
	{ "stdout-path with a rate",
	  CELLS "chosen { stdout-path = \"/b@2000:9600n8\"; }; " A_AT_1000 B_AT_2000, &drv_b,
	  0x2000, 0, 9600 },
	{ "stdout-path by alias",
	  CELLS "aliases { serial0 = \"/b@2000\"; }; chosen { stdout-path = \"serial0:57600\"; "
		"}; " A_AT_1000 B_AT_2000,
	  &drv_b, 0x2000, 0, 57600 },
	{ "rate for the only one", CELLS "chosen { stdout-path = \"/a@1000:38400\"; }; " A_AT_1000,
	  &drv_a, 0x1000, 0, 38400 },
	{ "old name of stdout-path",
	  CELLS "chosen { linux,stdout-path = \"/b@2000\"; }; " A_AT_1000 B_AT_2000, &drv_b, 0x2000,
	  0, 115200 },
	{ "stdout-path to nowhere",
	  CELLS "chosen { stdout-path = \"/nope\"; }; " A_AT_1000 B_AT_2000, &drv_a, 0x1000, 0,
	  115200 },
	{ "disabled",
	  CELLS "a@1000 { compatible = \"acme,uart-a\"; reg = <0x1000 0x100>; status = "
		"\"disabled\"; }; " B_AT_2000,
	  &drv_b, 0x2000, 0, 115200 },
	{ "no reg", CELLS "a { compatible = \"acme,uart-a\"; };", NULL, 0, 0, 0 },
	{ "after a bus",
	  CELLS "soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0x10000000 "
		"0x100000>; " A_AT_1000 "};",
	  &drv_a, 0x10001000, 0, 115200 },
	{ "current-speed",
	  CELLS "a@1000 { compatible = \"acme,uart-a\"; reg = <0x1000 0x100>; current-speed = "
		"<57600>; };",
	  &drv_a, 0x1000, 0, 57600 },
	{ "current-speed makes no sense",
	  CELLS "a@1000 { compatible = \"acme,uart-a\"; reg = <0x1000 0x100>; current-speed = "
		"<1>; };",
	  &drv_a, 0x1000, 0, 115200 },
	{ "stdout-path before current-speed",
	  CELLS "chosen { stdout-path = \"/c@3000:9600\"; }; " A_AT_1000
		"c@3000 { compatible = \"acme,uart-b\"; reg = <0x3000 0x100>; current-speed = "
		"<57600>; };",
	  &drv_b, 0x3000, 0, 9600 },
	{ "current-speed of the one that stdout-path names",
	  CELLS "chosen { stdout-path = \"/c@3000\"; }; " A_AT_1000
		"c@3000 { compatible = \"acme,uart-b\"; reg = <0x3000 0x100>; current-speed = "
		"<57600>; };",
	  &drv_b, 0x3000, 0, 57600 },
	{ "clock-frequency of its own",
	  CELLS "a@1000 { compatible = \"acme,uart-a\"; reg = <0x1000 0x100>; clock-frequency = "
		"<48000000>; clocks = <7>; };" CLOCK,
	  &drv_a, 0x1000, 48000000, 115200 },
	{ "after four buses, one with two cells",
	  CELLS
	  "w { #address-cells = <2>; #size-cells = <1>; ranges = <0 0 0x10000000 0x1000000 1 0 "
	  "0x20000000 0x1000000>; "
	  "x { #address-cells = <1>; #size-cells = <1>; ranges = <0 1 0x100000 0x10000>; "
	  "y { #address-cells = <1>; #size-cells = <1>; ranges; "
	  "z { #address-cells = <1>; #size-cells = <1>; ranges = <0x800 0x4000 0x1000>; " A_AT_1000
	  "}; }; }; };",
	  &drv_a, 0x20104800, 0, 115200 },
	{ "not within its bus",
	  CELLS "soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0x10000000 "
		"0x1000>; " A_AT_1000 "};",
	  NULL, 0, 0, 0 },
	{ "on a disabled bus",
	  CELLS
	  "soc { #address-cells = <1>; #size-cells = <1>; ranges; status = \"disabled\"; " A_AT_1000
	  "more { clk { }; }; c@3000 { compatible = \"acme,uart-a\"; reg = <0x3000 0x100>; }; "
	  "}; " B_AT_2000,
	  &drv_b, 0x2000, 0, 115200 },
	{ "above 4 GiB",
	  "#address-cells = <2>; #size-cells = <1>; a@1000 { compatible = \"acme,uart-a\"; reg = "
	  "<1 "
	  "0x1000 0x100>; }; b@1000 { compatible = \"acme,uart-b\"; reg = <0 0x1000 0x100>; };",
	  &drv_b, 0x1000, 0, 115200 },
	{ "over the end of 4 GiB",
	  "#address-cells = <2>; #size-cells = <1>; a@1000 { compatible = \"acme,uart-a\"; reg = "
	  "<0 "
	  "0xffffff80 0x100>; };",
	  NULL, 0, 0, 0 },
	{ "registers that are not whole words",
	  CELLS "a@1002 { compatible = \"acme,uart-a\"; reg = <0x1002 0x100>; };", NULL, 0, 0, 0 },
	{ "clock after its user", CELLS B_AT_2000 CLOCK, &drv_b, 0x2000, 24000000, 115200 },
};

static void test_uart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct devices d;
		const struct device *uart = &d.dev[DRIVER_UART];

		CASE(rows[i].name);
		d = bound(rows[i].tree, list);
		assert_ptr_equal(uart->driver, rows[i].uart);
		if (!rows[i].uart)
			continue;
		assert_int_equal(uart->reg.base_pa, rows[i].base);
		assert_int_equal(uart->clock_hz, rows[i].hz);
		assert_int_equal(uart->baud, rows[i].baud);
	}
}

static void test_psci(void **state)
{
	static const struct {
		const char *tree;
		bool found, smc;
	} methods[] = {
		{ "psci { compatible = \"arm,psci-1.0\", \"arm,psci-0.2\"; method = \"smc\"; };",
		  true, true },
		{ "psci { compatible = \"arm,psci-0.2\"; method = \"hvc\"; };", true, false },
		{ "psci { compatible = \"arm,psci-0.2\"; };", true, false },
		{ "psci { compatible = \"arm,psci\"; method = \"smc\"; };", false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		struct devices d;

		d = bound(methods[i].tree, list);
		assert_int_equal(d.dev[DRIVER_RESET].driver != NULL, methods[i].found);
		assert_int_equal(d.dev[DRIVER_RESET].use_smc, methods[i].smc);
	}
}

static void test_find(void **state)
{
	static const struct {
		const char *name;
		const char *bytes;
		size_t len;
		const struct driver *want;
	} finds[] = {
		{ "most specific first", "acme,uart-b\0acme,uart-a", 24, &drv_b },
		{ "second string", "acme,new\0acme,uart-a", 21, &drv_a },
		{ "second string of a driver", "acme,uart", 10, &drv_b },
		{ "empty string before it", "\0acme,uart-a", 13, &drv_a },
		{ "not terminated", "acme,uart-a", 11, NULL },
		{ "prefix only", "acme,uart-", 11, NULL },
		{ "one letter more", "acme,uart-aa", 13, NULL },
		{ "empty", "", 0, NULL },
		{ "empty string", "", 1, NULL },
	};
	static struct match_index index;

	(void)state;
	assert_int_equal(match_index_make(list, &index), 5);
	for (size_t i = 0; i < ARRAY_LEN(finds); i++) {
		CASE(finds[i].name);
		assert_ptr_equal(match_find(&index, finds[i].bytes, finds[i].len), finds[i].want);
	}
}

/* Every string leads to its driver: none is there twice, and the index has room. */
static void test_all_are_found(void **state)
{
	/* but for five strings, of drivers that need more than registers */
	static const struct driver *const all[] = { UART_DRIVERS, &driver_soc, NULL };
	static struct match_index index;
	uint32_t n = 0;

	(void)state;
	assert_in_range(match_index_make(all, &index), 100, MATCH_SLOTS / 2 - 5);
	for (uint32_t i = 0; all[i]; i++)
		for (const char *s = all[i]->compatible; *s; s += strlen(s) + 1, n++) {
			CASE(s);
			assert_ptr_equal(match_find(&index, s, strlen(s) + 1), all[i]);
		}
	assert_in_range(n, 100, MATCH_SLOTS / 2 - 5);
}

/* More strings than the index takes: those that fit are found, and no look-up goes on forever. */
static void test_full_index(void **state)
{
	static char strings[8][300];
	static struct driver d[8];
	static const struct driver *many[9];
	static struct match_index index;

	(void)state;
	for (int i = 0; i < 8; i++) {
		char *p = strings[i];

		for (int k = 0; k < 40; k++)
			p += sprintf(p, "d%d,%d", i, k) + 1;
		d[i].compatible = strings[i];
		many[i] = &d[i];
	}
	assert_int_equal(match_index_make(many, &index), MATCH_SLOTS / 2);
	assert_ptr_equal(match_find(&index, "d0,39", 6), &d[0]);
	assert_null(match_find(&index, "d7,39", 6));
}

/* Registers of an 8250 where the tree puts them, of others where they are. */
static void test_layout(void **state)
{
#define UART(more) CELLS "u@1000 { compatible = \"acme,uart\"; reg = <0x1000 0x100>; " more "};"
	static const struct {
		const char *name;
		const char *tree;
		bool by_tree;
		uint32_t base, shift, width;
	} layouts[] = {
		{ "as the driver says", UART(""), true, 0x1000, 1, 2 },
		{ "as the tree says", UART("reg-shift = <2>; reg-io-width = <4>; "), true, 0x1000,
		  2, 4 },
		{ "a shift of 0", UART("reg-shift = <0>; reg-io-width = <1>; "), true, 0x1000, 0,
		  1 },
		{ "an offset", UART("reg-offset = <0x40>; "), true, 0x1040, 1, 2 },
		{ "an offset beyond", UART("reg-offset = <0x100>; "), true, 0x1000, 1, 2 },
		{ "nonsense", UART("reg-shift = <77>; reg-io-width = <3>; "), true, 0x1000, 1, 2 },
		{ "not for the tree to say", UART("reg-shift = <2>; reg-io-width = <4>; "), false,
		  0x1000, 1, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
		const struct uart_model model = { .layout_by_tree = layouts[i].by_tree,
						  .reg_shift = 1,
						  .width = 2 };
		const struct driver drv = { .class = DRIVER_UART,
					    .compatible = "acme,uart\0",
					    .uart_model = &model };
		const struct driver *const one[] = { &drv, NULL };
		struct devices d;
		const struct device *uart = &d.dev[DRIVER_UART];

		CASE(layouts[i].name);
		d = bound(layouts[i].tree, one);
		assert_ptr_equal(uart->driver, &drv);
		assert_int_equal(uart->reg.base_pa, layouts[i].base);
		assert_int_equal(uart->reg.base_pa + uart->reg.bytes, 0x1100);
		assert_int_equal(uart->reg_shift, layouts[i].shift);
		assert_int_equal(uart->reg_width, layouts[i].width);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uart),	   cmocka_unit_test(test_psci),
		cmocka_unit_test(test_find),	   cmocka_unit_test(test_all_are_found),
		cmocka_unit_test(test_full_index), cmocka_unit_test(test_layout)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
