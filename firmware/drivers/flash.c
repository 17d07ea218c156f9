/* SPDX-License-Identifier: BSD-2-Clause */
#include "flash.h"

bool flash_block_at(const struct flash *f, uint32_t off, uint32_t *start, uint32_t *bytes)
{
	uint32_t begin = 0;

	for (uint32_t i = 0; i < f->n_regions; i++) {
		const struct flash_region *r = &f->regions[i];
		const uint32_t len = r->n_blocks * r->block_bytes;

		if (off - begin < len) {
			*start = off - (off - begin) % r->block_bytes;
			*bytes = r->block_bytes;
			return true;
		}
		begin += len;
	}
	return false;
}

const char *flash_failure_text(enum flash_failure failure)
{
	static const char *const texts[] = {
		[FLASH_FINE] = "",
		[FLASH_LATE] = "it was not ready in time",
		[FLASH_PROGRAM] = "it could not be programmed",
		[FLASH_ERASE] = "it could not be erased",
		[FLASH_PROTECTED] = "it is protected",
		[FLASH_VOLTAGE] = "its programming voltage is too low",
		[FLASH_SUSPENDED] = "it has an operation suspended",
	};

	return (uint32_t)failure < sizeof(texts) / sizeof(texts[0]) ? texts[failure] : "";
}
