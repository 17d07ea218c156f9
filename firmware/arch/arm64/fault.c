/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults: the app reports each and decides whether it ends the step that it happened in, which
 * arch_try() marks, or resets the board.
 */
#include "arch/arch.h"
#include "frame.h"

#include <stddef.h>

enum { REGS = 31 };

struct arm64_frame {
	unsigned long x[REGS];
	unsigned long sp, pc, psr, esr, far;
};

_Static_assert(offsetof(struct arm64_frame, sp) == FRAME_SP, "vectors.S stores sp here");
_Static_assert(offsetof(struct arm64_frame, pc) == FRAME_PC, "vectors.S stores pc here");
_Static_assert(offsetof(struct arm64_frame, psr) == FRAME_PSR, "vectors.S stores psr here");
_Static_assert(offsetof(struct arm64_frame, esr) == FRAME_ESR, "vectors.S stores esr here");
_Static_assert(offsetof(struct arm64_frame, far) == FRAME_FAR, "vectors.S stores far here");
_Static_assert(sizeof(struct arm64_frame) == FRAME_BYTES, "vectors.S makes room for a frame");

bool try_call(void (*fn)(void *ctx), void *ctx, uint64_t *saved_sp);
_Noreturn void try_abandon(uint64_t saved_sp);
_Noreturn void reset_call(void (*fn)(void));
_Noreturn void arch_fault(const struct arm64_frame *frame, uint64_t kind);

static uint64_t saved_sp; /* 0: no step to come back from */
static uint32_t n_faults;

/* What a fault interrupts: a fault in the report, or in the reset, is not handled like others. */
static enum { WORK, REPORT, RESET } doing;

/* Neither cleared nor loaded at reset; the check word tells it from noise. */
static struct {
	uint32_t word, check;
} kept __attribute__((section(".kept"), aligned(8)));

enum { KEPT_CHECK = 0x6b657074 };

void arch_keep(uint32_t word)
{
	kept.word = word;
	kept.check = word ^ KEPT_CHECK;
	__asm__ volatile("dc cvac, %0\n\tdsb sy" ::"r"(&kept) : "memory"); /* both in one line */
}

uint32_t arch_kept(void)
{
	uint32_t word = kept.check == (kept.word ^ KEPT_CHECK) ? kept.word : 0;

	if (word)
		arch_keep(0);
	return word;
}

bool arch_try(void (*fn)(void *ctx), void *ctx)
{
	bool came_back;

	doing = WORK; /* whatever has failed before: this can be come back from */
	came_back = try_call(fn, ctx, &saved_sp);
	saved_sp = 0;
	return came_back;
}

uint32_t arch_faults(void)
{
	return n_faults;
}

_Noreturn void __stack_chk_fail(void);

__attribute__((used)) _Noreturn void __stack_chk_fail(void)
{
	__builtin_trap(); /* reported and survived like any other fault */
}

/* ESR_ELx, exception class. Source: Arm DDI 0487, D19.2.37. */
static const char *name_of(uint64_t kind, uint64_t esr)
{
	static const struct {
		uint8_t first, last;
		char name[24];
	} classes[] = {
		{ 0x00, 0x00, "undefined instruction" },
		{ 0x20, 0x21, "prefetch abort" },
		{ 0x22, 0x22, "misaligned pc" },
		{ 0x24, 0x25, "data abort" },
		{ 0x26, 0x26, "misaligned sp" },
		{ 0x3c, 0x3c, "undefined instruction" }, /* brk: __builtin_trap() */
	};
	const uint32_t class = (uint32_t)(esr >> 26) & 0x3f;

	if (kind == FAULT_IRQ)
		return "unexpected interrupt";
	if (kind == FAULT_FIQ)
		return "unexpected fast interrupt";
	if (kind == FAULT_SERROR)
		return "system error";
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (class >= classes[i].first && class <= classes[i].last)
			return classes[i].name;
	return "exception";
}

/* Called by vectors.S on the exception stack. */
_Noreturn void arch_fault(const struct arm64_frame *frame, uint64_t kind)
{
	const struct arch_fault f = {
		.kind = name_of(kind, frame->esr),
		.pc = frame->pc,
		.lr = frame->x[REGS - 1],
		.sp = frame->sp,
		.psr = frame->psr,
		.address = frame->far,
		.status = frame->esr,
		.r = frame->x,
		.r_letter = 'x',
		.n_r = REGS - 1,
		.number = ++n_faults,
		.in_try = saved_sp != 0,
	};

	if (doing == WORK) {
		doing = REPORT;
		if (app_fault(&f) && f.in_try) {
			doing = WORK;
			try_abandon(saved_sp);
		}
	}
	if (doing == RESET)
		for (;;)
			arch_relax();
	doing = RESET;
	saved_sp = 0;
	reset_call(app_fault_reset);
}
