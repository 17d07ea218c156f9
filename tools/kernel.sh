#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Provides the Linux that demo, tests and bench crash, made once from Debian's
# kernel source and kept in a cache.
#
#   kernel.sh DIR CACHE [ZIMAGE]
#   kernel.sh --corpus 5.10|6.1|6.12|newest DIR CACHE
#   kernel.sh --module DIR CACHE
#
# DIR gets zImage, System.map, version, lkdtm.ko (the kernel's own crash test module),
# busybox (armhf, static), dtbs/ (boards of the same kernel tree), bindings/ (its
# schemas of reserved memory and flash partitions) and, last, .ready. With ZIMAGE that
# file is the kernel.
#
# --corpus makes a kernel of another series for `make corpus` (tests/corpus), with a
# configuration of its own; DIR gets zImage, System.map, version, busybox and .ready.
#
# --module makes the usual kernel with ramoops as a module: DIR gets ramoops.ko and
# reed_solomon.ko as well, and no boards.
#
# The packages come from the Debian mirror of the user's own apt configuration, through
# an apt state of our own: nothing is installed and no setting is touched.
set -euo pipefail

# Our own make's variables (O=, -j …) must not reach the kernel's.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES KBUILD_OUTPUT O V
here=$(cd "$(dirname "$0")" && pwd)
kind=kernel series=6.1 config=$here/kernel-arm32.config
# How many lines the compile prints, for the percentage only.
compile_lines=1400
if [ "$1" = --corpus ]; then
	kind=corpus series=$2 config=$here/kernel-corpus.config
	compile_lines=1100
	shift 2
elif [ "$1" = --module ]; then
	kind=module
	shift
fi
dir=$1 cache=$2 own_zimage=${3:-}

# Raise when something else is made from the same source and configuration.
recipe=1

dtbs="arm/vexpress-v2p-ca9 arm/vexpress-v2p-ca15-tc1 arm/imx6q-sabrelite arm/imx7d-sdb arm/imx6ul-14x14-evk
	arm/sun8i-h3-orangepi-pc arm/bcm2836-rpi-2-b arm/bcm2711-rpi-4-b arm/am335x-boneblack
	arm/stm32mp157c-dk2 arm/rk3288-veyron-jerry arm/exynos4412-odroidu3 arm/zynq-zed
	arm/qcom-apq8064-asus-nexus7-flo arm/tegra30-ouya arm/aspeed-bmc-opp-tacoma
	arm/tegra30-asus-nexus7-grouper-E1565
	arm64/hisilicon/hi6220-hikey arm64/hisilicon/hi3660-hikey960 arm64/qcom/apq8016-sbc
	arm64/qcom/msm8992-lg-bullhead-rev-10 arm64/qcom/sdm845-oneplus-enchilada
	arm64/ti/k3-am625-sk"

# below Documentation/devicetree/bindings; the last one is referred to by mtd.yaml
bindings="reserved-memory mtd/mtd.yaml mtd/mtd-physmap.yaml mtd/partitions nvmem/nvmem.yaml"

what="$recipe $dtbs $bindings"
[ $kind = kernel ] || what="$recipe $kind $series"
# set after the fragment is read, so that both kernels come from one list
module_options=
[ $kind != module ] || module_options=CONFIG_PSTORE_RAM=m
key=$( (sed '/^#/d' "$config" | sort -u; echo "$what") | sha256sum | cut -c1-12)
work= job=
log=

finish() {
	[ -z "$job" ] || kill -- "-$job" 2>/dev/null || true
	[ -z "$work" ] || rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Newest cached kernel that matches a pattern, or nothing.
cached() {
	find "$cache" -maxdepth 1 -type d -name "$1" 2>/dev/null | sort -V | tail -n 1
}

# install_from CACHED: fills DIR; .ready comes last, so a cut copy is not taken for one.
install_from() {
	rm -rf "$dir"
	mkdir -p "$dir"
	cp -r "$1"/. "$dir"/
	if [ -n "$own_zimage" ]; then
		cp "$own_zimage" "$dir/zImage"
		rm -f "$dir/System.map" "$dir/lkdtm.ko"
		echo "user's $own_zimage" > "$dir/version"
	fi
	touch "$dir/.ready"
	echo "  KERNEL  Linux $(cat "$dir/version") in $dir"
}

# step WHAT TOTAL COUNT COMMAND...: runs COMMAND with its output in the log and shows how
# far it is; the function COUNT prints a number that reaches TOTAL (0: unknown) at the end.
step() {
	local what=$1 total=$2 count=$3 begin=$SECONDS shown=-10 percent text
	shift 3
	printf '== %s\n' "$what" >> "$log"
	[ -t 1 ] || echo "  KERNEL  $what"
	set -m		# a process group of its own, so that an interrupt ends all of it
	"$@" >> "$log" 2>&1 < /dev/null &
	job=$!
	set +m
	while kill -0 "$job" 2>/dev/null; do
		percent=0
		[ "$total" = 0 ] || percent=$(($($count) * 100 / total))
		[ "$percent" -lt 100 ] || percent=99
		text="  KERNEL  $what"
		[ "$total" = 0 ] || text+=", $percent %"
		if [ -t 1 ]; then
			printf '\r%s (%d s)\033[K' "$text" $((SECONDS - begin))
		elif [ "$percent" -ge $((shown + 10)) ] && [ "$percent" -gt 0 ]; then
			shown=$percent
			echo "$text"
		fi
		sleep 0.3
	done
	[ ! -t 1 ] || printf '\r\033[K'
	if ! wait "$job"; then
		job=
		return 1
	fi
	job=
	[ ! -t 1 ] || echo "  KERNEL  $what: done in $((SECONDS - begin)) s"
}

failed() {
	mv "$log" "$cache/kernel-build.log"	# the work folder goes away
	log=$cache/kernel-build.log
	echo "oopsmon: $1" >&2
	echo "The last lines of $log:" >&2
	tail -n 15 "$log" | sed 's/^/    /' >&2
	[ -z "${2:-}" ] || echo "$2" >&2
	exit 1
}

# ---- packages, through a private apt state ------------------------------------------
# suites main|security: those of Debian that have the source of this series
suites() {
	case $series.$1 in
	5.10.main) echo bullseye ;;
	5.10.security) echo bullseye-security ;;
	newest.main) echo trixie-backports sid ;;
	newest.*) ;;
	*.security) echo bookworm-security ;;
	esac
}

private_apt() {
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg

	mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial"
	: > "$work/apt/status"
	# The Debian mirrors this machine already uses. Each is asked for one architecture,
	# as a mirror caught in the middle of an update fails as a whole: the security one
	# for the kernel source alone, the main one for busybox too.
	"$here/mirrors.sh" | while read -r has uri; do
		[ "$has" != main ] || echo "bookworm armhf $uri"
		for suite in $(suites "$has"); do
			echo "$suite $(dpkg --print-architecture) $uri"
		done
	done | while read -r suite arch uri; do
		echo "deb [arch=$arch signed-by=$keyring] $uri $suite main"
	done > "$work/apt/sources.list"
	# A file, not options: only a file can empty the hooks that the user's own
	# configuration attaches to downloads.
	cat > "$work/apt/apt.conf" <<-END
		Dir::State "$work/apt";
		Dir::State::lists "$work/apt/lists";
		Dir::State::status "$work/apt/status";
		Dir::Cache "$work/apt";
		Dir::Etc::sourcelist "$work/apt/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		#clear APT::Architectures;
		APT::Architectures { "$(dpkg --print-architecture)"; "armhf"; };
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear DPkg::Post-Invoke;
		APT::Sandbox::User "";
		Acquire::Languages "none";
		Acquire::Retries "3";
	END
}

# A list that cannot be had (mirrors are caught in the middle of an update now and then)
# is no failure yet: another one may do, and the download shows.
package_lists() {
	apt-get -c "$work/apt/apt.conf" -q update || true
}

# Which series is the newest is known when the lists are there.
find_series() {
	[ "$series" = newest ] || return 0
	series=$(apt-cache -c "$work/apt/apt.conf" search --names-only '^linux-source-[0-9.]*$' |
		sed 's/^linux-source-\([0-9.]*\) .*/\1/' | sort -V | tail -n 1)
	[ -n "$series" ]
}

download() {
	(cd "$work" && apt-get -c "$work/apt/apt.conf" -q download \
		"$source" busybox-static:armhf)
}

downloaded_kib() {
	du -sk "$work" | cut -f1
}

candidate_version() {
	apt-cache -c "$work/apt/apt.conf" policy "$source" | sed -n 's/^ *Candidate: //p'
}

# ---- kernel ----------------------------------------------------------------------------
none() { echo 0; }

# Two thirds of the source are drivers and processors this kernel has no use for.
exclude_unused() {
	local folder

	echo --wildcards
	for folder in drivers/{gpu,net,media,staging,scsi,infiniband} sound; do
		echo "--exclude=$source/$folder/*.[ch]"
	done
	for folder in al* arc [b-z]*; do
		echo "--exclude=$source/arch/$folder/*.[chS]"
	done
	for folder in testing perf; do
		echo "--exclude=$source/tools/$folder"
	done
}

# These run as conditions, where `set -e` is off: hence the &&.
unpack() {
	local options

	mapfile -t options < <(set -f; exclude_unused)
	dpkg -x "$work"/busybox-static_*.deb "$work/bb" &&
		dpkg --fsys-tarfile "$work/${source}"_*.deb |
		tar -x -O "./usr/src/$source.tar.xz" > "$work/source.tar.xz" &&
		tar -x -I 'xz -T0' -C "$work" -f "$work/source.tar.xz" "${options[@]}" &&
		rm -f "$work"/*.deb "$work/source.tar.xz"
}

kernel_make() {
	make -C "$work/$source" -j"$(nproc)" ARCH=arm CROSS_COMPILE=arm-linux-gnueabihf- \
		KBUILD_BUILD_TIMESTAMP='1970-01-01 00:00:00 UTC' KBUILD_BUILD_USER=oopsmon \
		KBUILD_BUILD_HOST=oopsmon KBUILD_BUILD_VERSION=1 "$@"
}

compile() {
	{ grep -v "^${module_options%=*}=" "$config"; echo "$module_options"; } > "$work/config" &&
		kernel_make KCONFIG_ALLCONFIG="$work/config" allnoconfig &&
		kernel_make zImage $([ $kind = corpus ] || echo modules)
}

compiled_lines() {
	grep -c '^  [A-Z]' "$log" || true
}

# dtb ARCH/NAME: one board's device tree as its own kernel build would make it.
dtb() {
	local folder=arch/${1%%/*}/boot/dts name=${1#*/}

	arm-linux-gnueabihf-gcc -E -nostdinc -undef -D__DTS__ -x assembler-with-cpp \
		-Iscripts/dtc/include-prefixes "$folder/$name.dts" -o "$work/board.dts" &&
		scripts/dtc/dtc -q -I dts -O dtb -i "$folder" -i scripts/dtc/include-prefixes \
			-o "$work/out/dtbs/${name##*/}.dtb" "$work/board.dts"
}

boards() {
	local out=$work/out name

	mkdir -p "$out/dtbs" "$out/bindings"
	for name in $dtbs; do
		dtb "$name" || return
	done
	cp drivers/misc/lkdtm/lkdtm.ko "$out"/ &&
		arm-linux-gnueabihf-strip --strip-debug "$out/lkdtm.ko" &&
		(cd Documentation/devicetree/bindings && cp -r --parents $bindings "$out/bindings")
}

collect() {
	local out=$work/out

	mkdir -p "$out" && cd "$work/$source" || return
	[ $kind != kernel ] || boards || return
	[ $kind != module ] || cp fs/pstore/ramoops.ko lib/reed_solomon/reed_solomon.ko "$out"/ ||
		return
	cp arch/arm/boot/zImage System.map "$work/bb/bin/busybox" "$out"/ &&
		echo "$version" > "$out/version"
}

# ---- the order of things ---------------------------------------------------------------
mkdir -p "$cache"
{	# read as a whole before it runs: the script may be changed meanwhile
have=$(cached "$kind-*-$key")
if [ -n "$have" ]; then
	install_from "$have"
	exit 0
fi

echo "  KERNEL  Linux $series is built once, from Debian's linux-source (about 3 minutes, 0.8 GB"
echo "          for the time of the build), and then kept in $cache"
"$here/setup.sh" kernel

work=$(mktemp -d "$cache/tmp.XXXXXX")
log=$work/log
private_apt
if ! step "package lists" 0 none package_lists || ! find_series || ! source=linux-source-$series ||
	! version=$(candidate_version) || [ -z "$version" ] ||
	! step "download of $source $version" 141000 downloaded_kib download; then
	have=$(cached "$kind-$series*")
	[ -n "$have" ] || failed "Debian's source of Linux $series could not be downloaded." \
		"Remedy: check the network and that apt knows a Debian mirror (found: $("$here/mirrors.sh" | tr '\n' ' '))."
	echo "oopsmon: the source of Linux $series cannot be downloaded; using the older $have" >&2
	install_from "$have"
	exit 0
fi
step "unpacking" 0 none unpack || failed "the kernel source could not be unpacked."
step "compiling Linux $version" "$compile_lines" compiled_lines compile ||
	failed "the kernel does not compile."
step "$([ $kind != kernel ] || echo "boards' device trees and ")kernel into the cache" 0 none collect ||
	failed "the device trees could not be made."

ready=$cache/$kind-$version-$key
mv -T "$work/out" "$ready" 2>/dev/null || [ -f "$ready/zImage" ]	# another build was faster
rm -rf "$work"
work=
install_from "$ready"
exit 0
}
