/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of a chapter taken apart: docs/report-format.md's own example, and hostile ones. */
#include "core/report/report.h"
#include "support.h"

#define FORMAT "oopsmon report 2\n"
#define HEAD                                                                                       \
	FORMAT "id 1f2e3d4c\nchapter 0\nmonitor 0.1.0\nboard qemu-virt\nboot 2 warm\n"             \
	       "verdict panic\nuptime 183000\nbaud 115200\nregion 0x5fc00000 2097152\n"            \
	       "sizes 65536 262144 131072 131072\necc 16\nflags 1\nlayout 5 1 0x6012c\nold 0\n"
#define DMESG                                                                                      \
	"record 0 dmesg-ramoops-0 text=9031 quality=intact stored=3010 digest=89abcdef "           \
	"time=1700000000.123456 reason=Panic count=1 part=1 packing=deflate\n"
#define CONSOLE                                                                                    \
	"record 1 console-ramoops-0 text=16384 quality=corrected corrected=3 stored=16384 "        \
	"digest=01234567\n"
#define FTRACE                                                                                     \
	"record 2 ftrace-ramoops-0 text=640 quality=intact stored=640 digest=00112233 "            \
	"ftrace=16,3,0,1,0 holes=16+16,64+32\n"

static struct span span_of(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
}

static void test_head(void **state)
{
	static struct record r[REPORT_RECORDS_MAX];
	static const char text[] = HEAD "beyond 12 300 611\n" DMESG CONSOLE FTRACE "\ntext 0 0 1\n";
	struct report_head h;
	size_t used = 0;

	(void)state;
	assert_int_equal(report_head_read(span_of(text), &h, r, &used), OM_OK);
	assert_int_equal(used, sizeof(text) - 1 - strlen("text 0 0 1\n"));
	assert_int_equal(h.id, 0x1f2e3d4c);
	assert_int_equal(h.chapter, 0);
	assert_string_equal(h.monitor, "0.1.0");
	assert_string_equal(h.board, "qemu-virt");
	assert_int_equal(h.boot_count, 2);
	assert_true(h.warm);
	assert_int_equal(h.verdict, VERDICT_PANIC);
	assert_true(h.has_uptime);
	assert_int_equal(h.uptime_us, 183000);
	assert_int_equal(h.baud, 115200);
	assert_int_equal(h.geom.base_pa, 0x5fc00000);
	assert_int_equal(h.geom.region_bytes, 2097152);
	assert_int_equal(h.geom.record_bytes, 65536);
	assert_int_equal(h.geom.console_bytes, 262144);
	assert_int_equal(h.geom.ftrace_bytes, 131072);
	assert_int_equal(h.geom.pmsg_bytes, 131072);
	assert_int_equal(h.geom.ecc_bytes, 16);
	assert_int_equal(h.geom.flags, 1);
	assert_int_equal(h.era, ERA_6_6);
	assert_int_equal(h.n_ftrace, 1);
	assert_int_equal(h.writer_version, 0x6012c);
	assert_int_equal(h.n_records, 3);
	assert_int_equal(h.beyond.n, 12);
	assert_int_equal(h.beyond.first, 300);
	assert_int_equal(h.beyond.last, 611);

	assert_int_equal(r[0].kind, ZONE_DMESG);
	assert_int_equal(r[0].text.len, 9031);
	assert_null(r[0].text.p);
	assert_int_equal(r[0].quality, QUALITY_INTACT);
	assert_int_equal(r[0].stored_bytes, 3010);
	assert_int_equal(r[0].digest, 0x89abcdef);
	assert_true(r[0].has_time);
	assert_int_equal(r[0].time_sec, 1700000000);
	assert_int_equal(r[0].time_usec, 123456);
	assert_int_equal(r[0].reason, REASON_PANIC);
	assert_int_equal(r[0].count, 1);
	assert_int_equal(r[0].part, 1);
	assert_int_equal(r[0].packing, PACKING_DEFLATE);
	assert_int_equal(r[0].n_pieces, 1);
	assert_int_equal(r[1].kind, ZONE_CONSOLE);
	assert_int_equal(r[1].quality, QUALITY_CORRECTED);
	assert_int_equal(r[1].corrected_bytes, 3);
	assert_false(r[1].has_time);
	assert_int_equal(r[2].ftrace.bytes, 16);
	assert_int_equal(r[2].ftrace.cpu_in_ip, 3);
	assert_true(r[2].ftrace.stamped);
	assert_int_equal(r[2].writer, 0x6012c);
	assert_int_equal(r[2].holes.n, 2);
	assert_int_equal(r[2].holes.at[1].off, 64);
	assert_int_equal(r[2].holes.at[1].len, 32);
}

#define RECORD(words) HEAD "record 0 dmesg-ramoops-0 " words "\n\n"

static const struct {
	const char *name, *text;
	enum om_err err;
	uint32_t records; /* on OM_OK and OM_E_TRUNCATED */
} heads[] = {
	{ "no records", HEAD "\n", OM_OK, 0 },
	{ "nothing but the version", FORMAT "\n", OM_OK, 0 },
	{ "unknown line", HEAD "colour blue\n" DMESG "\n", OM_OK, 1 },
	{ "unknown word", RECORD("text=1 shape=round digest=00000000"), OM_OK, 1 },
	{ "unknown packing", RECORD("packing=brotli"), OM_OK, 1 },
	{ "time before 1970", RECORD("time=-5.000001"), OM_OK, 1 },
	{ "first second there is", RECORD("time=-9223372036854775808.000000"), OM_OK, 1 },
	{ "cut before the empty line", HEAD DMESG, OM_E_TRUNCATED, 1 },
	{ "cut in a record", HEAD DMESG "record 1 cons", OM_E_TRUNCATED, 1 },
	{ "cut in the first line", "oopsmon rep", OM_E_TRUNCATED, 0 },
	{ "empty", "", OM_E_TRUNCATED, 0 },
	{ "other text", "Linux version 6.1\n\n", OM_E_BAD_MAGIC, 0 },
	{ "earlier version", "oopsmon report 1\nid 1f2e3d4c\n\n", OM_E_VARIANT, 0 },
	{ "later version", "oopsmon report 3\nid 1f2e3d4c\n\n", OM_E_VARIANT, 0 },
	{ "no version", "oopsmon report x\n\n", OM_E_BAD_MAGIC, 0 },
	{ "short id", FORMAT "id 1f2e3d4\n\n", OM_E_CORRUPT, 0 },
	{ "large id", FORMAT "id 1f2e3d4cc\n\n", OM_E_CORRUPT, 0 },
	{ "capital digits", FORMAT "id 1F2E3D4C\n\n", OM_E_CORRUPT, 0 },
	{ "path as board", FORMAT "board ../etc\n\n", OM_E_CORRUPT, 0 },
	{ "escape as monitor", FORMAT "monitor \x1b[1m\n\n", OM_E_CORRUPT, 0 },
	{ "long board", FORMAT "board 12345678901234567890123456789012\n\n", OM_E_CORRUPT, 0 },
	{ "verdict", FORMAT "verdict fine\n\n", OM_E_CORRUPT, 0 },
	{ "boot", FORMAT "boot 2 hot\n\n", OM_E_CORRUPT, 0 },
	{ "era", FORMAT "layout 6 1 0\n\n", OM_E_CORRUPT, 0 },
	{ "ftrace zones", FORMAT "layout 5 65 0\n\n", OM_E_CORRUPT, 0 },
	{ "records beyond it", HEAD "beyond 12 300 611\n" DMESG "\n", OM_OK, 1 },
	{ "none beyond it", HEAD "beyond 0 0 0\n\n", OM_E_CORRUPT, 0 },
	{ "beyond it, backwards", HEAD "beyond 12 611 300\n\n", OM_E_CORRUPT, 0 },
	{ "beyond it, nowhere", HEAD "beyond 12\n\n", OM_E_CORRUPT, 0 },
	{ "33 bits", FORMAT "baud 4294967296\n\n", OM_E_CORRUPT, 0 },
	{ "65 bits", FORMAT "uptime 99999999999999999999\n\n", OM_E_CORRUPT, 0 },
	{ "missing size", FORMAT "sizes 1 2 3\n\n", OM_E_CORRUPT, 0 },
	{ "name", HEAD "record 0 dmesg-ramoops-0/x text=1\n\n", OM_E_CORRUPT, 0 },
	{ "leading zero", HEAD "record 0 dmesg-ramoops-00 text=1\n\n", OM_E_CORRUPT, 0 },
	{ "other name", HEAD "record 0 passwd text=1\n\n", OM_E_CORRUPT, 0 },
	{ "number out of order", HEAD "record 1 dmesg-ramoops-0 text=1\n\n", OM_E_CORRUPT, 0 },
	{ "twice", HEAD "record 0 dmesg-ramoops-0 text=1\nrecord 1 dmesg-ramoops-0 text=1\n\n",
	  OM_E_CORRUPT, 0 },
	{ "text too long", RECORD("text=67108865"), OM_E_CORRUPT, 0 },
	{ "quality", RECORD("quality=good"), OM_E_CORRUPT, 0 },
	{ "no pieces", RECORD("pieces=0"), OM_E_CORRUPT, 0 },
	{ "time", RECORD("time=17"), OM_E_CORRUPT, 0 },
	{ "entries of 17 bytes", RECORD("ftrace=17,0,0,0,0"), OM_E_CORRUPT, 0 },
	{ "entries too small for their CPU", RECORD("ftrace=16,0,1,0,0"), OM_E_CORRUPT, 0 },
	{ "entries too small for their fields", RECORD("ftrace=16,0,1,1,0"), OM_E_CORRUPT, 0 },
	{ "holes", RECORD("holes=5"), OM_E_CORRUPT, 0 },
};

static void test_heads(void **state)
{
	static struct record r[REPORT_RECORDS_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		struct report_head h = { 0 };
		size_t used = 0;

		CASE(heads[i].name);
		assert_int_equal(report_head_read(span_of(heads[i].text), &h, r, &used),
				 heads[i].err);
		assert_int_equal(h.n_records, heads[i].records);
	}
}

static void test_too_many(void **state)
{
	static struct record r[REPORT_RECORDS_MAX];
	static char text[64 << 10];
	struct report_head h;
	size_t used;
	size_t n;

	(void)state;
	for (uint32_t count = REPORT_RECORDS_MAX; count <= REPORT_RECORDS_MAX + 1; count++) {
		n = (size_t)sprintf(text, "%s", HEAD);
		for (uint32_t i = 0; i < count; i++)
			n += (size_t)sprintf(text + n, "record %u dmesg-ramoops-%u text=1\n", i, i);
		sprintf(text + n, "\n");
		assert_int_equal(report_head_read(span_of(text), &h, r, &used),
				 count > REPORT_RECORDS_MAX ? OM_E_CORRUPT : OM_OK);
	}
	/* a line without an end */
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, FORMAT, sizeof(FORMAT) - 1);
	assert_int_equal(report_head_read(span_of(text), &h, r, &used), OM_E_CORRUPT);
}

static const struct {
	const char *name, *text;
	enum om_err err;
	struct report_item want;
	size_t left; /* bytes after the item */
} items[] = {
	{ "text", "text 1 5 3\nabc\nend\n", OM_OK, { REPORT_TEXT, 1, 5, 3 }, 4 },
	{ "text with newlines", "text 0 0 3\n\n\n\n\nX", OM_OK, { REPORT_TEXT, 0, 0, 3 }, 1 },
	{ "text cut short", "text 0 9 3000\nabc", OM_OK, { REPORT_TEXT, 0, 9, 3000 }, 0 },
	{ "newline cut", "text 0 0 3\nabc", OM_OK, { REPORT_TEXT, 0, 0, 3 }, 0 },
	{ "no text", "text 0 0 0\n\n", OM_OK, { REPORT_TEXT, 0, 0, 0 }, 0 },
	{ "crc", "crc 0 89abcdef\n", OM_OK, { REPORT_CRC, 0, 0, 0, 0x89abcdef }, 0 },
	{ "left", "left 1 10 20\nend\n", OM_OK, { REPORT_LEFT, 1, 10, 20 }, 4 },
	{ "end", "end\n", OM_OK, { REPORT_END }, 0 },
	{ "unknown line", "colour blue\nend\n", OM_OK, { REPORT_END }, 0 },
	{ "nothing", "", OM_E_EMPTY, { REPORT_END }, 0 },
	{ "cut line", "text 0 0", OM_E_EMPTY, { REPORT_END }, 0 },
	{ "cut line that could be one", "left 1 10 20", OM_E_EMPTY, { REPORT_END }, 0 },
	{ "no such record", "crc 2 89abcdef\n", OM_E_CORRUPT, { REPORT_END }, 0 },
	{ "wrong length", "text 0 0 2\nabc\n", OM_E_CORRUPT, { REPORT_END }, 0 },
	{ "no number", "text 0 x 2\nabc\n", OM_E_CORRUPT, { REPORT_END }, 0 },
	{ "short crc", "crc 0 89abcde\n", OM_E_CORRUPT, { REPORT_END }, 0 },
};

static void test_items(void **state)
{
	const struct report_head h = { .n_records = 2 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		const struct span text = span_of(items[i].text);
		const struct report_item *want = &items[i].want;
		struct report_item got = { 0 };
		size_t at = 0;

		CASE(items[i].name);
		assert_int_equal(report_item_read(text, &h, &at, &got), items[i].err);
		if (items[i].err != OM_OK) {
			assert_int_equal(at, 0);
			continue;
		}
		assert_int_equal(at, text.len - items[i].left);
		assert_int_equal(got.kind, want->kind);
		assert_int_equal(got.number, want->number);
		assert_int_equal(got.off, want->off);
		assert_int_equal(got.bytes, want->bytes);
		assert_int_equal(got.crc, want->crc);
		if (want->kind == REPORT_TEXT)
			assert_true(got.text.len <= want->bytes &&
				    (got.text.len == want->bytes || at == text.len));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
