/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive in flash. Its place is found and shown to Linux on every boot; the flash itself is
 * touched only if there is a new crash, which is written there before it is told at length.
 */
#include "core/archive.h"
#include "console.h"
#include "core/archive_entry.h"
#include "core/crc32.h"
#include "core/headline.h"
#include "drivers/flash.h"
#include "monitor.h"
#include "notice.h"

#include <string.h>

static struct flash flash;
static uint32_t first; /* of the partition, offset in the bank */

/* ---- the place ----------------------------------------------------------------------------- */

static void place_input(const struct monitor *m, struct partition_input *in)
{
	const struct device *dev = &m->devices.dev[DRIVER_FLASH];

	*in = (struct partition_input){ .fdt = m->dtb,
					.node = dev->node,
					.banks = dev->bank,
					.n_banks = dev->n_banks,
					.bootargs = m->bootargs,
					.board = board.archive,
					.taken = &board.rom,
					.n_taken = 1 };
}

/* What the user should know of the place; only facts that keep crashes from being archived, or
   that the tree should be mended for. */
static void place_tell(const struct partition *p)
{
	static const struct {
		uint32_t bit;
		const char *text;
	} facts[] = {
		{ PARTITION_N_WISH_UNREADABLE,
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

void archive_plan_step(void *ctx)
{
	struct monitor *m = ctx;
	struct partition_input in;

	if (!m->devices.dev[DRIVER_FLASH].driver)
		return;
	place_input(m, &in);
	partition_find(&in, &m->partition);
	/* the list then has no room for it: Linux does without, the archive is there all the same
	 */
	if (m->partition.source != PARTITION_NONE &&
	    partition_edits(&in, &m->partition, &m->partition_edits))
		notice(NOTICE_DTB_EDIT, "Linux will not see the archive's partition: the "
					"flash node's path is too long");
}

/* ---- the partition for core/archive.c ------------------------------------------------------ */

static enum om_err flash_read(void *ctx, uint32_t off, uint8_t *to, uint32_t len)
{
	(void)ctx;
	return flash.dev->driver->ops.flash->read(&flash, first + off, to, len);
}

static enum om_err flash_program(void *ctx, uint32_t off, const uint8_t *from, uint32_t len)
{
	(void)ctx;
	return flash.dev->driver->ops.flash->program(&flash, first + off, from, len);
}

static enum om_err flash_erase(void *ctx, uint32_t block)
{
	const struct archive_flash *f = ctx;

	return flash.dev->driver->ops.flash->erase(&flash, first + block * f->block_bytes);
}

/* All banks up to the archive's must be as large as the tree says, or Linux would count
   differently. */
static enum om_err probe_banks(const struct device *dev, const struct partition *p,
			       uint64_t *bank_bytes)
{
	for (uint32_t i = 0; i <= p->bank; i++) {
		enum om_err err;

		bank_bytes[i] = dev->bank[i].bytes;
		if (i < p->bank && range_overlaps(dev->bank[i], board.rom))
			continue; /* it holds the code that runs: it is there */
		if (!map_or_say(dev->bank[i], ARCH_DEVICE, "the flash"))
			return OM_E_NOT_FOUND;
		err = dev->driver->ops.flash->probe(dev, i, &flash);
		if (err)
			return err;
		bank_bytes[i] = flash.bytes;
	}
	return OM_OK;
}

/* Flash and partition as they are; says what is wrong. */
static bool open_partition(struct monitor *m, struct archive_flash *out)
{
	const struct device *dev = &m->devices.dev[DRIVER_FLASH];
	const struct partition *p = &m->partition;
	uint64_t bank_bytes[PARTITION_BANKS_MAX];
	struct partition_input in;
	uint32_t start, block_bytes;
	enum om_err err;

	if (p->source == PARTITION_NONE)
		return false; /* said or wished for */
	if (range_overlaps(dev->bank[p->bank], board.rom)) {
		notice(NOTICE_FLASH_UNUSABLE,
		       "the archive's place is in the flash bank that this monitor runs from, "
		       "which "
		       "cannot be written meanwhile: the crash is not archived; move it to another "
		       "bank");
		return false;
	}
	err = probe_banks(dev, p, bank_bytes);
	if (err) {
		notice(NOTICE_NO_FLASH,
		       "the flash at 0x%llx does not answer as CFI NOR does (%s): the crash is "
		       "not archived; check the flash node of the device tree",
		       (unsigned long long)dev->bank[p->bank].base_pa, om_err_name(err));
		return false;
	}
	first = (uint32_t)p->bank_off;
	place_input(m, &in);
	if (!flash_block_at(&flash, first, &start, &block_bytes) || start != first ||
	    partition_fits(p, &in, bank_bytes, block_bytes) != PARTITION_FITS ||
	    p->bytes / block_bytes < ARCHIVE_BLOCKS_MIN) {
		notice(NOTICE_FLASH_UNUSABLE,
		       "the archive's place 0x%llx-0x%llx is no two or more whole erase blocks "
		       "of this flash: the crash is not archived; move it",
		       (unsigned long long)p->device_off,
		       (unsigned long long)(p->device_off + p->bytes));
		return false;
	}
	*out = (struct archive_flash){ .ctx = out,
				       .block_bytes = block_bytes,
				       .n_blocks = (uint32_t)(p->bytes / block_bytes),
				       .read = flash_read,
				       .program = flash_program,
				       .erase = flash_erase };
	if (!p->read_only)
		return true;
	notice(NOTICE_PARTITION_READ_ONLY,
	       "the partition oopsmon is read-only in the device tree: the crash is not archived");
	return false;
}

static bool state_allows(const struct archive *a)
{
	switch (a->state) {
	case ARCHIVE_BLANK:
	case ARCHIVE_OURS:
		return true;
	case ARCHIVE_NEWER:
		notice(NOTICE_ARCHIVE_NEWER,
		       "the archive in flash is of a newer oopsmon, version %u: left as it is, "
		       "the crash is not archived; update the monitor",
		       a->version);
		return false;
	case ARCHIVE_OTHER:
		notice(NOTICE_ARCHIVE_OTHER,
		       "the archive in flash was made for %u blocks of %u bytes: left as it is, "
		       "the "
		       "crash is not archived; save it, then erase the partition",
		       a->n_blocks, a->block_bytes);
		return false;
	default:
		notice(NOTICE_ARCHIVE_FOREIGN,
		       "the flash at 0x%llx is neither erased nor an archive: left as it is, the "
		       "crash is not archived; erase it, or name a free place with "
		       "oopsmon.archive=",
		       (unsigned long long)(flash.base_pa + first));
		return false;
	}
}

/* ---- an entry ------------------------------------------------------------------------------ */

struct writer {
	struct archive *archive;
	enum om_err err;
	uint32_t bytes;
	size_t waiting; /* bytes in @first: each write is a chunk with a head of its own */
	uint8_t first[ARCHIVE_CARD_BYTES + ARCHIVE_STREAM_HEAD_BYTES];
};

static bool put(struct writer *w, struct span bytes, bool last)
{
	w->err = archive_append(w->archive, bytes, last);
	if (w->err)
		return false;
	w->bytes += (uint32_t)bytes.len;
	return true;
}

static bool put_chapter(void *ctx, struct span stream)
{
	struct writer *w = ctx;
	uint8_t *head = w->first + w->waiting;
	const struct span before = { w->first, w->waiting + ARCHIVE_STREAM_HEAD_BYTES };

	le32_store(head, (uint32_t)stream.len);
	le32_store(head + 4, crc32_update(0, stream.p, stream.len));
	w->waiting = 0;
	return put(w, before, false) && put(w, stream, false);
}

/* Records that an earlier start has seen, but was not to tell, were archived by it if it could. */
static bool is_new(const struct monitor *m, uint32_t i)
{
	return !m->told[i] &&
	       !(m->retained.archived && retained_was_seen(&m->retained, m->facts[i].digest));
}

/* The line that says why the log ended, of the record that tells most. */
static void find_headline(const struct monitor *m, const struct job *job, struct archive_card *card)
{
	const struct record *const *r = job->report.records;
	struct headline h;
	struct record now;
	size_t len;

	if (r[0]->kind > ZONE_CONSOLE ||
	    record_read(&m->region, job->zones[0], r[0]->piece, m->work, &now))
		return;
	headline_find(now.text, &h);
	len = h.cause.len < sizeof(card->headline) ? h.cause.len : sizeof(card->headline) - 1;
	if (len)
		memcpy(card->headline, h.cause.p, len);
}

static void fill_card(const struct monitor *m, const struct job *job, struct archive_card *card)
{
	const struct report_head *h = &job->report.head;

	*card = (struct archive_card){ .id = h->id,
				       .boot_count = h->boot_count,
				       .warm = h->warm,
				       .verdict = h->verdict,
				       .region_pa = h->geom.base_pa,
				       .region_bytes = h->geom.region_bytes,
				       .n_records = h->n_records };
	memcpy(card->monitor, h->monitor, sizeof(card->monitor));
	memcpy(card->board, h->board, sizeof(card->board));
	for (uint32_t i = 0; i < h->n_records; i++) {
		const struct record *r = job->records[i];

		card->text_bytes += (uint32_t)r->text.len;
		if (r->has_time && !card->has_time) {
			card->has_time = true;
			card->time_s = r->time_sec;
		}
	}
	find_headline(m, job, card);
}

static enum om_err write_entry(const struct monitor *m, struct job *job, struct writer *w)
{
	struct archive_card card;

	w->err = archive_begin(w->archive);
	if (w->err)
		return w->err;
	fill_card(m, job, &card);
	w->waiting = archive_card_write(&card, (char *)w->first);
	job->report.chapter = put_chapter;
	job->report.ctx = w;
	/* a record that could not be read again is named in its chapter: that is no failure here */
	(void)report_send(&job->report);
	if (!w->err)
		(void)put(w, (struct span){ w->first, w->waiting }, true);
	return w->err;
}

static void archive_job(struct monitor *m, struct job *job)
{
	static struct archive_flash partition;
	static struct archive archive;
	static struct writer w;

	w = (struct writer){ .archive = &archive };
	if (!open_partition(m, &partition))
		return;
	archive_open(&archive, &partition);
	if (!state_allows(&archive))
		return;
	if (write_entry(m, job, &w) == OM_OK) {
		m->kept = KEPT_NOW;
		page_archived(m, job->report.head.id);
	} else if (!state_allows(&archive)) { /* not blank after all */
		return;
	} else {
		m->kept = w.bytes ? KEPT_IN_PART : KEPT_IN_RAM;
		notice(NOTICE_ARCHIVE_FAILED,
		       "writing the archive at 0x%llx failed (%s): the crash is not complete "
		       "there; it may be write-protected or worn out",
		       (unsigned long long)(flash.base_pa + first), om_err_name(w.err));
	}
	m->entry = archive.entry;
	m->entry_bytes = w.bytes;
	if (archive.n_bad && w.bytes)
		notice(NOTICE_ARCHIVE_WORN,
		       "%u places of the archive at 0x%llx could not be written and were passed "
		       "over: the flash wears out",
		       archive.n_bad, (unsigned long long)(flash.base_pa + first));
}

static bool is_due(const struct monitor *m)
{
	return m->region_state == OM_OK && m->n_facts > 0 &&
	       (verdict_is_news(m->verdict) || (m->n_put_off && !m->retained.archived));
}

void archive_step(void *ctx)
{
	struct monitor *m = ctx;
	uint32_t order[FACTS_MAX];
	struct job job;

	place_tell(&m->partition);
	if (!is_due(m) || !m->devices.dev[DRIVER_FLASH].driver)
		return;
	telling_order(m->facts, m->n_facts, order);
	if (!report_job_make(m, order, is_new, &job) || !job.report.head.n_records)
		return;
	if (m->warm && m->retained.archived == job.report.head.id)
		m->kept = KEPT_BEFORE;
	else
		archive_job(m, &job);
	if (m->kept == KEPT_IN_RAM || m->kept == KEPT_IN_PART)
		m->retained.archived = 0;
}
