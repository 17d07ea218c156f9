/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report while it comes together: what its chapters, in whatever order and number they come,
 * have brought of each record.
 */
#ifndef OM_TOOLS_INCOMING_H
#define OM_TOOLS_INCOMING_H

#include "listener.h"

enum {
	TEXT_BYTES_MAX = 16 << 20, /* of one report, and of one chapter */
	CHAPTERS_MAX = 256,
	STRETCHES_MAX = 256 /* pieces of a record that are kept apart */
};

/* In rising order, apart from each other. */
struct stretches {
	uint32_t n;
	struct stretch {
		uint32_t off, end;
	} at[STRETCHES_MAX];
};

struct chapter {
	bool seen, whole; /* its group came, to its stream's own end */
	uint32_t lines_seen, lines_restored, lines_lost, lines_expected;
};

/* What came of one record's text. */
struct part {
	struct record record; /* as the head has it */
	uint8_t *text;	      /* in the report's texts */
	struct stretches have, left;
	bool has_crc;
	uint32_t crc;
};

struct incoming {
	bool changed;	       /* since it was reported */
	bool ended;	       /* "end" was there */
	bool cut;	       /* its head was: there may be more records */
	uint32_t last_chapter; /* if it was */
	uint32_t dictionary;   /* of the stream that came last */
	uint64_t touched;
	struct report_head head;
	uint8_t *text; /* all records, one after the other */
	struct chapter chapters[CHAPTERS_MAX];
	/* of the report as it is reported, one for each part */
	struct record *records;
	uint64_t *lost_bytes, *left_bytes;
	struct part parts[]; /* head.n_records */
};

/* Memory for a new report; NULL: none, or it says to be larger than any can be. */
struct incoming *incoming_new(const struct report_head *head, const struct record *records);
void incoming_free(struct incoming *in); /* NULL is fine */

/* Is it the report with this head and these records? */
bool incoming_is_of(const struct incoming *in, const struct report_head *head,
		    const struct record *records);

/* Takes what @item of the chapter @chapter brings. */
void incoming_adopt(struct incoming *in, const struct report_item *item, uint32_t chapter);

/* Did every chapter come to its end? */
bool incoming_is_complete(const struct incoming *in);

/*
 * Fills in r->records, the bytes that are missing and the lines that came; r->complete and
 * r->cut_by_monitor become what follows from them. Each record's text is the caller's to free.
 */
void incoming_put_together(const struct incoming *in, struct report *r);

#endif
