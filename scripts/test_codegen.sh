#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_codegen.sh - the round trip of `tenon codegen`: a model becomes source, the source is compiled without a warning
# in a folder of its own, the program builds an engine, and that is the model's own engine, byte for byte. The same from
# the engine itself instead of the model, and in Python (PYTHON, or one that has numpy). Sources are formatted as the
# project's are; one that is edited makes another engine.
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
for python in ${PYTHON:-} "$root/.venv/bin/python" python3 none; do
    "$python" -c 'import numpy' 2>/dev/null && break
done
[ -z "$sanitize" ] || python=none # a sanitized library cannot be loaded by just any program

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

# The engine of a folder of source in Python.
run_python() { # folder engine
    # shellcheck disable=SC2086
    PYTHONPATH=$build/python "$python" "$1/main.py" "$2" $options >"$room/log" 2>&1
}

python_trip() { # model, whose engine is there
    [ "$python" != none ] || return 0
    rm -rf "$room/py"
    "$build/tenon" codegen "$1" --lang python -o "$room/py" -q >"$room/log" 2>&1 || fail "$1: codegen in Python" || return
    run_python "$room/py" "$room/python.tne" || fail "$1: run its Python" || return
    cmp "$room/model.tne" "$room/python.tne" >"$room/log" 2>&1 || fail "$1: the engine of its Python differs" || return
    ! grep -nE '.{121}' "$room/py/network.py" | grep -v '"' >"$room/log" || fail "$1: long lines of Python" || return
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
    python_trip "$1" || return
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

# A layer that is changed in the source, of the model or of what runs, is changed in the engine.
edited() { # model options of codegen... pattern
    rm -rf "$room/src"
    "$build/tenon" codegen "$1" $2 -o "$room/src" -q >"$room/log" 2>&1 || fail "$1: codegen $2" || return
    compile_and_run "$room/src" "$room/source.tne" || fail "$1: compile and run $2" || return
    grep -q "$3" "$room/src/network.c" || fail "$1: there is no $3" || return
    sed -i "$4" "$room/src/network.c"
    compile_and_run "$room/src" "$room/edited.tne" || fail "$1: compile and run what was edited $2" || return
    ! cmp -s "$room/source.tne" "$room/edited.tne" || fail "$1: an edited source gives the same engine $2" || return
}

count() { if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi; }

digits=$root/examples/digits/digits.onnx
count edited "$digits" '' tn_max_pool 's/tn_max_pool(/tn_average_pool(/'
count edited "$digits" --optimized 'activation = "Relu"' 's/, .activation = "Relu"//'
count edited "$digits" '--after activation' tn_max_pool 's/tn_max_pool(/tn_average_pool(/'
count edited "$root/test/cli/data/heads.tnt" '' 'HEADS = 5' 's/HEADS = 5/HEADS = 10/; s/HEAD_SIZE = 8/HEAD_SIZE = 4/'
count optimised "$digits"
for model in $(find "$@" \( -name '*.onnx' -o -name '*.tnt' -o -name '*.pt2' \) | sort); do
    "$build/tenon" check -q "$model" >/dev/null 2>&1 || continue # meant to be wrong
    count round_trip "$model"
done
[ "$passed" -gt 0 ] || failed=$((failed + 1))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
