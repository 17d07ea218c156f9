#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Installs what is missing, from Debian packages by name, and says what it does.
#
#   setup.sh build                what every goal needs
#   setup.sh image                the cross compiler, on top of build
#   setup.sh host                 the host program's libraries, on top of build
#   setup.sh syslibs              zlib and libfdt, on top of host: `make host SYSTEM_LIBS=1`
#   setup.sh demo                 what runs the image, on top of image and host
#   setup.sh test                 what the tests use, on top of demo
#   setup.sh arches               what `make check-arches` needs, on top of build
#   setup.sh fuzz                 the fuzzers, on top of test
#   setup.sh bench                what `make bench` counts with, on top of demo
#   setup.sh kernel               what compiles Linux, asked for when none is cached
#
# Only the package list of the system's own apt is used; its settings stay as they are.
# Without root it prints the command to run and fails.
set -euo pipefail

# why in a word, then the packages
build="everything that is compiled:
	gcc libc6-dev bzip2 xz-utils"
image="the images:
	gcc-arm-none-eabi libnewlib-arm-none-eabi gcc-aarch64-linux-gnu python3"
host="the host program's libraries:
	libjansson-dev libelf-dev liblz4-dev liblzo2-dev libzstd-dev liblzma-dev libserialport-dev"
syslibs="the host program with this system's zlib and libfdt:
	zlib1g-dev libfdt-dev"
demo="the machine that is crashed:
	qemu-system-arm"
kernel="compiling Linux once, as none is cached:
	gcc-arm-linux-gnueabihf flex bison bc"
test="the tests:
	libcmocka-dev python3-pytest python3-pytest-xdist clang-format-14 cppcheck device-tree-compiler dt-schema
	valgrind lrzsz socat tio picocom minicom moreutils u-boot-tools u-boot-qemu shellcheck"
bench="the figures:
	valgrind libfec-dev"
arches="core built for other machines:
	gcc-arm-linux-gnueabihf libc6-dev-armhf-cross gcc-aarch64-linux-gnu libc6-dev-arm64-cross
	gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user"
fuzz="the fuzzers:
	clang-14 libclang-rt-14-dev llvm-14 afl++"

case ${1:-} in
build) groups="build" ;;
image) groups="build image" ;;
host) groups="build host" ;;
syslibs) groups="build host syslibs" ;;
demo) groups="build image host demo" ;;
test) groups="build image host syslibs demo test" ;;
kernel) groups="kernel" ;;
bench) groups="build image host demo bench" ;;
arches) groups="build arches" ;;
fuzz) groups="build image host syslibs demo test fuzz" ;;
*)
	echo "usage: setup.sh build|image|host|syslibs|demo|test|kernel|bench|arches|fuzz" >&2
	exit 2 ;;
esac

# missing_of PACKAGE...: those that are not installed
missing_of() {
	local installed
	installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
		sed -n 's/^installed //p' || true)
	printf '%s\n' "$@" | grep -vxF "$installed" || true
}

missing=() reasons=()
for group in $groups; do
	packages=${!group#*:}
	mapfile -t lacking < <(missing_of $packages)
	[ ${#lacking[@]} -eq 0 ] && continue
	missing+=("${lacking[@]}")
	reasons+=("  for ${!group%%:*}: ${lacking[*]}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "oopsmon needs ${#missing[@]} more Debian package(s):"
printf '%s\n' "${reasons[@]}"

command=(apt-get install -y --no-install-recommends "${missing[@]}")
if [ "$(id -u)" = 0 ]; then
	root=()
elif sudo -n true 2>/dev/null; then
	root=(sudo -n)
else
	echo "This needs root. Please run:" >&2
	if command -v sudo > /dev/null; then echo "    sudo ${command[*]}" >&2
	else echo "    su -c '${command[*]}'" >&2; fi
	echo "(if apt does not know a package: apt-get update first), then make again." >&2
	exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Reads apt's status lines (kind:what:percent:text) and shows the percentage.
show_progress() {
	local kind what percent text shown=-25
	while IFS=: read -r kind what percent text; do
		percent=${percent%%.*}
		case $kind in
		dlstatus) text="downloading" ;;
		pmstatus) text="installing" ;;
		*) continue ;;
		esac
		if [ -t 1 ]; then
			printf '\r  SETUP   %s, %s %%\033[K' "$text" "$percent"
		elif [ "$percent" -ge $((shown + 25)) ] || [ "$percent" -lt "$shown" ]; then
			shown=$percent
			echo "  SETUP   $text, $percent %"
		fi
	done
	[ ! -t 1 ] || printf '\r\033[K'
}

# apt ARGUMENT...: as root, its talk in the log, its progress shown. The descriptors are
# arranged by the inner shell because sudo closes all but the first three.
apt() {
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c 'exec apt-get -q \
		-o APT::Status-Fd=3 -o DPkg::Lock::Timeout=300 "$@" 3>&1 1>&2' apt "$@" \
		2>> "$log" < /dev/null | show_progress
}

update() {
	echo "  SETUP   refreshing apt's package lists"
	apt update
}

# The lists may lack a package (fresh machine) or be too old to download from.
if ! apt-get -s install --no-install-recommends "${missing[@]}" > /dev/null 2>&1; then
	update || true
fi
if ! apt "${command[@]:1}" && ! { update && apt "${command[@]:1}"; }; then
	cat "$log" >&2
	echo "oopsmon: the packages could not be installed, see apt's words above. To try by hand:" >&2
	echo "    ${command[*]}" >&2
	exit 1
fi
echo "  SETUP   ${#missing[@]} package(s) installed"
