/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of tags: what they say, whatever they are; and what of it a tree gets. */
#include "core/boot/atags.h"

#include "core/tree/dt.h"
#include "support.h"
#include "tree.h"

#include <libfdt.h>

#define CORE                                                                                       \
	"02000000"                                                                                 \
	"01004154"
#define CORE5                                                                                      \
	"05000000"                                                                                 \
	"01004154"                                                                                 \
	"0000000000000000"                                                                         \
	"00000000"
#define MEM(size, start)                                                                           \
	"04000000"                                                                                 \
	"02004154" size start
#define INITRD                                                                                     \
	"04000000"                                                                                 \
	"05004254"                                                                                 \
	"00000068"                                                                                 \
	"00000e00"
#define HELLO                                                                                      \
	"04000000"                                                                                 \
	"09004154"                                                                                 \
	"68656c6c"                                                                                 \
	"6f000000"
#define NONE                                                                                       \
	"00000000"                                                                                 \
	"00000000"

static const struct {
	const char *name, *hex;
	enum om_err want;
	uint32_t n_banks;
	const char *cmdline;
	uint64_t initrd_pa;
} rows[] = {
	{ "nothing in it", CORE NONE, OM_OK, 0, "", 0 },
	{ "as QEMU makes it", CORE5 MEM("00000020", "00000060") INITRD HELLO NONE, OM_OK, 1,
	  "hello", 0x68000000 },
	{ "two banks", CORE MEM("00000010", "00000080") MEM("00000010", "000000c0") NONE, OM_OK, 2,
	  "", 0 },
	{ "a bank of no bytes", CORE MEM("00000000", "00000060") NONE, OM_OK, 0, "", 0 },
	{ "unknown tag",
	  CORE "03000000"
	       "07004154"
	       "0badcafe" HELLO NONE,
	  OM_OK, 0, "hello", 0 },
	{ "short tags say nothing",
	  CORE "03000000"
	       "02004154"
	       "00000020"
	       "02000000"
	       "05004254"
	       "02000000"
	       "09004154" NONE,
	  OM_OK, 0, "", 0 },
	{ "command line without an end",
	  CORE "03000000"
	       "09004154"
	       "41424344" NONE,
	  OM_OK, 0, "ABCD", 0 },
	{ "two command lines",
	  CORE HELLO "03000000"
		     "09004154"
		     "41420000" NONE,
	  OM_OK, 0, "AB", 0 },
	{ "no end", CORE HELLO, OM_E_TRUNCATED, 0, NULL, 0 },
	{ "a tag that goes over the end",
	  CORE "ff000000"
	       "09004154"
	       "68656c6c",
	  OM_E_TRUNCATED, 0, NULL, 0 },
	{ "a tag of no words",
	  CORE "00000000"
	       "09004154" NONE,
	  OM_E_TRUNCATED, 0, NULL, 0 },
	{ "a tag of all words",
	  CORE "ffffffff"
	       "09004154" NONE,
	  OM_E_TRUNCATED, 0, NULL, 0 },
	{ "another beginning", HELLO NONE, OM_E_BAD_MAGIC, 0, NULL, 0 },
	{ "code",
	  "feffffea"
	  "0000a0e1"
	  "0000a0e1",
	  OM_E_BAD_MAGIC, 0, NULL, 0 },
	{ "a device tree",
	  "d00dfeed"
	  "00001000"
	  "00000038",
	  OM_E_BAD_MAGIC, 0, NULL, 0 },
	{ "too short to be one", "02000000", OM_E_BAD_MAGIC, 0, NULL, 0 },
	{ "empty", "", OM_E_BAD_MAGIC, 0, NULL, 0 },
};

static void test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		static struct atags tags;
		uint8_t bytes[256];
		/* memory of its size, so that a byte too much is seen */
		const size_t len = from_hex(rows[i].hex, bytes, sizeof(bytes));
		uint8_t *list = malloc(len ? len : 1);

		CASE(rows[i].name);
		assert_non_null(list);
		memcpy(list, bytes, len);
		assert_int_equal(atags_read((struct span){ list, len }, &tags), rows[i].want);
		free(list);
		if (rows[i].want != OM_OK)
			continue;
		assert_int_equal(tags.n_banks, rows[i].n_banks);
		assert_string_equal(tags.cmdline, rows[i].cmdline);
		assert_int_equal(tags.initrd.base_pa, rows[i].initrd_pa);
	}
}

/* More banks than there is room for, and a command line longer than Linux takes. */
static void test_limits(void **state)
{
	static uint8_t list[8 + 20 * 16 + 1200 + 8 + 8];
	static struct atags tags;
	size_t off = 8;

	(void)state;
	le32_store(list, 2);
	le32_store(list + 4, 0x54410001);
	for (uint32_t i = 0; i < 20; i++, off += 16) {
		le32_store(list + off, 4);
		le32_store(list + off + 4, 0x54410002);
		le32_store(list + off + 8, 0x100000);
		le32_store(list + off + 12, i << 24);
	}
	le32_store(list + off, (1200 + 8) / 4);
	le32_store(list + off + 4, 0x54410009);
	memset(list + off + 8, 'x', 1200);
	assert_int_equal(atags_read((struct span){ list, sizeof(list) }, &tags), OM_OK);
	assert_int_equal(tags.n_banks, ATAGS_BANKS_MAX);
	assert_int_equal(strlen(tags.cmdline), ATAGS_CMDLINE_BYTES - 1);
}

/* A tree with a memory node and a command line of its own gets what the list says. */
static void test_edits(void **state)
{
	static const struct {
		const char *name;
		bool has_memory;
		struct atags tags;
		const char *bootargs;
		uint64_t ram_pa;
	} cases[] = {
		{ "all of it",
		  true,
		  { .n_banks = 1,
		    .banks = { { 0x60000000, 0x20000000 } },
		    .initrd = { 0x68000000, 0xe0000 },
		    .cmdline = "console=ttyAMA0" },
		  "console=ttyAMA0",
		  0x60000000 },
		{ "nothing said: the tree's own stays", true, { 0 }, "own", 0x80000000 },
		{ "a tree without a memory node",
		  false,
		  { .n_banks = 1, .banks = { { 0x60000000, 0x20000000 } } },
		  "own",
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		static uint64_t blob[1024];
		void *const tree = blob;
		static struct edits list;
		static struct ranges banks;
		int len, chosen;

		CASE(cases[i].name);
		(void)tree_make(cases[i].has_memory ? "#address-cells = <1>; #size-cells = <1>;"
						      "chosen { bootargs = \"own\"; };"
						      "memory@80000000 { device_type = \"memory\";"
						      " reg = <0x80000000 0x1000000>; };"
						    : "#address-cells = <1>; #size-cells = <1>;"
						      "chosen { bootargs = \"own\"; };",
				tree, sizeof(blob), 0);
		assert_int_equal(fdt_open_into(tree, tree, sizeof(blob)), 0);
		list = (struct edits){ 0 };
		assert_int_equal(atags_edits(tree, &cases[i].tags, &list), OM_OK);
		assert_int_equal(edits_apply(tree, &list), OM_OK);

		chosen = fdt_path_offset(tree, "/chosen");
		assert_string_equal(fdt_getprop(tree, chosen, "bootargs", &len), cases[i].bootargs);
		if (cases[i].tags.initrd.bytes) {
			const fdt32_t *end = fdt_getprop(tree, chosen, "linux,initrd-end", &len);

			assert_non_null(end);
			assert_int_equal(fdt32_ld(end), range_end(cases[i].tags.initrd));
		}
		assert_int_equal(dt_banks(tree, &banks, NULL),
				 cases[i].ram_pa ? OM_OK : OM_E_NOT_FOUND);
		if (cases[i].ram_pa)
			assert_int_equal(banks.r[0].base_pa, cases[i].ram_pa);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_edits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
