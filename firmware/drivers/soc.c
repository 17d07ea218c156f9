/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The units of SoCs that are known: which counter, watchdog, reset and reset cause each has, and
 * what their registers are.
 *
 * Sources: Linux 6.1, drivers/watchdog/{imx2,sunxi,omap,dw,sp805,qcom,meson,meson_gxbb,aspeed,
 * bcm2835,s3c2410,orion,mpcore,stm32_iwdg,sbsa_gwdt}*.c and the reboot code of the SoCs
 * (arch/arm/mach-*, drivers/power/reset); reset causes: barebox 2026-07 (arch/arm/mach-*,
 * drivers/watchdog, drivers/power/reset), i.MX 6Q reference manual rev. 3, 60.7.3 (SRSR) and 70.7.3
 * (WRSR), AM335x (TI SPRUH73) 8.1.13.5.3 (RSTST), Zynq-7000 (Xilinx UG585) B.28 (REBOOT_STATUS).
 */
#include "soc.h"

#include "mmio.h"

#include <string.h>

/* ---- the registers --------------------------------------------------------------------------- */

/* What is done with a register. */
enum how {
	W_32,
	W_16,
	W_SET,	   /* bits of value */
	W_COPY,	   /* what the register at value has */
	W_COUNT,   /* another number each time */
	W_MORE = 8 /* with one of the others: the next line belongs to it */
};

struct reg_write {
	uint16_t off;
	uint16_t how;
	uint32_t value;
};

/* Where each sequence of writes begins. */
enum sequence {
	NO_WRITES,
	FEED_IMX2,
	FEED_SUN4I = FEED_IMX2 + 2,
	FEED_SUN6I,
	FEED_OMAP,
	FEED_DW,
	FEED_SP805,
	FEED_KPSS = FEED_SP805 + 3,
	FEED_KPSS_TIMER,
	FEED_MESON,
	FEED_GXBB,
	FEED_ASPEED,
	FEED_BCM2835,
	FEED_S3C,
	FEED_ARMADA,
	FEED_TWD,
	FEED_STM32,
	FEED_SBSA,
	FEED_CADENCE,
	RESET_IMX2,
	RESET_SUN4I = RESET_IMX2 + 3,
	RESET_SUN6I = RESET_SUN4I + 2,
	RESET_DW = RESET_SUN6I + 3,
	RESET_ASPEED = RESET_DW + 3,
	RESET_BCM2835 = RESET_ASPEED + 3,
	RESET_VEXPRESS = RESET_BCM2835 + 2,
	RESET_AM33 = RESET_VEXPRESS + 2,
	RESET_AM43,
	RESET_OMAP3,
	RESET_OMAP4,
	RESET_OMAP5,
	RESET_DRA7,
	RESET_ZYNQ,
	RESET_EXYNOS = RESET_ZYNQ + 2,
	RESET_RK3288,
	RESET_RK3188,
	RESET_TEGRA,
	RESET_ARMADA,
	RESET_QCOM = RESET_ARMADA + 2,
	RESET_SOCFPGA,
	WRITES
};

/* Of resets the warm one where there is a choice: it keeps the RAM. */
static const struct reg_write writes[WRITES] = {
	[FEED_IMX2] = { 2, W_16 | W_MORE, 0x5555 },
	{ 2, W_16, 0xaaaa },
	[FEED_SUN4I] = { 0, W_32, 0xa57 << 1 | 1 },
	[FEED_SUN6I] = { 0x10, W_32, 0xa57 << 1 | 1 },
	[FEED_OMAP] = { 0x30, W_COUNT, 0 },
	[FEED_DW] = { 0xc, W_32, 0x76 },
	[FEED_SP805] = { 0xc00, W_32 | W_MORE, 0x1acce551 },
	{ 0xc, W_32 | W_MORE, 1 },
	{ 0xc00, W_32, 1 },
	[FEED_KPSS] = { 4, W_32, 1 },
	[FEED_KPSS_TIMER] = { 0x38, W_32, 1 },
	[FEED_MESON] = { 4, W_32, 0 },
	[FEED_GXBB] = { 0xc, W_32, 0 },
	[FEED_ASPEED] = { 8, W_32, 0x4755 },
	/* counts down in 1/65536 s from what is written: 16 s */
	[FEED_BCM2835] = { 0x24, W_32, 0x5a0fffff },
	[FEED_S3C] = { 8, W_COPY, 4 },
	/* counts down from what is written: the longest there is */
	[FEED_ARMADA] = { 0x34, W_32, 0xffffffff },
	[FEED_TWD] = { 0, W_COPY, 0 },
	[FEED_STM32] = { 0, W_32, 0xaaaa },
	/* writing the offset feeds it as well; the refresh frame is another unit's pages */
	[FEED_SBSA] = { 8, W_COPY, 8 },
	[FEED_CADENCE] = { 8, W_32, 0x1999 },
	/* three times: some chips miss the first one (i.MX 6 erratum ERR004346) */
	[RESET_IMX2] = { 0, W_16 | W_MORE, 0x24 },
	{ 0, W_16 | W_MORE, 0x24 },
	{ 0, W_16, 0x24 },
	[RESET_SUN4I] = { 4, W_32 | W_MORE, 3 },
	{ 0, W_32, 0xa57 << 1 | 1 },
	[RESET_SUN6I] = { 0x14, W_32 | W_MORE, 1 },
	{ 0x18, W_32 | W_MORE, 1 },
	{ 0x10, W_32, 0xa57 << 1 | 1 },
	[RESET_DW] = { 4, W_32 | W_MORE, 0 },
	{ 0, W_32 | W_MORE, 1 },
	{ 0xc, W_32, 0x76 },
	[RESET_ASPEED] = { 4, W_32 | W_MORE, 0x10 },
	{ 8, W_32 | W_MORE, 0x4755 },
	{ 0xc, W_32, 0x13 },
	[RESET_BCM2835] = { 0x24, W_32 | W_MORE, 0x5a00000a },
	{ 0x1c, W_32, 0x5a000122 },
	[RESET_VEXPRESS] = { 0xa0, W_32 | W_MORE, 0 },
	{ 0xa4, W_32, 0xc0900000 },
	[RESET_AM33] = { 0xf00, W_SET, 1 },
	[RESET_AM43] = { 0x4000, W_SET, 1 },
	[RESET_OMAP3] = { 0x1250, W_SET, 4 }, /* the warm one hangs (Linux, omap3-restart.c) */
	[RESET_OMAP4] = { 0x1b00, W_SET, 1 },
	[RESET_OMAP5] = { 0x1c00, W_SET, 1 },
	[RESET_DRA7] = { 0x1d00, W_SET, 1 },
	[RESET_ZYNQ] = { 8, W_32 | W_MORE, 0xdf0d },
	{ 0x200, W_32, 1 },
	[RESET_EXYNOS] = { 0x400, W_32, 1 },
	[RESET_RK3288] = { 0x1b0, W_32, 0xfdb9 },
	[RESET_RK3188] = { 0x100, W_32, 0xfdb9 },
	[RESET_TEGRA] = { 0, W_SET, 0x10 },
	[RESET_ARMADA] = { 0x60, W_32 | W_MORE, 1 },
	{ 0x64, W_32, 1 },
	[RESET_QCOM] = { 0, W_32, 0 },
	[RESET_SOCFPGA] = { 4, W_32, 2 },
};

enum dog_kind {
	DOG_NONE,
	DOG_IMX2,
	DOG_SUN4I,
	DOG_SUN6I,
	DOG_OMAP,
	DOG_DW,
	DOG_SP805,
	DOG_KPSS,
	DOG_KPSS_TIMER,
	DOG_MESON6,
	DOG_MESON8B,
	DOG_GXBB,
	DOG_ASPEED,
	DOG_BCM2835,
	DOG_S3C,
	DOG_ARMADA,
	DOG_TWD,
	DOG_STM32,
	DOG_SBSA,
	DOG_CADENCE,
	DOGS
};

enum { ALWAYS = 0xff, BUSY = 1 << 3 };

/*
 * It runs if register @on has @bit set; ALWAYS: it cannot be asked, but feeding does not start it.
 * Not fed while register @busy has BUSY; 0: it never is.
 */
static const struct dog {
	uint8_t feed, on, bit, busy;
} dogs[DOGS] = {
	[DOG_IMX2] = { FEED_IMX2, 0, 2, 0 },
	[DOG_SUN4I] = { FEED_SUN4I, 4, 0, 0 },
	[DOG_SUN6I] = { FEED_SUN6I, 0x18, 0, 0 },
	[DOG_OMAP] = { FEED_OMAP, 0, ALWAYS, 0x34 },
	[DOG_DW] = { FEED_DW, 0, 0, 0 },
	[DOG_SP805] = { FEED_SP805, 8, 0, 0 },
	[DOG_KPSS] = { FEED_KPSS, 8, 0, 0 },
	[DOG_KPSS_TIMER] = { FEED_KPSS_TIMER, 0x40, 0, 0 },
	[DOG_MESON6] = { FEED_MESON, 0, 22, 0 },
	[DOG_MESON8B] = { FEED_MESON, 0, 19, 0 },
	[DOG_GXBB] = { FEED_GXBB, 0, 18, 0 },
	[DOG_ASPEED] = { FEED_ASPEED, 0xc, 0, 0 },
	[DOG_BCM2835] = { FEED_BCM2835, 0x1c, 5, 0 },
	[DOG_S3C] = { FEED_S3C, 0, 5, 0 },
	[DOG_ARMADA] = { FEED_ARMADA, 0, 8, 0 },
	[DOG_TWD] = { FEED_TWD, 8, 3, 0 }, /* as a watchdog, not as a timer */
	[DOG_STM32] = { FEED_STM32, 0, ALWAYS, 0 },
	[DOG_SBSA] = { FEED_SBSA, 0, 0, 0 },
	[DOG_CADENCE] = { FEED_CADENCE, 0, 0, 0 },
};

enum cause_kind {
	CAUSES_NONE,
	CAUSES_IMX2,
	CAUSES_IMX6,
	CAUSES_IMX7,
	CAUSES_BCM2835,
	CAUSES_AM33,
	CAUSES_AM43,
	CAUSES_OMAP3,
	CAUSES_OMAP4,
	CAUSES_OMAP5,
	CAUSES_DRA7,
	CAUSES_ZYNQ,
	CAUSES_EXYNOS,
	CAUSES_RK3288,
	CAUSES_STM32MP1,
	CAUSES_AST2600,
	CAUSE_KINDS
};

enum { CAUSE_BITS_MAX = 6 };

/* Any of the bits from @first to @last; the first line that fits. */
struct cause_bits {
	uint8_t first, last, cause;
};

#define TI_BITS                                                                                    \
	{                                                                                          \
		{ 3, 4, CAUSE_WDG }, { 9, 9, CAUSE_JTAG }, { 5, 5, CAUSE_EXT },                    \
			{ 1, 1, CAUSE_RST },                                                       \
		{                                                                                  \
			0, 0, CAUSE_POR                                                            \
		}                                                                                  \
	}

static const struct causes {
	uint16_t off;
	bool is_16;
	struct cause_bits bits[CAUSE_BITS_MAX];
} causes[CAUSE_KINDS] = {
	/* a power-on is left to the SRC, which may know better */
	[CAUSES_IMX2] = { 4, true, { { 1, 1, CAUSE_WDG }, { 0, 0, CAUSE_RST } } },
	/* bits 3 and 2 are resets by the pin and by the security unit */
	[CAUSES_IMX6] = { 8,
			  false,
			  { { 4, 4, CAUSE_WDG },
			    { 7, 7, CAUSE_WDG },
			    { 5, 6, CAUSE_JTAG },
			    { 8, 8, CAUSE_THERM },
			    { 3, 3, CAUSE_EXT },
			    { 0, 0, CAUSE_POR } } },
	[CAUSES_IMX7] = { 0x5c,
			  false,
			  { { 4, 4, CAUSE_WDG },
			    { 7, 8, CAUSE_WDG },
			    { 5, 6, CAUSE_JTAG },
			    { 9, 9, CAUSE_THERM },
			    { 3, 3, CAUSE_EXT },
			    { 0, 0, CAUSE_POR } } },
	[CAUSES_BCM2835] = { 0x20,
			     false,
			     { { 4, 6, CAUSE_WDG },
			       { 0, 2, CAUSE_JTAG },
			       { 8, 10, CAUSE_RST },
			       { 12, 12, CAUSE_POR } } },
	[CAUSES_AM33] = { 0xf08, false, TI_BITS },
	[CAUSES_AM43] = { 0x4004, false, TI_BITS },
	[CAUSES_OMAP3] = { 0x1258,
			   false,
			   { { 3, 5, CAUSE_WDG },
			     { 9, 10, CAUSE_JTAG },
			     { 6, 6, CAUSE_EXT },
			     { 1, 1, CAUSE_RST },
			     { 0, 0, CAUSE_POR } } },
	[CAUSES_OMAP4] = { 0x1b04, false, TI_BITS },
	[CAUSES_OMAP5] = { 0x1c04, false, TI_BITS },
	[CAUSES_DRA7] = { 0x1d04, false, TI_BITS },
	[CAUSES_ZYNQ] = { 0x258,
			  false,
			  { { 16, 18, CAUSE_WDG },
			    { 20, 20, CAUSE_JTAG },
			    { 19, 19, CAUSE_RST },
			    { 21, 21, CAUSE_EXT },
			    { 22, 22, CAUSE_POR } } },
	[CAUSES_EXYNOS] = { 0x404,
			    false,
			    { { 20, 20, CAUSE_WDG },
			      { 28, 29, CAUSE_RST },
			      { 16, 16, CAUSE_EXT } } },
	[CAUSES_RK3288] = { 0x1f8,
			    false,
			    { { 4, 5, CAUSE_WDG }, { 2, 3, CAUSE_THERM }, { 0, 1, CAUSE_RST } } },
	[CAUSES_STM32MP1] = { 0x408,
			      false,
			      { { 8, 9, CAUSE_WDG },
				{ 6, 7, CAUSE_RST },
				{ 11, 12, CAUSE_WKE },
				{ 0, 0, CAUSE_POR },
				{ 1, 1, CAUSE_BROWNOUT },
				{ 2, 2, CAUSE_EXT } } },
	[CAUSES_AST2600] = { 0x74,
			     false,
			     { { 16, 31, CAUSE_WDG }, { 1, 1, CAUSE_EXT }, { 0, 0, CAUSE_POR } } },
};

/* ---- the units ------------------------------------------------------------------------------- */

/*
 * Of a unit's compatible strings the first that is here counts. Where several units have the same
 * thing, the one that is first here is asked first: the watchdog of i.MX knows a reset by software
 * from its own, its SRC does not.
 */
#define UNITS(UNIT)                                                                                \
	UNIT("allwinner,sun4i-a10-timer", COUNTER_SUN4I, DOG_NONE, NO_WRITES, CAUSES_NONE)         \
	UNIT("allwinner,sun4i-a10-wdt", COUNTER_NONE, DOG_SUN4I, RESET_SUN4I, CAUSES_NONE)         \
	UNIT("allwinner,sun6i-a31-wdt", COUNTER_NONE, DOG_SUN6I, RESET_SUN6I, CAUSES_NONE)         \
	UNIT("allwinner,sun8i-a23-timer", COUNTER_SUN4I, DOG_NONE, NO_WRITES, CAUSES_NONE)         \
	UNIT("altr,rst-mgr", COUNTER_NONE, DOG_NONE, RESET_SOCFPGA, CAUSES_NONE)                   \
	UNIT("amlogic,meson-gxbb-wdt", COUNTER_NONE, DOG_GXBB, NO_WRITES, CAUSES_NONE)             \
	UNIT("amlogic,meson6-wdt", COUNTER_NONE, DOG_MESON6, NO_WRITES, CAUSES_NONE)               \
	UNIT("amlogic,meson8b-wdt", COUNTER_NONE, DOG_MESON8B, NO_WRITES, CAUSES_NONE)             \
	UNIT("arm,armv7-timer", COUNTER_CPU, DOG_NONE, NO_WRITES, CAUSES_NONE)                     \
	UNIT("arm,armv8-timer", COUNTER_CPU, DOG_NONE, NO_WRITES, CAUSES_NONE)                     \
	UNIT("arm,cortex-a5-twd-wdt", COUNTER_NONE, DOG_TWD, NO_WRITES, CAUSES_NONE)               \
	UNIT("arm,cortex-a9-global-timer", COUNTER_A9, DOG_NONE, NO_WRITES, CAUSES_NONE)           \
	UNIT("arm,cortex-a9-twd-wdt", COUNTER_NONE, DOG_TWD, NO_WRITES, CAUSES_NONE)               \
	UNIT("arm,sbsa-gwdt", COUNTER_NONE, DOG_SBSA, NO_WRITES, CAUSES_NONE)                      \
	UNIT("arm,sp804", COUNTER_SP804, DOG_NONE, NO_WRITES, CAUSES_NONE)                         \
	UNIT("arm,sp805", COUNTER_NONE, DOG_SP805, NO_WRITES, CAUSES_NONE)                         \
	UNIT("arm,vexpress-sysreg", COUNTER_SYSREG, DOG_NONE, RESET_VEXPRESS, CAUSES_NONE)         \
	UNIT("aspeed,ast2600-scu", COUNTER_NONE, DOG_NONE, NO_WRITES, CAUSES_AST2600)              \
	UNIT("aspeed,ast2600-wdt", COUNTER_NONE, DOG_ASPEED, RESET_ASPEED, CAUSES_NONE)            \
	UNIT("brcm,bcm2835-pm-wdt", COUNTER_NONE, DOG_BCM2835, RESET_BCM2835, CAUSES_BCM2835)      \
	UNIT("brcm,bcm2835-system-timer", COUNTER_BCM2835, DOG_NONE, NO_WRITES, CAUSES_NONE)       \
	UNIT("cdns,wdt-r1p2", COUNTER_NONE, DOG_CADENCE, NO_WRITES, CAUSES_NONE)                   \
	UNIT("fsl,imx21-wdt", COUNTER_NONE, DOG_IMX2, RESET_IMX2, CAUSES_IMX2)                     \
	UNIT("fsl,imx31-gpt", COUNTER_GPT, DOG_NONE, NO_WRITES, CAUSES_NONE)                       \
	UNIT("fsl,imx51-src", COUNTER_NONE, DOG_NONE, NO_WRITES, CAUSES_IMX6)                      \
	UNIT("fsl,imx6dl-gpt", COUNTER_GPT, DOG_NONE, NO_WRITES, CAUSES_NONE)                      \
	UNIT("fsl,imx6sl-gpt", COUNTER_GPT, DOG_NONE, NO_WRITES, CAUSES_NONE)                      \
	UNIT("fsl,imx6sx-gpt", COUNTER_GPT, DOG_NONE, NO_WRITES, CAUSES_NONE)                      \
	UNIT("fsl,imx7d-src", COUNTER_NONE, DOG_NONE, NO_WRITES, CAUSES_IMX7)                      \
	UNIT("marvell,armada-370-wdt", COUNTER_NONE, DOG_ARMADA, NO_WRITES, CAUSES_NONE)           \
	UNIT("marvell,armada-370-xp-system-controller", COUNTER_NONE, DOG_NONE, RESET_ARMADA,      \
	     CAUSES_NONE)                                                                          \
	UNIT("marvell,armada-380-wdt", COUNTER_NONE, DOG_ARMADA, NO_WRITES, CAUSES_NONE)           \
	UNIT("marvell,armada-xp-timer", COUNTER_ARMADA, DOG_NONE, NO_WRITES, CAUSES_NONE)          \
	UNIT("marvell,armada-xp-wdt", COUNTER_NONE, DOG_ARMADA, NO_WRITES, CAUSES_NONE)            \
	UNIT("nvidia,tegra124-pmc", COUNTER_NONE, DOG_NONE, RESET_TEGRA, CAUSES_NONE)              \
	UNIT("nvidia,tegra30-pmc", COUNTER_NONE, DOG_NONE, RESET_TEGRA, CAUSES_NONE)               \
	UNIT("qcom,kpss-timer", COUNTER_NONE, DOG_KPSS_TIMER, NO_WRITES, CAUSES_NONE)              \
	UNIT("qcom,kpss-wdt", COUNTER_NONE, DOG_KPSS, NO_WRITES, CAUSES_NONE)                      \
	UNIT("qcom,pshold", COUNTER_NONE, DOG_NONE, RESET_QCOM, CAUSES_NONE)                       \
	UNIT("rockchip,rk3066a-cru", COUNTER_NONE, DOG_NONE, RESET_RK3188, CAUSES_NONE)            \
	UNIT("rockchip,rk3188-cru", COUNTER_NONE, DOG_NONE, RESET_RK3188, CAUSES_NONE)             \
	UNIT("rockchip,rk3288-cru", COUNTER_NONE, DOG_NONE, RESET_RK3288, CAUSES_RK3288)           \
	UNIT("samsung,exynos4210-mct", COUNTER_MCT, DOG_NONE, NO_WRITES, CAUSES_NONE)              \
	UNIT("samsung,exynos4210-pmu", COUNTER_NONE, DOG_NONE, RESET_EXYNOS, CAUSES_EXYNOS)        \
	UNIT("samsung,exynos4412-mct", COUNTER_MCT, DOG_NONE, NO_WRITES, CAUSES_NONE)              \
	UNIT("samsung,exynos4412-pmu", COUNTER_NONE, DOG_NONE, RESET_EXYNOS, CAUSES_EXYNOS)        \
	UNIT("samsung,exynos5250-pmu", COUNTER_NONE, DOG_NONE, RESET_EXYNOS, CAUSES_EXYNOS)        \
	UNIT("samsung,exynos5250-wdt", COUNTER_NONE, DOG_S3C, NO_WRITES, CAUSES_NONE)              \
	UNIT("samsung,exynos5420-pmu", COUNTER_NONE, DOG_NONE, RESET_EXYNOS, CAUSES_EXYNOS)        \
	UNIT("samsung,exynos5420-wdt", COUNTER_NONE, DOG_S3C, NO_WRITES, CAUSES_NONE)              \
	UNIT("samsung,s3c6410-wdt", COUNTER_NONE, DOG_S3C, NO_WRITES, CAUSES_NONE)                 \
	UNIT("snps,dw-apb-timer", COUNTER_DW, DOG_NONE, NO_WRITES, CAUSES_NONE)                    \
	UNIT("snps,dw-wdt", COUNTER_NONE, DOG_DW, RESET_DW, CAUSES_NONE)                           \
	UNIT("st,stm32mp1-iwdg", COUNTER_NONE, DOG_STM32, NO_WRITES, CAUSES_NONE)                  \
	UNIT("st,stm32mp1-rcc", COUNTER_NONE, DOG_NONE, NO_WRITES, CAUSES_STM32MP1)                \
	UNIT("ti,am3-prcm", COUNTER_AM33, DOG_NONE, RESET_AM33, CAUSES_AM33)                       \
	UNIT("ti,am4-prcm", COUNTER_NONE, DOG_NONE, RESET_AM43, CAUSES_AM43)                       \
	UNIT("ti,dra7-prm", COUNTER_NONE, DOG_NONE, RESET_DRA7, CAUSES_DRA7)                       \
	UNIT("ti,omap-counter32k", COUNTER_TI32K, DOG_NONE, NO_WRITES, CAUSES_NONE)                \
	UNIT("ti,omap3-prm", COUNTER_NONE, DOG_NONE, RESET_OMAP3, CAUSES_OMAP3)                    \
	UNIT("ti,omap3-wdt", COUNTER_NONE, DOG_OMAP, NO_WRITES, CAUSES_NONE)                       \
	UNIT("ti,omap4-prm", COUNTER_NONE, DOG_NONE, RESET_OMAP4, CAUSES_OMAP4)                    \
	UNIT("ti,omap5-prm", COUNTER_NONE, DOG_NONE, RESET_OMAP5, CAUSES_OMAP5)                    \
	UNIT("xlnx,zynq-slcr", COUNTER_NONE, DOG_NONE, RESET_ZYNQ, CAUSES_ZYNQ)

#define NAME(name, counter, dog, reset, cause)	name "\0"
#define KINDS(name, counter, dog, reset, cause) { counter, dog, reset, cause },

static const char compatible[] = UNITS(NAME);
static const struct {
	uint8_t counter, dog, reset, cause;
} kinds[] = { UNITS(KINDS) };

const struct driver driver_soc = {
	.name = "soc",
	.class = DRIVER_SOC,
	.compatible = compatible,
};

/* ---- registers ------------------------------------------------------------------------------- */

uint32_t soc_read(const struct soc_unit *u, uint32_t off)
{
	return off + 4 <= u->bytes ? mmio_read32(u->base_pa + off) : 0;
}

void soc_write(const struct soc_unit *u, uint32_t off, uint32_t value)
{
	if (off + 4 <= u->bytes)
		mmio_write32(u->base_pa + off, value);
}

static uint32_t read_16(const struct soc_unit *u, uint32_t off)
{
	return off + 2 <= u->bytes ? mmio_read16(u->base_pa + off) : 0;
}

static void write_all(const struct soc_unit *u, uint32_t sequence)
{
	static uint32_t count;
	const struct reg_write *w = &writes[sequence];
	uint32_t how;

	do {
		uint32_t value = w->value;

		how = w->how & ~(uint32_t)W_MORE;
		if (how == W_SET)
			value |= soc_read(u, w->off);
		else if (how == W_COPY)
			value = soc_read(u, value);
		else if (how == W_COUNT)
			value = ++count;
		if (how != W_16)
			soc_write(u, w->off, value);
		else if (w->off + 2u <= u->bytes)
			mmio_write16(u->base_pa + w->off, (uint16_t)value);
	} while (w++->how & W_MORE);
}

/* ---- counters -------------------------------------------------------------------------------- */

enum counter_kind soc_counter_kind(const struct soc_unit *u)
{
	return kinds[u->kind].counter;
}

uint32_t soc_timer_hz(const struct devices *d)
{
	for (uint32_t i = 0; i < d->n_soc; i++)
		if (kinds[d->soc[i].kind].counter == COUNTER_CPU && d->soc[i].clock_hz)
			return d->soc[i].clock_hz;
	return 0;
}

/* ---- watchdogs ------------------------------------------------------------------------------- */

enum { FEED_EVERY = 16 /* calls: those of the fastest loops are a microsecond apart */ };

static const struct devices *fed; /* NULL: none is running */
static uint32_t running;	  /* bits: of its units */
static uint32_t calls;

/* TI's that are in the domain which is always on; others fault when they are off. */
static bool is_reachable(const struct soc_unit *u)
{
	static const uint32_t wakeup_pa[] = { 0x44e35000, 0x48314000, 0x4a314000, 0x4ae14000 };

	if (kinds[u->kind].dog != DOG_OMAP)
		return true;
	for (uint32_t i = 0; i < sizeof(wakeup_pa) / sizeof(wakeup_pa[0]); i++)
		if (u->base_pa == wakeup_pa[i])
			return true;
	return false;
}

static bool is_running(const struct soc_unit *u)
{
	const uint32_t kind = kinds[u->kind].dog;
	const struct dog *dog = &dogs[kind];
	uint32_t on;

	if (kind == DOG_NONE || !u->bytes || !is_reachable(u))
		return false;
	if (dog->bit == ALWAYS)
		return true;
	/* its registers have 16 bits */
	on = kind == DOG_IMX2 ? read_16(u, dog->on) : soc_read(u, dog->on);
	return on >> dog->bit & 1;
}

void watchdogs_find(const struct devices *d)
{
	running = 0;
	for (uint32_t i = 0; i < d->n_soc; i++)
		if (is_running(&d->soc[i]))
			running |= 1u << i;
	fed = running ? d : NULL;
}

uint32_t watchdogs_running(void)
{
	uint32_t n = 0;

	for (uint32_t bits = running; bits; bits &= bits - 1)
		n++;
	return n;
}

void watchdogs_feed_now(void)
{
	for (uint32_t i = 0; fed && i < fed->n_soc; i++) {
		const struct soc_unit *u = &fed->soc[i];
		const struct dog *dog = &dogs[kinds[u->kind].dog];

		if ((running >> i & 1) && !(dog->busy && (soc_read(u, dog->busy) & BUSY)))
			write_all(u, dog->feed);
	}
}

void watchdogs_feed(void)
{
	if (fed && ++calls % FEED_EVERY == 0)
		watchdogs_feed_now();
}

/* ---- reset ----------------------------------------------------------------------------------- */

/* Of the units that can, the one first in the table; NULL: none can. */
static const struct soc_unit *first_with_reset(const struct devices *d)
{
	const struct soc_unit *first = NULL;

	for (uint32_t i = 0; i < d->n_soc; i++)
		if (kinds[d->soc[i].kind].reset && (!first || d->soc[i].kind < first->kind))
			first = &d->soc[i];
	return first;
}

bool soc_can_reset(const struct devices *d)
{
	return first_with_reset(d) != NULL;
}

void soc_reset(const struct devices *d)
{
	const struct soc_unit *u = first_with_reset(d);

	if (u)
		write_all(u, kinds[u->kind].reset);
}

/* ---- cause ----------------------------------------------------------------------------------- */

const char *reset_cause_name(enum reset_cause cause)
{
	static const char names[RESET_CAUSES][RESET_CAUSE_BYTES] = {
		"unknown", "POR", "RST", "WDG", "WKE", "JTAG", "THERM", "EXT", "BROWNOUT",
	};

	return names[cause];
}

static enum reset_cause cause_of(const struct soc_unit *u)
{
	const struct causes *c = &causes[kinds[u->kind].cause];
	uint32_t value;

	if (!c->off)
		return CAUSE_UNKNOWN;
	value = c->is_16 ? read_16(u, c->off) : soc_read(u, c->off);
	for (const struct cause_bits *b = c->bits; b < c->bits + CAUSE_BITS_MAX && b->cause; b++)
		if (value << (31 - b->last) >> (31 - b->last + b->first))
			return b->cause;
	return CAUSE_UNKNOWN;
}

static const char *name_of(uint32_t kind)
{
	const char *name = compatible;

	while (kind--)
		name += strlen(name) + 1;
	return name;
}

enum reset_cause soc_cause(const struct devices *d, const char **from)
{
	enum reset_cause found = CAUSE_UNKNOWN;
	uint32_t first = UINT32_MAX;

	for (uint32_t i = 0; i < d->n_soc; i++) {
		const enum reset_cause cause = cause_of(&d->soc[i]);

		if (cause && d->soc[i].kind < first) {
			found = cause;
			first = d->soc[i].kind;
		}
	}
	if (found)
		*from = name_of(first);
	return found;
}
