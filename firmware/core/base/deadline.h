/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Until when a piece of work may take. Asked between steps, each of which is bounded by itself;
 * the caller has the clock.
 */
#ifndef OM_CORE_DEADLINE_H
#define OM_CORE_DEADLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deadline {
	/* microseconds that are left, 0: it is over, UINT32_MAX: no end; NULL: the same */
	uint32_t (*left_us)(void *ctx);
	void *ctx;
};

static inline uint32_t deadline_left_us(const struct deadline *d)
{
	return d->left_us ? d->left_us(d->ctx) : UINT32_MAX;
}

static inline bool deadline_is_over(const struct deadline *d)
{
	return deadline_left_us(d) == 0;
}

#endif
