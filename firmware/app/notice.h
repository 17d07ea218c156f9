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
	NOTICE_DTB_FULL = 106,
	NOTICE_OTHER_CONSOLE = 107,
	/* 2xx: carve-out plan */
	/* those that a plan knows itself are in core/place/plan_notes.c */
	NOTICE_OPTION_UNREADABLE = 208, /* as the plan's */
	NOTICE_NO_RAM_THERE = 213,
	NOTICE_NAMED_FOUND = 226,
	/* 3xx: reading */
	NOTICE_PAGE_DESTROYED = 301,
	NOTICE_PAGE_VERSION = 302,
	NOTICE_PAGE_CORRECTED = 303,
	NOTICE_REGION_UNREADABLE = 304,
	NOTICE_REPORT_OPTION = 305,
	NOTICE_SIZES_UNFIT = 306,
	NOTICE_LOADED_OVER = 307,
	/* 4xx: payload */
	NOTICE_NO_LOADER = 401,
	NOTICE_NO_KERNEL = 402,
	NOTICE_NOT_A_KERNEL = 403,
	NOTICE_KERNEL_CUT = 404,
	NOTICE_LOAD_FAILED = 405,
	NOTICE_NO_PLACE = 406,
	NOTICE_CMDLINE_LONG = 407,
	NOTICE_WRAPPED = 408,
	NOTICE_KERNEL_DAMAGED = 409,
	NOTICE_UNTOUCHED = 410,
	NOTICE_CACHES_ON = 411,
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
