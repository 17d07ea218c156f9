/* SPDX-License-Identifier: BSD-2-Clause */
#include "incoming.h"

#include <stdlib.h>
#include <string.h>

/* False if there are too many. */
static bool stretch_add(struct stretches *s, uint32_t off, uint32_t end)
{
	uint32_t i = 0;
	uint32_t k;

	if (off >= end)
		return true;
	while (i < s->n && s->at[i].end < off)
		i++;
	for (k = i; k < s->n && s->at[k].off <= end; k++) {
		off = s->at[k].off < off ? s->at[k].off : off;
		end = s->at[k].end > end ? s->at[k].end : end;
	}
	if (k == i && s->n == STRETCHES_MAX)
		return false;
	memmove(&s->at[i + 1], &s->at[k], (s->n - k) * sizeof(s->at[0]));
	s->at[i] = (struct stretch){ off, end };
	s->n = s->n - (k - i) + 1;
	return true;
}

void incoming_free(struct incoming *in)
{
	if (!in)
		return;
	free(in->text);
	free(in->records);
	free(in->lost_bytes);
	free(in->left_bytes);
	free(in);
}

bool incoming_is_of(const struct incoming *in, const struct report_head *head,
		    const struct record *records)
{
	if (in->head.id != head->id || in->head.n_records != head->n_records)
		return false;
	for (uint32_t i = 0; i < head->n_records; i++) {
		const struct record *a = &in->parts[i].record;
		const struct record *b = &records[i];

		if (a->kind != b->kind || a->index != b->index || a->piece != b->piece ||
		    a->text.len != b->text.len || a->digest != b->digest)
			return false;
	}
	return true;
}

struct incoming *incoming_new(const struct report_head *head, const struct record *records)
{
	const size_t n = head->n_records;
	size_t total = 0;

	for (uint32_t i = 0; i < n; i++)
		total += records[i].text.len;
	if (total > TEXT_BYTES_MAX)
		return NULL;

	struct incoming *in = malloc(sizeof(*in) + n * sizeof(in->parts[0]));

	if (!in)
		return NULL;
	*in = (struct incoming){
		.head = *head,
		.text = malloc(total + 1),
		.records = malloc((n + 1) * sizeof(*in->records)),
		.lost_bytes = malloc((n + 1) * sizeof(*in->lost_bytes)),
		.left_bytes = malloc((n + 1) * sizeof(*in->left_bytes)),
	};
	if (!in->text || !in->records || !in->lost_bytes || !in->left_bytes) {
		incoming_free(in);
		return NULL;
	}
	total = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct part *part = &in->parts[i];

		part->record = records[i];
		part->text = in->text + total;
		part->have.n = part->left.n = 0; /* their stretches are room that may stay unused */
		part->has_crc = false;
		total += records[i].text.len;
	}
	return in;
}

void incoming_adopt(struct incoming *in, const struct report_item *item, uint32_t chapter)
{
	struct part *part;
	uint32_t len;

	if (item->kind == REPORT_END) { /* of the report, which may have no record */
		in->ended = true;
		in->last_chapter = chapter;
		return;
	}
	part = &in->parts[item->number];
	len = (uint32_t)part->record.text.len;
	switch (item->kind) {
	case REPORT_TEXT:
		if (item->off > len || item->text.len > len - item->off)
			return;
		if (stretch_add(&part->have, item->off, item->off + (uint32_t)item->text.len))
			memcpy(part->text + item->off, item->text.p, item->text.len);
		break;
	case REPORT_CRC:
		part->has_crc = true;
		part->crc = item->crc;
		break;
	case REPORT_LEFT:
		if (item->off <= len && item->bytes <= len - item->off)
			stretch_add(&part->left, item->off, item->off + item->bytes);
		break;
	case REPORT_END:
		break;
	}
}

bool incoming_is_complete(const struct incoming *in)
{
	if (!in->ended)
		return false;
	for (uint32_t i = 0; i <= in->last_chapter && i < CHAPTERS_MAX; i++)
		if (!in->chapters[i].whole)
			return false;
	return true;
}
