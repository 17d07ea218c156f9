/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VMCOREINFO: the text in which a kernel with kexec says where its tables are, for those who read
 * its memory after its death. It begins at the beginning of a page. Anybody can have written it.
 * Source: Linux kernel/crash_core.c and kernel/vmcore_info.c, kernel/printk/printk.c
 * (log_buf_vmcoreinfo_setup), 2.6.24 to 6.18.
 */
#ifndef OM_CORE_VMCOREINFO_H
#define OM_CORE_VMCOREINFO_H

#include "core/base/err.h"
#include "core/base/span.h"
#include "ram.h"

enum {
	VMCOREINFO_MARK_BYTES = 10,  /* "OSRELEASE=" */
	VMCOREINFO_BYTES_MAX = 8192, /* a page of 4 KiB in most kernels */
	VMCOREINFO_RELEASE_MAX = 64  /* struct new_utsname */
};

/* May VMCOREINFO begin with these VMCOREINFO_MARK_BYTES bytes? */
bool vmcoreinfo_mark(const uint8_t *p);

/**
 * vmcoreinfo_text - the text that begins a page
 * @page: what begins there
 * @text: written on OM_OK: its lines, without what follows
 *
 * Returns OM_OK; OM_E_BAD_MAGIC: it is none, or its release is no name.
 */
enum om_err vmcoreinfo_text(struct span page, struct span *text);

/* OSRELEASE, at most VMCOREINFO_RELEASE_MAX printable characters. */
struct span vmcoreinfo_release(struct span text);

/* SYMBOL(@name); false, @value unchanged: there is none. */
bool vmcoreinfo_symbol(struct span text, const char *name, uint64_t *value);

/* "NUMBER(@name)=": decimal, also negative, or hexadecimal after 0x. */
bool vmcoreinfo_number(struct span text, const char *name, uint64_t *value);

/* PAGESIZE. */
bool vmcoreinfo_pagesize(struct span text, uint64_t *value);

/* OFFSET(@name), or another @kind of small number: an offset or size in a struct. */
bool vmcoreinfo_small(struct span text, const char *kind, const char *name, uint16_t *to);

/* How the log is kept. */
enum kmsg_era {
	KMSG_RING,    /* 5.10: the lockless ring */
	KMSG_RECORDS, /* 3.5 to 5.9: records one after the other */
	KMSG_CHARS    /* before: a ring of characters */
};

/* Offsets and sizes in bytes. */
struct ring_layout {
	uint16_t bytes;			   /* of struct printk_ringbuffer */
	uint16_t count_bits, descs, infos; /* in it, as all to tail_lpos */
	uint16_t head_id, tail_id;
	uint16_t size_bits, data, head_lpos, tail_lpos;
	uint16_t desc_bytes, state, begin, next;		/* struct prb_desc */
	uint16_t info_bytes, seq, ts_nsec, text_len, caller_id; /* struct printk_info */
	uint16_t subsystem, subsystem_bytes, device, device_bytes;
};

struct records_layout {
	uint16_t head_bytes, ts_nsec, len, text_len, dict_len; /* struct printk_log, or log */
};

struct kmsg_layout {
	enum kmsg_era era;
	struct ram_form form; /* the text does not say which end: little */
	struct ring_layout ring;
	struct records_layout records;
};

/**
 * vmcoreinfo_layout - how this kernel keeps its log
 * @out: written on OM_OK
 *
 * Returns OM_OK; OM_E_VARIANT: the text does not say, or what no kernel has.
 */
enum om_err vmcoreinfo_layout(struct span text, struct kmsg_layout *out);

/* sizeof(struct printk_info): since 5.10, and since 6.19 with PRINTK_EXECUTION_CTX */
enum { RING_INFO_BYTES = 88, RING_INFO_NAMED_BYTES = 112 };

/*
 * The ring as a kernel that has no VMCOREINFO lays it out. @newer: as since 5.18, with
 * last_finalized_seq; @info_bytes: one of those above.
 */
void ring_layout_make(struct ring_layout *out, uint32_t word_bytes, bool newer,
		      uint32_t info_bytes);

#endif
