#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# generated.sh - writes the documents that the command prints: docs/ops.md. With --check nothing is written, and a
# document that differs from what the command prints is a failure. usage: scripts/generated.sh BUILD [--check]
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
check=${2:-}
document docs/ops.md "$build/tenon" list ops --markdown
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
