/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include "core/base/crc32.h"
#include "report_lines.h"

#include <string.h>

/* "WORD" and a number, nothing for 0 */
static void put_if(struct line *l, const char *word, uint32_t v)
{
	if (v)
		line_put_number(l, word, v);
}

const char *report_verdict_word(enum verdict v)
{
	static const char *const words[VERDICTS] = {
		[VERDICT_COLD] = "cold",	   [VERDICT_UNVERIFIED] = "unverified",
		[VERDICT_PANIC] = "panic",	   [VERDICT_OOPS] = "oops",
		[VERDICT_EMERGENCY] = "emergency", [VERDICT_RESTART] = "restart",
		[VERDICT_POWEROFF] = "poweroff",   [VERDICT_ABRUPT] = "abrupt",
		[VERDICT_NO_NEWS] = "no-news",	   [VERDICT_NO_LOG] = "no-log",
	};

	return (uint32_t)v < VERDICTS ? words[v] : "";
}

const char *report_quality_word(enum quality q)
{
	return q == QUALITY_CORRECTED ? "corrected" : quality_name(q);
}

uint32_t report_id(const struct record *const *records, uint32_t n)
{
	uint32_t crc = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint8_t digest[4];

		le32_store(digest, records[i]->digest);
		crc = crc32_update(crc, digest, sizeof(digest));
	}
	return crc;
}

static void put_time(struct line *l, const struct record *r)
{
	const bool before = r->time_sec < 0;
	const uint64_t sec = (uint64_t)r->time_sec;

	line_put(l, before ? " time=-" : " time=");
	line_put_digits(l, before ? 0 - sec : sec, 10, 1);
	line_put_char(l, '.');
	line_put_digits(l, r->time_usec, 10, 6);
}

static void put_ftrace(struct line *l, const struct ftrace_format *f)
{
	line_put_number(l, " ftrace=", f->bytes);
	line_put_number(l, ",", f->cpu_in_ip);
	line_put_number(l, ",", f->wide);
	line_put_number(l, ",", f->stamped);
	line_put_number(l, ",", f->big_endian);
}

static void put_holes(struct line *l, const struct holes *holes)
{
	for (uint32_t i = 0; i < holes->n && i < HOLES_MAX; i++) {
		line_put_number(l, i ? "," : " holes=", holes->at[i].off);
		line_put_number(l, "+", holes->at[i].len);
	}
}

static void put_record(struct line *l, uint32_t number, const struct record *r)
{
	char name[RECORD_NAME_BYTES];

	record_name(r, name);
	line_put_number(l, "record ", number);
	line_put_char(l, ' ');
	line_put(l, name);
	put_if(l, " text=", (uint32_t)r->text.len);
	line_put(l, " quality=");
	line_put(l, report_quality_word(r->quality));
	if (r->notes)
		line_put_hex(l, " notes=0x", r->notes, 1);
	put_if(l, " corrected=", r->corrected_bytes);
	put_if(l, " bad=", r->bad_blocks);
	put_if(l, " stored=", r->stored_bytes);
	line_put_hex(l, " digest=", r->digest, 8);
	if (r->n_pieces != 1)
		line_put_number(l, " pieces=", r->n_pieces);
	put_if(l, " mended=", r->has_mended);
	if (r->has_time)
		put_time(l, r);
	if (r->reason != REASON_NONE) {
		line_put(l, " reason=");
		line_put(l, reason_name(r->reason));
	}
	put_if(l, " count=", r->count);
	put_if(l, " part=", r->part);
	if (r->packing != PACKING_NONE) {
		line_put(l, " packing=");
		line_put(l, packing_name(r->packing));
	}
	if (r->ftrace.bytes)
		put_ftrace(l, &r->ftrace);
	put_holes(l, &r->holes);
}

void report_put_fact(struct line *l, const struct report_head *h, enum head_line what)
{
	switch (what) {
	case HEAD_FORMAT:
		line_put_number(l, "oopsmon report ", REPORT_VERSION);
		break;
	case HEAD_ID:
		line_put_hex(l, "id ", h->id, 8);
		break;
	case HEAD_CHAPTER:
		line_put_number(l, "chapter ", h->chapter);
		break;
	case HEAD_MONITOR:
		line_put(l, "monitor ");
		line_put(l, h->monitor);
		break;
	case HEAD_BOARD:
		line_put(l, "board ");
		line_put(l, h->board);
		break;
	case HEAD_BOOT:
		line_put_number(l, "boot ", h->boot_count);
		line_put(l, h->warm ? " warm" : " cold");
		break;
	case HEAD_CAUSE:
		line_put(l, "cause ");
		line_put(l, h->cause);
		break;
	case HEAD_VERDICT:
		line_put(l, "verdict ");
		line_put(l, report_verdict_word(h->verdict));
		break;
	case HEAD_UPTIME:
		line_put(l, "uptime ");
		line_put_digits(l, h->uptime_us, 10, 1);
		break;
	case HEAD_BAUD:
		line_put_number(l, "baud ", h->baud);
		break;
	case HEAD_REGION:
		line_put_hex(l, "region 0x", h->geom.base_pa, 1);
		line_put_number(l, " ", h->geom.region_bytes);
		break;
	case HEAD_SIZES:
		line_put_number(l, "sizes ", h->geom.record_bytes);
		line_put_number(l, " ", h->geom.console_bytes);
		line_put_number(l, " ", h->geom.ftrace_bytes);
		line_put_number(l, " ", h->geom.pmsg_bytes);
		break;
	case HEAD_ECC:
		line_put_number(l, "ecc ", h->geom.ecc_bytes);
		break;
	case HEAD_FLAGS:
		line_put_number(l, "flags ", h->geom.flags);
		break;
	case HEAD_LAYOUT:
		line_put_number(l, "layout ", h->era);
		line_put_number(l, " ", h->n_ftrace);
		line_put_hex(l, " 0x", h->writer_version, 1);
		break;
	case HEAD_BEYOND:
		line_put_number(l, "beyond ", h->beyond.n);
		line_put_number(l, " ", h->beyond.first);
		line_put_number(l, " ", h->beyond.last);
		break;
	default:
		line_put_number(l, "old ", h->n_old);
		break;
	}
}

size_t report_head_line(const struct report_head *head, const struct record *const *records,
			uint32_t i, char out[REPORT_LINE_BYTES])
{
	struct line l = { out, 0 };

	i += !head->cause[0] && i >= HEAD_CAUSE;
	i += !head->has_uptime && i >= HEAD_UPTIME;
	i += !head->beyond.n && i >= HEAD_BEYOND;
	if (i < HEAD_LINES)
		report_put_fact(&l, head, (enum head_line)i);
	else if (i - HEAD_LINES < head->n_records)
		put_record(&l, i - HEAD_LINES, records[i - HEAD_LINES]);
	else if (i - HEAD_LINES > head->n_records)
		return 0;
	return line_end(&l);
}

/* "WORD NUMBER OFF LEN\n" */
static size_t stretch_line(const char *word, uint32_t number, uint32_t off, uint32_t bytes,
			   char out[REPORT_LINE_BYTES])
{
	struct line l = { out, 0 };

	line_put_number(&l, word, number);
	line_put_number(&l, " ", off);
	line_put_number(&l, " ", bytes);
	return line_end(&l);
}

size_t report_piece_line(uint32_t number, uint32_t off, uint32_t bytes, char out[REPORT_LINE_BYTES])
{
	return stretch_line("text ", number, off, bytes, out);
}

size_t report_left_line(uint32_t number, uint32_t off, uint32_t bytes, char out[REPORT_LINE_BYTES])
{
	return stretch_line("left ", number, off, bytes, out);
}

size_t report_crc_line(uint32_t number, uint32_t crc, char out[REPORT_LINE_BYTES])
{
	struct line l = { out, 0 };

	line_put_number(&l, "crc ", number);
	line_put_hex(&l, " ", crc, 8);
	return line_end(&l);
}

size_t report_end_line(char out[REPORT_LINE_BYTES])
{
	struct line l = { out, 0 };

	line_put(&l, "end");
	return line_end(&l);
}

/* ---- lines for people -------------------------------------------------------------------- */

static void put_banner(struct line *l, const char *which, const struct report_head *head)
{
	line_put(l, "-----");
	line_put(l, which);
	line_put_number(l, " OOPSMON REPORT ", REPORT_VERSION);
	line_put_hex(l, "----- id ", head->id, 8);
}

size_t report_begin_banner(const struct report_head *head, char out[REPORT_LINE_BYTES])
{
	struct line l = { out, 0 };

	put_banner(&l, "BEGIN", head);
	line_put_number(&l, " boot ", head->boot_count);
	line_put_char(&l, ' ');
	line_put(&l, report_verdict_word(head->verdict));
	return l.len;
}

size_t report_hint(const struct report_head *head, uint32_t bytes, char out[REPORT_LINE_BYTES])
{
	struct line l = { out, 0 };

	line_put_number(&l, "oopsmon: ", head->n_records);
	line_put_number(&l, head->n_records == 1 ? " record, " : " records, ", bytes);
	line_put(&l, " bytes; save this log, then: oopsmon decode LOG");
	return l.len;
}

size_t report_left_hint(const struct record *r, uint32_t bytes, char out[REPORT_LINE_BYTES])
{
	struct line l = { out, 0 };
	char name[RECORD_NAME_BYTES];

	record_name(r, name);
	line_put(&l, "oopsmon: left out: ");
	line_put(&l, name);
	line_put_number(&l, ", ", bytes);
	line_put_number(&l, " of ", (uint32_t)r->text.len);
	line_put(&l, " bytes");
	return l.len;
}

size_t report_more_hint(uint32_t n, char out[REPORT_LINE_BYTES])
{
	struct line l = { out, 0 };

	line_put_number(&l, "oopsmon: and ", n);
	line_put(&l, n == 1 ? " record more" : " records more");
	return l.len;
}

static void put_beyond(struct line *l, const struct report_beyond *beyond)
{
	if (beyond->first == beyond->last) {
		line_put_number(l, "dmesg-ramoops-", beyond->first);
		return;
	}
	line_put_number(l, "", beyond->n);
	line_put_number(l, " of dmesg-ramoops-", beyond->first);
	line_put_number(l, " to -", beyond->last);
}

size_t report_beyond_words(const struct report_beyond *beyond, char out[REPORT_LINE_BYTES])
{
	struct line l = { out, 0 };

	put_beyond(&l, beyond);
	return l.len;
}

size_t report_beyond_hint(const struct report_beyond *beyond, char out[REPORT_LINE_BYTES])
{
	struct line l = { out, 0 };

	line_put(&l, "oopsmon: left out: ");
	put_beyond(&l, beyond);
	line_put(&l, ", in RAM for Linux");
	return l.len;
}

size_t report_time_hint(uint32_t seconds, uint32_t baud, char out[REPORT_LINE_BYTES])
{
	struct line l = { out, 0 };

	line_put_number(&l, "oopsmon: ", seconds);
	line_put_number(&l, " s at ", baud);
	line_put(&l, " baud are over; oopsmon.report_seconds=0 tells all");
	return l.len;
}

size_t report_end_banner(const struct report_head *head, bool complete, char out[REPORT_LINE_BYTES])
{
	struct line l = { out, 0 };

	put_banner(&l, "END", head);
	line_put(&l, complete ? " complete" : " cut");
	return l.len;
}
