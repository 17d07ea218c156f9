/* SPDX-License-Identifier: BSD-2-Clause */
#include "notice.h"

#include "console.h"

#include <stdarg.h>

void notice(enum notice code, const char *format, ...)
{
	va_list args;

	con_fresh_line(); /* a fault can come in the middle of a line */
	con_printf("oopsmon: E%u ", (uint32_t)code);
	va_start(args, format);
	con_vprintf(format, args);
	va_end(args);
	con_printf("\n");
}
