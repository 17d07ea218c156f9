/* SPDX-License-Identifier: BSD-2-Clause */
#include "sizes.h"

#include "core/place/survey.h"
#include "core/ramoops/search.h"
#include "core/tree/cmdline.h"
#include "core/tree/dt.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum key {
	KEY_RECORD = 0x1000,
	KEY_CONSOLE,
	KEY_FTRACE,
	KEY_PMSG,
	KEY_ECC,
	KEY_FLAGS,
	KEY_CPUS,
	KEY_PER_CPU,
	KEY_REGION,
	KEY_OFFSET,
	KEY_BASE,
	KEY_DUMP_BASE,
	KEY_DTB,
	KEY_FORCE,
};

enum { GIVEN_ZONES = 0xf /* bits of the four zone sizes */ };

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0,
	  "Sizes, as in the ramoops node of the kernel that wrote (default: found):", 1 },
	{ "record-size", KEY_RECORD, "SIZE", 0, "one dmesg record", 1 },
	{ "console-size", KEY_CONSOLE, "SIZE", 0, "the console zone", 1 },
	{ "ftrace-size", KEY_FTRACE, "SIZE", 0, "all ftrace zones together", 1 },
	{ "pmsg-size", KEY_PMSG, "SIZE", 0, "the pmsg zone", 1 },
	{ "ecc-size", KEY_ECC, "BYTES", 0, "parity per 128 bytes; absent: none", 1 },
	{ "flags", KEY_FLAGS, "N", 0, "1: one ftrace zone per CPU, 0: one for all (default: found)",
	  1 },
	{ "cpus", KEY_CPUS, "N", 0, "how many CPUs these are (default: found)", 1 },
	{ "per-cpu", KEY_PER_CPU, "N", 0, "short for --flags=1 --cpus=N", 1 },
	{ "dtb", KEY_DTB, "FILE", 0, "sizes and address from the ramoops node of a device tree",
	  1 },
	{ "force-sizes", KEY_FORCE, NULL, 0,
	  "use these sizes although the zone headers contradict them", 1 },
	{ NULL, 0, NULL, 0,
	  "Place of the region in the input (default: found; with sizes: byte 0):", 2 },
	{ "offset", KEY_OFFSET, "N", 0, "it begins at byte N", 2 },
	{ "region-size", KEY_REGION, "SIZE", 0, "it is that long (default: to the end)", 2 },
	{ "base", KEY_BASE, "ADDR", 0, "its physical address; in /dev/mem its place as well", 2 },
	{ "dump-base", KEY_DUMP_BASE, "ADDR", 0,
	  "the input is a RAM dump that begins at this address, so the region is at BASE - ADDR",
	  2 },
	{ 0 },
};

static uint64_t number(struct argp_state *state, const char *option, const char *arg, uint64_t most)
{
	uint64_t value;
	size_t used;

	if (cmdline_size(arg, strlen(arg), &value, &used) != OM_OK || arg[used] != '\0')
		argp_error(state, "--%s: '%s' is no size; give it like 8192, 0x2000 or 8K", option,
			   arg);
	if (value > most)
		argp_error(state, "--%s: %s is too large: at most 0x%" PRIx64, option, arg, most);
	return value;
}

static const struct row {
	enum key key;
	const char *name;
	size_t off; /* of the number in struct sizes */
	bool is_64;
	uint64_t most;
} rows[] = {
	/* bit i of sizes.given is row i; the first five are SEARCH_RECORD and so on */
	{ KEY_RECORD, "record-size", offsetof(struct sizes, geom.record_bytes), false, INT32_MAX },
	{ KEY_CONSOLE, "console-size", offsetof(struct sizes, geom.console_bytes), false,
	  INT32_MAX },
	{ KEY_FTRACE, "ftrace-size", offsetof(struct sizes, geom.ftrace_bytes), false, INT32_MAX },
	{ KEY_PMSG, "pmsg-size", offsetof(struct sizes, geom.pmsg_bytes), false, INT32_MAX },
	{ KEY_ECC, "ecc-size", offsetof(struct sizes, geom.ecc_bytes), false, INT32_MAX },
	{ KEY_FLAGS, "flags", offsetof(struct sizes, geom.flags), false, INT32_MAX },
	{ KEY_REGION, "region-size", offsetof(struct sizes, geom.region_bytes), false, INT32_MAX },
	{ KEY_CPUS, "cpus", offsetof(struct sizes, cpus), false, GEOMETRY_CPUS_MAX },
	{ KEY_OFFSET, "offset", offsetof(struct sizes, offset), true, INT64_MAX },
	{ KEY_BASE, "base", offsetof(struct sizes, geom.base_pa), true, INT64_MAX },
	{ KEY_DUMP_BASE, "dump-base", offsetof(struct sizes, dump_base), true, INT64_MAX },
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

static bool has(const struct sizes *s, enum key key)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].key == key)
			return s->given & 1u << i;
	return false;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct sizes *s = state->input;

	if (key == KEY_DTB) {
		s->dtb = arg;
		return 0;
	}
	if (key == KEY_FORCE) {
		s->force = true;
		return 0;
	}
	if (key == KEY_PER_CPU) {
		s->geom.flags |= GEOMETRY_FTRACE_PER_CPU;
		key = KEY_CPUS;
	}
	for (size_t i = 0; i < N_ROWS; i++) {
		char *const to = (char *)s + rows[i].off;

		if ((int)rows[i].key != key)
			continue;

		const uint64_t value = number(state, rows[i].name, arg, rows[i].most);

		if (rows[i].is_64)
			*(uint64_t *)(void *)to = value;
		else
			*(uint32_t *)(void *)to = (uint32_t)value;
		s->given |= 1u << i;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp sizes_argp = { .options = options, .parser = parse };

/* ---- a device tree ----------------------------------------------------------------------- */

/* Reads a whole tree; NULL after a message. */
static void *read_tree(const struct sizes *s)
{
	FILE *f = fopen(s->dtb, "rb");
	char *data = f ? malloc(DT_BYTES_MAX) : NULL;
	const size_t n = data ? fread(data, 1, DT_BYTES_MAX, f) : 0;
	const bool good = data && !ferror(f);
	size_t used;

	if (!good)
		fprintf(stderr, "%s: %s: %s\n", s->program, s->dtb, strerror(errno));
	if (f)
		fclose(f);
	if (good && dt_check(data, n, &used) == OM_OK)
		return data;
	if (good)
		fprintf(stderr,
			"%s: %s: no device tree, or a damaged one: check it with `dtc -I dtb`\n",
			s->program, s->dtb);
	free(data);
	return NULL;
}

static void take(uint32_t *to, uint32_t from, bool given)
{
	if (!given)
		*to = from;
}

static bool ask_tree(struct sizes *s)
{
	static struct survey survey; /* too large for a stack */
	static struct ranges banks;
	void *fdt = read_tree(s);
	uint32_t cpus = 0;

	if (!fdt)
		return false;

	/* a tree may declare no RAM and still describe the region */
	const enum om_err err = survey_tree(&survey, fdt, "", &banks, &cpus);
	const struct survey_node *node = &survey.ramoops;
	const fdt32_t *boot_log = NULL;
	int len;

	if (err != OM_E_VARIANT && node->node >= 0)
		boot_log = fdt_getprop(fdt, node->node, "boot-log-size", &len);
	if (boot_log && len == sizeof(*boot_log))
		s->boot_log_bytes = fdt32_ld(boot_log);
	free(fdt);
	if (err == OM_E_VARIANT || node->node < 0) {
		fprintf(stderr,
			"%s: %s: no enabled node is compatible with \"ramoops\": give the sizes as "
			"options\n",
			s->program, s->dtb);
		return false;
	}
	take(&s->geom.record_bytes, survey.geom.record_bytes, has(s, KEY_RECORD));
	take(&s->geom.console_bytes, survey.geom.console_bytes, has(s, KEY_CONSOLE));
	take(&s->geom.ftrace_bytes, survey.geom.ftrace_bytes, has(s, KEY_FTRACE));
	take(&s->geom.pmsg_bytes, survey.geom.pmsg_bytes, has(s, KEY_PMSG));
	take(&s->geom.ecc_bytes, survey.geom.ecc_bytes, has(s, KEY_ECC));
	take(&s->geom.flags, survey.geom.flags, has(s, KEY_FLAGS));
	take(&s->cpus, cpus <= GEOMETRY_CPUS_MAX ? cpus : 0, has(s, KEY_CPUS));
	if (node->has_reg) {
		take(&s->geom.region_bytes,
		     node->reg.bytes <= INT32_MAX ? (uint32_t)node->reg.bytes : 0,
		     has(s, KEY_REGION));
		if (!has(s, KEY_BASE))
			s->geom.base_pa = node->reg.base_pa;
	}
	return true;
}

/* ---- all of it --------------------------------------------------------------------------- */

static bool refuse(const struct sizes *s, const char *why)
{
	fprintf(stderr, "%s: %s\n", s->program, why);
	return false;
}

bool sizes_settle(struct sizes *s, const struct input *in)
{
	const bool options_say = s->given & GIVEN_ZONES;

	if (s->dtb && !ask_tree(s))
		return false;
	s->find_per_cpu = !s->dtb && !has(s, KEY_FLAGS) && !has(s, KEY_CPUS);
	if (s->find_per_cpu)
		s->geom.flags |= GEOMETRY_FTRACE_PER_CPU;

	const struct geometry *g = &s->geom;
	const bool zones = g->record_bytes || g->console_bytes || g->ftrace_bytes || g->pmsg_bytes;

	s->known = s->dtb ? SEARCH_ALL : s->given & SEARCH_ALL;
	s->from = !zones ? FROM_SEARCH : options_say || !s->dtb ? FROM_OPTIONS : FROM_DTB;
	s->off = s->offset;
	s->has_address = in->is_device || has(s, KEY_DUMP_BASE);
	s->address = s->dump_base;
	if (in->is_device && !has(s, KEY_OFFSET)) {
		if (!g->base_pa || !g->region_bytes)
			return refuse(s, "reading a device takes --base and --region-size, or a "
					 "--dtb that has both");
		s->off = g->base_pa;
	} else if (has(s, KEY_DUMP_BASE) && g->base_pa) {
		if (g->base_pa < s->dump_base)
			return refuse(s, "the region's address is below --dump-base: check both");
		s->off = g->base_pa - s->dump_base;
	}
	if (!s->has_address && g->base_pa && s->from != FROM_SEARCH) {
		s->has_address = g->base_pa >= s->off;
		s->address = g->base_pa - s->off;
	}
	return true;
}

/* Appends the names of the options that were given and, with @found, say otherwise. */
static void options_names(const struct sizes *s, const struct geometry *found, char *out)
{
	struct sizes rounded = *s;
	size_t n = 0;

	geometry_round(&rounded.geom);
	for (size_t i = 0; i < N_ROWS && (SEARCH_ALL >> i & 1); i++) {
		const char *const mine = (const char *)&rounded + rows[i].off;
		const size_t off = rows[i].off - offsetof(struct sizes, geom);

		if (!(s->given >> i & 1) ||
		    (found && memcmp(mine, (const char *)found + off, sizeof(uint32_t)) == 0))
			continue;
		n += (size_t)snprintf(out + n, SIZES_NAMES_BYTES - n, "%s--%s", n ? ", " : "",
				      rows[i].name);
	}
}

void sizes_names(const struct sizes *s, const struct geometry *found, char out[SIZES_NAMES_BYTES])
{
	out[0] = '\0';
	options_names(s, found, out);
	if (!out[0] && s->dtb)
		snprintf(out, SIZES_NAMES_BYTES, "%s", s->dtb);
	else if (!out[0])
		options_names(s, NULL, out);
}
