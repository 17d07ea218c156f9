/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the monitor's own file is, and whether it is one. */
#include "wrap_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

/* The standard ones, by machine and entry. */
static const struct {
	const char *board, *ending;
} standard[][2] = {
	[MACHINE_ARM] = { [WRAP_ENTRY_LINUX] = { "generic", "zimage" },
			  [WRAP_ENTRY_RESET] = { "qemu-virt", "bin" } },
	[MACHINE_ARM64] = { [WRAP_ENTRY_LINUX] = { "generic64", "image" },
			    [WRAP_ENTRY_RESET] = { "qemu-virt64", "bin" } },
};

static const char *const machine_texts[] = { [MACHINE_ARM] = "32-bit", [MACHINE_ARM64] = "64-bit" };

static bool check_image(const struct loaded *f, const char *program,
			const struct wrap_wanted *wanted, struct wrap_image *out)
{
	const struct span s = loaded_span(f);
	enum wrapped_machine machine = MACHINE_ARM;
	char version[24];

	if (f->packed || wrap_image_read(s, out) || wrapped_machine_of(s, out, &machine))
		return refuse(f, program, "not an image of oopsmon%s",
			      f->packed ? ": it is packed" : "");
	if (out->bare_bytes > f->len)
		return refuse(f, program, "oopsmon's image, but cut: get it again");
	if (out->bare_bytes < f->len)
		return refuse(f, program,
			      "oopsmon's image with something after it, as in a wrapped kernel: "
			      "give the image alone");
	if (machine != wanted->machine)
		return refuse(f, program,
			      "an image for %s boards, but the other file is for %s ones",
			      machine_texts[machine], machine_texts[wanted->machine]);
	if (out->entry != wanted->entry && !wanted->any_entry)
		return refuse(f, program, "an image that is started %s: give oopsmon-BOARD.%s",
			      wanted->entry == WRAP_ENTRY_LINUX ? "from flash" : "like a kernel",
			      standard[machine][wanted->entry].ending);
	if (out->version >> 8 != OM_VERSION_NUMBER >> 8)
		return refuse(f, program,
			      "an image of oopsmon %s, but this program is %s: take the image that "
			      "belongs to it",
			      version_text(out->version, version), OM_VERSION);
	return true;
}

/* Folder that this program is in; "" if that cannot be known. */
static void own_folder(char out[PATH_BYTES])
{
	const ssize_t n = readlink("/proc/self/exe", out, PATH_BYTES - 1);
	char *slash;

	out[n > 0 ? n : 0] = '\0';
	slash = strrchr(out, '/');
	if (slash)
		*slash = '\0';
}

/*
 * The path of the standard image, for free(); NULL after a message. It is looked for beside the
 * program, so that an installation may be moved, and where it is usually installed.
 */
static char *find_image(const char *program, const struct wrap_wanted *wanted)
{
	const char *board = standard[wanted->machine][wanted->entry].board;
	const char *ending = standard[wanted->machine][wanted->entry].ending;
	char own[PATH_BYTES];
	const char *const prefixes[] = { own, "/usr/local/bin", "/usr/bin" };
	char *path = NULL;

	own_folder(own);
	for (size_t i = 0; i < 2 * sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		/* installed: share/oopsmon beside bin; built: the board's folder beside host */
		const char *folder = i % 2 ? board : "share/oopsmon";

		if (asprintf(&path, "%s/../%s/oopsmon-%s.%s", prefixes[i / 2], folder, board,
			     ending) < 0)
			break;
		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	fprintf(stderr,
		"%s: oopsmon-%s.%s is not installed in share/oopsmon: run `make install` in "
		"oopsmon's source, or give one that `make` built by --image=FILE\n",
		program, board, ending);
	return NULL;
}

bool load_image(struct loaded *f, const char *program, const char *name,
		const struct wrap_wanted *wanted, struct wrap_image *out)
{
	char *found = name ? NULL : find_image(program, wanted);
	bool good;

	*f = (struct loaded){ 0 };
	if (!name && !found)
		return false;
	good = loaded_read(f, program, name ? name : found) && check_image(f, program, wanted, out);
	free(found);
	f->name = name ? name : "the monitor's image";
	return good;
}
