/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device trees for tests, written as text in a row: a small part of DTS.
 *
 *   /memreserve/ 0x1000 0x2000; #address-cells = <1>;
 *   chosen { bootargs = "x"; }; a { b; c = <1 0x2>; d = "s", "t"; };
 *
 * No labels, no references, no includes. Writes version 17 without libfdt, so that a
 * test does not build its input with the code under test.
 */
#ifndef OM_TESTS_TREE_H
#define OM_TESTS_TREE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tree {
	const char *at; /* what is left of the text */
	uint8_t structs[8192];
	uint8_t strings[2048];
	uint8_t reserve[512];
	size_t n_structs, n_strings, n_reserve;
};

static void tree_fail(const struct tree *t, const char *why)
{
	fprintf(stderr, "tree text: %s at \"%.30s\"\n", why, t->at);
	abort();
}

static void tree_cell(uint8_t *block, size_t *n, size_t cap, uint32_t v)
{
	if (*n + 4 > cap)
		abort();
	for (int i = 0; i < 4; i++)
		block[(*n)++] = (uint8_t)(v >> (24 - 8 * i));
}

static void tree_put(struct tree *t, uint32_t v)
{
	tree_cell(t->structs, &t->n_structs, sizeof(t->structs), v);
}

static void tree_bytes(struct tree *t, const void *p, size_t len)
{
	if (t->n_structs + len + 4 > sizeof(t->structs))
		abort();
	memcpy(t->structs + t->n_structs, p, len);
	t->n_structs += len;
	while (t->n_structs % 4)
		t->structs[t->n_structs++] = 0;
}

static void tree_blank(struct tree *t)
{
	t->at += strspn(t->at, " \t\n");
}

static int tree_take(struct tree *t, const char *word)
{
	tree_blank(t);
	if (strncmp(t->at, word, strlen(word)) != 0)
		return 0;
	t->at += strlen(word);
	tree_blank(t);
	return 1;
}

static uint64_t tree_number(struct tree *t)
{
	char *end;
	uint64_t v = strtoull(t->at, &end, 0);

	if (end == t->at)
		tree_fail(t, "number expected");
	t->at = end;
	tree_blank(t);
	return v;
}

/* Offset of a property name in the strings block, added if it is new. */
static uint32_t tree_string(struct tree *t, const char *name, size_t len)
{
	for (size_t off = 0; off < t->n_strings;) {
		const char *have = (const char *)t->strings + off;

		if (strlen(have) == len && memcmp(have, name, len) == 0)
			return (uint32_t)off;
		off += strlen(have) + 1;
	}
	if (t->n_strings + len + 1 > sizeof(t->strings))
		abort();
	memcpy(t->strings + t->n_strings, name, len);
	t->n_strings += len + 1;
	return (uint32_t)(t->n_strings - len - 1);
}

static void tree_value(struct tree *t)
{
	uint8_t value[4096];
	size_t n = 0;

	if (tree_take(t, ";")) {
		tree_bytes(t, value, 0);
		return;
	}
	if (!tree_take(t, "="))
		tree_fail(t, "'=' or ';' expected");
	do {
		if (tree_take(t, "<")) {
			while (!tree_take(t, ">"))
				tree_cell(value, &n, sizeof(value), (uint32_t)tree_number(t));
		} else if (*t->at == '"') {
			size_t len = strcspn(++t->at, "\"");

			if (n + len + 1 > sizeof(value))
				abort();
			memcpy(value + n, t->at, len);
			value[n + len] = 0;
			n += len + 1;
			t->at += len + 1;
		} else {
			tree_fail(t, "value expected");
		}
	} while (tree_take(t, ","));
	if (!tree_take(t, ";"))
		tree_fail(t, "';' expected");
	t->structs[t->n_structs - 5] = (uint8_t)n; /* the length cell, written before */
	t->structs[t->n_structs - 6] = (uint8_t)(n >> 8);
	tree_bytes(t, value, n);
}

/*
 * Makes a tree from @text at @out (8-byte aligned), padded to @room if that is not 0
 * (else to what it needs); @cap bytes are there. Returns its size.
 */
static size_t tree_make(const char *text, void *out, size_t cap, size_t room)
{
	struct tree *t = calloc(1, sizeof(*t));
	size_t depth = 1, n = 0, total;
	uint8_t *blob = out;

	t->at = text;
	while (tree_take(t, "/memreserve/")) {
		for (int i = 0; i < 2; i++) {
			uint64_t v = tree_number(t);

			tree_cell(t->reserve, &t->n_reserve, sizeof(t->reserve),
				  (uint32_t)(v >> 32));
			tree_cell(t->reserve, &t->n_reserve, sizeof(t->reserve), (uint32_t)v);
		}
		if (!tree_take(t, ";"))
			tree_fail(t, "';' expected");
	}
	t->n_reserve += 16;

	tree_put(t, 1);
	tree_bytes(t, "", 1);
	for (tree_blank(t); *t->at; tree_blank(t)) {
		size_t len = strcspn(t->at, " \t\n={;}");
		const char *name = t->at;

		if (tree_take(t, "}")) {
			if (!tree_take(t, ";") || depth-- <= 1)
				tree_fail(t, "'};' out of place");
			tree_put(t, 2);
			continue;
		}
		t->at += len;
		if (tree_take(t, "{")) {
			char copy[64];

			depth++;
			snprintf(copy, sizeof(copy), "%.*s", (int)len, name);
			tree_put(t, 1);
			tree_bytes(t, copy, len + 1);
		} else {
			tree_put(t, 3);
			tree_put(t, 0);
			tree_put(t, tree_string(t, name, len));
			tree_value(t);
		}
	}
	if (depth != 1)
		tree_fail(t, "'}' missing");
	tree_put(t, 2);
	tree_put(t, 9);

	total = 40 + t->n_reserve + t->n_structs + t->n_strings;
	if (room > total)
		total = room;
	if (total > cap)
		abort();
	memset(blob, 0, total);
	uint32_t header[10] = { 0xd00dfeed,
				(uint32_t)total,
				(uint32_t)(40 + t->n_reserve),
				(uint32_t)(40 + t->n_reserve + t->n_structs),
				40,
				17,
				16,
				0,
				(uint32_t)t->n_strings,
				(uint32_t)t->n_structs };
	for (int i = 0; i < 10; i++)
		tree_cell(blob, &n, cap, header[i]);
	memcpy(blob + n, t->reserve, t->n_reserve);
	memcpy(blob + header[2], t->structs, t->n_structs);
	memcpy(blob + header[3], t->strings, t->n_strings);
	free(t);
	return total;
}

#endif
