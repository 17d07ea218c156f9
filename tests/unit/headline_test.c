/* SPDX-License-Identifier: BSD-2-Clause */
/* The one line that says what happened, found in logs as real kernels write them. */
#include "core/log/ending.h"
#include "core/log/headline.h"
#include "support.h"

static struct span text_of(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

struct row {
	const char *name;
	const char *log;
	const char *cause, *fault, *cpu, *pc, *lr;
	const char *trace; /* joined with '|' */
};

static const struct row rows[] = {
	{ "nothing", "", "", "", "", "", "", "" },
	{ "life as usual",
	  "<6>[    0.000000] Linux version 6.1.192 (x) #2\n<6>[    1.0] usb 1-1: new device\n", "",
	  "", "", "", "", "" },
	{ "sysrq-c, arm32, no times",
	  "<6>sysrq: Trigger a crash\n"
	  "<0>Kernel panic - not syncing: sysrq triggered crash\n"
	  "<4>CPU: 0 PID: 1 Comm: init Not tainted 6.1.192 #2 \n"
	  "<4>Hardware name: Generic DT based system\n"
	  "<4> unwind_backtrace from show_stack+0x18/0x1c\n"
	  "<4> show_stack from dump_stack_lvl+0x40/0x4c\n"
	  "<4> dump_stack_lvl from panic+0x100/0x320\n"
	  "<4> panic from sysrq_reset_seq_param_set+0x0/0x64\n",
	  "Kernel panic - not syncing: sysrq triggered crash", "",
	  "CPU: 0 PID: 1 Comm: init Not tainted 6.1.192 #2", "", "",
	  "panic from sysrq_reset_seq_param_set+0x0/0x64" },
	{ "sysrq-c, arm64, times",
	  "<0>[    0.855533] Kernel panic - not syncing: sysrq triggered crash\n"
	  "<4>[    0.856133] CPU: 0 UID: 0 PID: 1 Comm: init Not tainted 6.12.107 #1 \n"
	  "<4>[    0.857656] Call trace:\n"
	  "<4>[    0.858139]  dump_backtrace+0xb0/0xd8\n"
	  "<4>[    0.858731]  show_stack+0x1c/0x24\n"
	  "<4>[    0.858951]  dump_stack_lvl+0x50/0x80\n"
	  "<4>[    0.859113]  dump_stack+0x14/0x1c\n"
	  "<4>[    0.859202]  panic+0x140/0x33c\n"
	  "<4>[    0.859289]  sysrq_reset_seq_param_set+0x0/0x68\n"
	  "<0>[    0.861712] Kernel Offset: disabled\n",
	  "Kernel panic - not syncing: sysrq triggered crash", "",
	  "CPU: 0 UID: 0 PID: 1 Comm: init Not tainted 6.12.107 #1", "", "",
	  "panic+0x140/0x33c|sysrq_reset_seq_param_set+0x0/0x68" },
	{ "oops, arm32, console form with CRLF",
	  "[    5.000001] 8<--- cut here ---\r\n"
	  "[    5.000002] Unable to handle kernel NULL pointer dereference at virtual address "
	  "00000000\r\n"
	  "[    5.000003] [00000000] *pgd=40aa4835, *pte=00000000, *ppte=00000000\r\n"
	  "[    5.000004] Internal error: Oops: 817 [#1] SMP ARM\r\n"
	  "[    5.000005] CPU: 0 PID: 38 Comm: sh Not tainted 6.1.192 #2\r\n"
	  "[    5.000006] PC is at lkdtm_EXCEPTION+0xc/0x14\r\n"
	  "[    5.000007] LR is at direct_entry+0xe8/0x108\r\n"
	  "[    5.000008] pc : [<c0328cb0>]    lr : [<c0328a84>]    psr: a0010013\r\n"
	  "[    5.000009] Stack: (0xc09f9ef0 to 0xc09fa000)\r\n"
	  "[    5.000010] 9ee0:                   c032899c c0a1fe40 00d4d7e8 0000000a\r\n"
	  "[    5.000011]  lkdtm_EXCEPTION from direct_entry+0xe8/0x108\r\n"
	  "[    5.000012]  direct_entry from full_proxy_write+0x5c/0x8c\r\n"
	  "[    5.000013] Exception stack(0xc09f9fa8 to 0xc09f9ff0)\r\n"
	  "[    5.000014] ---[ end trace 0000000000000000 ]---\r\n",
	  "Internal error: Oops: 817 [#1] SMP ARM",
	  "Unable to handle kernel NULL pointer dereference at virtual address 00000000",
	  "CPU: 0 PID: 38 Comm: sh Not tainted 6.1.192 #2", "PC is at lkdtm_EXCEPTION+0xc/0x14",
	  "LR is at direct_entry+0xe8/0x108",
	  "lkdtm_EXCEPTION from direct_entry+0xe8/0x108|direct_entry from "
	  "full_proxy_write+0x5c/0x8c" },
	{ "oops that ends in a panic keeps its place and trace",
	  "<1>Unable to handle kernel paging request at virtual address dead0000\n"
	  "<0>Internal error: Oops: 5 [#1] SMP ARM\n"
	  "<4>CPU: 1 PID: 7 Comm: kworker Tainted: G\n"
	  "<4>PC is at foo+0x1/0x2\n"
	  "<0> foo from bar+0x3/0x4\n"
	  "<4>---[ end trace 1 ]---\n"
	  "<0>Kernel panic - not syncing: Fatal exception in interrupt\n",
	  "Kernel panic - not syncing: Fatal exception in interrupt",
	  "Unable to handle kernel paging request at virtual address dead0000",
	  "CPU: 1 PID: 7 Comm: kworker Tainted: G", "PC is at foo+0x1/0x2", "",
	  "foo from bar+0x3/0x4" },
	{ "undefined instruction, arm64, then panic",
	  "<0>[    1.2] Internal error: Oops - Undefined instruction: 0000000002000000 [#1] SMP\n"
	  "<4>[    1.2] CPU: 0 PID: 80 Comm: insmod Tainted: G            E     5.10.0-32-arm64\n"
	  "<4>[    1.2] pc : init_em_u32+0xc/0x1000 [em_u32]\n"
	  "<4>[    1.2] lr : do_one_initcall+0x4c/0x270\n"
	  "<4>[    1.2] x29: ffff8000105d3b40 x28: ffffceecd7325088\n"
	  "<4>[    1.2] Call trace:\n"
	  "<4>[    1.2]  init_em_u32+0xc/0x1000 [em_u32]\n"
	  "<4>[    1.2]  do_init_module+0x50/0x260\n"
	  "<0>[    1.2] Code: bad PC value\n"
	  "<4>[    1.2] ---[ end trace 19f48e9459decc40 ]---\n"
	  "<0>[    1.2] Kernel panic - not syncing: Oops - Undefined instruction: Fatal "
	  "exception\n",
	  "Kernel panic - not syncing: Oops - Undefined instruction: Fatal exception",
	  "Internal error: Oops - Undefined instruction: 0000000002000000 [#1] SMP",
	  "CPU: 0 PID: 80 Comm: insmod Tainted: G            E     5.10.0-32-arm64",
	  "pc : init_em_u32+0xc/0x1000 [em_u32]", "lr : do_one_initcall+0x4c/0x270",
	  "init_em_u32+0xc/0x1000 [em_u32]|do_init_module+0x50/0x260" },
	{ "two oopses: the last counts",
	  "<1>Unable to handle kernel NULL pointer dereference at virtual address 00000001\n"
	  "<0>Internal error: Oops: 1 [#1] SMP ARM\n"
	  "<4>PC is at first+0x1/0x2\n"
	  "<4>---[ end trace 1 ]---\n"
	  "<6>usb 1-1: new device\n"
	  "<0>Internal error: Oops: 2 [#2] SMP ARM\n"
	  "<4>PC is at second+0x1/0x2\n"
	  "<4>---[ end trace 2 ]---\n",
	  "Internal error: Oops: 2 [#2] SMP ARM", "", "", "PC is at second+0x1/0x2", "", "" },
	{ "soft oops long before an unrelated panic",
	  "<0>Internal error: Oops: 1 [#1] SMP ARM\n"
	  "<4>PC is at first+0x1/0x2\n"
	  "<4>---[ end trace 1 ]---\n"
	  "<0>Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n",
	  "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)", "", "",
	  "", "", "" },
	{ "hung task, then panic",
	  "<3>INFO: task sh:12 blocked for more than 120 seconds.\n"
	  "<3>      Not tainted 6.1.192 #2\n"
	  "<6>task:sh state:D stack:0 pid:12\n"
	  "<4> __schedule from schedule+0x5c/0xbc\n"
	  "<0>Kernel panic - not syncing: hung_task: blocked tasks\n"
	  "<4>CPU: 0 PID: 20 Comm: khungtaskd Not tainted 6.1.192 #2\n",
	  "Kernel panic - not syncing: hung_task: blocked tasks",
	  "INFO: task sh:12 blocked for more than 120 seconds.",
	  "CPU: 0 PID: 20 Comm: khungtaskd Not tainted 6.1.192 #2", "", "",
	  "__schedule from schedule+0x5c/0xbc" },
	{ "hung task only", "<3>INFO: task sh:12 blocked for more than 120 seconds.\n",
	  "INFO: task sh:12 blocked for more than 120 seconds.", "", "", "", "", "" },
	{ "soft lockup only",
	  "[   30.000000] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [sh:1]\n"
	  "[   30.000001] CPU: 0 PID: 1 Comm: sh Not tainted 6.1.192 #2\n",
	  "watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [sh:1]", "",
	  "CPU: 0 PID: 1 Comm: sh Not tainted 6.1.192 #2", "", "", "" },
	{ "BUG()",
	  "<2>kernel BUG at fs/inode.c:12!\n<0>Internal error: Oops - BUG: 0 [#1] SMP ARM\n",
	  "Internal error: Oops - BUG: 0 [#1] SMP ARM", "kernel BUG at fs/inode.c:12!", "", "", "",
	  "" },
	{ "old arm32 trace",
	  "<0>Kernel panic - not syncing: x\n"
	  "<4>[<c0112345>] (unwind_backtrace) from [<c010d5c4>] (show_stack+0x10/0x14)\n"
	  "<4>[<c0112345>] (panic) from [<c010d5c4>] (foo+0x10/0x14)\n",
	  "Kernel panic - not syncing: x", "", "", "", "",
	  "[<c0112345>] (panic) from [<c010d5c4>] (foo+0x10/0x14)" },
	{ "caller tags",
	  "<0>[   12.345678][    T1] Kernel panic - not syncing: y\n"
	  "<4>[   12.345679][    T1] CPU: 10 PID: 1 Comm: init\n",
	  "Kernel panic - not syncing: y", "", "CPU: 10 PID: 1 Comm: init", "", "", "" },
	{ "a warning's trace is not the crash's",
	  "<0>Internal error: Oops: 1 [#1] SMP ARM\n"
	  "<4>WARNING: CPU: 0 PID: 1 at kernel/x.c:1 foo\n"
	  "<4> warn from bar+0x1/0x2\n",
	  "Internal error: Oops: 1 [#1] SMP ARM", "", "", "", "", "" },
	{ "more frames than kept",
	  "<0>Kernel panic - not syncing: z\n<4> a from b+0x1\n<4> b from c+0x1\n"
	  "<4> c from d+0x1\n<4> d from e+0x1\n<4> e from f+0x1\n<4> f from g+0x1\n"
	  "<4> g from h+0x1\n<4> h from i+0x1\n<4> i from j+0x1\n",
	  "Kernel panic - not syncing: z", "", "", "", "",
	  "a from b+0x1|b from c+0x1|c from d+0x1|d from e+0x1|e from f+0x1|f from g+0x1|"
	  "g from h+0x1|h from i+0x1" },
	{ "last line cut", "<0>Kernel panic - not syncing: Att", "Kernel panic - not syncing: Att",
	  "", "", "", "", "" },
	{ "no reason", "<0>Kernel panic - not syncing", "Kernel panic - not syncing", "", "", "",
	  "", "" },
	{ "not a prefix",
	  "[Kernel] Kernel panic - not syncing: no\n<x>Kernel panic - not syncing\n", "", "", "",
	  "", "", "" },
};

static void assert_span(struct span s, const char *want)
{
	char got[512];

	snprintf(got, sizeof(got), "%.*s", (int)s.len, s.len ? (const char *)s.p : "");
	assert_string_equal(got, want);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct headline h;
		char trace[1024] = "";
		size_t n = 0;

		CASE(rows[i].name);
		headline_find(text_of(rows[i].log), &h);
		assert_span(h.cause, rows[i].cause);
		assert_span(h.fault, rows[i].fault);
		assert_span(h.cpu, rows[i].cpu);
		assert_span(h.pc, rows[i].pc);
		assert_span(h.lr, rows[i].lr);
		for (uint32_t t = 0; t < h.n_trace; t++)
			n += (size_t)sprintf(trace + n, "%s%.*s", t ? "|" : "", (int)h.trace[t].len,
					     (const char *)h.trace[t].p);
		assert_string_equal(trace, rows[i].trace);
	}
}

static void test_kernel_line(void **state)
{
	struct headline h;

	(void)state;
	headline_find(text_of("[    0.000000] Linux version 6.1.192 (me@here) #2 SMP\nx\n"
			      "<0>Kernel panic - not syncing: a\n"),
		      &h);
	assert_span(h.kernel, "Linux version 6.1.192 (me@here) #2 SMP");
	assert_span(h.cause, "Kernel panic - not syncing: a");
}

/* ---- facts ----------------------------------------------------------------------------------- */

struct fact_row {
	const char *name;
	const char *log;
	enum event_class kind;
	bool panicked;
	int cpu, pid; /* -1: not said */
	const char *task;
	const char *taint; /* NULL: not said */
	const char *release, *hardware;
	const char *modules; /* lines joined with '|' */
	const char *cause, *pc, *lr, *trace;
};

static const struct fact_row facts[] = {
	{ "nothing", "", EVENT_NONE, false, -1, -1, "", NULL, "", "", "", "", "", "", "" },
	{ "life as usual", "[    0.000000] Linux version 6.1.192 (x) #2\n", EVENT_NONE, false, -1,
	  -1, "", NULL, "6.1.192", "", "", "", "", "", "" },
	{ "arm32 oops",
	  "<1>Unable to handle kernel NULL pointer dereference at virtual address 00000000\n"
	  "<0>Internal error: Oops: 817 [#1] SMP ARM\n"
	  "<4>Modules linked in:\n"
	  "<4>CPU: 0 PID: 38 Comm: sh Not tainted 6.1.192 #2 \n"
	  "<4>Hardware name: Generic DT based system\n"
	  "<4>PC is at lkdtm_EXCEPTION+0xc/0x14\n"
	  "<4>LR is at direct_entry+0xe8/0x108\n"
	  "<4>pc : [<c0328cb0>]    lr : [<c0328a84>]    psr: a0010013\n"
	  "<0>9ee0:                   c032899c c0a1fe40 00d4d7e8 0000000a\n"
	  "<0> lkdtm_EXCEPTION from direct_entry+0xe8/0x108\n"
	  "<4>---[ end trace 0000000000000000 ]---\n",
	  EVENT_OOPS, false, 0, 38, "sh", "", "6.1.192", "Generic DT based system", "",
	  "Internal error: Oops: 817 [#1] SMP ARM", "PC is at lkdtm_EXCEPTION+0xc/0x14",
	  "LR is at direct_entry+0xe8/0x108", "lkdtm_EXCEPTION from direct_entry+0xe8/0x108" },
	{ "arm64 oops and what it leads to",
	  "<1>[    1.2] Unable to handle kernel NULL pointer dereference at 0000000000000010\n"
	  "<0>[    1.2] Internal error: Oops: 0000000096000046 [#2] SMP\n"
	  "<4>[    1.2] Modules linked in: em_cmp(E+) em_u32(E+) ramoops reed_solomon\n"
	  "<4>[    1.2] CPU: 3 PID: 81 Comm: insmod Tainted: G      D     E     5.10.0-32-arm64 "
	  "#1 Debian 5.10.223-1\n"
	  "<4>[    1.2] Hardware name: linux,dummy-virt (DT)\n"
	  "<4>[    1.2] pc : init_em_cmp+0x24/0x1000 [em_cmp]\n"
	  "<4>[    1.2] lr : init_em_cmp+0x20/0x1000 [em_cmp]\n"
	  "<4>[    1.2] Call trace:\n"
	  "<4>[    1.2]  init_em_cmp+0x24/0x1000 [em_cmp]\n"
	  "<4>[    1.2] ---[ end trace 19f48e9459decc41 ]---\n"
	  "<0>[    1.2] Kernel panic - not syncing: Oops: Fatal exception\n",
	  EVENT_OOPS, true, 3, 81, "insmod", "G      D     E", "5.10.0-32-arm64",
	  "linux,dummy-virt (DT)", "em_cmp(E+) em_u32(E+) ramoops reed_solomon",
	  "Kernel panic - not syncing: Oops: Fatal exception",
	  "pc : init_em_cmp+0x24/0x1000 [em_cmp]", "lr : init_em_cmp+0x20/0x1000 [em_cmp]",
	  "init_em_cmp+0x24/0x1000 [em_cmp]" },
	{ "x86 oops",
	  "[   12.1] BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
	  "[   12.1] #PF: supervisor write access in kernel mode\n"
	  "[   12.1] PGD 0 P4D 0 \n"
	  "[   12.1] Oops: 0002 [#1] PREEMPT SMP PTI\n"
	  "[   12.1] CPU: 12 PID: 4001 Comm: my task Kdump: loaded Tainted: P           OE      "
	  "6.1.0-13-amd64 #1  Debian 6.1.55-1\n"
	  "[   12.1] Hardware name: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2\n"
	  "[   12.1] RIP: 0010:sysrq_handle_crash+0x16/0x20\n"
	  "[   12.1] Code: 0f 1f\n"
	  "[   12.1] Call Trace:\n"
	  "[   12.1]  <TASK>\n"
	  "[   12.1]  ? __die_body.cold+0x1a/0x1f\n"
	  "[   12.1]  __handle_sysrq.cold+0x48/0x12e\n"
	  "[   12.1]  </TASK>\n"
	  "[   12.1] Modules linked in: snd_hda_codec joydev\n"
	  "[   12.1]  evdev serio_raw\n"
	  "[   12.1]  [last unloaded: foo]\n"
	  "[   12.1] CR2: 0000000000000000\n"
	  "[   12.1]  not_a_module\n"
	  "[   12.1] ---[ end trace 0000000000000000 ]---\n"
	  "[   12.1] RIP: 0010:again+0x16/0x20\n",
	  EVENT_OOPS, false, 12, 4001, "my task", "P           OE", "6.1.0-13-amd64",
	  "QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2",
	  "snd_hda_codec joydev|evdev serio_raw|[last unloaded: foo]",
	  "Oops: 0002 [#1] PREEMPT SMP PTI", "RIP: 0010:sysrq_handle_crash+0x16/0x20", "",
	  "__handle_sysrq.cold+0x48/0x12e" },
	{ "x86 general protection fault",
	  "general protection fault, probably for non-canonical address 0x1: 0000 [#1] SMP\n"
	  "CPU: 1 PID: 2 Comm: a\n",
	  EVENT_OOPS, false, 1, 2, "a", NULL, "", "", "",
	  "general protection fault, probably for non-canonical address 0x1: 0000 [#1] SMP", "", "",
	  "" },
	{ "x86 BUG()",
	  "kernel BUG at mm/slub.c:1!\ninvalid opcode: 0000 [#1] SMP\nRIP: 0010:f+0x1/0x2\n",
	  EVENT_BUG, false, -1, -1, "", NULL, "", "", "", "invalid opcode: 0000 [#1] SMP",
	  "RIP: 0010:f+0x1/0x2", "", "" },
	{ "RISC-V",
	  "[    5.1] Unable to handle kernel NULL pointer dereference at virtual address 0\n"
	  "[    5.1] Oops [#1]\n"
	  "[    5.1] CPU: 1 UID: 0 PID: 77 Comm: sh Not tainted 6.12.0-rc1 #1\n"
	  "[    5.1] Hardware name: riscv-virtio,qemu (DT)\n"
	  "[    5.1] epc : lkdtm_EXCEPTION+0x6/0x8\n"
	  "[    5.1]  ra : lkdtm_do_action+0x14/0x1c\n"
	  "[    5.1] epc : ffffffff805ae1b0 ra : ffffffff805adc36 sp : ff2000000073bd30\n"
	  "[    5.1] [<ffffffff805ae1b0>] lkdtm_EXCEPTION+0x6/0x8\n",
	  EVENT_OOPS, false, 1, 77, "sh", "", "6.12.0-rc1", "riscv-virtio,qemu (DT)", "",
	  "Oops [#1]", "epc : lkdtm_EXCEPTION+0x6/0x8", "ra : lkdtm_do_action+0x14/0x1c", "" },
	{ "panic, and the release from the banner",
	  "<5>Linux version 6.1.192 (root@vm)\n<0>Kernel panic - not syncing: sysrq triggered "
	  "crash\n",
	  EVENT_PANIC, true, -1, -1, "", NULL, "6.1.192", "", "",
	  "Kernel panic - not syncing: sysrq triggered crash", "", "", "" },
	{ "hung task that panics: the one that hung",
	  "<3>INFO: task a:b c:12 blocked for more than 120 seconds.\n"
	  "<0>Kernel panic - not syncing: hung_task: blocked tasks\n"
	  "<4>CPU: 0 PID: 20 Comm: khungtaskd Not tainted 6.1.192 #2\n",
	  EVENT_HUNG_TASK, true, 0, 12, "a:b c", "", "6.1.192", "", "",
	  "Kernel panic - not syncing: hung_task: blocked tasks", "", "", "" },
	{ "soft lockup", "watchdog: BUG: soft lockup - CPU#7 stuck for 26s! [sh:1]\n", EVENT_LOCKUP,
	  false, 7, -1, "", NULL, "", "", "",
	  "watchdog: BUG: soft lockup - CPU#7 stuck for 26s! [sh:1]", "", "", "" },
	{ "hard lockup", "NMI watchdog: Watchdog detected hard LOCKUP on cpu 3\n", EVENT_LOCKUP,
	  false, 3, -1, "", NULL, "", "", "",
	  "NMI watchdog: Watchdog detected hard LOCKUP on cpu 3", "", "", "" },
	{ "stall", "rcu: INFO: rcu_sched self-detected stall on CPU\n", EVENT_RCU_STALL, false, -1,
	  -1, "", NULL, "", "", "", "rcu: INFO: rcu_sched self-detected stall on CPU", "", "", "" },
	{ "scheduling while atomic", "BUG: scheduling while atomic: sh/1/0x2\n", EVENT_BUG, false,
	  -1, -1, "", NULL, "", "", "", "BUG: scheduling while atomic: sh/1/0x2", "", "", "" },
	{ "an application's words", "Oops: try again\nstack segment: none\n", EVENT_NONE, false, -1,
	  -1, "", NULL, "", "", "", "", "", "", "" },
	{ "cut in the middle", "Internal error: Oops\nCPU: 0 PID: 38 Comm: sh Tai", EVENT_OOPS,
	  false, 0, 38, "sh Tai", NULL, "", "", "", "Internal error: Oops", "", "", "" },
	{ "numbers that do not fit",
	  "Internal error: Oops\nCPU: 4294967296 PID: 99999999999 Comm: sh Not tainted\n",
	  EVENT_OOPS, false, -1, -1, "sh", "", "", "", "", "Internal error: Oops", "", "", "" },
	{ "modules on more lines than are kept",
	  "Internal error: Oops\nModules linked in: a\n bbb\n ccc\n ddd\n eee\n fff\n", EVENT_OOPS,
	  false, -1, -1, "", NULL, "", "", "a|bbb|ccc|ddd", "Internal error: Oops", "", "", "" },
};

static void joined(char *out, const struct span *lines, uint32_t n)
{
	*out = '\0';
	for (uint32_t i = 0; i < n; i++)
		out += sprintf(out, "%s%.*s", i ? "|" : "", (int)lines[i].len,
			       lines[i].len ? (const char *)lines[i].p : "");
}

static void test_facts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		const struct fact_row *row = &facts[i];
		struct headline h;
		struct headline_facts f;
		char lines[1024];

		CASE(row->name);
		headline_find(text_of(row->log), &h);
		headline_facts(&h, &f);
		assert_int_equal(f.kind, row->kind);
		assert_int_equal(f.panicked, row->panicked);
		assert_int_equal(f.has_cpu ? (int)f.cpu : -1, row->cpu);
		assert_int_equal(f.has_pid ? (int)f.pid : -1, row->pid);
		assert_span(f.task, row->task);
		assert_int_equal(f.has_taint, row->taint != NULL);
		assert_span(f.taint, row->taint ? row->taint : "");
		assert_span(f.release, row->release);
		assert_span(h.hardware, row->hardware);
		assert_span(h.cause, row->cause);
		assert_span(h.pc, row->pc);
		assert_span(h.lr, row->lr);
		joined(lines, h.modules, h.n_modules);
		assert_string_equal(lines, row->modules);
		joined(lines, h.trace, h.n_trace);
		assert_string_equal(lines, row->trace);
	}
	assert_string_equal(headline_kind_name(EVENT_HUNG_TASK), "hung task");
	assert_string_equal(headline_kind_name(EVENT_NONE), "");
	assert_string_equal(headline_kind_name((enum event_class)99), "");
}

/* Every beginning of every log, in memory that ends there, then with bytes changed. */
static void test_hostile(void **state)
{
	struct prng rng = { 8 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows) + ARRAY_LEN(facts); i++) {
		const char *log = i < ARRAY_LEN(rows) ? rows[i].log
						      : facts[i - ARRAY_LEN(rows)].log;
		const size_t n = strlen(log);

		for (size_t len = 0; len <= n; len++) {
			char *exact = malloc(len ? len : 1);
			struct span text = { (uint8_t *)exact, len };
			struct headline h;
			struct headline_facts f;

			memcpy(exact, log, len);
			headline_find(text, &h);
			headline_facts(&h, &f);
			ending_of(text);
			for (uint32_t k = 0; k < 8 && len > 0; k++)
				exact[prng_below(&rng, (uint32_t)len)] = k ? (char)prng_next(&rng)
									   : '\0';
			headline_find(text, &h);
			headline_facts(&h, &f);
			assert_true(h.n_trace <= HEADLINE_TRACE_MAX);
			assert_true(h.n_modules <= HEADLINE_MODULES_MAX);
			assert_true(f.task.len <= len && f.release.len <= len);
			ending_of(text);
			free(exact);
		}
	}
}

static const struct {
	const char *name;
	const char *log;
	enum ending ending;
} endings[] = {
	{ "nothing", "", ENDING_EMPTY },
	{ "in the middle of life", "[    1.0] usb 1-1: new device\n", ENDING_ABRUPT },
	{ "restart", "Run /init\nreboot: Restarting system\n", ENDING_RESTART },
	{ "restart with a command", "[    1.0] reboot: Restarting system with command 'x'\n",
	  ENDING_RESTART },
	{ "power off", "[    1.0] reboot: Power down\n", ENDING_POWEROFF },
	{ "halt", "[    1.0] reboot: System halted\n", ENDING_POWEROFF },
	{ "sysrq-b", "[    1.0] sysrq: Resetting\n", ENDING_EMERGENCY },
	{ "panic",
	  "[    1.0] Kernel panic - not syncing: x\n[    1.0] CPU: 0\n a from b\n c from d\n"
	  " e from f\n g from h\n i from j\n k from l\n m from n\nRebooting in 1 seconds..\n",
	  ENDING_PANIC },
	{ "restart that did not happen",
	  "reboot: Restarting system\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", ENDING_ABRUPT },
	{ "panic of an earlier boot",
	  "Kernel panic - not syncing: x\n[    0.000000] Linux version 6.1\nlife\n",
	  ENDING_ABRUPT },
	{ "last line without its end", "reboot: Restarting system", ENDING_RESTART },
	{ "word inside a line", "user says reboot: Restarting system\n", ENDING_ABRUPT },
};

static void test_endings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		CASE(endings[i].name);
		assert_int_equal(ending_of(text_of(endings[i].log)), endings[i].ending);
	}
}

/* Only the last 16 KiB are read. */
static void test_ending_of_a_long_log(void **state)
{
	static char log[40 << 10];
	static const char last[] = "\nreboot: Power down\n";

	(void)state;
	memset(log, 'x', sizeof(log));
	memcpy(log, "Kernel panic - not syncing\n", 27);
	assert_int_equal(ending_of((struct span){ (uint8_t *)log, sizeof(log) }), ENDING_ABRUPT);
	memcpy(log + sizeof(log) - sizeof(last) + 1, last, sizeof(last) - 1);
	assert_int_equal(ending_of((struct span){ (uint8_t *)log, sizeof(log) }), ENDING_POWEROFF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	cmocka_unit_test(test_kernel_line),
		cmocka_unit_test(test_facts),	cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_endings), cmocka_unit_test(test_ending_of_a_long_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
