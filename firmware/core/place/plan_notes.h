/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The facts of a plan that a user should know, as lines of text with their codes: what, where,
 * what to do. The monitor and `oopsmon plan` print the same ones (docs/notices.md).
 */
#ifndef OM_CORE_PLAN_NOTES_H
#define OM_CORE_PLAN_NOTES_H

#include "core/base/line.h"
#include "plan.h"

enum { PLAN_NOTE_BYTES = LINE_BYTES_MAX, PLAN_NOTES = 25 };

/* Codes that a caller treats on its own; all of them are in docs/notices.md. */
enum { PLAN_NOTE_NO_ROOM = 201, PLAN_NOTE_TURNED_OFF = 225 };

/**
 * plan_note - line @i about a plan
 * @p:    as carveout_plan() left it
 * @fdt:  the tree it was made from
 * @i:    0 to PLAN_NOTES - 1; lines come in the order of their codes
 * @text: written if the result is not 0; NUL-terminated, printable ASCII
 *
 * Returns the notice's code (201 for E201); 0 if the plan has no such fact.
 */
uint32_t plan_note(const struct plan *p, const void *fdt, uint32_t i, char text[PLAN_NOTE_BYTES]);

#endif
