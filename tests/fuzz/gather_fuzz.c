/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of reports between any other bytes. The input is a script: text as it is, and lines of
 * groups that it asks for, so that the fuzzer need not find checks; the damage it does to them is
 * its own.
 */
#include "core/offline/gather.h"
#include "fuzz.h"

enum { SCRIPTED = 4, TEXT_MAX = 64 << 10 };

struct text {
	uint8_t *p;
	size_t len;
};

/* The payload of line @number: data that the number gives, or parity of it. */
static void add_line(struct text *t, const struct armor_group *g, uint32_t number)
{
	uint8_t payload[ARMOR_PAYLOAD_BYTES];

	if (TEXT_MAX - t->len < ARMOR_LINE_CHARS)
		return;
	memset(payload, (int)(number * 7 + g->tag), sizeof(payload));
	armor_line(armor_key(g), number, payload, (char *)t->p + t->len);
	t->len += ARMOR_LINE_CHARS;
}

static void add_bytes(struct text *t, struct span bytes)
{
	const size_t n = bytes.len < TEXT_MAX - t->len ? bytes.len : TEXT_MAX - t->len;

	if (n > 0)
		memcpy(t->p + t->len, bytes.p, n);
	t->len += n;
}

/* Sizes so small that parity lines, which are no parity here, rarely matter. */
static struct armor_group group_of_script(uint32_t i)
{
	return (struct armor_group){ 3 + 5 * i, i % 2 ? 4 : 0, 100 + i };
}

static struct text play(struct span in)
{
	struct text t = { make_bytes(TEXT_MAX, 0), 0 };

	while (in.len > 0) {
		const uint32_t op = take(&in, 1);
		const struct armor_group g = group_of_script(op >> 4 & (SCRIPTED - 1));

		switch (op & 3) {
		case 0: /* some lines in a row */
			for (uint32_t i = take(&in, 1), n = op >> 6; n <= 3 && n > 0; n--, i++) {
				add_line(&t, &g, i % 32);
				add_bytes(&t, (struct span){ (const uint8_t *)"\r\n", 2 });
			}
			break;
		case 1: /* text of the fuzzer's */
			add_bytes(&t, take_span(&in, take(&in, 1)));
			break;
		case 2: /* damage to what stands there */
			if (t.len > 0)
				t.p[t.len - 1 - take(&in, 1) % t.len] = (uint8_t)take(&in, 1);
			break;
		default: /* a piece of it is lost */
			t.len -= (op >> 2) % (t.len + 1);
			break;
		}
	}
	return t;
}

static void check_result(const struct gather *g)
{
	const struct gather_result *r = &g->result;

	require(r->shape.n_data >= 1 && r->shape.n_data <= ARMOR_DATA_MAX, "data lines");
	require(r->shape.n_parity <= ARMOR_PARITY_MAX, "parity lines");
	require(r->bytes.len % ARMOR_PAYLOAD_BYTES == 0, "whole lines");
	require(r->bytes.len <= r->shape.n_data * ARMOR_PAYLOAD_BYTES, "no more than all data");
	require(r->complete == (r->n_lost == 0), "complete, or some are lost");
	require(!r->complete || r->bytes.len == r->shape.n_data * ARMOR_PAYLOAD_BYTES,
		"all of a complete group");
	require(r->n_restored + r->n_lost <= r->shape.n_data, "lines counted once");
	require(r->n_seen <= r->shape.n_data + r->shape.n_parity, "no more seen than there are");
}

/* All of them are there to be read. */
static void check_bytes(const struct gather *g)
{
	const struct gather_result *r = &g->result;

	for (size_t i = 0; i < r->bytes.len; i++)
		(void)*(volatile const uint8_t *)&r->bytes.p[i];
}

static void feed(struct gather *g, struct span in)
{
	const size_t len = in.len;
	uint32_t events = 0;

	for (;;) {
		const enum gather_event event = gather_feed(g, &in);

		require(in.len <= len, "never more left than before");
		if (event == GATHER_MORE)
			break;
		require(++events <= 4 * len + 4 * ARMOR_LINES_MAX, "events come to an end");
		if (event == GATHER_LINE) {
			require(g->recent != NULL, "the group of a line");
			continue;
		}
		check_result(g);
		check_bytes(g);
	}
	require(in.len == 0, "all was taken");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gather *g;
	struct span in = { data, size };
	const uint32_t step = take(&in, 1) + 1;
	struct text t = play(in);
	uint32_t closed = 0;

	if (!g)
		g = (struct gather *)make_bytes(sizeof(*g), 0);
	gather_start(g);
	for (size_t at = 0; at < t.len; at += step) {
		const struct span part = make_copy(span_sub((struct span){ t.p, t.len }, at, step));

		feed(g, part);
		drop_copy(part, span_sub((struct span){ t.p, t.len }, at, step));
	}
	while (gather_close(g, g->clock, false))
		check_result(g);
	while (gather_close(g, g->clock, true)) {
		check_result(g);
		check_bytes(g);
		require(++closed <= GATHER_GROUPS, "each group is told once");
	}
	require(!gather_busy(g), "all is told");
	free(t.p);
	return 0;
}
