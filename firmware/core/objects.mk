# Pure C, also built for the host; see docs/architecture.md for what each owns.
core-y := err.o
core-y += crc32.o
core-y += escape.o
