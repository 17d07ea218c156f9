/* SPDX-License-Identifier: BSD-2-Clause */
/* What keys and transfers have in common: waiting with a bound, and sending files by YMODEM. */
#ifndef OM_APP_TRANSFER_H
#define OM_APP_TRANSFER_H

#include "core/ymodem/ymodem.h"

enum { FIFO_BYTES = 256 /* more than any UART keeps for later */ };

/* By the clock; polls bound it where there is none, or where it does not count. */
struct wait {
	bool has_clock;
	uint64_t until_us;
	uint32_t polls;
};

void wait_start(struct wait *w, uint32_t ms);
bool wait_is_over(struct wait *w);

/**
 * transfer_files - send @n_files to whoever has started rb
 * @tx:   ctx, file and read set
 * @kept: what is so if it fails: "the records stay in RAM"
 *
 * Says what it waits for and how it ended. Comes back after half a minute without a receiver.
 */
void transfer_files(struct ymodem_tx *tx, uint32_t n_files, const char *kept);

#endif
