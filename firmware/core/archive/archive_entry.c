/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive_entry.h"

#include "core/report/report_lines.h"

#include <string.h>

enum { ENTRY_VERSION = 1 };

static const char first_words[] = "oopsmon entry ";

_Static_assert((int)ARCHIVE_CARD_BYTES == (int)REPORT_LINE_BYTES, "a card grows as a line does");

static bool is_printable(uint8_t c)
{
	return c >= 0x20 && c < 0x7f;
}

/* ---- writing ------------------------------------------------------------------------------ */

static void put_time(struct line *l, int64_t s)
{
	const uint64_t v = (uint64_t)s;

	line_put(l, s < 0 ? "time -" : "time ");
	line_put_digits(l, s < 0 ? 0 - v : v, 10, 1);
	line_end(l);
}

static void put_headline(struct line *l, const char headline[ARCHIVE_HEADLINE_BYTES])
{
	line_put(l, "headline ");
	for (uint32_t i = 0; i < ARCHIVE_HEADLINE_BYTES - 1 && headline[i]; i++)
		line_put_char(l, is_printable((uint8_t)headline[i]) ? headline[i] : '?');
	line_end(l);
}

size_t archive_card_write(const struct archive_card *card, char out[ARCHIVE_CARD_BYTES])
{
	static const uint8_t facts[] = { HEAD_ID,      HEAD_BOOT,  HEAD_VERDICT,
					 HEAD_MONITOR, HEAD_BOARD, HEAD_REGION };
	struct report_head head = {
		.id = card->id,
		.boot_count = card->boot_count,
		.warm = card->warm,
		.verdict = card->verdict,
		.geom.base_pa = card->region_pa,
		.geom.region_bytes = (uint32_t)card->region_bytes,
		.beyond = card->beyond,
	};
	struct line l = { out, 0 };

	memcpy(head.monitor, card->monitor, REPORT_NAME_BYTES - 1);
	memcpy(head.board, card->board, REPORT_NAME_BYTES - 1);
	line_put_number(&l, first_words, ENTRY_VERSION);
	line_end(&l);
	for (uint32_t i = 0; i < sizeof(facts); i++) {
		report_put_fact(&l, &head, (enum head_line)facts[i]);
		line_end(&l);
	}
	if (card->has_time)
		put_time(&l, card->time_s);
	line_put_number(&l, "records ", card->n_records);
	line_put_number(&l, " ", card->text_bytes);
	line_end(&l);
	if (card->beyond.n) {
		report_put_fact(&l, &head, HEAD_BEYOND);
		line_end(&l);
	}
	if (card->headline[0])
		put_headline(&l, card->headline);
	return line_end(&l);
}

/* ---- reading ------------------------------------------------------------------------------ */

static bool read_time(struct span word, struct archive_card *card)
{
	const bool before = line_take(&word, "-");
	uint64_t v;

	if (!line_digits(word, 10, INT64_MAX, &v))
		return false;
	card->has_time = true;
	card->time_s = before ? -(int64_t)v : (int64_t)v;
	return true;
}

static void read_headline(struct span text, struct archive_card *card)
{
	const size_t n = text.len < ARCHIVE_HEADLINE_BYTES - 1 ? text.len
							       : ARCHIVE_HEADLINE_BYTES - 1;

	for (size_t i = 0; i < n; i++)
		card->headline[i] = is_printable(text.p[i]) ? (char)text.p[i] : '?';
	card->headline[n] = '\0';
}

/* A damaged line is passed over like an unknown one: the entry's checks show the damage. */
static void read_line(struct span line, struct archive_card *card, struct report_head *head)
{
	struct report_head next = *head;

	if (line_take(&line, "time ")) {
		if (!read_time(line_word(&line), card))
			card->has_time = false;
	} else if (line_take(&line, "records ")) {
		uint32_t n, bytes;

		if (!line_number(line_word(&line), &n) || !line_number(line_word(&line), &bytes))
			return;
		card->n_records = n;
		card->text_bytes = bytes;
	} else if (line_take(&line, "headline ")) {
		read_headline(line, card);
	} else if (report_read_fact(line, &next)) {
		*head = next;
	}
}

static void adopt(const struct report_head *head, struct archive_card *card)
{
	card->id = head->id;
	card->boot_count = head->boot_count;
	card->warm = head->warm;
	card->verdict = head->verdict;
	card->region_pa = head->geom.base_pa;
	card->region_bytes = head->geom.region_bytes;
	card->beyond = head->beyond;
	memcpy(card->monitor, head->monitor, sizeof(card->monitor));
	memcpy(card->board, head->board, sizeof(card->board));
}

/* The first line: OM_OK, @used is its length. */
static enum om_err read_version(struct span text, size_t *used)
{
	const struct span words = span_sub(text, 0, sizeof(first_words) - 1);
	struct span line;
	uint32_t version;

	if (memcmp(words.len ? words.p : (const uint8_t *)"", first_words, words.len) != 0)
		return OM_E_BAD_MAGIC;
	if (!line_cut(text, &line))
		return text.len < ARCHIVE_CARD_BYTES ? OM_E_TRUNCATED : OM_E_BAD_MAGIC;
	*used = line.len + 1;
	if (!line_take(&line, first_words) || !line_number(line_word(&line), &version))
		return OM_E_BAD_MAGIC;
	return version == ENTRY_VERSION ? OM_OK : OM_E_VARIANT;
}

enum om_err archive_card_read(struct span text, struct archive_card *card, size_t *used)
{
	struct report_head head = { 0 };
	enum om_err err;

	text = span_sub(text, 0, ARCHIVE_CARD_BYTES);
	*card = (struct archive_card){ 0 };
	*used = 0;
	err = read_version(text, used);
	if (err != OM_OK)
		return err;
	for (;;) { /* every turn takes a byte of the text at least */
		struct span line;

		if (!line_cut(span_sub(text, *used, text.len), &line))
			break;
		*used += line.len + 1;
		if (line.len == 0) {
			adopt(&head, card);
			return OM_OK;
		}
		read_line(line, card, &head);
	}
	adopt(&head, card);
	return OM_E_TRUNCATED;
}

/* ---- before a stream ---------------------------------------------------------------------- */

enum { KIND_SHIFT = 24 };

void archive_stream_write(const struct archive_stream *s, uint8_t out[ARCHIVE_STREAM_HEAD_BYTES])
{
	le32_store(out, s->bytes | s->kind << KIND_SHIFT);
	le32_store(out + 4, s->crc);
}

struct archive_stream archive_stream_read(const uint8_t in[ARCHIVE_STREAM_HEAD_BYTES])
{
	const uint32_t first = le32_load(in);

	return (struct archive_stream){ first & ((1u << KIND_SHIFT) - 1), first >> KIND_SHIFT,
					le32_load(in + 4) };
}
