/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries of ftrace logs: their format, their order, their text. Input: the writer's
 * version, 32 bits; flags; number of logs and of damaged stretches; the logs' lengths, the
 * stretches (offset and length), 16 bits each; the logs, one after the other.
 */
#include "core/base/crc32.h"
#include "core/log/ftrace.h"
#include "fuzz.h"

enum { FLAG_BIG_ENDIAN = 1, FLAG_LITTLE_ROOM = 2 };

/* The same for the same entries in any order. */
static uint64_t sum_of(struct span entries, uint32_t bytes)
{
	uint64_t sum = 0;

	for (size_t at = 0; at + bytes <= entries.len; at += bytes)
		sum += crc32_update(0, entries.p + at, bytes);
	return sum;
}

static uint64_t sum_of_logs(const struct ftrace_logs *logs, size_t *total)
{
	const uint32_t bytes = logs->format.bytes;
	uint64_t sum = 0;

	*total = 0;
	for (uint32_t i = 0; i < logs->n; i++) {
		/* a ring that wrapped begins with a part of an entry */
		const struct span whole =
			span_sub(logs->at[i], logs->at[i].len % bytes, logs->at[i].len);

		sum += sum_of(whole, bytes);
		*total += whole.len;
	}
	return sum;
}

static void check_lines(struct span entries, const struct ftrace_format *f)
{
	const struct ftrace_names names[] = { { NULL, NULL },
					      { "schedule", "worker_thread+0x58/0xf0" },
					      { "only_one", NULL } };
	struct ftrace_entry e;
	uint32_t i = 0;

	for (; ftrace_entry_at(entries, f, i, &e) == OM_OK; i++) {
		char *line = (char *)make_bytes(FTRACE_LINE_BYTES, 'x');
		const size_t n = ftrace_line(&e, f, i % 2 ? &names[i % 3] : NULL, line);

		require(f->wide || (e.ip >> 32 == 0 && e.parent_ip >> 32 == 0), "narrow addresses");
		require(f->stamped || e.stamp == 0, "no stamp of its own making");
		require(n < FTRACE_LINE_BYTES && line[n] == 0 && strlen(line) == n, "a line ends");
		require(n > 0 && line[n - 1] == '\n' && strchr(line, '\n') == line + n - 1,
			"one newline");
		free(line);
	}
	require(i == entries.len / f->bytes, "all entries");
}

static void check_merge(struct ftrace_logs *logs, struct workspace to, bool little_room)
{
	const struct ftrace_format f = logs->format;
	struct span out;
	struct holes holes = { 0 };
	size_t total;
	const uint64_t sum = sum_of_logs(logs, &total);
	const enum om_err err = ftrace_merge(logs, to, &out, &holes);

	if (err == OM_E_NO_SPACE && little_room)
		return;
	require(err == OM_OK, "room was enough");
	require(out.len == total && sum_of(out, f.bytes) == sum, "the same entries");
	check_holes(&holes, out.len);
	for (uint32_t i = 0; i < holes.n; i++)
		require(holes.at[i].off % f.bytes == 0 && holes.at[i].len % f.bytes == 0,
			"whole entries are damaged or not");
	check_lines(out, &f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	const uint32_t version = take(&in, 4);
	const uint32_t flags = take(&in, 1);
	struct span spans[FTRACE_LOGS_MAX] = { 0 };
	struct ftrace_logs logs = { .at = spans, .n = 1 + take(&in, 1) % FTRACE_LOGS_MAX };
	const uint32_t n_bad = take(&in, 1) % (HOLES_MAX + 1);
	uint32_t len[FTRACE_LOGS_MAX];

	for (uint32_t i = 0; i < logs.n; i++)
		len[i] = take(&in, 2);
	for (uint32_t i = 0; i < n_bad; i++) {
		const uint32_t off = take(&in, 2);

		holes_add(&logs.bad, off, take(&in, 2));
	}

	const struct span all = make_copy(in);
	const size_t cap = flags & FLAG_LITTLE_ROOM ? all.len / 3 : all.len;
	const struct workspace to = { make_bytes(cap, 0xee), cap };
	struct span left = all;

	logs.base = all.p;
	logs.format.big_endian = flags & FLAG_BIG_ENDIAN;
	for (uint32_t i = 0; i < logs.n; i++)
		logs.at[i] = take_span(&left, len[i]);
	(void)ftrace_find_format(&logs, version);
	require(logs.format.bytes == 8 || logs.format.bytes == 12 || logs.format.bytes == 16 ||
			logs.format.bytes == 24,
		"a size entries have");
	require(logs.format.big_endian == !!(flags & FLAG_BIG_ENDIAN), "byte order as told");
	check_merge(&logs, to, flags & FLAG_LITTLE_ROOM);
	free(to.p);
	drop_copy(all, in);
	return 0;
}
