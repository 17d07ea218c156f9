/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notices: everything that can go wrong has a code, and one line on the console that
 * says what, where and what to do. docs/notices.md lists them all.
 */
#ifndef OM_APP_NOTICE_H
#define OM_APP_NOTICE_H

#include <stdint.h>

/* Values are printed as Ennn and never change meaning. */
enum notice {
	/* 1xx: device tree */
	NOTICE_NO_DTB = 101,
	NOTICE_BAD_DTB = 102,
	NOTICE_NO_UART = 103,
	NOTICE_NO_RESET = 104,
	NOTICE_DTB_EDIT = 105,
	/* 2xx: carve-out plan */
	NOTICE_NO_ROOM = 201,
	NOTICE_NO_MEMORY_NODE = 202,
	NOTICE_NODE_MOVED = 203,
	NOTICE_NODE_COMPLETED = 204,
	NOTICE_SIZES_ROUNDED = 205,
	NOTICE_SIZES_REPLACED = 206,
	NOTICE_WISH_REFUSED = 207,
	NOTICE_WISH_UNREADABLE = 208,
	NOTICE_RSVMEM_UNUSABLE = 209,
	NOTICE_SECOND_NODE = 210,
	NOTICE_OUTSIDE_RAM = 211,
	NOTICE_NO_RETAINED = 212,
	NOTICE_NO_RAM_THERE = 213,
	NOTICE_UNCACHED = 214,
	/* 3xx: reading */
	NOTICE_PAGE_DESTROYED = 301,
	NOTICE_PAGE_VERSION = 302,
	NOTICE_PAGE_CORRECTED = 303,
	NOTICE_REGION_UNREADABLE = 304,
	NOTICE_TELLING_UNREADABLE = 305,
	/* 4xx: payload */
	NOTICE_NO_LOADER = 401,
	NOTICE_NO_KERNEL = 402,
	NOTICE_NOT_A_KERNEL = 403,
	NOTICE_KERNEL_CUT = 404,
	NOTICE_LOAD_FAILED = 405,
	NOTICE_NO_PLACE = 406,
	NOTICE_CMDLINE_LONG = 407,
	/* 5xx: answering requests */
	NOTICE_FETCH = 501,
	/* 6xx: archive in flash */
	NOTICE_NO_FLASH = 601,
	NOTICE_FLASH_UNUSABLE = 602,
	NOTICE_NO_PARTITION = 603,
	NOTICE_PARTITION_READ_ONLY = 604,
	NOTICE_ARCHIVE_FOREIGN = 605,
	NOTICE_ARCHIVE_NEWER = 606,
	NOTICE_ARCHIVE_OTHER = 607,
	NOTICE_ARCHIVE_FAILED = 608,
	NOTICE_ARCHIVE_WORN = 609,
	/* 9xx: the monitor itself */
	NOTICE_FAULT = 901,
	NOTICE_STEP_SKIPPED = 902,
	NOTICE_MAP = 903,
	NOTICE_FAULTED_BEFORE = 904,
};

/* One line: "oopsmon: E201 " and the rest as con_printf(); the newline is added. */
void notice(enum notice code, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
