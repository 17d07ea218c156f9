/* SPDX-License-Identifier: BSD-2-Clause */
#include "once.h"

#include "core/base/crc32.h"

#include <string.h>

enum { OTHERS = 3 /* records that are not dmesg: console, pmsg, ftrace */ };

void once_word_add(struct once_word *w, uint32_t digest)
{
	uint8_t bytes[4];

	le32_store(bytes, digest);
	w->word = w->n ? crc32_update(w->word, bytes, sizeof(bytes)) : digest;
	w->n++;
}

static uint32_t digests(const struct retained *r)
{
	return r->n_reported < RETAINED_REPORTED_MAX ? r->n_reported : RETAINED_REPORTED_MAX;
}

enum once_state once_state_of(const struct retained *r, uint32_t word)
{
	enum once_state state = ONCE_NEW;

	for (uint32_t i = 0; i < digests(r); i++) {
		if (r->reported[i] == word)
			return ONCE_REPORTED;
		if (r->reported[i] == ~word)
			state = ONCE_SEEN;
	}
	return state;
}

uint32_t once_group_of(uint32_t group_zones, uint32_t n_dmesg, uint32_t zone)
{
	const uint32_t size = group_zones ? group_zones : 1;

	if (zone < n_dmesg)
		return zone / size;
	return (n_dmesg + size - 1) / size + zone - n_dmesg;
}

void once_start(struct once *o, uint32_t n_dmesg)
{
	enum { GROUPS = RETAINED_REPORTED_MAX - OTHERS };

	memset(o, 0, sizeof(*o));
	o->n_dmesg = n_dmesg;
	o->group_zones = 1;
	while (o->group_zones < n_dmesg / GROUPS + 1)
		o->group_zones *= 2;
}

void once_add(struct once *o, uint32_t zone, uint32_t digest, enum once_state state)
{
	const uint32_t g = once_group_of(o->group_zones, o->n_dmesg, zone);

	if (g >= RETAINED_REPORTED_MAX)
		return;
	if (o->n < RETAINED_REPORTED_MAX) {
		o->digest[o->n] = digest;
		o->state[o->n] = (uint8_t)state;
	}
	o->n++;
	if (o->group[g].n == 0 || o->group_state[g] > state)
		o->group_state[g] = (uint8_t)state;
	once_word_add(&o->group[g], digest);
}

/* ---- bringing the page up to date ---------------------------------------------------------- */

/* @word as it is in the page; false: nothing is to be said of it. */
static bool as_stored(uint32_t word, enum once_state before, enum once_state now, uint32_t *out)
{
	const enum once_state state = before > now ? before : now;

	*out = state == ONCE_REPORTED ? word : ~word;
	return state != ONCE_NEW;
}

static bool has(const struct retained *r, uint32_t stored)
{
	for (uint32_t i = 0; i < r->n_reported; i++)
		if (r->reported[i] == stored)
			return true;
	return false;
}

static void add(struct retained *r, uint32_t stored)
{
	if (r->n_reported < RETAINED_REPORTED_MAX && !has(r, stored))
		r->reported[r->n_reported++] = stored;
}

static bool is_here(const struct once *o, uint32_t stored)
{
	for (uint32_t i = 0; i < o->n; i++)
		if (o->digest[i] == stored || o->digest[i] == ~stored)
			return true;
	return false;
}

/* Takes the digests of records that are here out; of the others the newest @room stay. */
static void keep_others(const struct once *o, uint32_t room, struct retained *r)
{
	uint32_t n = 0;

	r->n_reported = digests(r);
	for (uint32_t i = 0; i < r->n_reported; i++)
		if (!is_here(o, r->reported[i]))
			r->reported[n++] = r->reported[i];
	if (n > room) {
		memmove(r->reported, r->reported + n - room, room * sizeof(r->reported[0]));
		n = room;
	}
	r->n_reported = n;
}

static void store_records(const struct once *o, enum once_state now, struct retained *r)
{
	uint32_t stored;

	if (r->group_zones) /* its words are of another kind */
		r->n_reported = 0;
	r->group_zones = 0;
	keep_others(o, RETAINED_REPORTED_MAX - o->n, r);
	for (uint32_t i = 0; i < o->n; i++)
		if (as_stored(o->digest[i], (enum once_state)o->state[i], now, &stored))
			add(r, stored);
}

static void store_groups(const struct once *o, enum once_state now, struct retained *r)
{
	uint32_t stored;

	r->group_zones = o->group_zones;
	r->n_reported = 0;
	for (uint32_t i = 0; i < RETAINED_REPORTED_MAX; i++)
		if (o->group[i].n &&
		    as_stored(o->group[i].word, (enum once_state)o->group_state[i], now, &stored))
			add(r, stored);
}

void once_store(const struct once *o, enum once_state now, struct retained *r)
{
	if (o->n > RETAINED_REPORTED_MAX)
		store_groups(o, now, r);
	else if (o->n > 0)
		store_records(o, now, r);
}
