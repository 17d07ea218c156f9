# SPDX-License-Identifier: BSD-2-Clause
# oopsmon: `make help` lists the goals. Everything made goes below $(O); the only
# other place touched is the download and kernel cache $(CACHE).

O      ?= build
CACHE  ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/oopsmon
HOSTCC ?= gcc
PYTHON ?= /usr/bin/python3
# Where `make install` puts the host program; DESTDIR goes before it.
PREFIX  ?= /usr/local
DESTDIR ?=
# A path here takes the place of the pinned download (docs/building.md).
ZLIB_SRC ?=
FDT_SRC  ?=
CMOCKA_SRC ?=
UBOOT_SRC ?=
UBOOT_SUNXI_SRC ?=
ARMMP_SRC ?=
ARM64_SRC ?=
hook-packages := flash-kernel u-boot-menu linux-base
# A zImage here takes the place of the Linux that demo, tests and bench boot.
ZIMAGE   ?=

BOARDS := qemu-virt generic vexpress-a9 vexpress-a15 qemu-virt64 generic64
VERSION := 0.2.0

# What `make corpus` crashes: series of Debian's linux-source; newest: the highest there is.
CORPUS_KERNELS := 5.10 6.1 6.12 newest
# Series beside the usual one that `make matrix` boots.
MATRIX_KERNELS := 5.10 6.12

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)	# a -j of the user's counts more
endif
SHELL := /bin/bash
export PYTHONPATH := $(CURDIR)/tools
export PYTHONDONTWRITEBYTECODE := 1
.SHELLFLAGS := -eu -o pipefail -c
$(if $(filter $(abspath $(O)),$(CURDIR)),$(error O must not be the source folder))

ifeq ($(V),1)
say = @:
Q :=
else
say = @printf '  %-7s %s\n'
Q := @
endif

# ---- what is built from what: one objects.mk per folder ----------------------
include firmware/core/objects.mk firmware/drivers/objects.mk firmware/app/objects.mk
include tools/oopsmon/objects.mk tests/unit/objects.mk tests/fuzz/objects.mk

zlib-y := adler32.o deflate.o inffast.o inflate.o inftrees.o trees.o zutil.o
fdt-y  := fdt.o fdt_ro.o fdt_rw.o fdt_wip.o fdt_check.o fdt_strerror.o fdt_addresses.o
# for the host program alone
fdt-host-y := fdt_sw.o fdt_empty_tree.o

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wundef -Wno-sign-conversion $(if $(CI),-Werror)
# tests leave out what a row does not care about
TEST_WARN := $(filter-out -Wconversion,$(WARN)) -Wno-missing-field-initializers
DEPFLAGS = -MMD -MP
COMMON := -std=c11 -g -fno-common -ffile-prefix-map=$(CURDIR)/=
# zutil.c and inflate.c without gzip, allocation or formatted messages: all the image needs
ZLIB_DEFS := -DNO_GZIP -DZ_SOLO
# dt_check() and fdt_open_into() have seen every tree that libfdt edits: no old versions, no
# roll-back, no second look at header and offsets (libfdt_internal.h: 0x2 0x4 0x8 0x20).
# Every access to the structure block is still checked.
FDT_DEFS := -DFDT_ASSUME_MASK=0x2e
VERSION_DEF := -DOM_VERSION='"$(VERSION)"'
# the same as a number: major << 16 | minor << 8 | patch
VERSION_NUMBER := $(shell v=$(VERSION) IFS=.; set -- $$v; echo $$(($$1 << 16 | $$2 << 8 | $$3)))
LIB_INC := -isystem $(O)/deps/zlib -isystem $(O)/deps/fdt
CORE_INC := -Ifirmware $(LIB_INC)

LIBS_READY := $(O)/deps/zlib/.ready $(O)/deps/fdt/.ready

# ---- how: beside what is built ---------------------------------------------------
include firmware/image.mk tools/oopsmon/rules.mk tests/unit/rules.mk tests/fuzz/rules.mk tests/arches/rules.mk

# ---- goals ----------------------------------------------------------------------
CHECKS := format lint unit fuzz purity repro system
.PHONY: all guest setup help test demo matrix bench corpus clean format size $(CHECKS:%=check-%) check-module check-kills check-arches

## all: every board's image (the default)
all: $(IMAGES)
	@:

## demo: the main job on a real kernel under QEMU, set-up included (BOARD=vexpress-a9: another board)
BOARD ?=
demo: $(O)/setup/demo.done
	$(Q)$(MAKE) all host
	$(Q)$(MAKE) guest
	$(Q)$(PYTHON) tools/demo.py --build $(O) $(if $(BOARD),--board $(BOARD))

## test: every test, set-up included
test: $(O)/setup/test.done
	$(Q)$(MAKE) all host $(unit-tests:%=$(O)/unit/%)
	$(Q)$(MAKE) guest
	$(Q)for check in $(CHECKS); do $(MAKE) check-$$check; done

# Much of their time is waiting: for terminals, keys that nobody types, and watchdogs.
## check-system: tests against real kernels, QEMU machines and recorded regions (pytest)
check-system: $(O)/unit/core.a $(addprefix $(O)/unit/,plan_test plan_node_test plan_params_test plan_stage_test partition_test) all host guest $(O)/u-boot/.ready $(O)/u-boot-sunxi/.ready $(O)/dtbs/.ready $(O)/kernel64/6.1/.ready $(hook-packages:%=$(O)/debian/%/.ready) $(O)/setup/test.done
	$(Q)OOPSMON_BUILD=$(abspath $(O)) $(PYTHON) -m pytest -q -p no:cacheprovider \
		-n $$(($$(nproc) + 1)) tests $(PYTEST_ARGS)

## check-module: a kernel with ramoops as a module (not in `make test`: it is compiled first)
check-module: $(O)/module/.ready all host guest $(O)/setup/test.done
	$(Q)$(PYTHON) -m omlab.initrd $(O)/module $(O)/module/initrd.gz
	$(Q)OOPSMON_BUILD=$(abspath $(O)) $(PYTHON) -m pytest -q -p no:cacheprovider \
		-n $$(nproc) tests/qemu/ramoops_as_module.py $(PYTEST_ARGS)

## check-kills: power fails KILLS times while a crash is archived (40 times in `make test`)
KILLS ?= 1000
check-kills: all host guest $(O)/setup/test.done
	$(Q)OOPSMON_KILLS=$(KILLS) OOPSMON_BUILD=$(abspath $(O)) $(PYTHON) -m pytest -q -p no:cacheprovider \
		-n $$(nproc) tests/qemu/test_archiving.py -k killed $(PYTEST_ARGS)

## matrix: the cells of docs/boards.md that `make test` leaves out (some minutes)
matrix: all host guest $(MATRIX_KERNELS:%=$(O)/corpus/kernels/%/.ready) $(O)/u-boot/.ready $(O)/u-boot-sunxi/.ready $(O)/dtbs/.ready $(O)/setup/test.done
	$(Q)OOPSMON_MATRIX=1 OOPSMON_BUILD=$(abspath $(O)) $(PYTHON) -m pytest -q -p no:cacheprovider \
		-n $$(nproc) -m matrix tests/qemu $(PYTEST_ARGS)

# Not asked of git: a source archive has no history.
c-files = find board firmware tests tools -name '*.[ch]' -print0
## check-format: clang-format finds nothing to change
check-format: $(O)/setup/test.done
	$(Q)$(c-files) | xargs -0 clang-format-14 --dry-run -Werror
	$(Q)echo "format: $$($(c-files) | tr -cd '\0' | wc -c) files are as clang-format wants them"

## check-lint: cppcheck finds nothing
check-lint: $(O)/setup/test.done
	$(Q)cppcheck -q -j $$(nproc) --std=c11 --error-exitcode=1 --inline-suppr --enable=warning,portability \
		--suppressions-list=tests/cppcheck.txt -Ifirmware firmware tools board
	$(Q)echo "lint: cppcheck finds nothing"

## check-purity: firmware/core does no I/O, keeps no state, allocates nothing, keeps to its floors
check-purity: $(foreach b,$(BOARDS),$(O)/$b/oopsmon-$b.elf)
	$(Q)$(foreach a,$(archs),tests/purity.sh $($a-tool) $(O)/$a/core.a &&) \
		$(foreach b,$(BOARDS),$(PYTHON) tests/floors.py $($($b-arch)-tool)nm \
		$(O)/$($b-arch)/core $(O)/$b/oopsmon-$b.map &&) true

## check-repro: two builds of every image compare equal, in each of its forms
check-repro: all
	$(Q)$(MAKE) -s O=$(O)/repro ZLIB_SRC=$(abspath $(O)/deps/zlib) FDT_SRC=$(abspath $(O)/deps/fdt) all
	$(Q)for image in $(IMAGES:$(O)/%=%); do cmp $(O)/$$image $(O)/repro/$$image; done
	$(Q)echo "reproducible: $(notdir $(IMAGES))"

## size: bytes per module of every image
size: all
	$(Q)for b in $(BOARDS); do $(PYTHON) tools/image_size.py $(O)/$$b/oopsmon-$$b.map; done

## bench: the figures of docs/benchmarks.md, measured anew
bench: $(O)/setup/bench.done
	$(Q)$(MAKE) all host
	$(Q)$(MAKE) guest
	$(Q)$(PYTHON) tools/bench.py --build $(O)
	$(Q)$(PYTHON) tools/bench_wrapped.py --build $(O)
	$(Q)$(PYTHON) tools/bench_decode.py --build $(O)
	$(Q)$(PYTHON) tools/bench_damage.py --build $(O)
	$(Q)$(PYTHON) tools/bench_report.py --build $(O)
	$(Q)$(PYTHON) tools/bench_noise.py --build $(O)
	$(Q)$(PYTHON) tools/bench_archive.py --build $(O)

## corpus: crash kernels from 5.10 to the newest in many ways, decode what they leave
corpus: $(CORPUS_KERNELS:%=$(O)/corpus/kernels/%/.ready)
	$(Q)$(MAKE) host
	$(Q)$(PYTHON) tests/corpus/run.py --build $(O) $(CORPUS_ARGS)

## setup: install what is missing (Debian packages), fetch the pinned libraries
setup: $(O)/setup/test.done $(O)/deps/zlib/.ready $(O)/deps/fdt/.ready $(O)/u-boot/.ready $(O)/u-boot-sunxi/.ready $(O)/dtbs/.ready $(hook-packages:%=$(O)/debian/%/.ready)

## format: let clang-format rewrite the sources
format:
	$(Q)$(c-files) | xargs -0 clang-format-14 -i

## clean: remove $(O); the cache stays
clean:
	$(Q)rm -rf $(O)

## help: this list (V=1 shows commands, O= moves the build folder)
help:
	$(Q)sed -n 's/^## //p' $(filter %Makefile %.mk,$(MAKEFILE_LIST)) | sort | sed 's/: /\t/' | expand -t 16

# ---- set-up: packages, libraries, kernel ----------------------------------------
$(O)/setup/%.done: tools/setup.sh
	$(Q)mkdir -p $(@D)
	$(Q)flock $(@D) tools/setup.sh $*
	$(Q)touch $@

$(O)/deps/zlib/.ready: tools/fetch_source.sh | $(O)/setup/build.done
	$(say) FETCH zlib
	$(Q)tools/fetch_source.sh zlib $(@D) $(CACHE) $(ZLIB_SRC)

$(O)/deps/fdt/.ready: tools/fetch_source.sh | $(O)/setup/build.done
	$(say) FETCH libfdt
	$(Q)tools/fetch_source.sh fdt $(@D) $(CACHE) $(FDT_SRC)

$(O)/u-boot/.ready $(O)/u-boot-sunxi/.ready: $(O)/%/.ready: tools/fetch_source.sh | $(O)/setup/build.done
	$(say) FETCH $*
	$(Q)tools/fetch_source.sh $* $(@D) $(CACHE) $($(if $(filter u-boot,$*),UBOOT,UBOOT_SUNXI)_SRC)

$(O)/dtbs/%/.ready: tools/fetch_source.sh | $(O)/setup/build.done
	$(say) FETCH "Debian's $*"
	$(Q)tools/fetch_source.sh $* $(@D) $(CACHE) $($(if $(filter armmp,$*),ARMMP,ARM64)_SRC)

# every board's tree that Debian has: build/dtbs/armmp/*.dtb, build/dtbs/arm64/VENDOR/*.dtb
$(O)/dtbs/.ready: $(O)/dtbs/armmp/.ready $(O)/dtbs/arm64/.ready
	$(Q)touch $@

# Debian's own arm64 kernels, with an initrd of ours that loads their ramoops: build/kernel64/6.1
$(O)/kernel64/busybox/.ready: tools/fetch_source.sh | $(O)/setup/build.done
	$(say) FETCH "Debian's busybox for arm64"
	$(Q)tools/fetch_source.sh busybox64 $(@D) $(CACHE) $(BUSYBOX64_SRC)

$(O)/kernel64/%/.ready: tools/fetch_source.sh tools/omlab/initrd.py tools/guest/init $(O)/kernel64/busybox/.ready | $(O)/setup/build.done
	$(say) FETCH "Debian's arm64 kernel $*"
	$(Q)tools/fetch_source.sh kernel64-$* $(@D) $(CACHE) $(KERNEL64_SRC) && rm $@
	$(Q)cp $(O)/kernel64/busybox/busybox $(@D)
	$(Q)$(PYTHON) -m omlab.initrd $(@D) $(@D)/initrd.gz
	$(Q)touch $@

$(O)/cmocka/.ready: tools/fetch_source.sh | $(O)/setup/build.done
	$(say) FETCH cmocka
	$(Q)tools/fetch_source.sh cmocka $(@D) $(CACHE) $(CMOCKA_SRC)

# Debian's programs that make a kernel bootable, unpacked: nothing of them is installed
$(O)/debian/%/.ready: tools/fetch_source.sh | $(O)/setup/build.done
	$(say) FETCH "Debian's $*"
	$(Q)tools/fetch_source.sh $* $(@D) $(CACHE) $($*_SRC)

$(O)/kernel/.ready: tools/kernel.sh tools/kernel-arm32.config | $(O)/setup/demo.done
	$(Q)tools/kernel.sh $(@D) $(CACHE) $(ZIMAGE)

$(O)/module/.ready: tools/kernel.sh tools/kernel-arm32.config | $(O)/setup/demo.done
	$(Q)tools/kernel.sh --module $(@D) $(CACHE)

# One after the other: each compiles with all processors.
$(O)/corpus/kernels/%/.ready: tools/kernel.sh tools/kernel-corpus.config | $(O)/setup/demo.done
	$(Q)mkdir -p $(O)/corpus/kernels && flock $(O)/corpus/kernels \
		tools/kernel.sh --corpus $* $(@D) $(CACHE)

## guest: the Linux and the initrd that are crashed
guest: $(O)/guest/initrd.gz
	@:
$(O)/guest/initrd.gz: tools/omlab/initrd.py tools/guest/init $(O)/kernel/.ready
	$(say) INITRD $@
	$(Q)mkdir -p $(@D) && $(PYTHON) -m omlab.initrd $(O)/kernel $@

-include $(shell find $(O) -type f -name '*.d' -not -path '$(O)/repro/*' 2>/dev/null)
