#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Lists the Debian mirrors of the system's own apt configuration, one a line:
#
#   main URI/          has the package pool and the suites
#   security URI/      has the security suites
#
# Asks what `apt-get update` would fetch, which downloads nothing, needs no root and also
# works where the package lists were deleted. Other makers' repositories may be among the
# lines when they use Debian's suite names: what is taken from a mirror is checked anyway.
set -eu

apt-get --print-uris update 2>/dev/null |
	sed -n "s#^'\([^']*/\)dists/\([^']*\)/InRelease' .*#\1 \2#p" |
	while read -r uri suite; do
		case $suite in
		*-security | */updates) echo "security $uri" ;;
		stable | oldstable | testing | sid | bullseye | bookworm | trixie | forky) echo "main $uri" ;;
		esac
	done | sort -u
