/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the crashes of a board are kept: OUT/LABEL/TIME-VERDICT-ID, one folder for each. The
 * same crash reported again goes to the folder it has; what is there is only ever completed.
 */
#ifndef OM_TOOLS_KEEP_H
#define OM_TOOLS_KEEP_H

#include "events.h"
#include "quota.h"

#include <limits.h>

/**
 * keep_report - save a report
 * @out_dir: made if it is not there
 * @quota:   what it counts in
 * @folder:  set to the crash's folder, also with KEPT_BEFORE and KEPT_FAILED
 * @more:    @folder holds an earlier state of this very report: save it there
 */
enum kept keep_report(const char *program, const char *out_dir, const char *label,
		      struct quota *quota, const struct report *r, char folder[PATH_MAX],
		      bool more);

/* Makes OUT/LABEL/NAME or, if that is there, NAME-2, ...; false after a message. */
bool keep_new_folder(const char *program, const char *parent, const char *name, struct quota *quota,
		     char folder[PATH_MAX]);

#endif
