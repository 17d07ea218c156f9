/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the search share (search*.c); nobody else needs it. Marks are collected
 * first, then sizes are guessed that put zones where marks are: layout_make() says where exactly,
 * so that no rule about places is known here. Of all guesses the one with the most points is
 * taken: for marks that are zones, for contents that suit the kind of zone, for parity where the
 * zone would end.
 */
#ifndef OM_CORE_SEARCH_SOLVER_H
#define OM_CORE_SEARCH_SOLVER_H

#include "core/ecc/rs.h"
#include "search.h"
#include "zone.h"

enum {
	SEARCH_PARITY_KEPT = 8, /* bytes of a header's parity that are compared */
	SEARCH_SIEVE_WORDS = 2048,
	SEARCH_SIZES = 21,	    /* 0 and the powers of two from SEARCH_SIZE_LEAST on */
	SEARCH_SIZE_LEAST = 1 << 7, /* smaller zones hold no line */
	SEARCH_SIZE_MOST = 1 << 26,
	SEARCH_REPAIRED_MAX = 8, /* missing zones that are looked at more closely */

	SEARCH_POINTS_MISSING = -4,
};

/* What a zone's log looks like. */
enum looks { LOOKS_EMPTY, LOOKS_DMESG, LOOKS_KERNEL, LOOKS_TEXT, LOOKS_BINARY, LOOKS };

/* What a mark's header and the bytes after it say. */
struct fact {
	uint32_t start, size;
	int32_t most; /* points that this mark and all before it can be worth */
	uint8_t looks;
	uint8_t parity[SEARCH_PARITY_KEPT]; /* the beginning of what its header's parity should be
					     */
};

struct guess {
	struct geometry geom;
	struct layout layout;
	uint32_t base;
	int32_t score;
	uint32_t nice; /* decides between guesses that explain the bytes equally well */
	uint32_t explained, missing, stray;
	uint32_t outside;  /* of the stray marks: sound headers that are in no zone's log */
	uint32_t filled;   /* of those outside: with something in their own log */
	uint32_t proven;   /* zones with parity at their ends */
	uint32_t unproven; /* zones whose parity is not there, though the region has ECC */
	uint32_t overlong; /* zones with more in them than they could hold */
};

struct solver {
	struct span bytes;
	bool whole;
	struct mark *marks;
	struct fact *facts;
	uint32_t n;
	uint32_t version; /* what most ftrace marks say, 0: there are none */
	uint32_t ecc;
	uint32_t steps;
	struct rs rs;
	const struct search_known *known; /* NULL: nothing is */
	struct guess best;
	uint32_t lenient; /* marks a guess may lack of those it must have */
	bool any;
	bool rival; /* other places explain the bytes as well as the best guess's */
	uint32_t sieve[SEARCH_SIEVE_WORDS];
};

enum { SEARCH_STEPS_MAX = 600000 }; /* marks looked at, all guesses together */

static inline uint32_t mark_off(const struct solver *s, uint32_t i)
{
	return (uint32_t)s->marks[i].off;
}

/* Zone size number @i that is tried: 0, then powers of two. */
static inline uint32_t search_size(uint32_t i)
{
	return i ? (uint32_t)SEARCH_SIZE_LEAST << (i - 1) : 0;
}

/* search_marks.c: bits of @sig that differ from a plain signature; counts up to one more than
   SEARCH_WRONG_BITS_MAX */
uint32_t search_wrong_bits(uint32_t sig);
/* A header of either byte order at @off, no bit of its signature wrong; its @off is not set. */
bool search_sound_mark(struct span bytes, uint32_t off, struct mark *out);

/* search_facts.c: fills in facts, sieve and version of all marks */
void search_read_facts(struct solver *s);
/* The first mark at or after @off; s->n: there is none. */
uint32_t search_mark_from(const struct solver *s, uint32_t off);
/* Is there a mark at @off? Sets its number. */
bool search_mark_at(const struct solver *s, uint32_t off, uint32_t *i);
enum looks search_look(struct span log, bool ftrace);
bool search_is_log_head(struct span s);

/* search_ecc.c: sets ecc and rs; ecc 0: no parity is right anywhere */
void search_find_ecc(struct solver *s);
/* The quick part of it: is parity of some size where sound marks' zones end? */
bool search_has_ecc(struct solver *s);
/* The same with a code that is known. */
void search_take_ecc(struct solver *s, uint32_t ecc);
/* Bytes of a header's parity that facts keep. */
uint32_t search_kept(const struct solver *s);
/* Could mark @i's zone be @bytes long? Without ECC only the bytes must be there. */
bool search_may_end(const struct solver *s, uint32_t i, uint32_t bytes);

/* search.c: is @zone's header right by the parity at its end, repaired if need be? */
bool search_is_proven_zone(struct span zone, const struct rs *rs);

/* search_guess.c */
bool search_suits(enum zone_kind kind, const struct mark *m);
/* What the marks can be worth if each is the zone that suits it best. */
void search_expect_points(struct solver *s);
/* Counts and points of a guess whose geom, layout and base are filled in. */
void search_weigh(struct solver *s, struct guess *g);
/* Weighs one guess and keeps it if it is the best. */
void search_try(struct solver *s, uint32_t base, const struct geometry *geom, enum era era,
		uint32_t n_ftrace);

/* search_sizes.c: these zone sizes in all the ways that kernels lay them out */
void search_try_manners(struct solver *s, uint32_t base, const struct geometry *g);
/* All sizes; damage is allowed for if need be. */
void search_all_sizes(struct solver *s);
/* Parity at the end of every zone leaves no doubt. */
bool search_is_proven(const struct guess *g);

/* search_clean.c: only sizes that give every mark a zone and every zone a mark */
void search_clean(struct solver *s);
/* Is there no need to look further? */
bool search_is_settled(const struct solver *s);

#endif
