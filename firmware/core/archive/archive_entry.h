/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an entry of the archive holds: a card, which is lines of text that say whose crash it is,
 * then the chapters of its report (report.h), each a stream (pack.h).
 * Source: docs/archive-format.md, "Entry".
 */
#ifndef OM_CORE_ARCHIVE_ENTRY_H
#define OM_CORE_ARCHIVE_ENTRY_H

#include "core/report/report.h"

enum {
	ARCHIVE_CARD_BYTES = 1024,    /* at most */
	ARCHIVE_HEADLINE_BYTES = 160, /* with the NUL */
	ARCHIVE_STREAM_HEAD_BYTES = 8 /* before a chapter */
};

/* What a card says. */
struct archive_card {
	uint32_t id; /* report_head.id: the same crash archived twice has the same */
	uint32_t boot_count;
	bool warm;
	enum verdict verdict;
	char monitor[REPORT_NAME_BYTES], board[REPORT_NAME_BYTES];
	uint64_t region_pa, region_bytes;
	bool has_time;
	int64_t time_s; /* wall clock of the newest dmesg record, seconds since 1970 */
	uint32_t n_records;
	uint32_t text_bytes;		       /* of all records */
	struct report_beyond beyond;	       /* that are not among them */
	char headline[ARCHIVE_HEADLINE_BYTES]; /* "Kernel panic - not syncing: ..."; printable, may
						  be "" */
};

/**
 * archive_card_write - the card's lines, an empty one at the end
 * @out: ARCHIVE_CARD_BYTES
 *
 * Returns the length.
 */
size_t archive_card_write(const struct archive_card *card, char out[ARCHIVE_CARD_BYTES]);

/**
 * archive_card_read - the card at the beginning of an entry
 * @text: any bytes
 * @used: the card's length
 *
 * Unknown lines are passed over. Characters that no terminal should get are '?' in @card.
 * Returns OM_OK; OM_E_BAD_MAGIC: no card; OM_E_VARIANT: of a newer version; OM_E_TRUNCATED: it is
 * cut, @card has what is said before.
 */
enum om_err archive_card_read(struct span text, struct archive_card *card,
			      size_t *used) OM_MUST_CHECK;

/* What comes before a chapter's stream. */
struct archive_stream {
	uint32_t bytes; /* below 1 << 24 */
	uint32_t kind;	/* enum pack_kind, or one of a later version */
	uint32_t crc;	/* CRC-32 of the stream */
};

void archive_stream_write(const struct archive_stream *s, uint8_t out[ARCHIVE_STREAM_HEAD_BYTES]);
struct archive_stream archive_stream_read(const uint8_t in[ARCHIVE_STREAM_HEAD_BYTES]);

#endif
