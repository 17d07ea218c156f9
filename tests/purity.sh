#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Proves with binutils what firmware/core may not do: I/O, allocation, keeping state.
#
#   purity.sh CROSS CORE.a
#
# All objects together may import only what is listed here, and have no writable data.
set -euo pipefail

cross=$1 archive=$2

allowed="
	memchr memcmp memcpy memmove memset strchr strcmp strcpy strcspn strlen strncmp strnlen
	strrchr strspn strstr
	fdt_[a-z0-9_]+
	inflate inflateInit2_ inflateEnd inflateReset2? inflateSetDictionary adler32
	deflate deflateInit2_ deflateSetDictionary
	__stack_chk_fail __stack_chk_guard
	__aeabi_(u?idiv|u?idivmod|uldivmod|ldivmod) __aeabi_(lasr|llsl|llsr|lmul)
	__aeabi_mem(cpy|move|set|clr)[48]? __(clz|ctz|popcount)[sd]i2"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

objects=$("${cross}ar" t "$archive" | wc -l)
if [ "$objects" = 0 ]; then
	echo "oopsmon: $archive has no object to check" >&2
	exit 1
fi

# One object out of all: what it still lacks comes from outside of core.
"${cross}ld" -r --whole-archive "$archive" -o "$work/core.o"
"${cross}nm" -u "$work/core.o" | sed 's/.* //' | sort -u > "$work/imports"
# shellcheck disable=SC2086
printf '%s\n' $allowed > "$work/allowed"
if foreign=$(grep -vxE -f "$work/allowed" "$work/imports"); then
	echo "oopsmon: firmware/core imports what it may not (tests/purity.sh):" >&2
	for name in $foreign; do
		"${cross}nm" -A -u "$archive" | sed -n "s/^[^:]*:\([^:]*\): *[Uwv] $name\$/    $name  in \1/p" >&2
	done
	exit 1
fi

# Sections that can be written to and take room, whatever they are called (-d: COMMON too).
"${cross}ld" -r -d --whole-archive "$archive" -o "$work/all.o"
if "${cross}readelf" -SW "$work/all.o" | sed -n 's/^ *\[ *[0-9]*\] //p' |
	awk '$7 ~ /W/ && $1 !~ /^\.data\.rel\.ro/ && $5 !~ /^0+$/ { print "    section " $1 " of 0x" $5 " bytes"; found = 1 }
		END { exit !found }' > "$work/writable"; then
	echo "oopsmon: firmware/core keeps writable data (tests/purity.sh):" >&2
	cat "$work/writable" >&2
	"${cross}nm" -A "$archive" | grep -E ' [bBdDcCsSgG] ' | sed 's/^/    /' >&2
	exit 1
fi

echo "pure: $objects objects of firmware/core import $(wc -l < "$work/imports") names and keep no data"
