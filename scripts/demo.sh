#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo.sh - the main job on a real network, from a bare machine on: install what is missing, build, then take the
# trained digits model to an engine, run it against what PyTorch answered, measure it, and do the same from C.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh build
[ -e build/build.ninja ] || cmake -S . -B build -G Ninja >/dev/null
cmake --build build -j "$(nproc)"

digits=examples/digits
say() { printf '\n$ %s\n' "$*"; }
do_it() { say "$@" && "$@"; }
do_it build/tenon build $digits/digits.onnx -o build/digits.tne
do_it build/tenon run build/digits.tne --input $digits/test_images.npy --expect $digits/test_logits.npy
do_it build/tenon bench build/digits.tne --input $digits/test_images.npy --duration 1
do_it build/example/example_digits $digits build/digits.tne
