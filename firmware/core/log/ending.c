/* SPDX-License-Identifier: BSD-2-Clause */
#include "ending.h"

#include "core/base/text.h"
#include "prefix.h"

enum {
	ENDING_BYTES = 16 << 10, /* of a log are read to see how it ends */
	LAST_LINES = 8,		 /* that may follow the last word of a shutdown */
	LAST_SECONDS = 5,	 /* in which drivers may say any number of lines more */
	SHORTEST = 4,
	NO_TIME = UINT32_MAX
};

/* Rows with the same first letter are together; "reboot: " came with 3.11. */
static const struct {
	const char *line;
	enum ending ending;
} endings[] = {
	{ "Bye!", ENDING_RESTART }, /* kexec, when nothing of the kernel may be used any more */
	{ "Emergency Restart", ENDING_EMERGENCY },
	{ "Kernel panic - not syncing", ENDING_PANIC },
	{ "Linux version ", ENDING_ABRUPT }, /* a later boot: what was before is over */
	{ "Power down.", ENDING_POWEROFF },
	{ "Power Off", ENDING_POWEROFF },
	{ "Power off", ENDING_POWEROFF },
	{ "Resetting", ENDING_EMERGENCY }, /* after "sysrq: " or "SysRq : " */
	{ "Restarting system", ENDING_RESTART },
	{ "Starting new kernel", ENDING_RESTART },
	{ "System halted", ENDING_POWEROFF },
	{ "kexec_core: Starting new kernel", ENDING_RESTART },
	{ "kexec: Starting new kernel", ENDING_RESTART },
	{ "machine restart", ENDING_RESTART },
	{ "reboot: Restarting system", ENDING_RESTART },
	{ "reboot: Power down", ENDING_POWEROFF },
	{ "reboot: Power off", ENDING_POWEROFF },
	{ "reboot: System halted", ENDING_POWEROFF },
	{ "sysrq: Resetting", ENDING_EMERGENCY },
	{ "sysrq: SysRq : Resetting", ENDING_EMERGENCY }, /* up to 4.19 */
	{ "SysRq : Resetting", ENDING_EMERGENCY },	  /* 3.x */
};

enum { N_ENDINGS = sizeof(endings) / sizeof(endings[0]) };

/* True if @words say how the kernel ends. */
static bool word_of(struct span words, enum ending *ending)
{
	if (words.len < SHORTEST || !memchr("BEKLPRSkmrs", words.p[0], 11))
		return false;
	for (size_t i = 0; i < N_ENDINGS; i++) {
		if (!text_begins(words, endings[i].line))
			continue;
		*ending = endings[i].ending;
		return true;
	}
	return false;
}

/* Seconds of "[   12.345678]" anywhere before the words; NO_TIME if there is none. */
static uint32_t seconds_of(struct span line, struct span words)
{
	struct span before = { line.p, (size_t)(words.p - line.p) };
	uint32_t seconds = NO_TIME;

	while ((before = text_after(before, "[")).len > 0) {
		const struct span number = text_unindented(before);
		size_t n = 0;

		while (n < number.len && text_is_digit(number.p[n]))
			n++;
		if (n > 0 && n < number.len && number.p[n] == '.' && text_number(number, &seconds))
			return seconds;
	}
	return NO_TIME;
}

enum ending ending_of(struct span text)
{
	enum ending ending = ENDING_ABRUPT;
	struct span said = { 0 }, line = { 0 }, words = { 0 };
	uint32_t since = 0, then = NO_TIME, last = NO_TIME;
	struct prefix form;

	if (text.len == 0)
		return ENDING_EMPTY;
	if (text.len > ENDING_BYTES)
		text = text_skip(text, text.len - ENDING_BYTES);
	prefix_learn(text, &form);
	while (text.len > 0) {
		line = text_line(&text);
		words = prefix_cut(&form, line, NULL);
		since++;
		if (!word_of(words, &ending))
			continue;
		since = 0;
		said = line;
		then = seconds_of(line, words);
	}
	/* life went on after it; only a panic may print a long trace */
	if (ending == ENDING_PANIC || ending == ENDING_ABRUPT || since <= LAST_LINES)
		return ending;
	last = seconds_of(line, words);
	if (then == NO_TIME || last == NO_TIME || !said.len)
		return ENDING_ABRUPT;
	return last >= then && last - then <= LAST_SECONDS ? ending : ENDING_ABRUPT;
}
