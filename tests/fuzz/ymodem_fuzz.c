/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * YMODEM: both machines fed any bytes and time-outs. Input: flags; sizes of two files, 16 bits
 * each; a receiver's part of the script, its length in 16 bits before it, for the sender; a
 * sender's for the receiver. In a script 0xfe and a number of 8 bits: a time-out, or, 0x80 and
 * above, a block of the right form with the number's low 7 bits as its own; 0xff: the next byte
 * as it is.
 */
#include "core/base/crc16.h"
#include "core/ymodem/ymodem.h"
#include "fuzz.h"

enum { FILES = 2, COMMAND = 0xfe, PLAIN = 0xff };

struct side {
	uint32_t bytes[FILES];
	bool fails; /* the callbacks do, at the second file */
	uint32_t number, off, files, blocks;
	uint32_t said;
	bool is_open;
};

static uint8_t byte_of(uint32_t number, uint32_t off)
{
	return (uint8_t)(number * 91 + off * 7 + (off >> 8));
}

static bool give_file(void *ctx, uint32_t number, struct ymodem_file *out)
{
	struct side *s = ctx;

	require(number == s->files, "files in order");
	s->files++;
	s->number = number;
	s->off = 0;
	memset(out, 0, sizeof(*out));
	memset(out->name, 'n', number ? YMODEM_NAME_BYTES - 1 : 1);
	out->bytes = number < FILES ? s->bytes[number] : 0;
	return number < FILES;
}

static bool give_bytes(void *ctx, uint32_t number, uint32_t off, uint8_t *to, uint32_t len)
{
	struct side *s = ctx;

	require(number == s->number && off == s->off, "each byte once, in order");
	require(len > 0 && off <= s->bytes[number] && len <= s->bytes[number] - off,
		"nothing outside of the file");
	for (uint32_t i = 0; i < len; i++)
		to[i] = byte_of(number, off + i);
	s->off += len;
	return !s->fails || number == 0;
}

static bool take_file(void *ctx, const struct ymodem_file *file)
{
	struct side *s = ctx;

	require(memchr(file->name, 0, sizeof(file->name)) != NULL && file->name[0],
		"a name with an end");
	s->is_open = true;
	s->said = file->bytes;
	s->off = 0;
	return !s->fails || s->files++ == 0;
}

static bool take_bytes(void *ctx, const uint8_t *bytes, uint32_t len)
{
	struct side *s = ctx;

	require(s->is_open && len > 0 && len <= YMODEM_BLOCK_BYTES, "contents of a file");
	require(s->said == UINT32_MAX || len <= s->said - s->off, "no more than was said");
	s->off += len;
	s->blocks += bytes[len - 1]; /* read: ASan looks */
	return true;
}

static void end_file(void *ctx)
{
	struct side *s = ctx;

	require(s->is_open, "a file that has begun");
	require(s->said == UINT32_MAX || s->off == s->said, "all of it");
	s->is_open = false;
}

/* A turn's promises; true: it goes on. */
static bool check_turn(enum ymodem_turn turn, uint32_t out_len, size_t room, uint32_t wait_ms)
{
	require(out_len <= room, "out[] has room");
	require(turn != YMODEM_SEND || out_len > 0, "something to send");
	require(wait_ms > 0 && wait_ms <= 30000, "a wait with an end");
	return turn == YMODEM_WAIT || turn == YMODEM_SEND;
}

static void check_sent(const struct ymodem_tx *tx, const struct side *s)
{
	const uint8_t *p = tx->out;
	const uint32_t bytes = tx->out_len - YMODEM_FRAME_BYTES;

	if (tx->out_len == 1) {
		require(p[0] == YMODEM_EOT && s->off == s->bytes[tx->number], "EOT at the end");
		return;
	}
	require(bytes == (p[0] == YMODEM_STX ? 1024 : 128), "a block");
	require((p[1] ^ p[2]) == 0xff && crc16(p + 3, bytes + 2) == 0, "a good one");
	for (uint32_t i = 0; tx->block > 0 && i < bytes; i++)
		require(p[3 + i] == (tx->off + i < s->bytes[tx->number]
					     ? byte_of(tx->number, tx->off + i)
					     : YMODEM_PAD),
			"what the file has there");
}

static void fuzz_sender(struct span in, const struct side *made)
{
	struct side s = *made;
	struct ymodem_tx tx = { .ctx = &s, .file = give_file, .read = give_bytes };
	enum ymodem_turn turn = ymodem_tx_start(&tx);

	while (in.len > 0) {
		const uint8_t byte = (uint8_t)take(&in, 1);

		if (byte == COMMAND)
			turn = ymodem_tx_timeout(&tx);
		else if (byte == PLAIN)
			turn = ymodem_tx_early(&tx, (uint8_t)take(&in, 1));
		else
			turn = ymodem_tx_byte(&tx, byte);
		if (!check_turn(turn, tx.out_len, sizeof(tx.out), tx.wait_ms))
			break;
		if (turn == YMODEM_SEND)
			check_sent(&tx, &s);
	}
	/* silence ends it, whatever was before */
	for (uint32_t i = 0; turn == YMODEM_WAIT || turn == YMODEM_SEND; i++) {
		require(i <= YMODEM_TRIES, "an end");
		turn = ymodem_tx_timeout(&tx);
	}
	require(turn == ymodem_tx_byte(&tx, 'C') && tx.out_len == 0, "over is over");
}

static enum ymodem_turn feed_block(struct ymodem_rx *rx, uint32_t number, struct span *in)
{
	uint8_t block[YMODEM_BLOCK_BYTES + YMODEM_FRAME_BYTES] = { YMODEM_SOH };
	const uint32_t bytes = number & 0x40 ? YMODEM_BLOCK_BYTES : YMODEM_SMALL_BYTES;
	const struct span some = take_span(in, take(in, 1));
	enum ymodem_turn turn = YMODEM_WAIT;
	uint16_t crc;

	block[0] = number & 0x40 ? YMODEM_STX : YMODEM_SOH;
	block[1] = (uint8_t)(number & 0x3f);
	block[2] = (uint8_t)~block[1];
	memcpy(block + 3, some.p, some.len < bytes ? some.len : bytes);
	crc = crc16(block + 3, bytes);
	block[bytes + 3] = (uint8_t)(crc >> 8);
	block[bytes + 4] = (uint8_t)crc;
	for (uint32_t i = 0; i < bytes + YMODEM_FRAME_BYTES; i++) {
		turn = ymodem_rx_byte(rx, block[i]);
		if (!check_turn(turn, rx->out_len, sizeof(rx->out), rx->wait_ms))
			break;
	}
	return turn;
}

static void fuzz_receiver(struct span in, const struct side *made)
{
	struct side s = *made;
	struct ymodem_rx rx = {
		.ctx = &s, .begin = take_file, .data = take_bytes, .end = end_file
	};
	enum ymodem_turn turn = ymodem_rx_start(&rx);

	require(turn == YMODEM_SEND && rx.out_len == 1 && rx.out[0] == 'C', "it asks");
	while (in.len > 0) {
		const uint8_t byte = (uint8_t)take(&in, 1);
		const uint32_t number = byte == COMMAND ? take(&in, 1) : 0;

		if (byte == COMMAND && number >= 0x80)
			turn = feed_block(&rx, number & 0x7f, &in);
		else if (byte == COMMAND)
			turn = ymodem_rx_timeout(&rx);
		else
			turn = ymodem_rx_byte(&rx, byte == PLAIN ? (uint8_t)take(&in, 1) : byte);
		if (!check_turn(turn, rx.out_len, sizeof(rx.out), rx.wait_ms))
			break;
	}
	for (uint32_t i = 0; turn == YMODEM_WAIT || turn == YMODEM_SEND; i++) {
		require(i <= YMODEM_TRIES, "an end");
		turn = ymodem_rx_timeout(&rx);
	}
	require(turn == ymodem_rx_byte(&rx, 1) && rx.out_len == 0, "over is over");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	struct side s = { .fails = take(&in, 1) & 1 };

	s.bytes[0] = take(&in, 2);
	s.bytes[1] = take(&in, 2);

	const size_t len = take(&in, 2);
	const struct span first = take_span(&in, len);
	const struct span answers = make_copy(first);
	const struct span sent = make_copy(in);

	fuzz_sender(answers, &s);
	fuzz_receiver(sent, &s);
	drop_copy(answers, first);
	drop_copy(sent, in);
	return 0;
}
