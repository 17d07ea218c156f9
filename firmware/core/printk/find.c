/* SPDX-License-Identifier: BSD-2-Clause */
#include "find.h"

enum {
	STRUCT_BYTES_MAX = 256,
	PAGE = 4096,		      /* the smallest there is */
	IMAGE_REACH_BYTES = 64 << 20, /* a variable's distance from another one of the image */
	BUFFER_BYTES_MAX = 1 << 30,
	UTS_NAME_BYTES = 65,
	UTS_RELEASE = 2 * UTS_NAME_BYTES /* struct new_utsname: sysname, nodename, release */
};

struct opening {
	const struct ram *ram;
	struct span text;
	struct kmsg_layout layout;
	struct address_map map;
	struct workspace work;
};

/* ---- does the kernel there have this name? ------------------------------------------------- */

enum named { NAMED_SAME, NAMED_UNKNOWN, NAMED_OTHER };

/* A release is printable, and the rest of its room is zero. */
static enum named name_is(const uint8_t *there, struct span release)
{
	size_t n = 0;

	while (n < UTS_NAME_BYTES && there[n] > ' ' && there[n] <= '~')
		n++;
	if (n == 0 || n == UTS_NAME_BYTES || there[n] != 0)
		return NAMED_UNKNOWN;
	return n == release.len && memcmp(there, release.p, n) == 0 ? NAMED_SAME : NAMED_OTHER;
}

static enum named ask_name(const struct opening *o)
{
	uint8_t there[UTS_NAME_BYTES];
	uint64_t va, pa;
	uint16_t off;

	if (!vmcoreinfo_symbol(o->text, "init_uts_ns", &va) ||
	    !vmcoreinfo_small(o->text, "OFFSET", "uts_namespace.name", &off) ||
	    !address_translate(o->ram, &o->map, WAY_IMAGE, va + off + UTS_RELEASE, &pa) ||
	    !ram_read(o->ram, pa, there, sizeof(there)))
		return NAMED_UNKNOWN;
	return name_is(there, vmcoreinfo_release(o->text));
}

/* ---- the three eras ------------------------------------------------------------------------ */

static bool word_at(const struct opening *o, uint64_t va, uint64_t *value)
{
	uint64_t pa;

	return address_translate(o->ram, &o->map, WAY_IMAGE, va, &pa) &&
	       ram_word(o->ram, &o->layout.form, pa, value);
}

/* A variable of 32 bits. */
static bool number_at(const struct opening *o, const char *symbol, uint32_t *value)
{
	uint8_t raw[4];
	uint64_t va, pa;

	if (!vmcoreinfo_symbol(o->text, symbol, &va) ||
	    !address_translate(o->ram, &o->map, WAY_IMAGE, va, &pa) ||
	    !ram_read(o->ram, pa, raw, sizeof(raw)))
		return false;
	*value = (uint32_t)ram_load(&o->layout.form, raw, sizeof(raw));
	return true;
}

static bool is_better(const struct kmsg_log *a, const struct kmsg_log *b)
{
	return a->agree > b->agree;
}

static void try_ring(const struct opening *o, const struct ring_head *head, uint64_t rb_pa,
		     struct kmsg_log *best)
{
	for (uint32_t way = 0; way < ADDRESS_WAYS; way++) {
		struct kmsg_log log = {
			.ram = o->ram, .era = KMSG_RING, .map = o->map, .at_pa = rb_pa
		};
		struct ring *r = &log.ring;

		log.way = (enum address_way)way;
		r->form = o->layout.form;
		r->layout = o->layout.ring;
		r->head = *head;
		if (address_translate(o->ram, &o->map, log.way, head->descs_va, &r->descs_pa) &&
		    address_translate(o->ram, &o->map, log.way, head->infos_va, &r->infos_pa) &&
		    address_translate(o->ram, &o->map, log.way, head->data_va, &r->data_pa) &&
		    kmsg_judge(&log, o->work) && is_better(&log, best))
			*best = log;
	}
}

/* Of the struct that prb points to. */
static bool load_head(const struct opening *o, struct ring_head *head, uint64_t *rb_pa)
{
	uint8_t raw[STRUCT_BYTES_MAX];
	uint64_t prb, rb_va;

	return vmcoreinfo_symbol(o->text, "prb", &prb) && word_at(o, prb, &rb_va) &&
	       address_translate(o->ram, &o->map, WAY_IMAGE, rb_va, rb_pa) &&
	       o->layout.ring.bytes <= sizeof(raw) &&
	       ram_read(o->ram, *rb_pa, raw, o->layout.ring.bytes) &&
	       ring_head_load(&o->layout.form, &o->layout.ring, raw, head);
}

static void open_ring(const struct opening *o, struct kmsg_log *best)
{
	struct ring_head head;
	uint64_t pa;

	if (load_head(o, &head, &pa))
		try_ring(o, &head, pa, best);
}

static void open_buffer(const struct opening *o, struct kmsg_log *best)
{
	const bool chars = o->layout.era == KMSG_CHARS;
	uint32_t bytes, first, next;
	uint64_t var, buf_va;

	if (!vmcoreinfo_symbol(o->text, "log_buf", &var) || !word_at(o, var, &buf_va) ||
	    !number_at(o, "log_buf_len", &bytes) ||
	    !number_at(o, chars ? "logged_chars" : "log_first_idx", &first) ||
	    !number_at(o, chars ? "log_end" : "log_next_idx", &next))
		return;
	if (bytes == 0 || bytes > BUFFER_BYTES_MAX || bytes > ram_bytes(o->ram) || first > bytes ||
	    (chars ? (bytes & (bytes - 1)) != 0 : next > bytes))
		return;
	for (uint32_t way = 0; way < ADDRESS_WAYS; way++) {
		struct kmsg_log log = { .ram = o->ram, .era = o->layout.era, .map = o->map };
		uint64_t pa;

		log.way = (enum address_way)way;
		if (!address_translate(o->ram, &o->map, log.way, buf_va, &pa))
			continue;
		log.at_pa = pa;
		log.records = (struct records){ .form = o->layout.form,
						.layout = o->layout.records,
						.buf_pa = pa,
						.buf_bytes = bytes,
						.first = first,
						.next = next };
		log.chars =
			(struct chars){ .buf_pa = pa, .buf_bytes = bytes, .end = next, .n = first };
		if (kmsg_judge(&log, o->work) && is_better(&log, best))
			*best = log;
	}
}

static void open_with(const struct opening *o, struct kmsg_log *best)
{
	const enum named named = ask_name(o);
	struct kmsg_log log = { 0 };

	if (named == NAMED_OTHER)
		return;
	if (o->layout.era == KMSG_RING)
		open_ring(o, &log);
	else
		open_buffer(o, &log);
	log.release_seen = named == NAMED_SAME;
	if (log.agree && is_better(&log, best))
		*best = log;
}

/* ---- all of it ---------------------------------------------------------------------------- */

static enum om_err finish(struct span text, const struct kmsg_log *best, struct kmsg_log *out)
{
	const struct span release = vmcoreinfo_release(text);

	if (best->agree == 0)
		return OM_E_NOT_FOUND;
	*out = *best;
	memcpy(out->release, release.p, release.len);
	out->release[release.len] = '\0';
	return OM_OK;
}

enum om_err kmsg_open(const struct ram *ram, struct span text, const uint64_t *image_off,
		      struct workspace work, struct kmsg_log *out)
{
	struct opening o = { .ram = ram, .text = text, .work = work };
	struct kmsg_log best = { 0 };

	if (vmcoreinfo_layout(text, &o.layout) != OM_OK)
		return OM_E_VARIANT;
	for (uint32_t end = 0; end < 2 && best.agree == 0; end++) {
		o.layout.form.big_endian = end;
		if (image_off) {
			address_at(text, &o.layout.form, *image_off, &o.map);
			open_with(&o, &best);
			continue;
		}
		for (uint32_t i = 0; address_guess(text, &o.layout.form, ram, i, &o.map); i++)
			open_with(&o, &best);
	}
	return finish(text, &best, out);
}

/* A page in which the word at prb's place points to about prb, as it does where the image is. */
static bool may_be_page(const struct opening *o, uint64_t page_pa, uint64_t var)
{
	const uint64_t at = page_pa + var % PAGE;
	uint64_t there;

	if (!ram_word(o->ram, &o->layout.form, at, &there))
		return false;
	if (o->layout.era != KMSG_RING)
		return there != 0 && there % 4 == 0;
	return there % 4 == 0 && there + IMAGE_REACH_BYTES - var < 2ULL * IMAGE_REACH_BYTES;
}

/* What is there, with the image so, has the kernel's name or a log in it. */
static bool fits(const struct opening *o)
{
	const enum named named = ask_name(o);
	struct kmsg_log log = { 0 };
	struct ring_head head;
	uint64_t pa;

	if (named == NAMED_OTHER)
		return false;
	if (named == NAMED_SAME && (o->layout.era != KMSG_RING || load_head(o, &head, &pa)))
		return true;
	open_with(o, &log);
	return log.agree > 0;
}

static bool place_in(struct opening *o, const struct range *bank, uint64_t var, uint64_t *image_off)
{
	const uint64_t past = bank->base_pa % PAGE;
	const uint64_t from = bank->base_pa + (past ? PAGE - past : 0);

	for (uint64_t pa = from; pa < range_end(*bank) && range_end(*bank) - pa >= PAGE;
	     pa += PAGE) {
		if (!may_be_page(o, pa, var))
			continue;
		*image_off = var / PAGE * PAGE - pa;
		address_at(o->text, &o->layout.form, *image_off, &o->map);
		if (fits(o))
			return true;
	}
	return false;
}

enum om_err kmsg_place(const struct ram *ram, struct span text, struct workspace work,
		       uint64_t *image_off)
{
	struct opening o = { .ram = ram, .text = text, .work = work };
	uint64_t var;

	if (vmcoreinfo_layout(text, &o.layout) != OM_OK ||
	    !vmcoreinfo_symbol(text, o.layout.era == KMSG_RING ? "prb" : "log_buf", &var))
		return OM_E_VARIANT;
	for (uint32_t end = 0; end < 2; end++) {
		o.layout.form.big_endian = end;
		for (uint32_t i = 0; i < ram->n_banks; i++)
			if (place_in(&o, &ram->banks[i], var, image_off))
				return OM_OK;
	}
	return OM_E_NOT_FOUND;
}
