#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# setup.sh - installs what is missing, says what, and does nothing when all is there.
# usage: scripts/setup.sh build|test|ci|aarch64...    (test and ci imply what they stand on)
set -eu

# What is needed: set | how to see that it is there | Debian package
needs='
build|command -v gcc|gcc
build|command -v make|make
build|command -v cmake|cmake
build|command -v ninja|ninja-build
build|command -v pkg-config|pkg-config
build|test -e /usr/include/stdlib.h|libc6-dev
build|test -e /usr/include/zlib.h|zlib1g-dev
build|test -e /usr/include/jansson.h|libjansson-dev
build|test -e /usr/include/png.h|libpng-dev
build|test -e /usr/include/jpeglib.h|libjpeg62-turbo-dev
build|ls /usr/include/*/tiffio.h|libtiff-dev
build|test -e /usr/include/webp/decode.h|libwebp-dev
build|ls -d /usr/include/openjpeg-*|libopenjp2-7-dev
test|python3 -c "import ensurepip, venv"|python3-venv
ci|ls /usr/lib/*/libdnnl.so.2|libdnnl2
ci|command -v g++|g++
ci|command -v clang|clang
ci|command -v clang-format|clang-format
ci|command -v man|man-db
aarch64|command -v aarch64-linux-gnu-gcc|gcc-aarch64-linux-gnu
aarch64|test -e /usr/aarch64-linux-gnu/include/stdlib.h|libc6-dev-arm64-cross
aarch64|command -v qemu-aarch64|qemu-user
'

missing=''
for set in "$@"; do
    missing="$missing $(printf '%s' "$needs" | while IFS='|' read -r of probe package; do
        [ "$of" = "$set" ] || continue
        sh -c "$probe" >/dev/null 2>&1 || printf '%s ' "$package"
    done)"
done
missing=$(printf '%s' "$missing" | tr -s ' ')
[ -n "${missing# }" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "setup: please install:$missing (these are Debian's names)" >&2
    exit 1
fi
as_root=''
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "setup: as root: apt-get install$missing" >&2
        exit 1
    }
    as_root='sudo'
fi
echo "setup: installing with apt-get:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086 # one word a package
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
