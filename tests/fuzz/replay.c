/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzz target without a fuzzer: runs it over files and over all files of folders, each
 * input in memory of exactly its size. An input that takes longer than SLOW_SECONDS of
 * processor time is a finding as well.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <time.h>

#ifndef SLOW_SECONDS
#define SLOW_SECONDS 3 /* more on a machine that is emulated */
#endif

enum { INPUT_MAX = 4 << 20, PATH_BYTES = 4096 };

static bool replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *room = malloc(INPUT_MAX);
	const size_t len = f && room ? fread(room, 1, INPUT_MAX, f) : 0;
	uint8_t *input = f && room ? malloc(len) : NULL;
	bool good = false;

	if (!input || ferror(f)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	} else {
		const clock_t start = clock();

		memcpy(input, room, len);
		/* the name before the run: a crash ends it */
		fprintf(stderr, "%s\n", path);
		LLVMFuzzerTestOneInput(input, len);
		good = clock() - start < (clock_t)SLOW_SECONDS * CLOCKS_PER_SEC;
		if (!good)
			fprintf(stderr, "%s: slow\n", path);
	}
	if (f)
		fclose(f);
	free(input);
	free(room);
	return good;
}

/* Every file in @path if it is a folder, else @path itself; false after a message. */
static bool replay(const char *path, uint32_t *n)
{
	DIR *dir = opendir(path);
	bool good = true;

	if (!dir) {
		++*n;
		return replay_file(path);
	}
	for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		char file[PATH_BYTES];

		if (e->d_name[0] == '.')
			continue;
		if (snprintf(file, sizeof(file), "%s/%s", path, e->d_name) >= (int)sizeof(file))
			continue;
		++*n;
		good &= replay_file(file);
	}
	closedir(dir);
	return good;
}

int main(int argc, char **argv)
{
	bool good = true;
	uint32_t n = 0;

	for (int i = 1; i < argc; i++)
		good &= replay(argv[i], &n);
	printf("%u inputs\n", n);
	return good && n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
