/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one error type of the tree. Every value says cause and what the caller
 * does about it. libfdt's and zlib's own codes are translated once, at the
 * wrapper that calls them (dt.c, unpack.c); detail such as "which block" goes
 * into result structs, never into prints.
 */
#ifndef OM_CORE_ERR_H
#define OM_CORE_ERR_H

#define OM_MUST_CHECK __attribute__((warn_unused_result))

enum om_err { /* 0 is success; values never change meaning */
	      OM_OK = 0,
	      OM_E_EMPTY = -1,	   /* well formed, nothing stored: normal, go on */
	      OM_E_BAD_MAGIC = -2, /* not our format: normal on a cold boot */
	      OM_E_TRUNCATED = -3, /* a length points past the end of its region */
	      OM_E_CORRUPT = -4,   /* damage that ECC could not repair: keep raw bytes */
	      OM_E_NO_SPACE = -5,  /* caller's buffer too small: retry with more */
	      OM_E_VARIANT = -6,   /* valid, but a variant we do not decode: keep raw */
	      OM_E_ARG = -7,	   /* caller's mistake: a bug, fix the caller */
	      OM_E_NOT_FOUND = -8, /* what was looked for is not there: use a default */
	      OM_E_NO_ROOM = -9,   /* no memory satisfies the plan: go on without */
	      OM_E_TIMEOUT = -10,  /* a device did not answer in time: go on without */
};

/**
 * om_err_name - the enumerator's name without its prefix, for messages
 * @err: any value, also ones not in the enum
 *
 * Returns a constant string ("TRUNCATED"), "UNKNOWN" for foreign values.
 */
const char *om_err_name(enum om_err err);

#endif
