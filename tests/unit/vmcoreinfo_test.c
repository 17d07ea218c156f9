/* SPDX-License-Identifier: BSD-2-Clause */
/* VMCOREINFO: what counts as one, and what is in it. */
#include "core/printk/vmcoreinfo.h"
#include "support.h"

static struct span span_of(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

static void test_text(void **state)
{
	static const struct {
		const char *page;
		enum om_err err;
		size_t len;
	} rows[] = {
		{ "OSRELEASE=6.1.0\nPAGESIZE=4096\n", OM_OK, 30 },
		{ "OSRELEASE=6.1.0", OM_OK, 15 },
		{ "OSRELEASE=", OM_E_BAD_MAGIC, 0 },
		{ "OSRELEASE=\n6.1", OM_E_BAD_MAGIC, 0 },
		{ "OSRELEASE=%s\n", OM_OK, 13 }, /* the format in a kernel's file: leads nowhere */
		{ "OSRELEASE=6.1 x\n", OM_E_BAD_MAGIC, 0 },
		{ "OSRELEASE=\x1b[2J\n", OM_E_BAD_MAGIC, 0 },
		{ "OSRELEAS", OM_E_BAD_MAGIC, 0 },
		{ "", OM_E_BAD_MAGIC, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct span text;

		CASE(rows[i].page);
		assert_int_equal(vmcoreinfo_text(span_of(rows[i].page), &text), rows[i].err);
		if (rows[i].err == OM_OK)
			assert_int_equal(text.len, rows[i].len);
	}
}

static void test_numbers(void **state)
{
	static const char text[] = "OSRELEASE=6.1.0\n"
				   "PAGESIZE=65536\n"
				   "SYMBOL(prbx)=1\n"
				   "SYMBOL(prb)=ffff800012345678\n"
				   "SYMBOL(wide)=10000000000000000\n"
				   "SYMBOL(odd)=12g\n"
				   "OFFSET(log.len)=8\n"
				   "OFFSET(huge.len)=4294967296\n"
				   "NUMBER(minus)=-129\n"
				   "NUMBER(plus)=48\n"
				   "NUMBER(hex)=0xffffd7e575000000\n"
				   "NUMBER(none)=\n"
				   "NUMBER(last)=7";
	static const struct {
		const char *name;
		bool there;
		uint64_t value;
	} numbers[] = {
		{ "minus", true, (uint64_t)-129 },
		{ "plus", true, 48 },
		{ "hex", true, 0xffffd7e575000000 },
		{ "none", false, 0 },
		{ "last", true, 7 },
		{ "las", false, 0 },
	};
	uint64_t v = 5;
	uint16_t small = 5;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		CASE(numbers[i].name);
		assert_int_equal(vmcoreinfo_number(span_of(text), numbers[i].name, &v),
				 numbers[i].there);
		if (numbers[i].there)
			assert_int_equal(v, numbers[i].value);
	}
	assert_true(vmcoreinfo_symbol(span_of(text), "prb", &v));
	assert_int_equal(v, 0xffff800012345678);
	assert_false(vmcoreinfo_symbol(span_of(text), "wide", &v));
	assert_false(vmcoreinfo_symbol(span_of(text), "odd", &v));
	assert_true(vmcoreinfo_small(span_of(text), "OFFSET", "log.len", &small));
	assert_int_equal(small, 8);
	assert_false(vmcoreinfo_small(span_of(text), "OFFSET", "huge.len", &small));
	assert_true(vmcoreinfo_pagesize(span_of(text), &v));
	assert_int_equal(v, 65536);
}

/* One size or offset after the other is missing, or leads out of its struct. */
static void test_layout(void **state)
{
	static const char *const lines[] = {
		"SYMBOL(prb)=c0000000\n",
		"SIZE(printk_ringbuffer)=44\n",
		"OFFSET(printk_ringbuffer.desc_ring)=0\n",
		"OFFSET(printk_ringbuffer.text_data_ring)=24\n",
		"OFFSET(prb_desc_ring.count_bits)=0\n",
		"OFFSET(prb_desc_ring.descs)=4\n",
		"OFFSET(prb_desc_ring.infos)=8\n",
		"OFFSET(prb_desc_ring.head_id)=12\n",
		"OFFSET(prb_desc_ring.tail_id)=16\n",
		"SIZE(prb_desc)=12\n",
		"OFFSET(prb_desc.state_var)=0\n",
		"OFFSET(prb_desc.text_blk_lpos)=4\n",
		"OFFSET(prb_data_blk_lpos.begin)=0\n",
		"OFFSET(prb_data_blk_lpos.next)=4\n",
		"SIZE(printk_info)=88\n",
		"OFFSET(printk_info.seq)=0\n",
		"OFFSET(printk_info.ts_nsec)=8\n",
		"OFFSET(printk_info.text_len)=16\n",
		"OFFSET(printk_info.caller_id)=20\n",
		"OFFSET(printk_info.dev_info)=24\n",
		"OFFSET(dev_printk_info.subsystem)=0\n",
		"LENGTH(printk_info_subsystem)=16\n",
		"OFFSET(dev_printk_info.device)=16\n",
		"LENGTH(printk_info_device)=48\n",
		"OFFSET(prb_data_ring.size_bits)=0\n",
		"OFFSET(prb_data_ring.data)=4\n",
		"OFFSET(prb_data_ring.head_lpos)=8\n",
		"OFFSET(prb_data_ring.tail_lpos)=12\n",
		"SIZE(atomic_long_t)=4\n",
	};
	uint32_t refused = 0;

	(void)state;
	for (size_t bad = 0; bad <= 2 * ARRAY_LEN(lines); bad++) {
		char text[4096] = "OSRELEASE=6.1.0\n";
		struct kmsg_layout layout, ours;

		for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
			if (bad == i + ARRAY_LEN(lines)) {
				strncat(text, lines[i], strcspn(lines[i], "="));
				strcat(text, "=60000\n");
			} else if (bad != i) {
				strcat(text, lines[i]);
			}
		}
		if (bad == 2 * ARRAY_LEN(lines)) {
			assert_int_equal(vmcoreinfo_layout(span_of(text), &layout), OM_OK);
			assert_int_equal(layout.era, KMSG_RING);
			assert_int_equal(layout.form.word_bytes, 4);
			ring_layout_make(&ours.ring, 4, true, RING_INFO_BYTES);
			assert_memory_equal(&layout.ring, &ours.ring, sizeof(ours.ring));
			continue;
		}
		if (bad == ARRAY_LEN(lines)) /* an address may be anything */
			continue;
		assert_int_equal(vmcoreinfo_layout(span_of(text), &layout), OM_E_VARIANT);
		refused++;
	}
	print_message("  %u texts refused\n", refused);
	assert_int_equal(refused, 2 * ARRAY_LEN(lines) - 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
