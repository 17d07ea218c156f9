/* SPDX-License-Identifier: BSD-2-Clause */
/* Binding drivers to trees: which device of each class is taken, and with what facts. */
#include "drivers/drivers.h"

#include "support.h"
#include "tree.h"

static const char *const uart_a[] = { "acme,uart-a", NULL };
static const char *const uart_b[] = { "acme,uart-b", "acme,uart", NULL };
static const char *const reset_c[] = { "arm,psci-1.0", "arm,psci-0.2", NULL };
static const struct driver drv_a = { .name = "a", .class = DRIVER_UART, .compatible = uart_a };
static const struct driver drv_b = { .name = "b", .class = DRIVER_UART, .compatible = uart_b };
static const struct driver drv_c = { .name = "c", .class = DRIVER_RESET, .compatible = reset_c };
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
	{ "clock after its user", CELLS B_AT_2000 CLOCK, &drv_b, 0x2000, 24000000, 115200 },
};

static void test_uart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		static uint8_t dtb[16384];
		struct devices d;
		const struct device *uart = &d.dev[DRIVER_UART];

		CASE(rows[i].name);
		tree_make(rows[i].tree, dtb, sizeof(dtb), 0);
		devices_bind(dtb, list, &d);
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
		static uint8_t dtb[16384];
		struct devices d;

		tree_make(methods[i].tree, dtb, sizeof(dtb), 0);
		devices_bind(dtb, list, &d);
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
		{ "not terminated", "acme,uart-a", 11, NULL },
		{ "prefix only", "acme,uart-", 11, NULL },
		{ "empty", "", 0, NULL },
		{ "empty string", "", 1, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(finds); i++) {
		CASE(finds[i].name);
		assert_ptr_equal(driver_find(finds[i].bytes, finds[i].len, list), finds[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_uart),
					    cmocka_unit_test(test_psci),
					    cmocka_unit_test(test_find) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
