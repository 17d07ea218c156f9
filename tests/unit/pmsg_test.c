/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries of Android's liblog in pmsg: whole, cut, between strangers, and what is none. */
#include "core/log/pmsg.h"
#include "support.h"

static void put_16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

/* As liblog writes it; returns the bytes. */
static size_t put_entry(uint8_t *p, uint8_t id, const void *payload, size_t n)
{
	p[0] = 'l';
	put_16(p + 1, (uint32_t)(18 + n));
	put_16(p + 3, 1000);
	put_16(p + 5, 4321);
	p[7] = id;
	put_16(p + 8, 4322);
	le32_store(p + 10, 1706704496); /* 2024-01-31 12:34:56 */
	le32_store(p + 14, 789123456);
	memcpy(p + 18, payload, n);
	return 18 + n;
}

#define TEXT(prio, tag, msg) prio tag "\0" msg "\0"

struct row {
	const char *name;
	uint8_t id;
	const char *payload;
	size_t len;
	bool good;
	uint8_t priority;
	const char *tag, *message;
};

#define PAYLOAD(s) (s), sizeof(s) - 1

static const struct row rows[] = {
	{ "text", 0, PAYLOAD(TEXT("\4", "tag", "hello")), true, 4, "tag", "hello" },
	{ "verbose", 3, PAYLOAD(TEXT("\2", "t", "m")), true, 2, "t", "m" },
	{ "fatal", 4, PAYLOAD(TEXT("\7", "t", "m")), true, 7, "t", "m" },
	{ "kernel", 7, PAYLOAD(TEXT("\6", "t", "m")), true, 6, "t", "m" },
	{ "empty tag", 0, PAYLOAD(TEXT("\4", "", "hello")), true, 4, "", "hello" },
	{ "empty message", 0, PAYLOAD(TEXT("\4", "tag", "")), true, 4, "tag", "" },
	{ "only a priority and a NUL", 0, PAYLOAD("\4\0"), true, 4, "", "" },
	{ "several lines", 1, PAYLOAD(TEXT("\5", "t", "a\nb\n")), true, 5, "t", "a\nb\n" },
	{ "events", 2, PAYLOAD("\x12\x34\0\0\0\x2a\0\0\0"), true, 0, "", NULL },
	{ "an event that looks like text", 2, PAYLOAD(TEXT("\4", "tag", "x")), true, 0, "", NULL },
	{ "security", 6, PAYLOAD("\x12\x34\0\0\0\x2a\0\0\1"), true, 0, "", NULL },
	{ "security or kernel: text", 5, PAYLOAD(TEXT("\4", "tag", "x")), true, 4, "tag", "x" },
	{ "event too short", 2, PAYLOAD("\1\2\3"), false, 0, "", "" },
	{ "priority 0", 0, PAYLOAD(TEXT("\0", "tag", "x")), false, 0, "", "" },
	{ "priority 1", 0, PAYLOAD(TEXT("\1", "tag", "x")), false, 0, "", "" },
	{ "priority 8", 0, PAYLOAD(TEXT("\10", "tag", "x")), false, 0, "", "" },
	{ "no NUL", 0, PAYLOAD("\4tag"), false, 0, "", "" },
	{ "no NUL at the end", 0, PAYLOAD("\4tag\0message"), false, 0, "", "" },
	{ "no such log", 8, PAYLOAD(TEXT("\4", "tag", "x")), false, 0, "", "" },
	{ "one byte", 2, PAYLOAD("\4"), false, 0, "", "" },
};

static void assert_span(struct span s, const char *want, size_t len)
{
	assert_int_equal(s.len, len);
	assert_memory_equal(s.p, want, len);
}

/* Each row alone, in memory that ends with it, and between other bytes. */
static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i / 2];
		const size_t before = i % 2 ? 40 : 0;
		const size_t after = i % 2 ? 7 : 0;
		uint8_t raw[200];
		const size_t n = put_entry(raw, r->id, r->payload, r->len);
		uint8_t *exact = malloc(before + n + after);
		struct span log = { exact, before + n + after };
		struct pmsg_entry e;
		size_t skipped = 99;

		CASE(r->name);
		memset(exact, 'l', before + n + after);
		memcpy(exact + before, raw, n);
		if (!r->good) {
			assert_int_equal(pmsg_next(&log, &skipped, &e), OM_E_NOT_FOUND);
			assert_int_equal(skipped, before + n + after);
			assert_int_equal(log.len, 0);
			free(exact);
			continue;
		}
		assert_int_equal(pmsg_next(&log, &skipped, &e), OM_OK);
		assert_int_equal(skipped, before);
		assert_int_equal(log.len, after);
		assert_int_equal(e.uid, 1000);
		assert_int_equal(e.pid, 4321);
		assert_int_equal(e.tid, 4322);
		assert_int_equal(e.log_id, r->id);
		assert_int_equal(e.sec, 1706704496);
		assert_int_equal(e.nsec, 789123456);
		assert_int_equal(e.priority, r->priority);
		assert_span(e.tag, r->tag, strlen(r->tag));
		if (r->message)
			assert_span(e.message, r->message, strlen(r->message));
		else
			assert_span(e.message, r->payload, r->len);
		assert_int_equal(pmsg_next(&log, &skipped, &e), OM_E_NOT_FOUND);
		assert_int_equal(skipped, after);
		free(exact);
	}
}

/* Fields that no writer leaves. */
static void test_heads(void **state)
{
	static const struct {
		uint32_t at;
		uint8_t value;
	} bad[] = {
		{ 0, 'm' }, { 1, 17 }, { 1, 19 }, { 1, 255 }, { 2, 1 }, { 7, 9 }, { 17, 0x3c }
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		uint8_t raw[64];
		struct span log = { raw, put_entry(raw, 0, PAYLOAD(TEXT("\4", "t", "m"))) };
		struct pmsg_entry e;
		size_t skipped;

		raw[bad[i].at] = bad[i].value;
		assert_int_equal(pmsg_next(&log, &skipped, &e), OM_E_NOT_FOUND);
	}
}

/* The longest message: liblog cuts it and its NUL; longer ones are not its. */
static void test_longest(void **state)
{
	static uint8_t raw[5000], payload[5000];
	static const struct {
		size_t len;
		bool good;
	} lengths[] = { { 4067, false }, { 4068, true }, { 4077, true }, { 4078, false } };

	(void)state;
	memset(payload, 'x', sizeof(payload));
	memcpy(payload, "\4tag", 5);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct span log = { raw, put_entry(raw, 0, payload, lengths[i].len) };
		struct pmsg_entry e;
		size_t skipped;

		assert_int_equal(pmsg_next(&log, &skipped, &e),
				 lengths[i].good ? OM_OK : OM_E_NOT_FOUND);
		if (lengths[i].good)
			assert_int_equal(e.message.len, lengths[i].len - 5);
	}
}

/*
 * A ring of entries cut at every place: the cut one is skipped, all others are found. Then
 * another writer's bytes between a head and its payload: that entry is lost, no other.
 */
static void test_cut_and_mixed(void **state)
{
	uint8_t raw[2000];
	uint8_t mixed[2100];
	const size_t entry = put_entry(raw, 0, PAYLOAD(TEXT("\4", "tag", "a l long line")));
	enum { N = 20 };
	struct pmsg_entry e;
	size_t skipped;

	(void)state;
	for (uint32_t i = 0; i < N; i++)
		put_entry(raw + i * entry, 0, PAYLOAD(TEXT("\4", "tag", "a l long line")));
	for (size_t cut = 0; cut <= N * entry; cut++) {
		struct span log = { raw + cut, N * entry - cut };
		uint32_t n = 0;
		size_t all = 0;

		while (pmsg_next(&log, &skipped, &e) == OM_OK) {
			n++;
			all += skipped;
		}
		assert_int_equal(n, (N * entry - cut) / entry);
		assert_int_equal(all + skipped, (N * entry - cut) % entry);
		assert_int_equal(pmsg_is_logd((struct span){ raw + cut, N * entry - cut }),
				 2 * ((N * entry - cut) % entry) < N * entry - cut);
	}
	for (size_t at = 1; at < entry; at++) {
		struct span log = { mixed, N * entry + 21 };
		uint32_t n = 0;

		memcpy(mixed, raw, 3 * entry + at);
		memcpy(mixed + 3 * entry + at, "some other's line, l\n", 21);
		memcpy(mixed + 3 * entry + at + 21, raw + 3 * entry + at,
		       N * entry - 3 * entry - at);
		while (pmsg_next(&log, &skipped, &e) == OM_OK) {
			n++;
			assert_int_equal(e.tag.len, 3);
		}
		assert_int_equal(n, N - 1);
		assert_true(pmsg_is_logd((struct span){ mixed, N * entry + 21 }));
	}
}

static void test_what_is_none(void **state)
{
	static uint8_t bytes[65536];
	static const char text[] =
		"The lazy fellow's little log will tell all: hello world, lol.\n";
	struct prng rng = { 77 };

	(void)state;
	assert_false(pmsg_is_logd((struct span){ bytes, 0 }));
	assert_false(pmsg_is_logd((struct span){ NULL, 0 }));
	assert_false(pmsg_is_logd((struct span){ bytes, sizeof(bytes) }));
	for (size_t i = 0; i + sizeof(text) < sizeof(bytes); i += sizeof(text) - 1)
		memcpy(bytes + i, text, sizeof(text) - 1);
	assert_false(pmsg_is_logd((struct span){ bytes, sizeof(bytes) }));
	memset(bytes, 'l', sizeof(bytes));
	assert_false(pmsg_is_logd((struct span){ bytes, sizeof(bytes) }));
	for (uint32_t i = 0; i < 20; i++) {
		prng_fill(&rng, bytes, sizeof(bytes));
		assert_false(pmsg_is_logd((struct span){ bytes, sizeof(bytes) }));
	}
}

/* Any bytes at all: every step goes forward, and what it gives lies in the log. */
static void test_hostile(void **state)
{
	struct prng rng = { 78 };

	(void)state;
	for (uint32_t round = 0; round < 3000; round++) {
		const size_t len = prng_below(&rng, 400);
		uint8_t *exact = malloc(len ? len : 1);
		struct span log = { exact, len };
		struct pmsg_entry e;
		size_t skipped, all = 0;

		prng_fill(&rng, exact, len);
		for (size_t i = 0; i + 20 < len; i += 20 + prng_below(&rng, 60)) {
			exact[i] = 'l';
			put_16(exact + i + 1, prng_below(&rng, 60));
			exact[i + 7] &= 7;
			exact[i + 17] &= 0x1f;
			exact[i + 18] &= 7;
		}
		for (uint32_t n = 0;; n++) {
			const size_t before = log.len;

			assert_true(n <= len);
			if (pmsg_next(&log, &skipped, &e) != OM_OK)
				break;
			all += before - log.len;
			assert_true(log.len < before && skipped < before);
			for (size_t k = 0; k < e.message.len; k++)
				assert_true(e.message.p[k] <= 255);
			assert_true(e.message.len == 0 ||
				    (e.message.p >= exact &&
				     e.message.p + e.message.len <= exact + len));
		}
		assert_int_equal(all + skipped, len);
		free(exact);
	}
}

static void test_heads_as_text(void **state)
{
	static const struct {
		struct pmsg_entry e;
		const char *want;
	} heads[] = {
		{ { .pid = 1000, .tid = 1234, .priority = 4, .sec = 1706704496, .nsec = 789999999 },
		  "01-31 12:34:56.789  1000  1234 I " },
		{ { .pid = 65535, .tid = 0, .priority = 2 }, "01-01 00:00:00.000 65535     0 V " },
		{ { .pid = 1, .tid = 2, .priority = 0, .sec = UINT32_MAX, .nsec = UINT32_MAX },
		  "02-07 06:28:15.4294     1     2 I " },
		{ { .priority = 255 }, "01-01 00:00:00.000     0     0 I " },
		{ { .priority = 7 }, "01-01 00:00:00.000     0     0 F " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		char out[PMSG_HEAD_BYTES];

		assert_int_equal(pmsg_head(&heads[i].e, out), strlen(heads[i].want));
		assert_string_equal(out, heads[i].want);
	}
	assert_string_equal(pmsg_log_name(0), "main");
	assert_string_equal(pmsg_log_name(4), "crash");
	assert_string_equal(pmsg_log_name(5), "?");
	assert_string_equal(pmsg_log_name(255), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	      cmocka_unit_test(test_heads),
		cmocka_unit_test(test_longest),	      cmocka_unit_test(test_cut_and_mixed),
		cmocka_unit_test(test_what_is_none),  cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_heads_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
