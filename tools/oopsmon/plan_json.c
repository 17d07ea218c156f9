/* SPDX-License-Identifier: BSD-2-Clause */
/* A plan as one JSON document, docs/json.md. */
#include "json.h"
#include "json_value.h"
#include "plan.h"

#include "core/place/plan_notes.h"

#include <stdlib.h>

static json_t *range_value(struct range r)
{
	json_t *o = json_object();

	value_set(o, "base", value_hex(r.base_pa));
	value_set(o, "bytes", json_integer((json_int_t)r.bytes));
	return o;
}

static json_t *memory_value(const struct ranges *banks)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < banks->n; i++)
		json_array_append_new(list, range_value(banks->r[i]));
	return list;
}

static json_t *notices_value(const struct plan_view *v)
{
	char text[PLAN_NOTE_BYTES], name[16];
	json_t *list = json_array();

	for (uint32_t i = 0; i < PLAN_NOTES; i++) {
		const uint32_t code = plan_note(v->plan, v->fdt, i, text);

		if (!code)
			continue;
		snprintf(name, sizeof(name), "E%u", code);
		json_array_append_new(
			list, json_pack("{s:s, s:o}", "code", name, "text", value_words(text)));
	}
	return list;
}

static json_t *region_value(const struct plan *p)
{
	static const char *const sources[] = {
		[PLAN_NONE] = "none",
		[PLAN_EXISTING] = "tree",
		[PLAN_PARAMETERS] = "parameters",
		[PLAN_USER] = "asked",
		[PLAN_COMPUTED] = "computed",
	};
	const struct geometry *g = &p->geom;
	json_t *o;

	if (!g->region_bytes)
		return json_null();
	o = range_value(geometry_range(g));
	value_set(o, "source", json_string(sources[p->source]));
	for (uint32_t i = 0; i < OPTION_WORDS; i++) {
		/* in the words of docs/json.md: record_bytes for record-size */
		static const char *const names[OPTION_WORDS] = {
			"record_bytes", "console_bytes", "ftrace_bytes", "pmsg_bytes",
			"ecc_bytes",	"max_reason",	 "mem_type",	 "flags",
		};

		value_set(o, names[i], json_integer(*option_number((struct geometry *)g, i)));
	}
	return o;
}

/* The source as text; NULL: out of memory. */
static json_t *source_value(const struct plan_view *v)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	json_t *value;

	if (!f)
		return NULL;
	plan_source_write(f, v);
	fclose(f);
	value = json_stringn(text, len);
	free(text);
	return value;
}

static json_t *console_value(const struct plan_console *c)
{
	json_t *o = json_object();

	value_set(o, "driver", c->driver ? json_string(c->driver) : json_null());
	value_set(o, "base", c->driver ? value_hex(c->base_pa) : json_null());
	value_set(o, "path", c->path[0] ? value_words(c->path) : json_null());
	value_set(o, "doubt", c->why ? json_string(c->doubt) : json_null());
	value_set(o, "named", c->named ? value_words(c->named) : json_null());
	return o;
}

bool plan_json_write(FILE *f, const struct plan_view *v)
{
	const struct plan *p = v->plan;
	const char *lacks = plan_overlay_lacks(&p->edits);
	json_t *o = json_object();
	bool good;

	value_set(o, "schema", json_string("oopsmon-plan/1"));
	value_set(o, "program", json_string("oopsmon " OM_VERSION));
	value_set(o, "input", json_string(v->file) ?: json_null());
	value_set(o, "stage", v->stage ? json_string("uboot") : json_null());
	value_set(o, "cpus", json_integer(p->cpus));
	value_set(o, "memory", memory_value(&p->banks));
	value_set(o, "region", region_value(p));
	value_set(o, "page", p->retained_pa ? value_hex(p->retained_pa) : json_null());
	value_set(o, "panic_records", json_integer(v->records));
	value_set(o, "console", console_value(&v->console));
	value_set(o, "notices", notices_value(v));
	value_set(o, "edits", json_integer(p->edits.n));
	value_set(o, "no_overlay", lacks ? json_string(lacks) : json_null());
	value_set(o, "dts", source_value(v));
	good = json_dumpf(o, f, JSON_INDENT(2) | json_flags(f)) == 0 && fputc('\n', f) != EOF;
	json_decref(o);
	return good;
}
