/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listens to one serial line or reads one log: finds the monitor's lines and the armored
 * reports among everything else, and says what it found. Memory is bounded whatever comes.
 * The same for `oopsmon decode capture.log` and for each port of `oopsmon watch`.
 */
#ifndef OM_TOOLS_LISTENER_H
#define OM_TOOLS_LISTENER_H

#include "core/report/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One report as far as it was received; all its memory belongs to the listener. */
struct report {
	struct report_head head;
	bool headless;	     /* lines came, but not its beginning: head is zeros, no records */
	bool of_model;	     /* headless, since oopsmon 0.1 packed it: PACK_MODEL_TEXT */
	uint32_t dictionary; /* of its streams, as pack_dictionary() has it; 0: not known */
	bool complete;	     /* every byte that the monitor sent of it is there, CRCs right */
	bool cut_by_monitor; /* it left something out: for want of time ("left"), or records that
				have no place in a report (head.beyond) */
	uint32_t n_records;
	/* Texts are put together; where bytes are missing, one line in the text says so, and
	   quality is at best QUALITY_SALVAGED with NOTE_TEXT_LOST. What the monitor could not
	   unpack is unpacked; of a text that lacks bytes, what comes before them. */
	struct record *records; /* n_records, at most REPORT_RECORDS_MAX */
	uint64_t *lost_bytes;	/* of each text: sent but not received */
	uint64_t *left_bytes;	/* of each text: not sent */
	uint32_t lines_seen, lines_restored, lines_lost, lines_expected;
	const char *headline; /* "Kernel panic - not syncing: ...", "" if there is none */
	/* of the same record, as core/log/title.h has them; "": it has no crash */
	const char *title, *signature;
};

/* What listener_feed() and listener_end() report; each may be NULL. Nothing is kept by callee. */
struct listener_events {
	void *arg;
	/* the monitor's first line of a boot, escaped: "oopsmon 0.1.0 qemu-virt: warm boot 2, ..."
	 */
	void (*boot)(void *arg, const char *line);
	/* a report has begun: BEGIN banner or its first lines */
	void (*begun)(void *arg);
	/* lines of the present group so far; total 0: not known yet */
	void (*progress)(void *arg, uint32_t lines, uint32_t total);
	/* A report is over, complete or not. It may come again, with the same id, if more of its
	   lines do: as when it is printed twice. */
	void (*report)(void *arg, const struct report *report);
};

struct listener;

struct listener *listener_new(const struct listener_events *events); /* NULL: out of memory */
void listener_free(struct listener *l);

/* Gives reports with listener_end() only (or when too many are open), so that each comes once
   and as complete as it gets: for logs. */
void listener_be_patient(struct listener *l);

/* The next bytes of the line, any. */
void listener_feed(struct listener *l, const uint8_t *bytes, size_t len);

/*
 * A chapter that came by another way than as lines: its stream, @stream, or the beginning of it.
 * False: not even its head can be read.
 */
bool listener_chapter(struct listener *l, struct span stream);

/* No more will come for now (end of log, silence of some seconds, port gone): reports what is
   still open. The listener goes on to be usable. */
void listener_end(struct listener *l);

/* True while a report is open. */
bool listener_busy(const struct listener *l);

/*
 * The file name of a record, of a region or a report: record_name(), and Linux's suffix for what
 * could not be unpacked.
 */
enum { REPORT_FILE_BYTES = RECORD_NAME_BYTES + sizeof(".enc.z") };
void report_file_name(const struct record *r, char out[REPORT_FILE_BYTES]);

/**
 * report_save - a report's files in a folder of its own
 * @folder: is there; dmesg-ramoops-0, ..., and report.json (docs/json.md) go into it
 *
 * @quota:  NULL, or what the files count in
 *
 * A folder that is there under this name is completed: files are written under another name and
 * moved in place, so that a reader never sees half a file. Returns an exit code of commands.h
 * after a message on stderr.
 */
struct quota; /* quota.h */
int report_save(const struct report *r, const char *program, const char *folder,
		struct quota *quota);

#endif
