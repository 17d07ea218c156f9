# SPDX-License-Identifier: BSD-2-Clause
# The unit tests, on this machine under ASan and UBSan. Included by the Makefile.

UNIT_FLAGS := $(COMMON) -O1 $(CORE_INC) -D_GNU_SOURCE -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
ZLIB_DEFS_unit := $(ZLIB_DEFS)
unit-deps := Makefile tests/unit/rules.mk | $(O)/setup/test.done $(LIBS_READY)
$(eval $(call host-rules,unit,UNIT_FLAGS))

$(O)/unit/%_test.o: tests/unit/%_test.c $(unit-deps)
	$(say) HOSTCC $<
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(UNIT_FLAGS) $(TEST_WARN) -Itests/unit $(DEPFLAGS) -c $< -o $@
# drivers see a register model in place of MMIO
$(O)/unit/drivers/%.o: firmware/drivers/%.c $(unit-deps)
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(UNIT_FLAGS) $(WARN) -DOM_MMIO_MODEL $(DEPFLAGS) -c $< -o $@
$(O)/unit/drivers.a: $(patsubst %,$(O)/unit/drivers/%.o,bind pl011 flash cfi_cycles cfi_probe cfi_flash)
	$(Q)rm -f $@ && ar rcD $@ $^
# parts of the host program: what unpacks, what packs for tests, what receives files
$(O)/unit/tool/%.o: tools/oopsmon/%.c $(unit-deps)
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(UNIT_FLAGS) $(WARN) $(DEPFLAGS) -c $< -o $@
$(O)/unit/tool.a: $(O)/unit/tool/unpackers.o $(O)/unit/tool/fetch.o $(O)/unit/tool/quota.o
	$(Q)rm -f $@ && ar rcD $@ $^
$(unit-tests:%=$(O)/unit/%): $(O)/unit/%: $(O)/unit/%.o $(O)/unit/drivers.a $(O)/unit/tool.a $(O)/unit/core.a
	$(Q)$(HOSTCC) -fsanitize=address,undefined $(filter %.o %.a,$^) -lcmocka $(UNPACK_LIBS) -o $@

.PHONY: $(unit-tests:%=run-%)
## check-unit: core's unit tests under ASan and UBSan
check-unit: $(unit-tests:%=run-%)
	$(Q)echo "unit: $$(cat $(unit-tests:%=$(O)/unit/%.log) | grep -c '\[       OK \]') cases passed in $(words $(unit-tests)) programs"
$(unit-tests:%=run-%): run-%: $(O)/unit/%
	$(Q)$< > $<.log 2>&1 || { cat $<.log; echo "FAILED: $*"; exit 1; }
