/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keyboard, if `oopsmon watch` takes the place of a terminal program: keys go to the board
 * as they are, Ctrl-C included; Ctrl-] and another key is ours.
 */
#ifndef OM_TOOLS_KEYS_H
#define OM_TOOLS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

struct keys {
	bool on;
	bool escaped; /* Ctrl-] was the last key */
	struct termios before;
};

enum key_action {
	KEY_NOTHING,
	KEY_TO_BOARD,
	KEY_LEAVE,
	KEY_BREAK,
	KEY_FETCH,
	KEY_SHOW_HELP,
};

/* Raw mode, if standard input is a terminal and ours to read; else keys->on stays false. */
void keys_begin(struct keys *k);

/* The terminal as it was; may be called again, and from a signal handler. */
void keys_end(struct keys *k);

/* What one byte from the keyboard asks for. */
enum key_action keys_take(struct keys *k, uint8_t byte);

#endif
