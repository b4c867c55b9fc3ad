#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_embedded.sh - a program that carries its network, with a library of just what that network takes
# (examples/embedded): it computes what the whole library computes, bit for bit; it needs nothing but the C library; it
# is small; and an engine that needs more is refused with the name of what was left out.
# usage: scripts/test_embedded.sh BUILD
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
tenon=$build/tenon
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
most=500000 # bytes of the library, stripped
cpus=generic
! grep -qs '^flags.* avx2' /proc/cpuinfo || cpus=avx2
! grep -qs '^flags.* avx512vl' /proc/cpuinfo || cpus='avx512 avx2'
launcher=$(sed -n 's/^CMAKE_C_COMPILER_LAUNCHER:[A-Z]*=//p' "$build/CMakeCache.txt")
passed=0 failed=0

check() {
    name=$1
    shift
    if "$@" >"$room/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n' "$name"
        tail -n 20 "$room/log"
    fi
}

configure() { # folder options
    folder=$1
    shift
    cmake -S "$root/examples/embedded" -B "$folder" -G Ninja -DTENON="$tenon" -DCPU="$cpu" -DTN_WERROR=ON \
        -DCMAKE_C_COMPILER_LAUNCHER="$launcher" "$@"
}
small_builds() {
    configure "$room/small" && cmake --build "$room/small" --target embedded tenon_shared
}

# Eight pictures, one after the other; 128 bytes of header come before them in the .npy.
same_bits() {
    tail -c +129 "$root/examples/digits/test_images.npy" | head -c $((8 * 256)) >"$room/pictures"
    "$room/small/embedded" <"$room/pictures" >"$room/logits" || return
    [ "$(wc -c <"$room/logits")" -eq $((8 * 40)) ] || return
    : >"$room/whole"
    for i in 0 1 2 3 4 5 6 7; do
        tail -c +$((i * 256 + 1)) "$room/pictures" | head -c 256 >"$room/one"
        "$tenon" run -q "$room/small/digits.tne" --input "$room/one" --shape 1x1x8x8 --cpu "$cpu" --save "$room/out" || return
        tail -c +129 "$room/out/logits.npy" >>"$room/whole"
    done
    cmp "$room/logits" "$room/whole"
}

library() { find "$room/small" -name 'libtenon.so.*.*'; }
is_small() {
    strip -o "$room/stripped" "$(library)" && size=$(wc -c <"$room/stripped") && echo "$size bytes" && [ "$size" -le $most ] &&
        size=$(wc -c <"$room/small/embedded") && echo "$size bytes with the program and the engine" &&
        [ "$size" -le $((most + $(wc -c <"$room/small/digits.tne"))) ]
}
needs_only_libc() {
    needed=$(readelf -d "$(library)" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
    [ -n "$needed" ] && ! echo "$needed" | grep -vE '^(lib(c|m|dl|pthread)|ld-linux.*)\.so'
}
makes_no_engines() { ! nm -D --defined-only "$(library)" | grep -E ' (tn_graph_load|tn_plan_build|tn_graph_optimize|tn_network_new)$'; }

# The same program around another engine: its message must name what is not there.
refuses() { # model what-is-named options...
    model=$1 named=$2
    shift 2
    mkdir -p "$room/other"
    "$tenon" build -q "$model" -o "$room/other.tne" --no-timing --cpu "$cpu" "$@" &&
        "$tenon" embed -q "$room/other.tne" -o "$room/other/digits.o" --cpu "$cpu" &&
        ${CC:-cc} -std=c17 -I"$root/include" -I"$room/other" "$root/examples/embedded/embedded.c" "$room/other/digits.o" \
            "$room/small/tenon/libtenon.a" -o "$room/refused" -Wl,--gc-sections -lm -lpthread -ldl || return
    if "$room/refused" </dev/null 2>"$room/said"; then return 1; fi
    cat "$room/said"
    grep -q "$named" "$room/said" && grep -q 'was left out of this library' "$room/said" && grep -q 'TN_ONLY_OPS' "$room/said"
}
unknown_name() {
    cmake -S "$root" -B "$room/unknown" -DTN_ONLY_OPS='conv;no_such_thing' >"$room/said" 2>&1 && return 1
    grep -q 'no_such_thing' "$room/said"
}

printf 'graph "g" {\n in %%x: f32[1,1,8,8]\n %%y = Erf(%%x)\n out %%y\n}\n' >"$room/erf.tnt"
for cpu in $cpus; do # what follows is asked of the last
    rm -rf "$room/small"
    check "the example is built ($cpu)" small_builds
    check "the same bits as the whole library ($cpu)" same_bits
    check "at most $most bytes ($cpu)" is_small
done
check 'needs the C library only' needs_only_libc
check 'nothing that makes engines is in it' makes_no_engines
check 'an operator that was left out' refuses "$room/erf.tnt" "operator 'Erf'"
check 'a kernel that was left out' refuses "$root/examples/digits/digits.onnx" "kernel 'cpu.generic" --tactics 'cpu.generic.*'
check 'TN_ONLY_OPS with a name that is none' unknown_name
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
