/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `oopsmon decode`: lists the records of a region dump and writes them to files named as
 * Linux names them. Only options, files and the table live here; firmware/core decodes.
 */
#include "commands.h"

#include "core/cmdline.h"
#include "core/ftrace.h"
#include "core/record.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { REGION_BYTES_MAX = 256 << 20, READ_BYTES = 1 << 20 };

enum option_key {
	KEY_RECORD = 0x100,
	KEY_CONSOLE,
	KEY_FTRACE,
	KEY_PMSG,
	KEY_ECC,
	KEY_CPUS,
	KEY_OUT = 'o'
};

struct options {
	struct geometry geom;
	uint32_t cpus;
	const char *out_dir;
	const char *file;
};

static const struct argp_option option_list[] = {
	{ "record-size", KEY_RECORD, "SIZE", 0, "of one dmesg record", 1 },
	{ "console-size", KEY_CONSOLE, "SIZE", 0, "of the console zone", 1 },
	{ "ftrace-size", KEY_FTRACE, "SIZE", 0, "of all ftrace zones together", 1 },
	{ "pmsg-size", KEY_PMSG, "SIZE", 0, "of the pmsg zone", 1 },
	{ "ecc-size", KEY_ECC, "BYTES", 0, "parity bytes per 128-byte block; 0 or absent: none",
	  1 },
	{ "per-cpu", KEY_CPUS, "N", 0,
	  "the ftrace zone is split among N CPUs (flags = <1>); 0: find out how many", 1 },
	{ "output", KEY_OUT, "DIR", 0, "write every record to a file in DIR", 2 },
	{ 0 },
};

/* ---- options ---------------------------------------------------------------------------- */

static uint32_t parse_size(struct argp_state *state, const char *option, const char *arg)
{
	uint64_t value;
	size_t used;

	if (cmdline_size(arg, strlen(arg), &value, &used) != OM_OK || arg[used] != '\0')
		argp_error(state, "--%s: '%s' is no size; give it like 8192, 0x2000 or 8K", option,
			   arg);
	if (value > INT32_MAX)
		argp_error(state, "--%s: %s is more than Linux takes (0x7fffffff)", option, arg);
	return (uint32_t)value;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_RECORD:
		o->geom.record_bytes = parse_size(state, "record-size", arg);
		return 0;
	case KEY_CONSOLE:
		o->geom.console_bytes = parse_size(state, "console-size", arg);
		return 0;
	case KEY_FTRACE:
		o->geom.ftrace_bytes = parse_size(state, "ftrace-size", arg);
		return 0;
	case KEY_PMSG:
		o->geom.pmsg_bytes = parse_size(state, "pmsg-size", arg);
		return 0;
	case KEY_ECC:
		o->geom.ecc_bytes = parse_size(state, "ecc-size", arg);
		return 0;
	case KEY_CPUS:
		o->cpus = parse_size(state, "per-cpu", arg);
		if (o->cpus > GEOMETRY_CPUS_MAX)
			argp_error(state, "--per-cpu: at most %d CPUs", GEOMETRY_CPUS_MAX);
		o->geom.flags |= GEOMETRY_FTRACE_PER_CPU;
		return 0;
	case KEY_OUT:
		o->out_dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->file)
			argp_error(state, "one region at a time");
		o->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->file)
			argp_error(state, "which file? `-` reads standard input");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- input ------------------------------------------------------------------------------ */

/* Reads all of @f; NULL with errno set if that fails, EFBIG if it cannot be a region. */
static uint8_t *read_all(FILE *f, size_t *len)
{
	uint8_t *data = NULL;
	size_t n = 0;

	for (;;) {
		uint8_t *more = realloc(data, n + READ_BYTES);

		if (!more)
			break;
		data = more;

		size_t got = fread(data + n, 1, READ_BYTES, f);

		n += got;
		if (got < READ_BYTES && !ferror(f)) {
			*len = n;
			return data;
		}
		if (ferror(f))
			break;
		if (n > REGION_BYTES_MAX) {
			errno = EFBIG;
			break;
		}
	}
	free(data);
	return NULL;
}

static uint8_t *read_file(const char *who, const char *name, size_t *len)
{
	const bool from_stdin = strcmp(name, "-") == 0;
	FILE *f = from_stdin ? stdin : fopen(name, "rb");
	uint8_t *data = f ? read_all(f, len) : NULL;

	if (!data)
		fprintf(stderr, "%s: %s: %s\n", who, name,
			errno == EFBIG ? "larger than any ramoops region; cut the region out first"
				       : strerror(errno));
	if (f && !from_stdin)
		fclose(f);
	return data;
}

static void explain(const char *who, enum om_err err, size_t len, const struct geometry *g)
{
	const char *text = om_err_name(err);

	if (len == 0)
		text = "the file is empty";
	else if (err == OM_E_EMPTY)
		text = "a region has no directory: give the sizes of its ramoops node "
		       "(--record-size, --console-size, --ftrace-size, --pmsg-size, --ecc-size)";
	else if (err == OM_E_TRUNCATED)
		text = "these sizes need a larger region: give the whole region, or the sizes of "
		       "its own ramoops node";
	else if (err == OM_E_NO_SPACE)
		text = "so much parity leaves no data in the smallest zone: check --ecc-size";
	else if (err == OM_E_VARIANT)
		text = "Linux cannot read more than 127 parity bytes per block either: check "
		       "--ecc-size";
	fprintf(stderr, "%s: %zu bytes with %u of ECC: %s\n", who, len, g->ecc_bytes, text);
}

/* ---- output ------------------------------------------------------------------------------ */

static const char *const notes[] = {
	"the zone's header is beyond repair, its raw values were used",
	"the text has blocks beyond repair, their raw bytes are shown",
	"the compressed text is cut: what comes before the cut is shown",
	"the compressed text is damaged: bytes behind the damage may be wrong or missing",
	"no \"====\" line, so Linux would drop it: all that stands in the zone is shown",
	"the text is longer than expected: its end is missing",
	"start or size in the zone's header are impossible: bytes shown as they lie in RAM",
	"the zone was erased (deleted, or cleared at boot): this is what is left of its text",
	"the first line does not say what kind of dump this is",
};

static void print_time(const struct record *r)
{
	time_t sec = (time_t)r->time_sec;
	struct tm tm;
	char text[48];

	if (!r->has_time || !gmtime_r(&sec, &tm) ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		printf("  %-26s", "-");
	else
		printf("  %s.%06" PRIu32, text, r->time_usec);
}

static void print_record(const struct record *r, const char *name)
{
	char reason[32] = "-";

	if (r->reason != REASON_NONE)
		snprintf(reason, sizeof(reason), "%s#%" PRIu32, reason_name(r->reason), r->count);
	printf("%-20s  %-13s  %-12s", name, quality_name(r->quality), reason);
	print_time(r);
	printf("  %8zu  %9" PRIu32 "  %3" PRIu32 "\n", r->text.len, r->corrected_bytes,
	       r->bad_blocks);
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (r->notes & 1u << i)
			printf("    %s\n", notes[i]);
	if (r->packing == PACKING_UNKNOWN)
		printf("    compressed in a way this program does not know; raw bytes kept\n");
}

static void print_region(const struct region *r)
{
	const struct layout *l = &r->layout;
	const uint32_t v = l->writer_version;

	printf("%" PRIu32 " bytes: %" PRIu32 " dmesg zones of %" PRIu32, r->geom.region_bytes,
	       l->n_dmesg, l->dmesg_zone_bytes);
	if (l->bytes[ZONE_CONSOLE])
		printf(", console %" PRIu32, l->bytes[ZONE_CONSOLE]);
	if (l->bytes[ZONE_PMSG])
		printf(", pmsg %" PRIu32, l->bytes[ZONE_PMSG]);
	if (l->n_ftrace)
		printf(", %" PRIu32 " ftrace of %" PRIu32, l->n_ftrace, l->ftrace_zone_bytes);
	if (v)
		printf("; written by Linux %" PRIu32 ".%" PRIu32 ".%" PRIu32, v >> 16, v >> 8 & 255,
		       v & 255);
	printf("\n");
}

static void write_text(FILE *f, const struct record *r)
{
	struct ftrace_entry e;

	if (r->kind != ZONE_FTRACE) {
		fwrite(r->text.p, 1, r->text.len, f);
		return;
	}
	for (uint32_t i = 0; ftrace_entry_at(r->text, &r->ftrace, i, &e) == OM_OK; i++) {
		char line[FTRACE_LINE_BYTES];
		const size_t n = ftrace_line(&e, &r->ftrace, NULL, line);

		fwrite(line, 1, n, f);
	}
}

/* Returns an exit code. */
static int write_record(const char *who, const char *dir, const char *name, const struct record *r)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		fprintf(stderr, "%s: out of memory\n", who);
		return EXIT_TROUBLE;
	}

	FILE *f = fopen(path, "wb");
	bool good = f != NULL;

	if (f) {
		write_text(f, r);
		good = !ferror(f);
		good = fclose(f) == 0 && good;
	}
	if (!good)
		fprintf(stderr, "%s: %s: %s\n", who, path, strerror(errno));
	free(path);
	return good ? EXIT_GOOD : EXIT_TROUBLE;
}

static int worse(int a, int b)
{
	return a > b ? a : b;
}

static int decode_records(const char *who, const struct options *o, const struct region *r)
{
	struct workspace work = { .cap = region_work_bytes(r) };
	uint32_t n = 0;
	int rc = EXIT_GOOD;

	work.p = malloc(work.cap);
	if (!work.p) {
		fprintf(stderr, "%s: out of memory\n", who);
		return EXIT_TROUBLE;
	}
	print_region(r);
	for (uint32_t i = 0; i < region_records(r); i++) {
		char name[RECORD_NAME_BYTES + sizeof(".enc.z")];
		struct record rec;

		if (record_read(r, i, 0, work, &rec) != OM_OK)
			continue;
		record_name(&rec, name);
		if (rec.packing == PACKING_UNKNOWN) /* Linux's suffix for what it cannot inflate */
			strcat(name, ".enc.z");
		if (n++ == 0)
			printf("%-20s  %-13s  %-12s  %-26s  %8s  %9s  %3s\n", "record", "quality",
			       "reason", "time (UTC)", "bytes", "corrected", "bad");
		print_record(&rec, name);
		if (o->out_dir)
			rc = worse(rc, write_record(who, o->out_dir, name, &rec));
		if (rec.quality >= QUALITY_SALVAGED)
			rc = worse(rc, EXIT_FINDINGS);
	}
	if (n == 0)
		printf("no records\n");
	free(work.p);
	return rc;
}

int decode_command(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_list,
		.parser = parse,
		.args_doc = "REGION",
		.doc = "Lists the records in REGION, a file with the bytes of a ramoops region.\v"
		       "The sizes are those of the ramoops node (or module parameters) of the "
		       "kernel that wrote the region. Exit code: 0 every record is intact or was "
		       "repaired by ECC, 1 some were salvaged or are unreadable, 2 wrong usage or "
		       "unreadable input.",
	};
	struct options o = { 0 };
	static struct region region;
	size_t len = 0;
	int rc = EXIT_TROUBLE;

	argp_program_version = NULL;
	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0)
		return EXIT_TROUBLE;

	uint8_t *data = read_file(argv[0], o.file, &len);

	if (!data)
		return EXIT_TROUBLE;
	if (o.out_dir && mkdir(o.out_dir, 0777) != 0 && errno != EEXIST) {
		fprintf(stderr, "%s: %s: %s\n", argv[0], o.out_dir, strerror(errno));
		free(data);
		return EXIT_TROUBLE;
	}
	o.geom.region_bytes = (uint32_t)len;

	enum om_err err = region_open((struct span){ data, len }, &o.geom, o.cpus, &region);

	if (err == OM_OK)
		rc = decode_records(argv[0], &o, &region);
	else
		explain(argv[0], err, len, &o.geom);
	free(data);
	return rc;
}
