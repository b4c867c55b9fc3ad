#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bench.sh - measures Tenon beside other engines on the networks of bench/networks.py and writes
# docs/performance.md. Peers and networks go under build/. TESTDATA=FOLDER adds real models. Options are compare.py's.
set -e
python=build/bench-venv/bin/python
networks=build/networks
export TORCHINDUCTOR_CACHE_DIR="$PWD/build/inductor"
if [ ! -e build/bench-venv/done ]; then
    python3 -m venv build/bench-venv
    $python -m pip install -q numpy onnx onnxruntime torch torchvision
    for peer in openvino MNN "ncnn pnnx" tract apache-tvm "gguf llama-cpp-python"; do
        $python -m pip install -q $peer || echo "bench: $peer cannot be installed here"
    done
    touch build/bench-venv/done
fi
if [ ! -e $networks/done ]; then
    PT2=1 $python bench/networks.py $networks
    BATCH=8 $python bench/networks.py $networks/batch8 resnet50 mobilenet_v2 efficientnet_b0 bert_base_128
    for batch in 1 2 4 8 16; do BATCH=$batch $python bench/networks.py $networks/growth resnet18; done
    mv $networks/growth/resnet18.onnx $networks/growth/resnet18_b1.onnx
    $python bench/networks.py $networks/growth encoder_32 encoder_64 encoder_128 encoder_256 encoder_512
    $python bench/decoders.py $networks/decode gpt2_decode llama1b_int4 llama1b_int4_a8
    touch $networks/done
fi
results=build/bench.jsonl
rm -f $results
status=0
# A process for each network: a peer that dies takes no other network along. What differs from ONNX Runtime is told at
# the end.
measure() { $python bench/compare.py "$@" --timing-cache build/bench.cache --json $results || status=1; }
measure_each() { # "models", options
    models=$1
    shift
    for model in $models; do measure "$model" "$@"; done
}
measure_each "$networks/*.onnx" --threads 1 2 "$@"
measure_each "$networks/*.onnx" --group others --peers inductor "$@"
measure_each "$networks/mobilenet_v2.onnx $networks/resnet18.onnx" --group others --peers inductor tract tvm "$@"
measure_each "$networks/batch8/*.onnx" --threads 1 2 --group batch8 --peers openvino mnn "$@"
export TENON_CPU=avx2
measure_each "$networks/*.onnx" --group avx2 "$@"
unset TENON_CPU
measure_each "$networks/decode/*.onnx" --threads 1 2 --group decode --peers openvino llama.cpp "$@"
measure_each "$networks/growth/*.onnx" --group growth --peers openvino "$@"
[ -z "$TESTDATA" ] || measure --testdata "$TESTDATA" --group real --peers openvino --seconds 2 "$@"
$python bench/report.py $results docs
exit $status
