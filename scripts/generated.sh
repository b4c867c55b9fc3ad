#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# generated.sh - writes what the command prints into documents: docs/ops.md, and README.md's count of operators,
# kernels and passes. With --check nothing is written, and a document that differs from what the command prints is a
# failure. usage: scripts/generated.sh BUILD [--check]
set -u
cd "$(dirname "$0")/.." || exit 1
build=$1 passed=0 failed=0
new=$(mktemp)
trap 'rm -f "$new"' EXIT
# document FILE COMMAND...
document() {
    file=$1
    shift
    if ! "$@" >"$new"; then
        failed=$((failed + 1))
        echo "FAILED $*"
    elif [ "$check" ]; then
        if diff "$file" "$new"; then passed=$((passed + 1)); else
            failed=$((failed + 1))
            echo "FAILED $file is not what '$*' prints; 'make docs' renews it"
        fi
    else
        cp "$new" "$file" && passed=$((passed + 1))
    fi
}
rows() { "$build/tenon" list "$1" | wc -l; }
counted() {
    sed -E "s/^[0-9]+ operators, [0-9]+ kernels, [0-9]+ passes/$(rows ops) operators, $(rows tactics) kernels, $(rows passes) passes/" README.md
}
check=${2:-}
document docs/ops.md "$build/tenon" list ops --markdown
document README.md counted
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
