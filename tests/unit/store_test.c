/* SPDX-License-Identifier: BSD-2-Clause */
/* A store's records read once more: the same text and facts, with the effort of the first time. */
#include "core/log/store.h"

#include "support.h"

#include <string.h>

/* A backend whose record has the text that the row asks for. */
struct backend {
	enum om_err err;
	const char *text;
	struct effort *effort;
	uint32_t effort_seen, piece_seen, number_seen;
};

static enum om_err read_one(const void *ctx, uint32_t i, uint32_t piece, struct workspace work,
			    struct record *out)
{
	struct backend *b = *(struct backend *const *)ctx;

	(void)work;
	b->number_seen = i;
	b->piece_seen = piece;
	b->effort_seen = b->effort ? b->effort->left : 0;
	*out = (struct record){ .text = { (const uint8_t *)b->text, strlen(b->text) },
				.quality = QUALITY_UNREADABLE };
	return b->err;
}

static const struct row {
	const char *name;
	enum om_err err;
	const char *text;
	bool has_effort, has_mended;
	enum om_err want;
	uint32_t effort;
} rows[] = {
	{ "as before", OM_OK, "a log\n", true, false, OM_OK, 77 },
	{ "the first of two readings", OM_OK, "a log\n", true, true, OM_OK, 0 },
	{ "effort without an end", OM_OK, "a log\n", false, false, OM_OK, 0 },
	{ "shorter", OM_OK, "a log", true, false, OM_E_VARIANT, 77 },
	{ "longer", OM_OK, "a log\n\n", true, false, OM_E_VARIANT, 77 },
	{ "gone", OM_E_EMPTY, "", true, false, OM_E_EMPTY, 77 },
};

static void test_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *w = &rows[i];
		struct effort effort = { .left = 5, .spent = 9 };
		struct backend b = { w->err, w->text, w->has_effort ? &effort : NULL };
		struct backend *const at = &b;
		const struct store s = {
			.backend = "test", .n = 4, .effort = b.effort, .read = read_one, .ctx = &at
		};
		const struct record first = { .text.len = strlen("a log\n"),
					      .quality = QUALITY_CORRECTED,
					      .piece = 1,
					      .effort = 77,
					      .has_mended = w->has_mended };
		struct record again;

		CASE(w->name);
		assert_int_equal(store_again(&s, 3, &first, (struct workspace){ 0 }, &again),
				 w->want);
		assert_int_equal(b.number_seen, 3);
		assert_int_equal(b.piece_seen, 1);
		assert_int_equal(b.effort_seen, w->effort);
		if (w->want != OM_OK)
			continue;
		assert_int_equal(again.quality, QUALITY_CORRECTED); /* facts of the first time */
		assert_ptr_equal(again.text.p, w->text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_again) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
