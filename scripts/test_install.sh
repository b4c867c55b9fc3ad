#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_install.sh - installs a build into a fresh prefix and uses it from outside as others would: find_package,
# pkg-config (shared and static), the command, its man page and completion. usage: scripts/test_install.sh BUILD
set -u
cd "$(dirname "$0")/.." || exit 1
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
prefix=$room/prefix
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
libdir() { dirname "$(find "$prefix" -name 'libtenon.so')"; }
by_cmake() {
    cmake -S test/consumer -B "$room/consumer" -DCMAKE_PREFIX_PATH="$prefix" &&
        cmake --build "$room/consumer" && "$room/consumer/with_tenon" && "$room/consumer/with_tenon_static"
}
flags() { PKG_CONFIG_PATH=$(libdir)/pkgconfig pkg-config "$@" tenon; }
# shellcheck disable=SC2046 # flags are words
by_pkg_config() {
    cc -std=c17 test/consumer/main.c -o "$room/shared" $(flags --cflags --libs) &&
        LD_LIBRARY_PATH=$(libdir) "$room/shared"
}
# shellcheck disable=SC2046
by_pkg_config_static() {
    cc -std=c17 test/consumer/main.c -o "$room/static" $(flags --cflags) "$(libdir)/libtenon.a" \
        $(flags --static --libs-only-l | sed 's/-ltenon//') && "$room/static"
}
command_runs() { "$prefix/bin/tenon" run examples/digits/digits.onnx --input examples/digits/test_images.npy; }
# shellcheck disable=SC2046
plugin_loads() {
    cc -shared -fPIC examples/plugin/pixel_norm.c -o "$room/pixel_norm.so" $(flags --cflags) &&
        "$prefix/bin/tenon" run examples/plugin/pixel_norm.tnt --plugin "$room/pixel_norm.so" --shape latent:1x4x3x3 --random 1
}
python_runs() { # without numpy the package is only there to be found
    packages=$(find "$prefix" -name site-packages)
    python=$(ls "$PWD/.venv/bin/python" 2>/dev/null || echo python3)
    if "$python" -c 'import numpy' 2>/dev/null; then
        (cd / && PYTHONPATH=$packages "$python" -c 'import tenon; tenon.Graph.parse("graph \"g\" { in %x: f32[2] %y = Neg(%x) out %y }").build()')
    else
        test -e "$packages/tenon/layers.py"
    fi
}
page_reads() { grep -q '^\.TH' "$prefix/share/man/man1/tenon.1"; }
completion_parses() { bash -n "$prefix/share/bash-completion/completions/tenon"; }

check 'cmake --install' cmake --install "$1" --prefix "$prefix"
check 'find_package(tenon)' by_cmake
check 'pkg-config, shared' by_pkg_config
check 'pkg-config, static' by_pkg_config_static
check 'the installed command' command_runs
check 'a plug-in against the installed header' plugin_loads
check 'the Python package' python_runs
check 'man page' page_reads
check 'shell completion' completion_parses
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
