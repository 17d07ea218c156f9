/* SPDX-License-Identifier: BSD-2-Clause */
#include "bootargs.h"

#include "notice.h"
#include "payload/source.h"

#include <libfdt.h>
#include <string.h>

/* False: the payload's source has none. */
static bool read_source(const struct payload_source *source, struct bootargs *out)
{
	const size_t room = sizeof(out->line) - 1;
	const uint32_t bytes = source->bytes(source->ctx, LOADER_CMDLINE);

	if (bytes <= 1)
		return false;
	if (bytes - 1 > room)
		notice(NOTICE_CMDLINE_LONG,
		       "the command line has %u bytes, %u are kept: shorten it", bytes - 1,
		       (uint32_t)room);
	if (source->read(source->ctx, LOADER_CMDLINE, 0, bytes < room ? bytes : (uint32_t)room,
			 (uintptr_t)out->line) == OM_OK)
		return true;
	out->line[0] = '\0';
	return false;
}

static void read_tree(const void *dtb, struct bootargs *out)
{
	const size_t room = sizeof(out->line) - 1;
	const int node = fdt_path_offset(dtb, "/chosen");
	int len = 0;
	const char *prop = node < 0 ? NULL : fdt_getprop(dtb, node, "bootargs", &len);

	if (prop && len > 0)
		memcpy(out->line, prop, (size_t)len < room ? (size_t)len : room);
}

void bootargs_read(const struct tree *tree, struct bootargs *out)
{
	struct payload_source source;

	if (!source_loader(tree, &source) || !read_source(&source, out))
		read_tree(tree->dtb, out);
	out->complete = true;
	report_options_read(out->line, &out->options);
}

void bootargs_print(const struct bootargs *b)
{
	if (b->options.bad)
		notice(NOTICE_REPORT_OPTION,
		       "an oopsmon.report*, .archive_seconds, .kmsg_seconds, .tail or .parity "
		       "value "
		       "was not understood: default taken; report=none|summary|full|text, "
		       "report_seconds=10, archive_seconds=5, kmsg_seconds=1, tail=20, parity=15");
}
