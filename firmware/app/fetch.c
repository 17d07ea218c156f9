/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * On request: the records, or the raw region, by YMODEM to whoever sits at the console. Asked
 * for by a key and by nothing else; every wait has a bound, and Linux starts after it.
 */
#include "console.h"
#include "core/base/line.h"
#include "core/log/ftrace.h"
#include "core/tree/cmdline.h"
#include "monitor.h"
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
	struct monitor *m;
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
	const struct monitor *m = f->m;
	struct line l = { out, 0 };

	if (number == 0) {
		line_put(&l, "oopsmon " OM_VERSION " ");
		line_put(&l, board.name);
		line_put(&l, ": ");
		line_put(&l, verdict_text(m->verdict));
	} else if (number <= m->n_facts) {
		char name[RECORD_NAME_BYTES];

		record_name(&m->facts[number - 1], name);
		line_put(&l, name);
		line_put_number(&l, " ", f->bytes[number - 1]);
		line_put_char(&l, ' ');
		line_put(&l, quality_name(m->facts[number - 1].quality));
	} else if (number == m->n_facts + 1 && m->beyond.n + m->n_old_left_out) {
		line_put_number(&l, "", m->beyond.n + m->n_old_left_out);
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

	if (number == f->m->n_facts)
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
	const struct geometry *g = &f->m->last;
	char name[LINE_BYTES_MAX];
	struct line l = { name, 0 };

	line_put_hex(&l, "ramoops-0x", g->base_pa, 1);
	line_put_hex(&l, "-0x", f->m->region.raw.len, 1);
	line_put(&l, ".bin");
	memcpy(out->name, name, l.len);
	out->bytes = (uint32_t)f->m->region.raw.len;
	return number == 0;
}

/* Every record, then the list. */
static bool give_file(void *ctx, uint32_t number, struct ymodem_file *out)
{
	struct fetch *f = ctx;
	struct monitor *m = f->m;

	*out = (struct ymodem_file){ 0 };
	f->line = f->text_len = f->text_at = 0;
	if (f->is_region)
		return region_file(f, number, out);
	if (number > m->n_facts)
		return false;
	f->has_lines = true;
	if (number == m->n_facts) {
		memcpy(out->name, "records.txt", sizeof("records.txt"));
		out->bytes = lines_bytes(f, number);
		return true;
	}
	if (store_again(&m->store, m->number[number], &m->facts[number], m->work, &f->record)) {
		/* as it could be read before; its name stays known */
		f->record = m->facts[number];
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
		struct span from = f->is_region ? f->m->region.raw : f->record.text;

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

static void send_files(struct monitor *m, bool is_region)
{
	static struct fetch f; /* both too large for the stack */
	static struct ymodem_tx tx;

	f = (struct fetch){ .m = m, .is_region = is_region };
	tx = (struct ymodem_tx){ .ctx = &f, .file = give_file, .read = give_bytes };
	transfer_files(&tx, is_region ? 1 : m->n_facts + 1, "the records stay in RAM");
}

void fetch_records(void *ctx)
{
	struct monitor *m = ctx;

	if (m->n_facts == 0)
		con_printf("oopsmon: no records\n");
	else
		send_files(m, false);
}

void fetch_region(void *ctx)
{
	struct monitor *m = ctx;

	if (m->region.raw.len == 0)
		con_printf("oopsmon: no region\n");
	else
		send_files(m, true);
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
			arch_relax();
	} while (!wait_is_over(&w));
	return 0;
}

void fetch_step(void *ctx)
{
	struct monitor *m = ctx;
	uint32_t seconds = SECONDS;
	int key;

	if (!cmdline_number(m->bootargs, "oopsmon.fetch_seconds", SECONDS_MAX, &seconds))
		notice(NOTICE_OPTION_UNREADABLE,
		       "oopsmon.fetch_seconds= is no number from 0 to %u: default taken",
		       SECONDS_MAX);
	if (!m->reported || m->n_facts == 0 || seconds == 0)
		return;
	con_printf("oopsmon: press Ctrl-Y to fetch the records by YMODEM (rb), Ctrl-R for the raw "
		   "region%s\n",
		   m->partition.source == PARTITION_NONE ? "" : ", Ctrl-L for the archive");
	key = await_key(seconds);
	m->archive_wanted = key == KEY_ARCHIVE;
	if (key && !m->archive_wanted)
		send_files(m, key == KEY_REGION);
}
