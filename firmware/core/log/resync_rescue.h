/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of resync.h share: the state of one salvage, and what each part does for the
 * others. resync.c goes through the stream and over its gaps, resync_tokens.c decodes,
 * resync_evidence.c judges how text reads, resync_repair.c finds what explains it better.
 */
#ifndef OM_CORE_RESYNC_RESCUE_H
#define OM_CORE_RESYNC_RESCUE_H

#include "line_form.h"
#include "resync.h"

enum {
	CODE_BITS = 15,
	LITERALS = 288, /* with lengths; two of them never occur */
	DISTANCES = 32,
	CLASSES = 62, /* of characters */
	TOKENS = 400,
	LOST = LINE_LOST, /* in the text while it is worked on */
	NOWHERE = UINT32_MAX,
	BENDS = 64, /* places where text is too long or too short */
	MARK_TOKENS = 24,
	HEADER_BITS = 1024, /* more than the tables of any dynamic block */
};

/* Evidence is counted in quarters of a bit; these were tuned on damaged records. */
enum {
	FOR_LINE = 24,
	AGAINST_LINE = -48,
	UNFIT = -64, /* tokens that speak so much against themselves come from wrong codes */
};

struct code {
	uint16_t count[CODE_BITS + 1]; /* of symbols with a code of so many bits */
	uint16_t *symbol;	       /* in order of their codes */
};

struct token {
	uint16_t dist; /* 0: a literal */
	uint8_t more;  /* length - 3, or the literal */
	uint8_t bits;  /* in the stream */
};

/* Where in the stream and in the text. */
struct place {
	uint32_t bit;
	uint32_t pos;
	uint32_t header; /* where this block begins */
	uint32_t stored; /* bytes left in a stored block */
};

/*
 * Text that is @more characters too short, or too long if less than 0: what matches copy from
 * before it is so much nearer. The text itself stays as the stream gives it.
 */
struct bend {
	uint32_t pos;
	int32_t more;
};

enum block { BLOCK_STORED, BLOCK_FIXED, BLOCK_DYNAMIC };

struct rescue {
	uint8_t *in; /* a copy, to try repairs on */
	const struct holes *bad;
	uint32_t end_bit;
	uint32_t limit;	       /* bits from here on are bad, or not there */
	uint32_t budget;       /* tokens that searches may still play */
	uint32_t unasked;      /* tokens since the clock was asked */
	struct effort *effort; /* NULL: no end */

	struct place at;
	enum block type;
	bool final;
	struct code lit;
	struct code dist;

	uint8_t *text;
	uint32_t room;
	uint32_t wall; /* matches that reach before this character are lost */

	uint32_t doubt; /* evidence against the latest text */
	uint32_t since; /* tokens since the last mark */
	uint32_t line;	/* where the line begins that is to be looked at next */
	struct line_clock clock;
	struct place mark[2]; /* the last two places that made sense */
	uint32_t first;	      /* character from which on nothing is certain */
	uint32_t hole[2];     /* text that came from bad bytes */
	bool trying;	      /* what is missing speaks neither for nor against a repair */
	uint32_t n_bends;
	struct bend bend[BENDS];
	bool resynced;
	bool full;

	uint32_t n_tokens;
	uint32_t total; /* pairs of characters seen */
	uint16_t ones[CLASSES];
	uint8_t pairs[CLASSES][CLASSES];
	uint16_t lit_symbol[LITERALS];
	uint16_t dist_symbol[DISTANCES];
	struct token token[TOKENS];
};

_Static_assert(sizeof(struct rescue) + sizeof(void *) <= RESYNC_STATE_BYTES,
	       "the state outgrows its part of the workspace");

/* resync_tokens.c */

enum outcome { GOT_TOKEN, GOT_END, GOT_NONSENSE, GOT_LIMIT };

/* Bits after the input are 0; whoever asks for them compares at.bit with the limit. */
uint32_t rescue_bits(struct rescue *r, uint32_t n);

/*
 * Read the header of the block at @bit; at.pos stays. False if that is none or parts of it
 * are bad; the codes are gone then.
 */
bool rescue_open_block(struct rescue *r, uint32_t bit);

/* Back, or forward, to a place seen before. */
void rescue_go(struct rescue *r, const struct place *to);

/* The token at r->at; stays there unless it is one. */
enum outcome rescue_token(struct rescue *r, struct token *t);

/* resync_evidence.c */

/*
 * Work that only effort bounds. Nowhere else does it become less, so that what a clock has ended
 * ends there again by its count.
 */
void rescue_charge(struct rescue *r, uint32_t tokens);

/*
 * For or against @b after @a: how much likelier the pair is in this log than two
 * characters that met by chance.
 */
int32_t rescue_evidence(const struct rescue *r, uint8_t a, uint8_t b);

void rescue_learn(struct rescue *r, const uint8_t *p, uint32_t n);

/* Forget what text after at.pos taught. */
void rescue_relearn(struct rescue *r);

/* Write what @t stands for; returns the evidence that it belongs there. */
int32_t rescue_play(struct rescue *r, struct token t);

/* For or against the lines that begin after the character @from. */
int32_t rescue_lines_evidence(const struct rescue *r, uint32_t from);

static inline bool rescue_is_over(const struct rescue *r)
{
	return r->effort && r->effort->left == 0;
}

/* There is something left to do, and no effort for it? */
static inline bool rescue_gives_up(struct rescue *r)
{
	if (rescue_is_over(r))
		r->effort->cut = true;
	return rescue_is_over(r);
}

/* May a search begin, or go on? */
static inline bool rescue_may_search(struct rescue *r)
{
	return r->budget > 0 && !rescue_gives_up(r);
}

static inline int32_t rescue_line_evidence(enum line_form form)
{
	return form == LINE_RIGHT ? FOR_LINE : form == LINE_WRONG ? AGAINST_LINE : 0;
}

/* resync_repair.c */

struct repair {
	int32_t score;
	int32_t second; /* of what is best apart from that */
	uint32_t at;	/* bit to flip, or number of tokens before the splice */
	int32_t shift;
};

/*
 * Fill the tokens from r->at on, at most @n and none that begins at or after @end or in
 * another block; r->at stays.
 */
void rescue_fetch(struct rescue *r, uint32_t n, uint32_t end);

/* Text up to here is @more characters too short. */
void rescue_bend(struct rescue *r, int32_t more);

/* The best of the shifts [@from, @to] after the first @n tokens. */
struct repair rescue_best_shift(struct rescue *r, uint32_t n, int32_t from, int32_t to);

/* Nothing before this place is under suspicion any more. */
void rescue_trust(struct rescue *r);

/* Decode on, text and all, to the bit @end or the end of the block. */
void rescue_advance(struct rescue *r, uint32_t end);

/* How well the next tokens fit together, taken for themselves. */
int32_t rescue_plausibility(struct rescue *r);

/* As rescue_open_block(), as a part of a search. */
bool rescue_try_block(struct rescue *r, uint32_t bit);

/* A block whose header one wrong bit has spoiled. */
bool rescue_repair_block(struct rescue *r, uint32_t header);

/*
 * The text makes no sense since some time. One wrong bit is found by trying all; what else
 * it may be, it left text too long or too short by some characters. Decoding goes on as it
 * is if neither makes sense of what follows.
 */
void rescue_repair(struct rescue *r);

static inline void rescue_flip(struct rescue *r, uint32_t bit)
{
	r->in[bit >> 3] ^= (uint8_t)(1 << (bit & 7));
}

static inline void rescue_suspect(struct rescue *r, uint32_t pos)
{
	if (pos < r->first)
		r->first = pos;
}

#endif
