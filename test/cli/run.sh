#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh - the tests of the command: every test/cli/*.t (or those named) against the `tenon` given, each in an empty
# folder of its own. The form of a .t file, line by line:
#
#     # a remark
#     $ shell command        begins a case; `tenon` is the one tested, $DATA is test/cli/data
#     ? 1                    its exit status (default 0)
#     > text                 standard output holds this text       !> text   it does not
#     2> text                standard error holds this text        !2> text  it does not
#     json                   standard output is one JSON value
#
# usage: test/cli/run.sh TENON [FILE.t...]
TENON=$(realpath "$1") || exit 2
shift
here=$(cd "$(dirname "$0")" && pwd)
DATA=${DATA:-$here/data}
export TENON DATA
room=$(mktemp -d) || exit 2
trap 'rm -rf "$room"' EXIT INT TERM
export XDG_CACHE_HOME="$room/cache" # not the user's own
unset NO_COLOR TENON_THREADS TENON_CPU TENON_TIMING_CACHE TENON_MAX_MEMORY
passed=0 failed=0

mkdir "$room/bin" && ln -s "$TENON" "$room/bin/tenon"
PATH=$room/bin:$PATH

# One JSON value: texts, numbers and words become 0, then arrays and objects of zeros become 0, until one 0 is left.
valid_json() {
    LC_ALL=C awk '
        /[\001-\010\013-\037]/ { exit bad = 1 }
        { text = text $0 "\n" }
        END {
            if (bad) exit 1
            gsub(/"([^"\\\n]|\\["\\\/bfnrt]|\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])*"/, "s", text)
            gsub(/-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?|true|false|null/, "v", text)
            gsub(/[ \n]/, "", text)
            while (gsub(/\[([sv](,[sv])*)?\]|\{(s:[sv](,s:[sv])*)?\}/, "v", text)) {}
            exit text !~ /^[sv]$/
        }' "$1"
}

fail() {
    [ -n "$bad" ] || printf 'FAILED %s:%d: %s\n' "$name" "$line" "$command"
    bad=1
    printf '    %s\n' "$1"
}

# Compares what the case's command did with one expectation.
expect() {
    case $1 in
    '!>' | '!2>') wanted=1 ;;
    *) wanted=0 ;;
    esac
    case $1 in
    *2'>') where=err ;;
    *) where=out ;;
    esac
    grep -qF -e "$2" "$room/$where"
    [ $? -eq $wanted ] || fail "std$where, not as expected: $1 $2"
}

finish() {
    [ -n "$command" ] || return
    [ "$status" -eq "$want" ] || fail "exit status $status instead of $want"
    if [ -n "$bad" ]; then
        failed=$((failed + 1))
        sed 's/^/    out: /' "$room/out" | head -n 20
        sed 's/^/    err: /' "$room/err" | head -n 20
    else
        passed=$((passed + 1))
    fi
    command=
}

run_file() {
    name=$(basename "$1") number=0 command=
    mkdir "$room/work"
    cd "$room/work" || exit 2
    while IFS= read -r text || [ -n "$text" ]; do
        number=$((number + 1))
        case $text in
        '$ '*)
            finish
            command=${text#\$ } line=$number want=0 bad=
            sh -c "$command" >"$room/out" 2>"$room/err" </dev/null
            status=$?
            ;;
        '? '*) want=${text#? } ;;
        '> '* | '2> '* | '!> '* | '!2> '*) expect "${text%% *}" "${text#* }" ;;
        json) valid_json "$room/out" || fail 'standard output is no JSON' ;;
        '' | '#'*) ;;
        *) echo "$name:$number: not understood: $text" && failed=$((failed + 1)) ;;
        esac
    done <"$1"
    finish
    cd "$here" || exit 2
    rm -rf "$room/work"
}

[ $# -gt 0 ] || set -- "$here"/*.t
for file; do
    run_file "$(realpath "$file")"
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
