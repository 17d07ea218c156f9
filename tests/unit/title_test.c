/* SPDX-License-Identifier: BSD-2-Clause */
/* A crash in one line and in one word, from logs of every form. */
#include "core/log/ending.h"
#include "core/log/title.h"
#include "support.h"

static struct span text_of(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

static void title_of(const char *log, char title[TITLE_BYTES], char signature[SIGNATURE_BYTES])
{
	struct headline h;

	headline_find(text_of(log), &h);
	title_write(&h, title);
	signature_write(&h, signature);
}

static const struct {
	const char *name;
	const char *log;
	const char *title;
} rows[] = {
	{ "life as usual", "[    1.000000] usb 1-1: new device\n", "" },
	{ "arm32 oops: the lock is not to blame",
	  "Unable to handle kernel NULL pointer dereference at virtual address 00000004\n"
	  "Internal error: Oops: 5 [#1] SMP ARM\n"
	  "CPU: 0 PID: 38 Comm: sh Not tainted 6.1.192 #2\n"
	  "PC is at _raw_spin_lock_irqsave+0x20/0x50\n"
	  " _raw_spin_lock_irqsave from kiln_poll+0x18/0x40\n"
	  " kiln_poll from process_one_work+0x100/0x300\n",
	  "BUG: unable to handle kernel NULL pointer dereference in kiln_poll" },
	{ "another CPU's frames are not the crash's",
	  "[    5.000000] Kernel panic - not syncing: kiln too hot\n"
	  "[    5.000000] CPU: 1 PID: 9 Comm: sh Not tainted 6.1.192 #2\n"
	  "[    5.000000]  dump_stack_lvl from panic+0x100/0x300\n"
	  "[    5.100000] CPU0: stopping\n"
	  "[    5.100000] CPU: 0 PID: 0 Comm: swapper/0 Not tainted 6.1.192 #2\n"
	  "[    5.100000]  do_handle_IPI from ipi_handler+0x10/0x20\n",
	  "kernel panic: kiln too hot" },
	{ "a warning that panics is the cause",
	  "[    9.000000] ------------[ cut here ]------------\n"
	  "[    9.000000] WARNING: CPU: 0 PID: 7 at drivers/kiln/core.c:12 kiln_start+0x24/0x40\n"
	  "[    9.000000] Kernel panic - not syncing: kernel: panic_on_warn set ...\n"
	  "[    9.000000] CPU: 0 PID: 7 Comm: sh Not tainted 6.12.40 #2\n"
	  "[    9.000000] Call trace:\n"
	  "[    9.000000]  panic+0x100/0x300\n"
	  "[    9.000000]  kiln_start+0x24/0x40\n",
	  "WARNING in kiln_start" },
	{ "a warning without a file before its function (6.18)",
	  "WARNING: drivers/kiln/core.c:12 at kiln_start+0x24/0x40, CPU#0: sh/7\n",
	  "WARNING in kiln_start" },
	{ "who misused a reference count",
	  "WARNING: CPU: 0 PID: 7 at lib/refcount.c:28 refcount_warn_saturate+0xf0/0x144\n"
	  "Call trace:\n refcount_warn_saturate+0xf0/0x144\n kiln_put+0x10/0x20\n",
	  "WARNING: refcount bug in kiln_put" },
	{ "KASAN, and what was done",
	  "BUG: KASAN: slab-use-after-free in memcpy+0x20/0x40\n"
	  "Read of size 8 at addr ffff000012345678 by task sh/7\n"
	  "Call trace:\n dump_stack_lvl+0x10/0x20\n kasan_report+0x10/0x20\n memcpy+0x20/0x40\n"
	  " kiln_copy+0x30/0x50\n\nAllocated by task 1:\n kiln_new+0x10/0x20\n",
	  "KASAN: slab-use-after-free Read in kiln_copy" },
	{ "a race has two sides, in the order of letters",
	  "BUG: KCSAN: data-race in kiln_write / kiln_heat\n",
	  "KCSAN: data-race in kiln_heat / kiln_write" },
	{ "lockdep: at the lock to be taken",
	  "WARNING: possible circular locking dependency detected\n"
	  "sh/7 is trying to acquire lock:\n"
	  "ffff (&kiln->lock){+.+.}-{3:3}, at: kiln_open+0x20/0x40\n"
	  "but task is already holding lock:\n"
	  "ffff (&door->lock){+.+.}-{3:3}, at: door_shut+0x20/0x40\n",
	  "possible deadlock in kiln_open" },
	{ "where a task waits says nothing",
	  "INFO: task sh:12 blocked for more than 120 seconds.\n"
	  "      Not tainted 6.1.192 #2\nCall trace:\n __schedule+0x1/0x2\n schedule+0x1/0x2\n"
	  " __mutex_lock+0x1/0x2\n kiln_open+0x20/0x40\n",
	  "INFO: task hung in kiln_open" },
	{ "a stall: what the system call is about",
	  "rcu: INFO: rcu_sched self-detected stall on CPU\nCall trace:\n"
	  " rcu_sched_clock_irq+0x1/0x2\n kiln_spin+0x1/0x2\n kiln_ioctl+0x1/0x2\n"
	  " vfs_ioctl+0x1/0x2\n __arm64_sys_ioctl+0x1/0x2\n",
	  "INFO: rcu detected stall in kiln_ioctl" },
	{ "hard lockup",
	  "watchdog: CPU1: Watchdog detected hard LOCKUP on cpu 0\n"
	  "CPU: 0 PID: 12 Comm: sh Not tainted 6.12.40 #2\npc : kiln_spin+0x4/0x20\n",
	  "hard lockup in kiln_spin" },
	{ "SError, then its panic",
	  "SError Interrupt on CPU0, code 0x00000000bf000002 -- SError\n"
	  "CPU: 0 PID: 1 Comm: sh Not tainted 6.1.63 #1\npc : kiln_read_reg+0x4/0x20\n"
	  "lr : kiln_poll+0x4/0x20\nKernel panic - not syncing: Asynchronous SError Interrupt\n",
	  "SError interrupt in kiln_read_reg" },
	{ "numbers are not part of a title",
	  "Kernel panic - not syncing: kiln 3 at 0xc0de1234 failed\n",
	  "kernel panic: kiln NUM at ADDR failed" },
	{ "init: its exit code is not part of it",
	  "Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b\n",
	  "kernel panic: Attempted to kill init!" },
	{ "Samsung's prefix",
	  "<0>[  110.560296] I[6:      swapper/6:    0] Kernel panic - not syncing: kiln cold\n",
	  "kernel panic: kiln cold" },
	{ "MediaTek's prefix",
	  "[42486.915120] -(0)[848:kiln]Unable to handle kernel paging request at 1\n"
	  "[42486.915120] -(0)[848:kiln]Internal error: Oops: 5 [#1] SMP ARM\n"
	  "[42486.915120] -(0)[848:kiln]PC is at kiln_poll+0x1/0x2\n",
	  "BUG: unable to handle kernel paging request in kiln_poll" },
	{ "syslog's prefix, learned",
	  "Jan  1 00:00:01 board kernel: a b\nJan  1 00:00:01 board kernel: c d\n"
	  "Jan  1 00:00:02 board kernel: e f\nJan  1 00:00:03 board kernel: g h\n"
	  "Jan  1 00:00:04 board kernel: i j\nJan  1 00:00:05 board kernel: k l\n"
	  "Jan  1 00:00:06 board kernel: Kernel panic - not syncing: kiln cold\n",
	  "kernel panic: kiln cold" },
	{ "escape sequences stay out", "Kernel panic - not syncing: \033[2J\x9b\n",
	  "kernel panic: ?[2J?" },
};

static void test_titles(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char title[TITLE_BYTES], signature[SIGNATURE_BYTES];

		CASE(rows[i].name);
		title_of(rows[i].log, title, signature);
		assert_string_equal(title, rows[i].title);
		assert_int_equal(signature[0] == '\0', title[0] == '\0');
	}
}

/* The same bug: at another time, on another CPU and task, on ARM32, on ARM64, with any prefix. */
static const char *const same[] = {
	"[    5.000000] Unable to handle kernel NULL pointer dereference at virtual address "
	"00000004\n"
	"[    5.000000] Internal error: Oops: 5 [#1] SMP ARM\n"
	"[    5.000000] CPU: 0 PID: 38 Comm: sh Not tainted 6.1.192 #2\n"
	"[    5.000000] PC is at kiln_poll+0x20/0x50\n"
	"[    5.000000]  kiln_poll from kiln_work+0x18/0x40\n"
	"[    5.000000]  kiln_work from process_one_work+0x100/0x300\n",
	"<1>[ 9999.123456][  T777] Unable to handle kernel NULL pointer dereference at virtual "
	"address "
	"0000000000000010\n"
	"<0>[ 9999.123456][  T777] Internal error: Oops: 0000000096000004 [#3] SMP\n"
	"<4>[ 9999.123456][  T777] CPU: 3 PID: 777 Comm: other Tainted: G D 6.1.192 #2\n"
	"<4>[ 9999.123456][  T777] pc : kiln_poll.isra.0+0x8/0x90\n"
	"<4>[ 9999.123456][  T777] Call trace:\n"
	"<4>[ 9999.123456][  T777]  kiln_poll.isra.0+0x8/0x90\n"
	"<4>[ 9999.123456][  T777]  kiln_work+0x30/0x70\n"
	"<0>[ 9999.123456][  T777] Kernel panic - not syncing: Oops: Fatal exception\n",
	"Unable to handle kernel NULL pointer dereference at virtual address 00000004\n"
	"Internal error: Oops: 5 [#1] SMP ARM\n"
	"PC is at kiln_poll+0x20/0x50\n"
	"[<c0101010>] (kiln_poll) from [<c0202020>] (kiln_work+0x18/0x40)\n",
};

static void test_signatures(void **state)
{
	char title[TITLE_BYTES], first[SIGNATURE_BYTES], signature[SIGNATURE_BYTES];

	(void)state;
	title_of(same[0], title, first);
	assert_memory_equal(first, "kiln_poll-1-", 12);
	for (size_t i = 1; i < ARRAY_LEN(same); i++) {
		title_of(same[i], title, signature);
		assert_string_equal(signature, first);
	}
	title_of("Kernel panic - not syncing: kiln cold\n", title, signature);
	assert_string_not_equal(signature, first);
}

static const struct {
	const char *log;
	enum ending ending;
} endings[] = {
	{ "Restarting system.\n", ENDING_RESTART }, /* up to 3.10 */
	{ "Power down.\n", ENDING_POWEROFF },
	{ "System halted.\n", ENDING_POWEROFF },
	{ "[    9.0] kexec_core: Starting new kernel\n[    9.1] Bye!\n", ENDING_RESTART },
	{ "[    9.000000] I[1:  init:    1] reboot: Restarting system\n", ENDING_RESTART },
	{ "[    9.000000] reboot: Restarting system\n[    9.1] 1\n[    9.1] 2\n[    9.1] 3\n"
	  "[    9.1] 4\n[    9.1] 5\n[    9.1] 6\n[    9.1] 7\n[    9.1] 8\n[    9.1] 9\n"
	  "[   10.1] pmic: off\n",
	  ENDING_RESTART },
	{ "[    9.000000] reboot: Restarting system\n[    9.1] 1\n[    9.1] 2\n[    9.1] 3\n"
	  "[    9.1] 4\n[    9.1] 5\n[    9.1] 6\n[    9.1] 7\n[    9.1] 8\n[    9.1] 9\n"
	  "[   60.1] usb 1-1: new device\n",
	  ENDING_ABRUPT },
};

static void test_endings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		CASE(endings[i].log);
		assert_int_equal(ending_of(text_of(endings[i].log)), endings[i].ending);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_titles),
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_endings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
