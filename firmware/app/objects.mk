app-y :=
