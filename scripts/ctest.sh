#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest.sh - runs a build's tests and adds up what each program counted: a program's last line "N passed, N failed[,
# N skipped]" counts as that many cases, a program without one as one case, one that dies as one failure more.
# usage: scripts/ctest.sh BUILD [ctest's options...]
build=$1
shift
log=$build/ctest.log
CTEST_OUTPUT_ON_FAILURE=1 ctest --test-dir "$build" --timeout 600 -j "$(nproc)" -V "$@" >"$log" 2>&1
status=$?
awk -v status=$status '
    match($0, /^[0-9]+: /) {
        id = substr($0, 1, RLENGTH - 2)
        text = substr($0, RLENGTH + 1)
        output[id] = output[id] "    " text "\n"
        if (match(text, /[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?/)) {
            split(substr(text, RSTART, RLENGTH), n, " ")
            p[id] = n[1]; f[id] = n[3]; s[id] = n[5] + 0
        }
    }
    match($0, /Test +#[0-9]+: /) && !/Start/ {
        id = substr($0, RSTART, RLENGTH)
        gsub(/[^0-9]/, "", id)
        programs++
        if (/ Passed /) { if (!(id in p)) p[id] = 1 }
        else if (/\*\*\*Skipped/) s[id]++
        else {
            if (!f[id]) f[id] = 1
            print substr($0, index($0, ": ") + 2) "\n" output[id]
        }
        passed += p[id]; failed += f[id]; skipped += s[id]
    }
    END {
        if (!programs || (status && !failed)) { print "ctest ended with status " status; failed++ }
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
        exit failed != 0
    }' "$log"
