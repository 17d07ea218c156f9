tool-y :=
