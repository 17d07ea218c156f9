unit-tests :=
unit-tests += ranges_test
unit-tests += dt_test
unit-tests += edits_test
unit-tests += rs_test
unit-tests += cmdline_test
