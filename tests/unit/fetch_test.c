/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `oopsmon watch --fetch` takes from a sender that does as it likes: the clock is the test's
 * own, so that hours of a dripping line pass at once. Names of files are
 * tests/system/test_watch.py's.
 */
#include "../../tools/oopsmon/fetch.h"
#include "../../tools/oopsmon/folder.h"
#include "../../tools/oopsmon/keep.h"

#include "core/base/crc16.h"
#include "support.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { BAUD = 115200, HOURS = 3600 * 1000 };

/* ---- what surrounds it ---------------------------------------------------------------------- */

static char folder_made[64];
static char why_over[64];
static uint32_t n_over, n_cancels;
static uint64_t bytes_of_files;

void event_fetched(const struct events *e, const char *port, uint32_t files, const char *why)
{
	(void)e;
	(void)port;
	(void)files;
	n_over++;
	snprintf(why_over, sizeof(why_over), "%s", why ? why : "");
}

void event_file(const struct events *e, const char *port, const char *path, uint64_t bytes)
{
	(void)e;
	(void)port;
	(void)path;
	bytes_of_files += bytes;
}

size_t port_write(struct port *p, const uint8_t *from, size_t len)
{
	(void)p;
	for (size_t i = 0; i < len; i++)
		n_cancels += from[i] == YMODEM_CAN;
	return len;
}

void screen_say(struct screen *s, const char *format, ...)
{
	(void)s;
	(void)format;
}

bool folder_make_in(const char *base, const char *path)
{
	(void)base;
	(void)path;
	return true;
}

bool keep_new_folder(const char *program, const char *parent, const char *name, struct quota *quota,
		     char folder[PATH_MAX])
{
	(void)program;
	(void)parent;
	(void)name;
	(void)quota;
	snprintf(folder, PATH_MAX, "%s", folder_made);
	return true;
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder_made, sizeof(folder_made), "/tmp/oopsmon-fetch-XXXXXX");
	return mkdtemp(folder_made) ? 0 : -1;
}

static void remove_files(void)
{
	DIR *d = opendir(folder_made);
	struct dirent *e;
	char path[400];

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder_made, e->d_name);
		if (e->d_name[0] != '.')
			unlink(path);
	}
	closedir(d);
}

static int remove_folder(void **state)
{
	(void)state;
	remove_files();
	return rmdir(folder_made);
}

/* ---- senders -------------------------------------------------------------------------------- */

/* What a sender says next; the last byte again and again, if @len is 0. */
struct sender {
	const char *what;
	uint32_t gap_ms; /* between two bytes */
	/* fills @to, 1100 bytes; @turn: from 0. Returns how many */
	size_t (*say)(uint32_t turn, uint8_t *to);
	const char *why; /* it is over; "": it is done */
	uint64_t most_ms;
};

static size_t frame(uint8_t *to, uint8_t kind, uint32_t number, const void *text, size_t len)
{
	const size_t room = kind == YMODEM_SOH ? YMODEM_SMALL_BYTES : YMODEM_BLOCK_BYTES;
	uint16_t crc;

	to[0] = kind;
	to[1] = (uint8_t)number;
	to[2] = (uint8_t)~number;
	memset(to + 3, 0, room);
	memcpy(to + 3, text, len);
	crc = crc16(to + 3, room);
	to[3 + room] = (uint8_t)(crc >> 8);
	to[4 + room] = (uint8_t)crc;
	return room + YMODEM_FRAME_BYTES;
}

static size_t name_then(uint32_t turn, uint8_t *to, uint8_t kind, const char *name, size_t name_len)
{
	static const uint8_t text[YMODEM_BLOCK_BYTES] = { 'x' };

	if (turn == 0)
		return frame(to, YMODEM_SOH, 0, name, name_len);
	return frame(to, kind, turn, text,
		     kind == YMODEM_SOH ? YMODEM_SMALL_BYTES : YMODEM_BLOCK_BYTES);
}

static size_t small_blocks(uint32_t turn, uint8_t *to)
{
	return name_then(turn, to, YMODEM_SOH,
			 "file\0"
			 "999999999",
			 14);
}

static size_t large_blocks(uint32_t turn, uint8_t *to)
{
	return name_then(turn, to, YMODEM_STX, "file", 4);
}

static size_t no_end_of_a_block(uint32_t turn, uint8_t *to)
{
	if (turn == 0)
		return frame(to, YMODEM_SOH, 0, "file", 4);
	to[0] = turn == 1 ? YMODEM_STX : 'x';
	return 1;
}

static size_t noise(uint32_t turn, uint8_t *to)
{
	to[0] = (uint8_t)('a' + turn % 20);
	return 1;
}

static size_t wrong_checksums(uint32_t turn, uint8_t *to)
{
	const size_t n = name_then(turn, to, YMODEM_SOH, "file", 4);

	to[n - 1] ^= turn > 0;
	return n;
}

static size_t block_again(uint32_t turn, uint8_t *to)
{
	return name_then(turn > 2 ? 2 : turn, to, YMODEM_SOH, "file", 4);
}

static size_t empty_files(uint32_t turn, uint8_t *to)
{
	if (turn % 3 == 0)
		return frame(to, YMODEM_SOH, 0,
			     "file\0"
			     "0",
			     6);
	to[0] = YMODEM_EOT;
	return 1;
}

static size_t a_whole_file(uint32_t turn, uint8_t *to)
{
	enum { BLOCKS = 512 };

	if (turn <= BLOCKS)
		return name_then(turn, to, YMODEM_STX,
				 "file\0"
				 "524288",
				 11);
	if (turn <= BLOCKS + 2) {
		to[0] = YMODEM_EOT;
		return 1;
	}
	return frame(to, YMODEM_SOH, 0, "", 0);
}

static const struct sender senders[] = {
	{ "small blocks, a byte a second", 990, small_blocks, "too slow", 125000 },
	{ "large blocks, a byte a second", 990, large_blocks, "too slow", 125000 },
	{ "ten bytes a second", 100, large_blocks, "too slow", 140000 },
	{ "a tenth of the line's rate, without end", 1, small_blocks, "too slow", 100 * HOURS },
	{ "a block without an end", 990, no_end_of_a_block, "too slow", 125000 },
	{ "a block without an end, at once", 0, no_end_of_a_block, "given up", 125000 },
	{ "noise", 4000, noise, "too slow", 125000 },
	{ "noise at once", 0, noise, "given up", 125000 },
	{ "wrong checksums, slowly", 500, wrong_checksums, "too slow", 125000 },
	{ "the same block again", 5, block_again, "given up", 125000 },
	{ "empty files", 5, empty_files, "given up", 300000 },
	{ "empty files, slowly", 100, empty_files, "too slow", 140000 },
	{ "a file at a seventh of the line's rate", 0, a_whole_file, "", 400000 },
	{ "silence", 0, NULL, "given up", 60000 },
};

/* ---- the tests ------------------------------------------------------------------------------ */

static void begin(struct fetch *f, struct events *e, struct port *p, struct quota *q)
{
	static const char line[] = "oopsmon: YMODEM: 1 file\n";

	*f = (struct fetch){ .events = e, .label = "b", .port = p, .baud = BAUD, .quota = q };
	f->base = f->parent = folder_made;
	n_over = n_cancels = 0;
	bytes_of_files = 0;
	remove_files();
	fetch_ask(f, FETCH_RECORDS, 0);
	assert_int_equal(fetch_look(f, (const uint8_t *)line, sizeof(line) - 1, 0),
			 sizeof(line) - 1);
	assert_int_equal(f->state, FETCH_RECEIVING);
}

/* One byte after the other until it is over. Returns the time. */
static uint64_t listen(struct fetch *f, const struct sender *s)
{
	uint8_t said[1100];
	uint64_t now = 0;

	for (uint32_t turn = 0; f->state == FETCH_RECEIVING; turn++) {
		const size_t n = s->say ? s->say(turn, said) : 0;

		if (s->say == a_whole_file)
			now += n * 10 * 1000 * 7 / BAUD;
		if (n == 0)
			now += 500;
		for (size_t i = 0; i < n && f->state == FETCH_RECEIVING; i++) {
			now += s->gap_ms;
			fetch_take(f, &said[i], 1, now);
			fetch_tick(f, now);
		}
		fetch_tick(f, now);
		assert_true(now <= s->most_ms);
		/* a sender that never stops, on a line without a clock */
		if (s->gap_ms == 0 && s->say)
			now++;
	}
	return now;
}

static void test_every_sender_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(senders); i++) {
		struct quota quota = { .max = UINT64_MAX };
		struct events events = { 0 };
		struct port port = { .fd = -1 };
		struct fetch f;

		CASE(senders[i].what);
		begin(&f, &events, &port, &quota);
		print_message("%s: over after %llu s\n", senders[i].what,
			      (unsigned long long)listen(&f, &senders[i]) / 1000);
		assert_int_equal(f.state, FETCH_IDLE);
		assert_int_equal(n_over, 1);
		assert_non_null(strstr(why_over, senders[i].why));
		assert_int_equal(bytes_of_files, senders[i].why[0] ? 0 : 524288);
		assert_int_equal(n_cancels > 0, senders[i].why[0] != 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_sender_ends),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
