/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters of SoCs whose CPU has none of a known rate. One that an earlier stage has running is
 * read as it is; one that is off is started where that changes nothing for anybody.
 *
 * Sources: Arm DUI 0447J, 4.6 (SYS_24MHZ), DDI 0271D (SP804), DDI 0407I 4.4 (global timer);
 * BCM2835 ARM Peripherals, 12; Exynos 4412 manual, 27 (MCT); Allwinner A10 manual 1.20, 14; i.MX 6Q
 * reference manual rev. 3, 30 (GPT); AM335x (TI SPRUH73), 8.1.12 and 20.1 (DMTIMER), 9.3.1.2
 * (control_status); Linux 6.1 drivers/clocksource/{timer-ti-32k,timer-armada-370-xp,
 * dw_apb_timer}.c; U-Boot 2026-08 for what it leaves running.
 */
#include "mmio.h"
#include "soc.h"

enum { NO_REG = 0xffff, HZ_24M = 24000000, HZ_32K = 32768 };

/*
 * A counter whose @control under @mask is @on. One of 32 bits must begin again at its end: @load is
 * all ones then. Of several alike, @stride apart, the first one that runs so, or one that is off.
 * @hz 0: that of the unit's clock in the tree. Counters with a @load count down.
 */
static const struct plain {
	uint16_t value, high, control, load;
	uint8_t n, stride;
	uint16_t enable; /* bit of control; 0: it always runs */
	uint16_t mask, on;
	uint32_t hz;
} plain[COUNTERS_PLAIN] = {
	[COUNTER_SYSREG] = { 0x5c, 0, 0, NO_REG, 1, 0, 0, 0, 0, HZ_24M },
	[COUNTER_BCM2835] = { 4, 8, 0, NO_REG, 1, 0, 0, 0, 0, 1000000 },
	[COUNTER_MCT] = { 0x100, 0x104, 0x240, NO_REG, 1, 0, 0x100, 0x100, 0x100, HZ_24M },
	[COUNTER_A9] = { 0, 4, 8, NO_REG, 1, 0, 1, 0xff01, 1, 0 },
	/* no prescaler, 32 bits, periodic */
	[COUNTER_SP804] = { 4, 0, 8, 0, 2, 0x20, 0x80, 0xcf, 0xc2, 0 },
	/* of the oscillator, no prescaler, again and again; bit 1 takes over the load, and goes */
	[COUNTER_SUN4I] = { 0x18, 0, 0x10, 0x14, 2, 0x10, 1, 0xfd, 0x05, HZ_24M },
	/* timer 0, again and again, of the fixed clock */
	[COUNTER_ARMADA] = { 0x14, 0, 0, 0x10, 1, 0, 1, 0x803, 0x803, 25000000 },
	[COUNTER_DW] = { 4, 0, 8, 0, 1, 0, 1, 3, 3, 0 },
};

static bool plain_counter(const struct soc_unit *u, const struct plain *p, bool may_start,
			  struct counter *out)
{
	const bool has_load = p->load != NO_REG;

	out->hz = p->hz ? p->hz : u->clock_hz;
	for (uint32_t i = 0; i < p->n && out->hz; i++) {
		const uint32_t at = i * p->stride;
		uint32_t control = p->enable ? soc_read(u, at + p->control) : 0;

		if (may_start && p->enable && !(control & p->enable)) {
			if (has_load) {
				soc_write(u, at + p->load, UINT32_MAX);
				soc_write(u, at + p->value,
					  UINT32_MAX); /* where it is not copied */
			}
			control = (control & ~(uint32_t)p->mask) | p->on;
			soc_write(u, at + p->control, p->control == 0x10 ? control | 2 : control);
		}
		if ((control & p->mask) != p->on ||
		    (has_load && soc_read(u, at + p->load) != UINT32_MAX))
			continue;
		out->low_pa = u->base_pa + at + p->value;
		out->high_pa = p->high ? u->base_pa + at + p->high : 0;
		out->down = has_load;
		return at + (p->high ? p->high : p->value) + 4 <= u->bytes;
	}
	return false;
}

/* ---- i.MX GPT -------------------------------------------------------------------------------- */

enum {
	GPT_CR = 0x00,
	GPT_PR = 0x04,
	GPT_OCR1 = 0x10,
	GPT_CNT = 0x24,
	GPT_CR_EN = 1 << 0,
	GPT_CR_SOURCE_SHIFT = 6,
	GPT_CR_SOURCE_MASK = 7,
	GPT_SOURCE_32K = 4,
	GPT_SOURCE_24M = 5,
	GPT_CR_FREE_RUN = 1 << 9,
	GPT_CR_EN_24M = 1 << 10,
	GPT_PR_MASK = 0xfff,
	GPT_PR_24M_SHIFT = 12,
	GPT_PR_24M_MASK = 15,
	GPT_6Q_24M_DIV = 8, /* of those without the bit EN_24M: fixed */
};

static bool gpt_counter(const struct soc_unit *u, bool may_start, struct counter *out)
{
	uint32_t cr = soc_read(u, GPT_CR);
	uint32_t pr, source;

	if (may_start && !(cr & GPT_CR_EN)) {
		cr = GPT_CR_FREE_RUN | GPT_SOURCE_32K << GPT_CR_SOURCE_SHIFT;
		soc_write(u, GPT_CR, 0); /* its source is changed while it is off */
		soc_write(u, GPT_PR, 0);
		soc_write(u, GPT_CR, cr);
		cr |= GPT_CR_EN;
		soc_write(u, GPT_CR, cr);
	}
	if (!(cr & GPT_CR_EN) || !((cr & GPT_CR_FREE_RUN) || soc_read(u, GPT_OCR1) == UINT32_MAX))
		return false;
	pr = soc_read(u, GPT_PR);
	source = cr >> GPT_CR_SOURCE_SHIFT & GPT_CR_SOURCE_MASK;
	if (source == GPT_SOURCE_32K)
		out->hz = HZ_32K;
	else if (source == GPT_SOURCE_24M && (cr & GPT_CR_EN_24M))
		out->hz = HZ_24M / ((pr >> GPT_PR_24M_SHIFT & GPT_PR_24M_MASK) + 1);
	else if (source == GPT_SOURCE_24M)
		out->hz = HZ_24M / GPT_6Q_24M_DIV;
	else
		return false;
	out->hz /= (pr & GPT_PR_MASK) + 1;
	out->low_pa = u->base_pa + GPT_CNT;
	return out->hz > 0 && u->bytes >= GPT_CNT + 4;
}

/* ---- TI -------------------------------------------------------------------------------------- */

/* The one that always counts. */
static bool ti32k_counter(const struct soc_unit *u, struct counter *out)
{
	/* bits 31 and 30 of the revision: of which of two kinds it is */
	const uint32_t off = soc_read(u, 0) >> 30 ? 0x30 : 0x10;

	out->low_pa = u->base_pa + off;
	out->hz = HZ_32K;
	return off + 4 <= u->bytes;
}

enum {
	AM33_PRCM = 0x44e00000,
	AM33_TIMER2_CLKCTRL = 0x80,
	AM33_CLKCTRL_MASK = 3 << 16 | 3, /* idle status, mode */
	AM33_CLKCTRL_ON = 2,
	AM33_TIMER2_SOURCE = 0x508,
	AM33_SOURCE_OSC = 1,
	AM33_SOURCE_32K = 2,
	AM33_CONTROL_STATUS = 0x44e10040,
	AM33_OSC_SHIFT = 22,
	AM33_TIMER2 = 0x48040000,
	DMTIMER_TCLR = 0x38,
	DMTIMER_TCRR = 0x3c,
	DMTIMER_TLDR = 0x40,
	TCLR_START = 1 << 0,
	TCLR_AUTO_RELOAD = 1 << 1,
	TCLR_PTV_SHIFT = 2,
	TCLR_PRESCALE = 1 << 5,
	PAGE = 0x1000,
};

/* AM335x: timer 2, which U-Boot uses. Its registers fault unless it has a clock. */
static bool am33_counter(const struct soc_unit *u, bool may_start, struct counter *out)
{
	static const uint32_t osc_khz[] = { 19200, 24000, 25000, 26000 };
	const struct soc_unit timer = { .base_pa = AM33_TIMER2, .bytes = PAGE };
	const uint32_t source = soc_read(u, AM33_TIMER2_SOURCE) & 3;
	uint32_t tclr;

	if (u->base_pa != AM33_PRCM ||
	    (soc_read(u, AM33_TIMER2_CLKCTRL) & AM33_CLKCTRL_MASK) != AM33_CLKCTRL_ON ||
	    arch_map(range_make(AM33_TIMER2, PAGE), ARCH_DEVICE) ||
	    arch_map(range_make(AM33_CONTROL_STATUS & ~(PAGE - 1), PAGE), ARCH_DEVICE))
		return false;
	tclr = soc_read(&timer, DMTIMER_TCLR);
	if (may_start && !(tclr & TCLR_START)) {
		tclr = TCLR_START | TCLR_AUTO_RELOAD;
		soc_write(&timer, DMTIMER_TLDR, 0);
		soc_write(&timer, DMTIMER_TCLR, tclr);
	}
	if ((tclr & (TCLR_START | TCLR_AUTO_RELOAD)) != (TCLR_START | TCLR_AUTO_RELOAD) ||
	    soc_read(&timer, DMTIMER_TLDR))
		return false;
	if (source == AM33_SOURCE_OSC)
		out->hz = 1000 * osc_khz[mmio_read32(AM33_CONTROL_STATUS) >> AM33_OSC_SHIFT & 3];
	else if (source == AM33_SOURCE_32K)
		out->hz = HZ_32K;
	if (tclr & TCLR_PRESCALE)
		out->hz >>= (tclr >> TCLR_PTV_SHIFT & 7) + 1;
	out->low_pa = AM33_TIMER2 + DMTIMER_TCRR;
	return out->hz > 0;
}

bool soc_counter(const struct devices *d, uint32_t i, bool may_start, struct counter *out)
{
	const struct soc_unit *u = &d->soc[i];
	const enum counter_kind kind = soc_counter_kind(u);

	*out = (struct counter){ 0 };
	switch (kind) {
	case COUNTER_NONE:
	case COUNTER_CPU:
		return false;
	case COUNTER_GPT:
		return gpt_counter(u, may_start, out);
	case COUNTER_TI32K:
		return ti32k_counter(u, out);
	case COUNTER_AM33:
		return am33_counter(u, may_start, out);
	default:
		return plain_counter(u, &plain[kind], may_start, out);
	}
}
