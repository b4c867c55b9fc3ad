#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_damage.sh - damaged models and engines, through the command (status 1 and a message, never a signal) and
# through the library (test/fuzz/damage.c). usage: scripts/test_damage.sh BUILD [SECONDS] [SEED]
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1 seconds=${2:-20} seed=${3:-1}
digits=examples/digits
room=$build/damage
mkdir -p "$room"
passed=0 failed=0
good() { passed=$((passed + 1)); }
bad() {
    failed=$((failed + 1))
    printf 'FAILED %s\n' "$1"
}

# refused COMMAND FILE [OPTIONS]: the command must say no in words.
refused() {
    "$build/tenon" "$@" >"$room/out.txt" 2>&1
    status=$?
    if [ $status -eq 1 ] && [ -s "$room/out.txt" ]; then good; else bad "$1 $2: status $status"; fi
}
# harmless FILE: it is refused, or what is damaged is not what running reads: the outputs are the sound ones.
harmless() {
    "$build/tenon" run "$1" --random 1 >"$room/out.txt" 2>&1
    status=$?
    if [ $status -eq 1 ] && [ -s "$room/out.txt" ]; then
        good
    elif [ $status -eq 0 ] && cmp -s "$room/out.txt" "$room/sound.txt"; then
        good
    else
        bad "run $1: status $status"
    fi
}

"$build/tenon" build $digits/digits.onnx --no-timing -o "$room/digits.tne" >"$room/out.txt" 2>&1 || bad 'build'
for file in $digits/digits.onnx "$room/digits.tne"; do
    size=$(wc -c <"$file")
    for part in 0 1 2 5 9; do
        head -c $((size * part / 10)) "$file" >"$room/cut"
        refused run "$room/cut" --random 1
    done
done
# Every byte of an engine is covered by a digest: `check` finds one flipped bit anywhere, and running never reads one.
"$build/tenon" run "$room/digits.tne" --random 1 >"$room/sound.txt" 2>&1 || bad 'run'
for part in 1 3 5 7 9; do
    at=$(($(wc -c <"$room/digits.tne") * part / 10))
    cp "$room/digits.tne" "$room/flipped"
    byte=$(od -An -tu1 -j $at -N 1 "$room/flipped" | tr -d ' ')
    # shellcheck disable=SC2059 # the format is the byte
    printf "\\$(printf %03o $((byte ^ 16)))" | dd of="$room/flipped" bs=1 seek=$at conv=notrunc 2>/dev/null
    refused check "$room/flipped"
    harmless "$room/flipped"
done

# Small models of all kinds where ONNX's test data is at hand.
data=$(ls -d .venv/lib/python3*/site-packages/onnx/backend/test/data 2>/dev/null)
more=''
for name in simple/test_sequence_model1 simple/test_expand_shape_model1 node/test_if node/test_loop11 node/test_scan_sum \
    node/test_lstm_defaults node/test_resize_upsample_sizes_nearest node/test_strnorm_model_nostopwords_nochangecase \
    node/test_slice node/test_optional_get_element_sequence; do
    [ ! -e "$data/$name/model.onnx" ] || more="$more $data/$name/model.onnx"
done
# shellcheck disable=SC2086 # paths without spaces
if "$build/test/test_damage" "$seconds" "$seed" "$room/last" $digits/digits.onnx "$room/digits.tne" $more >"$room/log.txt" 2>&1; then
    cat "$room/log.txt"
    passed=$((passed + $(grep -oE '^[0-9]+ passed' "$room/log.txt" | cut -d' ' -f1)))
else
    tail -n 40 "$room/log.txt"
    bad "damage: seed $seed; what did it is in $room/last (its last bytes)"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
