/* SPDX-License-Identifier: BSD-2-Clause */
/* What plan.c, plan_params.c and plan_sizes.c share: a plan while it is being made. */
#ifndef OM_CORE_PLAN_MAKER_H
#define OM_CORE_PLAN_MAKER_H

#include "options.h"
#include "parameters.h"
#include "plan.h"
#include "scribe.h"

#define PLAN_NO_OBSTACLE                                                                           \
	{                                                                                          \
		{ 0, 0 }, OWNER_NONE, -1                                                           \
	}

/* What is being decided. Lives on the stack of carveout_plan(). */
struct maker {
	const struct plan_input *in;
	struct plan *out;
	struct survey *s;
	struct room *room;
	struct carveout_options options;
	bool forced;	    /* ramoops.* parameters say where the region is and what it is like */
	struct range place; /* then, and where */
	bool covered;	    /* then, and something in the tree reserves just that */
	struct scribe scribe;
};

/* ---- plan_params.c ------------------------------------------------------------------------ */

/* The node memory-region points to, below /reserved-memory. */
struct plan_target {
	int node; /* -1: there is none */
	bool is_static;
	struct range reg;
};

struct plan_target plan_target_find(const struct survey *s);

struct obstacle plan_obstacle_of(const struct survey_claim *c);

/* What of ramoops.* counts; forced is set if they decide. */
void plan_params_settle(struct maker *m);

/* ---- plan_sizes.c ------------------------------------------------------------------------- */

/* The board's numbers for the region in @g. */
void plan_sizes_default(const struct maker *m, struct geometry *g);

/* The numbers of a region in @g: the parameters', the tree's node's, else the board's. */
void plan_sizes_given(const struct maker *m, struct geometry *g);

/* What oopsmon.* words say; nothing where ramoops.* parameters decide. */
void plan_sizes_user(const struct maker *m, struct geometry *g);

/* What Linux would change or refuse is changed first. False: no sizes fit this region. */
bool plan_sizes_settle(struct maker *m, struct geometry *g);

#endif
