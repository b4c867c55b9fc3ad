#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_docs.sh - every path that a document names exists: `paths/in/backquotes` of the tour and of CONTRIBUTING (with *
# for several), and the targets of relative links in every document. README links to every page of docs/.
cd "$(dirname "$0")/.." || exit 1
bad=0
missing() {
    echo "$1: there is no $2"
    bad=1
}
for document in docs/tour.md CONTRIBUTING.md README.md; do
    [ -e "$document" ] || missing "$document" "$document"
    # shellcheck disable=SC2013,SC2016 # paths have no spaces, nothing is to be expanded
    for path in $(grep -oE '`[A-Za-z0-9_.*-]+(/[A-Za-z0-9_.*-]*)+`' "$document" | tr -d '`' | sort -u); do
        case $path in build/* | build-*/*) continue ;; esac # made, not kept
        # shellcheck disable=SC2086 # a pattern is to be expanded
        ls -d $path >/dev/null 2>&1 || missing "$document" "$path"
    done
done
for document in *.md docs/*.md docs/*/*.md; do
    for target in $(grep -oE '\]\([^)#]+' "$document" | cut -c3- | grep -vE '^[a-z]+:' | sort -u); do
        [ -e "$(dirname "$document")/$target" ] || missing "$document" "$target"
    done
done
for page in docs/*.md; do
    grep -q "]($page)" README.md || missing README.md "link to $page"
done
exit $bad
