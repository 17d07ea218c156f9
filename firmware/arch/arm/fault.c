/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults: the app reports each and decides whether it ends the step that it happened in, which
 * arch_try() marks, or resets the board.
 */
#include "arch/arch.h"
#include "frame.h"

#include <stddef.h>

struct arm_frame {
	unsigned long r[13];
	unsigned long pc, psr, sp, lr;
	unsigned long pad;
};

_Static_assert(offsetof(struct arm_frame, pc) == FRAME_PC, "vectors.S stores pc here");
_Static_assert(offsetof(struct arm_frame, psr) == FRAME_PSR, "vectors.S stores psr here");
_Static_assert(offsetof(struct arm_frame, sp) == FRAME_SP, "vectors.S stores sp here");
_Static_assert(offsetof(struct arm_frame, lr) == FRAME_LR, "vectors.S stores lr here");
_Static_assert(sizeof(struct arm_frame) == FRAME_BYTES, "vectors.S makes room for a frame");

bool try_call(void (*fn)(void *ctx), void *ctx, uint32_t *saved_sp);
_Noreturn void try_abandon(uint32_t saved_sp);
_Noreturn void reset_call(void (*fn)(void));
_Noreturn void arch_fault(const struct arm_frame *frame, uint32_t kind);

static uint32_t saved_sp; /* 0: no step to come back from */
static uint32_t n_faults;

/* What a fault interrupts: a fault in the report, or in the reset, is not handled like others. */
static enum { WORK, REPORT, RESET } doing;

/* Neither cleared nor loaded at reset; the check word tells it from noise. */
static struct {
	uint32_t word, check;
} kept __attribute__((section(".kept")));

enum { KEPT_CHECK = 0x6b657074 };

void arch_keep(uint32_t word)
{
	kept.word = word;
	kept.check = word ^ KEPT_CHECK;
	__asm__ volatile("mcr p15, 0, %0, c7, c10, 1\n" /* DCCMVAC */
			 "mcr p15, 0, %1, c7, c10, 1\n"
			 "dsb" ::"r"(&kept.word),
			 "r"(&kept.check)
			 : "memory");
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

/* DFSR/DFAR or IFSR/IFAR. Source: ARMv7-A ARM, B4.1.50-52, B4.1.96. */
static void read_status(uint32_t kind, struct arch_fault *out)
{
	if (kind == FAULT_DATA) {
		__asm__("mrc p15, 0, %0, c5, c0, 0" : "=r"(out->status));
		__asm__("mrc p15, 0, %0, c6, c0, 0" : "=r"(out->address));
	} else if (kind == FAULT_PREFETCH) {
		__asm__("mrc p15, 0, %0, c5, c0, 1" : "=r"(out->status));
		__asm__("mrc p15, 0, %0, c6, c0, 2" : "=r"(out->address));
	}
}

_Noreturn void __stack_chk_fail(void);

__attribute__((used)) _Noreturn void __stack_chk_fail(void)
{
	__builtin_trap(); /* reported and survived like any other fault */
}

/* Called by vectors.S in SVC mode on the exception stack. */
_Noreturn void arch_fault(const struct arm_frame *frame, uint32_t kind)
{
	static const char *const kinds[] = {
		[FAULT_UNDEFINED] = "undefined instruction",
		[FAULT_SUPERVISOR] = "supervisor call",
		[FAULT_PREFETCH] = "prefetch abort",
		[FAULT_DATA] = "data abort",
		[FAULT_IRQ] = "unexpected interrupt",
		[FAULT_FIQ] = "unexpected fast interrupt",
	};
	struct arch_fault f = {
		.kind = kinds[kind],
		.pc = frame->pc,
		.lr = frame->lr,
		.sp = frame->sp,
		.psr = frame->psr,
		.r = frame->r,
		.n_r = sizeof(frame->r) / sizeof(frame->r[0]),
		.r_letter = 'r',
		.number = ++n_faults,
		.in_try = saved_sp != 0,
	};

	read_status(kind, &f);

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
