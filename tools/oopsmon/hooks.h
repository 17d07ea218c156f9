/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `--exec`: a command for each finished report, a few at once, the others in their order
 * after them. Nothing here waits.
 */
#ifndef OM_TOOLS_HOOKS_H
#define OM_TOOLS_HOOKS_H

#include "events.h"

#include <sys/types.h>

enum {
	HOOKS_AT_ONCE = 4,
	HOOKS_WAITING_MAX = 256, /* further ones are refused, with a message */
};

struct hook;

struct hooks {
	char **command; /* of hooks_command(); NULL: none */
	const struct events *events;
	struct hook *first; /* in the order they came; those that run are among them */
	uint32_t n;
};

/*
 * The words of --exec's @text, to run as they are: the program and its arguments, "{}" for the
 * folder. NULL: *@why is what is wrong, a phrase.
 */
char **hooks_command(const char *text, const char **why);

/* Runs the command for the report saved in @folder, or lets it wait its turn. */
void hooks_add(struct hooks *h, const char *port, const char *folder, const struct report *r);

/* Collects what has ended and starts what waits; after SIGCHLD. */
void hooks_turn(struct hooks *h);

/* Gives up those that wait, frees the command. The running ones are left to themselves. */
void hooks_free(struct hooks *h);

#endif
