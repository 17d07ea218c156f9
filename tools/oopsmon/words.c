/* SPDX-License-Identifier: BSD-2-Clause */
#include "words.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/*
 * Writes the word at the beginning of @text to @f; returns where it ends, NULL: *@why. A
 * backslash takes the next character as it is; between double quotes only before what means
 * something there.
 */
static const char *take_word(const char *text, FILE *f, const char **why)
{
	char quote = '\0';

	for (; *text && (quote || !is_blank(*text)); text++) {
		const char c = *text;

		if (quote == '\'' && c != '\'') {
			fputc(c, f);
		} else if (c == quote) {
			quote = '\0';
		} else if (!quote && (c == '\'' || c == '"')) {
			quote = c;
		} else if (c == '\\' && text[1] && (!quote || strchr("\"\\$`", text[1]))) {
			fputc(*++text, f);
		} else if (strchr("$`", c) || (!quote && strchr("|&;<>()*?[", c))) {
			*why = "no shell reads it: put this into a script, or say "
			       "sh -c '...' and quote it";
			return NULL;
		} else {
			fputc(c, f);
		}
	}
	if (quote)
		*why = "a quote is not closed";
	return quote ? NULL : text;
}

/* The word at *@text, which is moved after it; NULL: *@why. */
static char *next_word(const char **text, const char **why)
{
	char *word = NULL;
	size_t bytes;
	FILE *f = open_memstream(&word, &bytes);
	const char *end;

	*why = "out of memory";
	if (!f)
		return NULL;
	end = take_word(*text, f, why);
	if (fclose(f) == 0 && end) {
		*text = end;
		return word;
	}
	free(word);
	return NULL;
}

char **words_split(const char *text, const char **why)
{
	/* each word has a character, and one that ends it */
	char **words = calloc(strlen(text) / 2 + 2, sizeof(*words));
	size_t n = 0;

	*why = words ? NULL : "out of memory";
	while (words) {
		while (is_blank(*text))
			text++;
		if (!*text && n > 0)
			return words;
		if (!*text)
			*why = "it is empty";
		if (!*text || !(words[n] = next_word(&text, why)))
			break;
		n++;
	}
	words_free(words);
	return NULL;
}

void words_free(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}
