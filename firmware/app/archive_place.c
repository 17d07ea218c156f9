/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive_place.h"

#include "../board/board.h"
#include "machine.h"
#include "notice.h"

/* ---- the place ----------------------------------------------------------------------------- */

static void place_input(const struct archive_place *p, struct partition_input *in)
{
	const struct device *dev = tree_device(p->tree, DRIVER_FLASH);

	*in = (struct partition_input){ .fdt = p->tree->dtb,
					.node = dev->node,
					.banks = dev->bank,
					.n_banks = dev->n_banks,
					.bootargs = p->bootargs,
					.board = board.archive,
					.taken = &p->ours,
					.n_taken = 1 };
}

void archive_place_print(const struct archive_place *place)
{
	const struct partition *p = &place->partition;
	static const struct {
		uint32_t bit;
		const char *text;
	} facts[] = {
		{ PARTITION_N_OPTION_UNREADABLE,
		  "oopsmon.archive= was not understood: no archive; it looks like 1M@0x7f00000, or "
		  "none" },
		{ PARTITION_N_OUTSIDE, "is not within the flash: no archive; correct it" },
		{ PARTITION_N_CROSSES_BANKS,
		  "goes over the end of a flash bank: no archive; move it into one" },
		{ PARTITION_N_OVER_MONITOR, "lies over the monitor itself: no archive; move it" },
		{ PARTITION_N_OVER_PARTITION, "lies over another partition: no archive; name a "
					      "free place with oopsmon.archive= "
					      "or a partition labelled oopsmon" },
		{ PARTITION_N_TREE_UNREADABLE, "the flash's partitions in the device tree make no "
					       "sense: no archive; check them" },
		{ PARTITION_N_SECOND_NODE,
		  "more than one partition is labelled oopsmon: the first is taken" },
	};

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (!(p->notices & facts[i].bit))
			continue;
		if (p->asked.bytes)
			notice(NOTICE_NO_PARTITION, "the archive's place 0x%llx-0x%llx %s",
			       (unsigned long long)p->asked.base_pa,
			       (unsigned long long)range_end(p->asked), facts[i].text);
		else
			notice(NOTICE_NO_PARTITION, "%s", facts[i].text);
	}
}

void archive_place_find(struct archive_place *p)
{
	struct partition_input in;

	if (!tree_device(p->tree, DRIVER_FLASH))
		return;
	place_input(p, &in);
	partition_find(&in, &p->partition);
	/* the list then has no room for it: Linux does without, the archive is there all the same
	 */
	if (p->partition.source != PARTITION_NONE && partition_edits(&in, &p->partition, &p->edits))
		notice(NOTICE_DTB_EDIT, "Linux will not see the archive's partition: the "
					"flash node's path is too long");
}

bool archive_place_is_there(const struct archive_place *p)
{
	return p->partition.source != PARTITION_NONE && tree_device(p->tree, DRIVER_FLASH);
}

/* ---- the partition for core/archive ---------------------------------------------------------- */

static const struct flash_ops *chips(const struct archive_place *p)
{
	return p->flash.dev->driver->ops.flash;
}

/* Offsets in the bank from those in the partition. */
static uint32_t in_bank(const struct archive_place *p, uint32_t off)
{
	return (uint32_t)p->partition.bank_off + off;
}

static enum om_err flash_read(void *ctx, uint32_t off, uint8_t *to, uint32_t len)
{
	struct archive_place *p = ctx;

	return chips(p)->read(&p->flash, in_bank(p, off), to, len);
}

static bool flash_blank(void *ctx, uint32_t off, uint32_t len)
{
	struct archive_place *p = ctx;

	return chips(p)->blank(&p->flash, in_bank(p, off), len);
}

/* What fails is tried elsewhere: the reason is kept for a notice. */
static enum om_err noted(struct archive_place *p, enum om_err err)
{
	if (err)
		p->failure = p->flash.failure;
	p->silent |= err == OM_E_TIMEOUT;
	return err;
}

static enum om_err flash_program(void *ctx, uint32_t off, const uint8_t *from, uint32_t len)
{
	struct archive_place *p = ctx;

	if (p->silent)
		return OM_E_TIMEOUT;
	return noted(p, chips(p)->program(&p->flash, in_bank(p, off), from, len));
}

static enum om_err flash_erase(void *ctx, uint32_t block)
{
	struct archive_place *p = ctx;

	if (p->silent)
		return OM_E_TIMEOUT;
	return noted(p, chips(p)->erase(&p->flash, in_bank(p, block * p->ops.block_bytes)));
}

/* What a driver touches: to probe, and around what it programs (drivers/flash.h). */
enum { PROBED_BYTES = 4096, AROUND_BYTES = 16 << 10 };

/* Of a bank only these two places are mapped: page 0 of the first one catches null pointers. */
static enum om_err probe(const struct device *dev, uint32_t i, struct flash *out)
{
	const struct range first_page = { dev->bank[i].base_pa, PROBED_BYTES };
	enum om_err err;

	if (!map_or_say(first_page, ARCH_DEVICE, "the flash"))
		return OM_E_NOT_FOUND;
	err = dev->driver->ops.flash->probe(dev, i, out);
	arch_unmap(first_page);
	return err;
}

static bool map_place(const struct device *dev, const struct partition *p)
{
	const uint64_t start = p->bank_off & ~(uint64_t)(AROUND_BYTES - 1);
	const uint64_t end = (p->bank_off + p->bytes + AROUND_BYTES - 1) &
			     ~(uint64_t)(AROUND_BYTES - 1);

	return map_or_say((struct range){ dev->bank[p->bank].base_pa + start, end - start },
			  ARCH_DEVICE, "the archive's place");
}

/* All banks up to the archive's must be as large as the tree says, or Linux would count
   differently. */
static enum om_err probe_banks(const struct device *dev, uint32_t last, struct flash *out,
			       uint64_t *bank_bytes)
{
	for (uint32_t i = 0; i <= last; i++) {
		enum om_err err = probe(dev, i, out);

		if (err)
			return err;
		bank_bytes[i] = out->bytes;
	}
	return OM_OK;
}

/* Flash and partition as they are; says what is wrong. */
static bool open_partition(struct archive_place *place, const char *effect)
{
	const struct device *dev = tree_device(place->tree, DRIVER_FLASH);
	const struct partition *p = &place->partition;
	const uint32_t first = (uint32_t)p->bank_off;
	uint64_t bank_bytes[PARTITION_BANKS_MAX];
	struct partition_input in;
	uint32_t start, block_bytes;
	enum om_err err;

	err = probe_banks(dev, p->bank, &place->flash, bank_bytes);
	if (err) {
		notice(NOTICE_NO_FLASH,
		       "the flash at 0x%llx does not answer as CFI NOR does (%s): %s; check the "
		       "flash node of the device tree",
		       (unsigned long long)dev->bank[p->bank].base_pa, om_err_name(err), effect);
		return false;
	}
	place_input(place, &in);
	if (!flash_block_at(&place->flash, first, &start, &block_bytes) || start != first ||
	    partition_fits(p, &in, bank_bytes, block_bytes) != PARTITION_FITS ||
	    p->bytes / block_bytes < ARCHIVE_BLOCKS_MIN) {
		notice(NOTICE_FLASH_UNUSABLE,
		       "the archive's place 0x%llx-0x%llx is no two or more whole erase blocks "
		       "of this flash: %s; move it",
		       (unsigned long long)p->device_off,
		       (unsigned long long)(p->device_off + p->bytes), effect);
		return false;
	}
	if (!map_place(dev, p))
		return false;
	place->ops = (struct archive_flash){ .ctx = place,
					     .block_bytes = block_bytes,
					     .n_blocks = (uint32_t)(p->bytes / block_bytes),
					     .read = flash_read,
					     .blank = flash_blank,
					     .program = flash_program,
					     .erase = flash_erase };
	return true;
}

bool archive_reach(struct archive_place *p, const char *effect, struct archive *out)
{
	/* without a place it was said why, or asked for */
	if (!archive_place_is_there(p) || !open_partition(p, effect))
		return false;
	p->silent = false;
	p->failure = FLASH_FINE;
	archive_open(out, &p->ops);
	return true;
}

uint64_t archive_pa(const struct archive_place *p)
{
	return p->flash.base_pa + p->partition.bank_off;
}

const char *archive_failure(const struct archive_place *p)
{
	return p->failure == FLASH_FINE ? "not all of it reads back"
					: flash_failure_text(p->failure);
}

/* ---- what is there ---------------------------------------------------------------------- */

void archive_state_print(const struct archive_place *p, const struct archive *a, const char *effect)
{
	switch (a->state) {
	case ARCHIVE_BLANK:
	case ARCHIVE_OURS:
		return;
	case ARCHIVE_NEWER:
		notice(NOTICE_ARCHIVE_NEWER,
		       "the archive in flash is of a newer oopsmon, version %u: left as it is, "
		       "%s; update the monitor",
		       a->version, effect);
		return;
	case ARCHIVE_OTHER:
		notice(NOTICE_ARCHIVE_OTHER,
		       "the archive in flash was made for %u blocks of %u bytes: left as it is, "
		       "%s; save it, then erase the partition",
		       a->n_blocks, a->block_bytes, effect);
		return;
	default:
		notice(NOTICE_ARCHIVE_FOREIGN,
		       "the flash at 0x%llx is neither erased nor an archive: left as it is, "
		       "%s; erase it, or name a free place with oopsmon.archive=",
		       (unsigned long long)archive_pa(p), effect);
	}
}

bool archive_may_change(const struct archive_place *p, const struct archive *a, const char *effect)
{
	if (p->partition.read_only) {
		notice(NOTICE_PARTITION_READ_ONLY,
		       "the partition oopsmon is read-only in the device tree: %s", effect);
		return false;
	}
	archive_state_print(p, a, effect);
	return a->state == ARCHIVE_BLANK || a->state == ARCHIVE_OURS;
}
