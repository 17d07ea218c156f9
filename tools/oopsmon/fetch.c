/* SPDX-License-Identifier: BSD-2-Clause */
#include "fetch.h"
#include "folder.h"
#include "keep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	KEY_RECORDS = 0x19, /* Ctrl-Y */
	KEY_REGION = 0x12,  /* Ctrl-R */
	ANSWER_MS = 10000,  /* for the monitor to begin */
	FILES_MAX = 256,
	/* A sender has this long, and more with all that it brings: so many times what the line
	   takes for it. While it sends, the console is not seen. */
	GRACE_MS = 120000,
	SLOWEST = 8,
	BITS_PER_BYTE = 10,	/* on the line */
	FILE_LINE_BYTES = 1024, /* that a file takes beside its contents */
};

static const uint64_t BYTES_MAX = 256 << 20; /* of one fetch: no board fills the disk */

/* After either of them the monitor listens for a while. */
static const char *const invitations[] = { "-----END OOPSMON REPORT", "oopsmon: press Ctrl-Y" };
static const char ready[] = "oopsmon: YMODEM: ";

static void end_fetch(struct fetch *f, const char *why)
{
	if (f->file)
		fclose(f->file); /* what has come of it stays there as NAME.part */
	f->file = NULL;
	f->state = FETCH_IDLE;
	f->n_line = 0;
	event_fetched(f->events, f->label, f->n_files, why);
}

/* ---- asking ------------------------------------------------------------------------------- */

void fetch_ask(struct fetch *f, enum fetch_what what, uint64_t now_ms)
{
	const uint8_t key = what == FETCH_REGION ? KEY_REGION : KEY_RECORDS;

	if (f->state == FETCH_RECEIVING)
		return;
	f->what = what;
	f->state = FETCH_ASKED;
	f->until_ms = now_ms + ANSWER_MS;
	port_write(f->port, &key, 1);
}

/* ---- files -------------------------------------------------------------------------------- */

/* The sender's name made one that cannot leave the folder, hide or surprise. */
static void clean_name(const char *from, char to[YMODEM_NAME_BYTES])
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789.-_";
	const char *base = strrchr(from, '/');
	const char *c = base ? base + 1 : from;
	size_t n = 0;

	if (*c == '\0' || *c == '.' || *c == '-')
		to[n++] = '_';
	for (; *c && n < YMODEM_NAME_BYTES - 1; c++)
		to[n++] = strchr(good, *c) ? *c : '_';
	to[n] = '\0';
}

/* "@f->path", with ".part" after it while it is not whole. */
static bool part_path(const struct fetch *f, char out[PATH_MAX])
{
	return snprintf(out, PATH_MAX, "%s.part", f->path) < PATH_MAX;
}

static bool take_room(struct fetch *f, uint64_t bytes)
{
	const bool taken = quota_take(f->quota, bytes);

	f->full |= !taken;
	return taken;
}

static bool begin_file(void *ctx, const struct ymodem_file *file)
{
	struct fetch *f = ctx;
	char name[YMODEM_NAME_BYTES], part[PATH_MAX];

	if (f->n_files == FILES_MAX)
		return false;
	if (!f->folder[0] &&
	    !(folder_make_in(f->base, f->parent) &&
	      keep_new_folder(f->events->program, f->parent, "fetched", f->quota, f->folder))) {
		f->folder[0] = '\0';
		return false;
	}
	if (!take_room(f, quota_cost(1)))
		return false;
	clean_name(file->name, name);
	for (uint32_t copy = 1; copy <= FILES_MAX; copy++) {
		const int n = copy == 1
				      ? snprintf(f->path, sizeof(f->path), "%s/%s", f->folder, name)
				      : snprintf(f->path, sizeof(f->path), "%s/%s-%" PRIu32,
						 f->folder, name, copy);

		if (n >= (int)sizeof(f->path) || access(f->path, F_OK) != 0)
			break;
	}
	if (f->file) /* one without an end */
		fclose(f->file);
	f->file = part_path(f, part) ? fopen(part, "wx") : NULL;
	if (!f->file)
		screen_say(f->events->screen, "%s: %s: %s\n", f->events->program, f->path,
			   strerror(errno));
	return f->file != NULL;
}

static bool add_data(void *ctx, const uint8_t *bytes, uint32_t len)
{
	struct fetch *f = ctx;

	f->bytes += len;
	if (!take_room(f, len))
		return false;
	return f->bytes <= BYTES_MAX && fwrite(bytes, 1, len, f->file) == len;
}

static void end_file(void *ctx)
{
	struct fetch *f = ctx;
	char part[PATH_MAX];
	const bool written = fclose(f->file) == 0;

	f->file = NULL;
	if (!written || !part_path(f, part) || rename(part, f->path) != 0) {
		screen_say(f->events->screen, "%s: %s: %s\n", f->events->program, f->path,
			   strerror(errno));
		return;
	}
	f->n_files++;
	event_file(f->events, f->label, f->path,
		   f->rx.now.bytes == UINT32_MAX ? f->rx.off : f->rx.now.bytes);
}

/* ---- the transfer ------------------------------------------------------------------------- */

/* True if it goes on. */
static bool turn(struct fetch *f, enum ymodem_turn t, uint64_t now_ms)
{
	/* an answer that the port does not take is lost as on a bad line: it is asked again */
	if (t != YMODEM_WAIT)
		port_write(f->port, f->rx.out, f->rx.out_len);
	f->until_ms = now_ms + f->rx.wait_ms;
	if (t == YMODEM_DONE)
		end_fetch(f, NULL);
	else if (t == YMODEM_FAILED)
		end_fetch(f, f->full ? "--max-disk is reached" : "the transfer was given up");
	return f->state == FETCH_RECEIVING;
}

static void begin_transfer(struct fetch *f, uint64_t now_ms)
{
	f->state = FETCH_RECEIVING;
	f->folder[0] = '\0';
	f->n_files = 0;
	f->bytes = 0;
	f->begun_ms = now_ms;
	f->rx = (struct ymodem_rx){
		.ctx = f, .begin = begin_file, .data = add_data, .end = end_file
	};
	turn(f, ymodem_rx_start(&f->rx), now_ms);
}

static bool begins(const struct fetch *f, const char *with)
{
	const size_t n = strlen(with);

	return f->n_line >= n && memcmp(f->line, with, n) == 0;
}

size_t fetch_look(struct fetch *f, const uint8_t *bytes, size_t len, uint64_t now_ms)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != '\n' && bytes[i] != '\r') {
			if (f->n_line < sizeof(f->line))
				f->line[f->n_line++] = (char)bytes[i];
			continue;
		}

		const bool is_ready = f->state == FETCH_ASKED && begins(f, ready);

		for (size_t k = 0; k < sizeof(invitations) / sizeof(invitations[0]); k++)
			f->invited = f->invited || begins(f, invitations[k]);
		if (bytes[i] == '\r' && is_ready)
			continue; /* its newline is the console's, too */
		f->n_line = 0;
		if (is_ready) {
			begin_transfer(f, now_ms);
			return i + 1;
		}
	}
	return len;
}

size_t fetch_take(struct fetch *f, const uint8_t *bytes, size_t len, uint64_t now_ms)
{
	for (size_t i = 0; i < len; i++)
		if (!turn(f, ymodem_rx_byte(&f->rx, bytes[i]), now_ms))
			return i + 1;
	return len;
}

static uint64_t time_earned_ms(const struct fetch *f)
{
	const uint64_t bytes = f->bytes + (uint64_t)f->n_files * FILE_LINE_BYTES;

	return GRACE_MS + bytes * SLOWEST * BITS_PER_BYTE * 1000 / f->baud;
}

void fetch_tick(struct fetch *f, uint64_t now_ms)
{
	if (f->state == FETCH_RECEIVING && now_ms - f->begun_ms > time_earned_ms(f))
		fetch_stop(f, "the sender is too slow");
	if (f->state == FETCH_IDLE || now_ms < f->until_ms)
		return;
	if (f->state == FETCH_RECEIVING)
		turn(f, ymodem_rx_timeout(&f->rx), now_ms);
	else
		end_fetch(f, "the monitor does not answer");
}

void fetch_stop(struct fetch *f, const char *why)
{
	if (f->state == FETCH_RECEIVING) {
		ymodem_rx_cancel(&f->rx);
		port_write(f->port, f->rx.out, f->rx.out_len);
	}
	if (f->state != FETCH_IDLE)
		end_fetch(f, why);
}

void fetch_status(const struct fetch *f, char *out, size_t cap)
{
	char name[YMODEM_NAME_BYTES];
	const uint32_t bytes = f->rx.now.bytes;

	out[0] = '\0';
	if (f->state != FETCH_RECEIVING || !f->file)
		return;
	clean_name(f->rx.now.name, name);
	if (bytes == UINT32_MAX || bytes == 0)
		snprintf(out, cap, "fetching %s, %" PRIu32 " bytes", name, f->rx.off);
	else
		snprintf(out, cap, "fetching %s %u %% of %" PRIu32 " bytes", name,
			 (unsigned)((uint64_t)f->rx.off * 100 / bytes), bytes);
}
