drivers-y :=
