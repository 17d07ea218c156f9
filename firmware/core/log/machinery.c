/* SPDX-License-Identifier: BSD-2-Clause */
#include "machinery.h"

#include "core/base/text.h"
#include "frames.h"

enum {
	P = MACHINERY_PRINT | MACHINERY_REPORT,
	R = MACHINERY_REPORT,
	L = MACHINERY_LOCK,
	M = MACHINERY_MEMORY,
	W = MACHINERY_WAIT,
	T = MACHINERY_TICK,
	D = MACHINERY_DISPATCH,
	A = MACHINERY_ALLOC
};

/*
 * Names without the underscores before them, in the order of the alphabet; "*" stands for any
 * letters, and "kernel_|fault|init" for kernel_fault and kernel_init. Each row has its own end, so
 * that the table takes no more room than its letters.
 */
static const struct {
	uint16_t kinds;
	const char *names;
} groups[] = {
	/* Reports, and the exceptions that they come from, of every architecture. */
	{ P, "c_backtrace\0"
	     "dump_|backtrace*|cpu_task|stack*\0"
	     "sched_show_task\0"
	     "show_|regs*|stack*|trace*\0"
	     "unwind_backtrace\0" },
	{ R, "RNv|Cs*rust_begin_unwind|NtCs*_4core9panicking*|NtNtCs*_4core9panicking*\0"
	     "arch_stack_walk*\0"
	     "arm64_|is_fatal*|notify_die|serror*\0"
	     "arm_notify_die\0"
	     "asan_*\0"
	     "asm_exc_*\0"
	     "assertfail*\0"
	     "async_page_fault\0"
	     "bad_|area*|mode|page*\0"
	     "brk_handler\0"
	     "btrfs_|assertfail*|panic*\0"
	     "bug_|brk_handler|handler\0"
	     "call_|break_hook|el1_break_hook\0"
	     "check_|bytes_and_report*|heap_object*|memory_region*|object|object_size*"
	     "|panic_on_warn|poison_obj|preemption_disabled|region_inline*|slab"
	     "|stack_object*\0"
	     "cond_resched*\0"
	     "dabt_*\0"
	     "debug_|print_object|smp_processor_id\0"
	     "depot_*\0"
	     "df_double_fault\0"
	     "die\0"
	     "die_*\0"
	     "divide_error\0"
	     "do_|DataAbort|PrefetchAbort|alignment*|async_page_fault|bad*|debug_exception"
	     "|divide_error|double_fault|el*|error_trap|general_protection|invalid_op"
	     "|kern_addr_fault|kernel_fault|machine_check|mem_abort|notify_resume|page_fault*"
	     "|sea|serror*|sp_pc_abort|tag_check_fault|translation_fault|trap*|undef*"
	     "|user_addr_fault\0"
	     "double_fault\0"
	     "dump_|header|page*\0"
	     "el0*\0"
	     "el1*\0"
	     "entry_*\0"
	     "error_|entry|exit\0"
	     "ex_handler_*\0"
	     "exc_*\0"
	     "ext4_panic*\0"
	     "fixup_|bug*|exception\0"
	     "fortify_|panic|report\0"
	     "free_pages_check*\0"
	     "fscrypt_warn*\0"
	     "ftrace_*\0"
	     "general_protection\0"
	     "handle_|bad_stack*|bug|exception\0"
	     "hwasan_*\0"
	     "in_lock_functions\0"
	     "invalid_op\0"
	     "irq_|svc|usr\0"
	     "is_bpf_text_address\0"
	     "kasan_*\0"
	     "kcsan_*\0"
	     "kernel_text_address\0"
	     "kernelmode_fixup_or_oops\0"
	     "kfence_*\0"
	     "kmsan_*\0"
	     "lockdep_rcu_suspicious\0"
	     "mce_*\0"
	     "might_|fault|resched*|sleep*\0"
	     "msan_*\0"
	     "nmi_panic*\0"
	     "no_context\0"
	     "object_err\0"
	     "oom_kill_process\0"
	     "oops_*\0"
	     "out_of_memory\0"
	     "pabt_*\0"
	     "page_fault*\0"
	     "panic\0"
	     "panic_*\0"
	     "perf_|tp_*|trace_*\0"
	     "print_|*bug*|address_description*|bad*|circular*|deadlock*|freed*|held*|irq*"
	     "|lock*|memory*|report*|shadow*|tainted|trailer|unlock*|usage*\0"
	     "printk*\0"
	     "reiserfs_panic\0"
	     "report_|bug*|invalid*|usercopy*\0"
	     "restore_regs*\0"
	     "ret|_fast_syscall|_from_exception|int_*\0"
	     "rust_|begin_unwind|helper_BUG\0"
	     "rwlock_bug*\0"
	     "sanitizer_*\0"
	     "save_stack*\0"
	     "schedule_|bug|debug\0"
	     "set_track*\0"
	     "skb_|over_panic|panic|under_panic\0"
	     "slab_|bug|err|pad_check\0"
	     "spin_|bug|dump\0"
	     "stack_|chk_fail|depot_*|trace_*\0"
	     "this_cpu_preempt_check\0"
	     "tp_perf_event*\0"
	     "trace_do_page_fault\0"
	     "trampoline_*\0"
	     "tsan_*\0"
	     "ubsan_*\0"
	     "und_*\0"
	     "unwind_*\0"
	     "usercopy_abort\0"
	     "vector_*\0"
	     "vpanic\0"
	     "vprintk*\0"
	     "walk_stackframe\0"
	     "warn*\0" },
	{ M | R, "refcount_|error*|warn*\0" },
	/* Locks, lockdep, interrupts and preemption off and on. */
	{ L, "arch_|local_irq_*|spin_*\0"
	     "assign_lock_key\0"
	     "bit_spin_lock\0"
	     "call_rwsem_*\0"
	     "check_|deadlock|flags*|irq_usage|noncircular|prev*|usage*|wait_context\0"
	     "debug_|check_no_locks*|lockdep*|mutex*|spin*\0"
	     "do_raw_*\0"
	     "down\0"
	     "down_*\0"
	     "find_held_lock\0"
	     "hardirqs_*\0"
	     "hlock_class\0"
	     "local_|bh_*|irq_*\0"
	     "lock_|acquire*|downgrade*|is_held*|release*|set_class*|sock*|timer_base\0"
	     "lockdep_*\0"
	     "look_up_lock_class\0"
	     "mark_|held*|lock*|usage\0"
	     "mutex_*\0"
	     "native_queued_*\0"
	     "osq_*\0"
	     "percpu_|down*|rwsem*|up*\0"
	     "preempt_count_*\0"
	     "pv_|queued_*|wait*\0"
	     "queue_spin_*\0"
	     "queued_*\0"
	     "raw_read_|lock*|trylock*|unlock*\0"
	     "raw_|rq_*|spin_*\0"
	     "raw_write_|lock*|unlock*\0"
	     "rcu_|is_watching|lock*|read_*\0"
	     "rea|cquire_held_locks|d_lock*|d_unlock*\0"
	     "register_lock_class\0"
	     "release_sock*\0"
	     "rt_|mutex*|spin_*\0"
	     "rtlock_*\0"
	     "rwsem_*\0"
	     "seqcount*\0"
	     "spin_|lock*|trylock*|unlock*\0"
	     "srcu_read_*\0"
	     "task_rq_lock*\0"
	     "trace_|hardirqs_*|irq*|softirqs*\0"
	     "up\0"
	     "up_|read*|write*\0"
	     "valid_state\0"
	     "validate_chain*\0"
	     "write_|lock*|unlock*\0"
	     "ww_mutex_*\0" },
	{ L | W, "preempt_schedule*\0" },
	/* Allocators, strings, lists, counters, and other helpers that do what they are told. */
	{ M, "add_uevent_var\0"
	     "alloc|_debug_*|_frozen_pages*|_page_*|_pages*|_percpu*|ate_slab*\0"
	     "arch_|atomic*|copy_*|test_bit\0"
	     "atomic64_*\0"
	     "atomic_*\0"
	     "bcmp\0"
	     "bit_spin*\0"
	     "bitmap_*\0"
	     "cache_|alloc*|free*|grow*\0"
	     "call_rcu*\0"
	     "cancel_|delayed_work*|work*\0"
	     "cdev_device_add\0"
	     "check_zeroed_user\0"
	     "clear_|bit|nlink|user*\0"
	     "complete\0"
	     "complete_all\0"
	     "copy_from_|iter*|user*\0"
	     "copy_page_|from_iter*|to_iter*\0"
	     "copy|_to_iter*|_to_user*|_user_*|in*|io*|out*\0"
	     "crc|16*|32*|_*\0"
	     "create_object*\0"
	     "csum_partial*\0"
	     "debug|_check_no_obj*|_object_*|fs_*\0"
	     "del_timer*\0"
	     "device_|add|del|destroy|release|unregister\0"
	     "devres_release*\0"
	     "do_|csum|kmalloc*|kmem*|slab_free*\0"
	     "dpm_sysfs_*\0"
	     "dput*\0"
	     "drop_nlink\0"
	     "fast_dput\0"
	     "find_|*_bit|first_*bit*|get_entries|lock_entries|next_*bit*\0"
	     "finish_wait*\0"
	     "flush_workqueue*\0"
	     "folio_|alloc*|put*|unlock\0"
	     "fput*\0"
	     "free_|debug_*|frozen_pages*|large_kmalloc|object*|pages*|unref_*\0"
	     "get_|device|device_parent|free_pages|page*\0"
	     "getname*\0"
	     "hash_*\0"
	     "hlist_*\0"
	     "hrtimer_try_to_cancel\0"
	     "ida_*\0"
	     "idr_*\0"
	     "inc_nlink\0"
	     "instrument_*\0"
	     "ioread*\0"
	     "iowrite*\0"
	     "iput*\0"
	     "iterate_|*iovec*|and_advance*\0"
	     "jhash*\0"
	     "kasprintf*\0"
	     "kfree*\0"
	     "kill_fasync*\0"
	     "klist_*\0"
	     "kmalloc*\0"
	     "kmem|_cache_*|dup*|leak_*|trace*\0"
	     "kobject_*\0"
	     "krealloc*\0"
	     "kref_*\0"
	     "kstrdup*\0"
	     "kthread_stop\0"
	     "kvasprintf*\0"
	     "kvfree*\0"
	     "kvmalloc*\0"
	     "kzalloc*\0"
	     "list_|add*|del*|empty*|move*\0"
	     "lockref_*\0"
	     "logic_|in*|out*\0"
	     "mark_buffer_dirty\0"
	     "mem|chr*|cmp*|cpy*|dup_user*|move*|pool_free*|scan|set*|weight\0"
	     "mod_timer*\0"
	     "module_put\0"
	     "new_slab*\0"
	     "nla_*\0"
	     "pcpu_alloc*\0"
	     "percpu_|counter_*|ref_*\0"
	     "pointer\0"
	     "poison_*\0"
	     "prepare_to_wait*\0"
	     "proc_register\0"
	     "pskb_*\0"
	     "put_|device|page*\0"
	     "queue_|delayed_work*|work*\0"
	     "radix_tree_lookup*\0"
	     "raw_|atomic*|copy_*\0"
	     "raw_read|b*|l*|q*|w*\0"
	     "raw_write|b*|l*|q*|w*\0"
	     "rb_*\0"
	     "read_once*\0"
	     "readl*\0"
	     "ref_tracker_*\0"
	     "refcount_*\0"
	     "retpoline_*\0"
	     "rhashtable_*\0"
	     "rht_*\0"
	     "rollback_registered*\0"
	     "set_|bit|nlink\0"
	     "sg_init*\0"
	     "simple_copy_to_iter\0"
	     "siphash*\0"
	     "sized_strscpy*\0"
	     "skb_pu|ll*|sh*|t*\0"
	     "skb_release_*\0"
	     "slab_*\0"
	     "snprintf*\0"
	     "sprintf*\0"
	     "strc|asecmp*|at*|hr*|mp*|py*\0"
	     "str|im*|ing|ing_nocheck|lcpy*|len*|ncmp*|ncpy*|nlen*|nstr|rchr*|scpy*|str*\0"
	     "swake_up*\0"
	     "sysfs_*\0"
	     "test_|and_*|bit\0"
	     "timer|_delete*|_is_static_object|queue_add\0"
	     "truncate_inode_pages*\0"
	     "try_|module_get|to_grab_pending\0"
	     "unlock_page\0"
	     "unregister_netdevice_*\0"
	     "usb_kill_urb\0"
	     "usercopy_*\0"
	     "vfree*\0"
	     "vmalloc*\0"
	     "vmemdup_user*\0"
	     "vscnprintf*\0"
	     "vsnprintf*\0"
	     "vunmap*\0"
	     "vzalloc*\0"
	     "wait_for_completion*\0"
	     "wake_up*\0"
	     "writel*\0"
	     "x86_|indirect_thunk*|return_thunk*\0"
	     "xa_*\0"
	     "xas_*\0" },
	/* What a task that waits is in. */
	{ W, "bit_wait*\0"
	     "cancel_|delayed_work*|work_sync|work_timer\0"
	     "console_lock\0"
	     "context_switch\0"
	     "do_read_cache_|folio|page\0"
	     "do_wait_|for_common|intr*\0"
	     "fdatawait_one_bdev\0"
	     "filemap_|fdatawait*|fdatawrite*|write_and_wait*\0"
	     "folio_|lock*|wait*\0"
	     "io_schedule*\0"
	     "jbd2_log_wait_commit\0"
	     "lock_page*\0"
	     "msleep*\0"
	     "out_of_line_wait_on_bit*\0"
	     "rcu_barrier*\0"
	     "schedule*\0"
	     "switch_to*\0"
	     "usleep_range*\0"
	     "wait_|for_common*|for_completion*|on_bit*|on_buffer*|on_page*|rcu_gp*|woken\0" },
	{ M | W, "flush_work*\0" },
	/* The interrupt that notices a stall. */
	{ T, "apic_timer_interrupt\0"
	     "arch_|timer_handler*|trigger_*\0"
	     "asm_|call_*|common_interrupt|sysvec_*\0"
	     "call_on_irq_stack\0"
	     "check_cpu_stall*\0"
	     "common_interrupt\0"
	     "default_do_nmi\0"
	     "do_|IRQ|handle_IPI|interrupt_handler|nmi\0"
	     "dump_task_*\0"
	     "end_repeat_nmi\0"
	     "generic_handle_*\0"
	     "gic_handle_irq\0"
	     "handle_|IPI|arch_irq|domain_irq|irq_event*|percpu_devid_irq\0"
	     "hrtimer_*\0"
	     "instr_sysvec_*\0"
	     "intel_pmu_*\0"
	     "ipi_*\0"
	     "is_softlockup\0"
	     "ktime_get*\0"
	     "kvm_|clock_*|guest_apic*\0"
	     "local_apic_timer_interrupt\0"
	     "nmi\0"
	     "nmi_*\0"
	     "perf_event_|nmi*|overflow*\0"
	     "print_|cpu_stall*|other_cpu_stall*\0"
	     "rcu_|check_callbacks*|dump_cpu_stacks*|dynticks*|irq_*|nmi_*|pending*"
	     "|sched_clock_irq*\0"
	     "ret_from_intr\0"
	     "run_|hrtimer*|irq_on_irqstack*|sysvec_on_irqstack*\0"
	     "smp_|apic_timer_interrupt|trace_apic_timer_interrupt*\0"
	     "softlockup_*\0"
	     "sysvec_*\0"
	     "tick_*\0"
	     "timekeeping_*\0"
	     "trigger_*\0"
	     "update_process_times\0"
	     "watchdog_*\0" },
	/* Makers of objects: a leak is their caller's. */
	{ A, "alloc_|inode*|netdev*|pid|skb*|workqueue*\0"
	     "build_skb*\0"
	     "copy_mount_*\0"
	     "ida_*\0"
	     "idr_*\0"
	     "kobject_*\0"
	     "mempool_*\0"
	     "napi_alloc*\0"
	     "netdev_alloc*\0"
	     "new_inode*\0"
	     "pcpu_mem_zalloc\0"
	     "radix_tree_*\0"
	     "security_*\0"
	     "sk_|alloc|prot_alloc\0"
	     "xas_alloc\0" },
	/* What calls everything: system calls in general, softirqs, work queues, threads. */
	{ D, "blkdev_|driver_ioctl|ioctl\0"
	     "block_ioctl\0"
	     "call_|read_iter|timer_fn|write_iter\0"
	     "compat_|blkdev_ioctl|ioctl*\0"
	     "cpu_startup_entry\0"
	     "deliver_skb\0"
	     "do_|SYSENTER_32|fast_syscall_32|idle|int80_syscall_32|iter_*|readv_writev"
	     "|sock_*|softirq*|syscall_*|vfs_ioctl\0"
	     "entry_*\0"
	     "exit_to_|user_mode*|usermode_loop\0"
	     "expire_timers\0"
	     "generic_file_splice_read\0"
	     "handle_softirqs\0"
	     "ia32_sys_call\0"
	     "invoke_|softirq|syscall*\0"
	     "irq_exit*\0"
	     "kernel_init\0"
	     "ksys_ioctl\0"
	     "kthread\0"
	     "napi_*\0"
	     "net_rx_action\0"
	     "netif_|receive_skb*|rx*\0"
	     "new_sync_|read|write\0"
	     "nfnetlink_rcv*\0"
	     "process_|backlog|one_work|scheduled_works\0"
	     "ret_from_|fork*|kernel_thread\0"
	     "rtnetlink_rcv*\0"
	     "run_ksoftirqd\0"
	     "run_timer|_base|_softirq|s*\0"
	     "smpboot_thread_fn\0"
	     "sock_sendmsg*\0"
	     "softirqentry_text_start\0"
	     "start_|kernel|secondary\0"
	     "sys|call_*|enter_dispatch|tem_call*\0"
	     "task_work_run\0"
	     "tasklet_action*\0"
	     "tracesys_phase2\0"
	     "vfs_|ioctl|read|readv|write|writev\0"
	     "worker_thread\0"
	     "x64_sys_call\0" },
};

static bool is_name(struct span name, struct span pattern)
{
	const uint8_t *const star = memchr(pattern.p, '*', pattern.len);

	if (!star)
		return name.len == pattern.len && memcmp(name.p, pattern.p, name.len) == 0;

	const size_t head = (size_t)(star - pattern.p);

	if (name.len < head || memcmp(name.p, pattern.p, head) != 0)
		return false;

	/* a second part may be anywhere after the first: "print_*bug*" */
	const size_t more = pattern.len - head - 1;
	const size_t part = more - (more > 0 && pattern.p[pattern.len - 1] == '*');

	for (size_t at = head; at + part <= name.len; at++)
		if (memcmp(name.p + at, star + 1, part) == 0)
			return true;
	return false;
}

static bool is_in_row(struct span name, struct span row)
{
	const uint8_t *bar = memchr(row.p, '|', row.len);

	if (!bar)
		return is_name(name, row);

	const size_t head = (size_t)(bar - row.p);

	if (name.len <= head || memcmp(name.p, row.p, head) != 0)
		return false;
	name = text_skip(name, head);
	for (size_t at = head; at < row.len;) {
		const struct span rest = span_sub(row, at + 1, row.len);

		bar = memchr(rest.p, '|', rest.len);
		if (is_name(name, span_sub(rest, 0, bar ? (size_t)(bar - rest.p) : rest.len)))
			return true;
		at = bar ? (size_t)(bar - row.p) : row.len;
	}
	return false;
}

static bool is_in(struct span name, const char *rows)
{
	size_t n;

	for (; *rows; rows += n + 1) {
		n = strlen(rows);
		if (*rows == (char)name.p[0] && /* seldom */
		    is_in_row(name, (struct span){ (const uint8_t *)rows, n }))
			return true;
	}
	return false;
}

/* "x64_sys_mount", "se_compat_sys_x", "SyS_mount", "ksys_mount": the underscores are off. */
static bool is_syscall(struct span name)
{
	static const char *const heads[] = { "sys_",
					     "x64_sys_",
					     "arm64_sys_",
					     "ia32_sys_",
					     "riscv_sys_",
					     "x32_sys_",
					     "se_sys_",
					     "do_sys_",
					     "SyS_",
					     "SYSC_",
					     "ksys_",
					     "compat_sys_",
					     "compat_SyS_",
					     "se_compat_sys_",
					     "ia32_compat_sys_",
					     "arm64_compat_sys_",
					     "C_SYSC_",
					     "do_compat_sys_",
					     "x64_compat_sys_",
					     "s390x_sys_" };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (text_begins(name, heads[i]))
			return true;
	return false;
}

/* Without what a compiler and a habit add: "__warn.cold" is "warn". */
static struct span plain(struct span function)
{
	struct span name = frame_base(function);

	while (name.len > 1 && name.p[0] == '_')
		name = text_skip(name, 1);
	return name;
}

bool machinery_prints(struct span function)
{
	const struct span name = plain(function);

	for (size_t i = 0; name.len > 0 && i < sizeof(groups) / sizeof(groups[0]); i++)
		if ((groups[i].kinds & MACHINERY_PRINT) && is_in(name, groups[i].names))
			return true;
	return false;
}

uint32_t machinery_of(struct span function)
{
	const struct span name = plain(function);
	uint32_t kinds = 0;

	if (name.len == 0)
		return 0;
	/* "__sys_socket" and more underscores: what the system call's own function calls */
	if (is_syscall(name) && !text_begins(function, "__sys_") &&
	    !text_begins(function, "___sys_") && !text_begins(function, "____sys_"))
		kinds |= MACHINERY_SYSCALL;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if ((kinds & groups[i].kinds) != groups[i].kinds && is_in(name, groups[i].names))
			kinds |= groups[i].kinds;
	return kinds;
}
