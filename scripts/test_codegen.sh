#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_codegen.sh - the round trip of `tenon codegen`: a model becomes source, the source is compiled without a warning
# in a folder of its own, the program builds an engine, and that is the model's own engine, byte for byte. The same from
# the engine itself instead of the model. Sources are formatted as the project's are.
# usage: scripts/test_codegen.sh BUILD [MODEL|FOLDER...]   (default: the models that are in the tree)
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- "$root/examples/digits/digits.onnx" "$root/test/cli/data"
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
sanitize=$(sed -n 's/^TN_SANITIZE:[A-Z]*=\(..*\)/-fsanitize=\1/p' "$build/CMakeCache.txt")
options='--no-timing --threads 1'
passed=0 failed=0

fail() {
    printf 'FAILED %s\n' "$1"
    [ -s "$room/log" ] && head -n 5 "$room/log"
    return 1
}

# The engine of a folder of source.
compile_and_run() { # folder engine
    # shellcheck disable=SC2086 # options are words
    (cd "$1" && ${CC:-cc} -std=c17 -Wall -Wextra -Werror $sanitize -I"$root/include" -I"$build/include" main.c network.c \
        -o network -L"$build" -ltenon -Wl,-rpath,"$build" && ./network "$2" $options) >"$room/log" 2>&1
}

formatted() {
    command -v clang-format >/dev/null || return 0
    clang-format "--style=file:$root/.clang-format" --dry-run -Werror "$1"/*.[ch] >"$room/log" 2>&1
}

round_trip() { # model
    rm -rf "$room/src" "$room/again"
    # shellcheck disable=SC2086
    "$build/tenon" build "$1" -o "$room/model.tne" -q $options >"$room/log" 2>&1 || fail "$1: build" || return
    "$build/tenon" codegen "$1" -o "$room/src" -q >"$room/log" 2>&1 || fail "$1: codegen" || return
    compile_and_run "$room/src" "$room/source.tne" || fail "$1: compile and run" || return
    cmp "$room/model.tne" "$room/source.tne" >"$room/log" 2>&1 || fail "$1: the engine differs" || return
    "$build/tenon" codegen "$room/model.tne" -o "$room/again" -q >"$room/log" 2>&1 || fail "$1: codegen of its engine" || return
    diff "$room/src/network.c" "$room/again/network.c" >"$room/log" 2>&1 || fail "$1: source from its engine" || return
    diff "$room/src/names.txt" "$room/again/names.txt" >"$room/log" 2>&1 || fail "$1: names from its engine" || return
    cmp "$room/src/weights.safetensors" "$room/again/weights.safetensors" >"$room/log" 2>&1 || fail "$1: weights from its engine" || return
    formatted "$room/src" || fail "$1: formatting" || return
}

# The network as it runs, fused operators and all: other source, the same bits in the outputs.
optimised() { # model
    rm -rf "$room/src" "$room/want"
    # shellcheck disable=SC2086
    "$build/tenon" build "$1" -o "$room/model.tne" -q $options >"$room/log" 2>&1 || fail "$1: build" || return
    "$build/tenon" codegen "$1" --optimized -o "$room/src" -q >"$room/log" 2>&1 || fail "$1: codegen --optimized" || return
    grep -q tn_fused_ "$room/src/network.c" || fail "$1: nothing is fused" || return
    compile_and_run "$room/src" "$room/source.tne" || fail "$1: compile and run what is optimised" || return
    "$build/tenon" run "$room/model.tne" --random 1 --save "$room/want" -q >"$room/log" 2>&1 || fail "$1: run" || return
    "$build/tenon" run "$room/source.tne" --random 1 --expect "$room/want" --rtol 0 --atol 0 -q >"$room/log" 2>&1 ||
        fail "$1: what is optimised computes something else" || return
}

if optimised "$root/examples/digits/digits.onnx"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
for model in $(find "$@" \( -name '*.onnx' -o -name '*.tnt' -o -name '*.pt2' \) | sort); do
    "$build/tenon" check -q "$model" >/dev/null 2>&1 || continue # meant to be wrong
    if round_trip "$model"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
[ "$passed" -gt 0 ] || failed=$((failed + 1))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
