/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `oopsmon watch`: the command line, and one loop around everything that can happen: bytes
 * from the boards, keys, signals, time.
 */
#include "board.h"
#include "commands.h"
#include "keys.h"
#include "words.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum option_key {
	KEY_OUT = 'o',
	KEY_BAUD = 'b',
	KEY_EXEC = 'x',
	KEY_QUIET = 'q',
	KEY_JSON = 0x100,
	KEY_FETCH_OPTION,
	KEY_MAX_DISK,
};

enum {
	BOARDS_MAX = 256,
	BAUD_DEFAULT = 115200,
	STATUS_MS = 100, /* between two drawings */
	STATUS_CHARS = 79,
	HOOKS_WAIT_MS = 10000, /* at the end, for commands of --exec */
};

static const uint64_t MAX_DISK_DEFAULT = (uint64_t)4 << 30;

static const struct argp_option option_list[] = {
	{ "output", KEY_OUT, "DIR", 0,
	  "keep crashes in DIR/LABEL/TIME-VERDICT-ID/, and all bytes in DIR/LABEL.log", 1 },
	{ "baud", KEY_BAUD, "RATE", 0, "rate of the ports, 8N1 (default: 115200)", 1 },
	{ "json", KEY_JSON, NULL, 0,
	  "no console: one line of JSON per event (docs/json.md, \"Events\")", 1 },
	{ "exec", KEY_EXEC, "COMMAND", 0,
	  "run, without a shell, for each report that was saved; the argument {} is its folder",
	  1 },
	{ "fetch", KEY_FETCH_OPTION, "records|region", OPTION_ARG_OPTIONAL,
	  "ask the monitor by YMODEM for the records if a report came incomplete or was cut "
	  "short (default); or for the raw region, after every report",
	  1 },
	{ "max-disk", KEY_MAX_DISK, "ALL[,PORT]", 0,
	  "keep no more than this in DIR, and of each port, with what is there: 500M, 4G, 0 is no "
	  "limit (default: 4G, in equal parts)",
	  1 },
	{ "quiet", KEY_QUIET, NULL, 0, "no progress bar", 1 },
	{ 0 },
};

/* The program's state; at most one instance. */
struct loop {
	struct watch watch;
	struct keys keys;
	struct board *boards; /* BOARDS_MAX of room */
	struct pollfd *polled;
	uint32_t n;
	bool json;
	bool leave;
	int signals;
	uint64_t status_ms;
};

static uint64_t now_ms(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- command line ------------------------------------------------------------------------- */

/* "NAME=PATH", or a path, which is named after its last part. */
static void add_board(struct loop *l, struct argp_state *state, char *arg)
{
	struct board *b;
	char *equals = strchr(arg, '=');
	const char *slash = strrchr(arg, '/');

	if (l->n == BOARDS_MAX)
		argp_error(state, "more than %d ports", BOARDS_MAX);
	b = &l->boards[l->n];
	if (equals && !memchr(arg, '/', (size_t)(equals - arg))) {
		*equals = '\0';
		b->label = arg;
		b->port.path = equals + 1;
	} else {
		b->label = slash ? slash + 1 : arg;
		b->port.path = arg;
	}
	if (b->label[0] == '\0' || b->label[0] == '.')
		argp_error(state, "'%s' gives no name: NAME=PATH does", b->port.path);
	for (uint32_t i = 0; i < l->n; i++)
		if (strcmp(l->boards[i].label, b->label) == 0)
			argp_error(state, "two ports are named '%s': NAME=PATH names them apart",
				   b->label);
	l->n++;
}

static void take_max_disk(struct loop *l, struct argp_state *state, char *arg)
{
	char *comma = strchr(arg, ',');

	if (comma)
		*comma = '\0';
	if (!quota_parse(arg, &l->watch.quota.max) ||
	    (comma && !quota_parse(comma + 1, &l->watch.port_bytes)))
		argp_error(state, "--max-disk: sizes such as 500M or 4G,1G; 0 is no limit");
}

static void check(struct loop *l, struct argp_state *state)
{
	if (l->n == 0)
		argp_error(state, "which port? /dev/ttyUSB0, /dev/serial/by-id/..., or several");
	if (l->watch.port_bytes == 0)
		l->watch.port_bytes = l->watch.quota.max == UINT64_MAX ? UINT64_MAX
								       : l->watch.quota.max / l->n;
	if (!l->watch.out_dir && l->watch.hooks.command)
		argp_error(state, "--exec needs a folder for the crashes: -o DIR");
	if (!l->watch.out_dir && l->watch.fetch != FETCH_NONE)
		argp_error(state, "--fetch needs a folder for the files: -o DIR");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct loop *l = state->input;
	const char *why;
	char *end;
	unsigned long baud;

	switch (key) {
	case KEY_OUT:
		l->watch.out_dir = arg;
		return 0;
	case KEY_BAUD:
		baud = strtoul(arg, &end, 10);
		if (*end || baud == 0 || baud > 100000000)
			argp_error(state, "--baud: a rate such as 115200, not '%s'", arg);
		l->watch.baud = (uint32_t)baud;
		return 0;
	case KEY_EXEC:
		words_free(l->watch.hooks.command);
		l->watch.hooks.command = hooks_command(arg, &why);
		if (!l->watch.hooks.command)
			argp_error(state, "--exec: %s", why);
		return 0;
	case KEY_JSON:
		l->json = true;
		return 0;
	case KEY_FETCH_OPTION:
		if (arg && strcmp(arg, "records") != 0 && strcmp(arg, "region") != 0)
			argp_error(state, "--fetch: 'records' or 'region', not '%s'", arg);
		l->watch.fetch = arg && strcmp(arg, "region") == 0 ? FETCH_REGION : FETCH_RECORDS;
		return 0;
	case KEY_MAX_DISK:
		take_max_disk(l, state, arg);
		return 0;
	case KEY_QUIET:
		l->watch.quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		add_board(l, state, arg);
		return 0;
	case ARGP_KEY_END:
		check(l, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- what happens ------------------------------------------------------------------------- */

static void show_help(struct loop *l)
{
	screen_say(&l->watch.screen,
		   "%s: Ctrl-] x leaves, Ctrl-] b sends a break, Ctrl-] f fetches the records, "
		   "Ctrl-] Ctrl-] sends itself\n",
		   l->watch.program);
}

static void take_keys(struct loop *l, uint64_t now)
{
	struct board *b = &l->boards[0];
	uint8_t keys[256];
	const ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));

	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		l->leave = true; /* the terminal is gone */
	for (ssize_t i = 0; i < n; i++) {
		switch (keys_take(&l->keys, keys[i])) {
		case KEY_NOTHING:
			break;
		case KEY_TO_BOARD:
			board_type(b, keys[i]);
			break;
		case KEY_LEAVE:
			l->leave = true;
			break;
		case KEY_BREAK:
			port_break(&b->port);
			break;
		case KEY_FETCH:
			board_fetch(b, now);
			break;
		case KEY_SHOW_HELP:
			show_help(l);
			break;
		}
	}
}

static void take_signals(struct loop *l)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGCHLD)
			hooks_turn(&l->watch.hooks);
		else
			l->leave = true;
}

static void draw_status(struct loop *l, uint64_t now)
{
	char line[STATUS_CHARS + 1] = "";
	size_t n = 0;

	if (!l->watch.screen.terminal || now < l->status_ms)
		return;
	l->status_ms = now + STATUS_MS;
	for (uint32_t i = 0; i < l->n && n < sizeof(line) - 1; i++) {
		char text[STATUS_CHARS + 1];
		const struct board *b = &l->boards[i];

		board_status(b, text, sizeof(text));
		if (text[0])
			n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s%s%s", n ? "  " : "",
					      l->n > 1 ? b->label : "", l->n > 1 ? ": " : "", text);
	}
	screen_status(&l->watch.screen, line);
}

/* Everything that is polled, in this order: signals, keyboard, boards. */
static void arm(struct loop *l)
{
	l->polled[0] = (struct pollfd){ .fd = l->signals, .events = POLLIN };
	l->polled[1] = (struct pollfd){ .fd = l->keys.on ? STDIN_FILENO : -1, .events = POLLIN };
	for (uint32_t i = 0; i < l->n; i++) {
		const struct board *b = &l->boards[i];

		l->polled[2 + i] = (struct pollfd){
			.fd = b->port.fd,
			.events = b->n_keys ? POLLIN | POLLOUT : POLLIN,
		};
	}
}

static int timeout_ms(const struct loop *l)
{
	int least = -1;

	for (uint32_t i = 0; i < l->n; i++) {
		const int ms = board_hurry(&l->boards[i]);

		if (ms >= 0 && (least < 0 || ms < least))
			least = ms;
	}
	return least;
}

static void run(struct loop *l)
{
	while (!l->leave && !l->watch.screen.broken) {
		arm(l);
		poll(l->polled, l->n + 2, timeout_ms(l));

		const uint64_t now = now_ms();

		if (l->polled[0].revents)
			take_signals(l);
		if (l->polled[1].revents)
			take_keys(l, now);
		for (uint32_t i = 0; i < l->n; i++) {
			if (l->polled[2 + i].revents)
				board_ready(&l->boards[i], l->polled[2 + i].revents, now);
			board_tick(&l->boards[i], now);
		}
		draw_status(l, now);
		screen_flush(&l->watch.screen);
	}
}

/* ---- begin and end ------------------------------------------------------------------------ */

static bool begin(struct loop *l)
{
	struct watch *w = &l->watch;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	l->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	screen_begin(&w->screen, !l->json, l->n > 1);
	w->events = (struct events){ &w->screen, w->program, l->json };
	w->hooks.events = &w->events;
	for (uint32_t i = 0; i < l->n; i++)
		if (board_begin(&l->boards[i], w) != EXIT_GOOD)
			return false;
	if (l->n == 1 && !l->json)
		keys_begin(&l->keys);
	if (l->keys.on)
		show_help(l);
	if (!w->out_dir && !l->json)
		screen_say(&w->screen, "%s: nothing is kept without -o DIR\n", w->program);
	return true;
}

/* Commands of --exec may end in their own time, but not for ever. */
static void wait_for_hooks(struct loop *l)
{
	struct hooks *h = &l->watch.hooks;
	const uint64_t until = now_ms() + HOOKS_WAIT_MS;
	struct pollfd p = { .fd = l->signals, .events = POLLIN };

	for (uint64_t now = now_ms(); h->n > 0 && now < until; now = now_ms()) {
		poll(&p, 1, (int)(until - now));
		take_signals(l);
	}
	if (h->n > 0)
		fprintf(stderr, "%s: %" PRIu32 " command(s) of --exec did not end in time\n",
			l->watch.program, h->n);
}

static void end(struct loop *l)
{
	sigset_t set;

	/* from here on a second Ctrl-C ends the program at once */
	keys_end(&l->keys);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGQUIT);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	for (uint32_t i = 0; i < l->n; i++)
		if (l->boards[i].watch)
			board_end(&l->boards[i]);
	screen_status(&l->watch.screen, "");
	screen_flush(&l->watch.screen);
	wait_for_hooks(l);
	hooks_free(&l->watch.hooks);
}

int watch_command(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_list,
		.parser = parse,
		.args_doc = "[NAME=]PORT...",
		.doc = "Listens to serial ports: shows the console, saves every crash report as it "
		       "arrives.\v"
		       "PORT is /dev/ttyUSB0, /dev/serial/by-id/..., or a pseudo-terminal; one "
		       "that "
		       "is not there, or disappears, is waited for. NAME stands for it on the "
		       "screen and in DIR; without one the last part of the path does. With one "
		       "PORT and a terminal, keys go to the board as from a terminal program: "
		       "Ctrl-] x leaves.\n\n"
		       "Exit code, once told to end (Ctrl-] x, SIGINT, SIGTERM): 0 every report "
		       "came complete; 1 some did not, or could not be saved; 2 wrong usage, or a "
		       "port or folder that cannot be used.",
	};
	struct loop l = {
		.watch = { .program = argv[0], .baud = BAUD_DEFAULT, .quota.max = MAX_DISK_DEFAULT }
	};
	int code = EXIT_TROUBLE;

	argp_program_version = NULL;
	l.boards = calloc(BOARDS_MAX, sizeof(*l.boards));
	l.polled = calloc(BOARDS_MAX + 2, sizeof(*l.polled));
	if (!l.boards || !l.polled)
		fprintf(stderr, "%s: out of memory\n", argv[0]);
	else if (argp_parse(&argp, argc, argv, 0, NULL, &l) == 0 && begin(&l)) {
		run(&l);
		code = EXIT_GOOD;
	}
	if (l.watch.events.program) {
		end(&l);
		if (code == EXIT_GOOD && l.watch.findings)
			code = EXIT_FINDINGS;
	}
	free(l.boards);
	free(l.polled);
	return code;
}
