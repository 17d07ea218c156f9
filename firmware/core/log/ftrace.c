/* SPDX-License-Identifier: BSD-2-Clause */
#include "ftrace.h"

#include <string.h>

enum {
	SAMPLE_MAX = 64,    /* entries of a log looked at to find their format */
	STAMP_CPU_BITS = 8, /* unless it is in ip, the CPU is the low byte of the stamp */
	CPUS_MAX = 256,
	PAGE = 4096,
	PADDING = 20,	  /* of an entry of 64 bits without stamp: not always 0 */
	COUNTER_BITS = 44 /* half a year at a million entries a second */
};

/* ---- entries --------------------------------------------------------------------------- */

static uint32_t load_32(const struct ftrace_format *f, const uint8_t *p)
{
	return f->big_endian ? be32_load(p) : le32_load(p);
}

static inline uint64_t load_64(const struct ftrace_format *f, const uint8_t *p)
{
	if (f->big_endian)
		return (uint64_t)be32_load(p) << 32 | be32_load(p + 4);
	return le64_load(p);
}

static inline void entry_load(const struct ftrace_format *f, const uint8_t *p,
			      struct ftrace_entry *out)
{
	const uint32_t address = f->wide ? 8 : 4;

	out->ip = f->wide ? load_64(f, p) : load_32(f, p);
	out->parent_ip = f->wide ? load_64(f, p + address) : load_32(f, p + address);
	out->cpu = (uint32_t)out->ip & f->cpu_in_ip;
	out->stamp = 0;
	p += 2 * address;
	if (!f->stamped) {
		if (!f->cpu_in_ip)
			out->cpu = load_32(f, p);
		return;
	}
	out->stamp = load_64(f, p);
	if (!f->cpu_in_ip) {
		out->cpu = (uint32_t)out->stamp % CPUS_MAX;
		out->stamp >>= STAMP_CPU_BITS;
	}
}

enum om_err ftrace_entry_at(struct span entries, const struct ftrace_format *f, uint32_t i,
			    struct ftrace_entry *out)
{
	if (f->bytes == 0)
		return OM_E_ARG;
	if ((uint64_t)i * f->bytes + f->bytes > entries.len)
		return OM_E_TRUNCATED;
	entry_load(f, entries.p + (size_t)i * f->bytes, out);
	return OM_OK;
}

/*
 * The first and the last page hold no code, but CPU numbers, errors and unused RAM look like
 * them. Kernels of 64 bits live at the top; PowerPC's at 0xc000..., LoongArch's at 0x9000...
 */
static bool is_address(bool wide, uint64_t v)
{
	const uint32_t top = (uint32_t)(v >> 48);

	if ((uint32_t)v - PAGE >= 0u - 2 * PAGE)
		return false;
	return !wide || top == 0xffff || top == 0xc000 || top == 0x9000;
}

/*
 * Could a kernel have written this? @cpu: whose log it is in, CPUS_MAX: anybody's. What
 * called a function is not asked: at the bottom of a stack it can be anything.
 */
static bool is_sane(const struct ftrace_format *f, const struct ftrace_entry *e, uint32_t cpu)
{
	if (cpu < CPUS_MAX ? e->cpu != cpu : e->cpu >= CPUS_MAX)
		return false;
	return is_address(f->wide, e->ip) && e->stamp >> COUNTER_BITS == 0;
}

/* ---- formats --------------------------------------------------------------------------- */

/* The newest whole entries of a log, at most SAMPLE_MAX. */
static struct span sample(struct span log, uint32_t bytes)
{
	const size_t whole = log.len - log.len % bytes;
	const size_t len = whole < SAMPLE_MAX * bytes ? whole : SAMPLE_MAX * bytes;

	return span_sub(log, log.len - len, len);
}

/*
 * Bytes of the newest entries that make sense. @guess: the version does not help, so what looks
 * like half a stamp is none. The logs' owners are not asked: a mask for the CPU is not known.
 */
static uint32_t sense(const struct ftrace_logs *logs, const struct ftrace_format *f, bool guess)
{
	const bool padded = f->wide && !f->stamped;
	uint32_t bytes = 0;

	for (uint32_t i = 0; i < logs->n; i++) {
		const struct span s = sample(logs->at[i], f->bytes);

		for (size_t off = 0; off < s.len; off += f->bytes) {
			struct ftrace_entry e;

			entry_load(f, s.p + off, &e);
			if (!is_sane(f, &e, CPUS_MAX) || !is_address(f->wide, e.parent_ip))
				continue;
			if (guess && padded && load_32(f, s.p + off + PADDING) != 0)
				continue;
			bytes += f->bytes;
		}
	}
	return bytes;
}

/*
 * 32 bits with stamps: is the CPU in ip? Then stamps count entries; else their low bytes
 * are CPUs, and they count in steps of 256.
 */
static bool counts_by_one(const struct ftrace_logs *logs, const struct ftrace_format *in_ip)
{
	uint32_t whole = 0;
	uint32_t split = 0;

	for (uint32_t i = 0; i < logs->n; i++) {
		const struct span s = sample(logs->at[i], in_ip->bytes);
		uint64_t last = 0;

		for (size_t off = 0; off < s.len; off += in_ip->bytes) {
			struct ftrace_entry e;

			entry_load(in_ip, s.p + off, &e);

			const uint32_t low = (uint32_t)e.stamp % CPUS_MAX;
			const uint64_t step = e.stamp - last;

			if (logs->n > 1)
				split += low == i &&
					 ((e.ip & 3) != i || (off > 0 && step % CPUS_MAX == 0));
			else
				split += off > 0 && low < FTRACE_LOGS_MAX &&
					 step > CPUS_MAX - FTRACE_LOGS_MAX;
			whole += low >= FTRACE_LOGS_MAX || (off > 0 && step < FTRACE_LOGS_MAX);
			last = e.stamp;
		}
	}
	return whole >= split;
}

/*
 * Is the CPU in one bit of ip, as where instructions have 2 bytes? Only with up to 2 CPUs.
 * Return addresses that are not a multiple of 4 tell, or whose log it is.
 */
static bool is_thumb(const struct ftrace_logs *logs, const struct ftrace_format *f)
{
	uint32_t thumb = 0;
	uint32_t n = 0;

	if (logs->n > 2)
		return false;
	for (uint32_t i = 0; i < logs->n; i++) {
		const struct span s = sample(logs->at[i], f->bytes);

		for (size_t off = 0; off < s.len; off += f->bytes, n++) {
			struct ftrace_entry e;

			entry_load(f, s.p + off, &e);
			thumb += e.parent_ip % 4 != 0 || (logs->n > 1 && e.cpu == i + 2);
		}
	}
	return thumb > n / 8; /* damage makes some, Thumb makes half of them */
}

enum { UNSTAMPED = 1, STAMPED = 2 };

/* The format of those kinds whose entries make most sense; returns how many bytes do. */
static uint32_t best_format(const struct ftrace_logs *logs, uint32_t kinds,
			    struct ftrace_format *best)
{
	/* of equal sense the first one: the more a format demands the earlier */
	static const struct ftrace_format formats[] = {
		{ .bytes = 24, .wide = true },
		{ .bytes = 24, .wide = true, .stamped = true },
		{ .bytes = 12 },
		{ .bytes = 16, .stamped = true, .cpu_in_ip = 3 },
		{ .bytes = 8, .cpu_in_ip = 3 },
	};
	uint32_t most = 0;

	for (uint32_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct ftrace_format f = formats[i];

		if (!(kinds & (f.stamped ? STAMPED : UNSTAMPED)))
			continue;
		f.big_endian = logs->format.big_endian;

		const uint32_t bytes = sense(logs, &f, kinds == (UNSTAMPED | STAMPED));

		if (bytes > most) {
			most = bytes;
			*best = f;
		}
	}
	return most;
}

bool ftrace_find_format(struct ftrace_logs *logs, uint32_t version)
{
	struct ftrace_format f = { 24, 0, true, true, logs->format.big_endian };
	uint32_t most = 0;

	if (version)
		most = best_format(logs, version >= FTRACE_STAMPED ? STAMPED : UNSTAMPED, &f);
	if (most == 0) /* the version may be damaged too: then it does not help */
		most = best_format(logs, UNSTAMPED | STAMPED, &f);
	if (f.stamped && f.cpu_in_ip && !counts_by_one(logs, &f))
		f.cpu_in_ip = 0;
	if (f.cpu_in_ip && is_thumb(logs, &f))
		f.cpu_in_ip = 1;
	logs->format = f;
	return most > 0;
}

/* ---- order ----------------------------------------------------------------------------- */

/* The first entries of the logs, and what has been written so far. */
struct merging {
	struct ftrace_logs *logs;
	struct holes *holes;
	uint32_t bytes;		       /* of an entry */
	uint32_t done;		       /* bytes put in order */
	uint32_t n;		       /* logs with entries left */
	uint8_t heap[FTRACE_LOGS_MAX]; /* these: each goes before those at 2i + 1 and 2i + 2 */
	uint64_t stamp[FTRACE_LOGS_MAX];
	bool bad[FTRACE_LOGS_MAX]; /* damaged, or without sense */
};

/* Look at the first entry of log @i; false if there is none. */
static bool head_load(struct merging *m, uint32_t i)
{
	const struct ftrace_logs *logs = m->logs;
	const struct span *log = &logs->at[i];
	struct ftrace_entry e;

	if (log->len < m->bytes)
		return false;
	entry_load(&logs->format, log->p, &e);

	if (e.stamp >> COUNTER_BITS == 0)
		m->stamp[i] = e.stamp;
	m->bad[i] = !is_sane(&logs->format, &e, logs->n > 1 ? i : CPUS_MAX) ||
		    (logs->bad.n > 0 &&
		     holes_touch(&logs->bad, (uint32_t)(log->p - logs->base), m->bytes));
	return true;
}

/* Take the first entry of log @i; false if it was the last one. */
static bool head_take(struct merging *m, uint32_t i)
{
	struct span *log = &m->logs->at[i];

	if (m->bad[i])
		holes_add(m->holes, m->done, m->bytes);
	m->done += m->bytes;
	log->p += m->bytes;
	log->len -= m->bytes;
	return head_load(m, i);
}

/* Does the first entry of log @a come before that of log @b? */
static bool goes_first(const struct merging *m, uint32_t a, uint32_t b)
{
	return a > b ? m->stamp[a] <= m->stamp[b] : m->stamp[a] < m->stamp[b];
}

/* The log at @at of the heap may have to go further down. */
static void sift(struct merging *m, uint32_t at)
{
	const uint8_t log = m->heap[at];

	for (uint32_t below = 2 * at + 1; below < m->n; below = 2 * at + 1) {
		if (below + 1 < m->n && goes_first(m, m->heap[below + 1], m->heap[below]))
			below++;
		if (goes_first(m, log, m->heap[below]))
			break;
		m->heap[at] = m->heap[below];
		at = below;
	}
	m->heap[at] = log;
}

/* The log whose turn comes when the first one's is over; the first one: none. */
static uint32_t second(const struct merging *m)
{
	if (m->n < 3)
		return m->heap[m->n - 1];
	return m->heap[goes_first(m, m->heap[2], m->heap[1]) ? 2 : 1];
}

/* Take from the first log while its entries are the oldest. */
static void take_turn(struct merging *m, uint8_t *to)
{
	const uint32_t log = m->heap[0];
	const uint32_t next = second(m);
	const uint8_t *const from = m->logs->at[log].p;
	const uint32_t before = m->done;
	bool more;

	do
		more = head_take(m, log);
	while (more && (next == log || goes_first(m, log, next)));
	if (to)
		memcpy(to + before, from, m->done - before);
	if (!more)
		m->heap[0] = m->heap[--m->n];
	sift(m, 0);
}

enum om_err ftrace_merge(struct ftrace_logs *logs, struct workspace to, struct span *out,
			 struct holes *holes)
{
	struct merging m = { .logs = logs, .holes = holes, .bytes = logs->format.bytes };
	size_t total = 0;

	for (uint32_t i = 0; i < logs->n; i++) {
		struct span *log = &logs->at[i];

		/* a ring that wrapped begins with the rest of an entry */
		*log = span_sub(*log, log->len % m.bytes, log->len);
		total += log->len;
		if (head_load(&m, i))
			m.heap[m.n++] = (uint8_t)i;
	}
	for (uint32_t i = m.n / 2; i-- > 0;)
		sift(&m, i);

	const bool in_place = m.n == 1;

	*out = (struct span){ in_place ? logs->at[m.heap[0]].p : to.p, total };
	if (!in_place && total > to.cap)
		return OM_E_NO_SPACE;
	while (m.n > 0)
		take_turn(&m, in_place ? NULL : to.p);
	return OM_OK;
}

/* ---- text ------------------------------------------------------------------------------ */

static inline char *put_bytes(char *at, const char *bytes, size_t n)
{
	memcpy(at, bytes, n);
	return at + n;
}

/* At most FTRACE_NAME_MAX bytes of it. */
static char *put_text(char *at, const char *text)
{
	size_t n = strlen(text);

	if (n > FTRACE_NAME_MAX)
		n = FTRACE_NAME_MAX;
	return put_bytes(at, text, n);
}

/* By division while 32 bits hold it; of 64 bits that would pull in a helper on 32-bit ARM. */
static char *put_decimal(char *at, uint64_t v)
{
	enum { BILLION = 1000000000, SMALL_DIGITS = 9 };
	static const uint64_t tens[] = {
		10000000000000000000u, 1000000000000000000u, 100000000000000000u,
		10000000000000000u,    1000000000000000u,    100000000000000u,
		10000000000000u,       1000000000000u,	     100000000000u,
		10000000000u,	       1000000000u
	};
	uint32_t digits = 1;

	if (v < 10) {
		*at = (char)('0' + v);
		return at + 1;
	}
	if (v >= BILLION) {
		uint32_t i = 0;

		while (v < tens[i])
			i++;
		for (; i < sizeof(tens) / sizeof(tens[0]); i++) {
			char digit = '0';

			for (; v >= tens[i]; v -= tens[i])
				digit++;
			*at++ = digit;
		}
		digits = SMALL_DIGITS;
	}

	char text[2 * SMALL_DIGITS] = { 0 };
	uint32_t low = (uint32_t)v;
	uint32_t i = SMALL_DIGITS;

	do
		text[--i] = (char)('0' + low % 10);
	while ((low /= 10) > 0);
	while (SMALL_DIGITS - i < digits)
		text[--i] = '0';
	memcpy(at, text + i, SMALL_DIGITS); /* what is too much is overwritten */
	return at + SMALL_DIGITS - i;
}

/* All 8 digits of a word, each pair of bytes at a time: their digits in the bytes of a word. */
static char *put_word(char *at, uint32_t v)
{
	for (uint32_t half = 0; half < 2; half++, v <<= 16) {
		uint32_t x = v >> 16;

		x = (x << 8 | x) & 0x00ff00ff;
		x = (x << 4 | x) & 0x0f0f0f0f;
		x += 0x30303030 + ((x + 0x06060606) >> 4 & 0x01010101) * ('a' - '9' - 1);
		be32_store((uint8_t *)at, x);
		at += 4;
	}
	return at;
}

/* At least 8 digits. */
static char *put_hex(char *at, uint64_t v)
{
	uint32_t high = (uint32_t)(v >> 32);
	uint32_t digits = 8;

	if (high >> 28) {
		at = put_word(at, high);
	} else if (high) {
		for (; high >> 28 == 0; high <<= 4)
			digits--;
		at = put_word(at, high) - (8 - digits);
	}
	return put_word(at, (uint32_t)v);
}

/* @name, or the address as Linux writes one without: with all its digits, from @hex. */
static char *put_name(char *at, const char *name, const char *hex, size_t n, bool wide)
{
	const size_t digits = wide ? 16 : 8;

	if (name)
		return put_text(at, name);
	at = put_bytes(at, "0x", 2);
	for (size_t i = n; i < digits; i++)
		*at++ = '0';
	memcpy(at, hex, 16); /* what is too much is overwritten */
	return at + n;
}

size_t ftrace_line(const struct ftrace_entry *e, const struct ftrace_format *f,
		   const struct ftrace_names *names, char out[FTRACE_LINE_BYTES])
{
	char *at = out;

	if (f->stamped)
		at = put_bytes(at, "CPU:", 4);
	at = put_decimal(at, e->cpu);
	if (f->stamped) {
		at = put_bytes(at, " ts:", 4);
		at = put_decimal(at, e->stamp);
	}
	*at++ = ' ';

	char *const ip = at;
	char *const ip_end = put_hex(ip, e->ip);
	char *const parent = put_bytes(ip_end, "  ", 2);
	char *const parent_end = put_hex(parent, e->parent_ip);

	at = put_bytes(parent_end, "  ", 2);
	at = put_name(at, names ? names->ip : NULL, ip, (size_t)(ip_end - ip), f->wide);
	at = put_bytes(at, " <- ", 4);
	at = put_name(at, names ? names->parent : NULL, parent, (size_t)(parent_end - parent),
		      f->wide);
	*at++ = '\n';
	*at = '\0';
	return (size_t)(at - out);
}
