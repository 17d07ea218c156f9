/* SPDX-License-Identifier: BSD-2-Clause */
/* `oopsmon decode`: the records of a region dump. */
#include "commands.h"

#include <stdio.h>

int decode_command(int argc, char **argv)
{
	(void)argc;
	fprintf(stderr, "%s: reads no region yet\n", argv[0]);
	return EXIT_TROUBLE;
}
