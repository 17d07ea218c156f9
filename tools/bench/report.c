/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report of a region as the monitor prints it:
 *
 *     report RECORD CONSOLE FTRACE PMSG ECC CPUS [SECONDS BAUD PARITY [BOOT [ID]]] < region > log
 *
 * Sizes as linux_reader has them but for the order, which is that of tests/data/regions;
 * CPUS 0: one ftrace zone. SECONDS 0: no limit. ID 0: the crash's own. Board, verdict and base
 * address are made up. Exit status 0: reported completely, 2: no such region, 3: cut.
 */
#include "core/report/report_send.h"
#include "crash.h"

static void print(void *ctx, const char *chars, size_t len)
{
	(void)ctx;
	printf("%.*s\r\n", (int)len, chars);
}

static uint32_t number(int argc, char **argv, int i, uint32_t usual)
{
	return i < argc ? crash_number(argv[i]) : usual;
}

int main(int argc, char **argv)
{
	static struct crash crash;
	static struct report_send send;
	struct report_job *job = &crash.job;
	struct report_options options;

	if (argc < 1 + CRASH_SIZES || !crash_read(&crash, argv + 1)) {
		fprintf(stderr, "report: sizes do not fit\n");
		return 2;
	}
	options = (struct report_options){ .seconds = number(argc, argv, 7, 0) };
	job->head.baud = number(argc, argv, 8, job->head.baud);
	job->head.boot_count = number(argc, argv, 10, job->head.boot_count);
	if (number(argc, argv, 11, 0))
		job->head.id = crash_number(argv[11]);
	send = (struct report_send){
		.chapters = chapters_start(job),
		.parity = number(argc, argv, 9, 15),
		.seconds = options.seconds,
		.budget = report_budget_bytes(&options, job->head.baud),
		.print = print,
	};
	return send.chapters && report_send(&send) ? 0 : 3;
}
