/* SPDX-License-Identifier: BSD-2-Clause */
#include "atags.h"

#include "core/tree/dt.h"
#include "core/tree/node.h"

#include <libfdt.h>

enum {
	TAG_NONE = 0,
	TAG_CORE = 0x54410001,
	TAG_MEM = 0x54410002,
	TAG_INITRD2 = 0x54420005,
	TAG_CMDLINE = 0x54410009,
	HEAD_BYTES = 8, /* words of the whole tag, and its number */
	CORE_WORDS = 5, /* or 2, without anything in it */
	MEMORY_PATH_BYTES = 64,
};

static void note(const uint8_t *data, uint32_t tag, size_t len, struct atags *out)
{
	if (tag == TAG_CMDLINE) {
		memset(out->cmdline, 0, sizeof(out->cmdline));
		memcpy(out->cmdline, data, len < ATAGS_CMDLINE_BYTES ? len : ATAGS_CMDLINE_BYTES);
		out->cmdline[ATAGS_CMDLINE_BYTES - 1] = '\0';
		return;
	}
	if (len < HEAD_BYTES)
		return;
	if (tag == TAG_MEM && out->n_banks < ATAGS_BANKS_MAX && le32_load(data))
		out->banks[out->n_banks++] = (struct range){ le32_load(data + 4), le32_load(data) };
	else if (tag == TAG_INITRD2)
		out->initrd = (struct range){ le32_load(data), le32_load(data + 4) };
}

enum om_err atags_read(struct span list, struct atags *out)
{
	uint32_t words, tag;

	memset(out, 0, sizeof(*out));
	for (size_t off = 0; span_has(list, off, HEAD_BYTES); off += (size_t)words * 4) {
		words = le32_load(list.p + off);
		tag = le32_load(list.p + off + 4);
		if (off == 0 && (tag != TAG_CORE || (words != 2 && words != CORE_WORDS)))
			return OM_E_BAD_MAGIC;
		if (tag == TAG_NONE)
			return OM_OK;
		if (words < 2 || words > ATAGS_BYTES_MAX / 4 ||
		    !span_has(list, off, (size_t)words * 4))
			return OM_E_TRUNCATED;
		note(list.p + off + HEAD_BYTES, tag, (size_t)words * 4 - HEAD_BYTES, out);
	}
	return list.len < HEAD_BYTES ? OM_E_BAD_MAGIC : OM_E_TRUNCATED;
}

/* The node that says what RAM there is, -1: none. */
static int memory_node(const void *fdt)
{
	return fdt_node_offset_by_prop_value(fdt, -1, "device_type", "memory", sizeof("memory"));
}

static enum om_err memory_edit(const void *fdt, const struct atags *atags, struct edits *out)
{
	uint8_t reg[ATAGS_BANKS_MAX * NODE_REG_BYTES];
	const int node = memory_node(fdt);
	uint32_t n_addr, n_size, len = 0;
	char path[MEMORY_PATH_BYTES];

	if (!atags->n_banks || node < 0 || dt_path(fdt, node, path, sizeof(path)) ||
	    dt_cells(fdt, 0, &n_addr, &n_size) || n_addr > 2 || n_size > 2)
		return OM_OK;
	for (uint32_t i = 0; i < atags->n_banks; i++)
		len += node_reg(reg + len, n_addr, n_size, atags->banks[i]);
	return edits_prop(out, path, "reg", reg, len);
}

enum om_err atags_edits(const void *fdt, const struct atags *atags, struct edits *out)
{
	const enum om_err err = memory_edit(fdt, atags, out);

	return err ? err : edits_chosen(out, atags->cmdline, atags->initrd);
}
