/* SPDX-License-Identifier: BSD-2-Clause */
#include "archive.h"
#include "archive_log.h"
#include "core/base/crc32.h"

#include <string.h>

void archive_walk_start(struct archive_walk *w, const struct archive *a)
{
	/* what was not opened in the last turn could not be: no part of the log any more */
	*w = (struct archive_walk){
		.a = a,
		.sequence = a->sequence > a->n_blocks ? a->sequence - a->n_blocks : 0,
	};
}

/* The block of turn @n_done: the one after the newest first, the newest last. */
static uint32_t block_of(const struct archive_walk *w)
{
	const uint32_t before = w->a->n_blocks - 1 - w->a->head;

	return w->n_done < before ? w->a->head + 1 + w->n_done : w->n_done - before;
}

bool archive_walk_next(struct archive_walk *w, struct archive_chunk *out)
{
	const struct archive *a = w->a;

	if (a->sequence == 0)
		return false;
	while (w->n_done < a->n_blocks) {
		const uint32_t block = block_of(w);

		if (w->at == 0) {
			const uint32_t sequence = archive_log_sequence(a, block);

			/* blocks were opened in this order; what is not in it is not a part of it,
			 * nor a head that was none when the newest one was looked for
			 */
			if (sequence <= w->sequence || sequence > a->sequence) {
				w->n_done++;
				continue;
			}
			w->sequence = sequence;
			w->at = ARCHIVE_BLOCK_HEAD_BYTES;
		}
		if (archive_log_next(a, block, w->sequence, &w->at, out)) {
			w->at = archive_log_end(out);
			return true;
		}
		w->at = 0;
		w->n_done++;
	}
	return false;
}

enum archive_check archive_payload(const struct archive *a, const struct archive_chunk *chunk,
				   uint8_t *to)
{
	if (chunk->bytes > ARCHIVE_PAYLOAD_MAX)
		return ARCHIVE_DAMAGED;
	if (!archive_log_read(a, chunk->block, chunk->at, to, chunk->bytes)) {
		memset(to, 0xff, chunk->bytes);
		return ARCHIVE_DAMAGED;
	}
	return archive_log_mend(to, chunk->bytes, crc32_update(0, to, chunk->bytes) ^ chunk->crc);
}
