/* SPDX-License-Identifier: BSD-2-Clause */
#include "board.h"
#include "commands.h"
#include "folder.h"
#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	READ_BYTES = 16384,
	RETRY_MS = 1000,
	IDLE_MS = 300,	    /* after which a line that is not whole is shown */
	SILENCE_MS = 10000, /* after which an open report is over */
	TICK_MS = 100,
	RECOUNT_MS = 10000, /* between two looks for room on the disk */
	BAR_CHARS = 24,
};

/* ---- what the listener reports -------------------------------------------------------------- */

static void on_boot(void *arg, const char *line)
{
	struct board *b = arg;

	b->fetch_wanted = false;
	event_boot(&b->watch->events, b->label, line);
}

static void on_begun(void *arg)
{
	struct board *b = arg;

	b->report_ms = b->now_ms;
	b->lines = b->expected = 0;
	b->fetch_wanted = false;
	event_crash(&b->watch->events, b->label);
}

static void on_progress(void *arg, uint32_t lines, uint32_t total)
{
	struct board *b = arg;

	b->report_ms = b->now_ms;
	b->lines = lines;
	b->expected = total;
}

/* Asks the monitor for what --fetch says. */
static void ask(struct board *b)
{
	b->fetch_wanted = false;
	fetch_ask(&b->fetch, b->watch->fetch == FETCH_REGION ? FETCH_REGION : FETCH_RECORDS,
		  b->now_ms);
}

/* What there is on the disk of this board. */
static uint64_t on_disk(const struct board *b)
{
	const char *out = b->watch->out_dir;
	char path[PATH_MAX];
	uint64_t bytes = quota_cost(1); /* of the log's last page, which is counted by bytes */

	if (snprintf(path, sizeof(path), "%s/%s", out, b->label) < (int)sizeof(path))
		bytes += quota_of(path);
	if (snprintf(path, sizeof(path), "%s/%s.log", out, b->label) < (int)sizeof(path))
		bytes += quota_of(path);
	return bytes;
}

/* Something found no room: said once, until there is some. */
static void be_full(struct board *b)
{
	const struct quota *q = &b->quota;

	if (b->full)
		return;
	b->full = true;
	b->watch->findings = true;
	if (quota_room(q->all) < (q->max > q->used ? q->max - q->used : 0))
		q = q->all;
	screen_say(&b->watch->screen,
		   "%s: %s: %" PRIu64 " of %" PRIu64 " KiB of --max-disk are used%s: no more is "
		   "kept; move crashes elsewhere, or give more\n",
		   b->watch->program, b->label, q->used >> 10, q->max >> 10,
		   q->all ? "" : " by all ports");
}

/* Room may have been made: looked for now and then, not for each byte that is refused. */
static void look_for_room(struct board *b)
{
	if (!b->full || b->now_ms - b->counted_ms < RECOUNT_MS)
		return;
	b->counted_ms = b->now_ms;
	quota_recount(&b->quota, on_disk(b));
	b->full = quota_room(&b->quota) < quota_cost(1) * 2;
}

static enum kept keep(struct board *b, const struct report *r)
{
	const struct watch *w = b->watch;
	/* the listener adds to what it has: a report that comes again is the same and more */
	const bool more = b->has_last && !r->headless && r->head.id == b->last_id;
	enum kept kept;

	if (!w->out_dir)
		return KEPT_NOT;
	kept = keep_report(w->program, w->out_dir, b->label, &b->quota, r, b->folder, more);
	if (kept == KEPT_FAILED && quota_room(&b->quota) < quota_cost(1) * 2)
		be_full(b);
	b->has_last = kept == KEPT_SAVED && !r->headless;
	b->last_id = r->head.id;
	return kept;
}

static void on_report(void *arg, const struct report *r)
{
	struct board *b = arg;
	struct watch *w = b->watch;
	enum kept kept;

	b->fetch_wanted = w->fetch == FETCH_REGION ||
			  (w->fetch == FETCH_RECORDS && (!r->complete || r->cut_by_monitor));
	/* the monitor does not wait for long, and disks may be slow */
	if (b->fetch_wanted && b->fetch.invited)
		ask(b);
	/* messages of report_save() get a line of their own, too */
	screen_status(&w->screen, "");
	look_for_room(b);
	kept = keep(b, r);
	if (!r->complete || kept == KEPT_FAILED)
		w->findings = true;
	event_report(&w->events, b->label, r, kept, b->folder);
	if (kept == KEPT_SAVED)
		hooks_add(&w->hooks, b->label, b->folder, r);
}

/* ---- begin and end ------------------------------------------------------------------------ */

/*
 * To append to; no link and no pipe that somebody put there, nor to wait for one's reader. -1:
 * errno says why.
 */
static int open_regular(const char *path)
{
	const int fd =
		open(path,
		     O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		     0666);
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

static bool open_log(struct board *b)
{
	char path[PATH_MAX];

	b->log = -1;
	if (!b->watch->out_dir)
		return true;
	if (snprintf(path, sizeof(path), "%s/%s.log", b->watch->out_dir, b->label) >=
	    (int)sizeof(path))
		errno = ENAMETOOLONG;
	else if (folder_make(b->watch->out_dir))
		b->log = open_regular(path);
	if (b->log >= 0)
		return true;
	fprintf(stderr, "%s: %s: %s\n", b->watch->program, path, strerror(errno));
	return false;
}

/* Opens the port; false: not now. */
static bool open_port(struct board *b, struct port_trouble *trouble)
{
	const bool was_lost = b->trouble[0];

	if (!port_open(&b->port, b->watch->baud, trouble)) {
		/* once, but for what waiting will not mend; at the start the caller says that */
		if (was_lost ? trouble->lasting && strcmp(trouble->why, b->trouble) != 0
			     : !trouble->lasting)
			event_lost(&b->watch->events, b->label, trouble->why);
		snprintf(b->trouble, sizeof(b->trouble), "%s", trouble->why);
		b->retry_ms = b->now_ms + RETRY_MS;
		return false;
	}
	b->trouble[0] = '\0';
	if (was_lost)
		event_back(&b->watch->events, b->label);
	return true;
}

int board_begin(struct board *b, struct watch *w)
{
	const struct listener_events events = {
		.arg = b,
		.boot = on_boot,
		.begun = on_begun,
		.progress = on_progress,
		.report = on_report,
	};
	struct port_trouble trouble;

	b->watch = w;
	b->view.label = b->label;
	b->fetch.events = &w->events;
	b->fetch.label = b->label;
	b->fetch.port = &b->port;
	b->fetch.baud = w->baud;
	b->fetch.quota = &b->quota;
	b->quota = (struct quota){ .all = &w->quota, .max = w->port_bytes };
	if (w->out_dir)
		quota_recount(&b->quota, on_disk(b));
	b->fetch.base = w->out_dir;
	b->fetch.parent = b->folder;
	if (w->out_dir)
		snprintf(b->folder, sizeof(b->folder), "%s/%s", w->out_dir, b->label);
	b->port.fd = -1;
	if (!open_log(b))
		return EXIT_TROUBLE;
	b->listener = listener_new(&events);
	if (!b->listener) {
		fprintf(stderr, "%s: out of memory\n", w->program);
		return EXIT_TROUBLE;
	}
	if (!open_port(b, &trouble) && trouble.lasting) {
		fprintf(stderr, "%s: %s: %s\n", w->program, b->port.path, trouble.why);
		return EXIT_TROUBLE;
	}
	return EXIT_GOOD;
}

/* No more comes for now: what is open is over. */
static void end_line(struct board *b, const char *why)
{
	fetch_stop(&b->fetch, why);
	listener_end(b->listener);
	b->fetch_wanted = false;
	screen_idle(&b->watch->screen, &b->view);
	b->n_keys = 0;
}

void board_end(struct board *b)
{
	if (b->listener) {
		end_line(b, "stopped");
		listener_free(b->listener);
	}
	if (b->log >= 0 && close(b->log) != 0)
		fprintf(stderr, "%s: %s.log: %s\n", b->watch->program, b->label, strerror(errno));
	port_close(&b->port);
}

/* ---- what comes --------------------------------------------------------------------------- */

static void write_log(struct board *b, const uint8_t *bytes, size_t len)
{
	look_for_room(b);
	while (b->log >= 0 && len > 0) {
		const uint64_t room = quota_room(&b->quota);
		const ssize_t n = room ? write(b->log, bytes, len < room ? len : (size_t)room) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) { /* disk full: say so, listen on, try again with what comes next */
			if (!b->log_failed)
				screen_say(&b->watch->screen, "%s: %s/%s.log: %s\n",
					   b->watch->program, b->watch->out_dir, b->label,
					   strerror(errno));
			b->log_failed = true;
			return;
		}
		if (n == 0) {
			be_full(b);
			return;
		}
		(void)quota_take(&b->quota, (uint64_t)n);
		b->log_failed = false;
		bytes += n;
		len -= (size_t)n;
	}
}

void board_fetch(struct board *b, uint64_t now_ms)
{
	b->now_ms = now_ms;
	if (b->watch->out_dir)
		ask(b);
	else
		screen_say(&b->watch->screen, "%s: nowhere to put what is fetched: -o DIR\n",
			   b->watch->program);
}

/* The monitor has said that it takes keys now. */
static void be_invited(struct board *b)
{
	/* no more of the report comes: not whole by now is reason to ask */
	if (b->watch->fetch != FETCH_NONE)
		listener_end(b->listener);
	b->fetch.invited = false;
	if (b->fetch_wanted || b->fetch.state == FETCH_ASKED)
		ask(b);
}

/* One line of the console, or a piece of one. */
static void take_line(struct board *b, const uint8_t *bytes, size_t len)
{
	const bool was_open = listener_busy(b->listener);

	listener_feed(b->listener, bytes, len);
	screen_feed(&b->watch->screen, &b->view, bytes, len,
		    was_open || listener_busy(b->listener));
	if (b->fetch.invited)
		be_invited(b);
}

/* Line by line, so that what they report comes in their order. */
static void take(struct board *b, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		const uint8_t *newline = memchr(bytes, '\n', len);
		size_t n = newline ? (size_t)(newline - bytes) + 1 : len;

		if (b->fetch.state == FETCH_RECEIVING) {
			n = fetch_take(&b->fetch, bytes, len, b->now_ms);
		} else {
			n = fetch_look(&b->fetch, bytes, n, b->now_ms);
			take_line(b, bytes, n);
		}
		bytes += n;
		len -= n;
	}
}

static void send_keys(struct board *b)
{
	const size_t n = port_write(&b->port, b->keys, b->n_keys);

	b->n_keys -= n;
	memmove(b->keys, b->keys + n, b->n_keys);
}

void board_type(struct board *b, uint8_t key)
{
	if (b->fetch.state == FETCH_RECEIVING || b->port.fd < 0 || b->n_keys == KEYS_MAX)
		return;
	b->keys[b->n_keys++] = key;
	send_keys(b);
}

void board_ready(struct board *b, short revents, uint64_t now_ms)
{
	uint8_t bytes[READ_BYTES];
	ssize_t n;

	b->now_ms = now_ms;
	if (revents & POLLOUT)
		send_keys(b);
	if (!(revents & ~POLLOUT))
		return;
	n = port_read(&b->port, revents, bytes, sizeof(bytes));
	if (n > 0) {
		b->heard_ms = now_ms;
		write_log(b, bytes, (size_t)n);
		take(b, bytes, (size_t)n);
	} else if (n < 0) {
		snprintf(b->trouble, sizeof(b->trouble), "%s",
			 errno && errno != EIO ? strerror(errno) : "gone");
		end_line(b, "the port is gone");
		port_close(&b->port);
		b->retry_ms = now_ms + RETRY_MS;
		event_lost(&b->watch->events, b->label, b->trouble);
	}
}

/* ---- time --------------------------------------------------------------------------------- */

void board_tick(struct board *b, uint64_t now_ms)
{
	struct port_trouble trouble;

	b->now_ms = now_ms;
	if (b->port.fd < 0 && now_ms >= b->retry_ms)
		open_port(b, &trouble);
	fetch_tick(&b->fetch, now_ms);
	if (b->fetch.full)
		be_full(b);
	b->fetch.full = b->fetch.full && b->fetch.state != FETCH_IDLE;
	if (!listener_busy(b->listener)) {
		if (now_ms - b->heard_ms >= IDLE_MS)
			screen_idle(&b->watch->screen, &b->view);
	} else if (now_ms - b->report_ms >= SILENCE_MS) {
		listener_end(b->listener);
	}
}

int board_hurry(const struct board *b)
{
	if (b->view.n_line > 0 || b->fetch.state != FETCH_IDLE || listener_busy(b->listener))
		return TICK_MS;
	return b->port.fd < 0 ? RETRY_MS / 2 : -1;
}

void board_status(const struct board *b, char *out, size_t cap)
{
	char bar[BAR_CHARS + 1] = "";
	uint32_t part;

	fetch_status(&b->fetch, out, cap);
	if (out[0] || b->watch->quiet || !listener_busy(b->listener))
		return;
	if (b->expected == 0) {
		snprintf(out, cap, "report, %" PRIu32 " lines", b->lines);
		return;
	}
	part = b->lines < b->expected ? b->lines : b->expected;
	memset(bar, '#', (size_t)part * BAR_CHARS / b->expected);
	snprintf(out, cap, "report [%-*s] %u %% %" PRIu32 "/%" PRIu32 " lines", BAR_CHARS, bar,
		 (unsigned)((uint64_t)part * 100 / b->expected), b->lines, b->expected);
}
