/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host program: finds the sub-command and hands over. All formats live in
 * firmware/core, the same sources that run on the board.
 */
#include "commands.h"
#include "plain.h"

#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command commands[] = {
	{ "decode", decode_command, "records of a ramoops region saved to a file" },
	{ "erase", erase_command, "zero the records in a region file for good" },
	{ "watch", watch_command, "listens to serial ports, saves crash reports as they arrive" },
	{ "archive", archive_command, "crashes that a monitor kept in flash: ls, extract, verify" },
	{ "wrap", wrap_command, "puts the monitor before a kernel, or before U-Boot in flash" },
	{ "plan", plan_command, "where a board's carve-out goes, from its device tree" },
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* libc looks for it by this name; the program is built with hidden symbols */
__attribute__((visibility("default"))) const char *argp_program_version = "oopsmon " OM_VERSION;

struct choice {
	const struct command *command;
	int first; /* argument that names it */
};

/* argp_help() asks for the text below the options: the list of commands. */
static char *help_text(int key, const char *text, void *input)
{
	char *list = NULL;
	size_t bytes = 0;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;

	FILE *f = open_memstream(&list, &bytes);

	if (!f)
		return (char *)text;
	fputs("Commands:\n", f);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(f, "  %-10s %s\n", commands[i].name, commands[i].help);
	fputs("\n`oopsmon COMMAND --help` explains one. Exit code: 0 all well, 1 the answer is "
	      "not a clean one, 2 wrong usage or unreadable input.",
	      f);
	if (fclose(f) != 0)
		return (char *)text;
	return list; /* argp frees it */
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct choice *choice = state->input;

	if (key == ARGP_KEY_NO_ARGS)
		argp_error(state, "which command?");
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;

	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(arg, commands[i].name) == 0)
			choice->command = &commands[i];
	if (!choice->command)
		argp_error(state, "no command '%s'", arg);
	choice->first = state->next - 1;
	state->next = state->argc; /* the rest belongs to the command */
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "COMMAND [OPTION...]",
		.doc = "Reads what a dead Linux kernel left in a ramoops region.\v",
		.help_filter = help_text,
	};
	struct choice choice = { NULL, 0 };
	static char name[64];

	argp_err_exit_status = EXIT_TROUBLE;
	plain_streams();
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a failed write, with a message */
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &choice) != 0 || !choice.command)
		return EXIT_TROUBLE;

	snprintf(name, sizeof(name), "oopsmon %s", choice.command->name);
	argv[choice.first] = name;
	return choice.command->run(argc - choice.first, argv + choice.first);
}
