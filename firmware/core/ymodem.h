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

#include "err.h"
#include "span.h"

enum { YMODEM_NAME_BYTES = 64, YMODEM_BLOCK_BYTES = 1024 };

struct ymodem_file {
	char name[YMODEM_NAME_BYTES];
	uint32_t bytes;
};

enum ymodem_turn {
	YMODEM_WAIT,  /* nothing to send; wait for a byte, at most wait_ms, then time out */
	YMODEM_SEND,  /* send out[0..out_len), then go on as with YMODEM_WAIT */
	YMODEM_DONE,  /* all files are over; send out[0..out_len) first, if any */
	YMODEM_FAILED /* given up; send out[0..out_len) first, if any */
};

/* Sender. */
struct ymodem_tx {
	/* The caller's. file(): the file with this number, false: no more. read(): bytes of it
	   at an offset inside it, exactly @len of them. */
	void *ctx;
	bool (*file)(void *ctx, uint32_t number, struct ymodem_file *out);
	bool (*read)(void *ctx, uint32_t number, uint32_t off, uint8_t *to, uint32_t len);

	uint8_t out[YMODEM_BLOCK_BYTES + 8];
	uint32_t out_len;
	uint32_t wait_ms;
	uint32_t number; /* of the present file */
	uint32_t off;	 /* bytes of it that the receiver has */
	struct ymodem_file now;
	uint32_t state, tries, block, block_bytes, cancels; /* the machine's own */
};

/* Start with @tx->ctx, file and read set: waits for the receiver's 'C' for up to a minute. */
enum ymodem_turn ymodem_tx_start(struct ymodem_tx *tx);
/* A byte has come. Bytes that mean nothing here are noise and passed over. */
enum ymodem_turn ymodem_tx_byte(struct ymodem_tx *tx, uint8_t byte);
/* wait_ms have passed without one. */
enum ymodem_turn ymodem_tx_timeout(struct ymodem_tx *tx);

/* Receiver. */
struct ymodem_rx {
	/* The caller's. begin(): a file comes (its name is the sender's: any bytes but NUL and at
	   most YMODEM_NAME_BYTES - 1 of them; bytes UINT32_MAX: not said), false: do not take it.
	   data(): the next bytes of it, in order, each once; false: cannot be stored.
	   end(): all of it is there. */
	void *ctx;
	bool (*begin)(void *ctx, const struct ymodem_file *file);
	bool (*data)(void *ctx, const uint8_t *bytes, uint32_t len);
	void (*end)(void *ctx);

	uint8_t out[16];
	uint32_t out_len;
	uint32_t wait_ms;
	struct ymodem_file now;
	uint32_t off; /* bytes of it received */
	uint8_t block[YMODEM_BLOCK_BYTES + 5];
	uint32_t state, tries, at, want, next, cancels; /* the machine's own */
};

enum ymodem_turn ymodem_rx_start(struct ymodem_rx *rx); /* sends the first 'C' */
enum ymodem_turn ymodem_rx_byte(struct ymodem_rx *rx, uint8_t byte);
enum ymodem_turn ymodem_rx_timeout(struct ymodem_rx *rx);

#endif
