#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Puts what others made and we pin into a folder: the C files of a library, U-Boot (for
# QEMU, and for an Orange Pi with its SPL), the device trees of a Debian kernel, such a
# kernel with its ramoops modules, packages that make kernels bootable.
#
#   fetch_source.sh WHAT DIR CACHE [SOURCE]
#
# WHAT: zlib, fdt, cmocka, u-boot, u-boot-sunxi, armmp, arm64, kernel64-5.10, kernel64-6.1, kernel64-6.12,
# kernel64-6.12-16k, busybox64, flash-kernel, u-boot-menu, linux-base
#
# It comes from a Debian mirror of the user's own apt configuration (which is only
# read), else from those in DEBIAN_MIRRORS (addresses with a blank between, each ending in /):
# a mirror drops a version that a later one has replaced, an archive of all versions does not.
# It must have the SHA-256 below: of
# several versions the first that is had. With SOURCE, a folder that holds the files or
# the whole unpacked tree, nothing is fetched.
set -euo pipefail

lib=$1 dir=$2 cache=$3 source=${4:-}
files="*.c *.h" wanted="*"

# pinned: a SHA-256 and a path in the mirror's pool for each version
signed=l/linux-signed-arm64/linux-image
arm64_6_1="914f75b57a8e165d85fb910c3e2dcc7000a05a9fea3f42f90b26e8dd590d5f06
	$signed-6.1.0-50-arm64_6.1.176-1_arm64.deb
	31ba9c41615c6e3a2c5397671ecd169af9822871cf19a6ac711d56b39833bd08
	l/linux/linux-image-6.1.0-50-arm64-unsigned_6.1.176-1_arm64.deb
	ce3bc5a69b6182ba6d6a16f6c1aed27dbeab0a4c401c186aff692b75ce23e364
	$signed-6.1.0-47-arm64_6.1.170-3_arm64.deb"
case $lib in
zlib)
	pinned="71feb7947e3c00ef125f83b79a4e529bde31171e5babe48b391f06758d1ab0a1
		z/zlib/zlib_1.2.13.dfsg.orig.tar.bz2"
	sub=. probe=inflate.c variable=ZLIB_SRC ;;
fdt)
	pinned="92d8ca769805ae1f176204230438fe52808f4e1c7944053c9eec0e649b237539
		d/device-tree-compiler/device-tree-compiler_1.7.2.orig.tar.xz"
	sub=libfdt probe=fdt_ro.c variable=FDT_SRC ;;
cmocka)
	pinned="f0ccd8242d55e2fd74b16ba518359151f6f8383ff8aef4976e48393f77bba8b6
		c/cmocka/cmocka_1.1.5.orig.tar.xz"
	sub=. probe=src/cmocka.c files="src include" variable=CMOCKA_SRC ;;
u-boot)
	pinned="a3751b5d36a411457b2e7a2834cdce0e5d40493e6588a65d51c5603740a0c71c
		u/u-boot/u-boot-qemu_2025.01-3+deb13u1_all.deb
		f43cb84dbb23bca2853b5422e28bc03d7b174dd19f41030990fd1e5fdade5234
		u/u-boot/u-boot-qemu_2025.01-3_all.deb"
	sub=usr/lib/u-boot/qemu_arm probe=u-boot.bin files=u-boot.bin variable=UBOOT_SRC ;;
u-boot-sunxi)
	pinned="7c173aa78ba2ca59d6f8a46904da2e3b31c3f08bb5fb58ae9e3cdd1a6555b94a
		u/u-boot/u-boot-sunxi_2023.01+dfsg-2+deb12u3_armhf.deb
		c34a1e756612a10ba3fa2abe4bdc6c0dd685cc472628879b0fe153251073c36a
		u/u-boot/u-boot-sunxi_2025.01-3+deb13u1_armhf.deb"
	sub=usr/lib/u-boot/orangepi_plus probe=u-boot-sunxi-with-spl.bin
	files=u-boot-sunxi-with-spl.bin variable=UBOOT_SUNXI_SRC ;;
armmp)
	pinned="ddd1d8dd0c6beabb9eb96bcfab26549eb30c63331bae31de481ffae4af0e982a
		l/linux/linux-image-6.1.0-50-armmp_6.1.176-1_armhf.deb
		997b223b65d6d93b56d1bcce2d465e2424e7981a564450450c8ac2284bb91acf
		l/linux/linux-image-6.1.0-47-armmp_6.1.170-3_armhf.deb"
	sub="usr/lib/linux-image-*" probe=am335x-boneblack.dtb files="*.dtb" variable=ARMMP_SRC
	wanted="./usr/lib/linux-image-* ./boot/vmlinuz-*" ;;
arm64)
	pinned=$arm64_6_1
	sub="usr/lib/linux-image-*" probe=broadcom/bcm2837-rpi-3-b.dtb files="*.dtb"
	variable=ARM64_SRC wanted="./usr/lib/linux-image-* ./boot/vmlinuz-*" ;;
kernel64-*)
	case $lib in
	*-5.10) pinned="53850b52e93158e3055c1d18a5527f9f95250f44b16ee48fb5ab0b42bed44665
		$signed-5.10.0-32-arm64_5.10.223-1_arm64.deb
		969bc05b253f0f85b74c3c9541125f1b7f6499977e528e61e413aa2fc6c4a221
		$signed-5.10.0-30-arm64_5.10.218-1_arm64.deb" ;;
	*-6.1) pinned=$arm64_6_1 ;;
	*-6.12) pinned="73805585385c78e048e63fdfba66da36bab724c2cdebd96a3055a8a4f1ae287a
		$signed-6.12.117+deb13-arm64_6.12.117-1_arm64.deb
		20c92f3f97dd466e0400a6fcb792bde85af842fbb5e8b471370065e3de9d9fc9
		$signed-6.12.107+deb13-arm64_6.12.107-1_arm64.deb" ;;
	*-6.12-16k) pinned="4fe3f7c1022422e398e81a3087bf1912f4978f4ccf2f8bbb504517142d9a11bb
		$signed-6.12.117+deb13-arm64-16k_6.12.117-1_arm64.deb
		98e22a0bb544857e39c17270dffe398219f278f3ff4424600d12c8656d862397
		$signed-6.12.107+deb13-arm64-16k_6.12.107-1_arm64.deb" ;;
	esac
	wanted="./boot/vmlinuz-* *reed_solomon.ko* *ramoops.ko*"
	sub=boot probe="vmlinuz-*" variable=KERNEL64_SRC ;;
busybox64)
	pinned="732c9135564fc71337e0e05fb4da4d11e6c28c1834bce3e405e575afef2a52f5
		b/busybox/busybox-static_1.35.0-4+deb12u1+b1_arm64.deb
		c833be48abfa16bc19c4966ec93e289ff1ce5d2f1476cad3a57bd105378cd15c
		b/busybox/busybox-static_1.37.0-6+b9_arm64.deb"
	sub=bin:usr/bin probe=busybox files=busybox variable=BUSYBOX64_SRC ;;
flash-kernel)
	pinned="bff85663133e3ee64d8a5a1c7c25f3258d4d1c9be1282defa3b772896ea66f85
		f/flash-kernel/flash-kernel_3.107_armhf.deb"
	sub=. probe=usr/sbin/flash-kernel files=. variable=flash-kernel_SRC ;;
u-boot-menu)
	pinned="b6463d6d4b4739e5fb635fec2c83e8a0a979d57a54edd0c0c1ad36aa6943c266
		u/u-boot-menu/u-boot-menu_4.2.2_all.deb"
	sub=. probe=usr/sbin/u-boot-update files=. variable=u-boot-menu_SRC ;;
linux-base)
	pinned="e685ad5855e7c347305a5c33fdc47ee99dc6f32046f3b4e7646518767ffa4310
		l/linux-base/linux-base_4.12.1~deb12u1_all.deb"
	sub=. probe=usr/bin/linux-version files=. variable=linux-base_SRC ;;
*)
	echo "usage: fetch_source.sh WHAT DIR CACHE [SOURCE]; not '$lib'" >&2
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
	for mirror in $mirrors ${DEBIAN_MIRRORS:-}; do
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
		echo "oopsmon: $lib could not be fetched from any Debian mirror." >&2
		echo "Remedy: check the network, put $(first_name) into $cache, or give" >&2
		echo "a folder with it: make $variable=/path/to/folder" >&2
		exit 1
	fi
	mkdir "$work/tree"
	set -f # tar matches these, not the shell
	case $archive in
	*.deb) dpkg-deb --fsys-tarfile "$archive" |
		tar -x -C "$work/tree" --wildcards $wanted ;;
	*) tar -xf "$archive" -C "$work/tree" --strip-components=1 ;;
	esac
	set +f
	tree=$work/tree
fi

top=$tree
for tree in "$top" $(printf "$top/%s " ${sub//:/ }); do
	compgen -G "$tree/$probe" > /dev/null && break
done
if ! compgen -G "$tree/$probe" > /dev/null; then
	echo "oopsmon: no $probe below $source ($variable)" >&2
	exit 1
fi
rm -rf "$dir"
mkdir -p "$dir"
dir=$(realpath "$dir")
if [ "$files" = "*.dtb" ]; then
	(cd "$tree" && find . -name "$files" -exec cp --parents -t "$dir" {} +)
	if [ $lib = armmp ] && [ -d "$top/boot" ]; then
		cp "$top"/boot/vmlinuz-* "$dir"/vmlinuz
	fi
elif [[ $lib = kernel64-* ]]; then
	cp "$tree"/vmlinuz-* "$dir"/vmlinuz
	find "$top" -name 'r*.ko*' -exec cp -t "$dir" {} +
	find "$dir" -name '*.ko.xz' -exec xz -d {} +
else
	for pattern in $files; do
		cp -r "$tree"/$pattern "$dir"/
	done
fi
# zlib's tree may not be configured yet: zconf.h is then the plain one it ships.
touch "$dir/.ready"
