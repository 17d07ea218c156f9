arch-arm-y :=
