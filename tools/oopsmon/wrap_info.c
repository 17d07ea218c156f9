/* SPDX-License-Identifier: BSD-2-Clause */
#include "wrap_info.h"
#include "json.h"
#include "json_value.h"
#include "wrap_input.h"

#include <inttypes.h>
#include <stdio.h>

static const struct {
	const char *word, *text;
} forms[] = {
	[FORM_PLAIN] = { "plain", "a file of its own" },
	[FORM_UIMAGE] = { "uimage", "in a uImage" },
	[FORM_FIT] = { "fit", "in a FIT" },
	[FORM_FLASH] = { "flash", "in a flash image" },
	[FORM_OTHER] = { "other", "within another file" },
};

static const char *const machine_names[] = { [MACHINE_ARM] = "arm", [MACHINE_ARM64] = "arm64" };
static const char *const kernel_names[] = {
	[MACHINE_ARM] = "zImage", [MACHINE_ARM64] = "arm64 Image"
};

static const char *check_text(const struct wrapped *w)
{
	if (w->is_damaged)
		return "WRONG: the payload is damaged";
	return w->wrap.is_checked ? "right; the monitor checks it, too"
				  : "right; the monitor does not check it";
}

static size_t offset_in(struct span file, struct span part)
{
	return (size_t)(part.p - file.p);
}

static void print_kernel(struct span file, const struct wrapped *w)
{
	if (w->kernel.len)
		printf("kernel    %zu bytes at 0x%zx, %s %s\n", w->kernel.len,
		       offset_in(file, w->kernel), w->kernel_machine == MACHINE_ARM64 ? "an" : "a",
		       kernel_names[w->kernel_machine]);
	else
		printf("payload   %zu bytes at 0x%zx, not a kernel\n", w->payload.len,
		       offset_in(file, w->payload));
	if (w->tree.len)
		printf("tree      %zu bytes right after it\n", w->tree.len);
	printf("CRC       0x%08" PRIx32 ", %s\n", w->wrap.crc32, check_text(w));
	if (w->after_bytes)
		printf("after it  %zu bytes that are not part of it, such as a device tree\n",
		       w->after_bytes);
}

void wrap_info_text(const char *name, struct span file, const struct wrapped *w)
{
	char version[24];

	printf("%s: wrapped by oopsmon, %s\n", name, forms[w->form].text);
	printf("monitor   %s for %s, %" PRIu32 " bytes at 0x%zx, started %s\n",
	       version_text(w->image.version, version), machine_names[w->machine],
	       w->image.bare_bytes, w->image_off,
	       w->image.entry == WRAP_ENTRY_LINUX ? "like a kernel" : "from flash");
	if (w->wrap.kind == WRAP_NEXT_STAGE)
		printf("then      %zu bytes at 0x0, entered at 0x%08" PRIx32 "\n", w->payload.len,
		       w->wrap.target_pa);
	else
		print_kernel(file, w);
}

static json_t *count(size_t n)
{
	return n ? json_integer((json_int_t)n) : json_null();
}

static json_t *kernel_value(struct span file, const struct wrapped *w)
{
	const bool is_zimage = w->kernel.len && w->kernel_machine == MACHINE_ARM;
	json_t *kind = w->kernel.len ? json_string(kernel_names[w->kernel_machine]) : json_null();

	return json_pack("{s:o, s:I, s:I, s:o, s:o, s:o, s:b, s:b}", "kind", kind, "offset",
			 (json_int_t)offset_in(file, w->payload), "bytes",
			 (json_int_t)w->payload.len, "zimage_bytes",
			 is_zimage ? count(w->kernel.len) : json_null(), "tree_bytes",
			 count(w->tree.len), "crc32", value_hex(w->wrap.crc32), "intact",
			 !w->is_damaged, "checked", w->wrap.is_checked);
}

static json_t *stage_value(const struct wrapped *w)
{
	return json_pack("{s:I, s:o}", "bytes", (json_int_t)w->payload.len, "entry",
			 value_hex(w->wrap.target_pa));
}

bool wrap_info_json(const char *name, struct span file, const struct wrapped *w)
{
	const bool is_kernel = w->wrap.kind == WRAP_KERNEL;
	char version[24];
	json_t *o = json_pack("{s:s, s:s, s:o, s:s, s:{s:s, s:s, s:s, s:I, s:I}, s:o, s:o, s:I}",
			      "schema", "oopsmon-wrap/1", "program", "oopsmon " OM_VERSION, "input",
			      value_words(name), "form", forms[w->form].word, "monitor", "version",
			      version_text(w->image.version, version), "machine",
			      machine_names[w->machine], "entry",
			      w->image.entry == WRAP_ENTRY_LINUX ? "linux" : "reset", "offset",
			      (json_int_t)w->image_off, "bytes", (json_int_t)w->image.bare_bytes,
			      "kernel", is_kernel ? kernel_value(file, w) : json_null(),
			      "next_stage", is_kernel ? json_null() : stage_value(w), "after_bytes",
			      (json_int_t)w->after_bytes);
	const bool good = o && json_dumpf(o, stdout, JSON_INDENT(2) | json_flags(stdout)) == 0 &&
			  putchar('\n') != EOF;

	json_decref(o);
	return good;
}
