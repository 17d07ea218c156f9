# SPDX-License-Identifier: BSD-2-Clause
# The unit tests and the fuzz replays once more, built for other machines and run by qemu-user: core
# depends on neither the size of a word nor the order of its bytes. Under UBSan, which traps.
# Included by the Makefile.

arches := armhf arm64 s390x
# compiler, and what runs its programs; s390x is big-endian
armhf-on := arm-linux-gnueabihf- qemu-arm
arm64-on := aarch64-linux-gnu- qemu-aarch64
s390x-on := s390x-linux-gnu- qemu-s390x

ARCHES_FLAGS := $(COMMON) -O1 $(CORE_INC) -D_GNU_SOURCE -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64 \
	-isystem $(O)/cmocka/include \
	-fsanitize=undefined -fsanitize-undefined-trap-on-error -fno-sanitize-recover=all \
	-DSLOW_SECONDS=60
arches-deps := Makefile tests/arches/rules.mk | $(O)/setup/arches.done $(LIBS_READY) $(O)/cmocka/.ready

# not what needs libraries that this machine alone has: lz4 and its like
arches-tests := $(foreach g,$(filter-out tool,$(unit-groups)),$($g-tests))
arches-fuzz := $(filter-out packings,$(fuzz-tests))

# what makes cmocka.c compile without its configure step
CMOCKA_DEFS := -DHAVE_STDINT_H=1 -DHAVE_INTTYPES_H=1 -DHAVE_SIGNAL_H=1 -DHAVE_STRUCT_TIMESPEC=1 -DHAVE_CLOCK_GETTIME=1

# $1: architecture, $2: compiler's prefix, $3: what runs its programs
define arch-tests-rules
$(O)/arches/$1/%: override HOSTCC := $2gcc
ZLIB_DEFS_arches/$1 := $(ZLIB_DEFS)
$(call host-rules,arches/$1,ARCHES_FLAGS)

$(O)/arches/$1/cmocka.o: $(arches-deps)
	$$(Q)mkdir -p $$(@D) && $2gcc -O1 -w $(CMOCKA_DEFS) -D_GNU_SOURCE -I$(O)/cmocka/include -c $(O)/cmocka/src/cmocka.c -o $$@
$(O)/arches/$1/unit/%.o: tests/unit/%.c $(arches-deps)
	$$(say) "CC $1" $$<
	$$(Q)mkdir -p $$(@D) && $2gcc $(ARCHES_FLAGS) $(TEST_WARN) -Itests/unit $(DEPFLAGS) -c $$< -o $$@
$(O)/arches/$1/fuzz/%.o: tests/fuzz/%.c $(arches-deps)
	$$(say) "CC $1" $$<
	$$(Q)mkdir -p $$(@D) && $2gcc $(ARCHES_FLAGS) $(TEST_WARN) -Itools -Itests $(DEPFLAGS) -c $$< -o $$@
$(O)/arches/$1/drivers/%.o: firmware/drivers/%.c $(arches-deps)
	$$(Q)mkdir -p $$(@D) && $2gcc $(ARCHES_FLAGS) $(WARN) -DOM_MMIO_MODEL $(DEPFLAGS) -c $$< -o $$@
$(O)/arches/$1/tool/%.o: tools/oopsmon/%.c $(arches-deps)
	$$(Q)mkdir -p $$(@D) && $2gcc $(ARCHES_FLAGS) $(WARN) $(DEPFLAGS) -c $$< -o $$@
$(O)/arches/$1/app/%.o: firmware/app/%.c $(arches-deps)
	$$(Q)mkdir -p $$(@D) && $2gcc $(ARCHES_FLAGS) $(WARN) $(DEPFLAGS) -c $$< -o $$@
$(O)/arches/$1/rest.a: $(patsubst %,$(O)/arches/$1/drivers/%,$(filter-out drivers.o fw_cfg.o,$(drivers-y))) \
		$(O)/arches/$1/app/console.o $(O)/arches/$1/tool/wrapped.o $(O)/arches/$1/cmocka.o
	$$(Q)rm -f $$@ && ar rcD $$@ $$^

$(arches-tests:%=$(O)/arches/$1/%): $(O)/arches/$1/%: $(O)/arches/$1/unit/%.o $(O)/arches/$1/core.a $(O)/arches/$1/rest.a
	$$(Q)$2gcc -static $$< -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group -o $$@
$(arches-fuzz:%=$(O)/arches/$1/replay-%): $(O)/arches/$1/replay-%: $(O)/arches/$1/fuzz/%_fuzz.o \
		$(O)/arches/$1/fuzz/replay.o $(O)/arches/$1/core.a $(O)/arches/$1/rest.a
	$$(Q)$2gcc -static $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group -o $$@

.PHONY: $(arches-tests:%=$1-%) $(arches-fuzz:%=$1-replay-%) check-$1
$(arches-tests:%=$1-%): $1-%: $(O)/arches/$1/%
	$$(Q)$3 $$< > $$<.log 2>&1 || { tail -40 $$<.log; echo "FAILED: $$* on $1"; exit 1; }
$(arches-fuzz:%=$1-replay-%): $1-replay-%: $(O)/arches/$1/replay-%
	$$(Q)$3 $$< tests/data/fuzz/$$* > $$<.log 2>&1 || { tail -40 $$<.log; echo "FAILED: replay of $$* on $1"; exit 1; }
check-$1: $(arches-tests:%=$1-%) $(arches-fuzz:%=$1-replay-%)
	$$(Q)echo "$1: $$$$(cat $(arches-tests:%=$(O)/arches/$1/%.log) | grep -c '\[       OK \]') cases passed in \
	$(words $(arches-tests)) programs, $$$$(ls $(arches-fuzz:%=tests/data/fuzz/%) | grep -c -e -) inputs replayed"
endef
$(foreach a,$(arches),$(eval $(call arch-tests-rules,$a,$(firstword $($a-on)),$(lastword $($a-on)))))

## check-arches: unit tests and fuzz replays built for 32-bit and 64-bit ARM and for s390x (big-endian)
check-arches: $(arches:%=check-%)
