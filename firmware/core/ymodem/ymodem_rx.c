/* SPDX-License-Identifier: BSD-2-Clause */
/* YMODEM's receiver: collects blocks, takes what is next, asks again for what is not right. */
#include "core/base/crc16.h"
#include "ymodem.h"

#include <string.h>

enum {
	NAME_MS = 5000,
	DATA_MS = 10000,
	BYTE_MS = 1000,	  /* between two bytes of a block, and until a spoiled line is silent */
	NOISE_MAX = 8192, /* bytes that are no block: then the sender is asked again */
	CONTENTS = 3,	  /* offset in a block */
	SURE_CANCELS = 5  /* inside a block, where data may have two */
};

enum state {
	NAME, /* a block 0 is to come */
	DATA, /* contents or an EOT */
	END,  /* the same after one EOT, which may have been noise */
	DONE,
	FAILED
};

/* How the next byte is taken, in rx->want, if it is not the length of a block. */
enum { HEAD = 0, PURGE = 1 };

static enum ymodem_turn await(struct ymodem_rx *rx, uint32_t want)
{
	rx->want = want;
	rx->at = 0;
	if (want == HEAD)
		rx->wait_ms = rx->state == NAME ? NAME_MS : DATA_MS;
	else
		rx->wait_ms = BYTE_MS;
	return YMODEM_WAIT;
}

static enum ymodem_turn over(struct ymodem_rx *rx, enum state state)
{
	rx->state = state;
	rx->out_len = 0;
	return state == DONE ? YMODEM_DONE : YMODEM_FAILED;
}

enum ymodem_turn ymodem_rx_cancel(struct ymodem_rx *rx)
{
	over(rx, FAILED);
	memset(rx->out, YMODEM_CAN, YMODEM_CANCELS);
	rx->out_len = YMODEM_CANCELS;
	return YMODEM_FAILED;
}

/* Answer with @first and, unless 0, @second; then a block or EOT is to come. */
static enum ymodem_turn answer(struct ymodem_rx *rx, uint8_t first, uint8_t second)
{
	rx->out[0] = first;
	rx->out[1] = second;
	rx->out_len = second ? 2 : 1;
	await(rx, HEAD);
	return YMODEM_SEND;
}

/* Another try: no answer may be right too often in a row. */
static enum ymodem_turn retry(struct ymodem_rx *rx, uint8_t first, uint8_t second)
{
	if (++rx->tries > YMODEM_TRIES)
		return ymodem_rx_cancel(rx);
	return answer(rx, first, second);
}

static enum ymodem_turn ask_again(struct ymodem_rx *rx)
{
	return retry(rx, rx->state == NAME || rx->next == 1 ? YMODEM_CRC : YMODEM_NAK, 0);
}

/* The number after the name; false: larger than can be counted. */
static bool parse_bytes(struct span text, uint32_t *bytes)
{
	size_t n = 0;
	uint32_t v = 0;

	for (; n < text.len && text.p[n] >= '0' && text.p[n] <= '9'; n++) {
		uint32_t digit = (uint32_t)(text.p[n] - '0');

		if (v > (UINT32_MAX - 1 - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*bytes = n ? v : UINT32_MAX;
	return true;
}

static enum ymodem_turn take_name(struct ymodem_rx *rx, struct span text)
{
	const uint8_t *end = memchr(text.p, 0, text.len);
	size_t len = end ? (size_t)(end - text.p) : text.len;
	size_t kept = len < YMODEM_NAME_BYTES ? len : YMODEM_NAME_BYTES - 1;

	if (len == 0) {
		over(rx, DONE);
		rx->out[0] = YMODEM_ACK;
		rx->out_len = 1;
		return YMODEM_DONE;
	}
	memset(&rx->now, 0, sizeof(rx->now));
	memcpy(rx->now.name, text.p, kept);
	if (!parse_bytes(span_sub(text, len + 1, text.len), &rx->now.bytes) ||
	    !rx->begin(rx->ctx, &rx->now))
		return ymodem_rx_cancel(rx);
	rx->state = DATA;
	rx->tries = rx->off = 0;
	rx->next = 1;
	return answer(rx, YMODEM_ACK, YMODEM_CRC);
}

static enum ymodem_turn take_data(struct ymodem_rx *rx, struct span text)
{
	uint32_t left = UINT32_MAX - 1 - rx->off;
	uint32_t n = (uint32_t)text.len;

	if (rx->now.bytes != UINT32_MAX) {
		left = rx->now.bytes - rx->off;
		n = n < left ? n : left; /* after it is padding */
	}
	if (n > left || (n > 0 && !rx->data(rx->ctx, text.p, n)))
		return ymodem_rx_cancel(rx);
	rx->state = DATA;
	rx->tries = 0;
	rx->off += n;
	rx->next++;
	return answer(rx, YMODEM_ACK, 0);
}

/* A whole block is in rx->block. */
static enum ymodem_turn block(struct ymodem_rx *rx)
{
	struct span text = { rx->block + CONTENTS, rx->want - YMODEM_FRAME_BYTES };
	uint8_t number = rx->block[1];

	if ((number ^ rx->block[2]) != 0xff || crc16(text.p, text.len + 2) != 0)
		return await(rx, PURGE);
	rx->cancels = 0; /* they were data */
	if (rx->state == NAME)
		return number == 0 ? take_name(rx, text) : await(rx, PURGE);
	if (number == (uint8_t)rx->next)
		return take_data(rx, text);
	if (number != (uint8_t)(rx->next - 1)) /* out of step, no way back */
		return ymodem_rx_cancel(rx);
	/* the one before: its ACK was lost */
	return retry(rx, YMODEM_ACK, rx->next == 1 ? YMODEM_CRC : 0);
}

static enum ymodem_turn eot(struct ymodem_rx *rx)
{
	if (rx->state == NAME) /* the ACK was lost */
		return retry(rx, YMODEM_ACK, YMODEM_CRC);
	if (rx->state == DATA) {
		rx->state = END;
		return answer(rx, YMODEM_NAK, 0);
	}
	if (rx->now.bytes != UINT32_MAX && rx->off != rx->now.bytes)
		return ymodem_rx_cancel(rx);
	rx->end(rx->ctx);
	rx->state = NAME;
	rx->tries = 0;
	return answer(rx, YMODEM_ACK, YMODEM_CRC);
}

/* A byte where a block or an EOT may begin. */
static enum ymodem_turn head(struct ymodem_rx *rx, uint8_t byte)
{
	if (rx->cancels >= 2)
		return over(rx, FAILED);
	switch (byte) {
	case YMODEM_SOH:
		rx->at = 1;
		rx->want = YMODEM_SMALL_BYTES + YMODEM_FRAME_BYTES;
		break;
	case YMODEM_STX:
		rx->at = 1;
		rx->want = YMODEM_BLOCK_BYTES + YMODEM_FRAME_BYTES;
		break;
	case YMODEM_EOT:
		if (rx->next) /* before a first file it is noise */
			return eot(rx);
		/* fall through */
	default:
		return ++rx->at < NOISE_MAX ? YMODEM_WAIT : ask_again(rx);
	}
	rx->block[0] = byte;
	rx->wait_ms = BYTE_MS;
	return YMODEM_WAIT;
}

enum ymodem_turn ymodem_rx_start(struct ymodem_rx *rx)
{
	rx->state = NAME;
	rx->tries = rx->next = rx->off = rx->cancels = 0;
	return answer(rx, YMODEM_CRC, 0);
}

enum ymodem_turn ymodem_rx_byte(struct ymodem_rx *rx, uint8_t byte)
{
	enum { BS = 8 }; /* lrzsz sends some after its CANs, to clean a terminal */

	if (rx->state >= DONE)
		return over(rx, rx->state);
	if (byte == YMODEM_CAN)
		rx->cancels++;
	else if (byte != BS)
		rx->cancels = 0;
	if (rx->want == HEAD)
		return head(rx, byte);
	if (rx->want == PURGE)
		return ++rx->at < NOISE_MAX ? YMODEM_WAIT : ask_again(rx);
	rx->block[rx->at++] = byte;
	return rx->at < rx->want ? YMODEM_WAIT : block(rx);
}

enum ymodem_turn ymodem_rx_timeout(struct ymodem_rx *rx)
{
	if (rx->state >= DONE)
		return over(rx, rx->state);
	if (rx->want != HEAD && rx->cancels >= SURE_CANCELS)
		return over(rx, FAILED);
	return ask_again(rx);
}
