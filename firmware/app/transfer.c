/* SPDX-License-Identifier: BSD-2-Clause */
#include "transfer.h"

#include "console.h"
#include "drivers/clock.h"
#include "machine.h"
#include "notice.h"

/* ---- time ----------------------------------------------------------------------------------- */

void wait_start(struct wait *w, uint32_t ms)
{
	enum { POLLS_PER_MS = 1000, POLLS_PER_MS_CLOCK = 20000 };
	uint64_t now = 0;

	w->has_clock = clock_us(&now);
	w->until_us = now + (uint64_t)ms * 1000;
	w->polls = ms * (w->has_clock ? POLLS_PER_MS_CLOCK : POLLS_PER_MS);
}

bool wait_is_over(struct wait *w)
{
	uint64_t now;

	if (w->polls == 0 || (w->has_clock && clock_us(&now) && now >= w->until_us))
		return true;
	w->polls--;
	return false;
}

/* ---- sending -------------------------------------------------------------------------------- */

/* Nobody can have answered before the last byte has gone: what came until then is old. */
static enum ymodem_turn put_out(struct ymodem_tx *tx)
{
	enum ymodem_turn turn = YMODEM_WAIT;
	struct wait w;
	int key;

	wait_start(&w, tx->pause_ms);
	while (!wait_is_over(&w))
		idle();
	con_send(tx->out, tx->out_len - 1);
	for (uint32_t i = 0; i < FIFO_BYTES && turn == YMODEM_WAIT && (key = con_get()) >= 0; i++)
		turn = ymodem_tx_early(tx, (uint8_t)key);
	if (turn == YMODEM_WAIT)
		con_send(tx->out + tx->out_len - 1, 1);
	return turn;
}

static bool transfer(struct ymodem_tx *tx)
{
	enum ymodem_turn turn = ymodem_tx_start(tx);
	struct wait w;

	wait_start(&w, tx->wait_ms);
	while (turn == YMODEM_WAIT || turn == YMODEM_SEND) {
		int key;

		if (turn == YMODEM_SEND) {
			turn = put_out(tx);
			wait_start(&w, tx->wait_ms);
		} else if (wait_is_over(&w)) {
			turn = ymodem_tx_timeout(tx);
			wait_start(&w, tx->wait_ms);
		} else if ((key = con_get()) >= 0) {
			turn = ymodem_tx_byte(tx, (uint8_t)key);
		} else {
			idle();
		}
	}
	con_send(tx->out, tx->out_len);
	return turn == YMODEM_DONE;
}

void transfer_files(struct ymodem_tx *tx, uint32_t n_files, const char *kept)
{
	bool is_sent;

	con_printf("oopsmon: YMODEM: sending %u files; start rb (lrzsz)\n", n_files);
	is_sent = transfer(tx);
	con_fresh_line();
	if (is_sent)
		con_printf("oopsmon: YMODEM: %u files sent\n", tx->number);
	else
		notice(NOTICE_FETCH, "YMODEM was given up after %u files and %u bytes: %s",
		       tx->number, tx->off, kept);
}
