/* SPDX-License-Identifier: BSD-2-Clause */
/* Watchdogs, resets and reset causes of SoCs against their registers. */
#include "soc_model.h"
#include "tree.h"

enum { BASE = 0x10000000, BYTES = 0x8000 };

static struct devices d;

/* The offsets written, with the values: what a row asks for, in this order, and no more. */
struct write {
	uint32_t off, value;
};

static void expect_writes(const struct write *want, uint32_t n, uint32_t bytes)
{
	assert_int_equal(model.n_writes, n);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(model.write[i].pa, BASE + want[i].off);
		assert_int_equal(model.write[i].value, want[i].value);
		assert_int_equal(model.write[i].bytes, bytes);
	}
}

static uint32_t count_of(const struct write *w, uint32_t max)
{
	uint32_t n = 0;

	while (n < max && (w[n].off || w[n].value))
		n++;
	return n;
}

/* ---- the table ------------------------------------------------------------------------------- */

static void test_table(void **state)
{
	static const struct driver *const list[] = { &driver_soc, NULL };
	static struct match_index index;
	uint32_t n = 0;

	(void)state;
	assert_int_equal(driver_soc.class, DRIVER_SOC);
	(void)match_index_make(list, &index);
	for (const char *name; *(name = model_name(n)); n++) {
		CASE(name);
		assert_int_equal(match_number(driver_soc.compatible, name, strlen(name) + 1), n);
		assert_ptr_equal(match_find(&index, name, strlen(name) + 1), &driver_soc);
	}
	assert_int_equal(match_number(driver_soc.compatible, "acme,x\0arm,sp805", 17),
			 match_number(driver_soc.compatible, "arm,sp805", 10));
	assert_in_range(n, 50, 200);
}

static void test_bind(void **state)
{
	static const char tree[] =
		"#address-cells = <1>; #size-cells = <1>; "
		"osc { compatible = \"fixed-clock\"; clock-frequency = <150000000>; phandle = <3>; "
		"}; "
		"timer { compatible = \"arm,armv7-timer\"; clock-frequency = <8000000>; }; "
		"a@1000 { compatible = \"arm,sp804\", \"arm,primecell\"; reg = <0x1000 0x1000>; "
		"clocks = <3 3 3>; }; "
		"b@2000 { compatible = \"acme,wdt\", \"fsl,imx21-wdt\"; reg = <0x2000 0x40>; }; "
		"c@3000 { compatible = \"fsl,imx21-wdt\"; reg = <0x3000 0x40>; status = "
		"\"disabled\"; }; "
		"d@4000 { compatible = \"fsl,imx21-wdt\"; reg = <0x4000 0x40000>; clocks = <9>; }; "
		"e@5000 { compatible = \"acme,unknown\"; reg = <0x5000 0x40>; }; "
		"f@6000 { compatible = \"acme,unknown\"; reg = <0x6000 0x40>; }; "
		"g@7000 { compatible = \"snps,dw-wdt\"; reg = <0x7000 0x40>; };";
	static const struct {
		const char *name;
		uint64_t base_pa;
		uint32_t bytes, clock_hz;
	} want[] = {
		{ "arm,armv7-timer", 0, 0, 8000000 },
		{ "arm,sp804", 0x1000, 0x1000, 150000000 },
		{ "fsl,imx21-wdt", 0x2000, 0x40, 0 },
		{ "fsl,imx21-wdt", 0x4000, SOC_UNIT_BYTES_MAX, 0 },
		{ "snps,dw-wdt", 0x7000, 0x40, 0 },
	};
	static const struct driver *const list[] = { &driver_soc, NULL };
	static uint8_t dtb[16384];

	(void)state;
	tree_make(tree, dtb, sizeof(dtb), 0);
	devices_bind(dtb, list, UINT32_MAX, &d);
	assert_int_equal(d.n_soc, ARRAY_LEN(want));
	for (uint32_t i = 0; i < d.n_soc; i++) {
		CASE(want[i].name);
		assert_string_equal(model_name(d.soc[i].kind), want[i].name);
		assert_int_equal(d.soc[i].base_pa, want[i].base_pa);
		assert_int_equal(d.soc[i].bytes, want[i].bytes);
		assert_int_equal(d.soc[i].clock_hz, want[i].clock_hz);
	}
	assert_int_equal(soc_timer_hz(&d), 8000000);
}

/* More of them than there is room for: the first ones. */
static void test_too_many(void **state)
{
	static const struct driver *const list[] = { &driver_soc, NULL };
	static uint8_t dtb[16384];
	static char tree[8192] = "#address-cells = <1>; #size-cells = <1>; ";

	(void)state;
	for (uint32_t i = 0; i < SOC_UNITS_MAX + 5; i++) {
		char node[128];

		snprintf(node, sizeof(node),
			 "w@%x { compatible = \"snps,dw-wdt\"; reg = <0x%x 0x100>; }; ", 0x1000 + i,
			 0x1000 * (i + 1));
		strcat(tree, node);
	}
	tree_make(tree, dtb, sizeof(dtb), 0);
	devices_bind(dtb, list, UINT32_MAX, &d);
	assert_int_equal(d.n_soc, SOC_UNITS_MAX);
	assert_int_equal(d.soc[SOC_UNITS_MAX - 1].base_pa, 0x1000 * SOC_UNITS_MAX);
}

/* ---- watchdogs ------------------------------------------------------------------------------- */

#define SUNXI_FEED 0x14af
#define ALWAYS	   UINT32_MAX

/* @on: bit of register @at that says it is running; ALWAYS: it cannot say. */
static const struct {
	const char *name;
	uint32_t at, on;
	uint32_t bytes; /* of a register */
	struct write feed[3];
	uint64_t base_pa; /* 0: BASE */
} dogs[] = {
	{ "fsl,imx21-wdt", 0, 1 << 2, 2, { { 2, 0x5555 }, { 2, 0xaaaa } }, 0 },
	{ "allwinner,sun4i-a10-wdt", 4, 1, 4, { { 0, SUNXI_FEED } }, 0 },
	{ "allwinner,sun6i-a31-wdt", 0x18, 1, 4, { { 0x10, SUNXI_FEED } }, 0 },
	{ "ti,omap3-wdt", 0, ALWAYS, 4, { { 0x30, 1 } }, 0x44e35000 },
	{ "snps,dw-wdt", 0, 1, 4, { { 0xc, 0x76 } }, 0 },
	{ "arm,sp805", 8, 1, 4, { { 0xc00, 0x1acce551 }, { 0xc, 1 }, { 0xc00, 1 } }, 0 },
	{ "qcom,kpss-wdt", 8, 1, 4, { { 4, 1 } }, 0 },
	{ "qcom,kpss-timer", 0x40, 1, 4, { { 0x38, 1 } }, 0 },
	{ "amlogic,meson6-wdt", 0, 1 << 22, 4, { { 4, 0 } }, 0 },
	{ "amlogic,meson8b-wdt", 0, 1 << 19, 4, { { 4, 0 } }, 0 },
	{ "amlogic,meson-gxbb-wdt", 0, 1 << 18, 4, { { 0xc, 0 } }, 0 },
	{ "aspeed,ast2600-wdt", 0xc, 1, 4, { { 8, 0x4755 } }, 0 },
	{ "brcm,bcm2835-pm-wdt", 0x1c, 0x20, 4, { { 0x24, 0x5a0fffff } }, 0 },
	{ "samsung,exynos5250-wdt", 0, 1 << 5, 4, { { 8, 0x1234 } }, 0 }, /* what register 4 has */
	{ "marvell,armada-380-wdt", 0, 1 << 8, 4, { { 0x34, UINT32_MAX } }, 0 },
	{ "arm,cortex-a9-twd-wdt", 8, 1 << 3, 4, { { 0, 0x777 } }, 0 }, /* what it has */
	{ "st,stm32mp1-iwdg", 0, ALWAYS, 4, { { 0, 0xaaaa } }, 0 },
	{ "arm,sbsa-gwdt", 0, 1, 4, { { 8, 0x888 } }, 0 }, /* what it has */
	{ "cdns,wdt-r1p2", 0, 1, 4, { { 8, 0x1999 } }, 0 },
};

static void make_dog(size_t row, uint32_t state)
{
	const uint64_t base_pa = dogs[row].base_pa ? dogs[row].base_pa : BASE;

	model_start(&d);
	model_unit(&d, dogs[row].name, base_pa, BYTES);
	if (strcmp(dogs[row].name, "samsung,exynos5250-wdt") == 0)
		model_set(base_pa + 4, 0x1234);
	if (strcmp(dogs[row].name, "arm,cortex-a9-twd-wdt") == 0)
		model_set(base_pa, 0x777);
	if (strcmp(dogs[row].name, "arm,sbsa-gwdt") == 0)
		model_set(base_pa + 8, 0x888);
	if (dogs[row].on != ALWAYS)
		model_set(base_pa + dogs[row].at, state);
	watchdogs_find(&d);
	assert_int_equal(model.n_writes, 0);
}

static void test_running(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(dogs); i++) {
		const uint64_t base_pa = dogs[i].base_pa ? dogs[i].base_pa : BASE;
		uint32_t n = count_of(dogs[i].feed, 3);

		CASE(dogs[i].name);
		make_dog(i, dogs[i].on);
		assert_int_equal(watchdogs_running(), 1);
		watchdogs_feed_now();
		assert_int_equal(model.n_writes, n);
		for (uint32_t k = 0; k < n; k++) {
			assert_int_equal(model.write[k].pa, base_pa + dogs[i].feed[k].off);
			assert_int_equal(model.write[k].bytes, dogs[i].bytes);
			if (strcmp(dogs[i].name, "ti,omap3-wdt") != 0)
				assert_int_equal(model.write[k].value, dogs[i].feed[k].value);
		}
	}
}

/* One that is off is not touched, however all its other bits are. */
static void test_off(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(dogs); i++) {
		if (dogs[i].on == ALWAYS)
			continue;
		CASE(dogs[i].name);
		make_dog(i, ~dogs[i].on);
		assert_int_equal(watchdogs_running(), 0);
		watchdogs_feed_now();
		for (uint32_t k = 0; k < 100; k++)
			watchdogs_feed();
		assert_int_equal(model.n_writes, 0);
	}
}

/* Of many calls some feed, beginning soon. */
static void test_feed_often(void **state)
{
	(void)state;
	make_dog(4, 1);
	for (uint32_t i = 0; i < 320; i++)
		watchdogs_feed();
	assert_in_range(model.n_writes, 10, 64);
}

/* TI's: a new number each time, none while the last one is on its way, none outside of the domain
   that is always on. */
static void test_omap(void **state)
{
	(void)state;
	make_dog(3, 0);
	watchdogs_feed_now();
	watchdogs_feed_now();
	assert_int_equal(model.n_writes, 2);
	assert_int_not_equal(model.write[0].value, model.write[1].value);
	model_set(0x44e35034, 1 << 3);
	watchdogs_feed_now();
	assert_int_equal(model.n_writes, 2);
	model_set(0x44e35034, 0);
	watchdogs_feed_now();
	assert_int_equal(model.n_writes, 3);

	model_start(&d);
	model_unit(&d, "ti,omap3-wdt", 0x49030000, 0x80);
	watchdogs_find(&d);
	watchdogs_feed_now();
	assert_int_equal(watchdogs_running(), 0);
	assert_int_equal(model.n_reads + model.n_writes, 0);
}

/* Of several the running ones. */
static void test_several(void **state)
{
	(void)state;
	model_start(&d);
	model_unit(&d, "fsl,imx21-wdt", 0x1000, 0x40);
	model_unit(&d, "fsl,imx51-src", 0x2000, 0x40);
	model_unit(&d, "fsl,imx21-wdt", 0x3000, 0x40);
	model_unit(&d, "fsl,imx21-wdt", 0x4000, 0x40);
	model_set(0x1000, 0x34);
	model_set(0x4000, 0x04);
	watchdogs_find(&d);
	assert_int_equal(watchdogs_running(), 2);
	watchdogs_feed_now();
	assert_int_equal(model.n_writes, 4);
	assert_int_equal(model.write[0].pa, 0x1002);
	assert_int_equal(model.write[2].pa, 0x4002);
}

/* ---- reset ----------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint32_t bytes;
	struct write writes[3];
	uint32_t was; /* the first register, before */
} resets[] = {
	{ "fsl,imx21-wdt", 2, { { 0, 0x24 }, { 0, 0x24 }, { 0, 0x24 } }, 0 },
	{ "allwinner,sun4i-a10-wdt", 4, { { 4, 3 }, { 0, SUNXI_FEED } }, 0 },
	{ "allwinner,sun6i-a31-wdt", 4, { { 0x14, 1 }, { 0x18, 1 }, { 0x10, SUNXI_FEED } }, 0 },
	{ "snps,dw-wdt", 4, { { 4, 0 }, { 0, 1 }, { 0xc, 0x76 } }, 0 },
	{ "aspeed,ast2600-wdt", 4, { { 4, 0x10 }, { 8, 0x4755 }, { 0xc, 0x13 } }, 0 },
	{ "brcm,bcm2835-pm-wdt", 4, { { 0x24, 0x5a00000a }, { 0x1c, 0x5a000122 } }, 0 },
	{ "arm,vexpress-sysreg", 4, { { 0xa0, 0 }, { 0xa4, 0xc0900000 } }, 0 },
	{ "ti,am3-prcm", 4, { { 0xf00, 0x81 } }, 0x80 },
	{ "ti,am4-prcm", 4, { { 0x4000, 1 } }, 0 },
	{ "ti,omap3-prm", 4, { { 0x1250, 4 } }, 0 },
	{ "ti,omap4-prm", 4, { { 0x1b00, 1 } }, 0 },
	{ "ti,omap5-prm", 4, { { 0x1c00, 1 } }, 0 },
	{ "ti,dra7-prm", 4, { { 0x1d00, 1 } }, 0 },
	{ "xlnx,zynq-slcr", 4, { { 8, 0xdf0d }, { 0x200, 1 } }, 0 },
	{ "samsung,exynos4412-pmu", 4, { { 0x400, 1 } }, 0 },
	{ "rockchip,rk3288-cru", 4, { { 0x1b0, 0xfdb9 } }, 0 },
	{ "rockchip,rk3188-cru", 4, { { 0x100, 0xfdb9 } }, 0 },
	{ "nvidia,tegra124-pmc", 4, { { 0, 0x10 } }, 0 },
	{ "marvell,armada-370-xp-system-controller", 4, { { 0x60, 1 }, { 0x64, 1 } }, 0 },
	{ "qcom,pshold", 4, { { 0, 0 } }, 0 },
	{ "altr,rst-mgr", 4, { { 4, 2 } }, 0 },
};

static void test_reset(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(resets); i++) {
		uint32_t n = count_of(resets[i].writes, 3);

		CASE(resets[i].name);
		model_start(&d);
		model_unit(&d, resets[i].name, BASE, BYTES);
		model_set(BASE + resets[i].writes[0].off, resets[i].was);
		assert_true(soc_can_reset(&d));
		soc_reset(&d);
		expect_writes(resets[i].writes, n ? n : 1, resets[i].bytes);
	}
}

static void test_reset_which(void **state)
{
	(void)state;
	model_start(&d);
	assert_false(soc_can_reset(&d));
	soc_reset(&d);
	model_unit(&d, "fsl,imx51-src", 0x1000, 0x40);
	assert_false(soc_can_reset(&d));
	soc_reset(&d);
	assert_int_equal(model.n_writes, 0);
	/* the one that is first in the table, not in the tree */
	model_unit(&d, "snps,dw-wdt", 0x2000, 0x40);
	model_unit(&d, "rockchip,rk3288-cru", 0x3000, 0x200);
	soc_reset(&d);
	assert_int_equal(model.n_writes, 1);
	assert_int_equal(model.write[0].pa, 0x31b0);
}

/* ---- cause ----------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint32_t off, value;
	enum reset_cause want;
} causes[] = {
	{ "fsl,imx21-wdt", 4, 1 << 1, CAUSE_WDG },
	{ "fsl,imx21-wdt", 4, 1 << 0, CAUSE_RST },
	{ "fsl,imx21-wdt", 4, 1 << 4, CAUSE_UNKNOWN }, /* power-on: the SRC says so, too */
	{ "fsl,imx51-src", 8, 1 << 0, CAUSE_POR },
	{ "fsl,imx51-src", 8, 1 << 3, CAUSE_EXT },
	{ "fsl,imx51-src", 8, 1 << 4, CAUSE_WDG },
	{ "fsl,imx51-src", 8, 1 << 5, CAUSE_JTAG },
	{ "fsl,imx51-src", 8, 1 << 6, CAUSE_JTAG },
	{ "fsl,imx51-src", 8, 1 << 7, CAUSE_WDG },
	{ "fsl,imx51-src", 8, 1 << 8, CAUSE_THERM },
	{ "fsl,imx51-src", 8, 1 << 4 | 1 << 0, CAUSE_WDG }, /* collected since power came on */
	{ "fsl,imx51-src", 8, 1 << 16, CAUSE_UNKNOWN },
	{ "fsl,imx51-src", 8, 0, CAUSE_UNKNOWN }, /* an earlier stage has cleared it */
	{ "fsl,imx7d-src", 0x5c, 1 << 0, CAUSE_POR },
	{ "fsl,imx7d-src", 0x5c, 1 << 7, CAUSE_WDG },
	{ "fsl,imx7d-src", 0x5c, 1 << 8, CAUSE_WDG },
	{ "fsl,imx7d-src", 0x5c, 1 << 9, CAUSE_THERM },
	{ "brcm,bcm2835-pm-wdt", 0x20, 0x1000, CAUSE_POR },
	{ "brcm,bcm2835-pm-wdt", 0x20, 0x0020, CAUSE_WDG },
	{ "brcm,bcm2835-pm-wdt", 0x20, 0x1040, CAUSE_WDG },
	{ "brcm,bcm2835-pm-wdt", 0x20, 0x0200, CAUSE_RST },
	{ "brcm,bcm2835-pm-wdt", 0x20, 0x0001, CAUSE_JTAG },
	{ "ti,am3-prcm", 0xf08, 1 << 0, CAUSE_POR },
	{ "ti,am3-prcm", 0xf08, 1 << 1, CAUSE_RST },
	{ "ti,am3-prcm", 0xf08, 1 << 4, CAUSE_WDG },
	{ "ti,am3-prcm", 0xf08, 1 << 5, CAUSE_EXT },
	{ "ti,am3-prcm", 0xf08, 1 << 9, CAUSE_JTAG },
	{ "ti,am4-prcm", 0x4004, 1 << 4, CAUSE_WDG },
	{ "ti,omap3-prm", 0x1258, 1 << 5, CAUSE_WDG },
	{ "ti,omap3-prm", 0x1258, 1 << 6, CAUSE_EXT },
	{ "ti,omap3-prm", 0x1258, 1 << 1, CAUSE_RST },
	{ "ti,omap4-prm", 0x1b04, 1 << 3, CAUSE_WDG },
	{ "ti,omap5-prm", 0x1c04, 1 << 1, CAUSE_RST },
	{ "ti,dra7-prm", 0x1d04, 1 << 5, CAUSE_EXT },
	{ "xlnx,zynq-slcr", 0x258, 1 << 16, CAUSE_WDG },
	{ "xlnx,zynq-slcr", 0x258, 1 << 19, CAUSE_RST },
	{ "xlnx,zynq-slcr", 0x258, 1 << 20, CAUSE_JTAG },
	{ "xlnx,zynq-slcr", 0x258, 1 << 21, CAUSE_EXT },
	{ "xlnx,zynq-slcr", 0x258, 1 << 22, CAUSE_POR },
	{ "samsung,exynos5250-pmu", 0x404, 1 << 20, CAUSE_WDG },
	{ "samsung,exynos5250-pmu", 0x404, 1 << 29, CAUSE_RST },
	{ "samsung,exynos5250-pmu", 0x404, 1 << 16, CAUSE_EXT },
	{ "rockchip,rk3288-cru", 0x1f8, 1 << 4, CAUSE_WDG },
	{ "rockchip,rk3288-cru", 0x1f8, 1 << 3, CAUSE_THERM },
	{ "rockchip,rk3288-cru", 0x1f8, 1 << 0, CAUSE_RST },
	{ "st,stm32mp1-rcc", 0x408, 1 << 9, CAUSE_WDG },
	{ "st,stm32mp1-rcc", 0x408, 1 << 6, CAUSE_RST },
	{ "st,stm32mp1-rcc", 0x408, 1 << 11, CAUSE_WKE },
	{ "st,stm32mp1-rcc", 0x408, 1 << 1, CAUSE_BROWNOUT },
	{ "st,stm32mp1-rcc", 0x408, 1 << 2, CAUSE_EXT },
	{ "st,stm32mp1-rcc", 0x408, 1 << 2 | 1 << 0, CAUSE_POR }, /* power-on pulls the pin, too */
	{ "aspeed,ast2600-scu", 0x74, 1u << 31, CAUSE_WDG },
	{ "aspeed,ast2600-scu", 0x74, 1 << 16, CAUSE_WDG },
	{ "aspeed,ast2600-scu", 0x74, 1 << 1, CAUSE_EXT },
	{ "aspeed,ast2600-scu", 0x74, 1 << 0, CAUSE_POR },
	{ "allwinner,sun6i-a31-wdt", 0, UINT32_MAX, CAUSE_UNKNOWN },
};

static void test_cause(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(causes); i++) {
		const char *from = NULL;

		CASE(causes[i].name);
		model_start(&d);
		model_unit(&d, causes[i].name, BASE, BYTES);
		model_set(BASE + causes[i].off, causes[i].value);
		assert_int_equal(soc_cause(&d, &from), causes[i].want);
		if (causes[i].want)
			assert_string_equal(from, causes[i].name);
		else
			assert_null(from);
		assert_int_equal(model.n_writes, 0); /* Linux wants it, too */
	}
}

/* The watchdog knows a reset by software from its own; the SRC says watchdog for both. */
static void test_cause_of_two(void **state)
{
	static const struct {
		uint32_t wrsr, srsr;
		enum reset_cause want;
		const char *from;
	} rows[] = {
		{ 1 << 0, 1 << 4, CAUSE_RST, "fsl,imx21-wdt" },
		{ 1 << 1, 1 << 4, CAUSE_WDG, "fsl,imx21-wdt" },
		{ 1 << 4, 1 << 0, CAUSE_POR, "fsl,imx51-src" },
		{ 0, 1 << 4, CAUSE_WDG, "fsl,imx51-src" },
		{ 0, 0, CAUSE_UNKNOWN, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows) * 2; i++) {
		const bool src_first = i % 2;
		const char *from = NULL;

		model_start(&d);
		model_unit(&d, src_first ? "fsl,imx51-src" : "fsl,imx21-wdt",
			   src_first ? 0x2000 : 0x1000, 0x40);
		model_unit(&d, src_first ? "fsl,imx21-wdt" : "fsl,imx51-src",
			   src_first ? 0x1000 : 0x2000, 0x40);
		model_set(0x1004, rows[i / 2].wrsr);
		model_set(0x2008, rows[i / 2].srsr);
		assert_int_equal(soc_cause(&d, &from), rows[i / 2].want);
		if (rows[i / 2].from)
			assert_string_equal(from, rows[i / 2].from);
		else
			assert_null(from);
	}
}

static void test_cause_names(void **state)
{
	static const char *const names[RESET_CAUSES] = { "unknown", "POR", "RST",
							 "WDG",	    "WKE", "JTAG",
							 "THERM",   "EXT", "BROWNOUT" };

	(void)state;
	for (uint32_t i = 0; i < RESET_CAUSES; i++)
		assert_string_equal(reset_cause_name(i), names[i]);
}

/* ---- bounds ---------------------------------------------------------------------------------- */

/* Nothing outside of what the tree gives a unit is touched, whatever is asked of it; the model
   fails where that is. */
static void test_bounds(void **state)
{
	uint32_t n = 0;

	(void)state;
	for (uint32_t i = 0; *model_name(i); i++) {
		CASE(model_name(i));
		for (uint32_t bytes = 0; bytes <= 0x60; bytes += 2, n++) {
			const char *from = NULL;
			struct counter counter;

			model_start(&d);
			model_unit(&d, model_name(i), BASE, bytes)->clock_hz = 1000;
			watchdogs_find(&d);
			watchdogs_feed_now();
			soc_reset(&d);
			(void)soc_cause(&d, &from);
			if (soc_counter(&d, 0, true, &counter)) {
				model_check(counter.low_pa, 4);
				if (counter.high_pa)
					model_check(counter.high_pa, 4);
			}
		}
	}
	assert_in_range(n, 1000, 10000);
}

enum om_err arch_map(struct range range, enum arch_mem how)
{
	(void)range;
	(void)how;
	return OM_OK;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),	    cmocka_unit_test(test_bind),
		cmocka_unit_test(test_too_many),    cmocka_unit_test(test_running),
		cmocka_unit_test(test_off),	    cmocka_unit_test(test_feed_often),
		cmocka_unit_test(test_omap),	    cmocka_unit_test(test_several),
		cmocka_unit_test(test_reset),	    cmocka_unit_test(test_reset_which),
		cmocka_unit_test(test_cause),	    cmocka_unit_test(test_cause_of_two),
		cmocka_unit_test(test_cause_names), cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
