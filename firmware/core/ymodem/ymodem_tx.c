/* SPDX-License-Identifier: BSD-2-Clause */
/* YMODEM's sender: answers the receiver, and sends what it sent before when asked again. */
#include "core/base/crc16.h"
#include "core/base/digits.h"
#include "ymodem.h"

#include <string.h>

enum {
	ANSWER_MS = 15000, /* longer than lrzsz waits before it asks again, 13 s */
	PAUSE_MS = 20,
	TIMEOUT_TRIES = 4, /* a time-out counts as so many: the third is the last */
	CONTENTS = 3	   /* offset in a block */
};

enum state {
	ASK,  /* nobody has asked for anything yet */
	NEXT, /* a file is over: the receiver asks for the next name */
	NAME, /* name sent */
	GO,   /* name taken: the receiver asks for the contents */
	DATA, /* block sent */
	END,  /* EOT sent */
	LAST, /* empty name sent */
	DONE,
	FAILED
};

static enum ymodem_turn send(struct ymodem_tx *tx, enum state state)
{
	tx->state = state;
	tx->wait_ms = ANSWER_MS;
	tx->pause_ms = state == NAME || state == LAST ? PAUSE_MS : 0;
	return YMODEM_SEND;
}

static enum ymodem_turn await(struct ymodem_tx *tx, enum state state)
{
	tx->state = state;
	tx->tries = 0;
	return YMODEM_WAIT;
}

static enum ymodem_turn over(struct ymodem_tx *tx, enum state state)
{
	tx->state = state;
	tx->out_len = 0;
	return state == DONE ? YMODEM_DONE : YMODEM_FAILED;
}

enum ymodem_turn ymodem_tx_cancel(struct ymodem_tx *tx)
{
	over(tx, FAILED);
	memset(tx->out, YMODEM_CAN, YMODEM_CANCELS);
	tx->out_len = YMODEM_CANCELS;
	return YMODEM_FAILED;
}

/* What is in out[] once more; @cost tries are used up by that. */
static enum ymodem_turn again(struct ymodem_tx *tx, uint32_t cost)
{
	tx->tries += cost;
	if (tx->tries > YMODEM_TRIES)
		return ymodem_tx_cancel(tx);
	return tx->state == NEXT || tx->state == GO ? YMODEM_WAIT : YMODEM_SEND;
}

/* Make the contents in out[] a block with the present number. */
static void frame(struct ymodem_tx *tx, uint32_t bytes)
{
	uint8_t *p = tx->out;
	uint16_t crc = crc16(p + CONTENTS, bytes);

	p[0] = bytes == YMODEM_BLOCK_BYTES ? YMODEM_STX : YMODEM_SOH;
	p[1] = (uint8_t)tx->block;
	p[2] = (uint8_t)~tx->block;
	p[CONTENTS + bytes] = (uint8_t)(crc >> 8);
	p[CONTENTS + bytes + 1] = (uint8_t)crc;
	tx->out_len = bytes + YMODEM_FRAME_BYTES;
}

/* "name NUL size" in block 0, or nothing there: the batch is over. */
static enum ymodem_turn send_name(struct ymodem_tx *tx)
{
	char *p = (char *)tx->out + CONTENTS;
	bool is_file;

	tx->tries = tx->block = tx->off = 0;
	memset(p, 0, YMODEM_SMALL_BYTES);
	is_file = tx->file(tx->ctx, tx->number, &tx->now);
	if (is_file) {
		for (uint32_t i = 0; i < YMODEM_NAME_BYTES - 1 && tx->now.name[i]; i++)
			*p++ = tx->now.name[i];
		p++;
		digits_put(p, tx->now.bytes, 10, 1, '0');
	}
	frame(tx, YMODEM_SMALL_BYTES);
	return send(tx, is_file ? NAME : LAST);
}

static enum ymodem_turn send_contents(struct ymodem_tx *tx)
{
	uint32_t left = tx->now.bytes - tx->off;
	uint32_t room = left > YMODEM_SMALL_BYTES ? YMODEM_BLOCK_BYTES : YMODEM_SMALL_BYTES;

	tx->tries = 0;
	if (left == 0) {
		tx->out[0] = YMODEM_EOT;
		tx->out_len = 1;
		return send(tx, END);
	}
	tx->block++;
	tx->block_bytes = left < room ? left : room;
	memset(tx->out + CONTENTS, YMODEM_PAD, room);
	if (!tx->read(tx->ctx, tx->number, tx->off, tx->out + CONTENTS, tx->block_bytes))
		return ymodem_tx_cancel(tx);
	frame(tx, room);
	return send(tx, DATA);
}

static enum ymodem_turn taken(struct ymodem_tx *tx)
{
	switch (tx->state) {
	case NAME:
		return await(tx, GO);
	case DATA:
		tx->off += tx->block_bytes;
		return send_contents(tx);
	case END:
		tx->number++;
		return await(tx, NEXT);
	case LAST:
		return over(tx, DONE);
	default:
		return YMODEM_WAIT;
	}
}

/* A NAK, or a 'C', which only the receiver of a name or of a first block says. */
static enum ymodem_turn asked(struct ymodem_tx *tx, bool for_crc)
{
	enum ymodem_turn turn;

	switch (tx->state) {
	case ASK:
	case NEXT:
		return for_crc ? send_name(tx) : YMODEM_WAIT;
	case GO:
		turn = send_contents(tx);
		tx->pause_ms = PAUSE_MS;
		return turn;
	case DATA:
		return for_crc && tx->block > 1 ? YMODEM_WAIT : again(tx, 1);
	case END:
		if (!for_crc)
			return again(tx, 1);
		tx->number++; /* its ACK was lost */
		return send_name(tx);
	default:
		return again(tx, 1);
	}
}

enum ymodem_turn ymodem_tx_start(struct ymodem_tx *tx)
{
	tx->out_len = tx->number = tx->off = tx->cancels = tx->pause_ms = 0;
	tx->wait_ms = YMODEM_START_S * 1000;
	return await(tx, ASK);
}

enum ymodem_turn ymodem_tx_early(struct ymodem_tx *tx, uint8_t byte)
{
	if (tx->state >= DONE)
		return over(tx, tx->state);
	tx->cancels = byte == YMODEM_CAN ? tx->cancels + 1 : 0;
	return tx->cancels < 2 ? YMODEM_WAIT : over(tx, FAILED);
}

enum ymodem_turn ymodem_tx_byte(struct ymodem_tx *tx, uint8_t byte)
{
	enum ymodem_turn turn = ymodem_tx_early(tx, byte);

	if (turn != YMODEM_WAIT)
		return turn;
	if (byte == YMODEM_ACK)
		return taken(tx);
	if (byte == YMODEM_NAK || byte == YMODEM_CRC)
		return asked(tx, byte == YMODEM_CRC);
	return YMODEM_WAIT;
}

enum ymodem_turn ymodem_tx_timeout(struct ymodem_tx *tx)
{
	if (tx->state >= DONE)
		return over(tx, tx->state);
	if (tx->state == ASK)
		return ymodem_tx_cancel(tx);
	/* every file was taken, and a receiver that misses the last block would ask for it */
	if (tx->state == LAST)
		return over(tx, DONE);
	return again(tx, TIMEOUT_TRIES);
}
