/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `oopsmon plan`: shows what the monitor would do with a device tree, and writes the tree
 * it would hand to Linux. The plan and the edits are firmware/core's; only options, files
 * and words live here.
 */
#include "commands.h"
#include "outfile.h"

#include "core/place/plan.h"
#include "core/place/plan_notes.h"
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
	KEY_OUT = 'o'
};

struct options {
	const char *file, *out, *bootargs, *region, *modprobe;
	struct range payload;
	bool has_payload;
	struct plan_input in;
};

static const struct argp_option option_list[] = {
	{ "bootargs", KEY_BOOTARGS, "TEXT", 0, "command line of Linux (default: the tree's own)",
	  1 },
	{ "region", KEY_REGION, "SIZE[@ADDR]", 0, "as oopsmon.region= on the command line", 1 },
	{ "modprobe", KEY_MODPROBE, "FILE", 0,
	  "take the 'options ramoops' lines of a modprobe.d file for ramoops as a module", 1 },
	{ "initrd", KEY_INITRD, "ADDR,SIZE", 0, "an initrd will lie there", 2 },
	{ "claim", KEY_CLAIM, "ADDR,SIZE", 0, "somebody else uses this, such as a boot loader", 2 },
	{ "payload", KEY_PAYLOAD, "ADDR,SIZE", 0,
	  "where the kernel unpacks; SIZE 0: nowhere (default: the first 128 MiB of RAM)", 2 },
	{ "output", KEY_OUT, "FILE", 0, "write the edited tree", 3 },
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
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- words ------------------------------------------------------------------------------ */

/* "2 MiB", "64 KiB", "12 bytes": exact, never rounded. */
static const char *size_text(uint64_t bytes, char out[32])
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	size_t i = 0;

	while (bytes && bytes % 1024 == 0 && i + 1 < sizeof(units) / sizeof(units[0])) {
		bytes /= 1024;
		i++;
	}
	snprintf(out, 32, "%" PRIu64 " %s", bytes, units[i]);
	return out;
}

static const char *range_text(struct range r, char out[80])
{
	char size[32];

	snprintf(out, 80, "0x%08" PRIx64 "-0x%08" PRIx64 " (%s)", r.base_pa,
		 r.bytes ? range_end(r) - 1 : r.base_pa, size_text(r.bytes, size));
	return out;
}

static const char *source_text(enum plan_source source)
{
	static const char *const texts[] = {
		[PLAN_NONE] = "none",
		[PLAN_EXISTING] = "the tree's own node, kept",
		[PLAN_PARAMETERS] = "where the ramoops.* parameters put it",
		[PLAN_USER] = "as asked for",
		[PLAN_COMPUTED] = "computed: as high as possible in the largest bank below 4 GiB",
	};

	return texts[source];
}

static void print_notices(const struct plan *p, const void *fdt)
{
	char text[PLAN_NOTE_BYTES];

	for (uint32_t i = 0; i < PLAN_NOTES; i++) {
		const uint32_t code = plan_note(p, fdt, i, text);

		if (code)
			printf("notice    E%" PRIu32 " %s\n", code, text);
	}
}

static void print_sizes(const struct geometry *g, uint32_t cpus)
{
	char a[32], b[32], c[32], d[32];

	printf("zones     record %s, console %s, pmsg %s, ftrace %s", size_text(g->record_bytes, a),
	       size_text(g->console_bytes, b), size_text(g->pmsg_bytes, c),
	       size_text(g->ftrace_bytes, d));
	if (g->ftrace_bytes && (g->flags & GEOMETRY_FTRACE_PER_CPU))
		printf(" for %" PRIu32 " CPU%s", cpus ? cpus : 1, cpus > 1 ? "s" : "");
	printf("\n          ecc %" PRIu32 ", max-reason %" PRIu32 ", mem-type %" PRIu32 "\n",
	       g->ecc_bytes, g->max_reason, g->mem_type);
}

static void print_edit(const struct edit *e)
{
	const uint8_t *value = e->value;
	const char *slash = e->path && !e->path[1] ? "" : "/";
	bool text = e->len > 1 && value[e->len - 1] == 0 && memchr(value, 0, e->len - 1) == NULL &&
		    value[0] > ' ';

	if (e->op == EDIT_ADD_NODE)
		printf("edit      add %s\n", e->path);
	else if (e->op == EDIT_DEL_PROP)
		printf("edit      delete %s%s%s\n", e->path, slash, e->name);
	else if (e->op == EDIT_RENAME_NODE)
		printf("edit      rename %s to %s\n", e->path, e->name);
	else if (e->op == EDIT_ADD_RESERVE)
		printf("edit      /memreserve/ 0x%" PRIx64 " 0x%" PRIx64 "\n", e->base_pa,
		       e->bytes);
	if (e->op != EDIT_SET_PROP)
		return;

	printf("edit      set %s%s%s", e->path, slash, e->name);
	if (text)
		printf(" = \"%s\"", (const char *)value);
	for (uint32_t i = 0; !text && i + 4 <= e->len; i += 4)
		printf("%s0x%" PRIx32, i ? " " : " = <", be32_load(value + i));
	printf("%s\n", !text && e->len >= 4 ? ">" : "");
}

static void print_plan(const struct plan *p, const void *fdt)
{
	char text[80];

	for (uint32_t i = 0; i < p->banks.n; i++)
		printf("RAM       %s\n", range_text(p->banks.r[i], text));
	if (p->geom.region_bytes) {
		struct range region = geometry_range(&p->geom);

		printf("region    %s\n", range_text(region, text));
		printf("why       %s\n", source_text(p->source));
		print_sizes(&p->geom, p->cpus);
	} else {
		printf("region    none\n");
	}
	if (p->retained_pa)
		printf("page      %s\n",
		       range_text((struct range){ p->retained_pa, PLAN_RETAINED_BYTES }, text));
	print_notices(p, fdt);
	for (uint32_t i = 0; i < p->edits.n; i++)
		print_edit(&p->edits.e[i]);
	if (p->edits.n == 0)
		printf("edits     none: the tree stays as it is\n");
}

/* ---- files ------------------------------------------------------------------------------ */

/* Reads a whole tree into memory of exactly its size; NULL after a message. */
static void *read_tree(const char *who, const char *file, size_t *len)
{
	FILE *f = fopen(file, "rb");
	char *data = f ? malloc(DT_BYTES_MAX) : NULL;
	size_t n = data ? fread(data, 1, DT_BYTES_MAX, f) : 0;
	enum om_err err;

	if (!data || ferror(f)) {
		fprintf(stderr, "%s: %s: %s\n", who, file, strerror(errno));
		free(data);
		data = NULL;
	}
	if (f)
		fclose(f);
	if (!data)
		return NULL;
	err = dt_check(data, n, len);
	if (err == OM_OK && fdt_totalsize(data) <= n)
		return data;
	fprintf(stderr,
		"%s: %s is no device tree that can be used (%s); check it with `dtc -I dtb`\n", who,
		file, om_err_name(err ? err : OM_E_TRUNCATED));
	free(data);
	return NULL;
}

/* Applies the plan to a copy of the tree and writes it; 0 after a message. */
static bool write_tree(const char *who, const void *fdt, const struct plan *p, const char *file)
{
	size_t room = fdt_totalsize(fdt) + EDITS_GROWTH_BYTES;
	void *copy = malloc(room);
	enum om_err err = OM_E_NO_SPACE;
	struct outfile out;
	bool good;

	if (copy && fdt_open_into(fdt, copy, (int)room) == 0)
		err = edits_apply(copy, &p->edits);
	if (err || fdt_pack(copy)) {
		fprintf(stderr, "%s: the tree took no edits (%s)\n", who, om_err_name(err));
		free(copy);
		return false;
	}
	good = outfile_open_path(&out, file) &&
	       fwrite(copy, 1, fdt_totalsize(copy), out.f) == fdt_totalsize(copy);
	if (!outfile_close(&out, good)) {
		fprintf(stderr, "%s: %s: %s\n", who, file, strerror(errno));
		good = false;
	}
	outfile_free(&out);
	free(copy);
	return good;
}

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

static int plan_file(const char *who, struct options *o)
{
	static struct plan plan; /* too large for a stack */
	static char bootargs[BOOTARGS_BYTES], modprobe[BOOTARGS_BYTES];
	static struct ranges banks;
	size_t len;
	void *fdt = NULL;
	int code = EXIT_TROUBLE;

	if (!o->modprobe || read_modprobe(who, o->modprobe, modprobe))
		fdt = read_tree(who, o->file, &len);
	if (!fdt)
		return EXIT_TROUBLE;
	o->in.modprobe = o->modprobe ? modprobe : NULL;
	if (!o->has_payload && dt_banks(fdt, &banks, NULL) == OM_OK)
		o->payload = range_make(banks.r[0].base_pa, PAYLOAD_BYTES);
	o->in.claims[o->in.n_claims++] = (struct claim){ CLAIM_PAYLOAD, o->payload };
	o->in.fdt = fdt;
	o->in.bootargs = bootargs;
	o->in.board = defaults;

	if (!make_bootargs(o, fdt, bootargs)) {
		fprintf(stderr, "%s: the command line is longer than Linux takes\n", who);
	} else if (carveout_plan(&o->in, &plan) != OM_OK) {
		fprintf(stderr, "%s: %s needs more edits than a plan can hold\n", who, o->file);
	} else {
		print_plan(&plan, fdt);
		code = plan.notices ? EXIT_FINDINGS : EXIT_GOOD;
		if (o->out && !write_tree(who, fdt, &plan, o->out))
			code = EXIT_TROUBLE;
	}
	free(fdt);
	return code;
}

int plan_command(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_list,
		.parser = parse,
		.args_doc = "TREE.dtb",
		.doc = "Shows where the monitor would put the carve-out of a board and what it "
		       "would "
		       "write into its device tree.\v"
		       "Exit code: 0 if all is well, 1 if there are notices, 2 if the tree cannot "
		       "be read or written.",
	};
	static struct options options;

	argp_err_exit_status = EXIT_TROUBLE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0)
		return EXIT_TROUBLE;
	return plan_file(argv[0], &options);
}
