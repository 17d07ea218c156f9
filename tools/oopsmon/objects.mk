tool-y :=
tool-y += main.o
tool-y += decode.o
tool-y += plan.o
tool-y += unpackers.o
tool-y += symbols.o
