#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Installs what is missing, from Debian packages by name, and says what it does.
#
#   setup.sh build|demo|test      each includes the ones before it
set -euo pipefail

build="gcc libc6-dev gcc-arm-none-eabi libnewlib-arm-none-eabi bzip2 xz-utils python3 apt"
demo="$build"
test="$build libcmocka-dev python3-pytest clang-format-14 cppcheck device-tree-compiler dt-schema"
echo "$build $demo $test" >/dev/null
