# Pure C, also built for the host; see docs/architecture.md for what each owns.
core-y := err.o
core-y += crc32.o
core-y += escape.o
core-y += retained.o
core-y += placement.o
core-y += verdict.o
core-y += ranges.o
core-y += dt.o
core-y += edits.o
core-y += rs.o
core-y += zone.o
core-y += retained.o
core-y += placement.o
core-y += verdict.o
core-y += utc.o
core-y += cmdline.o
