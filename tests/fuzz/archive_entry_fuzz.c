/* SPDX-License-Identifier: BSD-2-Clause */
/* The card of an archived crash: what is read is in bounds, and written again it reads the same. */
#include "core/archive/archive_entry.h"
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
