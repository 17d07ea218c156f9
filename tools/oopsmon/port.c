/* SPDX-License-Identifier: BSD-2-Clause */
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static bool __attribute__((format(printf, 3, 4)))
fail(struct port_trouble *trouble, bool lasting, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(trouble->why, sizeof(trouble->why), format, args);
	va_end(args);
	trouble->lasting = lasting;
	return false;
}

/* Cause and remedy of a failed opening. */
static bool fail_errno(struct port_trouble *trouble, int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return fail(trouble, true,
			    "permission denied: serial ports belong to the group dialout: "
			    "`sudo adduser $USER dialout`, then log in anew");
	case EBUSY:
	case EWOULDBLOCK:
		return fail(trouble, true,
			    "another program has it open: `fuser -v` with the port's name says "
			    "which");
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return fail(trouble, false, "not there");
	case EIO:
		return fail(trouble, false, "the device does not answer");
	default:
		return fail(trouble, false, "%s", strerror(error));
	}
}

/* ---- pseudo-terminals --------------------------------------------------------------------- */

static bool open_pty(struct port *p, struct port_trouble *trouble)
{
	struct termios t;

	p->fd = open(p->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (p->fd < 0)
		return fail_errno(trouble, errno);
	if (tcgetattr(p->fd, &t) != 0)
		return fail(trouble, true, "no serial port; `oopsmon decode` reads files");
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	return tcsetattr(p->fd, TCSANOW, &t) == 0 || fail_errno(trouble, errno);
}

/* ---- real ports --------------------------------------------------------------------------- */

static bool set_up(struct sp_port *sp, uint32_t baud)
{
	return sp_set_baudrate(sp, (int)baud) == SP_OK && sp_set_bits(sp, 8) == SP_OK &&
	       sp_set_parity(sp, SP_PARITY_NONE) == SP_OK && sp_set_stopbits(sp, 1) == SP_OK &&
	       sp_set_flowcontrol(sp, SP_FLOWCONTROL_NONE) == SP_OK;
}

static bool open_real(struct port *p, uint32_t baud, struct port_trouble *trouble)
{
	if (sp_open(p->sp, SP_MODE_READ_WRITE) != SP_OK)
		return fail_errno(trouble, sp_last_error_code());
	if (sp_get_port_handle(p->sp, &p->fd) != SP_OK)
		return fail(trouble, false, "no file descriptor");
	fcntl(p->fd, F_SETFD, FD_CLOEXEC);
	if (!set_up(p->sp, baud)) {
		const int error = sp_last_error_code();

		if (error == EINVAL)
			return fail(trouble, true, "it cannot do %u baud", (unsigned)baud);
		return fail_errno(trouble, error);
	}
	return true;
}

/* ---- both --------------------------------------------------------------------------------- */

bool port_open(struct port *p, uint32_t baud, struct port_trouble *trouble)
{
	char *real = realpath(p->path, NULL);
	struct stat st;
	bool done;

	p->fd = -1;
	p->sp = NULL;
	if (!real)
		return fail_errno(trouble, errno);
	if (stat(real, &st) != 0 || !S_ISCHR(st.st_mode)) {
		free(real);
		return fail(trouble, true, "no serial port; `oopsmon decode` reads files");
	}
	/* a device it does not know, such as a pseudo-terminal, gives no port */
	if (sp_get_port_by_name(real, &p->sp) == SP_OK)
		done = open_real(p, baud, trouble);
	else
		done = open_pty(p, trouble);
	free(real);
	if (done && flock(p->fd, LOCK_EX | LOCK_NB) != 0)
		done = fail_errno(trouble, errno);
	if (!done)
		port_close(p);
	return done;
}

void port_close(struct port *p)
{
	if (p->sp) {
		sp_close(p->sp);
		sp_free_port(p->sp);
	} else if (p->fd >= 0) {
		close(p->fd);
	}
	p->sp = NULL;
	p->fd = -1;
}

ssize_t port_read(struct port *p, short revents, uint8_t *to, size_t cap)
{
	const ssize_t n = read(p->fd, to, cap);

	if (n > 0)
		return n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return revents & (POLLHUP | POLLNVAL) ? -1 : 0;
	if (n == 0)
		errno = 0;
	/* a real port has VMIN 0: nothing there now and hung up both read as 0 */
	return n < 0 || (revents & (POLLHUP | POLLERR | POLLNVAL)) || !p->sp ? -1 : 0;
}

size_t port_write(struct port *p, const uint8_t *from, size_t len)
{
	const ssize_t n = p->fd >= 0 ? write(p->fd, from, len) : 0;

	return n > 0 ? (size_t)n : 0;
}

void port_break(struct port *p)
{
	if (p->fd >= 0)
		tcsendbreak(p->fd, 0);
}
