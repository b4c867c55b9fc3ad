#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_recipes.sh - does what CONTRIBUTING says: copies the tree aside, runs the recipes' command blocks exactly as they
# stand there, one after the other, and looks for what each must have achieved. The recipes must also stay short.
set -u
cd "$(dirname "$0")/.." || exit 1
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
git ls-files -co --exclude-standard -z | xargs -0 tar -cf - | tar -xf - -C "$room"
passed=0 failed=0
good() { passed=$((passed + 1)); }
bad() {
    failed=$((failed + 1))
    printf 'FAILED %s\n' "$1"
    [ -z "${2:-}" ] || tail -n 40 "$2"
}

# The command block of recipe N: between ```sh recipe and ```
block() { awk -v n="$1" '/^```sh recipe$/ { i++; on = 1; next } /^```$/ { on = 0 } on && i == n' CONTRIBUTING.md; }
# Lines of the section that holds recipe N, heading and blank lines apart.
lines() { awk -v n="$1" '/^## Recipe/ { i++; next } /^## / { i = 99 } i == n && NF' CONTRIBUTING.md | wc -l; }

cmake -S "$room" -B "$room/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DTN_TESTS=OFF -DTN_EXAMPLES=OFF \
    ${CMAKE_C_COMPILER_LAUNCHER:+-DCMAKE_C_COMPILER_LAUNCHER=$CMAKE_C_COMPILER_LAUNCHER} >"$room/log" 2>&1 ||
    bad 'configuring' "$room/log"
number=0
for name in operator kernel pass; do
    number=$((number + 1))
    [ "$(lines $number)" -le 15 ] && good || bad "recipe '$name' is longer than 15 lines: $(lines $number)"
    block $number >"$room/recipe.sh"
    if [ -s "$room/recipe.sh" ] && (cd "$room" && sh -eu recipe.sh) >"$room/log" 2>&1; then
        good
    else
        bad "recipe '$name'" "$room/log"
    fi
    case $name in
        operator) wanted='src/op/twice.c' ;;
        kernel) wanted='src/cpu/twice_f32.c' ;;
        pass) wanted='com.example.Twice' ;;
    esac
    grep -q "$wanted" "$room/log" && good || bad "recipe '$name' does not print $wanted" "$room/log"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
