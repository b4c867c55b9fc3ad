#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh - the tests of docs/pitfalls.md, on files that both of PyTorch's exporters wrote (scripts/make_pitfalls.py).
# First every data/PITFALL/CASE/*.onnx against PyTorch's outputs for each of the case's inputs 0/, 1/, ...; then what
# else is promised: the *.t files here, in the form of test/cli/run.sh, with $DATA test/pitfalls/data.
# Other folders of a case are for its .t file.
#
# usage: test/pitfalls/run.sh TENON [FILTER]
TENON=$(realpath "$1") || exit 2
filter=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
room=$(mktemp -d) || exit 2
trap 'rm -rf "$room"' EXIT INT TERM
unset NO_COLOR TENON_THREADS TENON_CPU TENON_TIMING_CACHE TENON_MAX_MEMORY
passed=0 failed=0

for model in "$here"/data/*$filter*/*/*.onnx; do
    for sample in "${model%/*}"/[0-9]; do
        [ -d "$sample" ] || continue
        input=--input=$sample
        [ -e "$sample/x.npy" ] || input=--quiet
        if "$TENON" run --no-timing "$model" "$input" --expect "$sample" >"$room/out" 2>&1; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            printf 'FAILED %s with %s/\n' "${model#"$here"/data/}" "${sample##*/}"
            sed 's/^/    /' "$room/out" | head -n 12
        fi
    done
done

set -- "$here"/*$filter*.t
[ -e "$1" ] && { DATA=$here/data "$here/../cli/run.sh" "$TENON" "$@" >"$room/t" || :; cat "$room/t" | grep -v ' passed, '; }
more=$(grep -oE '[0-9]+ passed, [0-9]+ failed' "$room/t" 2>/dev/null)
passed=$((passed + $(echo "$more" | awk '{print $1 + 0}'))) failed=$((failed + $(echo "$more" | awk '{print $3 + 0}')))
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
