/* SPDX-License-Identifier: BSD-2-Clause */
/* Words and numbers of a command line. Input: the line; a NUL ends it early. */
#include "core/place/known_words.h"
#include "core/place/options.h"
#include "core/place/parameters.h"
#include "core/tree/cmdline.h"
#include "fuzz.h"

/* The number by other means; *fits is false beyond 64 bits. */
static unsigned __int128 number_of(const char *text, size_t len, bool *fits)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t base = len > 1 && text[0] == '0' ? 8 : 10;
	unsigned __int128 v = 0;
	size_t i = 0;

	if (len > 2 && base == 8 && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		i = 2;
	}
	*fits = true;
	for (; i < len && text[i]; i++) {
		const char *d = memchr(digits, text[i] | (text[i] >= 'A' ? 0x20 : 0), base);

		if (!d)
			break;
		v = v * base + (uint32_t)(d - digits);
		*fits = *fits && v <= UINT64_MAX;
		if (!*fits)
			v = 0;
	}
	return v;
}

static void check_number(const char *text, size_t len)
{
	uint64_t value;
	size_t used = SIZE_MAX;
	bool fits;
	const unsigned __int128 want = number_of(text, len, &fits);
	const enum om_err err = cmdline_size(text, len, &value, &used);

	require(err == OM_OK || err == OM_E_ARG || err == OM_E_TRUNCATED, "a documented answer");
	if (err != OM_OK)
		return;
	require(used > 0 && used <= len, "digits lie in the text");
	require(fits, "no number beyond 64 bits");

	const char last = text[used - 1] | 0x20;
	const char *suffix = memchr("kmgtpe", last, 6);
	/* in a hexadecimal number an 'e' is a digit */
	unsigned __int128 scaled = want;

	for (const char *s = "kmgtpe"; suffix && s <= suffix; s++)
		scaled *= 1024;
	require(value == want || value == scaled, "the number reads back");
}

static void check_words(const char *line, const char *name)
{
	const size_t len = strlen(line);
	const char *value = NULL;
	size_t n = 0;

	/* every word takes a character and a blank at least */
	for (size_t rounds = 0;; rounds++) {
		const char *last = value;

		value = cmdline_next(line, name, value, &n);
		if (!value)
			return;
		require(rounds <= len, "words end");
		require(value > line && value <= line + len && n <= (size_t)(line + len - value),
			"a value lies in the line");
		require(!last || value > last, "the next value is further on");
		check_number(value, n);
	}
}

static void check_options(const char *line)
{
	static const struct geometry defaults = GEOMETRY_DEFAULT;
	struct carveout_options w;
	const size_t len = strlen(line);

	memset(&w, 0x5a, sizeof(w));
	options_read(line, &defaults, &w);
	require(w.given >> OPTION_WORDS == 0, "words there are");
	require(w.geom.region_bytes > 0 && w.geom.region_bytes <= INT32_MAX, "a size Linux takes");
	require(w.geom.mem_type <= 1, "no cached memory");
	for (uint32_t i = 0; i < OPTION_WORDS; i++) {
		struct geometry g = defaults;

		require((w.given >> i & 1) || *option_number(&w.geom, i) == *option_number(&g, i),
			"defaults where nothing was given");
	}
	if (w.bad > 0)
		require(w.bad_word >= line && w.bad_word + w.bad_word_len <= line + len,
			"the bad word lies in the line");
}

/* True if the @len characters at @p lie in @text. */
static bool in_text(const char *p, size_t len, const char *text)
{
	return p >= text && p + len <= text + strlen(text);
}

static void check_parameters(const char *line, const char *modprobe)
{
	struct parameters p;
	struct unknown_words u;

	memset(&p, 0x5a, sizeof(p));
	parameters_read(line, modprobe, &p);
	require(p.n + p.bad <= strlen(line) + (modprobe ? strlen(modprobe) : 0), "words there are");
	require(p.geom.flags == GEOMETRY_FTRACE_PER_CPU, "flags as Linux sets them");
	require(p.n > 0 || (!p.has_address && p.bytes == 0 && !p.name), "nothing of no words");
	require(p.named_bytes == 0 || p.name, "no reservation without a name");
	require(p.bad == 0 || in_text(p.bad_word, p.bad_word_len, line) ||
			(modprobe && in_text(p.bad_word, p.bad_word_len, modprobe)),
		"the bad word lies in a text");
	require(!p.name || in_text(p.name, p.name_len, line) ||
			(modprobe && in_text(p.name, p.name_len, modprobe)),
		"the name lies in a text");

	memset(&u, 0x5a, sizeof(u));
	known_words_check(line, &u);
	require(u.n == 0 || in_text(u.word, u.len, line), "the unknown word lies in the line");
	require(u.n > 0 || (!u.word && !u.nearest), "nothing resembles no word");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "mem", "crashkernel", "cma", "oopsmon.region", "a-b" };
	char *line = (char *)make_bytes(size + 1, 0);

	if (size > 0)
		memcpy(line, data, size);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		check_words(line, names[i]);
	check_options(line);
	check_parameters(line, NULL);
	check_parameters("", line);
	check_parameters(line, line);
	check_number((const char *)data, size);
	free(line);
	return 0;
}
