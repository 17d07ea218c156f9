# SPDX-License-Identifier: BSD-2-Clause
# The host program: firmware/core once more, for this machine, and tools/oopsmon. No cross
# compiler. SYSTEM_LIBS=1 takes this system's zlib and libfdt: nothing is downloaded then.

SYSTEM_LIBS ?=

# $1: folder below $(O), $2: flags variable, $3: what must be there before core is compiled
define core-rules
$$(O)/$1/core/%.o: firmware/core/%.c Makefile tools/oopsmon/rules.mk | $3
	$$(say) HOSTCC $$<
	$$(Q)mkdir -p $$(@D) && $$(HOSTCC) $$($2) $$(WARN) $$(DEPFLAGS) -c $$< -o $$@
endef

# the same with zlib and libfdt, all in one archive
define host-rules
$(call core-rules,$1,$2,$$(O)/setup/build.done $$(LIBS_READY))
$$(O)/$1/zlib/%.o: $$(O)/deps/zlib/.ready Makefile tools/oopsmon/rules.mk
	$$(Q)mkdir -p $$(@D) && $$(HOSTCC) $$($2) $$(ZLIB_DEFS_$1) -w -c $$(O)/deps/zlib/$$*.c -o $$@
$$(O)/$1/fdt/%.o: $$(O)/deps/fdt/.ready Makefile tools/oopsmon/rules.mk
	$$(Q)mkdir -p $$(@D) && $$(HOSTCC) $$($2) -O2 $$(FDT_DEFS) -w -c $$(O)/deps/fdt/$$*.c -o $$@
$$(O)/$1/core.a: $$(core-y:%=$$(O)/$1/core/%) $$(zlib-y:%=$$(O)/$1/zlib/%) $$(fdt-y:%=$$(O)/$1/fdt/%) $$(fdt-host-y:%=$$(O)/$1/fdt/%)
	$$(Q)rm -f $$@ && ar rcD $$@ $$^
endef

# hidden: libelf's own libz must not find our zlib in its place
HOST_FLAGS = $(COMMON) -O2 -fvisibility=hidden -Ifirmware $(host-inc) -Itools/oopsmon -D_GNU_SOURCE $(VERSION_DEF) -DOM_VERSION_NUMBER=$(VERSION_NUMBER)
UNPACK_LIBS := -llz4 -llzo2 -lzstd
HOST_LIBS := -ljansson -lelf -llzma -lserialport $(UNPACK_LIBS)
# the host program reads gzip files as well, with the same zlib
ZLIB_DEFS_host := -DZ_SOLO

ifeq ($(SYSTEM_LIBS),1)
host-o := host-system-libs
host-setup := $(O)/setup/syslibs.done
$(eval $(call core-rules,$(host-o),HOST_FLAGS,$(host-setup)))
host-objs := $(core-y:%=$(O)/$(host-o)/core/%)
HOST_LIBS += -lz -lfdt
else
host-o := host
host-setup := $(O)/setup/host.done $(LIBS_READY)
host-inc := $(LIB_INC)
$(eval $(call host-rules,$(host-o),HOST_FLAGS))
host-objs := $(O)/host/zlib/crc32.o $(O)/host/core.a
endif
host-objs := $(tool-y:%=$(O)/$(host-o)/tool/%) $(console-y:%=$(O)/$(host-o)/drivers/%) $(host-objs)

$(O)/$(host-o)/drivers/%.o: firmware/drivers/%.c Makefile tools/oopsmon/rules.mk | $(host-setup)
	$(say) HOSTCC $<
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(HOST_FLAGS) $(WARN) $(DEPFLAGS) -c $< -o $@

$(O)/$(host-o)/tool/%.o: tools/oopsmon/%.c Makefile tools/oopsmon/rules.mk | $(host-setup)
	$(say) HOSTCC $<
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(HOST_FLAGS) $(WARN) $(DEPFLAGS) -c $< -o $@
$(O)/host/oopsmon: $(host-objs) $(O)/host/libraries
	$(say) HOSTLD $@
	$(Q)$(HOSTCC) $(filter %.o %.a,$^) $(HOST_LIBS) -o $@
# changes when the program is linked with other libraries than it was
$(O)/host/libraries: always
	$(Q)mkdir -p $(@D) && echo $(host-o) | cmp -s - $@ || echo $(host-o) > $@

.PHONY: host install install-host install-images install-hook always
## host: the host program, build/host/oopsmon (SYSTEM_LIBS=1: this system's zlib and libfdt)
host: $(O)/host/oopsmon
	@:

## install: the host program, and the images that `oopsmon wrap` takes (PREFIX=, DESTDIR=)
install: install-host install-images

## install-host: without the images: no cross compiler is needed
install-host: $(O)/host/oopsmon
	$(Q)install -D -m 755 $< $(DESTDIR)$(PREFIX)/bin/oopsmon
	$(Q)install -D -m 644 docs/oopsmon.1 $(DESTDIR)$(PREFIX)/share/man/man1/oopsmon.1
	$(Q)install -D -m 644 tools/completion.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/oopsmon

install-images: $(IMAGES)
	$(Q)install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/oopsmon $^

## install-hook: wrap each kernel that Debian installs, before it is made bootable (DESTDIR=)
install-hook:
	$(Q)for on in postinst postrm; do \
		install -D -m 755 tools/hooks/$$on $(DESTDIR)/etc/kernel/$$on.d/zy-oopsmon; done
