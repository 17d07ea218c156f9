/* SPDX-License-Identifier: BSD-2-Clause */
/* Android's entries in a pmsg log, between any other bytes. */
#include "core/log/pmsg.h"
#include "fuzz.h"

enum { ENTRY_MIN = 20 };

static void check_entry(const struct pmsg_entry *e, struct span entry)
{
	char *head = (char *)make_bytes(PMSG_HEAD_BYTES, 'x');
	const size_t n = pmsg_head(e, head);

	require(n < PMSG_HEAD_BYTES && head[n] == 0 && strlen(head) == n, "a head ends");
	require(strpbrk(head, "\n\x1b") == NULL, "a head is of printable characters");
	require(lies_in(e->tag, entry) && lies_in(e->message, entry), "text in its entry");
	require(e->tag.len == 0 || memchr(e->tag.p, 0, e->tag.len) == NULL, "a tag has no NUL");
	require(e->nsec < 1000000000, "less than a second of nanoseconds");
	require(pmsg_log_name(e->log_id) != NULL, "every log has a name");
	free(head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span in = { data, size };
	const struct span log = make_copy(in);
	struct span left = log;
	struct pmsg_entry e;
	size_t skipped = SIZE_MAX;
	size_t entries = 0;
	size_t others = 0;
	struct span before = left;

	memset(&e, 0x5a, sizeof(e));
	while (pmsg_next(&left, &skipped, &e) == OM_OK) {
		require(skipped <= before.len, "no more skipped than there is");

		const struct span entry =
			span_sub(before, skipped, before.len - skipped - left.len);

		require(left.p == entry.p + entry.len && entry.len >= ENTRY_MIN, "after the entry");
		check_entry(&e, entry);
		entries += entry.len;
		others += skipped;
		before = left;
	}
	require(left.len == 0 && skipped == before.len, "the rest belongs to none");
	others += skipped;
	require(entries + others == log.len, "every byte is counted");
	require(pmsg_is_logd(log) == (entries > others), "most of it or not");
	drop_copy(log, in);
	return 0;
}
