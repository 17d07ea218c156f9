# One per parser: tests/fuzz/<name>_fuzz.c, corpus in tests/data/fuzz/<name> (docs/testing.md).
fuzz-tests :=
fuzz-tests += region
fuzz-tests += zone
fuzz-tests += rs
fuzz-tests += dmesg
fuzz-tests += unpack
fuzz-tests += holes
fuzz-tests += headline
fuzz-tests += escape
fuzz-tests += cmdline
fuzz-tests += plan
fuzz-tests += retained
fuzz-tests += ftrace
fuzz-tests += pmsg
fuzz-tests += zimage
fuzz-tests += join
fuzz-tests += search
