/* SPDX-License-Identifier: BSD-2-Clause */
#include "hooks.h"
#include "words.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HOOK_VARIABLES = 10 };

struct hook {
	struct hook *next;
	pid_t pid; /* 0: waits */
	char **argv;
	char *port, *folder;
	char *variables[HOOK_VARIABLES + 1]; /* "OOPSMON_...=..." */
};

static void free_hook(struct hook *j)
{
	for (size_t i = 0; i < HOOK_VARIABLES; i++)
		free(j->variables[i]);
	words_free(j->argv);
	free(j->port);
	free(j->folder);
	free(j);
}

/* @words with each that is "{}" replaced by @folder; NULL: no memory. */
static char **fill_in(char *const *words, const char *folder)
{
	size_t n = 0;

	while (words[n])
		n++;

	char **out = calloc(n + 1, sizeof(*out));

	for (size_t i = 0; out && i < n; i++) {
		out[i] = strdup(strcmp(words[i], "{}") == 0 ? folder : words[i]);
		if (!out[i]) {
			words_free(out);
			out = NULL;
		}
	}
	return out;
}

char **hooks_command(const char *text, const char **why)
{
	char **words = words_split(text, why);

	for (size_t i = 0; words && words[i]; i++) {
		if (!strstr(words[i], "{}") || strcmp(words[i], "{}") == 0)
			continue;
		*why = "{} is the folder as an argument of its own; within one, and for a shell, "
		       "it is $OOPSMON_FOLDER";
		words_free(words);
		return NULL;
	}
	return words;
}

static char *variable(const char *name, const char *value)
{
	char *text = NULL;

	return asprintf(&text, "OOPSMON_%s=%s", name, value) < 0 ? NULL : text;
}

static struct hook *hook_new(char *const *command, const char *port, const char *folder,
			     const struct report *r)
{
	struct hook *j = calloc(1, sizeof(*j));
	char id[16], boots[16];
	size_t n = 0;

	if (!j)
		return NULL;
	snprintf(id, sizeof(id), "%08" PRIx32, r->head.id);
	snprintf(boots, sizeof(boots), "%" PRIu32, r->head.boot_count);
	j->argv = fill_in(command, folder);
	j->port = strdup(port);
	j->folder = strdup(folder);
	j->variables[n++] = variable("PORT", port);
	j->variables[n++] = variable("FOLDER", folder);
	j->variables[n++] = variable("ID", id);
	j->variables[n++] = variable("COMPLETE", r->complete ? "1" : "0");
	j->variables[n++] = variable("VERDICT", report_verdict_word(r->head.verdict));
	j->variables[n++] = variable("HEADLINE", r->headline);
	j->variables[n++] = variable("TITLE", r->title);
	j->variables[n++] = variable("SIGNATURE", r->signature);
	j->variables[n++] = variable("BOARD", r->head.board);
	j->variables[n++] = variable("BOOT_COUNT", boots);
	for (size_t i = 0; i < n; i++)
		if (!j->variables[i] || !j->argv || !j->port || !j->folder) {
			free_hook(j);
			return NULL;
		}
	return j;
}

/* Our environment with the hook's variables in front; the caller frees the list. */
static char **environment(struct hook *j)
{
	size_t n = 0;

	while (environ[n])
		n++;

	char **list = calloc(n + HOOK_VARIABLES + 1, sizeof(*list));

	if (!list)
		return NULL;
	memcpy(list, j->variables, HOOK_VARIABLES * sizeof(*list));
	for (size_t i = 0, k = HOOK_VARIABLES; i < n; i++)
		if (strncmp(environ[i], "OOPSMON_", 8) != 0)
			list[k++] = environ[i];
	return list;
}

/*
 * In a process group of its own, so that Ctrl-C does not reach it; its output goes to standard
 * error, as standard output is the console's or JSON.
 */
static int start(struct hook *j)
{
	char **env = environment(j);
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none, defaults;
	int error;

	if (!env)
		return ENOMEM;
	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	posix_spawnattr_init(&how);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setsigdefault(&how, &defaults);
	posix_spawnattr_setpgroup(&how, 0);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
					       POSIX_SPAWN_SETPGROUP);
	error = posix_spawnp(&j->pid, j->argv[0], &files, &how, j->argv, env);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	free(env);
	return error;
}

/* True if it is over: it has ended, or could not even be started. */
static bool is_over(struct hooks *h, struct hook *j, uint32_t *running)
{
	int status = 0;

	if (j->pid == 0 && *running < HOOKS_AT_ONCE) {
		const int error = start(j);

		if (error) {
			screen_say(h->events->screen, "%s: %s: --exec: %s: %s\n",
				   h->events->program, j->port, j->argv[0], strerror(error));
			return true;
		}
	}
	if (j->pid == 0)
		return false;
	if (waitpid(j->pid, &status, WNOHANG) == 0) {
		++*running;
		return false;
	}
	event_exec(h->events, j->port, j->folder, status);
	return true;
}

void hooks_turn(struct hooks *h)
{
	uint32_t running = 0;

	for (struct hook **at = &h->first; *at;) {
		struct hook *j = *at;

		if (!is_over(h, j, &running)) {
			at = &j->next;
			continue;
		}
		*at = j->next;
		h->n--;
		free_hook(j);
	}
}

void hooks_add(struct hooks *h, const char *port, const char *folder, const struct report *r)
{
	struct hook **at = &h->first;
	struct hook *j;

	if (!h->command)
		return;
	j = h->n < HOOKS_WAITING_MAX ? hook_new(h->command, port, folder, r) : NULL;
	if (!j) {
		screen_say(h->events->screen,
			   "%s: %s: --exec: too many commands wait: not run for %s\n",
			   h->events->program, port, folder);
		return;
	}
	while (*at)
		at = &(*at)->next;
	*at = j;
	h->n++;
	hooks_turn(h);
}

void hooks_free(struct hooks *h)
{
	while (h->first) {
		struct hook *j = h->first;

		h->first = j->next;
		free_hook(j);
	}
	h->n = 0;
	words_free(h->command);
	h->command = NULL;
}
