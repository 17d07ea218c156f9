/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters of SoCs against their registers: found running, started, left alone. */
#include "soc_model.h"

enum { BASE = 0x10000000, BYTES = 0x8000, REGS = 6 };

static struct devices d;
static struct range mapped[4];
static uint32_t n_mapped;

/* Of AM335x, beyond the unit: the driver maps them itself. */
enum om_err arch_map(struct range range, enum arch_mem how)
{
	assert_int_equal(how, ARCH_DEVICE);
	assert_true(n_mapped < ARRAY_LEN(mapped));
	mapped[n_mapped++] = range;
	model.allowed[model.n_allowed++] = range;
	return OM_OK;
}

struct reg {
	uint64_t pa; /* below 0x1000: from BASE */
	uint32_t value;
};

#define AM33   0x44e00000
#define TIMER2 0x48040000
#define STATUS 0x44e10040
#define MHZ(n) ((n)*1000000u)
#define ONES   UINT32_MAX
#define AM33_REGS(tclr, tldr, source, osc)                                                         \
	{                                                                                          \
		{ AM33 + 0x80, 2 }, { AM33 + 0x508, source }, { STATUS, (osc) << 22 },             \
			{ TIMER2 + 0x38, tclr }, { TIMER2 + 0x40, tldr },                          \
	}

/* Found as it is: nothing is written, though something may be. @hz 0: it is of no use. */
static const struct {
	const char *what;
	const char *name;
	struct reg reg[REGS];
	uint32_t clock_hz; /* of the tree */
	uint32_t hz;
	uint64_t low_pa, high_pa;
	bool down;
} found[] = {
	{ "sysreg", "arm,vexpress-sysreg", { { 0 } }, 0, MHZ(24), BASE + 0x5c, 0, false },
	{ "system timer",
	  "brcm,bcm2835-system-timer",
	  { { 0 } },
	  0,
	  MHZ(1),
	  BASE + 4,
	  BASE + 8,
	  false },
	{ "MCT runs",
	  "samsung,exynos4210-mct",
	  { { 0x240, 0x100 } },
	  0,
	  MHZ(24),
	  BASE + 0x100,
	  BASE + 0x104,
	  false },
	{ "global timer",
	  "arm,cortex-a9-global-timer",
	  { { 8, 1 } },
	  MHZ(100),
	  MHZ(100),
	  BASE,
	  BASE + 4,
	  false },
	{ "global timer for a comparator",
	  "arm,cortex-a9-global-timer",
	  { { 8, 0xf } },
	  7,
	  7,
	  BASE,
	  BASE + 4,
	  false },
	{ "global timer with a prescaler",
	  "arm,cortex-a9-global-timer",
	  { { 8, 0x201 } },
	  MHZ(100),
	  0,
	  0,
	  0,
	  false },
	{ "global timer at an unknown rate",
	  "arm,cortex-a9-global-timer",
	  { { 8, 1 } },
	  0,
	  0,
	  0,
	  0,
	  false },
	{ "SP804", "arm,sp804", { { 0, ONES }, { 8, 0xc2 } }, MHZ(1), MHZ(1), BASE + 4, 0, true },
	{ "SP804 with its interrupt on",
	  "arm,sp804",
	  { { 0, ONES }, { 8, 0xe2 } },
	  MHZ(1),
	  MHZ(1),
	  BASE + 4,
	  0,
	  true },
	{ "SP804, the second one",
	  "arm,sp804",
	  { { 0, 1000 }, { 8, 0xc2 }, { 0x20, ONES }, { 0x28, 0xc2 } },
	  MHZ(1),
	  MHZ(1),
	  BASE + 0x24,
	  0,
	  true },
	{ "SP804 at an unknown rate",
	  "arm,sp804",
	  { { 0, ONES }, { 8, 0xc2 } },
	  0,
	  0,
	  0,
	  0,
	  false },
	{ "SP804, both for something else",
	  "arm,sp804",
	  { { 0, ONES }, { 8, 0xc6 }, { 0x20, 99 }, { 0x28, 0xc2 } },
	  MHZ(1),
	  0,
	  0,
	  0,
	  false },
	{ "A10, as U-Boot leaves it",
	  "allwinner,sun4i-a10-timer",
	  { { 0x10, 5 }, { 0x14, ONES } },
	  0,
	  MHZ(24),
	  BASE + 0x18,
	  0,
	  true },
	{ "A10, both prescaled",
	  "allwinner,sun4i-a10-timer",
	  { { 0x10, 0x25 }, { 0x14, ONES }, { 0x20, 0x15 }, { 0x24, ONES } },
	  0,
	  0,
	  0,
	  0,
	  false },
	{ "Armada",
	  "marvell,armada-xp-timer",
	  { { 0, 0x803 }, { 0x10, ONES } },
	  0,
	  MHZ(25),
	  BASE + 0x14,
	  0,
	  true },
	{ "Armada of an unknown clock",
	  "marvell,armada-xp-timer",
	  { { 0, 3 }, { 0x10, ONES } },
	  0,
	  0,
	  0,
	  0,
	  false },
	{ "DW",
	  "snps,dw-apb-timer",
	  { { 0, ONES }, { 8, 3 } },
	  MHZ(25),
	  MHZ(25),
	  BASE + 4,
	  0,
	  true },
	{ "DW, counts from less",
	  "snps,dw-apb-timer",
	  { { 0, 5000 }, { 8, 3 } },
	  MHZ(25),
	  0,
	  0,
	  0,
	  false },
	{ "GPT, 6Q of U-Boot",
	  "fsl,imx31-gpt",
	  { { 0, 0x141 }, { 0x10, ONES } },
	  0,
	  MHZ(3),
	  BASE + 0x24,
	  0,
	  false },
	{ "GPT, 6DL of U-Boot",
	  "fsl,imx6dl-gpt",
	  { { 0, 0x541 }, { 4, 0x7000 }, { 0x10, ONES } },
	  0,
	  MHZ(3),
	  BASE + 0x24,
	  0,
	  false },
	{ "GPT of the 32 kHz", "fsl,imx31-gpt", { { 0, 0x301 } }, 0, 32768, BASE + 0x24, 0, false },
	{ "GPT with a prescaler",
	  "fsl,imx6sx-gpt",
	  { { 0, 0x741 }, { 4, 0x3001 } },
	  0,
	  MHZ(3),
	  BASE + 0x24,
	  0,
	  false },
	{ "GPT of the bus clock", "fsl,imx31-gpt", { { 0, 0x241 } }, 0, 0, 0, 0, false },
	{ "GPT that begins again early",
	  "fsl,imx31-gpt",
	  { { 0, 0x141 }, { 0x10, 1000 } },
	  0,
	  0,
	  0,
	  0,
	  false },
	{ "32k of OMAP3", "ti,omap-counter32k", { { 0, 0x10 } }, 0, 32768, BASE + 0x10, 0, false },
	{ "32k of OMAP5",
	  "ti,omap-counter32k",
	  { { 0, 0x40000000 } },
	  0,
	  32768,
	  BASE + 0x30,
	  0,
	  false },
	{ "AM335x of U-Boot", "ti,am3-prcm", AM33_REGS(0x2b, 0, 1, 1), 0, MHZ(3), TIMER2 + 0x3c, 0,
	  false },
	{ "AM335x at 26 MHz", "ti,am3-prcm", AM33_REGS(3, 0, 1, 3), 0, MHZ(26), TIMER2 + 0x3c, 0,
	  false },
	{ "AM335x of the 32 kHz", "ti,am3-prcm", AM33_REGS(3, 0, 2, 1), 0, 32768, TIMER2 + 0x3c, 0,
	  false },
	{ "AM335x of a pin", "ti,am3-prcm", AM33_REGS(3, 0, 0, 1), 0, 0, 0, 0, false },
	{ "AM335x, begins again early", "ti,am3-prcm", AM33_REGS(3, 0xff000000, 1, 1), 0, 0, 0, 0,
	  false },
	{ "a watchdog", "snps,dw-wdt", { { 0 } }, MHZ(1), 0, 0, 0, false },
	{ "the CPU's own", "arm,armv7-timer", { { 0 } }, MHZ(1), 0, 0, 0, false },
};

static void make(const char *name, const struct reg *reg, uint32_t clock_hz)
{
	model_start(&d);
	n_mapped = 0;
	model_unit(&d, name, strcmp(name, "ti,am3-prcm") == 0 ? AM33 : BASE, BYTES)->clock_hz =
		clock_hz;
	for (uint32_t i = 0; i < REGS && (reg[i].pa || reg[i].value); i++)
		model_set(reg[i].pa < 0x1000 ? BASE + reg[i].pa : reg[i].pa, reg[i].value);
}

static void test_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(found); i++) {
		const size_t row = i / 2;
		struct counter c;

		CASE(found[row].what);
		make(found[row].name, found[row].reg, found[row].clock_hz);
		assert_int_equal(soc_counter(&d, 0, i % 2, &c), found[row].hz != 0);
		assert_int_equal(model.n_writes, 0);
		if (!found[row].hz)
			continue;
		assert_int_equal(c.hz, found[row].hz);
		assert_int_equal(c.low_pa, found[row].low_pa);
		assert_int_equal(c.high_pa, found[row].high_pa);
		assert_int_equal(c.down, found[row].down);
	}
}

/* Off: started where that may be, and then found as it is; with a caller there is nothing written.
 */
static const struct {
	const char *what;
	const char *name;
	struct reg reg[REGS];
	uint32_t clock_hz, hz;
	struct reg last; /* written last */
} off[] = {
	{ "MCT", "samsung,exynos4210-mct", { { 0 } }, 0, MHZ(24), { 0x240, 0x100 } },
	{ "global timer", "arm,cortex-a9-global-timer", { { 0 } }, MHZ(100), MHZ(100), { 8, 1 } },
	{ "SP804", "arm,sp804", { { 8, 0x20 } }, MHZ(1), MHZ(1), { 8, 0xe2 } },
	{ "SP804 whose first one is in use",
	  "arm,sp804",
	  { { 0, 77 }, { 8, 0xc2 } },
	  MHZ(1),
	  MHZ(1),
	  { 0x28, 0xc2 } },
	{ "A10", "allwinner,sun4i-a10-timer", { { 0x10, 4 } }, 0, MHZ(24), { 0x10, 7 } },
	{ "Armada", "marvell,armada-xp-timer", { { 0, 0x100 } }, 0, MHZ(25), { 0, 0x903 } },
	{ "DW", "snps,dw-apb-timer", { { 8, 4 } }, MHZ(25), MHZ(25), { 8, 7 } },
	{ "GPT", "fsl,imx31-gpt", { { 0, 0x40 }, { 4, 0x7123 } }, 0, 32768, { 0, 0x301 } },
	{ "AM335x", "ti,am3-prcm", AM33_REGS(0, 5, 1, 1), 0, MHZ(24), { TIMER2 + 0x38, 3 } },
};

static void test_started(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(off); i++) {
		const struct reg *const last = &off[i].last;
		struct counter c;
		uint32_t n;

		CASE(off[i].what);
		make(off[i].name, off[i].reg, off[i].clock_hz);
		assert_false(soc_counter(&d, 0, false, &c));
		assert_int_equal(model.n_writes, 0);
		assert_true(soc_counter(&d, 0, true, &c));
		assert_int_equal(c.hz, off[i].hz);
		n = model.n_writes;
		assert_in_range(n, 1, 4);
		assert_int_equal(model.write[n - 1].pa,
				 last->pa < 0x1000 ? BASE + last->pa : last->pa);
		assert_int_equal(model.write[n - 1].value, last->value);
	}
}

/* What it is started as is what is taken for running: the next start reads it alone. */
static void test_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(off); i++) {
		struct counter c, again;
		uint32_t n;

		CASE(off[i].what);
		make(off[i].name, off[i].reg, off[i].clock_hz);
		assert_true(soc_counter(&d, 0, true, &c));
		n = model.n_writes;
		n_mapped = 0;
		assert_true(soc_counter(&d, 0, false, &again));
		assert_int_equal(model.n_writes, n);
		assert_memory_equal(&c, &again, sizeof(c));
	}
}

/* Timer 2 of AM335x faults without a clock: it is not touched then, nor on any other SoC. */
static void test_am33_gated(void **state)
{
	static const uint32_t clkctrl[] = { 0, 0x30000, 0x30002, 0x10002 };
	struct counter c;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(clkctrl); i++) {
		const struct reg reg[REGS] = AM33_REGS(3, 0, 1, 1);

		make("ti,am3-prcm", reg, 0);
		model_set(AM33 + 0x80, clkctrl[i]);
		assert_false(soc_counter(&d, 0, true, &c));
		assert_int_equal(n_mapped + model.n_writes, 0);
	}
	model_start(&d);
	model_unit(&d, "ti,am3-prcm", BASE, BYTES);
	model_set(BASE + 0x80, 2);
	assert_false(soc_counter(&d, 0, true, &c));
	assert_int_equal(n_mapped, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_found),
					    cmocka_unit_test(test_started),
					    cmocka_unit_test(test_again),
					    cmocka_unit_test(test_am33_gated) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
