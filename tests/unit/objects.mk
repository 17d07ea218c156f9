unit-tests :=
