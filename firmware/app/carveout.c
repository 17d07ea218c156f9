/* SPDX-License-Identifier: BSD-2-Clause */
#include "carveout.h"

#include "../board/board.h"
#include "core/place/plan_notes.h"
#include "core/tree/dt.h"
#include "notice.h"

enum { KERNEL_WINDOW = 128 << 20 /* an arm32 kernel unpacks within these from its base on */ };

/*
 * A boot loader that starts before us does so again after the crash, before the records are read,
 * and writes where it lives. One that starts after us does so before Linux takes the records.
 */
static bool has_other_stage(const struct entry *entry, const struct wrapped *w)
{
	return entry->kind != ENTRY_RESET || (w->present && w->block.kind == WRAP_NEXT_STAGE);
}

void carveout_make(const struct entry *entry, const struct wrapped *w, const struct tree *tree,
		   const struct bootargs *args, uint64_t kernel_base_pa, struct plan *out)
{
	static struct plan_input in; /* too large for the stack */
	enum om_err err;

	in.fdt = tree->dtb;
	in.bootargs = args->line;
	in.board = board.geometry;
	in.other_stage = has_other_stage(entry, w);
	in.n_claims = 3;
	in.claims[0] = (struct claim){ CLAIM_MONITOR, entry->self };
	in.claims[1] = (struct claim){ CLAIM_DTB, tree_range(tree) };
	in.claims[2] = (struct claim){ CLAIM_PAYLOAD, { kernel_base_pa, KERNEL_WINDOW } };
	err = carveout_plan(&in, out);
	if (err)
		notice(NOTICE_DTB_EDIT, "no carve-out: the tree needs too many edits (%s)",
		       om_err_name(err));
}

struct range carveout_initrd(const struct plan *plan)
{
	const struct survey *s = &plan->work.survey;

	for (uint32_t i = 0; i < s->n_claims; i++)
		if (s->claims[i].owner == OWNER_INITRD)
			return s->claims[i].range;
	return (struct range){ 0 };
}

void carveout_no_room(struct plan *plan, const struct tree *tree)
{
	static char text[PLAN_NOTE_BYTES];

	plan->notices |= PLAN_N_NO_ROOM;
	for (uint32_t i = 0; i < PLAN_NOTES; i++)
		if (plan_note(plan, tree->dtb, i, text) == PLAN_NOTE_NO_ROOM)
			notice((enum notice)PLAN_NOTE_NO_ROOM, "%s", text);
}

void carveout_print(const struct plan *plan, const struct tree *tree)
{
	static char text[PLAN_NOTE_BYTES];

	for (uint32_t i = 0; i < PLAN_NOTES; i++) {
		const uint32_t code = plan_note(plan, tree->dtb, i, text);

		/* what the user asked for is no news: the verdict's line has it */
		if (code && code != PLAN_NOTE_TURNED_OFF)
			notice((enum notice)code, "%s", text);
	}
}

void carveout_no_ram(struct plan *plan, const struct tree *tree)
{
	char path[160];

	if (dt_path(tree->dtb, plan->work.survey.ramoops.node, path, sizeof(path)) ||
	    edits_prop(&plan->edits, path, "status", "disabled", sizeof("disabled")))
		return;
	notice(NOTICE_NO_RAM_THERE,
	       "no RAM answers at the tree's ramoops region 0x%llx: its node is switched off; "
	       "correct its address",
	       plan->geom.base_pa);
	plan->geom = (struct geometry){ 0 };
	plan->notices &= ~(uint32_t)PLAN_N_OUTSIDE_RAM;
}
