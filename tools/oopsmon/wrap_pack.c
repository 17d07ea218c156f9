/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mkimage works in a folder of our own on files with names of our own: nothing that a user named
 * is in its command line or its source.
 */
#include "wrap_pack.h"
#include "wrap_input.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, LOG_BYTES = 2000 };

static const char *const names[] = { "kernel", "tree", "ramdisk",   "source.its",
				     "packed", "log",  "packed.tmp" };

/* load and entry 0 of a kernel_noload: it is started where it lies (U-Boot, boot/bootm.c). */
static const char *const uimage_command[] = {
	"mkimage", "-A",     NULL, "-O", "linux", "-T", "kernel_noload",       "-C",
	"none",	   "-a",     "0",  "-e", "0",	  "-n", "oopsmon-" OM_VERSION, "-d",
	"kernel",  "packed", NULL
};
enum { UIMAGE_ARCH = 2 }; /* in this */
static const char *const fit_command[] = { "mkimage", "-f", "source.its", "packed", NULL };

static bool is_in_path(const char *name)
{
	const char *path = getenv("PATH");
	bool found = false;

	while (path && *path && !found) {
		const size_t n = strcspn(path, ":");
		char *file = NULL;

		if (asprintf(&file, "%.*s/%s", (int)n, path, name) >= 0) {
			found = access(file, X_OK) == 0;
			free(file);
		}
		path += n + (path[n] == ':');
	}
	return found;
}

/* What @form needs; a message says which package of Debian has what is missing. */
static bool has_tools(const char *program, enum pack_form form)
{
	static const struct {
		const char *name, *package;
	} tools[] = { [PACK_UIMAGE] = { "mkimage", "u-boot-tools" },
		      [PACK_FIT] = { "dtc", "device-tree-compiler" } };

	for (int i = 0; i <= (int)form; i++) {
		if (is_in_path(tools[i].name))
			continue;
		fprintf(stderr, "%s: %s is not there: install the package %s\n", program,
			tools[i].name, tools[i].package);
		return false;
	}
	return true;
}

/* ---- files in the folder --------------------------------------------------------------------- */

static bool say(const char *program, const char *file)
{
	fprintf(stderr, "%s: %s for mkimage: %s\n", program, file, strerror(errno));
	return false;
}

static FILE *open_in(const char *folder, const char *name, const char *how)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return fopen(path, how);
}

static bool write_in(const char *folder, const char *name, struct span s)
{
	FILE *f = open_in(folder, name, "wbx");
	bool good = f && fwrite(s.p, 1, s.len, f) == s.len;

	return f && fclose(f) == 0 && good;
}

/* U-Boot's name of the machine. */
static const char *arch_name(const struct pack_parts *parts)
{
	return parts->is_arm64 ? "arm64" : "arm";
}

/* @more: properties that not every type has */
static void write_node(FILE *f, const char *arch, const char *name, const char *type,
		       const char *more)
{
	fprintf(f,
		"\t\t%s {\n"
		"\t\t\tdescription = \"%s\";\n"
		"\t\t\tdata = /incbin/(\"%s\");\n"
		"\t\t\ttype = \"%s\";\n"
		"\t\t\tarch = \"%s\";\n"
		"\t\t\tcompression = \"none\";\n"
		"\t\t\t%s\n"
		"\t\t\thash-1 { algo = \"sha256\"; };\n"
		"\t\t};\n",
		name, name, name, type, arch, more);
}

/* The source of a FIT (U-Boot, doc/usage/fit/source_file_format.rst). */
static bool write_source(const char *folder, const struct pack_parts *parts)
{
	FILE *f = open_in(folder, "source.its", "wx");
	const char *arch = arch_name(parts);

	if (!f)
		return false;
	fputs("/dts-v1/;\n/ {\n\tdescription = \"Linux, and oopsmon before it\";\n"
	      "\t#address-cells = <1>;\n\timages {\n",
	      f);
	write_node(f, arch, "kernel", "kernel_noload", "os = \"linux\"; load = <0>; entry = <0>;");
	if (parts->ramdisk.len)
		write_node(f, arch, "ramdisk", "ramdisk", "os = \"linux\";");
	/* the last one, as U-Boot may let it grow where it is, over what follows */
	if (parts->tree.len)
		write_node(f, arch, "tree", "flat_dt", "");
	fprintf(f,
		"\t};\n\tconfigurations {\n\t\tdefault = \"conf\";\n\t\tconf {\n"
		"\t\t\tkernel = \"kernel\";\n%s%s\t\t};\n\t};\n};\n",
		parts->tree.len ? "\t\t\tfdt = \"tree\";\n" : "",
		parts->ramdisk.len ? "\t\t\tramdisk = \"ramdisk\";\n" : "");
	return fclose(f) == 0;
}

static bool write_parts(const char *folder, enum pack_form form, const struct pack_parts *parts)
{
	return write_in(folder, "kernel", parts->kernel) &&
	       (!parts->tree.len || write_in(folder, "tree", parts->tree)) &&
	       (!parts->ramdisk.len || write_in(folder, "ramdisk", parts->ramdisk)) &&
	       (form != PACK_FIT || write_source(folder, parts));
}

/* ---- mkimage --------------------------------------------------------------------------------- */

/* Runs it in @folder, what it says in the log there. False: errno, or 0: it says why. */
static bool run(const char *folder, const char *const *command)
{
	posix_spawn_file_actions_t files;
	int status = -1;
	pid_t pid;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addchdir_np(&files, folder);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "log", O_WRONLY | O_CREAT, 0600);
	posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
	errno = posix_spawnp(&pid, command[0], &files, NULL, (char *const *)command, environ);
	posix_spawn_file_actions_destroy(&files);
	if (errno)
		return false;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	errno = 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void say_failed(const char *program, const char *folder)
{
	char text[LOG_BYTES];
	FILE *f;
	size_t n = 0;

	if (errno) {
		say(program, "starting it");
		return;
	}
	f = open_in(folder, "log", "rb");
	if (f) {
		n = fread(text, 1, sizeof(text), f);
		fclose(f);
	}
	fprintf(stderr, "%s: mkimage failed%s\n%.*s", program, n ? "; it says:" : "", (int)n, text);
	if (n && text[n - 1] != '\n')
		fputc('\n', stderr);
}

static bool read_packed(const char *program, const char *folder, const struct pack_parts *parts,
			uint8_t **out, size_t *len)
{
	const size_t room = parts->kernel.len + parts->tree.len + parts->ramdisk.len + (64 << 10);
	FILE *f = open_in(folder, "packed", "rb");
	uint8_t *p = f ? malloc(room) : NULL;

	if (!p) {
		say(program, "what it made");
	} else {
		*len = fread(p, 1, room, f);
		/* whatever else is in it: the kernel as it was given to it */
		if (!memmem(p, *len, parts->kernel.p, parts->kernel.len)) {
			fprintf(stderr, "%s: mkimage made a file without the kernel\n", program);
			free(p);
			p = NULL;
		}
	}
	if (f)
		fclose(f);
	*out = p;
	return p != NULL;
}

bool pack(const char *program, enum pack_form form, const struct pack_parts *parts, uint8_t **out,
	  size_t *len)
{
	const char *temporary = getenv("TMPDIR");
	const char *uimage[sizeof(uimage_command) / sizeof(uimage_command[0])];
	char folder[PATH_BYTES / 2], path[PATH_BYTES];
	bool good = false;

	memcpy(uimage, uimage_command, sizeof(uimage));
	uimage[UIMAGE_ARCH] = arch_name(parts);

	if (!has_tools(program, form))
		return false;
	snprintf(folder, sizeof(folder), "%s/oopsmon-wrap.XXXXXX", temporary ? temporary : "/tmp");
	if (!mkdtemp(folder))
		return say(program, folder);
	if (!write_parts(folder, form, parts))
		say(program, folder);
	else if (!run(folder, form == PACK_FIT ? fit_command : uimage))
		say_failed(program, folder);
	else
		good = read_packed(program, folder, parts, out, len);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
	return good;
}
