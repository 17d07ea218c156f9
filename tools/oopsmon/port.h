/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A serial port of this machine, raw, 8N1, without flow control: real ones through
 * libserialport, pseudo-terminals (socat, QEMU, conserver), which it does not know, by termios.
 */
#ifndef OM_TOOLS_PORT_H
#define OM_TOOLS_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sp_port;

struct port {
	const char *path; /* as given; links such as /dev/serial/by-id/... are followed anew at
			     each opening */
	int fd;		  /* for poll(2), not blocking; -1: not open */
	struct sp_port *sp;
};

/* Why a port cannot be opened, for people. */
struct port_trouble {
	char why[192];
	bool lasting; /* it is there and waiting will not help: rights, busy, no serial port */
};

/* Returns false with @trouble filled in. Locks the port (flock) against other programs. */
bool port_open(struct port *p, uint32_t baud, struct port_trouble *trouble);

void port_close(struct port *p);

/**
 * port_read - what has come
 * @revents: of poll(2)
 *
 * Returns bytes read, 0: none now, -1: the port is gone (errno says why; 0: hung up).
 */
ssize_t port_read(struct port *p, short revents, uint8_t *to, size_t cap);

/* Returns bytes taken, which may be 0. Errors are left to port_read(). */
size_t port_write(struct port *p, const uint8_t *from, size_t len);

/* A break on the line, a quarter of a second or so: Linux's magic SysRq on a serial console. */
void port_break(struct port *p);

#endif
