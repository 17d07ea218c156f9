/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sub-commands of the host program, one per file. A new one is declared here
 * and gets its row in the table of main.c.
 */
#ifndef OM_TOOLS_COMMANDS_H
#define OM_TOOLS_COMMANDS_H

/* Exit codes, the same for every sub-command. */
enum {
	EXIT_GOOD = 0,	   /* done, nothing to complain about */
	EXIT_FINDINGS = 1, /* done, but the answer is not a clean one */
	EXIT_TROUBLE = 2   /* wrong usage, or input that cannot be read */
};

struct command {
	const char *name;
	/* argv[0] is "oopsmon NAME", for messages; returns an exit code. */
	int (*run)(int argc, char **argv);
	const char *help; /* one line */
};

int decode_command(int argc, char **argv);
int erase_command(int argc, char **argv);
int watch_command(int argc, char **argv);
int plan_command(int argc, char **argv);
int wrap_command(int argc, char **argv);
int archive_command(int argc, char **argv);

#endif
