/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a report out of a log, whatever was done to it: the group's bytes come back. */
#include "core/offline/gather.h"
#include "support.h"

enum { N_DATA = 20, N_PARITY = 15, N_LINES = N_DATA + N_PARITY, LOG_MAX = 64 << 10 };

struct sent {
	struct armor_group group;
	uint8_t data[N_DATA][ARMOR_PAYLOAD_BYTES];
	uint8_t parity[N_PARITY][ARMOR_PAYLOAD_BYTES];
};

struct log {
	uint8_t p[LOG_MAX];
	size_t len;
};

static struct gather *g;
static uint8_t work[RS16_ENCODE_BYTES];

static void make_sent(struct sent *s, uint32_t tag, uint64_t seed)
{
	struct prng rng = { seed };

	s->group = (struct armor_group){ N_DATA, N_PARITY, tag };
	prng_fill(&rng, s->data[0], sizeof(s->data));
	assert_int_equal(rs16_parity(s->data[0], N_DATA, N_PARITY,
				     (struct workspace){ work, sizeof(work) }, s->parity[0]),
			 OM_OK);
}

static void add(struct log *log, const char *text, size_t len)
{
	assert_true(log->len + len <= LOG_MAX);
	memcpy(log->p + log->len, text, len);
	log->len += len;
}

static void add_text(struct log *log, const char *text)
{
	add(log, text, strlen(text));
}

static void line_of(const struct sent *s, uint32_t i, char out[ARMOR_LINE_CHARS])
{
	armor_line(armor_key(&s->group), i, i < N_DATA ? s->data[i] : s->parity[i - N_DATA], out);
}

/* How a log has the lines. */
struct looks {
	const char *before, *after; /* each line */
	uint32_t wrap;		    /* characters of a screen's line, 0: none */
	const char *wrapped;	    /* what stands where it is wrapped */
};

static void add_line(struct log *log, const struct sent *s, uint32_t i, const struct looks *looks)
{
	char line[512];
	size_t n = 0;

	n += (size_t)sprintf(line, "%s", looks->before);
	line_of(s, i, line + n);
	n += ARMOR_LINE_CHARS;
	for (size_t at = 0; at < n; at++) {
		if (looks->wrap && at > 0 && at % looks->wrap == 0)
			add_text(log, looks->wrapped);
		add(log, line + at, 1);
	}
	add_text(log, looks->after);
}

/* Feeds it in pieces of @step; true if a group with all data of @s was told. */
static uint32_t groups_in(const struct log *log, size_t step, const struct sent *s,
			  struct gather_result *last)
{
	uint32_t n = 0;

	*last = (struct gather_result){ 0 };
	gather_start(g);
	for (size_t at = 0; at < log->len; at += step) {
		struct span in = span_sub((struct span){ log->p, log->len }, at, step);
		enum gather_event event;

		while ((event = gather_feed(g, &in)) != GATHER_MORE)
			if (event == GATHER_GROUP) {
				*last = g->result;
				n++;
			}
	}
	while (gather_close(g, g->clock, true)) {
		*last = g->result;
		n++;
	}
	assert_false(gather_busy(g));
	if (n > 0 && last->complete && s)
		assert_memory_equal(last->bytes.p, s->data[0], sizeof(s->data));
	if (n > 0 && !last->complete && s)
		assert_memory_equal(last->bytes.p, s->data[0], last->bytes.len);
	return n;
}

static const struct {
	const char *name;
	struct looks looks;
} looks[] = {
	{ "CR LF", { "", "\r\n", 0, "" } },
	{ "LF", { "", "\n", 0, "" } },
	{ "CR", { "", "\r", 0, "" } },
	{ "no line ends", { "", "", 0, "" } },
	{ "CR CR LF", { "", "\r\r\n", 0, "" } },
	{ "time stamp", { "[2026-11-23 12:00:01.123] ", "\r\n", 0, "" } },
	{ "JSON around it", { "{\"msg\":\"", "\"}\n", 0, "" } },
	{ "suffix", { "", " <ttyUSB0>\n", 0, "" } },
	{ "colours", { "\x1b[32m", "\x1b[0m\n", 0, "" } },
	{ "title", { "\x1b]0;screen\x07", "\n", 0, "" } },
	{ "wrapped at 80", { "12:00:01 ", "\n", 80, "\n" } },
	{ "wrapped at 40", { "", "\r\n", 40, "\r\n" } },
	{ "wrapped at 7", { "", "\r\n", 7, "\n" } },
	{ "wrapped, time stamp on both", { "[12:00:01] ", "\r\n", 60, "\r\n[12:00:01] " } },
	{ "colours inside", { "", "\n", 30, "\x1b[0m\x1b[1;31m" } },
	{ "blanks inside", { "", "\n", 25, "  " } },
	{ "NULs", { "", "\r\n\0", 20, "\x01\x08" } },
	{ "text in front on the line", { "login: } { x{", "\n", 0, "" } },
	{ "text between", { "", "\r\n[    1.234567] usb 1-1: new device {3}\r\n", 0, "" } },
};

static void test_looks(void **state)
{
	static struct sent s;
	static struct log log;
	static const size_t steps[] = { LOG_MAX, 1, 13 };

	(void)state;
	make_sent(&s, 7, 1);
	for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
		CASE(looks[i].name);
		log.len = 0;
		for (uint32_t k = 0; k < N_LINES; k++)
			add_line(&log, &s, k, &looks[i].looks);
		for (size_t j = 0; j < ARRAY_LEN(steps); j++) {
			struct gather_result r;

			assert_int_equal(groups_in(&log, steps[j], &s, &r), 1);
			assert_true(r.complete);
			assert_int_equal(r.n_restored, 0);
			assert_int_equal(r.n_lost, 0);
		}
	}
}

/* ---- losses ------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint32_t from, step, count; /* lines lost */
	bool twice;		    /* the report stands there a second time, without loss of 0 */
	bool complete;
	uint32_t prefix; /* lines that are there before the first lost one */
} losses[] = {
	{ "none", 0, 1, 0, false, true, N_DATA },
	{ "first", 0, 1, 1, false, true, N_DATA },
	{ "burst of 12", 5, 1, 12, false, true, N_DATA },
	{ "as many as parity", 0, 2, 15, false, true, N_DATA },
	{ "one more", 4, 1, 16, false, false, 4 },
	{ "all data but three", 3, 1, 17, false, false, 3 },
	{ "parity only", N_DATA, 1, N_PARITY, false, true, N_DATA },
	{ "printed twice", 4, 1, 16, true, true, N_DATA },
};

static void test_losses(void **state)
{
	static struct sent s;
	static struct log log;
	static const struct looks plain = { "", "\r\n", 0, "" };

	(void)state;
	make_sent(&s, 2047, 2);
	for (size_t i = 0; i < ARRAY_LEN(losses); i++) {
		struct gather_result r;
		bool lost[N_LINES] = { false };

		CASE(losses[i].name);
		for (uint32_t k = 0; k < losses[i].count; k++)
			lost[losses[i].from + k * losses[i].step] = true;
		log.len = 0;
		for (uint32_t k = 0; k < N_LINES; k++)
			if (!lost[k])
				add_line(&log, &s, k, &plain);
		for (uint32_t k = 2; losses[i].twice && k < N_LINES; k += 3)
			add_line(&log, &s, k, &plain);
		assert_int_equal(groups_in(&log, 1000, &s, &r), 1);
		assert_int_equal(r.complete, losses[i].complete);
		assert_int_equal(r.bytes.len, losses[i].prefix * ARMOR_PAYLOAD_BYTES);
		if (!losses[i].complete)
			assert_int_equal(r.n_lost, losses[i].count);
	}
}

/* ---- damage -------------------------------------------------------------------------------- */

enum harm { WRONG, DROPPED, INSERTED };

static const struct {
	const char *name;
	enum harm harm;
	char byte;
	uint32_t per_line; /* so many in each line */
	bool mended;	   /* without any parity line */
} harms[] = {
	{ "a wrong character in each", WRONG, 'A', 1, true },
	{ "a foreign one", WRONG, '\x07', 1, true },
	{ "a blank", WRONG, ' ', 1, true },
	{ "a high byte", WRONG, '\xf3', 1, true },
	{ "a closing brace", WRONG, '}', 1, true },
	{ "an opening brace", WRONG, '{', 1, true },
	{ "a newline", WRONG, '\n', 1, true },
	{ "a dropped character", DROPPED, 0, 1, true },
	{ "an inserted character", INSERTED, 'q', 1, true },
	{ "an inserted blank", INSERTED, ' ', 1, true },
	{ "an inserted newline", INSERTED, '\n', 1, true },
	{ "two wrong characters", WRONG, 'A', 2, false },
};

static size_t spoil(char *line, size_t n, enum harm harm, char byte, size_t at)
{
	if (harm == WRONG) {
		line[at] = line[at] == byte ? (char)(byte ^ 1) : byte;
	} else if (harm == DROPPED) {
		memmove(line + at, line + at + 1, --n - at);
	} else {
		memmove(line + at + 1, line + at, n++ - at);
		line[at] = byte;
	}
	return n;
}

/* Every third line is damaged, all parity is lost if the check alone has to do. */
static void test_harms(void **state)
{
	static struct sent s;
	static struct log log;
	struct prng rng = { 5 };

	(void)state;
	make_sent(&s, 100, 3);
	for (size_t i = 0; i < ARRAY_LEN(harms); i++)
		for (uint32_t round = 0; round < 20; round++) {
			struct gather_result r;

			CASE(harms[i].name);
			log.len = 0;
			for (uint32_t k = 0; k < (harms[i].mended ? N_DATA : N_LINES); k++) {
				char line[ARMOR_LINE_CHARS + 4];
				size_t n = ARMOR_LINE_CHARS;

				line_of(&s, k, line);
				for (uint32_t m = 0; k % 3 == 1 && m < harms[i].per_line; m++)
					n = spoil(line, n, harms[i].harm, harms[i].byte,
						  1 + m * 40 + prng_below(&rng, 35));
				add(&log, line, n);
				add_text(&log, "\r\n");
			}
			assert_int_equal(groups_in(&log, 500, &s, &r), 1);
			assert_true(r.complete);
		}
}

/* ---- several groups ------------------------------------------------------------------------- */

static void test_two_groups(void **state)
{
	static struct sent a, b;
	static struct log log;
	static const struct looks plain = { "", "\r\n", 0, "" };
	struct gather_result r;

	(void)state;
	make_sent(&a, 1, 11);
	make_sent(&b, 2, 12);
	log.len = 0;
	for (uint32_t k = 0; k < N_LINES; k++) {
		add_line(&log, &a, k, &plain);
		add_line(&log, &b, k, &plain);
	}
	assert_int_equal(groups_in(&log, 77, &b, &r), 2);
	assert_true(r.complete);

	/* one after the other, with one key */
	b.group.tag = a.group.tag;
	log.len = 0;
	for (uint32_t k = 0; k < N_LINES; k++)
		add_line(&log, &a, k, &plain);
	for (uint32_t k = 0; k < N_LINES; k++)
		add_line(&log, &b, k, &plain);
	assert_int_equal(groups_in(&log, 4096, &b, &r), 2);
	assert_true(r.complete);
}

/* More groups than fit: none of them is lost silently. */
static void test_many_groups(void **state)
{
	static struct sent s;
	static struct log log;
	static const struct looks plain = { "", "\n", 0, "" };
	struct gather_result r;

	(void)state;
	log.len = 0;
	for (uint32_t i = 0; i < 3 * GATHER_GROUPS; i++) {
		make_sent(&s, i, 100 + i);
		for (uint32_t k = 0; k < 5; k++)
			add_line(&log, &s, k, &plain);
	}
	assert_int_equal(groups_in(&log, 333, NULL, &r), 3 * GATHER_GROUPS);
}

/* ---- nothing -------------------------------------------------------------------------------- */

static void test_nothing(void **state)
{
	static struct sent s;
	static struct log log;
	static const struct looks plain = { "", "\r\n", 0, "" };
	struct prng rng = { 99 };
	struct gather_result r;

	(void)state;
	CASE("one line, again and again");
	make_sent(&s, 5, 4);
	log.len = 0;
	for (uint32_t i = 0; i < 100; i++)
		add_line(&log, &s, 3, &plain);
	assert_int_equal(groups_in(&log, 100, NULL, &r), 0);

	CASE("random bytes");
	prng_fill(&rng, log.p, LOG_MAX);
	log.len = LOG_MAX;
	assert_int_equal(groups_in(&log, 1000, NULL, &r), 0);

	CASE("random lines");
	log.len = 0;
	while (log.len < LOG_MAX - 100) {
		add_text(&log, "{");
		for (uint32_t i = 0; i < ARMOR_BODY_CHARS; i++) {
			const char c = "!#$%()*+,-./0123456789:;=?@ABC"[prng_below(&rng, 30)];

			add(&log, &c, 1);
		}
		add_text(&log, "}\n");
	}
	assert_int_equal(groups_in(&log, 1000, NULL, &r), 0);

	CASE("nothing at all");
	log.len = 0;
	assert_int_equal(groups_in(&log, 1, NULL, &r), 0);
}

static void test_memory(void **state)
{
	(void)state;
	assert_true(rs16_repair_bytes(ARMOR_PARITY_MAX) <= GATHER_REPAIR_BYTES);
	assert_true(sizeof(*g) <= 2 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_looks),	    cmocka_unit_test(test_losses),
		cmocka_unit_test(test_harms),	    cmocka_unit_test(test_two_groups),
		cmocka_unit_test(test_many_groups), cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_memory),
	};

	g = malloc(sizeof(*g));
	if (!g)
		return 1;

	const int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(g);
	return failed;
}
