/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a payload comes from: kernel, initrd and command line, each by its bytes. */
#ifndef OM_APP_SOURCE_H
#define OM_APP_SOURCE_H

#include "app/tree.h"
#include "core/boot/kernel.h"
#include "wrapped.h"

struct payload_source {
	const void *ctx;					   /* the source's own */
	uint32_t (*bytes)(const void *ctx, enum loader_item item); /* 0: there is none */
	/* [off, off + bytes) of the item to @dest_pa, which need not be mapped; errors as
	   loader_ops.read() */
	enum om_err (*read)(const void *ctx, enum loader_item item, uint32_t off, uint32_t bytes,
			    uint64_t dest_pa);
	/* where it is in RAM; empty: it is not, and read() brings it */
	struct range (*in_ram)(const void *ctx, enum loader_item item);
};

/*
 * source_wrapped.c: what was wrapped, with the initrd that the tree names (empty: none). False: no
 * kernel was. One at a time.
 */
bool source_wrapped(const struct wrapped *w, struct range initrd, struct payload_source *out);

/* source_loader.c: the tree's device that holds a kernel, as fw_cfg. False: it names none. */
bool source_loader(const struct tree *tree, struct payload_source *out);

#endif
