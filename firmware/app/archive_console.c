/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive_console.h"

#include "console.h"
#include "core/base/utc.h"
#include "core/report/report_lines.h"
#include "fetch.h"
#include "machine.h"
#include "notice.h"
#include "transfer.h"

#include <string.h>

enum {
	LINE_MS = 5000,	   /* for each line until the first command: noise may have been the key */
	MINUTE_MS = 60000, /* for the next command: somebody is there */
	WRONG_MAX = 10,	   /* lines in a row that are no command: noise */
	LINE_MAX = 16,
	KEY_BACKSPACE = 0x08,
	KEY_STOP = 0x03,
	KEY_DELETE = 0x7f
};

static const char unused[] = "the archive cannot be read";
static const char unchanged[] = "nothing is erased";

/* Lives in the scratch memory, where records are decoded: that is over, or begins anew. */
struct talk {
	const struct archive_desk *desk;
	struct workspace rest; /* of it */
	bool for_ever;	       /* there is nothing to go on with */
	struct wait wait;
	bool has_obeyed; /* a command */
	uint32_t n_wrong;
	struct archive archive;
	struct archive_list list;
	struct archive_entry entry;
	struct archive_reader reader;
	struct ymodem_tx tx;
	char line[LINE_MAX];
};

/* ---- a line -------------------------------------------------------------------------------- */

/* With Enter at its end, which is not in it; false: none came in time. */
static bool read_line(struct talk *t)
{
	uint32_t len = 0;

	for (;;) {
		const int key = con_get();

		/* also while keys come: they may come without end */
		if (!t->for_ever && wait_is_over(&t->wait))
			return false;
		if (key < 0) {
			idle();
		} else if (key == '\r' || key == '\n' || key == KEY_STOP) {
			t->line[key == KEY_STOP ? 0 : len] = '\0';
			con_printf("\n");
			return true;
		} else if (key == KEY_BACKSPACE || key == KEY_DELETE) {
			if (len > 0) {
				con_printf("\b \b");
				len--;
			}
		} else if (key >= ' ' && key < KEY_DELETE && len < LINE_MAX - 1) {
			t->line[len++] = (char)key;
			con_printf("%c", key);
		}
	}
}

/* ---- list ---------------------------------------------------------------------------------- */

static const char *state_word(enum archive_entry_state state)
{
	return state == ARCHIVE_ENTRY_COMPLETE	   ? "complete"
	       : state == ARCHIVE_ENTRY_INCOMPLETE ? "incomplete"
						   : "damaged";
}

static void list_entry(const struct archive_entry *e)
{
	const struct archive_card *c = &e->card;
	struct utc t;

	con_printf("%5u  ", e->number);
	if (!e->has_card) {
		con_printf("%5s  %-10s  %-19s  %7s  %8s  %s\n", "-", "-", "-", "-", "-",
			   state_word(e->state));
		return;
	}
	con_printf("%5u  %-10s  ", c->boot_count, report_verdict_word(c->verdict));
	if (c->has_time && utc_of(c->time_s, &t) == OM_OK)
		con_printf("%04u-%02u-%02u %02u:%02u:%02u", t.year, t.month, t.day, t.hour,
			   t.minute, t.second);
	else
		con_printf("%-19s", "-");
	con_printf("  %7u  %8u  %-10s  ", c->n_records, c->text_bytes, state_word(e->state));
	con_text((struct span){ (const uint8_t *)c->headline, strlen(c->headline) });
	con_printf("\n");
}

static void list(struct talk *t)
{
	const struct archive *a = &t->archive;
	uint32_t n = 0;

	archive_list_start(&t->list, a);
	while (archive_list_next(&t->list, &t->entry)) {
		if (n++ == 0)
			con_printf(
				"entry   boot  verdict     time (UTC)           records     bytes  "
				"state       headline\n");
		list_entry(&t->entry);
	}
	con_printf("oopsmon: %u entries in the archive at 0x%llx, %u blocks of %u bytes\n", n,
		   (unsigned long long)archive_pa(t->desk->place), a->n_blocks, a->block_bytes);
}

/* @number 0: the newest. False: it was said that it is not there. */
static bool find(struct talk *t, uint32_t number)
{
	struct archive_entry *found = &t->entry;
	bool any = false;

	archive_list_start(&t->list, &t->archive);
	while (!(any && found->number == number) && archive_list_next(&t->list, found))
		any = true;
	if (any && (number == 0 || found->number == number))
		return true;
	con_printf(any ? "oopsmon: no entry %u\n" : "oopsmon: no entries\n", number);
	return false;
}

/* ---- send ---------------------------------------------------------------------------------- */

static bool give_entry(void *ctx, uint32_t number, struct ymodem_file *out)
{
	const struct talk *t = ctx;
	char name[REPORT_LINE_BYTES];
	struct line l = { name, 0 };

	line_put_number(&l, "oopsmon-entry-", t->entry.number);
	line_put(&l, ".bin");
	memset(out, 0, sizeof(*out));
	memcpy(out->name, name, l.len);
	out->bytes = t->entry.bytes;
	return number == 0;
}

static bool entry_bytes(void *ctx, uint32_t number, uint32_t off, uint8_t *to, uint32_t len)
{
	struct talk *t = ctx;

	(void)number;
	(void)off;
	(void)archive_reader_get(&t->reader, to, len);
	return true;
}

static bool give_archive(void *ctx, uint32_t number, struct ymodem_file *out)
{
	const struct archive_flash *f = ((const struct talk *)ctx)->archive.flash;

	*out = (struct ymodem_file){ .name = "oopsmon-archive.bin",
				     .bytes = f->block_bytes * f->n_blocks };
	return number == 0;
}

static bool archive_bytes(void *ctx, uint32_t number, uint32_t off, uint8_t *to, uint32_t len)
{
	const struct archive_flash *f = ((const struct talk *)ctx)->archive.flash;

	(void)number;
	return f->read(f->ctx, off, to, len) == OM_OK;
}

static void send(struct talk *t, bool one)
{
	t->tx = (struct ymodem_tx){ .ctx = t,
				    .file = one ? give_entry : give_archive,
				    .read = one ? entry_bytes : archive_bytes };
	if (one)
		archive_reader_start(&t->reader, &t->archive, &t->entry);
	transfer_files(&t->tx, 1, "the archive is as it was");
}

/* ---- erase --------------------------------------------------------------------------------- */

static void progress(void *ctx, uint32_t done, uint32_t of)
{
	(void)ctx;
	con_printf("\roopsmon: erasing, %u of %u blocks", done, of);
}

static void erase(struct talk *t)
{
	enum om_err err;

	if (!archive_may_change(t->desk->place, &t->archive, unchanged))
		return;
	wait_start(&t->wait, MINUTE_MS);
	con_printf("oopsmon: all entries will be gone for good; to do that, type: erase\n> ");
	if (!read_line(t) || strcmp(t->line, "erase") != 0) {
		con_printf("oopsmon: %s\n", unchanged);
		return;
	}
	err = archive_clear(&t->archive, progress, NULL);
	con_fresh_line();
	page_not_archived(t->desk->page);
	archive_open(&t->archive, t->archive.flash);
	if (err)
		notice(NOTICE_ARCHIVE_FAILED,
		       "erasing the archive at 0x%llx failed (%s): entries may still be there; if "
		       "it is not write-protected, it is worn out",
		       (unsigned long long)archive_pa(t->desk->place),
		       archive_failure(t->desk->place));
	else
		con_printf("oopsmon: the archive is empty\n");
}

/* ---- commands ------------------------------------------------------------------------------ */

/* What is after the letter; 0: nothing. False: no number. */
static bool number_of(const char *text, uint32_t *out)
{
	while (*text == ' ')
		text++;
	*out = 0;
	return !*text || line_number((struct span){ (const uint8_t *)text, strlen(text) }, out);
}

/* False: no such command. */
static bool obey(struct talk *t)
{
	uint32_t number;

	if (!number_of(t->line + 1, &number))
		return false;
	switch (t->line[0]) {
	case 'l':
		list(t);
		return true;
	case 's':
		if (find(t, number))
			archive_show(&t->archive, &t->entry, t->desk->memory->report, t->rest);
		return true;
	case 'y':
		if (number == 0 || find(t, number))
			send(t, number != 0);
		return true;
	case 'e':
		erase(t);
		return true;
	default:
		return false;
	}
}

static void help(void)
{
	con_printf("oopsmon: l list; s [N] show entry N, or the newest; y [N] send it, or all the "
		   "archive, by YMODEM; e erase all; q go on\n");
}

static void converse(struct talk *t)
{
	wait_start(&t->wait, LINE_MS);
	while (t->n_wrong < WRONG_MAX || t->for_ever) {
		con_printf("archive> ");
		if (!read_line(t)) {
			con_printf("\noopsmon: no command for %s: going on\n",
				   t->has_obeyed ? "a minute" : "5 s");
			return;
		}
		if (t->line[0] == 'q' && !t->line[1])
			return;
		if (t->line[0] && obey(t)) {
			t->n_wrong = 0;
			t->has_obeyed = true;
			wait_start(&t->wait, MINUTE_MS);
			continue;
		}
		help();
		if (!t->line[0]) /* the time goes on: empty lines may come without end, too */
			continue;
		t->n_wrong++;
		if (!t->has_obeyed)
			wait_start(&t->wait, LINE_MS);
	}
	con_printf("oopsmon: this is noise: going on\n");
}

static struct talk *talk_make(const struct archive_desk *desk, bool for_ever)
{
	const struct range scratch = desk->memory->scratch;
	struct talk *t = (struct talk *)(uintptr_t)scratch.base_pa;

	if (!map_or_say(scratch, ARCH_RAM, "memory for the archive"))
		return NULL;
	memset(t, 0, sizeof(*t));
	t->desk = desk;
	t->for_ever = for_ever;
	t->rest = (struct workspace){ (uint8_t *)(t + 1), (size_t)scratch.bytes - sizeof(*t) };
	return t;
}

void archive_console(const struct archive_desk *desk, bool for_ever)
{
	struct talk *t = talk_make(desk, for_ever);
	const struct archive *a;

	if (!t)
		return;
	a = &t->archive;
	if (!archive_place_is_there(desk->place)) {
		con_printf("oopsmon: there is no archive\n");
		return;
	}
	if (!archive_reach(desk->place, unused, &t->archive))
		return;
	archive_state_print(desk->place, a, a->state == ARCHIVE_OTHER ? unchanged : unused);
	if (a->state != ARCHIVE_BLANK && a->state != ARCHIVE_OURS && a->state != ARCHIVE_OTHER)
		return;
	list(t);
	help();
	converse(t);
}

void archive_console_on_request(const struct archive_desk *desk, bool asked)
{
	int key;

	/* keys that have come by now: nobody waits for one */
	for (uint32_t i = 0; i < FIFO_BYTES && (key = con_get()) >= 0; i++)
		asked |= key == KEY_ARCHIVE;
	if (asked)
		archive_console(desk, false);
}
