/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * squeeze [-d] FILE... - how small core/squeeze makes each file.
 *
 * Prints a line for each: bytes of text, bytes squeezed, name. -d: also reads the stream back
 * and compares; exit code 1 if anything differs.
 */
#include "core/squeeze.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct span read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p = NULL;
	size_t len = 0;
	size_t got;

	if (!f) {
		perror(path);
		exit(2);
	}
	do {
		p = realloc(p, len + 65536);
		if (!p)
			exit(2);
		got = fread(p + len, 1, 65536, f);
		len += got;
	} while (got > 0);
	fclose(f);
	return (struct span){ p, len };
}

static bool comes_back(struct workspace state, struct span stream, struct span text)
{
	struct unsqueeze u;
	uint8_t *back = malloc(text.len + 1);
	bool same;

	if (!back || unsqueeze_start(&u, state, stream) != OM_OK)
		exit(2);
	same = unsqueeze_get(&u, back, text.len + 1) == text.len && u.end == UNSQUEEZE_DONE &&
	       memcmp(back, text.p, text.len) == 0;
	free(back);
	return same;
}

int main(int argc, char **argv)
{
	const bool check = argc > 1 && strcmp(argv[1], "-d") == 0;
	const struct workspace state = { aligned_alloc(8, SQUEEZE_STATE_BYTES),
					 SQUEEZE_STATE_BYTES };
	int failed = 0;

	for (int i = check ? 2 : 1; i < argc; i++) {
		const struct span text = read_file(argv[i]);
		const size_t cap = SQUEEZE_OUT_MIN + 2 * text.len;
		uint8_t *out = malloc(cap);
		struct squeeze s;

		if (!out || !state.p || squeeze_start(&s, state, out, cap) != OM_OK)
			return 2;

		const bool taken = squeeze_put(&s, text) == text.len;

		squeeze_end(&s);
		printf("%zu %zu %s\n", text.len, s.len, argv[i]);
		if (!taken || (check && !comes_back(state, (struct span){ out, s.len }, text))) {
			fprintf(stderr, "%s: does not come back\n", argv[i]);
			failed = 1;
		}
		free(out);
		free((void *)(uintptr_t)text.p);
	}
	free(state.p);
	return failed;
}
