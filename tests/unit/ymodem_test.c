/* SPDX-License-Identifier: BSD-2-Clause */
/* YMODEM: each machine against a script, and both against each other over a bad line. */
#include "core/base/crc16.h"
#include "core/ymodem/ymodem.h"
#include "support.h"

enum { FILES_MAX = 4, BAD = 0x100, SAID_MAX = 512 };

static const struct {
	const char *name, *hex;
	uint16_t crc;
} crcs[] = {
	{ "nothing", "", 0 },
	{ "123456789", "313233343536373839", 0x31c3 },
	{ "with its own CRC", "31323334353637383931c3", 0 },
	{ "one bit", "01", 0x1021 },
	{ "zeroes", "0000000000", 0 },
	{ "ones", "ffff", 0x1d0f },
};

static void test_crc(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(crcs); i++) {
		uint8_t bytes[16];

		CASE(crcs[i].name);
		assert_int_equal(crc16(bytes, from_hex(crcs[i].hex, bytes, sizeof(bytes))),
				 crcs[i].crc);
	}
}

/* ---- files to send, and what becomes of them ----------------------------------------------- */

struct batch {
	uint32_t n, bytes[FILES_MAX];
	uint32_t refuse_at; /* read() or data() fail from this offset on; 0: never */
	uint32_t asked;	    /* read() must come in order */
	uint32_t got;	    /* files with end() */
	uint32_t got_bytes; /* of the present file */
	bool is_open, sizes_unsaid, refuse_name;
};

/* Byte @off of file @number; CANs and pads at file ends are not rare. */
static uint8_t byte_of(uint32_t number, uint32_t off)
{
	uint32_t v = (off * 2654435761u >> 13) + number * 77;

	return v % 5 == 0 ? YMODEM_CAN : v % 7 == 0 ? YMODEM_PAD : (uint8_t)v;
}

static bool give_file(void *ctx, uint32_t number, struct ymodem_file *out)
{
	struct batch *b = ctx;

	if (number >= b->n)
		return false;
	*out = (struct ymodem_file){ .bytes = b->bytes[number] };
	snprintf(out->name, sizeof(out->name), "file-%u", number);
	b->asked = 0;
	return true;
}

static bool give_bytes(void *ctx, uint32_t number, uint32_t off, uint8_t *to, uint32_t len)
{
	struct batch *b = ctx;

	assert_true(number < b->n && off == b->asked && len > 0);
	assert_true(off <= b->bytes[number] && len <= b->bytes[number] - off);
	if (b->refuse_at && off >= b->refuse_at)
		return false;
	for (uint32_t i = 0; i < len; i++)
		to[i] = byte_of(number, off + i);
	b->asked += len;
	return true;
}

static bool take_file(void *ctx, const struct ymodem_file *file)
{
	struct batch *b = ctx;
	char want[YMODEM_NAME_BYTES];

	if (b->refuse_name)
		return false;
	assert_true(!b->is_open && b->got < b->n);
	snprintf(want, sizeof(want), "file-%u", b->got);
	assert_string_equal(file->name, want);
	assert_int_equal(file->bytes, b->sizes_unsaid ? UINT32_MAX : b->bytes[b->got]);
	b->is_open = true;
	b->got_bytes = 0;
	return true;
}

static bool take_bytes(void *ctx, const uint8_t *bytes, uint32_t len)
{
	struct batch *b = ctx;

	assert_true(b->is_open && len > 0);
	if (b->refuse_at && b->got_bytes >= b->refuse_at)
		return false;
	for (uint32_t i = 0; i < len; i++, b->got_bytes++)
		assert_int_equal(bytes[i], b->got_bytes < b->bytes[b->got]
						   ? byte_of(b->got, b->got_bytes)
						   : YMODEM_PAD);
	return true;
}

static void end_file(void *ctx)
{
	struct batch *b = ctx;

	assert_true(b->is_open);
	if (!b->sizes_unsaid)
		assert_int_equal(b->got_bytes, b->bytes[b->got]);
	b->is_open = false;
	b->got++;
}

/* ---- the sender's script: C A N, X a CAN, t a time-out, z noise ----------------------------- */

/* What is said, in words: "s0 L1 E X": small and large blocks with their numbers, EOT, CANs;
   then "." for done and "!" for failed. */
static void say(char *said, enum ymodem_turn turn, const uint8_t *out, uint32_t len)
{
	size_t at = strlen(said);

	if (turn != YMODEM_WAIT && len > 0) {
		if (out[0] == YMODEM_SOH || out[0] == YMODEM_STX) {
			assert_int_equal(len, (out[0] == YMODEM_SOH ? 128 : 1024) + 5);
			assert_int_equal(out[1] ^ out[2], 0xff);
			assert_int_equal(crc16(out + 3, len - 3), 0);
			at += (size_t)snprintf(said + at, SAID_MAX - at, "%c%u ",
					       out[0] == YMODEM_SOH ? 's' : 'L', out[1]);
		} else if (out[0] == YMODEM_CAN) {
			assert_int_equal(len, YMODEM_CANCELS);
			at += (size_t)snprintf(said + at, SAID_MAX - at, "X ");
		} else {
			for (uint32_t i = 0; i < len; i++)
				said[at++] = out[i] == YMODEM_EOT   ? 'E'
					     : out[i] == YMODEM_ACK ? 'A'
					     : out[i] == YMODEM_NAK ? 'N'
					     : out[i] == YMODEM_CRC ? 'C'
								    : '?';
			said[at++] = ' ';
			said[at] = '\0';
		}
	}
	if (turn == YMODEM_DONE || turn == YMODEM_FAILED)
		snprintf(said + at, SAID_MAX - at, "%c", turn == YMODEM_DONE ? '.' : '!');
}

static const struct {
	const char *name;
	struct batch batch;
	const char *in, *out;
} sends[] = {
	{ "one file", { 1, { 1100 } }, "CACAANACA", "s0 L1 s2 E E s0 ." },
	{ "EOT taken at once", { 1, { 128 } }, "CACAACA", "s0 s1 E s0 ." },
	{ "129 bytes", { 1, { 129 } }, "CACAACA", "s0 L1 E s0 ." },
	{ "nothing in it", { 1, { 0 } }, "CACACA", "s0 E s0 ." },
	{ "no files", { 0 }, "CA", "s0 ." },
	{ "two files", { 2, { 5, 5 } }, "CACAACACAACA", "s0 s1 E s0 s1 E s0 ." },
	{ "noise", { 1, { 5 } }, "zNACzAzCzNzAzAzCzA", "s0 s1 s1 E s0 ." },
	{ "name again", { 1, { 5 } }, "CCNACAACA", "s0 s0 s0 s1 E s0 ." },
	{ "NAK for the contents", { 1, { 5 } }, "CANAACA", "s0 s1 E s0 ." },
	{ "C again at the first block", { 1, { 5 } }, "CACCAACA", "s0 s1 s1 E s0 ." },
	{ "C at the second is noise", { 1, { 1100 } }, "CACACA", "s0 L1 s2 E " },
	{ "an EOT's ACK lost", { 2, { 5, 5 } }, "CACACAC", "s0 s1 E s0 s1 " },
	{ "nobody there", { 1, { 5 } }, "t", "X !" },
	{ "gone after the name", { 1, { 5 } }, "Cttt", "s0 s0 s0 X !" },
	{ "gone before the contents", { 1, { 5 } }, "CAttt", "s0 X !" },
	{ "gone in a block", { 1, { 5 } }, "CACttt", "s0 s1 s1 s1 X !" },
	{ "back after two", { 1, { 5 } }, "CACttAttACA", "s0 s1 s1 s1 E E E s0 ." },
	{ "gone after an EOT", { 1, { 5 } }, "CACAttt", "s0 s1 E E E X !" },
	{ "gone before the next name", { 1, { 5 } }, "CACAAttt", "s0 s1 E X !" },
	{ "the last ACK lost", { 1, { 5 } }, "CACAACt", "s0 s1 E s0 ." },
	{ "the last block lost", { 1, { 5 } }, "CACAACCNA", "s0 s1 E s0 s0 s0 ." },
	{ "ten NAKs", { 1, { 5 } }, "CACNNNNNNNNNNN", "s0 s1 s1 s1 s1 s1 s1 s1 s1 s1 s1 s1 X !" },
	{ "ten NAKs, then not",
	  { 1, { 5 } },
	  "CACNNNNNNNNNNA",
	  "s0 s1 s1 s1 s1 s1 s1 s1 s1 s1 s1 s1 E " },
	{ "cancelled", { 1, { 5 } }, "CACXX", "s0 s1 !" },
	{ "cancelled at once", { 1, { 5 } }, "XXC", "!!" },
	{ "one CAN is noise", { 1, { 5 } }, "XCXAXCXAzXAXCXA", "s0 s1 E s0 ." },
	{ "after the end", { 1, { 0 } }, "CACACAAt", "s0 E s0 ..." },
	{ "after a failure", { 1, { 0 } }, "tAtX", "X !!!!" },
	{ "cannot be read", { 1, { 5000 }, 2048 }, "CACAA", "s0 L1 L2 X !" },
};

static enum ymodem_turn tx_feed(struct ymodem_tx *tx, char c)
{
	switch (c) {
	case 't':
		return ymodem_tx_timeout(tx);
	case 'A':
		return ymodem_tx_byte(tx, YMODEM_ACK);
	case 'N':
		return ymodem_tx_byte(tx, YMODEM_NAK);
	case 'X':
		return ymodem_tx_byte(tx, YMODEM_CAN);
	default:
		return ymodem_tx_byte(tx, (uint8_t)c);
	}
}

static void test_sender(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sends); i++) {
		struct batch b = sends[i].batch;
		struct ymodem_tx tx = { .ctx = &b, .file = give_file, .read = give_bytes };
		char said[SAID_MAX] = "";

		CASE(sends[i].name);
		assert_int_equal(ymodem_tx_start(&tx), YMODEM_WAIT);
		assert_int_equal(tx.wait_ms, 30000);
		for (const char *c = sends[i].in; *c; c++) {
			enum ymodem_turn turn = tx_feed(&tx, *c);

			say(said, turn, tx.out, tx.out_len);
			assert_in_range(tx.wait_ms, 1, 30000);
		}
		assert_string_equal(said, sends[i].out);
	}
}

/* The name block says name and size, whatever they are. */
static const struct {
	const char *name;
	uint32_t bytes;
	const char *want;
} names[] = {
	{ "a", 0, "a\0000" },
	{ "dmesg-ramoops-0", 9, "dmesg-ramoops-0\0009" },
	{ "b", 10, "b\00010" },
	{ "c", 1024, "c\0001024" },
	{ "d", UINT32_MAX - 1, "d\0004294967294" },
	{ "a name of sixty-three characters, the longest that there can be", 1000000000,
	  "a name of sixty-three characters, the longest that there can be\0001000000000" },
};

static bool give_name(void *ctx, uint32_t number, struct ymodem_file *out)
{
	const size_t i = *(const size_t *)ctx;

	(void)number;
	memset(out, 0, sizeof(*out));
	memcpy(out->name, names[i].name, strlen(names[i].name));
	out->bytes = names[i].bytes;
	return true;
}

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct ymodem_tx tx = { .ctx = &i, .file = give_name, .read = give_bytes };
		const size_t len = strlen(names[i].name);
		const size_t digits = strlen(names[i].want + len + 1);

		CASE(names[i].name);
		ymodem_tx_start(&tx);
		assert_int_equal(ymodem_tx_byte(&tx, YMODEM_CRC), YMODEM_SEND);
		assert_memory_equal(tx.out + 3, names[i].want, len + 1 + digits);
		for (size_t at = len + 1 + digits; at < YMODEM_SMALL_BYTES; at++)
			assert_int_equal(tx.out[3 + at], 0);
	}
}

static void test_early(void **state)
{
	struct batch b = { 1, { 5 } };
	struct ymodem_tx tx = { .ctx = &b, .file = give_file, .read = give_bytes };

	(void)state;
	ymodem_tx_start(&tx);
	assert_int_equal(ymodem_tx_byte(&tx, YMODEM_CRC), YMODEM_SEND);
	for (const char *c = "ACN?CA"; *c; c++) /* came while the name was sent: no answers */
		assert_int_equal(ymodem_tx_early(&tx, (uint8_t)(*c == 'A' ? YMODEM_ACK : *c)),
				 YMODEM_WAIT);
	assert_int_equal(ymodem_tx_byte(&tx, YMODEM_CRC), YMODEM_SEND);
	assert_int_equal(tx.out[1], 0);
	assert_int_equal(ymodem_tx_early(&tx, YMODEM_CAN), YMODEM_WAIT);
	assert_int_equal(ymodem_tx_early(&tx, YMODEM_CAN), YMODEM_FAILED);
	assert_int_equal(tx.out_len, 0);
	assert_int_equal(ymodem_tx_early(&tx, 'A'), YMODEM_FAILED);
	ymodem_tx_start(&tx);
	assert_int_equal(ymodem_tx_cancel(&tx), YMODEM_FAILED);
	assert_int_equal(tx.out_len, YMODEM_CANCELS);
	assert_int_equal(ymodem_tx_timeout(&tx), YMODEM_FAILED);
	assert_int_equal(tx.out_len, 0);
}

/* ---- the receiver's script ------------------------------------------------------------------ */

/* A block as a sender makes it; @number's high bits choose what is wrong with it. */
enum { CRC_WRONG = 0x100, COMPLEMENT_WRONG = 0x200, CUT = 0x400, LONGER = 0x800 };

static size_t make_block(uint8_t *out, uint32_t bytes, uint32_t number, const uint8_t *contents)
{
	uint16_t crc;

	out[0] = bytes == 1024 ? YMODEM_STX : YMODEM_SOH;
	out[1] = (uint8_t)number;
	out[2] = (uint8_t)~number;
	memcpy(out + 3, contents, bytes);
	crc = crc16(contents, bytes);
	out[3 + bytes] = (uint8_t)(crc >> 8);
	out[4 + bytes] = (uint8_t)crc;
	if (number & CRC_WRONG)
		out[3 + bytes / 2] ^= 0x40;
	if (number & COMPLEMENT_WRONG)
		out[2] ^= 1;
	if (number & CUT)
		return bytes / 2;
	memset(out + bytes + 5, 'z', 20);
	return bytes + 5 + (number & LONGER ? 20 : 0);
}

/* Script: n name block of the next file, k number of a block ("0".."9") with its right
   contents, c complement wrong, w CRC wrong, l cut short, i longer, u name without size,
   e empty name, E EOT, X a CAN, B a backspace, z noise, t time-out, M a lot of noise. */
static const struct {
	const char *name;
	struct batch batch;
	const char *in, *out;
	uint32_t got;
} receives[] = {
	{ "one file", { 1, { 100 } }, "n1EEe", "C AC A N AC A .", 1 },
	{ "two blocks", { 1, { 1200 } }, "n12EEe", "C AC A A N AC A .", 1 },
	{ "two files", { 2, { 5, 128 } }, "n1EEn1EEe", "C AC A N AC AC A N AC A .", 2 },
	{ "nothing in it", { 1, { 0 } }, "nEEe", "C AC N AC A .", 1 },
	{ "no files", { 0 }, "e", "C A .", 0 },
	{ "size not said", { 1, { 100 }, .sizes_unsaid = true }, "u1EEe", "C AC A N AC A .", 1 },
	{ "noise between", { 1, { 5 } }, "znz1zEzEze", "C AC A N AC A .", 1 },
	{ "name again", { 1, { 5 } }, "nm1EEe", "C AC AC A N AC A .", 1 },
	{ "block again", { 1, { 1200 } }, "n1122EEe", "C AC A A A A N AC A .", 1 },
	{ "EOT again", { 1, { 5 } }, "n1EEEEe", "C AC A N AC AC AC A .", 1 },
	{ "EOT before all of it", { 1, { 1200 } }, "n1EE", "C AC A N X !", 0 },
	{ "an EOT that was noise", { 1, { 1200 } }, "n1E2EEe", "C AC A N A N AC A .", 1 },
	{ "EOT before the first name", { 1, { 5 } }, "EEn1EEe", "C AC A N AC A .", 1 },
	{ "a block after the end", { 1, { 5 } }, "n12EEe", "C AC A A N AC A .", 1 },
	{ "wrong CRC", { 1, { 5 } }, "nwt1EEe", "C AC C A N AC A .", 1 },
	{ "wrong CRC later", { 1, { 1200 } }, "n1wt2EEe", "C AC A N A N AC A .", 1 },
	{ "wrong complement", { 1, { 1200 } }, "n1ct2EEe", "C AC A N A N AC A .", 1 },
	{ "cut short", { 1, { 1200 } }, "n1lt2EEe", "C AC A N A N AC A .", 1 },
	{ "longer", { 1, { 1200 } }, "n1i2EEe", "C AC A A A N AC A .", 1 },
	{ "out of step", { 1, { 5000 } }, "n13", "C AC A X !", 0 },
	{ "block 0 out of step", { 1, { 5000 } }, "n12m", "C AC A A X !", 0 },
	{ "contents before a name", { 1, { 5 } }, "9tn", "C C AC ", 0 },
	{ "nobody there", { 1, { 5 } }, "ttttttttttt", "C C C C C C C C C C C X !", 0 },
	{ "only noise", { 1, { 5 } }, "MMMMMMMMMMM", "C C C C C C C C C C C X !", 0 },
	{ "noise, then quiet", { 1, { 5 } }, "Mn1wMt", "C C AC A N N ", 0 },
	{ "gone in the middle",
	  { 1, { 5000 } },
	  "n1ttttttttttt",
	  "C AC A N N N N N N N N N N X !",
	  0 },
	{ "always the same block",
	  { 1, { 5000 } },
	  "n111111111111",
	  "C AC A A A A A A A A A A A X !",
	  0 },
	{ "cancelled", { 1, { 5000 } }, "n1XX", "C AC A !", 0 },
	{ "cancelled by lrzsz",
	  { 1, { 5000 } },
	  "n1XXXXXXXXXXBBBBBBBBBB",
	  "C AC A !!!!!!!!!!!!!!!!!!!",
	  0 },
	{ "one CAN is noise", { 1, { 5 } }, "nX1XEXEe", "C AC A N AC A .", 1 },
	{ "cancelled inside a block", { 1, { 5000 } }, "n1lXXXXXBBt", "C AC A !", 0 },
	{ "cancelled at the end of a block", { 1, { 5000 } }, "n1wXXXXXt", "C AC A !", 0 },
	{ "CANs inside a block may be data", { 1, { 5000 } }, "n1lXXBt2", "C AC A N A ", 0 },
	{ "name refused", { 1, { 5 }, .refuse_name = true }, "n", "C X !", 0 },
	{ "contents refused", { 1, { 5000 }, 1000 }, "n12", "C AC A X !", 0 },
	{ "size too large", { 1, { UINT32_MAX } }, "n", "C X !", 0 },
	{ "after the end", { 0 }, "et1", "C A .....", 0 },
};

static uint32_t rx_block(const struct batch *b, char c, uint32_t last, uint8_t *out)
{
	uint8_t contents[1024] = { 0 };
	const bool is_name = strchr("nmue", c) != NULL;
	const uint32_t k = b->got;
	uint32_t bytes = 128, number = 0;

	if (c == 'n' || c == 'm')
		snprintf((char *)contents, 128, "file-%u%c%u 0 0", k, 0, b->bytes[k]);
	if (c == 'u')
		snprintf((char *)contents, 128, "file-%u", k);
	if (!is_name) {
		uint32_t at;

		number = c >= '0' && c <= '9' ? (uint32_t)(c - '0') : last + 1;
		at = (number - 1) * 1024;
		bytes = b->bytes[k] > 128 ? 1024 : 128;
		for (uint32_t i = 0; i < bytes; i++)
			contents[i] = at + i < b->bytes[k] ? byte_of(k, at + i) : YMODEM_PAD;
		number |= c == 'w'   ? CRC_WRONG
			  : c == 'c' ? COMPLEMENT_WRONG
			  : c == 'l' ? CUT
			  : c == 'i' ? LONGER
				     : 0;
	}
	return (uint32_t)make_block(out, bytes, number, contents);
}

static void say_rx(char *said, enum ymodem_turn turn, const struct ymodem_rx *rx)
{
	say(said, turn, rx->out, rx->out_len);
}

static void rx_feed(struct ymodem_rx *rx, struct batch *b, char c, uint32_t *last, char *said)
{
	uint8_t bytes[9000];
	uint32_t n = 1;

	bytes[0] = (uint8_t)(c == 'E' ? YMODEM_EOT : c == 'X' ? YMODEM_CAN : c == 'B' ? 8 : c);
	if (c == 't') {
		say_rx(said, ymodem_rx_timeout(rx), rx);
		return;
	}
	if (c == 'M') {
		n = 8192;
		memset(bytes, 'z', n);
	} else if (strchr("nmueclwi0123456789", c)) {
		n = rx_block(b, c, *last, bytes);
		*last = strchr("nmue", c) ? 0 : c >= '0' && c <= '9' ? (uint32_t)(c - '0') : *last;
		if (c == 'i')
			*last += 1;
	}
	for (uint32_t i = 0; i < n; i++)
		say_rx(said, ymodem_rx_byte(rx, bytes[i]), rx);
	if (c == 'w' || c == 'c')
		assert_int_equal(rx->wait_ms, 1000);
}

static void test_receiver(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(receives); i++) {
		struct batch b = receives[i].batch;
		struct ymodem_rx rx = {
			.ctx = &b, .begin = take_file, .data = take_bytes, .end = end_file
		};
		char said[SAID_MAX * 8] = "";
		uint32_t last = 0;

		CASE(receives[i].name);
		say_rx(said, ymodem_rx_start(&rx), &rx);
		for (const char *c = receives[i].in; *c; c++) {
			rx_feed(&rx, &b, *c, &last, said);
			assert_in_range(rx.wait_ms, 1, 10000);
		}
		/* after the end every byte is answered with the end */
		if (strlen(said) > strlen(receives[i].out))
			assert_true(strspn(said + strlen(receives[i].out), ".!") ==
				    strlen(said) - strlen(receives[i].out));
		said[strlen(receives[i].out)] = '\0';
		assert_string_equal(said, receives[i].out);
		assert_int_equal(b.got, receives[i].got);
	}
}

/* ---- both, over a line that drops, flips, doubles and invents bytes -------------------------- */

struct wire {
	uint8_t bytes[8192];
	uint32_t from, to;
};

struct line {
	struct prng rng;
	uint32_t spoilt; /* of a million bytes, each way */
	struct wire to_rx, to_tx;
	uint64_t now_ms, tx_until, rx_until;
};

static void wire_put(struct wire *w, uint8_t byte)
{
	assert_true(w->to < sizeof(w->bytes));
	w->bytes[w->to++] = byte;
}

static void line_send(struct line *l, struct wire *w, const uint8_t *bytes, uint32_t len)
{
	if (w->from == w->to)
		w->from = w->to = 0;
	for (uint32_t i = 0; i < len; i++) {
		const uint32_t what =
			prng_below(&l->rng, 1000000) < l->spoilt ? prng_below(&l->rng, 4) : 4;

		if (what == 0)
			continue;
		if (what == 1)
			wire_put(w, (uint8_t)(bytes[i] ^ 1 << prng_below(&l->rng, 8)));
		else
			wire_put(w, bytes[i]);
		if (what == 2)
			wire_put(w, bytes[i]);
		if (what == 3)
			wire_put(w, (uint8_t)prng_next(&l->rng));
	}
}

/* Runs until neither has anything to say; every wait takes its time. */
static void run_line(struct line *l, struct ymodem_tx *tx, struct ymodem_rx *rx,
		     enum ymodem_turn *tx_turn, enum ymodem_turn *rx_turn)
{
	bool tx_over = false, rx_over = false;

	for (uint32_t step = 0; !tx_over || !rx_over; step++) {
		bool tx_moves = false, rx_moves = false;

		assert_true(step < 30000000);
		if (l->to_rx.from < l->to_rx.to) {
			const uint8_t byte = l->to_rx.bytes[l->to_rx.from++];

			if (!rx_over)
				*rx_turn = ymodem_rx_byte(rx, byte);
			rx_moves = true;
		} else if (l->to_tx.from < l->to_tx.to) {
			const uint8_t byte = l->to_tx.bytes[l->to_tx.from++];

			if (!tx_over)
				*tx_turn = ymodem_tx_byte(tx, byte);
			tx_moves = true;
		} else if (!rx_over && (tx_over || l->rx_until <= l->tx_until)) {
			l->now_ms = l->rx_until;
			*rx_turn = ymodem_rx_timeout(rx);
			rx_moves = true;
		} else {
			l->now_ms = l->tx_until;
			*tx_turn = ymodem_tx_timeout(tx);
			tx_moves = true;
			l->tx_until = l->now_ms + tx->wait_ms;
		}
		if (tx_moves && !tx_over) {
			tx_over = *tx_turn == YMODEM_DONE || *tx_turn == YMODEM_FAILED;
			if (*tx_turn != YMODEM_WAIT) {
				line_send(l, &l->to_rx, tx->out, tx->out_len);
				l->tx_until = l->now_ms + tx->wait_ms;
			}
		}
		if (rx_moves && !rx_over) {
			rx_over = *rx_turn == YMODEM_DONE || *rx_turn == YMODEM_FAILED;
			if (*rx_turn != YMODEM_WAIT)
				line_send(l, &l->to_tx, rx->out, rx->out_len);
			l->rx_until = l->now_ms + rx->wait_ms;
		}
	}
}

/* Of @runs transfers at least @whole must arrive; whatever arrives is right (take_bytes()). */
static const struct {
	const char *name;
	uint32_t spoilt, runs, whole;
	struct batch batch;
} lossy[] = {
	{ "a good line", 0, 2, 2, { 4, { 300000, 0, 1024, 129 } } },
	{ "1e-5", 10, 40, 40, { 3, { 70000, 0, 4000 } } },
	{ "1e-4", 100, 40, 38, { 3, { 70000, 0, 4000 } } },
	{ "1e-3", 1000, 40, 0, { 3, { 40000, 0, 4000 } } },
	{ "1e-3, small files", 1000, 60, 40, { 4, { 100, 0, 128, 1000 } } },
	{ "1e-2", 10000, 100, 0, { 3, { 10, 100, 4000 } } },
	{ "1e-1", 100000, 200, 0, { 2, { 10, 4000 } } },
};

static void test_lossy(void **state)
{
	static struct line l;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lossy); i++) {
		uint32_t whole = 0, files = 0;
		uint64_t longest = 0;

		for (uint32_t run = 0; run < lossy[i].runs; run++) {
			struct batch from = lossy[i].batch, to = lossy[i].batch;
			struct ymodem_tx tx = { .ctx = &from,
						.file = give_file,
						.read = give_bytes };
			struct ymodem_rx rx = {
				.ctx = &to, .begin = take_file, .data = take_bytes, .end = end_file
			};
			enum ymodem_turn tx_turn, rx_turn;

			l = (struct line){ .rng = { 1000 * i + run + 1 },
					   .spoilt = lossy[i].spoilt };
			tx_turn = ymodem_tx_start(&tx);
			l.tx_until = tx.wait_ms;
			rx_turn = ymodem_rx_start(&rx);
			l.rx_until = rx.wait_ms;
			line_send(&l, &l.to_tx, rx.out, rx.out_len);
			run_line(&l, &tx, &rx, &tx_turn, &rx_turn);
			assert_true(rx_turn != YMODEM_DONE || to.got == to.n);
			whole += rx_turn == YMODEM_DONE;
			files += to.got;
			longest = l.now_ms > longest ? l.now_ms : longest;
		}
		print_message("  row: %s: %u of %u whole, %u of %u files, longest %llu s\n",
			      lossy[i].name, whole, lossy[i].runs, files,
			      lossy[i].runs * lossy[i].batch.n,
			      (unsigned long long)(longest / 1000));
		assert_true(whole >= lossy[i].whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crc),	 cmocka_unit_test(test_sender),
		cmocka_unit_test(test_names),	 cmocka_unit_test(test_early),
		cmocka_unit_test(test_receiver), cmocka_unit_test(test_lossy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
