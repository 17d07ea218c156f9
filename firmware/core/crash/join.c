/* SPDX-License-Identifier: BSD-2-Clause */
#include "join.h"

#include "core/log/dmesg.h"

#include <string.h>

enum {
	USEC = 1000000,
	PARTS_USEC = 2 * USEC,	 /* the parts of a dump are written one after the other */
	FOLLOW_USEC = 10 * USEC, /* what an oops causes at once */
	BOOT_USEC = 5 * USEC	 /* clocks of one boot agree so well */
};

/* ---- keys --------------------------------------------------------------------------------- */

static size_t line_end(struct span text, size_t at)
{
	const uint8_t *const end = memchr(text.p + at, '\n', text.len - at);

	return end ? (size_t)(end - text.p) + 1 : text.len;
}

/* Offset of the line that ends before @end, which is a line's beginning or the text's end. */
static size_t line_before(struct span text, size_t end)
{
	size_t at = end - 1;

	while (at > 0 && text.p[at - 1] != '\n')
		at--;
	return at;
}

static bool first_stamp(struct span text, uint64_t *usec)
{
	for (size_t at = 0; at < text.len; at = line_end(text, at))
		if (dmesg_stamp(span_sub(text, at, text.len), usec) == OM_OK)
			return true;
	return false;
}

static bool last_stamp(struct span text, uint64_t *usec)
{
	for (size_t at = text.len; at > 0;) {
		at = line_before(text, at);
		if (dmesg_stamp(span_sub(text, at, text.len), usec) == OM_OK)
			return true;
	}
	return false;
}

struct join_key join_key(const struct record *r)
{
	struct join_key k = {
		.has_time = r->has_time && (r->time_sec != 0 || r->time_usec != 0),
		.time_sec = r->time_sec,
		.time_usec = r->time_usec,
		.reason = r->reason,
		.count = r->count,
		.part = r->part,
		.slot = r->index,
	};

	k.has_stamps = first_stamp(r->text, &k.first_us) && last_stamp(r->text, &k.last_us);
	return k;
}

/* ---- order -------------------------------------------------------------------------------- */

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Unsigned numbers in the order of signed ones. */
static uint64_t in_order(int64_t v)
{
	return (uint64_t)v ^ (uint64_t)1 << 63;
}

/* In the order they were written, as far as a record shows it. */
static int compare_written(const struct join_key *a, const struct join_key *b)
{
	int c = compare(a->has_time, b->has_time);

	if (c == 0 && a->has_time)
		c = compare(in_order(a->time_sec), in_order(b->time_sec));
	if (c == 0 && a->has_time)
		c = compare(a->time_usec, b->time_usec);
	if (c == 0)
		c = compare(a->count, b->count);
	if (c == 0)
		c = compare(a->part, b->part);
	return c ? c : compare(a->slot, b->slot);
}

/* A dump's last part is the beginning of its text. */
static int compare_parts(const struct join_key *a, const struct join_key *b)
{
	return compare(b->part, a->part);
}

struct order {
	const struct join_key *keys;
	int (*compare)(const struct join_key *a, const struct join_key *b);
};

static bool is_before(const struct order *o, const struct join_place *a, const struct join_place *b)
{
	const int c = o->compare(&o->keys[a->from], &o->keys[b->from]);

	return c ? c < 0 : a->from < b->from;
}

/* Let the place at @at of a heap of @n sink to where it belongs: the last one is on top. */
static void sift(const struct order *o, struct join_place *p, size_t at, size_t n)
{
	const struct join_place sinking = p[at];

	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && is_before(o, &p[child], &p[child + 1]))
			child++;
		if (!is_before(o, &sinking, &p[child]))
			break;
		p[at] = p[child];
	}
	p[at] = sinking;
}

static void swap(struct join_place *a, struct join_place *b)
{
	const struct join_place kept = *a;

	*a = *b;
	*b = kept;
}

/* Heap sort: no memory, no recursion, and no input that makes it slow. */
static void sort(const struct order *o, struct join_place *p, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift(o, p, i, n);
	for (size_t i = n; i-- > 1;) {
		swap(&p[0], &p[i]);
		sift(o, p, 0, i);
	}
}

static void reverse(struct join_place *p, size_t n)
{
	for (size_t i = 0; i < n / 2; i++)
		swap(&p[i], &p[n - 1 - i]);
}

/* Microseconds from @a's time to @b's, at least 0, and two hours for any longer time. */
static uint64_t usec_between(const struct join_key *a, const struct join_key *b)
{
	enum { LONG = 7200 }; /* more than 32 bits of microseconds */
	const uint64_t sec = in_order(b->time_sec) - in_order(a->time_sec);
	const uint64_t usec = (sec < LONG ? sec : LONG) * USEC + b->time_usec;

	return usec > a->time_usec ? usec - a->time_usec : 0;
}

/* Written after @a: is @b another part of the same dump? */
static bool same_dump(const struct join_key *a, const struct join_key *b)
{
	if (a->reason != b->reason || a->count != b->count || b->part <= a->part ||
	    a->has_time != b->has_time)
		return false;
	return !a->has_time || usec_between(a, b) <= PARTS_USEC;
}

/* Can a boot go on to dump for @next after it did for @before? */
static bool can_follow(enum reason before, enum reason next)
{
	if (before == REASON_PANIC)
		return next > REASON_OOPS;
	return before <= REASON_OOPS || before == REASON_UNKNOWN;
}

/* Both have times and stamps: did the same boot write them? */
static bool same_boot(const struct join_key *a, const struct join_key *b)
{
	const uint64_t clock = usec_between(a, b);
	const uint64_t printk = b->last_us - a->last_us;

	return clock < printk ? printk - clock <= BOOT_USEC : clock - printk <= BOOT_USEC;
}

/* One key for a dump of @n parts in the order of their text; part is how many there are. */
static struct join_key dump_key(const struct join_key *keys, const struct join_place *parts,
				uint32_t n)
{
	const struct join_key *const oldest = &keys[parts[0].from];
	struct join_key k = keys[parts[n - 1].from];

	k.has_stamps = k.has_stamps && oldest->has_stamps;
	k.first_us = oldest->first_us;
	k.part = n;
	return k;
}

/* Is the dump @b part of the crash whose last dump so far is @a? */
static bool same_crash(const struct join_key *a, const struct join_key *b)
{
	if (!can_follow(a->reason, b->reason) || (a->count && b->count && b->count <= a->count))
		return false;
	if (a->has_stamps && b->has_stamps) {
		if (b->last_us < a->last_us)
			return false;
		if (b->first_us > a->last_us && b->first_us - a->last_us > FOLLOW_USEC)
			return false;
		if (a->has_time && b->has_time)
			return same_boot(a, b);
	} else if (a->has_time && b->has_time) {
		return usec_between(a, b) <= FOLLOW_USEC;
	}
	return b->count == a->count + 1 && b->slot == a->slot + a->part;
}

uint32_t join_order(const struct join_key *keys, uint32_t n, struct join_place *places)
{
	const struct order written = { keys, compare_written };
	const struct order parts = { keys, compare_parts };
	struct join_key before = { 0 };
	uint32_t crashes = 0;

	for (uint32_t i = 0; i < n; i++)
		places[i] = (struct join_place){ .from = i };
	sort(&written, places, n);
	for (uint32_t first = 0, end; first < n; first = end) {
		for (end = first + 1; end < n; end++)
			if (!same_dump(&keys[places[end - 1].from], &keys[places[end].from]))
				break;
		sort(&parts, &places[first], end - first);

		const struct join_key dump = dump_key(keys, &places[first], end - first);

		if (first == 0 || !same_crash(&before, &dump))
			crashes++;
		before = dump;
		for (uint32_t i = first; i < end; i++)
			places[i].crash = crashes;
	}
	/* the newest crash first, but each as it was written */
	reverse(places, n);
	for (uint32_t first = 0, end; first < n; first = end) {
		const uint32_t crash = places[first].crash;

		for (end = first; end < n && places[end].crash == crash; end++)
			places[end].crash = crashes - crash;
		reverse(&places[first], end - first);
	}
	return crashes;
}

/* ---- overlap ------------------------------------------------------------------------------ */

static struct span without_title(struct span text)
{
	struct dmesg_title title;

	if (dmesg_title(text, &title) != OM_OK)
		return text;
	return span_sub(text, line_end(text, 0), text.len);
}

/*
 * Sums that grow with the beginning of one text and with the end of the other tell in one
 * pass for which lengths the two may be alike.
 */
size_t join_overlap(struct span before, struct span next)
{
	const uint64_t base = 0x9e3779b97f4a7c15;
	const struct span body = without_title(next);
	uint64_t head = 0, tail = 0, power = 1;
	size_t alike = 0;

	before = without_title(before);
	while (before.len > 0 && before.p[before.len - 1] != '\n')
		before.len--; /* the end of a line may be missing */
	for (size_t n = 0; n < before.len && n < body.len;) {
		head = head * base + body.p[n];
		tail += power * before.p[before.len - 1 - n];
		power *= base;
		n++;
		if (head == tail && body.p[n - 1] == '\n' &&
		    (n == before.len || before.p[before.len - 1 - n] == '\n'))
			alike = n;
	}
	if (alike == 0 || memcmp(before.p + before.len - alike, body.p, alike) != 0)
		return 0;
	return next.len - body.len + alike;
}
