/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packings of older kernels that the image does without, for record reading on the
 * host: lz4 and lz4hc (one format), lzo and zstd through Debian's libraries. No library
 * reads 842; it is recognised by name only.
 * Source: Linux fs/pstore/platform.c, 4.8 to 6.5; crypto/{lz4,lz4hc,lzo,zstd,842}.c.
 */
#ifndef OM_TOOLS_UNPACKERS_H
#define OM_TOOLS_UNPACKERS_H

#include "core/log/unpack.h"

/*
 * For region.unpackers; ends with PACKING_NONE. Damaged streams give the text before the
 * damage; none of these formats but zstd (with its frame's checksum, which Linux leaves out)
 * can tell that text is wrong. PACKING_842 comes with OM_E_VARIANT.
 */
extern const struct unpacker host_unpackers[];

#endif
