/* SPDX-License-Identifier: BSD-2-Clause */
#include "chapters.h"

#include "core/base/crc32.h"

#include <string.h>

enum {
	PIECES_MAX = 2 * REPORT_RECORDS_MAX,
	/* Lines around a piece: its own, a newline, the CRC's or one that says it is left out. */
	ITEM_BYTES = 96,
	PIECE_MIN = 256, /* fewer bytes of a text are not worth a line of their own */
	LEFT_BYTES = 40, /* of a line that names what is left out */
	END_BYTES = 4,
	CUT_TRIES = 8, /* to find how much text fits a room */
	STREAM_ROOM = PACK_STREAM_MAX + CHAPTER_ZEROS,
	NO_RECORD = REPORT_RECORDS_MAX
};

/* How far the report is. */
struct progress {
	uint32_t at;   /* pieces before this one are written */
	uint32_t done; /* and so many bytes of this one */
};

struct kept {
	struct span stream;
	uint32_t text_bytes;
	struct progress end;
	bool last;
};

struct chapters {
	struct report_job job;
	struct report_head head; /* of the chapter that is made */
	uint32_t n_pieces;
	struct report_piece pieces[PIECES_MAX];
	uint32_t gone[PIECES_MAX]; /* bytes of each piece whose record could not be read again */
	uint32_t cut[PIECES_MAX];  /* bytes left out by chapters_cut() */
	uint32_t reading;	   /* the record in @now, NO_RECORD: none */
	struct record now;

	uint32_t n_kept;
	struct kept kept[CHAPTERS_KEPT_MAX];
	uint32_t next;	       /* the last chapter that was made has the number before this one, */
	struct progress began; /* began here, */
	struct kept made;      /* and is this one */

	struct workspace state; /* of pack_text() */
	uint8_t *text;		/* PACK_TEXT_MAX: a chapter as it is made */
	size_t len, limit;
	uint8_t *out; /* where the next stream goes: STREAM_ROOM at least */
	uint8_t *end; /* of the memory */
	char line[REPORT_LINE_BYTES];
};

_Static_assert(sizeof(struct chapters) + 16 + PACK_STATE_BYTES + PACK_TEXT_MAX + STREAM_ROOM <=
		       CHAPTERS_BYTES_MIN,
	       "the least workspace holds it all, and one chapter");

struct chapters *chapters_start(const struct report_job *job)
{
	struct chapters *c = (struct chapters *)(void *)job->memory.p;
	uint8_t *p = job->memory.p + ((sizeof(*c) + 15) & ~(size_t)15);

	if (job->memory.cap < CHAPTERS_BYTES_MIN || job->head.n_records > REPORT_RECORDS_MAX)
		return NULL;
	memset(c, 0, sizeof(*c));
	c->job = *job;
	c->head = job->head;
	c->reading = NO_RECORD;
	c->n_pieces = report_pieces(job->records, job->head.n_records, c->pieces);
	c->state = (struct workspace){ p, PACK_STATE_BYTES };
	pack_open(c->state);
	c->text = p + PACK_STATE_BYTES;
	c->out = c->text + PACK_TEXT_MAX;
	c->end = job->memory.p + job->memory.cap;
	return c;
}

const struct report_job *chapters_job(const struct chapters *c)
{
	return &c->job;
}

struct workspace chapters_scratch(struct chapters *c)
{
	return (struct workspace){ c->state.p + PACK_KEPT_BYTES, c->state.cap - PACK_KEPT_BYTES };
}

uint32_t chapters_text_bytes(const struct chapters *c)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < c->job.head.n_records; i++)
		sum += (uint32_t)c->job.records[i]->text.len;
	return sum;
}

uint32_t chapters_left(const struct chapters *c, uint32_t record)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < c->n_pieces; i++)
		if (c->pieces[i].record == record)
			sum += c->cut[i] ? c->cut[i] : c->gone[i];
	return sum;
}

static bool is_cut(const struct chapters *c)
{
	for (uint32_t i = 0; i < c->n_pieces; i++)
		if (c->cut[i])
			return true;
	return false;
}

static void forget_cut(struct chapters *c)
{
	memset(c->cut, 0, sizeof(c->cut));
}

void chapters_rewind(struct chapters *c)
{
	forget_cut(c);
	c->reading = NO_RECORD;
}

/* ---- the text of a chapter ---------------------------------------------------------------- */

static void put(struct chapters *c, const void *bytes, size_t len)
{
	memcpy(c->text + c->len, bytes, len);
	c->len += len;
}

static bool put_head(struct chapters *c)
{
	size_t len;

	c->len = 0;
	for (uint32_t i = 0; (len = report_head_line(&c->head, c->job.records, i, c->line)); i++) {
		if (len > c->limit - c->len)
			return false;
		put(c, c->line, len);
	}
	return true;
}

/* The text of a piece's record, NULL: it cannot be read any more. */
static const struct record *text_of(struct chapters *c, const struct report_piece *p)
{
	const struct report_job *job = &c->job;

	if (c->reading != p->record) {
		c->reading = NO_RECORD;
		if (store_again(job->store, job->numbers[p->record], job->records[p->record],
				job->work, &c->now))
			return NULL;
		c->reading = p->record;
	}
	return &c->now;
}

/* True if piece @at is the last of its record, of which all is there. */
static bool completes_record(const struct chapters *c, uint32_t at)
{
	for (uint32_t i = 0; i < c->n_pieces; i++)
		if ((i > at || c->gone[i]) && c->pieces[i].record == c->pieces[at].record)
			return false;
	return true;
}

/* A line that says that the rest of the piece at @p is left out. */
static void put_left(struct chapters *c, struct progress p)
{
	const struct report_piece *piece = &c->pieces[p.at];

	put(c, c->line,
	    report_left_line(piece->record, piece->off + p.done, piece->bytes - p.done, c->line));
}

/* As much of the piece at @p as has room; the CRC of its record after all of it. False: not all. */
static bool put_piece(struct chapters *c, struct progress *p)
{
	const struct report_piece *piece = &c->pieces[p->at];
	const uint32_t rest = piece->bytes - p->done;
	const size_t all = c->limit - c->len;
	const size_t room = all > ITEM_BYTES ? all - ITEM_BYTES : 0;
	const uint32_t n = room > rest ? rest : (uint32_t)room;
	const struct record *r;

	if (n < rest && n < PIECE_MIN)
		return false;
	r = text_of(c, piece);
	if (!r) {
		put_left(c, *p);
		c->gone[p->at] = rest;
		return true;
	}
	if (n > 0) {
		const uint32_t off = piece->off + p->done;

		put(c, c->line, report_piece_line(piece->record, off, n, c->line));
		put(c, r->text.p + off, n);
		put(c, "\n", 1);
		p->done += n;
	}
	if (n < rest)
		return false;
	if (completes_record(c, p->at))
		put(c, c->line,
		    report_crc_line(piece->record, crc32_update(0, r->text.p, r->text.len),
				    c->line));
	return true;
}

/* Reading a record is the step that may take long. */
static bool has_time(const struct chapters *c, struct progress p, const struct deadline *until)
{
	return c->reading == c->pieces[p.at].record || !deadline_is_over(until);
}

/* Pieces from @p on until the chapter is full. True: there are no more. */
static bool put_pieces(struct chapters *c, struct progress *p, const struct deadline *until)
{
	for (; p->at < c->n_pieces; p->at++, p->done = 0)
		if (!has_time(c, *p, until) || !put_piece(c, p))
			return false;
	return true;
}

static bool put_end(struct chapters *c)
{
	if (c->limit - c->len < END_BYTES)
		return false;
	put(c, c->line, report_end_line(c->line));
	return true;
}

/* To a stream of at most PACK_STREAM_MAX bytes at c->out; 0: it does not fit. */
static size_t pack(struct chapters *c)
{
	const size_t len =
		pack_text((struct span){ c->text, c->len }, c->state, c->out, PACK_STREAM_MAX);

	memset(c->out + len, 0, CHAPTER_ZEROS);
	return len;
}

/* ---- chapters in their order -------------------------------------------------------------- */

/*
 * Packs a chapter of @room bytes, at least half of them after its head. Returns the stream's
 * length, 0: the stream has no room for it.
 */
static size_t make_with(struct chapters *c, struct progress *p, size_t room,
			const struct deadline *until, bool *last)
{
	c->limit = PACK_TEXT_MAX;
	if (!put_head(c))
		return 0;
	/* with a short head what fits a stream in any case */
	if (c->len < room / 2)
		c->limit = room;
	else if (room / 2 < c->limit - c->len)
		c->limit = c->len + room / 2;
	*last = put_pieces(c, p, until) && put_end(c);
	return pack(c);
}

/* Chapter @n, which begins at @began, at c->out. */
static bool make(struct chapters *c, uint32_t n, struct progress began,
		 const struct deadline *until, struct kept *out)
{
	struct progress p = began;
	size_t len = 0;

	if (deadline_is_over(until))
		return false;
	c->head.chapter = n;
	/* less only if there are many records, and their texts get no smaller */
	for (size_t room = PACK_PLAIN_MAX; len == 0 && room > PIECE_MIN; room /= 2) {
		p = began;
		len = make_with(c, &p, room, until, &out->last);
	}
	/* no time for any text, or heads so long that nothing fits after them */
	if (len == 0 || (!out->last && p.at == began.at && p.done == began.done))
		return false;
	out->stream = (struct span){ c->out, len };
	out->text_bytes = (uint32_t)c->len;
	out->end = p;
	return true;
}

/* Kept if another one has room after it. */
static void keep(struct chapters *c, uint32_t n, const struct kept *k)
{
	if (n != c->n_kept || c->n_kept == CHAPTERS_KEPT_MAX ||
	    (size_t)(c->end - c->out) < k->stream.len + CHAPTER_ZEROS + STREAM_ROOM)
		return;
	c->kept[c->n_kept++] = *k;
	c->out += k->stream.len + CHAPTER_ZEROS;
}

/* Where chapter @n begins, 0 being asked for first. */
static struct progress begin_of(const struct chapters *c, uint32_t n)
{
	if (n == 0)
		return (struct progress){ 0 };
	if (n <= c->n_kept)
		return c->kept[n - 1].end;
	return n == c->next ? c->made.end : c->began;
}

bool chapters_get(struct chapters *c, uint32_t n, const struct deadline *until, struct chapter *out)
{
	struct kept k;

	if (n > 0 && n <= c->n_kept && c->kept[n - 1].last)
		return false;
	if (n < c->n_kept) {
		k = c->kept[n];
	} else {
		const struct progress began = begin_of(c, n);

		if (!make(c, n, began, until, &k))
			return false;
		keep(c, n, &k);
		c->next = n + 1;
		c->began = began;
		c->made = k;
	}
	*out = (struct chapter){ k.stream, k.last };
	return true;
}

/* ---- a chapter that is the last for want of room or time ---------------------------------- */

/* Everything from @p on is left out: named in the chapter if there is @room for that. */
static void leave(struct chapters *c, struct progress p, bool named)
{
	for (; p.at < c->n_pieces; p.at++, p.done = 0) {
		if (named)
			put_left(c, p);
		c->cut[p.at] = c->pieces[p.at].bytes - p.done;
	}
}

/* What the chapter's end takes: the lines that name what is left out. */
static size_t closing_bytes(const struct chapters *c, struct progress p)
{
	return END_BYTES + (size_t)LEFT_BYTES * (c->n_pieces - p.at);
}

/*
 * With about @text bytes of text beside head and end, and the rest named as left out. Returns the
 * stream's length, 0: too long for any stream.
 */
static size_t try_cut(struct chapters *c, struct progress p, size_t text,
		      const struct deadline *until)
{
	const size_t closing = closing_bytes(c, p);
	const size_t most = PACK_TEXT_MAX - closing;

	forget_cut(c);
	c->limit = most;
	if (closing > PACK_TEXT_MAX / 2 || !put_head(c))
		return 0;
	c->limit = text < most - c->len ? c->len + text : most;
	(void)put_pieces(c, &p, until);
	c->limit = PACK_TEXT_MAX;
	leave(c, p, true);
	(void)put_end(c);
	return pack(c);
}

/* The search for the most text that fits: @low bytes do, @high do not, or are not tried yet. */
struct cutting {
	size_t low, high;
	size_t low_len, high_len; /* of their streams, 0: unknown */
};

/*
 * The next text to try, within the search. Its stream is a little shorter than @cap if texts pack
 * evenly; the first bytes usually take more, so that after a text that was too long half the
 * interval is the most.
 */
static size_t next_text(const struct cutting *s, size_t cap, bool was_long)
{
	const uint64_t target = cap - cap / 32;
	const size_t room = s->high - s->low;
	size_t more = room - room / 8;

	if (s->high_len > s->low_len && target > s->low_len)
		more = (size_t)(room * (target - s->low_len) / (s->high_len - s->low_len));
	else if (s->low_len && s->low * target / s->low_len - s->low < more)
		more = (size_t)(s->low * target / s->low_len) - s->low;
	if (was_long && more > room / 2)
		more = room / 2;
	return s->low + (more > room / 8 ? more : room / 8);
}

/* Takes in what @text bytes gave; true: hardly any more would fit. */
static bool note_try(struct cutting *s, size_t text, size_t len, size_t cap)
{
	if (len == 0 || len > cap) {
		s->high = text;
		s->high_len = len;
		return false;
	}
	s->low = text;
	s->low_len = len;
	return len >= cap - cap / 16;
}

bool chapters_cut(struct chapters *c, uint32_t n, size_t cap, const struct deadline *until,
		  struct chapter *out)
{
	const struct progress p = begin_of(c, n);
	/* the chapter that had no room */
	const struct kept *k = n < c->n_kept ? &c->kept[n] : &c->made;
	const bool is_made = n < c->n_kept || n + 1 == c->next;
	struct cutting s = { .high = PACK_TEXT_MAX };
	uint64_t text = is_made ? (uint64_t)k->text_bytes * cap / k->stream.len : cap;
	bool near = cap == 0;
	size_t len = 0;

	c->head.chapter = n;
	if (text > PACK_TEXT_MAX)
		text = PACK_TEXT_MAX;
	for (uint32_t i = 0; i < CUT_TRIES && !near && (i == 0 || !deadline_is_over(until)); i++) {
		len = try_cut(c, p, (size_t)text, until);
		near = note_try(&s, (size_t)text, len, cap) || (s.low_len && !is_cut(c));
		text = near ? text : next_text(&s, cap, len == 0 || len > cap);
	}
	/* the best of all tries, or at least the names of what is left out */
	if (!near && cap > 0)
		len = try_cut(c, p, s.low, until);
	if (len == 0 || len > cap) {
		forget_cut(c);
		leave(c, p, false);
		return false;
	}
	*out = (struct chapter){ { c->out, len }, true };
	return true;
}
