#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# lint.sh - the rules that a machine can check: layers, formatting, licence lines, headers that stand alone, exported
# symbols equal to the declared ones, paths named in documents. Needs build/ for the symbols. Last line: the sum.
set -u
cd "$(dirname "$0")/.." || exit 1
passed=0 failed=0
check() {
    name=$1
    shift
    if out=$("$@" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n%s\n' "$name" "$out"
    fi
}

sources() { git ls-files -co --exclude-standard '*.c' '*.h' | sort; }
formatted() { sources | xargs clang-format --dry-run -Werror; }
licensed() {
    bare=$(git ls-files -co --exclude-standard '*.c' '*.h' '*.def' '*.sh' '*.py' '*.cmake' 'CMakeLists.txt' Makefile |
        while read -r file; do head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$file"; done)
    [ -z "$bare" ] || { echo "no licence line: $bare"; false; }
}
strict='-Wall -Wextra -Wpedantic -Werror -fsyntax-only -Iinclude -Ibuild/include'
# shellcheck disable=SC2086 # options are words
alone() { echo "#include \"$3\"" | $1 $2 $strict -x "$4" -; }

# Functions marked TN_API in the public headers, as the compiler sees them.
declared() {
    printf '#include "tenon/%s.h"\n' ext rewrite network nn | gcc -E -P -Iinclude -Ibuild/include -x c - | tr '\n;{}' ' \n\n\n' |
        grep 'visibility("default")' | sed 's/.*visibility("default")))//; s/__attribute__.*//' |
        grep -oE 'tn_[a-z0-9_]+ *\(' | tr -d ' (' | sort -u
}
exported() { nm -D --defined-only build/libtenon.so | awk '{print $3}' | sed 's/@.*//' | sort -u; }
same_symbols() {
    declared >build/declared.txt
    exported >build/exported.txt
    diff build/declared.txt build/exported.txt || { echo '< declared but not exported, > exported but not declared'; false; }
}

# Who links the archive keeps all names that do not begin with tn.
own_names() {
    foreign=$(nm --defined-only build/libtenon.a 2>/dev/null | awk '$2 ~ /^[A-TV-Z]$/ && $3 !~ /^(tn|__odr_asan)/ { print $3 }' | sort -u)
    [ -z "$foreign" ] || { echo "names of others in the archive: $foreign"; false; }
}

# Plug-ins find the functions of the headers in the command itself.
command_symbols() {
    declared >build/declared.txt
    nm -D --defined-only build/tenon | awk '{print $3}' | sort -u | comm -23 build/declared.txt - >build/lacking.txt
    [ ! -s build/lacking.txt ] || { echo 'the command does not export:' && cat build/lacking.txt && false; }
}

check 'who may include whom' cmake -P cmake/layers.cmake
check 'clang-format' formatted
check 'licence lines' licensed
for header in tenon.h tenon/ext.h tenon/rewrite.h tenon/network.h tenon/layers.h tenon/nn.h; do
    for compiler in gcc clang; do check "$header alone: $compiler, C17" alone $compiler -std=c17 $header c; done
    check "$header alone: g++, C++17" alone g++ -std=c++17 $header c++
    check "$header alone: clang++, C++17" alone clang++ -std=c++17 $header c++
done
check 'exported symbols' same_symbols
check 'names in the archive' own_names
check 'symbols of the command for plug-ins' command_symbols
check 'paths in documents' scripts/check_docs.sh
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
