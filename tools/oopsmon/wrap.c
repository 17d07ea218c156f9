/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `oopsmon wrap`: puts the monitor before a kernel, or before U-Boot in flash, takes it away
 * again, and says what is in such a file. Options and files; the forms are in wrapped.h, U-Boot's
 * in wrap_pack.h.
 */
#include "commands.h"
#include "outfile.h"
#include "wrap_info.h"
#include "wrap_input.h"
#include "wrap_pack.h"
#include "wrapped.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_key {
	KEY_OUT = 'o',
	KEY_UIMAGE = 0x100,
	KEY_FIT,
	KEY_BEFORE,
	KEY_UNWRAP,
	KEY_INFO,
	KEY_IMAGE,
	KEY_NO_CHECK,
	KEY_DTB,
	KEY_INITRD,
	KEY_JSON,
};

struct wrapping {
	const char *program, *file, *out, *image, *tree, *initrd;
	int mode; /* KEY_UIMAGE, ..., KEY_INFO; 0: a wrapped kernel and nothing around it */
	struct kernel_file kernel;
	bool no_check, json;
	struct loaded in, image_in, tree_in, initrd_in;
};

static const struct argp_option option_list[] = {
	{ NULL, 0, NULL, 0, "What to make of FILE (default: a wrapped kernel):", 1 },
	{ "uimage", KEY_UIMAGE, NULL, 0, "the same as a uImage, for U-Boot's bootm", 1 },
	{ "fit", KEY_FIT, NULL, 0, "the same as a FIT, for U-Boot's bootm", 1 },
	{ "before", KEY_BEFORE, NULL, 0,
	  "FILE is u-boot.bin: a flash image of it, with the monitor started first", 1 },
	{ "unwrap", KEY_UNWRAP, NULL, 0, "FILE is any of these: what was wrapped, as it was", 1 },
	{ "info", KEY_INFO, NULL, 0, "FILE is any of these: print what is in it", 1 },
	{ NULL, 0, NULL, 0, "How:", 2 },
	{ "output", KEY_OUT, "OUT", 0, "write this file", 2 },
	{ "image", KEY_IMAGE, "IMAGE", 0,
	  "the monitor: oopsmon-BOARD.zimage, for an arm64 kernel oopsmon-BOARD.image (default: "
	  "the installed one for every board), with --before oopsmon-BOARD.bin (default: of "
	  "qemu-virt); that with a kernel makes a flash image of both",
	  2 },
	{ "dtb", KEY_DTB, "TREE", 0,
	  "a device tree, for kernels that are started without one; for arm64 with --fit only", 2 },
	{ "initrd", KEY_INITRD, "INITRD", 0, "with --fit: an initrd", 2 },
	{ "no-check", KEY_NO_CHECK, NULL, 0,
	  "the monitor starts the kernel without checking that it is intact", 2 },
	{ "json", KEY_JSON, NULL, 0, "with --info: as JSON", 2 },
	{ 0 },
};

/* ---- options ------------------------------------------------------------------------------- */

/* Which options go with which mode; the others are refused, not ignored. */
static void check_options(struct argp_state *state, const struct wrapping *w)
{
	const bool makes_kernel = w->mode == 0 || w->mode == KEY_UIMAGE || w->mode == KEY_FIT;

	if (!w->file)
		argp_error(state, "which file?");
	if (w->mode == KEY_INFO ? w->out != NULL : w->out == NULL)
		argp_error(state, w->out ? "--info writes no file" : "where to? Give -o FILE");
	if (w->out && strcmp(w->out, "-") == 0)
		argp_error(state, "-o needs the name of a file");
	if ((w->tree || w->no_check) && !makes_kernel)
		argp_error(state, "%s is for a wrapped kernel", w->tree ? "--dtb" : "--no-check");
	if (w->initrd && w->mode != KEY_FIT)
		argp_error(state, "--initrd is for --fit");
	if (w->image && !makes_kernel && w->mode != KEY_BEFORE)
		argp_error(state, "--image is for what is wrapped now");
	if (w->json && w->mode != KEY_INFO)
		argp_error(state, "--json is for --info");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct wrapping *w = state->input;

	switch (key) {
	case KEY_OUT:
		w->out = arg;
		return 0;
	case KEY_UIMAGE:
	case KEY_FIT:
	case KEY_BEFORE:
	case KEY_UNWRAP:
	case KEY_INFO:
		if (w->mode && w->mode != key)
			argp_error(state, "one of --uimage, --fit, --before, --unwrap and --info");
		w->mode = key;
		return 0;
	case KEY_IMAGE:
		w->image = arg;
		return 0;
	case KEY_DTB:
		w->tree = arg;
		return 0;
	case KEY_INITRD:
		w->initrd = arg;
		return 0;
	case KEY_NO_CHECK:
		w->no_check = true;
		return 0;
	case KEY_JSON:
		w->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (w->file)
			argp_error(state, "one file at a time");
		w->file = arg;
		return 0;
	case ARGP_KEY_END:
		check_options(state, w);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- writing ------------------------------------------------------------------------------- */

static bool say(const struct wrapping *w, const char *file, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", w->program, file, why);
	return false;
}

/* Never over what was read: it may be the only copy. */
static bool is_other_file(const struct wrapping *w)
{
	const struct loaded *const read[] = { &w->in, &w->image_in, &w->tree_in, &w->initrd_in };

	for (size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++)
		if (read[i]->p && outfile_would_replace(w->out, read[i]->device, read[i]->inode))
			return say(w, w->out, "is read for this: give another name to write to");
	return true;
}

/* The new file has its name when it is whole and on the disk. */
static bool write_out(const struct wrapping *w, struct span a, struct span b)
{
	struct outfile out;
	bool good;

	if (!is_other_file(w))
		return false;
	good = outfile_open_path(&out, w->out) && fwrite(a.p, 1, a.len, out.f) == a.len &&
	       fwrite(b.p, 1, b.len, out.f) == b.len && (!out.aside || outfile_sync(&out));
	good = outfile_close(&out, good) || say(w, w->out, strerror(errno));
	outfile_free(&out);
	return good;
}

/* ---- a kernel ------------------------------------------------------------------------------ */

/* The kernel, with the tree right after it where nobody else hands it over. */
static struct span make_payload(const struct wrapping *w, uint8_t **memory)
{
	const struct span kernel = loaded_span(&w->in), tree = loaded_span(&w->tree_in);

	*memory = NULL;
	if (!tree.len || w->mode == KEY_FIT)
		return kernel;
	*memory = malloc(kernel.len + tree.len);
	if (!*memory)
		return (struct span){ NULL, 0 };
	memcpy(*memory, kernel.p, kernel.len);
	memcpy(*memory + kernel.len, tree.p, tree.len);
	return (struct span){ *memory, kernel.len + tree.len };
}

/* @wrapped as --uimage and --fit want it, or as it is. */
static bool write_kernel(const struct wrapping *w, struct span wrapped)
{
	const struct span none = { NULL, 0 };
	const bool fit = w->mode == KEY_FIT;
	const struct pack_parts parts = {
		.is_arm64 = w->kernel.machine == MACHINE_ARM64,
		.kernel = wrapped,
		.tree = fit ? loaded_span(&w->tree_in) : none,
		.ramdisk = fit ? loaded_span(&w->initrd_in) : none,
	};
	uint8_t *packed = NULL;
	size_t len = 0;
	bool good;

	if (!w->mode)
		return write_out(w, wrapped, none);
	good = pack(w->program, fit ? PACK_FIT : PACK_UIMAGE, &parts, &packed, &len) &&
	       write_out(w, (struct span){ packed, len }, none);
	free(packed);
	return good;
}

static bool wrap_kernel(struct wrapping *w)
{
	struct wrap_wanted wanted = { .entry = WRAP_ENTRY_LINUX, .any_entry = !w->mode };
	struct wrap_image image;
	struct span payload;
	uint8_t *memory = NULL, *out = NULL;
	bool good;

	if (!loaded_read(&w->in, w->program, w->file) ||
	    !check_kernel(&w->in, w->program, w->tree && w->mode != KEY_FIT, &w->kernel))
		return false;
	wanted.machine = w->kernel.machine;
	if ((w->tree && (!loaded_read(&w->tree_in, w->program, w->tree) ||
			 !check_tree(&w->tree_in, w->program))) ||
	    (w->initrd && !loaded_read_raw(&w->initrd_in, w->program, w->initrd)) ||
	    !load_image(&w->image_in, w->program, w->image, &wanted, &image))
		return false;
	payload = make_payload(w, &memory);
	if (payload.p)
		out = malloc(wrapped_kernel_bytes(loaded_span(&w->image_in), payload));
	if (out)
		wrapped_kernel(loaded_span(&w->image_in), payload, !w->no_check, out);
	good = out ? write_kernel(
			     w, (struct span){ out, wrapped_kernel_bytes(loaded_span(&w->image_in),
									 payload) })
		   : say(w, w->file, "out of memory");
	if (good && w->kernel.is_efi)
		say_no_efi(&w->in, w->program, w->kernel.machine);
	free(out);
	free(memory);
	return good;
}

/* ---- a flash image --------------------------------------------------------------------------- */

static bool wrap_stage(struct wrapping *w)
{
	const struct wrap_wanted wanted = { MACHINE_ARM, WRAP_ENTRY_RESET, false };
	struct wrap_image image;
	struct span stage, monitor;
	uint8_t *out;
	bool good;

	if (!loaded_read(&w->in, w->program, w->file) || !check_stage(&w->in, w->program) ||
	    !load_image(&w->image_in, w->program, w->image, &wanted, &image))
		return false;
	stage = loaded_span(&w->in);
	monitor = loaded_span(&w->image_in);
	out = malloc(wrapped_stage_bytes(monitor, stage));
	if (!out)
		return say(w, w->file, "out of memory");
	wrapped_stage(monitor, image.rom_pa, stage, out);
	good = write_out(w, (struct span){ out, wrapped_stage_bytes(monitor, stage) },
			 (struct span){ NULL, 0 });
	free(out);
	return good;
}

/* ---- wrapped files --------------------------------------------------------------------------- */

/* What was wrapped, byte for byte. */
static bool unwrap(const struct wrapping *w, const struct wrapped *in)
{
	uint8_t word[4];

	if (in->is_damaged)
		return say(w, w->file,
			   "what is wrapped in it is damaged (its CRC is another one): "
			   "nothing written; get the file again");
	if (in->wrap.kind == WRAP_KERNEL)
		return write_out(w, in->payload, (struct span){ NULL, 0 });
	le32_store(word, wrapped_stage_word(in));
	return write_out(w, (struct span){ word, sizeof(word) },
			 span_sub(in->payload, sizeof(word), in->payload.len));
}

static int print_info(const struct wrapping *w, const struct wrapped *in)
{
	bool good = true;

	if (w->json)
		good = wrap_info_json(w->file, loaded_span(&w->in), in);
	else
		wrap_info_text(w->file, loaded_span(&w->in), in);
	if (!good || fflush(stdout) != 0 || ferror(stdout)) {
		say(w, "standard output", strerror(errno));
		return EXIT_TROUBLE;
	}
	return in->is_damaged ? EXIT_FINDINGS : EXIT_GOOD;
}

static int read_wrapped(struct wrapping *w)
{
	struct wrapped in;
	enum om_err err;

	if (!loaded_read(&w->in, w->program, w->file))
		return EXIT_TROUBLE;
	err = wrapped_find(loaded_span(&w->in), &in);
	if (err) {
		say_not_wrapped(&w->in, w->program, err);
		return EXIT_TROUBLE;
	}
	if (w->mode == KEY_INFO)
		return print_info(w, &in);
	return unwrap(w, &in) ? EXIT_GOOD : EXIT_TROUBLE;
}

int wrap_command(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_list,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Puts the monitor before a kernel FILE (a zImage, or an arm64 Image as it "
		       "is "
		       "or in Image.gz): the file OUT is started like FILE by whatever starts "
		       "that, "
		       "but not by EFI firmware, shows and keeps the last kernel's crash, and "
		       "starts "
		       "FILE.\v"
		       "--uimage and --fit need mkimage of the package u-boot-tools. The form of "
		       "the files is in docs/wrapped-kernel.md, how to start them on a board in "
		       "docs/flashing.md.\n\n"
		       "Exit code: 0 done; 1 --info: what is wrapped is damaged; 2 wrong usage, or "
		       "FILE cannot be used: nothing was written.",
	};
	struct wrapping w = { .program = argv[0] };
	int code;

	argp_program_version = NULL;
	if (argp_parse(&argp, argc, argv, 0, NULL, &w) != 0)
		return EXIT_TROUBLE;
	if (w.mode == KEY_INFO || w.mode == KEY_UNWRAP)
		code = read_wrapped(&w);
	else
		code = (w.mode == KEY_BEFORE ? wrap_stage(&w) : wrap_kernel(&w)) ? EXIT_GOOD
										 : EXIT_TROUBLE;
	loaded_free(&w.in);
	loaded_free(&w.image_in);
	loaded_free(&w.tree_in);
	loaded_free(&w.initrd_in);
	return code;
}
