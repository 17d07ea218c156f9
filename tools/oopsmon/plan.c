/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `oopsmon plan`: shows what the monitor would do with a device tree, and writes the tree
 * it would hand to Linux, or an overlay. The plan and the edits are firmware/core's; only options,
 * files and words live here.
 */
#include "plan.h"
#include "commands.h"

#include "core/tree/cmdline.h"
#include "core/tree/dt.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAYLOAD_BYTES = 128 << 20, BOOTARGS_BYTES = CMDLINE_BYTES_MAX };

enum option_key {
	KEY_BOOTARGS = 0x100,
	KEY_INITRD,
	KEY_CLAIM,
	KEY_REGION,
	KEY_PAYLOAD,
	KEY_MODPROBE,
	KEY_MEMORY,
	KEY_STAGE,
	KEY_JSON,
	KEY_DTS,
	KEY_OUT = 'o'
};

struct options {
	const char *file, *out, *bootargs, *region, *modprobe;
	struct range payload;
	struct ranges memory;
	bool has_payload, json, dts;
	struct plan_input in;
};

static const struct argp_option option_list[] = {
	{ "cmdline", KEY_BOOTARGS, "TEXT", 0, "command line of Linux (default: the tree's own)",
	  1 },
	{ "bootargs", KEY_BOOTARGS, "TEXT", 0, "the same", 1 },
	{ "region", KEY_REGION, "SIZE[@ADDR]", 0, "as oopsmon.region= on the command line", 1 },
	{ "modprobe", KEY_MODPROBE, "FILE", 0,
	  "take the 'options ramoops' lines of a modprobe.d file for ramoops as a module", 1 },
	{ "memory", KEY_MEMORY, "ADDR,SIZE", 0,
	  "RAM, in place of the tree's own: where a boot loader fills it in (repeatable)", 2 },
	{ "stage", KEY_STAGE, "NAME", 0,
	  "a boot loader starts before the monitor or after it: uboot", 2 },
	{ "initrd", KEY_INITRD, "ADDR,SIZE", 0, "an initrd will lie there", 2 },
	{ "claim", KEY_CLAIM, "ADDR,SIZE", 0, "somebody else uses this, such as a boot loader", 2 },
	{ "payload", KEY_PAYLOAD, "ADDR,SIZE", 0,
	  "where the kernel unpacks; SIZE 0: nowhere (default: the first 128 MiB of RAM)", 2 },
	{ "output", KEY_OUT, "FILE", 0,
	  "write the edited tree; to a name that ends in .dtbo: the overlay that edits it", 3 },
	{ "dts", KEY_DTS, 0, 0, "print the edits as device-tree source, and nothing else", 3 },
	{ "json", KEY_JSON, 0, 0, "print the facts as JSON (docs/json.md)", 3 },
	{ 0 },
};

/* What the boards of this tree ask for (board/<name>/board.c). */
static const struct geometry defaults = GEOMETRY_DEFAULT;

/* ---- options ---------------------------------------------------------------------------- */

static struct range parse_range(struct argp_state *state, const char *option, const char *arg)
{
	uint64_t base, bytes;
	size_t used, more;

	if (cmdline_size(arg, strlen(arg), &base, &used) != OM_OK || arg[used] != ',' ||
	    cmdline_size(arg + used + 1, strlen(arg + used + 1), &bytes, &more) != OM_OK ||
	    arg[used + 1 + more] != '\0')
		argp_error(state, "--%s: '%s' is not ADDR,SIZE; give it like 0x48000000,8M", option,
			   arg);
	return range_make(base, bytes);
}

static void add_claim(struct argp_state *state, struct options *o, enum claim_kind kind,
		      struct range r)
{
	/* one place is kept for the payload */
	if (o->in.n_claims + 1 >= PLAN_CLAIMS_MAX)
		argp_error(state, "at most %d claims", PLAN_CLAIMS_MAX - 1);
	o->in.claims[o->in.n_claims++] = (struct claim){ kind, r };
}

static void add_memory(struct argp_state *state, struct options *o, struct range r)
{
	if (r.bytes == 0)
		argp_error(state, "--memory: a bank of no bytes");
	if (ranges_overlap(&o->memory, r))
		argp_error(state, "--memory: two banks share memory");
	if (ranges_add(&o->memory, r))
		argp_error(state, "--memory: at most %d banks", RANGES_MAX);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_BOOTARGS:
		o->bootargs = arg;
		return 0;
	case KEY_REGION:
		o->region = arg;
		return 0;
	case KEY_INITRD:
		add_claim(state, o, CLAIM_INITRD, parse_range(state, "initrd", arg));
		return 0;
	case KEY_CLAIM:
		add_claim(state, o, CLAIM_LATER_STAGE, parse_range(state, "claim", arg));
		return 0;
	case KEY_PAYLOAD:
		o->payload = parse_range(state, "payload", arg);
		o->has_payload = true;
		return 0;
	case KEY_MODPROBE:
		o->modprobe = arg;
		return 0;
	case KEY_MEMORY:
		add_memory(state, o, parse_range(state, "memory", arg));
		return 0;
	case KEY_STAGE:
		if (strcmp(arg, "uboot") != 0)
			argp_error(state, "--stage: '%s' is not known; there is: uboot", arg);
		o->in.other_stage = true;
		return 0;
	case KEY_DTS:
		o->dts = true;
		return 0;
	case KEY_JSON:
		o->json = true;
		return 0;
	case KEY_OUT:
		o->out = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->file)
			argp_error(state, "one tree at a time");
		o->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->file)
			argp_error(state, "which device tree? Give a .dtb file");
		if (o->dts && o->json)
			argp_error(state, "--dts or --json?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- files ------------------------------------------------------------------------------ */

/*
 * The parameters in the "options ramoops" lines of a modprobe.d file, one after the other. False
 * after a message.
 */
static bool read_modprobe(const char *who, const char *file, char out[BOOTARGS_BYTES])
{
	FILE *f = fopen(file, "r");
	char line[BOOTARGS_BYTES];
	size_t used = 0;
	bool good = f != NULL;

	out[0] = '\0';
	while (good && fgets(line, sizeof(line), f)) {
		static const char blanks[] = " \t\r\n";
		size_t len = strlen(line);
		char *rest = line + strspn(line, blanks);
		size_t word = strcspn(rest, blanks);

		/* a backslash at the end joins the next line */
		while (len >= 2 && line[len - 2] == '\\' && line[len - 1] == '\n') {
			line[len - 2] = ' ';
			line[len - 1] = '\0';
			if (!fgets(line + len - 1, (int)(sizeof(line) - len + 1), f))
				break;
			len = strlen(line);
		}
		if (word != 7 || memcmp(rest, "options", 7) != 0)
			continue;
		rest += word + strspn(rest + word, blanks);
		word = strcspn(rest, blanks);
		if (word != 7 || memcmp(rest, "ramoops", 7) != 0)
			continue;
		used += (size_t)snprintf(out + used, BOOTARGS_BYTES - used, "%s ", rest + word);
		good = used < BOOTARGS_BYTES;
	}
	if (!good || ferror(f)) {
		fprintf(stderr, "%s: %s: %s\n", who, file,
			f && !good ? "more options than Linux takes" : strerror(errno));
		good = false;
	}
	if (f)
		fclose(f);
	return good;
}

/* ---- all of it -------------------------------------------------------------------------- */

/* The command line that counts: given or the tree's, with --region as its last word. */
static bool make_bootargs(const struct options *o, const void *fdt, char out[BOOTARGS_BYTES])
{
	int len = 0;
	const char *own = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "bootargs", &len);
	size_t n = own && len > 0 ? strnlen(own, (size_t)len) : 0;
	const char *text = o->bootargs ? o->bootargs : own ? own : "";
	int used;

	if (o->bootargs)
		n = strlen(o->bootargs);
	if (n >= BOOTARGS_BYTES)
		return false;
	used = snprintf(out, BOOTARGS_BYTES, "%.*s%s%s", (int)n, text,
			o->region ? " oopsmon.region=" : "", o->region ? o->region : "");
	return used < BOOTARGS_BYTES;
}

/* Makes the plan for the tree that @v has. False after a message. */
static bool make_plan(const char *who, struct options *o, const struct plan_view *v,
		      struct plan *plan)
{
	static char bootargs[BOOTARGS_BYTES];
	static struct ranges banks;

	if (!o->has_payload && dt_banks(v->fdt, &banks, NULL) == OM_OK)
		o->payload = range_make(banks.r[0].base_pa, PAYLOAD_BYTES);
	o->in.claims[o->in.n_claims++] = (struct claim){ CLAIM_PAYLOAD, o->payload };
	o->in.fdt = v->fdt;
	o->in.bootargs = bootargs;
	o->in.board = defaults;
	if (!make_bootargs(o, v->fdt, bootargs)) {
		fprintf(stderr, "%s: the command line is longer than Linux takes\n", who);
		return false;
	}
	if (carveout_plan(&o->in, plan) != OM_OK) {
		fprintf(stderr, "%s: %s needs more edits than a plan can hold\n", who, v->file);
		return false;
	}
	return true;
}

static bool print_plan(const char *who, const struct options *o, const struct plan_view *v)
{
	bool good = true;

	if (o->json) {
		good = plan_json_write(stdout, v);
	} else if (o->dts) {
		plan_text_notices(stderr, v);
		plan_source_write(stdout, v);
	} else {
		plan_text_write(stdout, v);
	}
	if (good && fflush(stdout) == 0 && !ferror(stdout))
		return true;
	fprintf(stderr, "%s: standard output: %s\n", who, strerror(errno));
	return false;
}

static int plan_file(const char *who, struct options *o)
{
	static struct plan plan; /* too large for a stack */
	static char modprobe[BOOTARGS_BYTES];
	struct plan_view v = { .file = o->file, .plan = &plan, .stage = o->in.other_stage };
	void *own, *filled = NULL;
	int code = EXIT_TROUBLE;

	if (o->modprobe && !read_modprobe(who, o->modprobe, modprobe))
		return EXIT_TROUBLE;
	o->in.modprobe = o->modprobe ? modprobe : NULL;
	own = plan_tree_read(who, o->file);
	if (own && o->memory.n)
		filled = plan_tree_with_memory(who, own, &o->memory);
	v.own = own;
	v.fdt = o->memory.n ? filled : own;
	if (v.fdt && make_plan(who, o, &v, &plan)) {
		v.records = plan_records(&plan);
		plan_console_find(v.fdt, &v.console);
		code = plan.notices || !v.records ? EXIT_FINDINGS : EXIT_GOOD;
		if (!print_plan(who, o, &v) || (o->out && !plan_tree_write(who, &v, o->out)))
			code = EXIT_TROUBLE;
	}
	free(filled);
	free(own);
	return code;
}

int plan_command(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_list,
		.parser = parse,
		.args_doc = "TREE.dtb",
		.doc = "Shows where the monitor would put the carve-out of a board, how many "
		       "panics fit, and what it would write into its device tree.\v"
		       "Exit code: 0 if all is well, 1 if there are notices or no panic fits, 2 if "
		       "the tree cannot be read or written.",
	};
	static struct options options;

	argp_err_exit_status = EXIT_TROUBLE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0)
		return EXIT_TROUBLE;
	return plan_file(argv[0], &options);
}
