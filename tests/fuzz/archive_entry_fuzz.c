/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The card of an archived crash: what is read is in bounds, and written again it reads the same;
 * and the chapters after it, or from the beginning where there is no card, with every byte certain
 * and with some that are not.
 */
#include "core/archive/archive_chapter.h"
#include "core/base/crc32.h"
#include "fuzz.h"

static void check_text(const char *text, size_t room)
{
	const char *end = memchr(text, 0, room);

	require(end != NULL, "an end");
	for (; text < end; text++)
		require(*text >= 0x20 && *text < 0x7f, "printable");
}

static void check_same(const struct archive_card *a, const struct archive_card *b)
{
	require(a->id == b->id && a->boot_count == b->boot_count && a->warm == b->warm &&
			a->verdict == b->verdict && a->region_pa == b->region_pa &&
			a->region_bytes == b->region_bytes && a->n_records == b->n_records &&
			a->text_bytes == b->text_bytes,
		"the same numbers");
	require(a->has_time == b->has_time && (!a->has_time || a->time_s == b->time_s),
		"the same time");
	require(strcmp(a->monitor, b->monitor) == 0 && strcmp(a->board, b->board) == 0 &&
			strcmp(a->headline, b->headline) == 0,
		"the same texts");
}

/* An entry of which one byte is not certain. */
struct source {
	struct span text;
	uint32_t uncertain;
};

static struct span get(void *ctx, uint32_t off, uint32_t len)
{
	const struct source *s = ctx;

	require(off <= s->text.len && len <= s->text.len - off, "within the entry");
	if (off <= s->uncertain && s->uncertain - off < len)
		len = s->uncertain - off;
	return (struct span){ s->text.p + off, len };
}

static void check_chapters(struct span text, uint32_t at, uint32_t uncertain)
{
	struct source s = { text, uncertain };
	const struct archive_bytes from = { (uint32_t)text.len, get, &s };
	struct archive_chapter c;
	uint32_t before = at;

	for (; archive_chapter_next(&from, &at, &c); before = at) {
		require(at >= before + ARCHIVE_STREAM_HEAD_BYTES && at <= text.len,
			"further on in the entry");
		require(c.cut ? at == text.len && !c.whole
			      : at == before + ARCHIVE_STREAM_HEAD_BYTES + c.head.bytes,
			"the next one after this one");
		require(c.whole == (c.stream.len == c.head.bytes), "whole if all of it is there");
		require(c.sound == (c.whole &&
				    crc32_update(0, c.stream.p, c.stream.len) == c.head.crc),
			"sound if its CRC says so");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span in = { data, size };
	const struct span text = make_copy(in);
	char *out = (char *)make_bytes(ARCHIVE_CARD_BYTES, 0x5a);
	struct archive_card card, again;
	size_t used = SIZE_MAX;
	const enum om_err err = archive_card_read(text, &card, &used);

	require(err == OM_OK || err == OM_E_BAD_MAGIC || err == OM_E_VARIANT ||
			err == OM_E_TRUNCATED,
		"an error that is documented");
	require(used <= text.len && used <= ARCHIVE_CARD_BYTES, "in bounds");
	check_text(card.monitor, sizeof(card.monitor));
	check_text(card.board, sizeof(card.board));
	check_text(card.headline, sizeof(card.headline));
	require((uint32_t)card.verdict < VERDICTS, "a verdict");
	check_chapters(text, err == OM_OK ? (uint32_t)used : 0, UINT32_MAX);
	check_chapters(text, err == OM_OK ? (uint32_t)used : 0, (uint32_t)text.len / 2);
	if (err == OM_OK) {
		const size_t n = archive_card_write(&card, out);

		require(n <= ARCHIVE_CARD_BYTES, "a card's length");
		require(archive_card_read((struct span){ (const uint8_t *)out, n }, &again,
					  &used) == OM_OK &&
				used == n,
			"a card that was written can be read");
		check_same(&card, &again);
	}
	free(out);
	drop_copy(text, in);
	return 0;
}
