/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive_entries.h"
#include "entry_body.h"

#include "core/archive/archive_chapter.h"
#include "core/archive/archive_send.h"
#include "core/report/dictionary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ENTRY_BYTES_MAX = 8 << 20, /* packed: twice what a report may have as text */
	WHAT_BYTES = 96
};

const char *entry_state_name(enum entry_state state)
{
	static const char *const names[] = {
		[ENTRY_COMPLETE] = "complete",
		[ENTRY_CORRECTED] = "corrected",
		[ENTRY_INCOMPLETE] = "incomplete",
		[ENTRY_DAMAGED] = "damaged",
	};

	return names[state];
}

const char *entry_packing_trouble(const struct entry *e)
{
	if (e->n_model)
		return PACK_MODEL_TEXT;
	return e->n_unknown ? "packed in a way of a newer version: get a newer oopsmon" : NULL;
}

void entry_print_trouble(FILE *f, const struct entry *e)
{
	const char *why = entry_packing_trouble(e);

	if (why)
		fprintf(f, ": %s\n", why);
	else
		fprintf(f, " (%s): nothing of it can be decoded\n", entry_state_name(e->state));
}

struct entry_name entry_name(uint32_t number)
{
	struct entry_name out = { "entry" };

	if (number)
		snprintf(out.text, sizeof(out.text), "entry %" PRIu32, number);
	return out;
}

static enum om_err read_flash(void *ctx, uint32_t off, uint8_t *to, uint32_t len)
{
	const struct entries *e = ctx;

	return archive_file_read(e->file, e->place.off + off, to, len) ? OM_OK : OM_E_CORRUPT;
}

/* ---- the bytes of one entry --------------------------------------------------------------- */

struct loading {
	struct entries *e;
	struct archive_walk walk;
	struct archive_chunk next;  /* not taken yet */
	struct archive_walk before; /* it */
	bool has_next;
	bool recycled; /* the ring's oldest blocks may have been erased for newer ones */
	struct entry_body body;
	entry_wrong wrong;
	void *arg;
	bool no_memory;
};

static void advance(struct loading *l)
{
	l->before = l->walk;
	l->has_next = archive_walk_next(&l->walk, &l->next);
}

static void say(struct loading *l, uint32_t number, int64_t at, const char *what)
{
	if (l->wrong)
		l->wrong(l->arg, number, at, what);
}

static int64_t place_of(const struct entries *e, const struct archive_chunk *c)
{
	return e->place.off + (int64_t)((uint64_t)c->block * e->archive.block_bytes) + c->at;
}

/* What one chunk brings; what an entry only claims to have is not made up. */
static void put_chunk(struct loading *l, const struct archive_chunk *c, const uint8_t *payload,
		      bool sound)
{
	struct entry_body *b = &l->body;

	if (c->off > ENTRY_BYTES_MAX || c->bytes > ENTRY_BYTES_MAX - c->off) {
		b->stray++;
		return;
	}

	const uint32_t end = c->off + c->bytes;

	b->there += c->bytes;
	b->len = end > b->len ? end : b->len;
	if (sound && !body_put(b, c->off, payload, c->bytes))
		l->no_memory = true;
	if (c->last && sound) {
		b->ended = true;
		b->end = end;
	}
}

static void take_chunk(struct loading *l, struct entry *entry)
{
	uint8_t payload[ARCHIVE_PAYLOAD_MAX];
	const struct archive_chunk *c = &l->next;
	char what[WHAT_BYTES];
	const enum archive_check check = archive_payload(&l->e->archive, c, payload);

	entry->n_corrected += check == ARCHIVE_CORRECTED;
	entry->n_damaged += check == ARCHIVE_DAMAGED;
	if (check != ARCHIVE_SOUND) {
		snprintf(what, sizeof(what),
			 check == ARCHIVE_CORRECTED ? "chunk %" PRIu32
						      ": one bit had flipped, put right"
						    : "chunk %" PRIu32 ": its CRC is wrong",
			 c->number);
		say(l, c->entry, place_of(l->e, c), what);
	}
	put_chunk(l, c, payload, check != ARCHIVE_DAMAGED);
}

/* The chunks of the next entry, which there is. */
static void load(struct loading *l, struct entry *entry)
{
	*entry = (struct entry){ .number = l->next.entry, .from = l->before };
	body_clear(&l->body);
	do {
		take_chunk(l, entry);
		advance(l);
	} while (l->has_next && l->next.entry == entry->number && !l->no_memory);
	l->no_memory |= !body_settle(&l->body);
	entry->bytes = l->body.there < l->body.len ? (uint32_t)l->body.there : l->body.len;
}

static struct span body_bytes(void *ctx, uint32_t off, uint32_t len)
{
	return body_from(ctx, off, len);
}

static struct archive_bytes bytes_of(const struct entry_body *b)
{
	return (struct archive_bytes){ b->len, body_bytes, (void *)(uintptr_t)b };
}

/* An entry that is a file of its own ends with a chapter: only their lengths say so. */
static bool ends_with_chapter(const struct entry_body *b, uint32_t at)
{
	const struct archive_bytes from = bytes_of(b);
	struct archive_chapter c;

	while (at < b->len)
		if (!archive_chapter_next(&from, &at, &c) || c.cut)
			return false;
	return true;
}

/* The bytes of the file as the entry's; all or none of them are certain. */
static void load_bare(struct loading *l, struct entry *entry)
{
	struct archive_file *f = l->e->file;
	struct archive_card card;
	struct entry_body *b = &l->body;
	uint8_t *bytes = f->bytes <= ENTRY_BYTES_MAX ? malloc((size_t)f->bytes + 1) : NULL;
	size_t used;

	*entry = (struct entry){ .number = l->e->bare_number };
	body_clear(b);
	if (!bytes) {
		l->no_memory = true;
		return;
	}
	b->len = (uint32_t)f->bytes;
	b->there = b->len;
	if (archive_file_read(f, 0, bytes, b->len))
		l->no_memory |= !body_put(b, 0, bytes, b->len);
	free(bytes);

	const struct span all = body_from(b, 0, b->len);

	b->ended = all.len == b->len && archive_card_read(all, &card, &used) == OM_OK &&
		   ends_with_chapter(b, (uint32_t)used);
	b->end = b->ended ? b->len : 0;
	entry->bytes = b->len;
}

/* ---- what they say ------------------------------------------------------------------------ */

typedef bool (*chapter_take)(void *arg, struct span stream);

/* Counts a chapter by its packing. One of 0.1 is known by its beginning, though its end be gone. */
static void note_packing(struct entry *entry, uint32_t kind, struct span stream, bool sound)
{
	const uint32_t asked = kind == PACK_ZLIB ? pack_dictionary(stream) : 0;

	if (kind == PACK_MODEL)
		entry->n_model += sound || pack_is_model(stream);
	else if (sound && asked != DICTIONARY_ID)
		entry->n_unknown++;
	if (entry->dictionary == 0)
		entry->dictionary = asked;
}

/*
 * One chapter's bytes after its head; false: the next one's place is not known. Given on is what
 * is certain: all, or the part before the first byte that is not.
 */
static bool read_chapter(struct loading *l, struct entry *entry, uint32_t *at, bool *sound,
			 chapter_take take, void *arg)
{
	const struct archive_bytes from = bytes_of(&l->body);
	struct archive_chapter c;
	char what[WHAT_BYTES];
	const uint32_t stream_at = *at + ARCHIVE_STREAM_HEAD_BYTES;

	if (!archive_chapter_next(&from, at, &c))
		return false;
	*sound = c.sound;
	entry->chapters += c.sound;
	note_packing(entry, c.head.kind, c.stream, c.sound);
	if (c.whole && !c.sound) {
		snprintf(what, sizeof(what), "chapter at byte %" PRIu32 ": its CRC is wrong",
			 stream_at);
		say(l, entry->number, -1, what);
	} else if (take && c.head.kind == PACK_ZLIB && c.stream.len > 0 && !take(arg, c.stream)) {
		*sound = false;
	}
	return !c.cut;
}

static enum entry_state judge(const struct entry_body *b, const struct entry *entry, bool whole)
{
	if (b->ended && whole && entry->has_card)
		return entry->n_corrected || entry->n_damaged ? ENTRY_CORRECTED : ENTRY_COMPLETE;
	if (b->ended || body_has_gap(b) || b->stray)
		return ENTRY_DAMAGED;
	return ENTRY_INCOMPLETE;
}

/* The card and the chapters of what load() got. */
static void parse(struct loading *l, struct entry *entry, chapter_take take, void *arg)
{
	const struct entry_body *b = &l->body;
	const struct span text = body_from(b, 0, ARCHIVE_CARD_BYTES);
	bool whole = true;
	bool sound;
	size_t used;

	entry->has_card = archive_card_read(text, &entry->card, &used) == OM_OK;
	if (!entry->has_card && used == 0)
		used = b->len; /* nothing says where the chapters begin */

	uint32_t at = (uint32_t)used;

	while (entry->has_card && at < b->len) {
		const bool more = read_chapter(l, entry, &at, &sound, take, arg);

		whole = whole && more && sound;
		if (!more)
			break;
	}
	entry->state = judge(b, entry, whole && at == b->end && b->end == b->len);
}

/* ---- all of them -------------------------------------------------------------------------- */

/* Names what is wrong with an entry as a whole. */
static void say_state(struct loading *l, const struct entry *entry)
{
	if (entry->state == ENTRY_INCOMPLETE)
		say(l, entry->number, -1,
		    !l->e->bare	     ? "incomplete: it was not written to its end"
		    : entry->n_model ? "only oopsmon 0.1 can say whether its end is in the file"
				     : "incomplete: its end is not in the file");
	else if (entry->state == ENTRY_DAMAGED && !entry->has_card)
		say(l, entry->number, -1, "damaged: its beginning is gone");
	else if (entry->state == ENTRY_DAMAGED)
		say(l, entry->number, -1, "damaged: bytes of it are wrong or gone");
}

static bool keep(struct entries *e, const struct entry *entry)
{
	struct entry *more;

	if (e->n == ENTRIES_MAX) {
		e->n_left_out++;
		return true;
	}
	if ((e->n & (e->n - 1)) == 0) {
		more = realloc(e->at, (e->n ? 2 * (size_t)e->n : 1) * sizeof(*more));
		if (!more)
			return false;
		e->at = more;
	}
	e->at[e->n] = *entry;
	e->at[e->n].next_copy = e->n;
	e->n++;
	return true;
}

/* By crash, then the best copy first, then the newest. */
static int by_crash(const void *a, const void *b)
{
	const struct entry *x = *(const struct entry *const *)a;
	const struct entry *y = *(const struct entry *const *)b;

	if (x->card.id != y->card.id)
		return x->card.id < y->card.id ? -1 : 1;
	if (x->state != y->state)
		return x->state < y->state ? -1 : 1;
	return (x->number < y->number) - (x->number > y->number);
}

static bool find_copies(struct entries *e)
{
	const struct entry **order = malloc((e->n + 1) * sizeof(struct entry *));
	uint32_t n = 0;

	if (!order)
		return false;
	for (uint32_t i = 0; i < e->n; i++)
		if (e->at[i].has_card)
			order[n++] = &e->at[i];
	qsort(order, n, sizeof(struct entry *), by_crash);
	for (uint32_t i = 1, best = 0; i < n; i++) {
		if (order[i]->card.id == order[best]->card.id) {
			struct entry *copy = &e->at[order[i] - e->at];
			struct entry *before = &e->at[order[i - 1] - e->at];

			copy->shown_as = order[best]->number;
			copy->next_copy = before->next_copy;
			before->next_copy = (uint32_t)(copy - e->at);
		} else {
			best = i;
		}
	}
	free(order);
	return true;
}

/* Entries are numbered without gaps: those between @before, 0: none, and @number are gone. */
static void note_gone(struct loading *l, uint32_t before, uint32_t number)
{
	char what[WHAT_BYTES];

	/* what is older than the oldest block was recycled */
	if (before == 0 && l->recycled)
		return;
	if (number <= before || number - before == 1)
		return;
	l->e->n_gone += number - before - 1;
	snprintf(what, sizeof(what), "gone, and all after it up to entry %" PRIu32, number);
	say(l, before + 1, -1, what);
}

static bool list(struct loading *l)
{
	struct entries *e = l->e;
	uint32_t before = 0;

	archive_walk_start(&l->walk, &e->archive);
	advance(l);
	/* every block's turn counts, also of one that was passed over */
	l->recycled = e->archive.sequence >= e->archive.n_blocks;
	for (bool first = true; l->has_next; first = false) {
		const bool beheaded = l->recycled && first && l->next.off > 0;
		struct entry entry;

		load(l, &entry);
		note_gone(l, before, entry.number);
		before = entry.number;
		if (beheaded) /* the oldest block is recycled, whatever ends in the next one */
			continue;
		parse(l, &entry, NULL, NULL);
		say_state(l, &entry);
		if (l->no_memory || !keep(e, &entry))
			return false;
	}
	return find_copies(e);
}

struct place_name place_name(const struct archive_place *place)
{
	const bool before = place->off < 0;
	struct place_name out;

	snprintf(out.text, sizeof(out.text), "%s0x%" PRIx64, before ? "-" : "",
		 before ? 0 - (uint64_t)place->off : (uint64_t)place->off);
	return out;
}

static bool refuse(const struct entries *e, const char *why)
{
	fprintf(stderr, "%s: %s: ", e->file->program, e->file->name);
	if (!e->bare)
		fprintf(stderr, "archive at %s: ", place_name(&e->place).text);
	fprintf(stderr, "%s\n", why);
	return false;
}

/* ---- reports ------------------------------------------------------------------------------ */

struct one_report {
	struct listener *listener;
	uint32_t id;
	bool given;
	void (*report)(void *arg, const struct report *report);
	void *arg;
};

/* Chapters of another crash have no business in this entry. */
static void give_report(void *arg, const struct report *r)
{
	struct one_report *t = arg;

	if (t->given || r->headless || r->head.id != t->id)
		return;
	t->given = true;
	t->report(t->arg, r);
}

static bool hear(void *arg, struct span stream)
{
	const struct one_report *t = arg;

	return listener_chapter(t->listener, stream);
}

static void hear_entry(struct entries *e, const struct entry *entry, struct one_report *t)
{
	struct loading l = { .e = e, .walk = entry->from };
	struct entry again;

	if (e->bare) {
		load_bare(&l, &again);
		parse(&l, &again, hear, t);
	} else {
		advance(&l);
		if (l.has_next) {
			load(&l, &again);
			parse(&l, &again, hear, t);
		}
	}
	body_free(&l.body);
}

bool entries_report(struct entries *e, uint32_t i,
		    void (*report)(void *arg, const struct report *report), void *arg)
{
	const struct entry *entry = &e->at[i];
	struct one_report t = { .id = entry->card.id, .report = report, .arg = arg };
	const struct listener_events events = { .arg = &t, .report = give_report };

	if (!entry->has_card)
		return false;
	t.listener = listener_new(&events);
	if (!t.listener)
		return refuse(e, "out of memory");
	listener_be_patient(t.listener);
	hear_entry(e, entry, &t);
	for (uint32_t k = entry->next_copy; k != i && entry->state > ENTRY_CORRECTED;
	     k = e->at[k].next_copy)
		hear_entry(e, &e->at[k], &t);
	listener_end(t.listener);
	listener_free(t.listener);
	return t.given;
}

/* ---- an archive's ------------------------------------------------------------------------- */

static void sum_left(void *arg, const struct report *r)
{
	struct entry *entry = arg;

	for (uint32_t i = 0; i < r->n_records; i++)
		entry->left_bytes += r->left_bytes[i];
}

/* Only the report says so; an entry that lacks something for want of room takes what there is. */
static void find_left(struct entries *e, uint32_t i)
{
	const uint32_t room = archive_send_room(e->archive.block_bytes, e->archive.n_blocks);

	if (e->at[i].bytes > room / 2)
		(void)entries_report(e, i, sum_left, &e->at[i]);
}

bool entries_open(struct entries *e, struct archive_file *file, const struct archive_place *place,
		  entry_wrong wrong, void *arg)
{
	struct loading l = { .e = e, .wrong = wrong, .arg = arg };
	bool good;

	*e = (struct entries){ .file = file, .place = *place };
	e->flash = (struct archive_flash){
		.ctx = e,
		.block_bytes = place->block_bytes,
		.n_blocks = place->n_blocks,
		.read = read_flash,
	};
	if (place->n_heads > 0)
		archive_open(&e->archive, &e->flash);
	else
		e->archive = (struct archive){
			.flash = &e->flash,
			.state = ARCHIVE_OURS,
			.block_bytes = place->block_bytes,
			.n_blocks = place->n_blocks,
			.head = place->newest,
			.sequence = place->sequence,
		};
	if (e->archive.state == ARCHIVE_NEWER)
		return refuse(e, "a newer version of the format is in some of its blocks: get a "
				 "newer oopsmon");
	if (e->archive.state != ARCHIVE_OURS && e->archive.state != ARCHIVE_OTHER)
		return refuse(e, file->error ? strerror(file->error)
					     : "its blocks contradict each other: nothing can be "
					       "read");
	good = list(&l);
	body_free(&l.body);
	for (uint32_t i = 0; good && i < e->n; i++)
		find_left(e, i);
	return good || refuse(e, "out of memory");
}

void entries_close(struct entries *e)
{
	free(e->at);
	e->at = NULL;
	e->n = 0;
}

/* ---- an entry that is a file of its own --------------------------------------------------- */

/* A card without a chunk around it has no checksum: what the report says as well must agree. */
static bool agrees(const struct archive_card *c, const struct report_head *h)
{
	return c->boot_count == h->boot_count && c->warm == h->warm && c->verdict == h->verdict &&
	       c->region_pa == h->geom.base_pa && c->region_bytes == h->geom.region_bytes &&
	       strcmp(c->monitor, h->monitor) == 0 && strcmp(c->board, h->board) == 0;
}

/* No last chunk says that nothing is missing: the report has to. What is after it, as YMODEM's
 * padding, does not count.
 */
static void judge_bare(void *arg, const struct report *r)
{
	struct entry *entry = arg;

	sum_left(arg, r);
	if (!agrees(&entry->card, &r->head))
		entry->state = ENTRY_DAMAGED;
	else if (r->complete && entry->state == ENTRY_INCOMPLETE)
		entry->state = ENTRY_COMPLETE;
}

bool entries_open_bare(struct entries *e, struct archive_file *file, uint32_t number,
		       entry_wrong wrong, void *arg)
{
	struct loading l = { .e = e, .wrong = wrong, .arg = arg };
	struct entry entry;
	bool good, newer;
	size_t used;

	*e = (struct entries){ .file = file, .bare = true, .bare_number = number };
	if (file->bytes > ENTRY_BYTES_MAX)
		return refuse(e, "more bytes than an entry can have: is it the right file?");
	load_bare(&l, &entry);
	newer = archive_card_read(body_from(&l.body, 0, l.body.len), &entry.card, &used) ==
		OM_E_VARIANT;
	parse(&l, &entry, NULL, NULL);
	good = !l.no_memory && keep(e, &entry);
	body_free(&l.body);
	if (!good)
		return refuse(e, "out of memory");
	if (file->error)
		return refuse(e, strerror(file->error));
	if (newer)
		return refuse(e, "an entry of a newer version of the format: get a newer oopsmon");
	if (entry.state == ENTRY_COMPLETE)
		e->at[0].state = ENTRY_INCOMPLETE;
	(void)entries_report(e, 0, judge_bare, &e->at[0]);
	say_state(&l, &e->at[0]);
	return true;
}
