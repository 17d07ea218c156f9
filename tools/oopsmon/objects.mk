tool-y :=
tool-y += main.o
tool-y += decode.o
tool-y += plan.o
tool-y += symbols.o
