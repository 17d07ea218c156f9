/* SPDX-License-Identifier: BSD-2-Clause */
/* The tests of rs_test.c over the way the image takes: a byte per step, 4 KiB of tables. */
#define OM_RS_SMALL

#include "core/ecc/rs.c"

#include "rs_test.c"
