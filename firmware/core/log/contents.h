/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a zone without a header holds, by its bytes alone: enough to keep pmsg and ftrace apart
 * where two eras have them in each other's place.
 */
#ifndef OM_CORE_CONTENTS_H
#define OM_CORE_CONTENTS_H

#include "core/base/span.h"

enum contents {
	CONTENTS_NONE,	/* nothing but zeros */
	CONTENTS_WORDS, /* text, or entries of Android's logd: pmsg */
	CONTENTS_CALLS, /* addresses of functions, one entry after another: ftrace */
	CONTENTS_OTHER
};

/**
 * contents_of - look at the beginning of a zone's ring
 * @data: from the first byte after the header on; any bytes
 *
 * Reads CONTENTS_BYTES at most. Damage to a few bytes does not change the answer.
 */
enum { CONTENTS_BYTES = 1024 };
enum contents contents_of(struct span data);

#endif
