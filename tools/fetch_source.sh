#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Puts what others made and we pin into a folder: the C files of a library, U-Boot.
#
#   fetch_source.sh zlib|fdt|u-boot DIR CACHE [SOURCE]
#
# It comes from a Debian mirror of the user's own apt configuration (which is only
# read) and must have the SHA-256 below: of several versions the first that a mirror
# has. With SOURCE, a folder that holds the files or the whole unpacked tree, nothing
# is fetched.
set -euo pipefail

lib=$1 dir=$2 cache=$3 source=${4:-}
files="*.c *.h"

# pinned: a SHA-256 and a path in the mirror's pool for each version
case $lib in
zlib)
	pinned="71feb7947e3c00ef125f83b79a4e529bde31171e5babe48b391f06758d1ab0a1
		z/zlib/zlib_1.2.13.dfsg.orig.tar.bz2"
	sub=. probe=inflate.c variable=ZLIB_SRC ;;
fdt)
	pinned="92d8ca769805ae1f176204230438fe52808f4e1c7944053c9eec0e649b237539
		d/device-tree-compiler/device-tree-compiler_1.7.2.orig.tar.xz"
	sub=libfdt probe=fdt_ro.c variable=FDT_SRC ;;
u-boot)
	pinned="a3751b5d36a411457b2e7a2834cdce0e5d40493e6588a65d51c5603740a0c71c
		u/u-boot/u-boot-qemu_2025.01-3+deb13u1_all.deb
		f43cb84dbb23bca2853b5422e28bc03d7b174dd19f41030990fd1e5fdade5234
		u/u-boot/u-boot-qemu_2025.01-3_all.deb"
	sub=usr/lib/u-boot/qemu_arm probe=u-boot.bin files=u-boot.bin variable=UBOOT_SRC ;;
*)
	echo "usage: fetch_source.sh zlib|fdt|u-boot DIR CACHE [SOURCE]" >&2
	exit 2 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

is_pinned() {
	echo "$1  $2" | sha256sum --check --status 2>/dev/null
}

# cached SHA256 PATH: is it in the cache?
cached() {
	is_pinned "$1" "$cache/$(basename "$2")"
}

# download SHA256 PATH: brings it there
download() {
	local mirror

	mkdir -p "$cache"
	for mirror in $mirrors; do
		echo "  fetching $(basename "$2")"
		if /usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file \
			"${mirror}pool/main/$2" "$work/archive" "SHA256:$1" \
			>> "$work/log" 2>&1 < /dev/null &&
			is_pinned "$1" "$work/archive"; then
			mv "$work/archive" "$cache/$(basename "$2")"
			return 0
		fi
	done
	return 1
}

# find_archive HOW: sets $archive to the first version that HOW has
find_archive() {
	local sha256 path

	[ "$1" != download ] || mirrors=$("$(dirname "$0")/mirrors.sh" | sed -n 's/^main //p')
	while read -r sha256 && read -r path; do
		if "$1" "$sha256" "$path"; then
			archive=$cache/$(basename "$path")
			return 0
		fi
	done <<< "$pinned"
	return 1
}

first_name() {
	basename "$(sed -n 2p <<< "$pinned")"
}

if [ -n "$source" ]; then
	tree=$source
else
	archive=
	find_archive cached || find_archive download || true
	if [ -z "$archive" ]; then
		cat "$work/log" >&2 2>/dev/null || true
		echo "oopsmon: $lib could not be fetched from any configured Debian mirror." >&2
		echo "Remedy: check the network, put $(first_name) into $cache, or give" >&2
		echo "a folder with it: make $variable=/path/to/folder" >&2
		exit 1
	fi
	mkdir "$work/tree"
	case $archive in
	*.deb) dpkg-deb -x "$archive" "$work/tree" ;;
	*) tar -xf "$archive" -C "$work/tree" --strip-components=1 ;;
	esac
	tree=$work/tree
fi

[ -f "$tree/$probe" ] || tree=$tree/$sub
if [ ! -f "$tree/$probe" ]; then
	echo "oopsmon: no $probe below $source ($variable)" >&2
	exit 1
fi
rm -rf "$dir"
mkdir -p "$dir"
for pattern in $files; do
	cp "$tree"/$pattern "$dir"/
done
# zlib's tree may not be configured yet: zconf.h is then the plain one it ships.
touch "$dir/.ready"
