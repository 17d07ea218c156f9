/* SPDX-License-Identifier: BSD-2-Clause */
/* Which UART of a tree is the console, and what is said if it is not the one that is named. */
#include "drivers/console_choice.h"

#include "binding.h"

static const struct driver *const uarts[] = { UART_DRIVERS, NULL };

#define CELLS "#address-cells = <1>; #size-cells = <1>; "
#define PL(at, more)                                                                               \
	"serial@" #at " { compatible = \"arm,pl011\", \"arm,primecell\"; reg = <0x" #at            \
	" 0x1000>; " more "}; "
#define NS(at, more)                                                                               \
	"serial@" #at " { compatible = \"ns16550a\"; reg = <0x" #at                                \
	" 0x100>; reg-shift = <2>; " more "}; "
#define CHOSEN(props)  "chosen { " props "}; "
#define ALIASES(props) "aliases { " props "}; "
#define OFF	       "status = \"disabled\"; "
#define FB	       "display@9000 { compatible = \"simple-framebuffer\"; reg = <0x9000 0x1000>; }; "
#define TWO	       PL(1000, "") NS(2000, "")
#define LAST	       NS(2000, "")
#define BOTH_ALIASES   ALIASES("serial1 = \"/serial@1000\"; serial2 = \"/serial@2000\"; ")

static const struct {
	const char *name;
	const char *tree;
	uint32_t base; /* 0: none */
	enum console_doubt doubt;
	uint32_t baud;
} rows[] = {
	{ "no UART", CELLS FB, 0, CONSOLE_AS_NAMED },
	{ "path", CELLS CHOSEN("stdout-path = \"/serial@2000\"; ") TWO, 0x2000, 0, 115200 },
	{ "path after the UARTs", CELLS TWO CHOSEN("stdout-path = \"/serial@2000:9600\"; "), 0x2000,
	  0, 9600 },
	{ "path without its unit address",
	  CELLS CHOSEN("stdout-path = \"/uart\"; ") TWO
	  "uart@3000 { compatible = \"arm,pl011\"; reg = <0x3000 0x1000>; };",
	  0x3000, 0, 115200 },
	{ "alias and options",
	  CELLS TWO ALIASES("con = \"/serial@2000\"; ") CHOSEN("stdout-path = \"con:57600n8r\"; "),
	  0x2000, 0, 57600 },
	{ "old name", CELLS CHOSEN("linux,stdout-path = \"/serial@2000\"; ") TWO, 0x2000, 0,
	  115200 },
	{ "old name beside the new one",
	  CELLS CHOSEN("linux,stdout-path = \"/serial@1000\"; stdout-path = \"/serial@2000\"; ")
		  TWO,
	  0x2000, 0, 115200 },
	{ "below buses",
	  CELLS CHOSEN("stdout-path = \"/soc/bus@0/serial@2000\"; ")
		  PL(1000, "") "soc { #address-cells = <1>; #size-cells = <1>; ranges; bus@0 { "
			       "#address-cells = "
			       "<1>; #size-cells = <1>; ranges; " LAST "}; };",
	  0x2000, 0, 115200 },
	{ "a path is not its end", CELLS CHOSEN("stdout-path = \"/serial@2000/x\"; ") TWO, 0x1000,
	  CONSOLE_NO_NODE, 115200 },
	{ "a path is not its beginning",
	  CELLS CHOSEN("stdout-path = \"/soc\"; ")
		  PL(1000, "") "soc { #address-cells = <1>; #size-cells = <1>; ranges; " LAST "};",
	  0x1000, CONSOLE_NO_DRIVER, 115200 },
	{ "two slashes", CELLS CHOSEN("stdout-path = \"//serial@2000\"; ") TWO, 0x2000, 0, 115200 },
	{ "nowhere", CELLS CHOSEN("stdout-path = \"/nope\"; ") TWO, 0x1000, CONSOLE_NO_NODE,
	  115200 },
	{ "an alias that is not there", CELLS CHOSEN("stdout-path = \"serial7:9600\"; ") TWO,
	  0x1000, CONSOLE_NO_NODE, 115200 },
	{ "an alias to nowhere",
	  CELLS ALIASES("serial0 = \"/nope\"; ") CHOSEN("stdout-path = \"serial0\"; ") TWO, 0x1000,
	  CONSOLE_NO_NODE, 115200 },
	{ "display", CELLS FB CHOSEN("stdout-path = \"/display@9000\"; ") TWO, 0x1000,
	  CONSOLE_NO_DRIVER, 115200 },
	{ "display, and no UART", CELLS FB CHOSEN("stdout-path = \"/display@9000\"; "), 0,
	  CONSOLE_NO_DRIVER },
	{ "disabled", CELLS CHOSEN("stdout-path = \"/serial@1000:9600\"; ") PL(1000, OFF) LAST,
	  0x2000, CONSOLE_DISABLED, 115200 },
	{ "on a disabled bus",
	  CELLS CHOSEN("stdout-path = \"/soc/bus/serial@1000\"; ") "soc { " OFF
								   "bus { #address-cells = <1>; "
								   "#size-cells = <1>; ranges; " PL(
									   1000, "") "}; }; " LAST,
	  0x2000, CONSOLE_DISABLED, 115200 },
	{ "no registers",
	  CELLS CHOSEN("stdout-path = \"/u\"; ") "u { compatible = \"arm,pl011\"; }; " LAST, 0x2000,
	  CONSOLE_OUT_OF_REACH, 115200 },
	{ "beyond the CPU",
	  "#address-cells = <2>; #size-cells = <1>; " CHOSEN(
		  "stdout-path = \"/serial@100001000\"; ") "serial@100001000 { compatible = "
							   "\"arm,pl011\"; reg = <1 0x1000 "
							   "0x1000>; }; "
							   "serial@2000 { compatible = "
							   "\"arm,pl011\"; reg = <0 0x2000 "
							   "0x1000>; };",
	  0x2000, CONSOLE_OUT_OF_REACH, 115200 },
	{ "an empty path", CELLS CHOSEN("stdout-path = \"\"; ") TWO, 0x1000, 0, 115200 },
	{ "a path that is not a string", CELLS CHOSEN("stdout-path = <0x2f736572>; ") TWO, 0x1000,
	  0, 115200 },

	{ "serial0", CELLS ALIASES("serial1 = \"/serial@1000\"; serial0 = \"/serial@2000\"; ") TWO,
	  0x2000, 0, 115200 },
	{ "serial0 before bootargs",
	  CELLS ALIASES("serial0 = \"/serial@2000\"; ")
		  CHOSEN("bootargs = \"earlycon=pl011,0x1000\"; ") TWO,
	  0x2000, 0, 115200 },
	{ "serial0 is disabled, so bootargs",
	  CELLS ALIASES("serial0 = \"/serial@3000\"; ") PL(3000, OFF)
		  CHOSEN("bootargs = \"earlycon=uart8250,mmio32,0x2000\"; ") TWO,
	  0x2000, 0, 115200 },
	{ "no serial0: the lowest", CELLS TWO BOTH_ALIASES, 0x1000, 0, 115200 },
	{ "the lowest that can be used",
	  CELLS ALIASES(
		  "serial3 = \"/serial@1000\"; serial2 = \"/nope\"; serial1 = \"/display@9000\"; "
		  "serial10 = \"/serial@2000\"; ") FB LAST PL(1000, ""),
	  0x1000, 0, 115200 },
	{ "names that only begin like it",
	  CELLS ALIASES("serial = \"/serial@2000\"; serial0x = \"/serial@2000\"; serial1000 = "
			"\"/serial@2000\"; ") TWO,
	  0x1000, 0, 115200 },

	{ "earlycon",
	  CELLS CHOSEN("bootargs = \"quiet earlycon=uart8250,mmio32,0x2000,9600n8 rw\"; ") TWO,
	  0x2000, 0, 9600 },
	{ "earlycon in decimal", CELLS CHOSEN("bootargs = \"earlycon=ns16550,mmio,8192\"; ") TWO,
	  0x2000, 0, 115200 },
	{ "earlycon to nowhere: its own driver",
	  CELLS CHOSEN("bootargs = \"earlycon=pl011,0x3f201000\"; ") TWO, 0x3f201000, 0, 115200 },
	{ "and without any UART in the tree",
	  CELLS CHOSEN("bootargs = \"earlycon=pl011,0x3f201000,57600\"; "), 0x3f201000, 0, 57600 },
	{ "earlycon beyond the CPU",
	  CELLS CHOSEN("bootargs = \"earlycon=pl011,0x13f201000\"; ") TWO, 0x1000, 0, 115200 },
	{ "earlycon, odd", CELLS CHOSEN("bootargs = \"earlycon=pl011,0x3f201001\"; ") TWO, 0x1000,
	  0, 115200 },
	{ "earlycon of an unknown kind",
	  CELLS CHOSEN("bootargs = \"earlycon=smh,0x3f201000\"; ") TWO, 0x1000, 0, 115200 },
	{ "earlycon without an address",
	  CELLS CHOSEN("bootargs = \"earlycon=pl011 earlycon\"; ") LAST, 0x2000, 0, 115200 },
	{ "earlycon goes before console",
	  CELLS CHOSEN("bootargs = \"console=ttyAMA1 earlycon=uart8250,mmio32,0x2000\"; ")
		  BOTH_ALIASES TWO,
	  0x2000, 0, 115200 },
	{ "console by number",
	  CELLS CHOSEN("bootargs = \"console=ttyS2,38400n8\"; ") BOTH_ALIASES TWO, 0x2000, 0,
	  38400 },
	{ "the last console that there is",
	  CELLS CHOSEN("bootargs = \"console=ttyAMA1 console=ttyS2 console=tty0 console=ttyS9\"; ")
		  BOTH_ALIASES TWO,
	  0x2000, 0, 115200 },
	{ "console of another driver",
	  CELLS CHOSEN("bootargs = \"console=ttyAMA2\"; ") BOTH_ALIASES TWO, 0x1000, 0, 115200 },
	{ "console by address", CELLS CHOSEN("bootargs = \"console=uart8250,mmio32,0x2000\"; ") TWO,
	  0x2000, 0, 115200 },
	{ "console without a number",
	  CELLS CHOSEN("bootargs = \"console=ttyS\"; ") BOTH_ALIASES TWO, 0x1000, 0, 115200 },
	{ "bootargs are not asked after stdout-path",
	  CELLS CHOSEN("stdout-path = \"/serial@1000\"; bootargs = \"console=ttyS2\"; ")
		  BOTH_ALIASES TWO,
	  0x1000, 0, 115200 },
	{ "but after one that cannot be used",
	  CELLS CHOSEN("stdout-path = \"/display@9000\"; bootargs = \"console=ttyS2\"; ")
		  FB BOTH_ALIASES TWO,
	  0x2000, CONSOLE_NO_DRIVER, 115200 },

	{ "the only one enabled", CELLS PL(1000, OFF) LAST, 0x2000, 0, 115200 },
	{ "the first one", CELLS LAST PL(1000, ""), 0x2000, 0, 115200 },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct devices d;
		const struct device *uart = &d.dev[DRIVER_UART];

		CASE(rows[i].name);
		d = bound(rows[i].tree, uarts);
		assert_int_equal(d.console_doubt, rows[i].doubt);
		if (rows[i].doubt)
			assert_non_null(d.console_named);
		assert_int_equal(uart->driver ? uart->reg.base_pa : 0, rows[i].base);
		assert_int_equal(uart->baud, rows[i].baud);
	}
}

/* What earlycon= alone knows of a UART: each form has a layout of its own. */
static void test_layout_of_earlycon(void **state)
{
	static const struct {
		const char *word;
		const struct driver *driver;
		uint32_t shift, width;
	} words[] = {
		{ "uart8250,mmio,0x7000", &driver_ns16550, 0, 1 },
		{ "uart8250,mmio16,0x7000", &driver_ns16550, 1, 2 },
		{ "uart,mmio32,0x7000", &driver_ns16550, 2, 4 },
		{ "ns16550a,0x7000", &driver_ns16550, 0, 1 },
		{ "pl011,mmio32,0x7000", &driver_pl011, 0, 0 },
		{ "exynos4210,0x7000", &driver_s5pv210_uart, 0, 0 },
		{ "qcom_geni,0x7000", &driver_geni_uart, 0, 0 },
		{ "msm_serial_dm,0x7000", &driver_msm_uartdm, 0, 0 },
		{ "meson,0x7000", &driver_meson_uart, 0, 0 },
		{ "cdns,0x7000", &driver_cadence_uart, 0, 0 },
		{ "ar3700_uart,0x7000", &driver_armada_3700_uart, 0, 0 },
		{ "ec_imx6q,0x7000", &driver_imx_uart, 0, 0 },
		{ "uart8250,mmio32be,0x7000", NULL, 0, 0 },
		{ "uart8250,io,0x3f8", NULL, 0, 0 },
		{ "uart8250,mmio32,0x7002", NULL, 0, 0 },
		{ "uart8250,mmio32,", NULL, 0, 0 },
		{ "", NULL, 0, 0 },
		{ ",,,", NULL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		char text[200];
		struct devices d;
		const struct device *uart = &d.dev[DRIVER_UART];

		CASE(words[i].word);
		snprintf(text, sizeof(text), "chosen { bootargs = \"earlycon=%s\"; };",
			 words[i].word);
		d = bound(text, uarts);
		assert_ptr_equal(uart->driver, words[i].driver);
		assert_int_equal(uart->reg_shift, words[i].shift);
		assert_int_equal(uart->reg_width, words[i].width);
		if (words[i].driver)
			assert_int_equal(uart->node, -1);
	}
}

/* More UARTs than are remembered: the first ones count, and nothing is written beyond. */
static void test_many(void **state)
{
	static char text[8000];
	char *p = text;
	struct devices d;

	(void)state;
	p += sprintf(p, CELLS CHOSEN("stdout-path = \"/serial@13000\"; "));
	for (int i = 0; i < 40; i++)
		p += sprintf(p, "serial@%x { compatible = \"arm,pl011\"; reg = <0x%x 0x1000>; }; ",
			     0x10000 + i * 0x1000, 0x10000 + i * 0x1000);
	d = bound(text, uarts);
	assert_int_equal(d.dev[DRIVER_UART].reg.base_pa, 0x13000);
	assert_int_equal(d.console_doubt, CONSOLE_AS_NAMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
					    cmocka_unit_test(test_layout_of_earlycon),
					    cmocka_unit_test(test_many) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
