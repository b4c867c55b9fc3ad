#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_codegen.sh - the round trip of `tenon codegen`: a model becomes source, the source is compiled without a warning
# in a folder of its own (by CC and by each of COMPILERS: clang), the program builds an engine, and that is the model's
# own engine, byte for byte. The same from the engine itself instead of the model, and in Python (PYTHON, or one that has
# numpy). Sources are formatted as the project's are and as short as promised; one that is edited makes another engine.
# AFTER names stages of optimisation (`fold_const`, `--optimized`): the source of the network as it is then computes the
# same bits.
# usage: scripts/test_codegen.sh BUILD [MODEL|FOLDER...]   (default: the models that are in the tree, and edits of them)
# The long lane: scripts/export_zoo.py makes models and calls this; with RESULTS=FILE each adds a line there (model, lines
# of source, "passed" or what failed), and those that have one are passed over; scripts/codegen_table.py makes the page's
# table.
# INPUTS: a folder with NAME/.../input_0.npy for models that do not run on random values.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
shift
digits=$root/examples/digits/digits.onnx own=
[ $# -gt 0 ] || { own=1 && set -- "$digits" "$root/test/cli/data"; }
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
sanitize=$(sed -n 's/^TN_SANITIZE:[A-Z]*=\(..*\)/-fsanitize=\1/p' "$build/CMakeCache.txt")
options='--no-timing --threads 1'
results=${RESULTS:-/dev/null}
passed=0 failed=0
for python in ${PYTHON:-} "$root/.venv/bin/python" python3 none; do
    [ "$python" = none ] || "$python" -c 'import numpy' 2>/dev/null && break
done
[ -z "$sanitize" ] || python=none # a sanitized library cannot be loaded by just any program
first=${CC:-cc} others=
for compiler in ${COMPILERS:-clang}; do
    [ "$compiler" = "$first" ] || [ -n "$sanitize" ] || ! command -v "$compiler" >/dev/null || others="$others $compiler"
done

fail() {
    why=$1
    printf 'FAILED %s: %s\n' "$model" "$why"
    [ -s "$room/log" ] && head -n 5 "$room/log"
    return 1
}

# The engine of a folder of source.
compile_and_run() { # folder engine [compiler]
    # shellcheck disable=SC2086 # options are words
    (cd "$1" && ${3:-$first} -std=c17 -Wall -Wextra -Werror $sanitize -I"$root/include" -I"$build/include" main.c \
        network.c -o network -L"$build" -ltenon -Wl,-rpath,"$build" && ./network "$2" $options) >"$room/log" 2>&1
}

formatted() {
    command -v clang-format >/dev/null || return 0
    clang-format "--style=file:$root/.clang-format" --dry-run -Werror "$1"/*.[ch] >"$room/log" 2>&1
}

# What people were promised, of these networks under whatever prefix.
short() { # folder
    lines=$(wc -l <"$1/network.c")
    case ${model##*/} in
    *resnet50.*) most=199 ;;
    *yolov8n.*) most=349 ;;
    *bert.*) most=249 ;;
    *) return 0 ;;
    esac
    [ "$lines" -le "$most" ]
}

# The engine of a folder of source in Python.
run_python() { # folder engine
    # shellcheck disable=SC2086
    PYTHONPATH=$build/python "$python" "$1/main.py" "$2" $options >"$room/log" 2>&1
}

python_trip() {
    [ "$python" != none ] || return 0
    rm -rf "$room/py"
    "$build/tenon" codegen "$model" --lang python -o "$room/py" -q >"$room/log" 2>&1 || fail 'codegen in Python' || return
    run_python "$room/py" "$room/python.tne" || fail 'run its Python' || return
    cmp "$room/model.tne" "$room/python.tne" >"$room/log" 2>&1 || fail 'the engine of its Python differs' || return
    ! grep -nE '.{121}' "$room/py/network.py" | grep -v '"' >"$room/log" || fail 'long lines of Python' || return
}

round_trip() {
    rm -rf "$room/src" "$room/again"
    # shellcheck disable=SC2086
    "$build/tenon" build "$model" -o "$room/model.tne" -q $options >"$room/log" 2>&1 || fail 'build' || return
    "$build/tenon" codegen "$model" -o "$room/src" -q >"$room/log" 2>&1 || fail 'codegen' || return
    for compiler in $first $others; do
        compile_and_run "$room/src" "$room/source.tne" "$compiler" || fail "compile and run ($compiler)" || return
        cmp "$room/model.tne" "$room/source.tne" >"$room/log" 2>&1 || fail "the engine differs ($compiler)" || return
    done
    "$build/tenon" codegen "$room/model.tne" -o "$room/again" -q >"$room/log" 2>&1 || fail 'codegen of its engine' || return
    for file in network.c names.txt weights.safetensors; do
        cmp "$room/src/$file" "$room/again/$file" >"$room/log" 2>&1 || fail "$file from its engine" || return
    done
    formatted "$room/src" || fail 'formatting' || return
    short "$room/src" || fail 'it is longer than promised' || return
    python_trip || return
}

# The network as it is after a pass, or as it runs: other source, the same bits in the outputs.
after() { # stage; the model's engine is there
    case $1 in --*) how=$1 ;; *) how="--after $1" ;; esac
    rm -rf "$room/src"
    # shellcheck disable=SC2086
    "$build/tenon" codegen "$model" $how $options -o "$room/src" -q >"$room/log" 2>&1 || fail "codegen $how" || return
    compile_and_run "$room/src" "$room/source.tne" || fail "compile and run $how" || return
    formatted "$room/src" || fail "formatting $how" || return
    # shellcheck disable=SC2086
    "$build/tenon" run "$room/source.tne" $feed --expect "$room/want" --rtol 0 --atol 0 -q >"$room/log" 2>&1 ||
        fail "$how computes something else" || return
    [ "$how" != --optimized ] || same_steps || return
}

# The source of what runs builds what runs, and is that of the engine too.
same_steps() {
    rm -rf "$room/again"
    "$build/tenon" codegen "$room/model.tne" --optimized -o "$room/again" -q >"$room/log" 2>&1 ||
        fail 'codegen --optimized of its engine' || return
    for file in network.c names.txt weights.safetensors; do
        cmp "$room/src/$file" "$room/again/$file" >"$room/log" 2>&1 || fail "$file from its engine --optimized" || return
    done
    for engine in model source; do
        "$build/tenon" show "$room/$engine.tne" | sed '1,/^engine/d' >"$room/$engine.txt" # its steps and their kernels
    done
    cmp "$room/model.txt" "$room/source.txt" >"$room/log" 2>&1 || fail '--optimized runs something else' || return
}

# Options that feed the model, as values cannot always be just any: a case of its own, the inputs that it was exported
# with, or those beside it (in_0, in_1...).
inputs() {
    case=$(find "${INPUTS:-/nonexistent}/$(basename "${model%.*}")" -name input_0.npy 2>/dev/null | head -n 1)
    [ ! -d "${model%/*}/0" ] || case=${model%/*}/0/.
    if [ -n "$case" ]; then
        echo "-i ${case%/*}"
    elif "$build/tenon" show "$model" | grep -q 'the file has an example'; then
        echo "-i $model --random 1" # numbers have no example
    elif "$build/tenon" weights ls "${model%.*}.npz" 2>/dev/null | grep -q '^in_0 '; then
        "$build/tenon" weights ls "${model%.*}.npz" | sed -n "s|^\(in_[0-9]*\) .*|-i ${model%.*}.npz:\1|p" | sort -V | tr '\n' ' '
    else
        echo '--random 1'
    fi
}

all_of_it() { # stages
    lines=0 why=
    round_trip || return
    [ -n "$1" ] || return 0
    rm -rf "$room/want"
    feed=$(inputs)
    # shellcheck disable=SC2086
    "$build/tenon" run "$room/model.tne" $feed --save "$room/want" -q >"$room/log" 2>&1 || fail 'run' || return
    for stage in $1; do
        after "$stage" || return
    done
}

fused() {
    model=$1
    all_of_it --optimized || return
    grep -q tn_fused_ "$room/src/network.c" || fail 'nothing is fused'
}

# A layer that is changed in the source, of the model or of what runs, is changed in the engine.
edited() { # model options of codegen... pattern
    model=$1
    rm -rf "$room/src"
    # shellcheck disable=SC2086
    "$build/tenon" codegen "$1" $2 -o "$room/src" -q >"$room/log" 2>&1 || fail "codegen $2" || return
    compile_and_run "$room/src" "$room/source.tne" || fail "compile and run $2" || return
    grep -q "$3" "$room/src/network.c" || fail "there is no $3" || return
    sed -i "$4" "$room/src/network.c"
    compile_and_run "$room/src" "$room/edited.tne" || fail "compile and run what was edited $2" || return
    ! cmp -s "$room/source.tne" "$room/edited.tne" || fail "an edited source gives the same engine $2" || return
}

count() { if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi; }

edits() {
    count edited "$digits" '' tn_max_pool 's/tn_max_pool(/tn_average_pool(/'
    count edited "$digits" --optimized 'activation = "Relu"' 's/, .activation = "Relu"//'
    count edited "$digits" '--after activation' tn_max_pool 's/tn_max_pool(/tn_average_pool(/'
    count edited "$root/test/cli/data/heads.tnt" '' 'HEADS = 5' 's/HEADS = 5/HEADS = 10/; s/HEAD_SIZE = 8/HEAD_SIZE = 4/'
    count fused "$digits"
}

[ -z "$own" ] || edits
for model in $(find "$@" \( -name '*.onnx' -o -name '*.tnt' -o -name '*.pt2' \) ! -name '*.part.*' | sort); do
    [ "$results" = /dev/null ] || ! cut -f 1 "$results" 2>/dev/null | grep -qxF "${model##*/}" || continue
    if "$build/tenon" check -q "$model" >"$room/log" 2>&1; then
        count all_of_it "${AFTER:-}"
    else # meant to be wrong, or nothing that is read
        why=$(head -n 1 "$room/log")
        why="refused: $why"
        lines=0
    fi
    printf '%s\t%s\t%s\n' "${model##*/}" "$lines" "${why:-passed}" >>"$results"
done
[ "$passed" -gt 0 ] || failed=$((failed + 1))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
