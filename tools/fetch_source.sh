#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Puts the C files of one pinned library into a folder.
#
#   fetch_source.sh zlib|fdt DIR CACHE [SOURCE]
#
# The upstream archive comes from a Debian mirror of the user's own apt
# configuration (which is only read) and must have the SHA-256 below. With SOURCE,
# a folder that holds the files or the whole upstream tree, nothing is fetched.
set -euo pipefail

lib=$1 dir=$2 cache=$3 source=${4:-}

case $lib in
zlib)
	path=pool/main/z/zlib/zlib_1.2.13.dfsg.orig.tar.bz2
	sha256=71feb7947e3c00ef125f83b79a4e529bde31171e5babe48b391f06758d1ab0a1
	sub=. probe=inflate.c variable=ZLIB_SRC ;;
fdt)
	path=pool/main/d/device-tree-compiler/device-tree-compiler_1.7.2.orig.tar.xz
	sha256=92d8ca769805ae1f176204230438fe52808f4e1c7944053c9eec0e649b237539
	sub=libfdt probe=fdt_ro.c variable=FDT_SRC ;;
*)
	echo "usage: fetch_source.sh zlib|fdt DIR CACHE [SOURCE]" >&2
	exit 2 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ -n "$source" ]; then
	tree=$source
else
	archive=$cache/$(basename "$path")
	if ! echo "$sha256  $archive" | sha256sum --check --status 2>/dev/null; then
		mkdir -p "$cache"
		mirrors=$("$(dirname "$0")/mirrors.sh" | sed -n 's/^main //p')
		for mirror in $mirrors; do
			echo "  fetching $(basename "$path")"
			if /usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file \
				"$mirror$path" "$work/archive" "SHA256:$sha256" >> "$work/log" 2>&1; then
				mv "$work/archive" "$archive"
				break
			fi
		done
	fi
	if ! echo "$sha256  $archive" | sha256sum --check --status 2>/dev/null; then
		cat "$work/log" >&2 2>/dev/null || true
		echo "oopsmon: $lib could not be fetched from any configured Debian mirror." >&2
		echo "Remedy: check the network, put $(basename "$path") into $cache, or give" >&2
		echo "a folder with its sources: make $variable=/path/to/source" >&2
		exit 1
	fi
	mkdir "$work/tree"
	tar -xf "$archive" -C "$work/tree" --strip-components=1
	tree=$work/tree
fi

[ -f "$tree/$probe" ] || tree=$tree/$sub
if [ ! -f "$tree/$probe" ]; then
	echo "oopsmon: no $probe below $source ($variable)" >&2
	exit 1
fi
rm -rf "$dir"
mkdir -p "$dir"
cp "$tree"/*.c "$tree"/*.h "$dir"/
# zlib's tree may not be configured yet: zconf.h is then the plain one it ships.
touch "$dir/.ready"
