/* SPDX-License-Identifier: BSD-2-Clause */
/* The two lines at the head of a dmesg record, and what the text after them looks like. */
#include "core/log/dmesg.h"
#include "fuzz.h"

/* The header written anew with the facts must be the header that was read. */
static void check_header(struct span log)
{
	struct dmesg_header h = { .bytes = UINT32_MAX };
	char line[80];

	if (dmesg_header(log, &h) != OM_OK)
		return;
	require(h.bytes <= log.len && h.bytes > 4, "the header lies in the log");
	require(memchr(log.p, '\n', h.bytes) == log.p + h.bytes - 1, "exactly one newline");
	require(memcmp(log.p, "====", 4) == 0, "the header has its mark");
	require(h.usec <= 9999999, "as many digits as there can be");
	if (!h.has_time || h.sec == 0)
		return;
	snprintf(line, sizeof(line), "%lld.", (long long)h.sec);
	if (strchr("123456789-", log.p[4]) && log.p[5] != '0') /* no blanks, no zeros before it */
		require(memcmp(log.p + 4, line, strlen(line)) == 0, "the seconds read back");
}

static void check_near(struct span log)
{
	struct dmesg_header h = { .bytes = UINT32_MAX };
	uint64_t usec;

	if (dmesg_stamp(log, &usec) == OM_OK)
		require(memchr(log.p, '[', log.len) != NULL, "a stamp has its bracket");
	if (dmesg_header(log, &h) == OM_OK) {
		require(h.wrong == 0, "a whole header has nothing wrong");
		return;
	}
	if (dmesg_header_near(log, &h) != OM_OK)
		return;
	require(h.bytes <= log.len && h.bytes > 4, "the damaged header lies in the log");
	require(h.wrong <= DMESG_HEADER_WRONG_MAX, "not too much of it is wrong");
	require(h.wrong > 0 || !h.has_time, "too many digits, or something is wrong");
}

static void check_title(struct span text)
{
	struct dmesg_title t = { .count = UINT32_MAX };
	char line[80];

	if (dmesg_title(text, &t) != OM_OK)
		return;
	require(t.reason > REASON_NONE && t.reason <= REASON_UNKNOWN, "a reason there is");
	snprintf(line, sizeof(line), "%s#", reason_name(t.reason));
	require(text.len > strlen(line) && memcmp(text.p, line, strlen(line)) == 0,
		"the reason reads back");
	require(memchr(text.p, '\n', text.len) != NULL, "the title is a line");
}

/* As dmesg_has_levels() is documented, the slow way. */
static bool has_levels(struct span text)
{
	bool first = true;
	size_t at = 0;

	while (at < text.len) {
		size_t end = at;

		while (end < text.len && text.p[end] != '\n')
			end++;
		if (end == text.len)
			return false;
		if (!first) {
			size_t i = at + 1;

			while (i < end && i < at + 5 && text.p[i] >= '0' && text.p[i] <= '9')
				i++;
			if (text.p[at] != '<' || i == at + 1 || i >= end || text.p[i] != '>')
				return false;
		}
		first = false;
		at = end + 1;
	}
	return !first;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span in = { data, size };
	const struct span text = make_copy(in);

	check_header(text);
	check_near(text);
	check_title(text);
	require(dmesg_has_levels(text) == has_levels(text), "levels seen as they are");
	require(text.len > 0 || !dmesg_looks_like_text(text), "nothing is no text");
	drop_copy(text, in);
	return 0;
}
