/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command line taken apart into words, by the shell's rules for quotes, and nothing else of
 * the shell: what would need one is refused, so that nobody believes that there is one.
 */
#ifndef OM_TOOLS_WORDS_H
#define OM_TOOLS_WORDS_H

/*
 * The words of @text, a list that ends with NULL, for words_free(). NULL: *@why is what is wrong
 * with it, a phrase.
 */
char **words_split(const char *text, const char **why);
void words_free(char **words);

#endif
