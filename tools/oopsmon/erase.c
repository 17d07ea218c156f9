/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `oopsmon erase`: zeroes whole zones of the records in a region file, so that no kernel
 * finds them again (core/crash/erase.h says why less is not enough).
 */
#include "commands.h"
#include "outfile.h"
#include "regions.h"

#include "core/crash/erase.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum option_key { KEY_OUT = 'o', KEY_IN_PLACE = 0x100 };
enum { COPY_BYTES = 64 << 10 };

struct erasing {
	const char *program, *file, *out; /* out NULL: in place */
	bool in_place;
	struct sizes sizes;
	struct outfile copy; /* with @out */
	int fd;		     /* what is written to */
};

static const struct argp_option option_list[] = {
	{ NULL, 0, NULL, 0, "Where to write (one of them is needed):", 3 },
	{ "output", KEY_OUT, "FILE", 0, "a copy of the input without its records", 3 },
	{ "in-place", KEY_IN_PLACE, NULL, 0, "the input itself; the records are gone for good", 3 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct erasing *e = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &e->sizes;
		return 0;
	case KEY_OUT:
		e->out = arg;
		return 0;
	case KEY_IN_PLACE:
		e->in_place = true;
		return 0;
	case ARGP_KEY_ARG:
		if (e->file)
			argp_error(state, "one file at a time");
		e->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!e->file)
			argp_error(state, "which file?");
		if (e->in_place == (e->out != NULL))
			argp_error(state, "either --in-place or -o FILE");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int fail(const struct erasing *e, const char *file, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", e->program, file, why);
	return EXIT_TROUBLE;
}

static int write_zeros(const struct erasing *e, uint64_t off, uint64_t len)
{
	static const uint8_t zeros[COPY_BYTES];

	while (len > 0) {
		const ssize_t n =
			pwrite(e->fd, zeros, len < COPY_BYTES ? len : COPY_BYTES, (off_t)off);

		if (n <= 0)
			return fail(e, e->out ? e->out : e->file, strerror(errno));
		off += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return EXIT_GOOD;
}

static int erase_region(void *arg, struct source *src)
{
	const struct erasing *e = arg;
	const struct region *r = src->region;
	uint64_t bytes = 0;

	if (src->lost_bytes)
		return fail(e, e->file,
			    "ends before its region does: nothing erased; give the "
			    "right sizes");
	if (r->layout.score == 0)
		return fail(e, e->file,
			    "no zone begins where these sizes put one: nothing "
			    "erased; leave the sizes out to have them found");
	if (src->fit && src->fit->which == FIT_OTHER)
		return fail(e, e->file,
			    "nothing erased: leave the sizes out, or insist with "
			    "--force-sizes");
	if (src->found && !src->found->sure)
		return fail(e, e->file,
			    "other sizes explain these bytes as well: nothing erased; "
			    "give the sizes of the ramoops node");
	for (uint32_t i = 0; i < region_records(r); i++) {
		struct place at;

		if (erase_place(&r->layout, i, &at) != OM_OK)
			continue;
		if (write_zeros(e, src->off + at.off, at.bytes) != EXIT_GOOD)
			return EXIT_TROUBLE;
		bytes += at.bytes;
	}
	printf("region %" PRIu32 " at 0x%" PRIx64 ": %" PRIu32 " zones, %" PRIu64
	       " bytes set to zero\n",
	       src->number, src->off, layout_zones(&r->layout), bytes);
	return EXIT_GOOD;
}

/* Makes the file of -o, as a copy of @from. */
static int copy_input(struct erasing *e, int from)
{
	static uint8_t buffer[COPY_BYTES];
	struct stat input;
	ssize_t n = 0;

	if (fstat(from, &input) == 0 && outfile_would_replace(e->out, input.st_dev, input.st_ino))
		return fail(e, e->out, "is the input itself: say --in-place if that is meant");
	if (!outfile_open_path(&e->copy, e->out))
		return fail(e, e->out, strerror(errno));
	while ((n = read(from, buffer, COPY_BYTES)) > 0)
		if (fwrite(buffer, 1, (size_t)n, e->copy.f) != (size_t)n)
			return fail(e, e->out, strerror(errno));
	if (n < 0)
		return fail(e, e->file, strerror(errno));
	if (fflush(e->copy.f) != 0)
		return fail(e, e->out, strerror(errno));
	e->fd = fileno(e->copy.f);
	return EXIT_GOOD;
}

/* Opens what is written to. */
static int open_target(struct erasing *e)
{
	const int fd = open(e->file, (e->out ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
	int code;

	if (fd < 0)
		return fail(e, e->file, strerror(errno));
	e->fd = fd;
	if (!e->out)
		return EXIT_GOOD;
	code = copy_input(e, fd);
	close(fd);
	return code;
}

/* What was made with -o has its name only if all went well. */
static int close_target(struct erasing *e, int code)
{
	const bool was_open = e->copy.f != NULL;

	if (!e->out && e->fd >= 0 && close(e->fd) != 0)
		return fail(e, e->file, strerror(errno));
	if (!outfile_close(&e->copy, code != EXIT_TROUBLE) && was_open && code != EXIT_TROUBLE)
		code = fail(e, e->out, strerror(errno));
	outfile_free(&e->copy);
	return code;
}

static int erase(struct erasing *e)
{
	struct progress progress = { 0 };
	struct input in;
	int code = EXIT_TROUBLE;

	if (!input_open(&in, e->program, e->file, &progress))
		return EXIT_TROUBLE;
	if (!in.is_file || in.packed)
		fail(e, e->file, "not a plain file: unpack it, or read it into one first");
	else if (sizes_settle(&e->sizes, &in) && open_target(e) == EXIT_GOOD)
		code = regions_each(&e->sizes, &in, erase_region, NULL, e);
	input_close(&in);
	return close_target(e, code);
}

int erase_command(int argc, char **argv)
{
	static const struct argp_child children[] = { { &sizes_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = {
		.options = option_list,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Zeroes the zones of all records in the ramoops regions of FILE, a region "
		       "or a RAM dump.\v"
		       "Exit code: 0 erased, 2 wrong usage, unreadable input, or no region in it; "
		       "then nothing was erased.",
		.children = children,
	};
	struct erasing e = { .program = argv[0], .sizes.program = argv[0], .fd = -1 };

	argp_program_version = NULL;
	if (argp_parse(&argp, argc, argv, 0, NULL, &e) != 0)
		return EXIT_TROUBLE;
	return erase(&e);
}
