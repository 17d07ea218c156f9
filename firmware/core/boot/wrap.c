/* SPDX-License-Identifier: BSD-2-Clause */
#include "wrap.h"

#include "core/base/crc32.h"

enum {
	I_MAGIC_LINUX = 0x6d6f6f6f, /* "ooom" */
	I_MAGIC_RESET = 0x6d6f6f72, /* "room" */
	I_BARE_OFF = WRAP_IMAGE_OFF + 4,
	I_VERSION_OFF = WRAP_IMAGE_OFF + 8,
	I_ROM_OFF = WRAP_IMAGE_OFF + 12,
	I_BARE_MAX = 16 << 20, /* far more than any image takes */

	B_FLAGS_OFF = 8,
	B_BYTES_OFF = 12,
	B_CRC_OFF = 16,
	B_KIND_OFF = 20,
	B_TARGET_OFF = 24,
	B_OWN_CRC_OFF = 28,
	B_FLAG_CHECKED = 1 << 0,
	B_VERSION_OFF = 7,
	B_VERSION = 1,
};

static const char magic[B_VERSION_OFF] = { 'O', 'M', 'W', 'R', 'A', 'P', 0 };

enum om_err wrap_image_read(struct span head, struct wrap_image *out)
{
	struct wrap_image i = { 0 };
	uint32_t kind;

	if (head.len < WRAP_HEAD_BYTES)
		return OM_E_BAD_MAGIC;
	kind = le32_load(head.p + WRAP_IMAGE_OFF);
	if (kind != I_MAGIC_LINUX && kind != I_MAGIC_RESET)
		return OM_E_BAD_MAGIC;
	i.entry = kind == I_MAGIC_LINUX ? WRAP_ENTRY_LINUX : WRAP_ENTRY_RESET;
	i.bare_bytes = le32_load(head.p + I_BARE_OFF);
	i.version = le32_load(head.p + I_VERSION_OFF);
	i.rom_pa = le32_load(head.p + I_ROM_OFF);
	if (i.bare_bytes < WRAP_HEAD_BYTES || i.bare_bytes > I_BARE_MAX ||
	    i.bare_bytes % WRAP_ALIGN)
		return OM_E_CORRUPT;
	*out = i;
	return OM_OK;
}

enum om_err wrap_read(struct span block, uint64_t after_bytes, struct wrap *out)
{
	uint32_t kind;

	if (block.len < WRAP_BLOCK_BYTES || memcmp(block.p, magic, sizeof(magic)) != 0)
		return OM_E_BAD_MAGIC;
	if (block.p[B_VERSION_OFF] != B_VERSION)
		return OM_E_VARIANT;
	if (crc32_update(0, block.p, B_OWN_CRC_OFF) != le32_load(block.p + B_OWN_CRC_OFF))
		return OM_E_CORRUPT;
	kind = le32_load(block.p + B_KIND_OFF);
	if (kind > WRAP_NEXT_STAGE)
		return OM_E_VARIANT;
	if (le32_load(block.p + B_BYTES_OFF) > after_bytes)
		return OM_E_TRUNCATED;
	*out = (struct wrap){
		.kind = (enum wrap_kind)kind,
		.is_checked = le32_load(block.p + B_FLAGS_OFF) & B_FLAG_CHECKED,
		.payload_bytes = le32_load(block.p + B_BYTES_OFF),
		.crc32 = le32_load(block.p + B_CRC_OFF),
		.target_pa = le32_load(block.p + B_TARGET_OFF),
	};
	return OM_OK;
}

void wrap_write(const struct wrap *wrap, uint8_t block[WRAP_BLOCK_BYTES])
{
	memcpy(block, magic, sizeof(magic));
	block[B_VERSION_OFF] = B_VERSION;
	le32_store(block + B_FLAGS_OFF, wrap->is_checked ? B_FLAG_CHECKED : 0);
	le32_store(block + B_BYTES_OFF, wrap->payload_bytes);
	le32_store(block + B_CRC_OFF, wrap->crc32);
	le32_store(block + B_KIND_OFF, (uint32_t)wrap->kind);
	le32_store(block + B_TARGET_OFF, wrap->target_pa);
	le32_store(block + B_OWN_CRC_OFF, crc32_update(0, block, B_OWN_CRC_OFF));
}
