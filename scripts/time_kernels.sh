#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# time_kernels.sh - the cost model's constants for the machine that it runs on: times every candidate of every layer of
# some networks and of layers that few have (make_cost_layers.py), one thread, and fits the constants of this kind of
# machine to the times (fit_costs.py, which says how well they choose). On a busy machine RUN='chrt -f 10', as root.
# usage: [RUN=COMMAND] [PYTHON=PYTHON3] scripts/time_kernels.sh FOLDER MODEL.onnx...
# FOLDER keeps the build and times, of which only what is not there is measured: delete what kernels got faster. Python
# needs numpy and onnx. Forty networks take five minutes of a core.
set -e
folder=$(realpath "$1")
shift
root=$(dirname "$(dirname "$(realpath "$0")")")
mkdir -p "$folder"
cmake -S "$root" -B "$folder/build" -DTN_TIME_ALL=ON >"$folder/build.log"
cmake --build "$folder/build" --target tenon test_costs -j "$(nproc)" >>"$folder/build.log"
python=${PYTHON:-python3}
[ -e "$folder/layers.onnx" ] || "$python" "$root/scripts/make_cost_layers.py" "$folder/layers.onnx"

time_model() { # MODEL [LEVEL]
    $RUN env TENON_CPU="$2" "$folder/build/tenon" build "$1" -o "$folder/engine" --threads 1 \
        --timing-cache "$folder/$(basename "$1" .onnx).times" -q || echo "time_kernels.sh: $1 is left out"
}
for model in "$folder/layers.onnx" "$@"; do
    time_model "$model" ''
    # kernels of the baseline are timed where there are no others: of some, for they are slow
    [ "$(stat -Lc %s "$model")" -gt 15000000 ] && [ "$model" != "$folder/layers.onnx" ] || time_model "$model" generic
done
rm -f "$folder/engine"
"$python" "$root/scripts/fit_costs.py" "$folder/build/test/test_costs" "$folder"/*.times --write
