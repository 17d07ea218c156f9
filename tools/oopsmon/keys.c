/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys.h"

#include <unistd.h>

enum { CTRL_RIGHT_BRACKET = 0x1d /* telnet's, and no key of an editor or a shell */ };

void keys_begin(struct keys *k)
{
	struct termios raw;

	*k = (struct keys){ 0 };
	/* in the background the terminal is not ours */
	if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp() ||
	    tcgetattr(STDIN_FILENO, &k->before) != 0)
		return;
	raw = k->before;
	cfmakeraw(&raw);
	raw.c_oflag = k->before.c_oflag; /* our own lines end with a newline alone */
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	k->on = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

void keys_end(struct keys *k)
{
	if (k->on)
		tcsetattr(STDIN_FILENO, TCSANOW, &k->before);
	k->on = false;
}

enum key_action keys_take(struct keys *k, uint8_t byte)
{
	static const struct {
		char key;
		enum key_action action;
	} keys[] = {
		{ 'x', KEY_LEAVE },
		{ 'q', KEY_LEAVE },
		{ 'b', KEY_BREAK },
		{ 'f', KEY_FETCH },
		{ '?', KEY_SHOW_HELP },
		{ 'h', KEY_SHOW_HELP },
		{ CTRL_RIGHT_BRACKET, KEY_TO_BOARD },
	};

	if (!k->escaped) {
		k->escaped = byte == CTRL_RIGHT_BRACKET;
		return k->escaped ? KEY_NOTHING : KEY_TO_BOARD;
	}
	k->escaped = false;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if ((uint8_t)keys[i].key == byte)
			return keys[i].action;
	return KEY_SHOW_HELP;
}
