#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_aarch64.sh - the portable build for 64-bit Arm, cross-compiled with warnings as errors and run by qemu-user: the
# unit tests, a network with known results, engines between the two machines, and that the kernels are NEON code.
# Needs scripts/setup.sh aarch64; engines from here are tried when build/tenon is there.
# usage: scripts/test_aarch64.sh [FOLDER]
set -u
cd "$(dirname "$0")/.." || exit 1
folder=${1:-build-aarch64}
root=${AARCH64_ROOT:-/usr/aarch64-linux-gnu}
passed=0 failed=0 skipped=0
mkdir -p "$folder"
if ! { cmake -S . -B "$folder" -G Ninja -DTN_WERROR=ON -DTN_EXAMPLES=OFF -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64.cmake \
    ${CMAKE_C_COMPILER_LAUNCHER:+-DCMAKE_C_COMPILER_LAUNCHER="$CMAKE_C_COMPILER_LAUNCHER"} &&
    cmake --build "$folder" -j "$(nproc)"; } >"$folder/build.txt" 2>&1; then
    tail -n 40 "$folder/build.txt"
    echo '0 passed, 1 failed'
    exit 1
fi
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT INT TERM
arm() { qemu-aarch64 -L "$root" "$@"; }
tenon() { arm "$folder/tenon" "$@"; }

# check NAME COMMAND...
check() {
    name=$1
    shift
    if "$@" >"$room/out" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n' "$name"
        tail -n 20 "$room/out" | cut -c1-200 | sed 's/^/    /'
    fi
}

add() {
    passed=$((passed + $1)) failed=$((failed + $3)) skipped=$((skipped + ${5:-0}))
}
scripts/ctest.sh "$folder" -L unit >"$room/units" # each by qemu: the toolchain file says so
sed '$d' "$room/units"
# shellcheck disable=SC2046 # "N passed, N failed, N skipped" as words
add $(tail -n 1 "$room/units" | tr -d ,)
grep -E 'is not run|does not read' "$folder/ctest.log" | sed 's/^[0-9]*: */note: /'

digits=examples/digits
expect() { "$1" run "$2" --input $digits/test_images.npy --expect $digits/test_logits.npy; }
check 'a network gives the known results' expect tenon $digits/digits.onnx
check 'an engine is built' tenon build -q $digits/digits.onnx -o "$room/arm.tne"
check 'and runs' expect tenon "$room/arm.tne"
if [ -x build/tenon ]; then
    check 'an engine is built on this machine' build/tenon build -q $digits/digits.onnx -o "$room/here.tne"
    check 'and its kernels are chosen anew there' expect tenon "$room/here.tne"
    check 'an engine from there runs here' expect build/tenon "$room/arm.tne"
else
    skipped=$((skipped + 3))
    echo 'note: engines from this machine are not tried, build/tenon is missing'
fi

# Enough of a kind of instruction in a kernel's code: what a compiler falls back to has none.
has() { [ "$(aarch64-linux-gnu-objdump -d "$folder/CMakeFiles/tn_cpu_generic.dir/src/cpu/$1.c.o" | grep -cE "$2")" -ge "$3" ]; }
check 'products are fused multiply-adds of four' has gemm_f32 'fmla	v[0-9]+\.4s' 50
check 'so are blocked convolutions' has conv_f32_blocked 'fmla	v[0-9]+\.4s' 50
check 'f16 is converted by the machine' has cast 'fcvtn|fcvtl' 2
check 'bytes are multiplied in pairs' has matmul_i8 'smull2?	' 8
check 'square roots are vectors' has eltwise_f32 'fsqrt	v[0-9]+\.4s' 1

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
