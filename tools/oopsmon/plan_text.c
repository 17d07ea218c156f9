/* SPDX-License-Identifier: BSD-2-Clause */
/* A plan in words, a line for each fact. */
#include "plan.h"
#include "text.h"

#include "core/place/plan_notes.h"

#include <inttypes.h>
#include <string.h>

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

/* The notices, each after @lead. */
static void print_notices(FILE *f, const struct plan_view *v, const char *lead)
{
	char text[PLAN_NOTE_BYTES];

	for (uint32_t i = 0; i < PLAN_NOTES; i++) {
		const uint32_t code = plan_note(v->plan, v->fdt, i, text);

		if (code)
			fprintf(f, "%sE%" PRIu32 " %s\n", lead, code, text);
	}
}

void plan_text_notices(FILE *f, const struct plan_view *v)
{
	print_notices(f, v, "");
}

uint32_t plan_records(const struct plan *p)
{
	const uint32_t cpus = p->cpus < 1		    ? 1
			      : p->cpus < GEOMETRY_CPUS_MAX ? p->cpus
							    : GEOMETRY_CPUS_MAX;
	struct layout l;

	if (!p->geom.region_bytes || layout_make(&p->geom, ERA_6_6, cpus, &l) != OM_OK)
		return 0;
	return l.n_dmesg;
}

static void print_sizes(FILE *f, const struct geometry *g, uint32_t cpus)
{
	char a[32], b[32], c[32], d[32];

	fprintf(f, "zones     record %s, console %s, pmsg %s, ftrace %s",
		size_text(g->record_bytes, a), size_text(g->console_bytes, b),
		size_text(g->pmsg_bytes, c), size_text(g->ftrace_bytes, d));
	if (g->ftrace_bytes && (g->flags & GEOMETRY_FTRACE_PER_CPU))
		fprintf(f, " for %" PRIu32 " CPU%s", cpus ? cpus : 1, cpus > 1 ? "s" : "");
	fprintf(f, "\n          ecc %" PRIu32 ", max-reason %" PRIu32 ", mem-type %" PRIu32 "\n",
		g->ecc_bytes, g->max_reason, g->mem_type);
}

static void print_records(FILE *f, const struct plan_view *v)
{
	char size[32];

	if (v->records)
		fprintf(f, "panics    %" PRIu32 " record%s of %s fit\n", v->records,
			v->records > 1 ? "s" : "", size_text(v->plan->geom.record_bytes, size));
	else
		fputs("panics    no record fits: a crash will leave no log of its own; "
		      "give the region a record-size and room for it\n",
		      f);
}

/* @e's node or property; a tree may have any bytes there. */
static void put_name(FILE *f, const struct edit *e, bool with_name)
{
	const bool is_root = e->path && !e->path[1];

	text_escaped(f, (struct span){ (const uint8_t *)e->path, strlen(e->path) });
	if (!with_name)
		return;
	fputs(is_root ? "" : "/", f);
	text_escaped(f, (struct span){ (const uint8_t *)e->name, strlen(e->name) });
}

static void print_value(FILE *f, const struct edit *e)
{
	const uint8_t *value = e->value;
	const bool is_text = e->len > 1 && value[e->len - 1] == 0 &&
			     memchr(value, 0, e->len - 1) == NULL && value[0] > ' ';

	if (is_text) {
		fputs(" = \"", f);
		text_escaped(f, (struct span){ value, e->len - 1 });
		fputs("\"", f);
		return;
	}
	for (uint32_t i = 0; i + 4 <= e->len; i += 4)
		fprintf(f, "%s0x%" PRIx32, i ? " " : " = <", be32_load(value + i));
	fputs(e->len >= 4 ? ">" : "", f);
}

static void print_edit(FILE *f, const struct edit *e)
{
	static const char *const verbs[] = {
		[EDIT_ADD_NODE] = "add",	 [EDIT_SET_PROP] = "set",
		[EDIT_DEL_PROP] = "delete",	 [EDIT_RENAME_NODE] = "rename",
		[EDIT_LAST] = "move to the end",
	};

	if (e->op == EDIT_ADD_RESERVE) {
		fprintf(f, "edit      /memreserve/ 0x%" PRIx64 " 0x%" PRIx64 "\n", e->base_pa,
			e->bytes);
		return;
	}
	fprintf(f, "edit      %s ", verbs[e->op]);
	put_name(f, e, e->op == EDIT_SET_PROP || e->op == EDIT_DEL_PROP);
	if (e->op == EDIT_RENAME_NODE)
		fprintf(f, " to %s", e->name);
	if (e->op == EDIT_SET_PROP)
		print_value(f, e);
	fputc('\n', f);
}

void plan_text_write(FILE *f, const struct plan_view *v)
{
	const struct plan *p = v->plan;
	char text[80];

	for (uint32_t i = 0; i < p->banks.n; i++)
		fprintf(f, "RAM       %s\n", range_text(p->banks.r[i], text));
	if (p->banks.n == 0)
		fputs("RAM       none in the tree; if a boot loader fills it in, give --memory "
		      "ADDR,SIZE\n",
		      f);
	if (p->geom.region_bytes) {
		fprintf(f, "region    %s\n", range_text(geometry_range(&p->geom), text));
		fprintf(f, "why       %s\n", source_text(p->source));
		print_sizes(f, &p->geom, p->cpus);
		print_records(f, v);
	} else {
		fprintf(f, "region    none\n");
	}
	if (p->retained_pa)
		fprintf(f, "page      %s\n",
			range_text((struct range){ p->retained_pa, PLAN_RETAINED_BYTES }, text));
	plan_console_write(f, &v->console);
	print_notices(f, v, "notice    ");
	for (uint32_t i = 0; i < p->edits.n; i++)
		print_edit(f, &p->edits.e[i]);
	if (p->edits.n == 0) {
		fprintf(f, "edits     none: the tree stays as it is\n");
		return;
	}
	fputs("\nThe same as device-tree source:\n\n", f);
	plan_source_write(f, v);
}
