/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive_chapter.h"

#include "core/base/crc32.h"

bool archive_chapter_next(const struct archive_bytes *from, uint32_t *at,
			  struct archive_chapter *out)
{
	struct span head;
	uint32_t rest;

	if (*at > from->len || from->len - *at < ARCHIVE_STREAM_HEAD_BYTES)
		return false;
	head = from->get(from->ctx, *at, ARCHIVE_STREAM_HEAD_BYTES);
	if (head.len < ARCHIVE_STREAM_HEAD_BYTES)
		return false;
	out->head = archive_stream_read(head.p);
	*at += ARCHIVE_STREAM_HEAD_BYTES;
	rest = from->len - *at;
	out->cut = out->head.bytes > rest;
	if (out->head.bytes < rest)
		rest = out->head.bytes;
	out->stream = from->get(from->ctx, *at, rest);
	out->whole = out->stream.len == out->head.bytes;
	out->sound = out->whole && crc32_update(0, out->stream.p, out->stream.len) == out->head.crc;
	*at += rest;
	return true;
}
