/* SPDX-License-Identifier: BSD-2-Clause */
#include "fetch.h"

#include "../board/board.h"
#include "console.h"
#include "core/base/line.h"
#include "core/log/ftrace.h"
#include "core/tree/cmdline.h"
#include "machine.h"
#include "notice.h"
#include "transfer.h"

#include <string.h>

_Static_assert((int)FTRACE_LINE_BYTES <= (int)LINE_BYTES_MAX, "one buffer for both");

enum {
	KEY_RECORDS = 0x19, /* Ctrl-Y */
	KEY_REGION = 0x12,  /* Ctrl-R */
	SECONDS = 1,	    /* for a key, unless oopsmon.fetch_seconds= says otherwise */
	SECONDS_MAX = 60
};

/* ---- what is sent --------------------------------------------------------------------------- */

struct fetch {
	const struct crash *crash;
	bool is_region;
	struct record record; /* the one being sent: its text is in the workspace */
	bool has_lines;	      /* the file is made of lines, see make_line() */
	uint32_t line;	      /* next of them */
	char text[LINE_BYTES_MAX];
	uint32_t text_len, text_at; /* the present one, and what was sent of it */
	uint32_t bytes[FACTS_MAX];  /* of the files sent */
};

/* records.txt: the verdict; name, bytes and quality of each file; what is not among them. */
static size_t list_line(const struct fetch *f, uint32_t number, char *out)
{
	const struct crash *c = f->crash;
	struct line l = { out, 0 };

	if (number == 0) {
		line_put(&l, "oopsmon " OM_VERSION " ");
		line_put(&l, board.name);
		line_put(&l, ": ");
		line_put(&l, verdict_text(c->verdict));
	} else if (number <= c->n_facts) {
		char name[RECORD_NAME_BYTES];

		record_name(&c->facts[number - 1], name);
		line_put(&l, name);
		line_put_number(&l, " ", f->bytes[number - 1]);
		line_put_char(&l, ' ');
		line_put(&l, quality_name(c->facts[number - 1].quality));
	} else if (number == c->n_facts + 1 && c->beyond.n + c->n_old_left_out) {
		line_put_number(&l, "", c->beyond.n + c->n_old_left_out);
		line_put(&l, " more in the raw region only");
	} else {
		return 0;
	}
	return line_end(&l);
}

/* Returns its length, 0 after the last one. */
static size_t make_line(const struct fetch *f, uint32_t number, uint32_t line, char *out)
{
	struct ftrace_entry e;

	if (number == f->crash->n_facts)
		return list_line(f, line, out);
	if (ftrace_entry_at(f->record.text, &f->record.ftrace, line, &e))
		return 0;
	return ftrace_line(&e, &f->record.ftrace, NULL, out);
}

static uint32_t lines_bytes(struct fetch *f, uint32_t number)
{
	uint32_t bytes = 0;
	size_t n;

	for (uint32_t line = 0; (n = make_line(f, number, line, f->text)) > 0; line++)
		bytes += (uint32_t)n;
	return bytes;
}

static bool region_file(const struct fetch *f, uint32_t number, struct ymodem_file *out)
{
	const struct geometry *g = &f->crash->last;
	char name[LINE_BYTES_MAX];
	struct line l = { name, 0 };

	line_put_hex(&l, "ramoops-0x", g->base_pa, 1);
	line_put_hex(&l, "-0x", f->crash->region.raw.len, 1);
	line_put(&l, ".bin");
	memcpy(out->name, name, l.len);
	out->bytes = (uint32_t)f->crash->region.raw.len;
	return number == 0;
}

/* Every record, then the list. */
static bool give_file(void *ctx, uint32_t number, struct ymodem_file *out)
{
	struct fetch *f = ctx;
	const struct crash *c = f->crash;

	*out = (struct ymodem_file){ 0 };
	f->line = f->text_len = f->text_at = 0;
	if (f->is_region)
		return region_file(f, number, out);
	if (number > c->n_facts)
		return false;
	f->has_lines = true;
	if (number == c->n_facts) {
		memcpy(out->name, "records.txt", sizeof("records.txt"));
		out->bytes = lines_bytes(f, number);
		return true;
	}
	if (store_again(&c->store, c->number[number], &c->facts[number], c->work, &f->record)) {
		/* as it could be read before; its name stays known */
		f->record = c->facts[number];
		f->record.text.len = 0;
	}
	f->has_lines = f->record.ftrace.bytes != 0;
	record_name(&f->record, out->name);
	out->bytes = f->has_lines ? lines_bytes(f, number) : (uint32_t)f->record.text.len;
	f->bytes[number] = out->bytes;
	return true;
}

static bool give_bytes(void *ctx, uint32_t number, uint32_t off, uint8_t *to, uint32_t len)
{
	struct fetch *f = ctx;

	if (!f->has_lines) {
		struct span from = f->is_region ? f->crash->region.raw : f->record.text;

		memcpy(to, from.p + off, len);
		return true;
	}
	for (; len > 0; len--) {
		if (f->text_at == f->text_len) {
			f->text_len = (uint32_t)make_line(f, number, f->line++, f->text);
			f->text_at = 0;
		}
		if (f->text_len == 0)
			return false;
		*to++ = (uint8_t)f->text[f->text_at++];
	}
	return true;
}

/* ---- on request ------------------------------------------------------------------------------ */

static void send_files(const struct crash *c, bool is_region)
{
	static struct fetch f; /* both too large for the stack */
	static struct ymodem_tx tx;

	f = (struct fetch){ .crash = c, .is_region = is_region };
	tx = (struct ymodem_tx){ .ctx = &f, .file = give_file, .read = give_bytes };
	transfer_files(&tx, is_region ? 1 : c->n_facts + 1, "the records stay in RAM");
}

void fetch_records(const struct crash *crash)
{
	if (crash->n_facts == 0)
		con_printf("oopsmon: no records\n");
	else
		send_files(crash, false);
}

void fetch_region(const struct crash *crash)
{
	if (crash->region.raw.len == 0)
		con_printf("oopsmon: no region\n");
	else
		send_files(crash, true);
}

/* One of the three keys, 0: none came. Others mean nothing. */
static int await_key(uint32_t seconds)
{
	struct wait w;

	wait_start(&w, seconds * 1000);
	do {
		int key = con_get();

		if (key == KEY_RECORDS || key == KEY_REGION || key == KEY_ARCHIVE)
			return key;
		if (key < 0)
			idle();
	} while (!wait_is_over(&w));
	return 0;
}

bool fetch_on_request(const struct crash *crash, const char *bootargs, bool is_due,
		      bool has_archive)
{
	uint32_t seconds = SECONDS;
	int key;

	if (!cmdline_number(bootargs, "oopsmon.fetch_seconds", SECONDS_MAX, &seconds))
		notice(NOTICE_OPTION_UNREADABLE,
		       "oopsmon.fetch_seconds= is no number from 0 to %u: default taken",
		       SECONDS_MAX);
	if (!is_due || crash->n_facts == 0 || seconds == 0)
		return false;
	con_printf("oopsmon: press Ctrl-Y to fetch the records by YMODEM (rb), Ctrl-R for the raw "
		   "region%s\n",
		   has_archive ? ", Ctrl-L for the archive" : "");
	key = await_key(seconds);
	if (key == KEY_RECORDS || key == KEY_REGION)
		send_files(crash, key == KEY_REGION);
	return key == KEY_ARCHIVE;
}
