/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * YMODEM batch transfer in both directions, as a machine that is fed bytes and time-outs and
 * says what to send: no I/O, so that the monitor, the host program and the tests use it alike.
 * CRC-16 blocks of 128 and 1024 bytes; block 0 names the file, an empty one ends the batch.
 * Source: Chuck Forsberg, "XMODEM/YMODEM Protocol Reference" (1988); lrzsz is the other side
 * that counts.
 */
#ifndef OM_CORE_YMODEM_H
#define OM_CORE_YMODEM_H

#include "core/base/err.h"
#include "core/base/span.h"

#include <stdbool.h>

enum {
	YMODEM_NAME_BYTES = 64,
	YMODEM_SMALL_BYTES = 128, /* of a small block's contents */
	YMODEM_BLOCK_BYTES = 1024,
	YMODEM_FRAME_BYTES = 5, /* around them: kind, number and its complement; CRC-16 */

	YMODEM_SOH = 0x01,   /* begins a small block */
	YMODEM_STX = 0x02,   /* begins a large one */
	YMODEM_EOT = 0x04,   /* the file is over */
	YMODEM_ACK = 0x06,   /* taken */
	YMODEM_NAK = 0x15,   /* once more */
	YMODEM_CAN = 0x18,   /* two in a row: give up */
	YMODEM_PAD = 0x1a,   /* fills the last block */
	YMODEM_CRC = 'C',    /* the receiver is ready, and wants CRC-16 */
	YMODEM_CANCELS = 8,  /* sent to cancel: some may be lost */
	YMODEM_TRIES = 10,   /* for one block, EOT or name */
	YMODEM_START_S = 30, /* that the sender waits for a receiver */
};

struct ymodem_file {
	char name[YMODEM_NAME_BYTES];
	uint32_t bytes; /* at most UINT32_MAX - 1 */
};

enum ymodem_turn {
	YMODEM_WAIT,  /* nothing to send; wait for a byte, at most wait_ms, then time out */
	YMODEM_SEND,  /* send out[0..out_len), then go on as with YMODEM_WAIT */
	YMODEM_DONE,  /* all files are over; send out[0..out_len) first, if any */
	YMODEM_FAILED /* given up; send out[0..out_len) first, if any */
};

/* ---- sender (ymodem_tx.c) ------------------------------------------------------------------ */

struct ymodem_tx {
	/* The caller's. file(): the file with this number, false: no more. read(): bytes of it
	   at an offset inside it, exactly @len of them, false: cannot be read any more, which
	   cancels. Each is called in order, read() once for each byte. */
	void *ctx;
	bool (*file)(void *ctx, uint32_t number, struct ymodem_file *out);
	bool (*read)(void *ctx, uint32_t number, uint32_t off, uint8_t *to, uint32_t len);

	uint8_t out[YMODEM_BLOCK_BYTES + 8];
	uint32_t out_len;
	uint32_t pause_ms; /* before out[] is sent: lrzsz's rb throws away what comes at once
			      when it has asked with 'C', and waits 10 s */
	uint32_t wait_ms;
	uint32_t number; /* of the present file: so many are over */
	uint32_t off;	 /* bytes of it that the receiver has */
	struct ymodem_file now;
	uint32_t state, tries, block, block_bytes, cancels; /* the machine's own */
};

/* Start with @tx->ctx, file and read set: waits for the receiver's 'C', YMODEM_START_S long.
   After that a receiver that stays silent is given up after 45 s, one that never takes a block
   after YMODEM_TRIES. A sender's time runs from what was sent last, noise does not prolong it. */
enum ymodem_turn ymodem_tx_start(struct ymodem_tx *tx);
/* A byte has come. Bytes that mean nothing here are noise and passed over. */
enum ymodem_turn ymodem_tx_byte(struct ymodem_tx *tx, uint8_t byte);
/* A byte that came before all of out[] was sent: no answer to that, but it may cancel.
   Returns YMODEM_WAIT (go on sending) or YMODEM_FAILED. */
enum ymodem_turn ymodem_tx_early(struct ymodem_tx *tx, uint8_t byte);
/* wait_ms have passed without one. */
enum ymodem_turn ymodem_tx_timeout(struct ymodem_tx *tx);
/* The caller does not want any more: the other side is informed. Returns YMODEM_FAILED. */
enum ymodem_turn ymodem_tx_cancel(struct ymodem_tx *tx);

/* ---- receiver (ymodem_rx.c) ---------------------------------------------------------------- */

struct ymodem_rx {
	/* The caller's. begin(): a file comes (its name is the sender's: any bytes but NUL, cut
	   to YMODEM_NAME_BYTES - 1 of them; bytes UINT32_MAX: not said, then all bytes are kept,
	   the last block's padding among them), false: do not take it, which cancels.
	   data(): the next bytes of it, in order, each once; false: cannot be stored, cancels.
	   end(): all of it is there. A file without end() is not complete. */
	void *ctx;
	bool (*begin)(void *ctx, const struct ymodem_file *file);
	bool (*data)(void *ctx, const uint8_t *bytes, uint32_t len);
	void (*end)(void *ctx);

	uint8_t out[16];
	uint32_t out_len;
	uint32_t wait_ms;
	struct ymodem_file now;
	uint32_t off; /* bytes of it received */
	uint8_t block[YMODEM_BLOCK_BYTES + YMODEM_FRAME_BYTES];
	uint32_t state, tries, at, want, next, cancels; /* the machine's own */
};

/* Start with @rx->ctx, begin, data and end set: sends the first 'C'. A sender that stays silent
   is asked YMODEM_TRIES times, each 5 s (before a file) or 10 s (in it) after the other. */
enum ymodem_turn ymodem_rx_start(struct ymodem_rx *rx);
enum ymodem_turn ymodem_rx_byte(struct ymodem_rx *rx, uint8_t byte);
enum ymodem_turn ymodem_rx_timeout(struct ymodem_rx *rx);
enum ymodem_turn ymodem_rx_cancel(struct ymodem_rx *rx);

#endif
