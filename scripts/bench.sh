#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bench.sh - measures Tenon beside other engines on the networks of bench/networks.py and writes
# docs/performance.md. Peers and networks go under build/. Options are compare.py's.
set -e
python=build/bench-venv/bin/python
if [ ! -x $python ]; then
    python3 -m venv build/bench-venv
    $python -m pip install -q numpy onnx onnxruntime torch torchvision
    $python -m pip install -q openvino MNN || echo "bench: OpenVINO or MNN cannot be installed here"
fi
[ -e build/networks/deeplabv3_r50_520.onnx ] || $python bench/networks.py build/networks
rm -f build/bench.jsonl
$python bench/compare.py --threads 1 2 --json build/bench.jsonl "$@" build/networks/*.onnx
$python bench/report.py build/bench.jsonl docs
