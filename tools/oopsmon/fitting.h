/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sizes that options or a device tree give, held against the bytes of a region, and what is
 * printed if they do not fit. firmware/core/ramoops/search.h decides.
 */
#ifndef OM_TOOLS_FITTING_H
#define OM_TOOLS_FITTING_H

#include "sizes.h"

#include "core/ramoops/search.h"

/**
 * fitting_check - do the sizes fit the region that was opened with them?
 * @there:  the region's bytes, without what is padding
 * @filled: which stretches of them hold something, as struct search_known has it
 * @region: opened
 * @fit, @found: as search_check()
 *
 * Prints a warning if they do not. Returns false without memory: then nothing was checked.
 */
bool fitting_check(const struct sizes *s, const struct input *in, struct span there,
		   const bool *filled, const struct region *region, struct fit *fit,
		   struct found *found);

/* Prints that sizes do not fit. @found: what the bytes say; used with FIT_OTHER only. */
void fitting_warn(const struct sizes *s, const struct input *in, const struct fit *fit,
		  const struct found *found);

/* Exit code for what fitting_check() found. */
int fitting_code(const struct fit *fit);

/* "fit", "completed", "contradicted" */
const char *fitting_name(const struct fit *fit);

#endif
