/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device that fails, for LD_PRELOAD: pread() of anything between the offsets in the environment
 * variable READ_ERRORS, "FROM TO", returns EIO.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>

ssize_t pread(int fd, void *to, size_t len, off_t off)
{
	ssize_t (*real)(int, void *, size_t, off_t) = dlsym(RTLD_NEXT, "pread");
	const char *range = getenv("READ_ERRORS");
	char *end = NULL;
	const long long from = range ? strtoll(range, &end, 10) : 0;
	const long long until = range ? strtoll(end, NULL, 10) : 0;

	if (off < until && off + (long long)len > from) {
		errno = EIO;
		return -1;
	}
	return real(fd, to, len, off);
}
