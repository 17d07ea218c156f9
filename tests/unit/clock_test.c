/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock: which one is taken, that it goes forward over every turn, and that a guess errs early.
 */
#include "drivers/clock.h"

#include "soc_model.h"

static struct devices d;

/* ---- the CPU and time ------------------------------------------------------------------------ */

static struct {
	bool has_ticks;
	uint32_t tick_hz;
	bool ticks_move;
	uint64_t ticks;
	bool has_cycles, cycles_run;
	uint32_t n_cycles_started;
	uint64_t true_us;	 /* time that really passed */
	uint32_t true_cycles_hz; /* by 64 */
} cpu;

bool arch_has_ticks(void)
{
	return cpu.has_ticks;
}

uint32_t arch_tick_hz(void)
{
	assert_true(cpu.has_ticks); /* else it is an undefined instruction */
	return cpu.tick_hz;
}

uint64_t arch_ticks(void)
{
	assert_true(cpu.has_ticks);
	return cpu.ticks += cpu.ticks_move;
}

bool arch_cycles_start(bool may_start)
{
	if (!cpu.has_cycles || (!cpu.cycles_run && !may_start))
		return false;
	cpu.n_cycles_started += !cpu.cycles_run;
	cpu.cycles_run = true;
	return true;
}

uint32_t arch_cycles(void)
{
	cpu.true_us++; /* so that it moves */
	return (uint32_t)(cpu.true_us * cpu.true_cycles_hz / 1000000);
}

enum om_err arch_map(struct range range, enum arch_mem how)
{
	(void)range;
	(void)how;
	return OM_OK;
}

/* ---- counters -------------------------------------------------------------------------------- */

static uint64_t counted; /* of the SoC's counter */
static uint32_t step;	 /* that each read adds */
static uint64_t low_pa, high_pa;
static bool down;

static void count(uint64_t pa)
{
	if (pa != low_pa && pa != high_pa)
		return;
	counted += step;
	model_set(low_pa, down ? ~(uint32_t)counted : (uint32_t)counted);
	if (high_pa)
		model_set(high_pa, (uint32_t)(counted >> 32));
}

/* The clock keeps what it has found: each test in a process of its own. */
static void start(void)
{
	model_start(&d);
	memset(&cpu, 0, sizeof(cpu));
	cpu.true_cycles_hz = 1000000000 / 64;
	counted = 0;
	step = 1;
	low_pa = high_pa = 0;
	down = false;
	model.before_read = count;
}

static void sysreg(void)
{
	model_unit(&d, "arm,vexpress-sysreg", 0x1000, 0x1000);
	low_pa = 0x105c;
}

/* ---- which one ------------------------------------------------------------------------------- */

static void nothing(void)
{
	uint64_t us = 5;

	start();
	clock_find(&d, true);
	assert_int_equal(clock_hz(), 0);
	assert_false(clock_us(&us));
	assert_int_equal(us, 5);
	assert_int_equal(clock_ticks(), 0);
	assert_int_equal(clock_sending(), 0);
	clock_sent(0, 1000, 115200);
}

static void timer_first(void)
{
	start();
	sysreg();
	cpu.has_ticks = cpu.ticks_move = true;
	cpu.tick_hz = 62500000;
	clock_find(&d, true);
	assert_int_equal(clock_hz(), 62500000);
	assert_int_equal(model.n_reads, 0);
}

static void timer_before_the_tree(void)
{
	start();
	cpu.has_ticks = cpu.ticks_move = true;
	cpu.tick_hz = 62500000;
	clock_find(NULL, false);
	assert_int_equal(clock_hz(), 62500000);
	sysreg();
	clock_find(&d, true); /* it stays */
	assert_int_equal(clock_hz(), 62500000);
}

static void timer_with_the_trees_rate(void)
{
	start();
	cpu.has_ticks = cpu.ticks_move = true;
	clock_find(NULL, false);
	assert_int_equal(clock_hz(), 0);
	model_unit(&d, "arm,armv7-timer", 0, 0)->clock_hz = 8000000;
	clock_find(&d, false);
	assert_int_equal(clock_hz(), 8000000);
}

static void timer_stands(void)
{
	start();
	sysreg();
	cpu.has_ticks = true;
	cpu.tick_hz = 62500000;
	clock_find(&d, false);
	assert_int_equal(clock_hz(), 24000000);
}

static void counter_stands(void)
{
	start();
	model_unit(&d, "ti,omap-counter32k", 0x3000, 0x20); /* always 0 */
	sysreg();
	clock_find(&d, false);
	assert_int_equal(clock_hz(), 24000000);
}

/* One that runs before one that would have to be started. */
static void running_before_off(void)
{
	start();
	model_unit(&d, "fsl,imx31-gpt", 0x8000, 0x100);
	sysreg();
	clock_find(&d, true);
	assert_int_equal(clock_hz(), 24000000);
	assert_int_equal(model.n_writes, 0);
}

static void off_is_started(void)
{
	start();
	model_unit(&d, "fsl,imx31-gpt", 0x8000, 0x100);
	low_pa = 0x8024;
	clock_find(&d, true);
	assert_int_equal(clock_hz(), 32768);
	assert_true(model.n_writes > 0);
}

static void caller_keeps_its_own(void)
{
	start();
	model_unit(&d, "fsl,imx31-gpt", 0x8000, 0x100);
	low_pa = 0x8024;
	cpu.has_cycles = true;
	clock_find(&d, false);
	assert_int_equal(clock_hz(), 0);
	assert_int_equal(model.n_writes + cpu.n_cycles_started, 0);
}

static void caller_has_cycles(void)
{
	start();
	cpu.has_cycles = cpu.cycles_run = true;
	clock_find(&d, false);
	assert_int_equal(clock_hz(), 1000000);
	assert_int_equal(cpu.n_cycles_started, 0);
}

/* ---- turns ----------------------------------------------------------------------------------- */

/* Nine turns of 32 bits and a bit, read every quarter of one. */
static void turns_of(bool counts_down)
{
	uint64_t begin, us, last = 0;

	start();
	if (counts_down) {
		model_unit(&d, "arm,sp804", 0x1000, 0x1000)->clock_hz = 24000000;
		model_set(0x1000, UINT32_MAX);
		model_set(0x1008, 0xc2);
		low_pa = 0x1004;
		down = true;
	} else {
		sysreg();
	}
	counted = 0xfffffff0;
	clock_find(&d, false);
	assert_int_equal(clock_hz(), 24000000);
	assert_true(clock_us(&begin));
	for (uint32_t i = 0; i < 36; i++) {
		counted += (1u << 30) - 1;
		assert_true(clock_us(&us));
		assert_true(us > last);
		last = us;
	}
	assert_int_equal(us - begin, 9 * (uint64_t)UINT32_MAX / 24 + 1);
}

static void turns_up(void)
{
	turns_of(false);
}

static void turns_down(void)
{
	turns_of(true);
}

/* The lower half turns between the reads of the two. */
static void two_words(void)
{
	uint64_t last = 0;

	start();
	model_unit(&d, "brcm,bcm2835-system-timer", 0x3000, 0x1000);
	low_pa = 0x3004;
	high_pa = 0x3008;
	clock_find(&d, false);
	assert_int_equal(clock_hz(), 1000000);
	for (uint32_t i = 0; i < 64; i++) {
		uint64_t now;

		counted = ((uint64_t)(i + 1) << 32) - 1 - i % 4;
		now = clock_ticks();
		assert_true(now > last && now <= counted);
		assert_true(counted - now < 8);
		last = now;
	}
}

/* ---- cycles ---------------------------------------------------------------------------------- */

/* Sends @n characters at @baud; the UART takes @bits for each. */
static void send(uint32_t n, uint32_t baud, uint32_t bits)
{
	const uint32_t since = clock_sending();

	cpu.true_us += (uint64_t)n * bits * 1000000 / baud;
	clock_sent(since, n, baud);
}

/* How much of a true second the clock makes of a second, in thousandths. */
static uint32_t thousandths(void)
{
	uint64_t begin, end, true_begin;

	assert_true(clock_us(&begin));
	true_begin = cpu.true_us;
	for (uint32_t i = 0; i < 100; i++) {
		cpu.true_us += 10000;
		assert_true(clock_us(&end));
	}
	return (uint32_t)((end - begin) * 1000 / (cpu.true_us - true_begin));
}

static void start_cycles(uint32_t mhz)
{
	start();
	cpu.has_cycles = true;
	cpu.true_cycles_hz = mhz * 1000000 / 64;
	clock_find(&d, true);
	assert_int_equal(clock_hz(), 1000000);
	assert_int_equal(cpu.n_cycles_started, 1);
}

/* Whatever the CPU's rate is, and whatever the UART shows, no second is longer than a second. */
static uint32_t the_rate;

static void cycles_of_one(void)
{
	uint32_t before, after;

	start_cycles(the_rate);
	before = thousandths();
	assert_in_range(before, 999, the_rate * 5 + 5);
	assert_in_range(before, the_rate * 5 - 5, the_rate * 5 + 5);
	send(20, 115200, 10);  /* too few: a FIFO may have taken them */
	send(1000, 115200, 0); /* QEMU's takes no time */
	assert_in_range(thousandths(), before - 1, before + 1);
	send(76, 115200, 10);
	after = thousandths();
	assert_in_range(after, 999, before + 1);
	assert_in_range(after, 999, 1250);
	send(76, 115200, 11); /* with parity: an eighth is taken off for that */
	assert_in_range(thousandths(), 999, after + 1);
}

/* ---- in processes of their own --------------------------------------------------------------- */

#include <sys/wait.h>
#include <unistd.h>

static void in_child(void (*fn)(void))
{
	int status;
	const pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		fn(); /* a failed assertion leaves by exit code 255 */
		fflush(NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_which(void **state)
{
	static const struct {
		const char *name;
		void (*fn)(void);
	} rows[] = {
		{ "nothing", nothing },
		{ "the timer first", timer_first },
		{ "before the tree", timer_before_the_tree },
		{ "the tree's rate", timer_with_the_trees_rate },
		{ "a timer that stands", timer_stands },
		{ "a counter that stands", counter_stands },
		{ "running before off", running_before_off },
		{ "off is started", off_is_started },
		{ "a caller keeps its own", caller_keeps_its_own },
		{ "a caller has cycles", caller_has_cycles },
		{ "turns, up", turns_up },
		{ "turns, down", turns_down },
		{ "two words", two_words },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CASE(rows[i].name);
		in_child(rows[i].fn);
	}
}

static void test_cycles(void **state)
{
	static const uint32_t rates[] = { 200, 275, 400, 792, 1000, 1512, 2200 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		the_rate = rates[i];
		in_child(cycles_of_one);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_which),
					    cmocka_unit_test(test_cycles) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
