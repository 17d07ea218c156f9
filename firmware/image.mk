# SPDX-License-Identifier: BSD-2-Clause
# The images: board/BOARD/board.mk says what is made (arch, entries, budget),
# firmware/arch/ARCH/rules.mk how that architecture is compiled for and entered.

include $(BOARDS:%=board/%/board.mk)
archs := $(sort $(foreach b,$(BOARDS),$($b-arch)))
include $(archs:%=firmware/arch/%/objects.mk) $(archs:%=firmware/arch/%/rules.mk)

# The image runs wherever it is put: every name is in it, and none is looked up in a table.
PIE := -fpie -fvisibility=hidden -include firmware/arch/hidden.h
# the tables of fixed blocks are made when the first one comes: 2 KB less in the image
ZLIB_DEFS_image := $(ZLIB_DEFS) -DBUILDFIXED

# of core: loops over every byte
core-bytes := ecc/% base/% report/% log/unpack

# What all boards of an architecture are linked from. $1: architecture
define arch-rules
$1-tool = $$(or $$(CROSS),$$($1-cross))
$1-deps = Makefile firmware/image.mk firmware/arch/$1/rules.mk | $$(O)/setup/image.done $$(LIBS_READY)
$1-cc = $$($1-tool)gcc $$(COMMON) $$($1-cpu) $$(WARN) $$(CORE_INC) -Os \
	-ffunction-sections -fdata-sections $$(PIE) $$($1-cflags) -D_POSIX_C_SOURCE=200809L $$(VERSION_DEF)
$1-objs := $$(arch-$1-y:%=$$(O)/$1/arch/$1/%) $$(drivers-y:%=$$(O)/$1/drivers/%) \
	$$(app-y:%=$$(O)/$1/app/%)

$$(O)/$1/core/%.o: firmware/core/%.c $$($1-deps)
	$$(say) CC $$<
	$$(Q)mkdir -p $$(@D) && $$($1-cc) $$(if $$(filter $(core-bytes),$$*),$$($1-cflags-bytes)) \
		-Wstack-usage=1024 $$(DEPFLAGS) -c $$< -o $$@
$$(O)/$1/zlib/%.o: $$(O)/deps/zlib/.ready $$($1-deps)
	$$(say) CC zlib/$$*.c
	$$(Q)mkdir -p $$(@D) && $$($1-cc) $$($1-cflags-bytes) -w $$(ZLIB_DEFS_image) -c $$(O)/deps/zlib/$$*.c -o $$@
$$(O)/$1/fdt/%.o: $$(O)/deps/fdt/.ready $$($1-deps)
	$$(say) CC libfdt/$$*.c
	$$(Q)mkdir -p $$(@D) && $$($1-cc) $$(FDT_DEFS) -w -c $$(O)/deps/fdt/$$*.c -o $$@
$$(O)/$1/%.o: firmware/%.c $$($1-deps)
	$$(say) CC $$<
	$$(Q)mkdir -p $$(@D) && $$($1-cc) $$(DEPFLAGS) -c $$< -o $$@
$$(O)/$1/%.o: firmware/%.S $$($1-deps)
	$$(say) AS $$<
	$$(Q)mkdir -p $$(@D) && $$($1-cc) $$(DEPFLAGS) -c $$< -o $$@
$$(O)/$1/core.a: $$(core-y:%=$$(O)/$1/core/%)
$$(O)/$1/zlib.a: $$(zlib-y:%=$$(O)/$1/zlib/%)
$$(O)/$1/fdt.a: $$(fdt-y:%=$$(O)/$1/fdt/%)
$$(O)/$1/%.a:
	$$(Q)rm -f $$@ && $$($1-tool)ar rcD $$@ $$^
$$(O)/$1/oopsmon.ld: ld/oopsmon.ld.S firmware/arch/$1/layout.inc firmware/arch/$1/entry.h $$($1-deps)
	$$(Q)mkdir -p $$(@D) && $$($1-tool)gcc -E -P -x assembler-with-cpp -Ifirmware \
		-Ifirmware/arch/$1 -DOM_VERSION_NUMBER=$$(VERSION_NUMBER) $$< -o $$@
endef
$(foreach a,$(archs),$(eval $(call arch-rules,$a)))

# $1: board, $2: its architecture
define image-rules
$1-images := $$(foreach e,$$($1-entries),$$(O)/$1/oopsmon-$1.$$(lastword $$(subst =, ,$$e)))
$1-deps = board/$1/board.mk $$($2-deps)

$$(O)/$1/board.o: board/$1/board.c $$($1-deps)
	$$(say) CC $$<
	$$(Q)mkdir -p $$(@D) && $$($2-cc) $$(DEPFLAGS) -c $$< -o $$@
$$(O)/$1/oopsmon-$1.elf: $$(O)/$2/oopsmon.ld $$($2-objs) $$(O)/$1/board.o $$(O)/$2/core.a $$(O)/$2/fdt.a $$(O)/$2/zlib.a
	$$(say) LD $$@
	$$(Q)$$($2-tool)gcc $$($2-cpu) -nostartfiles -static-pie -Wl,--gc-sections,--orphan-handling=error \
		-Wl,--build-id=none,-z,max-page-size=4096,-z,text,--no-warn-rwx-segments \
		-Wl,-pie,--no-dynamic-linker,--no-undefined,-Bsymbolic \
		-Wl,-Map=$$(@:.elf=.map) -T $$< $$(filter %.o %.a,$$^) $$($2-libs) -o $$@
$$(O)/$1/image.bin: $$(O)/$1/oopsmon-$1.elf board/$1/board.mk
	$$(Q)$$($2-tool)objcopy -O binary $$< $$@.tmp
	$$(Q)$$(PYTHON) tools/image_size.py --max $$($1-image-max) $$(<:.elf=.map)
	$$(Q)mv $$@.tmp $$@
# with all of its memory, zeros included
$$(O)/$1/image.full: $$(O)/$1/image.bin
	$$(Q)cp $$< $$@.tmp
	$$(Q)truncate -s $$$$((0x$$$$($$($2-tool)nm $$(O)/$1/oopsmon-$1.elf | sed -n 's/ . __file_end$$$$//p'))) $$@.tmp
	$$(Q)mv $$@.tmp $$@
endef
$(foreach b,$(BOARDS),$(eval $(call image-rules,$b,$($b-arch))))
# $1: board, $2: entry, $3: ending of its file
entry-rules = $(eval $(call entry-rules-$($1-arch)-$2,$1,$$(O)/$1/oopsmon-$1.$3))
$(foreach b,$(BOARDS),$(foreach e,$($b-entries),\
	$(call entry-rules,$b,$(firstword $(subst =, ,$e)),$(lastword $(subst =, ,$e)))))
IMAGES := $(foreach b,$(BOARDS),$($b-images))
