/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much work searches may do that could take long. It is counted in tokens, each some 30 to 60
 * instructions, so that the same effort always finds the same; a clock can end it all the same,
 * and what was spent until then finds the same once more.
 */
#ifndef OM_CORE_EFFORT_H
#define OM_CORE_EFFORT_H

#include "deadline.h"

enum { EFFORT_ALL = UINT32_MAX /* more than any search takes */ };

struct effort {
	uint32_t left;	       /* tokens; 0: nothing is searched for */
	uint32_t spent;	       /* tokens, since the caller set it to 0 */
	bool cut;	       /* a search had to end, or did not begin, because none was left */
	struct deadline until; /* asked now and then: when it is over, none is left */
};

#endif
