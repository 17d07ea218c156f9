/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * firmware/core's YMODEM machines on a terminal, for tests with lrzsz:
 *
 *	ymodem_line send FILE...	on standard input and output
 *	ymodem_line receive ROOM	into the present folder; no more than ROOM bytes of a file
 *
 * Ends with 0 if all files came over, 4 if the other side was silent too often, else 1. A file
 * that has not come over is called NAME.part.
 */
#include "core/ymodem/ymodem.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SILENCE = 4,
	/*
	 * rb throws away what comes before it has sent its answer to the end, and waits for seconds
	 * then if that was a part of a block. No real line is as fast as a terminal's two ends.
	 */
	LINE_MS = 5
};

struct side {
	char **paths;
	FILE *file;
	char name[YMODEM_NAME_BYTES];
	uint32_t room, off;
	bool silent; /* the last turn was taken because nothing came */
};

static bool give_file(void *ctx, uint32_t number, struct ymodem_file *out)
{
	struct side *s = ctx;
	const char *base;

	if (!s->paths[number])
		return false;
	if (s->file)
		fclose(s->file);
	s->file = fopen(s->paths[number], "rb");
	if (!s->file || fseek(s->file, 0, SEEK_END))
		exit(2);
	out->bytes = (uint32_t)ftell(s->file);
	rewind(s->file);
	base = strrchr(s->paths[number], '/');
	snprintf(out->name, sizeof(out->name), "%s", base ? base + 1 : s->paths[number]);
	return true;
}

/* An emptied file is how a test makes this fail. */
static bool give_bytes(void *ctx, uint32_t number, uint32_t off, uint8_t *to, uint32_t len)
{
	struct side *s = ctx;

	(void)number;
	return !fseek(s->file, off, SEEK_SET) && fread(to, 1, len, s->file) == len;
}

static const char *part(const struct side *s, char *out, size_t room)
{
	snprintf(out, room, "%s.part", s->name);
	return out;
}

static bool take_file(void *ctx, const struct ymodem_file *file)
{
	struct side *s = ctx;
	char path[80];

	memcpy(s->name, file->name, sizeof(s->name));
	s->off = 0;
	s->file = fopen(part(s, path, sizeof(path)), "wb");
	return s->file && !strchr(s->name, '/');
}

static bool take_bytes(void *ctx, const uint8_t *bytes, uint32_t len)
{
	struct side *s = ctx;

	s->off += len;
	return s->off <= s->room && fwrite(bytes, 1, len, s->file) == len;
}

static void end_file(void *ctx)
{
	struct side *s = ctx;
	char path[80];

	fclose(s->file);
	rename(part(s, path, sizeof(path)), s->name);
}

static void put(const uint8_t *bytes, uint32_t len)
{
	for (ssize_t n; len > 0; bytes += n, len -= (uint32_t)n)
		if ((n = write(STDOUT_FILENO, bytes, len)) <= 0)
			exit(3);
}

/* A byte, -1: none within @ms. */
static int get(uint32_t ms)
{
	static uint8_t kept[4096];
	static ssize_t n, at;
	struct pollfd line = { STDIN_FILENO, POLLIN, 0 };

	if (at < n)
		return kept[at++];
	if (poll(&line, 1, (int)ms) <= 0)
		return -1;
	n = read(STDIN_FILENO, kept, sizeof(kept));
	at = 1;
	if (n > 0)
		return kept[0];
	usleep(ms * 1000); /* the other side is gone: nothing more will come */
	return -1;
}

static enum ymodem_turn send_all(struct side *s)
{
	struct ymodem_tx tx = { .ctx = s, .file = give_file, .read = give_bytes };
	enum ymodem_turn turn = ymodem_tx_start(&tx);

	while (turn == YMODEM_WAIT || turn == YMODEM_SEND) {
		int byte;

		if (turn == YMODEM_SEND) {
			usleep((tx.pause_ms + LINE_MS) * 1000);
			put(tx.out, tx.out_len);
		}
		byte = get(tx.wait_ms);
		s->silent = byte < 0;
		turn = s->silent ? ymodem_tx_timeout(&tx) : ymodem_tx_byte(&tx, (uint8_t)byte);
	}
	put(tx.out, tx.out_len);
	return turn;
}

static enum ymodem_turn receive_all(struct side *s)
{
	struct ymodem_rx rx = { .ctx = s, .begin = take_file, .data = take_bytes, .end = end_file };
	enum ymodem_turn turn = ymodem_rx_start(&rx);

	while (turn == YMODEM_WAIT || turn == YMODEM_SEND) {
		int byte;

		if (turn == YMODEM_SEND)
			put(rx.out, rx.out_len);
		byte = get(rx.wait_ms);
		s->silent = byte < 0;
		turn = s->silent ? ymodem_rx_timeout(&rx) : ymodem_rx_byte(&rx, (uint8_t)byte);
	}
	put(rx.out, rx.out_len);
	return turn;
}

int main(int argc, char **argv)
{
	struct side s = { 0 };
	enum ymodem_turn turn;

	if (argc < 3)
		return 2;
	s.paths = argv + 2;
	s.room = (uint32_t)strtoul(argv[2], NULL, 0);
	turn = strcmp(argv[1], "send") == 0 ? send_all(&s) : receive_all(&s);
	if (turn == YMODEM_DONE)
		return 0;
	return s.silent ? SILENCE : 1;
}
