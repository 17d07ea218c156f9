# SPDX-License-Identifier: BSD-2-Clause
# The fuzz targets, each built three ways from one source: replay (gcc, no fuzzer, part of
# `make test`), libfuzzer (clang) and afl (AFL++). Included by the Makefile.

.PHONY: fuzz fuzz-keep $(fuzz-tests:%=replay-%)

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

FUZZ_CLANG ?= clang-14
FUZZ_AFL   ?= afl-clang-fast
# -w: gcc has had its say about core; -O2: more executions in the same time
LIBFUZZER_FLAGS := $(UNIT_FLAGS) -O2 -w -fsanitize=fuzzer-no-link
AFL_FLAGS := $(UNIT_FLAGS) -O2 -w
ZLIB_DEFS_fuzz/libfuzzer := $(ZLIB_DEFS)
ZLIB_DEFS_fuzz/afl := $(ZLIB_DEFS)
$(O)/fuzz/libfuzzer/%: override HOSTCC := $(FUZZ_CLANG)
$(O)/fuzz/afl/%: override HOSTCC := AFL_QUIET=1 $(FUZZ_AFL)
$(eval $(call host-rules,fuzz/libfuzzer,LIBFUZZER_FLAGS))
$(eval $(call host-rules,fuzz/afl,AFL_FLAGS))

# of the host program
$(O)/fuzz/libfuzzer/tool/%.o: tools/oopsmon/%.c $(unit-deps)
	$(say) HOSTCC $<
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(LIBFUZZER_FLAGS) $(DEPFLAGS) -c $< -o $@
$(O)/fuzz/afl/tool/%.o: tools/oopsmon/%.c $(unit-deps)
	$(say) HOSTCC $<
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(AFL_FLAGS) $(DEPFLAGS) -c $< -o $@
$(O)/fuzz/replay/packings: $(O)/unit/tool/unpackers.o
$(O)/fuzz/libfuzzer/packings: $(O)/fuzz/libfuzzer/tool/unpackers.o
$(O)/fuzz/afl/packings: $(O)/fuzz/afl/tool/unpackers.o
$(O)/fuzz/replay/wrap: $(O)/unit/tool/wrapped.o
$(O)/fuzz/libfuzzer/wrap: $(O)/fuzz/libfuzzer/tool/wrapped.o
$(O)/fuzz/afl/wrap: $(O)/fuzz/afl/tool/wrapped.o
fuzz-libs-packings = $(UNPACK_LIBS)

# of the drivers, all but those that the unit tests leave out, too
fuzz-drivers := $(filter-out drivers.o fw_cfg.o,$(drivers-y))
$(O)/fuzz/libfuzzer/drivers/%.o: firmware/drivers/%.c $(unit-deps)
	$(say) HOSTCC $<
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(LIBFUZZER_FLAGS) -DOM_MMIO_MODEL $(DEPFLAGS) -c $< -o $@
$(O)/fuzz/afl/drivers/%.o: firmware/drivers/%.c $(unit-deps)
	$(say) HOSTCC $<
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(AFL_FLAGS) -DOM_MMIO_MODEL $(DEPFLAGS) -c $< -o $@
$(O)/fuzz/libfuzzer/drivers.a $(O)/fuzz/afl/drivers.a: $(O)/fuzz/%/drivers.a: $(addprefix $(O)/fuzz/%/drivers/,$(fuzz-drivers))
	$(Q)rm -f $@ && ar rcD $@ $^
$(O)/fuzz/replay/console: $(O)/unit/drivers.a
$(O)/fuzz/libfuzzer/console: $(O)/fuzz/libfuzzer/drivers.a
$(O)/fuzz/afl/console: $(O)/fuzz/afl/drivers.a
fuzz-libs-console = -Wl,--start-group $(filter %.a,$^) -Wl,--end-group

# $1: folder below $(O)/fuzz, $2: flags variable, $3: archive of core, $4: what brings main()
define fuzz-rules
$$(O)/fuzz/$1/%.o: tests/fuzz/%.c $$(unit-deps)
	$$(say) HOSTCC $$<
	$$(Q)mkdir -p $$(@D) && $$(HOSTCC) $$($2) $$(TEST_WARN) -Itools -Itests $$(DEPFLAGS) -c $$< -o $$@
$$(fuzz-tests:%=$$(O)/fuzz/$1/%): $$(O)/fuzz/$1/%: $$(O)/fuzz/$1/%_fuzz.o $3
	$$(Q)$$(HOSTCC) -fsanitize=address,undefined $$(filter %.o,$$^) $$(filter %.a,$$^) $4 $$(fuzz-libs-$$(@F)) -o $$@
endef
$(eval $(call fuzz-rules,replay,UNIT_FLAGS,$(O)/fuzz/replay/replay.o $(O)/unit/core.a,))
$(eval $(call fuzz-rules,libfuzzer,LIBFUZZER_FLAGS,$(O)/fuzz/libfuzzer/core.a,-fsanitize=fuzzer))
$(eval $(call fuzz-rules,afl,AFL_FLAGS,$(O)/fuzz/afl/core.a,-fsanitize=fuzzer))

$(fuzz-tests:%=replay-%): replay-%: $(O)/fuzz/replay/%
	$(Q)$< tests/data/fuzz/$* > $<.log 2>&1 || { tail -40 $<.log; echo "FAILED: $*"; exit 1; }
