# SPDX-License-Identifier: BSD-2-Clause
# oopsmon: `make help` lists the goals. Everything made goes below $(O); the only
# other place touched is the download and kernel cache $(CACHE).

O      ?= build
CACHE  ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/oopsmon
CROSS  ?= arm-none-eabi-
HOSTCC ?= gcc
PYTHON ?= /usr/bin/python3
# Where `make install` puts the host program; DESTDIR goes before it.
PREFIX  ?= /usr/local
DESTDIR ?=
# A path here takes the place of the pinned download (docs/building.md).
ZLIB_SRC ?=
FDT_SRC  ?=
UBOOT_SRC ?=
# A zImage here takes the place of the Linux that demo, tests and bench boot.
ZIMAGE   ?=

BOARDS := qemu-virt
VERSION := 0.2.0

# What `make corpus` crashes: series of Debian's linux-source; newest: the highest there is.
CORPUS_KERNELS := 5.10 6.1 6.12 newest

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
include firmware/core/objects.mk firmware/drivers/objects.mk firmware/arch/arm/objects.mk
include firmware/app/objects.mk tools/oopsmon/objects.mk tests/unit/objects.mk
include tests/fuzz/objects.mk

# newlib's uint32_t is "unsigned long" on arm; the same "unsigned int" as everywhere else
# lets printf formats be checked.
INT32 := -U__UINT32_TYPE__ -D__UINT32_TYPE__='unsigned int' -U__INT32_TYPE__ -D__INT32_TYPE__=int

# The image runs wherever it is put: every name is in it, and none is looked up in a table.
PIE := -fpie -fvisibility=hidden -include firmware/arch/hidden.h

# The stack protector's word is where the CPU's thread register points (start.S): no table of
# addresses, and a third of the code.
GUARD := -fstack-protector -mtp=cp15 -mstack-protector-guard=tls -mstack-protector-guard-offset=0

zlib-y := adler32.o deflate.o inffast.o inflate.o inftrees.o trees.o zutil.o
fdt-y  := fdt.o fdt_ro.o fdt_rw.o fdt_wip.o fdt_check.o fdt_strerror.o fdt_addresses.o

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wundef -Wno-sign-conversion $(if $(CI),-Werror)
# tests leave out what a row does not care about
TEST_WARN := $(filter-out -Wconversion,$(WARN)) -Wno-missing-field-initializers
DEPFLAGS = -MMD -MP
COMMON := -std=c11 -g -fno-common -ffile-prefix-map=$(CURDIR)/=
# zutil.c and inflate.c without gzip, allocation or formatted messages: all the image needs
ZLIB_DEFS := -DNO_GZIP -DZ_SOLO
# the host program reads gzip files as well, with the same zlib
ZLIB_DEFS_host := -DZ_SOLO
ZLIB_DEFS_unit := $(ZLIB_DEFS)
# the tables of fixed blocks are made when the first one comes: 2 KB less in the image
ZLIB_DEFS_image := $(ZLIB_DEFS) -DBUILDFIXED
# dt_check() and fdt_open_into() have seen every tree that libfdt edits: no old versions, no
# roll-back, no second look at header and offsets (libfdt_internal.h: 0x2 0x4 0x8 0x20).
# Every access to the structure block is still checked.
FDT_DEFS := -DFDT_ASSUME_MASK=0x2e
# passes of gcc 12 without which this image is smaller
SMALLER := -fno-if-conversion -fno-tree-dominator-opts -fno-reorder-blocks -fno-schedule-insns2 \
	-fno-caller-saves -fno-move-loop-invariants
# where loops go over every byte
FASTER := -fmove-loop-invariants
LIB_INC := -isystem $(O)/deps/zlib -isystem $(O)/deps/fdt
CORE_INC := -Ifirmware $(LIB_INC)

SETUP = | $(O)/setup/build.done
DEPS  = Makefile $(SETUP) $(O)/deps/zlib/.ready $(O)/deps/fdt/.ready

# ---- goals ----------------------------------------------------------------------
CHECKS := format lint unit fuzz purity repro system
.PHONY: all host install guest setup help test demo bench corpus clean format size $(CHECKS:%=check-%) check-module \
	$(unit-tests:%=run-%)

## all: every board's image (the default)
all: $(foreach b,$(BOARDS),$(O)/$b/oopsmon-$b.bin $(O)/$b/oopsmon-$b.zimage $(O)/$b/oopsmon-$b.go)
	@:

## host: the host program, build/host/oopsmon
host: $(O)/host/oopsmon
	@:

## install: the host program, its manual page and its bash completion (PREFIX=, DESTDIR=)
install: $(O)/host/oopsmon
	$(Q)install -D -m 755 $< $(DESTDIR)$(PREFIX)/bin/oopsmon
	$(Q)install -D -m 644 docs/oopsmon.1 $(DESTDIR)$(PREFIX)/share/man/man1/oopsmon.1
	$(Q)install -D -m 644 tools/completion.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/oopsmon

## demo: the main job on a real kernel under QEMU, set-up included
demo: $(O)/setup/demo.done
	$(Q)$(MAKE) all host
	$(Q)$(MAKE) guest
	$(Q)$(PYTHON) tools/demo.py --build $(O)

## test: every test, set-up included
test: $(O)/setup/test.done
	$(Q)$(MAKE) all host $(unit-tests:%=$(O)/unit/%)
	$(Q)$(MAKE) guest
	$(Q)for check in $(CHECKS); do $(MAKE) check-$$check; done

## check-unit: core's unit tests under ASan and UBSan
check-unit: $(unit-tests:%=run-%)
	$(Q)echo "unit: $$(cat $(unit-tests:%=$(O)/unit/%.log) | grep -c '\[       OK \]') cases passed in $(words $(unit-tests)) programs"
$(unit-tests:%=run-%): run-%: $(O)/unit/%
	$(Q)$< > $<.log 2>&1 || { cat $<.log; echo "FAILED: $*"; exit 1; }

## check-fuzz: every fuzz target over its kept inputs, under ASan and UBSan
check-fuzz: $(fuzz-tests:%=replay-%)
	$(Q)echo "fuzz: $$(ls tests/data/fuzz/* | grep -c -e -) inputs replayed through $(words $(fuzz-tests)) targets"

## fuzz: TIME seconds of fuzzing per target (ENGINE=libfuzzer or afl, TARGET=name)
TIME   ?= 60
ENGINE ?= libfuzzer
fuzz-these = $(or $(TARGET),$(fuzz-tests))
fuzz: $(O)/setup/fuzz.done
	$(Q)$(MAKE) -s $(foreach e,$(sort libfuzzer $(ENGINE)),$(fuzz-these:%=$(O)/fuzz/$e/%))
	$(Q)$(PYTHON) tests/fuzz/run.py fuzz $(fuzz-these) --build $(O) --cache $(CACHE) \
		--time $(TIME) --engine $(ENGINE)

## fuzz-keep: copy the new inputs that reach most to tests/data/fuzz
fuzz-keep: $(O)/setup/fuzz.done
	$(Q)$(MAKE) -s $(fuzz-these:%=$(O)/fuzz/libfuzzer/%)
	$(Q)$(PYTHON) tests/fuzz/run.py keep $(fuzz-these) --build $(O) --cache $(CACHE)

## check-system: tests against real kernels, QEMU machines and recorded regions (pytest)
check-system: $(O)/unit/plan_test $(O)/unit/plan_params_test $(O)/unit/partition_test all host guest $(O)/u-boot/.ready $(O)/setup/test.done
	$(Q)OOPSMON_BUILD=$(abspath $(O)) $(PYTHON) -m pytest -q -p no:cacheprovider \
		-n $$(nproc) tests $(PYTEST_ARGS)

## check-module: a kernel with ramoops as a module (not in `make test`: it is compiled first)
check-module: $(O)/module/.ready all host guest $(O)/setup/test.done
	$(Q)$(PYTHON) -m omlab.initrd $(O)/module $(O)/module/initrd.gz
	$(Q)OOPSMON_BUILD=$(abspath $(O)) $(PYTHON) -m pytest -q -p no:cacheprovider \
		-n $$(nproc) tests/qemu/ramoops_as_module.py $(PYTEST_ARGS)

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
check-purity: $(O)/qemu-virt/core.a $(O)/qemu-virt/oopsmon-qemu-virt.elf
	$(Q)tests/purity.sh $(CROSS) $<
	$(Q)$(PYTHON) tests/floors.py $(CROSS)nm $(O)/qemu-virt/core $(O)/qemu-virt/oopsmon-qemu-virt.map

## check-repro: two builds of every image compare equal
check-repro: all
	$(Q)$(MAKE) -s O=$(O)/repro ZLIB_SRC=$(abspath $(O)/deps/zlib) FDT_SRC=$(abspath $(O)/deps/fdt) all
	$(Q)for b in $(BOARDS); do cmp $(O)/$$b/oopsmon-$$b.bin $(O)/repro/$$b/oopsmon-$$b.bin; done
	$(Q)echo "reproducible: $(BOARDS)"

## size: bytes per module of every image
size: all
	$(Q)for b in $(BOARDS); do $(PYTHON) tools/image_size.py $(O)/$$b/oopsmon-$$b.map; done

## bench: the figures of docs/benchmarks.md, measured anew
bench: $(O)/setup/bench.done
	$(Q)$(MAKE) all host
	$(Q)$(MAKE) guest
	$(Q)$(PYTHON) tools/bench.py --build $(O)
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
setup: $(O)/setup/test.done $(O)/deps/zlib/.ready $(O)/deps/fdt/.ready $(O)/u-boot/.ready

## format: let clang-format rewrite the sources
format:
	$(Q)$(c-files) | xargs -0 clang-format-14 -i

## clean: remove $(O); the cache stays
clean:
	$(Q)rm -rf $(O)

## help: this list (V=1 shows commands, O= moves the build folder)
help:
	$(Q)sed -n 's/^## //p' Makefile | sort | sed 's/: /\t/' | expand -t 16

# ---- set-up: packages, libraries, kernel ----------------------------------------
$(O)/setup/%.done: tools/setup.sh
	$(Q)mkdir -p $(@D)
	$(Q)tools/setup.sh $*
	$(Q)touch $@

$(O)/deps/zlib/.ready: tools/fetch_source.sh $(SETUP)
	$(say) FETCH zlib
	$(Q)tools/fetch_source.sh zlib $(@D) $(CACHE) $(ZLIB_SRC)

$(O)/deps/fdt/.ready: tools/fetch_source.sh $(SETUP)
	$(say) FETCH libfdt
	$(Q)tools/fetch_source.sh fdt $(@D) $(CACHE) $(FDT_SRC)

$(O)/u-boot/.ready: tools/fetch_source.sh $(SETUP)
	$(say) FETCH u-boot
	$(Q)tools/fetch_source.sh u-boot $(@D) $(CACHE) $(UBOOT_SRC)

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

# ---- images ----------------------------------------------------------------------
define image-rules
include board/$1/board.mk

$$(O)/$1/core.a: $$(core-y:%=$$(O)/$1/core/%)
$$(O)/$1/zlib.a: $$(zlib-y:%=$$(O)/$1/zlib/%)
$$(O)/$1/fdt.a: $$(fdt-y:%=$$(O)/$1/fdt/%)
$1-objs := $$(arch-arm-y:%=$$(O)/$1/arch/arm/%) $$(drivers-y:%=$$(O)/$1/drivers/%) \
	$$(app-y:%=$$(O)/$1/app/%) $$(O)/$1/board/board.o
$1-cflags = $$(COMMON) $$($1-cpu) $$(WARN) $$(CORE_INC) -Iboard/$1 -Os $(SMALLER) \
	-ffunction-sections -fdata-sections $$(GUARD) $$(PIE) \
	$$(INT32) -D_POSIX_C_SOURCE=200809L -DOM_VERSION='"$$(VERSION)"'

$$(O)/$1/core/%.o: firmware/core/%.c $$(DEPS)
	$$(say) CC $$<
	$$(Q)mkdir -p $$(@D) && $$(CROSS)gcc $$($1-cflags) $$(if $$(filter ecc/% base/% report/% log/unpack,$$*),$$(FASTER)) -Wstack-usage=1024 $$(DEPFLAGS) -c $$< -o $$@
$$(O)/$1/zlib/%.o: Makefile $$(O)/deps/zlib/.ready
	$$(say) CC zlib/$$*.c
	$$(Q)mkdir -p $$(@D) && $$(CROSS)gcc $$($1-cflags) $$(FASTER) -w $$(ZLIB_DEFS_image) -c $$(O)/deps/zlib/$$*.c -o $$@
$$(O)/$1/fdt/%.o: Makefile $$(O)/deps/fdt/.ready
	$$(say) CC libfdt/$$*.c
	$$(Q)mkdir -p $$(@D) && $$(CROSS)gcc $$($1-cflags) $$(FDT_DEFS) -w -c $$(O)/deps/fdt/$$*.c -o $$@
$$(O)/$1/board/board.o: board/$1/board.c $$(DEPS)
	$$(say) CC $$<
	$$(Q)mkdir -p $$(@D) && $$(CROSS)gcc $$($1-cflags) $$(DEPFLAGS) -c $$< -o $$@
$$(O)/$1/%.o: firmware/%.c $$(DEPS)
	$$(say) CC $$<
	$$(Q)mkdir -p $$(@D) && $$(CROSS)gcc $$($1-cflags) $$(DEPFLAGS) -c $$< -o $$@
$$(O)/$1/%.o: firmware/%.S $$(DEPS)
	$$(say) AS $$<
	$$(Q)mkdir -p $$(@D) && $$(CROSS)gcc $$($1-cflags) $$(DEPFLAGS) -c $$< -o $$@
$$(O)/$1/%.a:
	$$(Q)rm -f $$@ && $$(CROSS)ar rcD $$@ $$^

$$(O)/$1/oopsmon.ld: ld/oopsmon.ld.S $$(DEPS)
	$$(Q)mkdir -p $$(@D) && $$(CROSS)gcc -E -P -x assembler-with-cpp -Ifirmware $$< -o $$@
$$(O)/$1/oopsmon-$1.elf: $$(O)/$1/oopsmon.ld $$($1-objs) $$(O)/$1/core.a $$(O)/$1/fdt.a $$(O)/$1/zlib.a
	$$(say) LD $$@
	$$(Q)$$(CROSS)gcc $$($1-cpu) -nostartfiles -static-pie -Wl,--gc-sections,--orphan-handling=error \
		-Wl,--build-id=none,-z,max-page-size=4096,-z,text,--no-warn-rwx-segments \
		-Wl,-pie,--no-dynamic-linker,--no-undefined,-Bsymbolic \
		-Wl,-Map=$$(@:.elf=.map) -T $$< $$(filter %.o %.a,$$^) -o $$@
$$(O)/$1/image.bin: $$(O)/$1/oopsmon-$1.elf
	$$(Q)$$(CROSS)objcopy -O binary $$< $$@.tmp
	$$(Q)$$(PYTHON) tools/image_size.py --max $$($1-image-max) $$(<:.elf=.map)
	$$(Q)mv $$@.tmp $$@

# what the CPU starts at reset: the shim, with the image after it
$$(O)/$1/reset.o: firmware/arch/arm/reset.S $$(O)/$1/image.bin board/$1/memory.h $$(DEPS)
	$$(say) AS $$<
	$$(Q)$$(CROSS)gcc $$($1-cflags) -Ifirmware/arch/arm -DIMAGE='"$$(O)/$1/image.bin"' $$(DEPFLAGS) -c $$< -o $$@
$$(O)/$1/reset.elf: $$(O)/$1/reset.o
	$$(Q)$$(CROSS)ld --build-id=none --defsym=OM_ROM_PA=0 -Ttext=0 -e reset $$< -o $$@
$$(O)/$1/oopsmon-$1.bin: $$(O)/$1/reset.elf
	$$(Q)$$(CROSS)objcopy -O binary $$< $$@

# what U-Boot's `go` calls: the shim, with the image and room for the copy that runs after it
$$(O)/$1/called.o: firmware/arch/arm/called.S $$(O)/$1/image.bin $$(O)/$1/oopsmon-$1.zimage $$(DEPS)
	$$(say) AS $$<
	$$(Q)$$(CROSS)gcc $$($1-cflags) -Ifirmware/arch/arm -DIMAGE='"$$(O)/$1/image.bin"' \
		-DCOPY_BYTES=$$$$(stat -c %s $$(O)/$1/oopsmon-$1.zimage) $$(DEPFLAGS) -c $$< -o $$@
$$(O)/$1/oopsmon-$1.go: $$(O)/$1/called.o
	$$(Q)$$(CROSS)objcopy -O binary -j .text $$< $$@

# what a loader takes for a Linux kernel: the image with all the memory that it needs
$$(O)/$1/oopsmon-$1.zimage: $$(O)/$1/image.bin
	$$(Q)cp $$< $$@.tmp
	$$(Q)truncate -s $$$$((0x$$$$($$(CROSS)nm $$(O)/$1/oopsmon-$1.elf | sed -n 's/ . __file_end$$$$//p'))) $$@.tmp
	$$(Q)mv $$@.tmp $$@
endef
$(foreach b,$(BOARDS),$(eval $(call image-rules,$b)))

# ---- host program and unit tests: the same core, two flavours -------------------
# hidden: libelf's own libz must not find our zlib in its place
HOST_FLAGS := $(COMMON) -O2 -fvisibility=hidden $(CORE_INC) -Itools/oopsmon -D_GNU_SOURCE -DOM_VERSION='"$(VERSION)"'
UNIT_FLAGS := $(COMMON) -O1 $(CORE_INC) -D_GNU_SOURCE -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all

# $1: folder below $(O), $2: flags variable
define host-rules
$$(O)/$1/core/%.o: firmware/core/%.c $$(DEPS)
	$$(say) HOSTCC $$<
	$$(Q)mkdir -p $$(@D) && $$(HOSTCC) $$($2) $$(WARN) $$(DEPFLAGS) -c $$< -o $$@
$$(O)/$1/zlib/%.o: Makefile $$(O)/deps/zlib/.ready
	$$(Q)mkdir -p $$(@D) && $$(HOSTCC) $$($2) $$(ZLIB_DEFS_$1) -w -c $$(O)/deps/zlib/$$*.c -o $$@
$$(O)/$1/fdt/%.o: $$(O)/deps/fdt/.ready
	$$(Q)mkdir -p $$(@D) && $$(HOSTCC) $$($2) -O2 $$(FDT_DEFS) -w -c $$(O)/deps/fdt/$$*.c -o $$@
$$(O)/$1/core.a: $$(core-y:%=$$(O)/$1/core/%) $$(zlib-y:%=$$(O)/$1/zlib/%) $$(fdt-y:%=$$(O)/$1/fdt/%)
	$$(Q)rm -f $$@ && ar rcD $$@ $$^
endef
$(eval $(call host-rules,host,HOST_FLAGS))
$(eval $(call host-rules,unit,UNIT_FLAGS))

UNPACK_LIBS := -llz4 -llzo2 -lzstd
HOST_LIBS := -ljansson -lelf -llzma -lserialport $(UNPACK_LIBS)
$(O)/host/tool/%.o: tools/oopsmon/%.c $(DEPS) $(O)/setup/host.done
	$(say) HOSTCC $<
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(HOST_FLAGS) $(WARN) $(DEPFLAGS) -c $< -o $@
$(O)/host/oopsmon: $(tool-y:%=$(O)/host/tool/%) $(O)/host/zlib/crc32.o $(O)/host/core.a
	$(say) HOSTLD $@
	$(Q)$(HOSTCC) $(filter %.o %.a,$^) $(HOST_LIBS) -o $@

$(O)/unit/%_test.o: tests/unit/%_test.c $(DEPS) $(O)/setup/test.done
	$(say) HOSTCC $<
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(UNIT_FLAGS) $(TEST_WARN) -Itests/unit $(DEPFLAGS) -c $< -o $@
# drivers see a register model in place of MMIO
$(O)/unit/drivers/%.o: firmware/drivers/%.c $(DEPS)
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(UNIT_FLAGS) $(WARN) -DOM_MMIO_MODEL $(DEPFLAGS) -c $< -o $@
$(O)/unit/drivers.a: $(O)/unit/drivers/bind.o $(O)/unit/drivers/pl011.o $(O)/unit/drivers/cfi_flash.o
	$(Q)rm -f $@ && ar rcD $@ $^
# parts of the host program: what unpacks, what packs for tests, what receives files
$(O)/unit/tool/%.o: tools/oopsmon/%.c $(DEPS) $(O)/setup/host.done
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(UNIT_FLAGS) $(WARN) $(DEPFLAGS) -c $< -o $@
$(O)/unit/tool.a: $(O)/unit/tool/unpackers.o $(O)/unit/tool/fetch.o $(O)/unit/tool/quota.o
	$(Q)rm -f $@ && ar rcD $@ $^
$(unit-tests:%=$(O)/unit/%): $(O)/unit/%: $(O)/unit/%.o $(O)/unit/drivers.a $(O)/unit/tool.a $(O)/unit/core.a
	$(Q)$(HOSTCC) -fsanitize=address,undefined $(filter %.o %.a,$^) -lcmocka $(UNPACK_LIBS) -o $@

include tests/fuzz/rules.mk

-include $(shell find $(O) -name '*.d' -not -path '$(O)/repro/*' 2>/dev/null)
