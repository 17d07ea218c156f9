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
$(O)/unit/app/%.o: firmware/app/%.c $(unit-deps)
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(UNIT_FLAGS) $(WARN) $(DEPFLAGS) -c $< -o $@
$(O)/unit/tool/%.o: tools/oopsmon/%.c $(unit-deps)
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(UNIT_FLAGS) $(WARN) $(DEPFLAGS) -c $< -o $@

# one archive for each folder, and one for zlib and libfdt, which every test may use
# all but the one with instructions of ARM, and the table of all
$(O)/unit/drivers.a: $(patsubst %,$(O)/unit/drivers/%,$(filter-out drivers.o fw_cfg.o,$(drivers-y)))
$(O)/unit/app.a: $(O)/unit/app/console.o
$(O)/unit/tool.a: $(patsubst %,$(O)/unit/tool/%.o,unpackers fetch quota)
$(O)/unit/libs.a: $(zlib-y:%=$(O)/unit/zlib/%) $(fdt-y:%=$(O)/unit/fdt/%)
unit-folders := $(sort $(dir $(core-y)))
$(foreach f,$(unit-folders),$(eval $(O)/unit/$(f:/=.a): $(patsubst %,$(O)/unit/core/%,$(filter $f%,$(core-y)))))
unit-archives := drivers.a app.a tool.a libs.a $(unit-folders:/=.a)
$(unit-archives:%=$(O)/unit/%):
	$(Q)rm -f $@ && ar rcD $@ $^

unit-groups := $(filter-out %_test,$(patsubst links-%,%,$(filter links-%,$(.VARIABLES))))
unit-tests := $(foreach g,$(unit-groups),$($g-tests))
$(foreach g,$(unit-groups),$(foreach t,$($g-tests),\
	$(eval $(O)/unit/$t: $(patsubst %,$(O)/unit/%.a,$(links-$g) $(links-$t) libs))))
$(unit-tests:%=$(O)/unit/%): $(O)/unit/%: $(O)/unit/%.o
	$(Q)$(HOSTCC) -fsanitize=address,undefined $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
		-lcmocka $(UNPACK_LIBS) -o $@

.PHONY: $(unit-tests:%=run-%)
## check-unit: core's unit tests under ASan and UBSan
check-unit: $(unit-tests:%=run-%)
	$(Q)echo "unit: $$(cat $(unit-tests:%=$(O)/unit/%.log) | grep -c '\[       OK \]') cases passed in $(words $(unit-tests)) programs"
$(unit-tests:%=run-%): run-%: $(O)/unit/%
	$(Q)$< > $<.log 2>&1 || { cat $<.log; echo "FAILED: $*"; exit 1; }
