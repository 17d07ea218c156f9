/* SPDX-License-Identifier: BSD-2-Clause */
#include "ftrace.h"

#include <string.h>

enum {
	IP_CPU_MASK = 3,   /* PSTORE_CPU_IN_IP: 32-bit ARM, up to 4 CPUs */
	SAMPLE_MAX = 64,   /* entries looked at to tell their size */
	STAMP_CPU_BITS = 8 /* elsewhere the CPU is the low byte of ts */
};

enum om_err ftrace_entry_at(struct span entries, uint32_t entry_bytes, uint32_t i,
			    struct ftrace_entry *out)
{
	if (entry_bytes != FTRACE_BYTES_32 && entry_bytes != FTRACE_BYTES_64)
		return OM_E_ARG;
	if (i >= entries.len / entry_bytes)
		return OM_E_TRUNCATED;

	const uint8_t *p = entries.p + (size_t)i * entry_bytes;

	if (entry_bytes == FTRACE_BYTES_32) {
		out->ip = le32_load(p);
		out->parent_ip = le32_load(p + 4);
		out->stamp = le64_load(p + 8);
		out->cpu = (uint32_t)out->ip & IP_CPU_MASK;
	} else {
		out->ip = le64_load(p);
		out->parent_ip = le64_load(p + 8);
		out->stamp = le64_load(p + 16) >> STAMP_CPU_BITS;
		out->cpu = p[16];
	}
	return OM_OK;
}

/* Kernel addresses of 64 bits have their top bits set; counters never get so far. */
static bool is_entry_64(const struct ftrace_entry *e)
{
	return e->ip >> 48 == 0xffff && e->parent_ip >> 48 == 0xffff && e->stamp >> 48 == 0;
}

static bool is_entry_32(const struct ftrace_entry *e)
{
	return e->ip != 0 && e->parent_ip != 0 && e->stamp >> 40 == 0;
}

uint32_t ftrace_sense(struct span log, uint32_t entry_bytes)
{
	const struct span entries = span_sub(log, log.len % entry_bytes, log.len);
	const uint32_t n = (uint32_t)(entries.len / entry_bytes);
	uint32_t sense = 0;

	for (uint32_t i = n > SAMPLE_MAX ? n - SAMPLE_MAX : 0; i < n; i++) {
		struct ftrace_entry e;

		if (ftrace_entry_at(entries, entry_bytes, i, &e) != OM_OK)
			break;
		if (entry_bytes == FTRACE_BYTES_64 ? is_entry_64(&e) : is_entry_32(&e))
			sense += entry_bytes;
	}
	return sense;
}

static uint64_t first_stamp(struct span log, uint32_t entry_bytes)
{
	struct ftrace_entry e;

	return ftrace_entry_at(log, entry_bytes, 0, &e) == OM_OK ? e.stamp : UINT64_MAX;
}

struct span ftrace_merge(struct span *logs, uint32_t n, uint32_t entry_bytes, uint8_t *to)
{
	const uint8_t *const start = to;

	for (;;) {
		uint64_t oldest = UINT64_MAX;
		uint32_t from = n;

		for (uint32_t i = 0; i < n; i++) {
			if (logs[i].len < entry_bytes)
				continue;

			uint64_t stamp = first_stamp(logs[i], entry_bytes);

			if (stamp <= oldest) {
				oldest = stamp;
				from = i;
			}
		}
		if (from == n)
			return (struct span){ start, (size_t)(to - start) };
		memcpy(to, logs[from].p, entry_bytes);
		to += entry_bytes;
		logs[from] = span_sub(logs[from], entry_bytes, logs[from].len);
	}
}

static char *put_text(char *at, const char *text)
{
	const size_t n = strlen(text);

	memcpy(at, text, n);
	return at + n;
}

/* By subtraction: a division of 64 bits would pull in a helper on 32-bit ARM. */
static char *put_decimal(char *at, uint64_t v)
{
	static const uint64_t tens[] = {
		10000000000000000000u,
		1000000000000000000u,
		100000000000000000u,
		10000000000000000u,
		1000000000000000u,
		100000000000000u,
		10000000000000u,
		1000000000000u,
		100000000000u,
		10000000000u,
		1000000000u,
		100000000u,
		10000000u,
		1000000u,
		100000u,
		10000u,
		1000u,
		100u,
		10u,
		1u,
	};
	const uint32_t n = sizeof(tens) / sizeof(tens[0]);
	uint32_t i = 0;

	while (i < n - 1 && v < tens[i])
		i++;
	for (; i < n; i++) {
		char digit = '0';

		for (; v >= tens[i]; v -= tens[i])
			digit++;
		*at++ = digit;
	}
	return at;
}

/* At least @digits_min digits. */
static char *put_hex(char *at, uint64_t v, uint32_t digits_min)
{
	uint32_t digits = 16;

	while (digits > digits_min && v >> (digits * 4 - 4) == 0)
		digits--;
	while (digits-- > 0)
		*at++ = "0123456789abcdef"[v >> (digits * 4) & 15];
	return at;
}

size_t ftrace_line(const struct ftrace_entry *e, uint32_t entry_bytes, char out[FTRACE_LINE_BYTES])
{
	const uint32_t pointer_digits = entry_bytes == FTRACE_BYTES_64 ? 16 : 8;
	char *at = out;

	at = put_text(at, "CPU:");
	at = put_decimal(at, e->cpu);
	at = put_text(at, " ts:");
	at = put_decimal(at, e->stamp);
	at = put_text(at, " ");
	at = put_hex(at, e->ip, 8);
	at = put_text(at, "  ");
	at = put_hex(at, e->parent_ip, 8);
	at = put_text(at, "  0x");
	at = put_hex(at, e->ip, pointer_digits);
	at = put_text(at, " <- 0x");
	at = put_hex(at, e->parent_ip, pointer_digits);
	at = put_text(at, "\n");
	*at = '\0';
	return (size_t)(at - out);
}
