/* SPDX-License-Identifier: BSD-2-Clause */
/* Free RAM is what the banks hold less their ends and all that must stay. */
#include "memory_plan.h"
#include "room.h"

enum { STEP_BYTES = 256 << 10 };

static uint32_t at_most(uint32_t bytes, uint32_t limit)
{
	return bytes < limit ? bytes : limit;
}

/* A bank without its start, as far as somebody may need that. */
static struct range middle_of(const struct memory_input *in, struct range bank)
{
	uint32_t bytes, low = 0;

	bank = room_bank_low(bank);
	bytes = (uint32_t)bank.bytes; /* there are no 4 GiB below 4 GiB less a page */
	if (!in->taken[MEMORY_LAST_LOG].bytes)
		low = at_most(bytes / 2, MEMORY_LOG_BYTES);
	return (struct range){ bank.base_pa + low, bytes - low };
}

enum om_err memory_plan(struct memory_input *in, struct range *out)
{
	struct ranges *const free = &in->free;

	free->n = in->banks->n;
	for (uint32_t i = 0; i < free->n; i++)
		free->r[i] = middle_of(in, in->banks->r[i]);
	for (uint32_t i = 0; in->caller_stays && i < in->banks->n; i++)
		ranges_remove(free, room_stage_area(in->survey, in->banks->r[i]));
	for (uint32_t i = 0; i < MEMORY_TAKEN; i++)
		ranges_remove(free, in->taken[i]);
	room_remove_claims(in->survey, false, free);

	for (uint32_t bytes = MEMORY_BYTES; bytes >= MEMORY_BYTES_LEAST; bytes -= STEP_BYTES) {
		out->bytes = bytes;
		if (ranges_find_high(free, bytes, ROOM_PAGE_BYTES, 0, UINT64_MAX, &out->base_pa) ==
		    OM_OK)
			return OM_OK;
	}
	out->bytes = 0;
	return OM_E_NO_ROOM;
}
