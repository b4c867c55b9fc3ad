#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test.sh - everything that `make test` runs, gathered: each runner ends with "N passed, N failed[, N skipped]"; a
# runner that says nothing of the kind, or dies without having counted a failure, is a failure itself.
# The last line is the sum over all runners. Logs stay in build/log/.
set -u
cd "$(dirname "$0")/.." || exit 1
jobs=$(nproc)
mkdir -p build/log
passed=0 failed=0 skipped=0 started=$(date +%s)

# count NAME COMMAND...: runs it, prints its summary (and the end of its log when it failed), adds it up.
count() {
    name=$1
    shift
    log=build/log/$(printf '%s' "$name" | tr -c 'a-zA-Z0-9\n' _).txt
    begin=$(date +%s)
    "$@" >"$log" 2>&1
    status=$?
    line=$(grep -oE '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?' "$log" | tail -n 1)
    p=$(echo "$line" | awk '{print $1 + 0}') f=$(echo "$line" | awk '{print $3 + 0}') s=$(echo "$line" | awk '{print $5 + 0}')
    if [ -z "$line" ] || { [ $status -ne 0 ] && [ "$f" -eq 0 ]; }; then
        f=$((f + 1))
        echo "$name ended with status $status and ${line:-no summary}" >>"$log"
    fi
    printf '%-34s %6d passed, %d failed, %d skipped  (%d s)\n' "$name" "$p" "$f" "$s" $(($(date +%s) - begin))
    if [ "$f" -ne 0 ]; then
        tail -n 60 "$log" | sed 's/^/    /'
        echo "    the whole log: $log"
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# build FOLDER OPTIONS...: a build that fails is a failure, and what would have run in it fails by itself.
build() {
    folder=$1
    shift
    mkdir -p "$folder"
    if ! { cmake -S . -B "$folder" -G Ninja "$@" && cmake --build "$folder" -j "$jobs"; } >"$folder/build.txt" 2>&1; then
        tail -n 60 "$folder/build.txt"
        echo "building $folder failed: $folder/build.txt"
        failed=$((failed + 1))
    fi
}

build build -DCMAKE_BUILD_TYPE=Release
count 'unit, pass, CLI and examples' scripts/ctest.sh build
count 'generated documents' scripts/generated.sh build --check
count 'installed, then used' scripts/test_install.sh build

scripts/venv.sh || failed=$((failed + 1))
data=$(ls -d .venv/lib/python3*/site-packages/onnx/backend/test/data 2>/dev/null)
for suite in node simple pytorch-operator pytorch-converted light; do
    count "conformance: $suite" .venv/bin/python scripts/test_conformance.py build/tenon "$data/$suite"
done
count 'Python package' .venv/bin/python scripts/test_python.py build
count 'ONNX schemas' .venv/bin/python scripts/test_schemas.py build/tenon
count 'networks against ONNX Runtime' .venv/bin/python scripts/test_oracle.py build/tenon
count 'operators: random cases' .venv/bin/python scripts/differential.py build --cases 40
count 'written as ONNX' .venv/bin/python scripts/test_export.py build/tenon "$data/node" "$data/simple" "$data/pytorch-operator"

models=../shared/testdata
if [ -e $models/manifest.json ]; then
    count 'real models' .venv/bin/python scripts/test_models.py build/tenon $models
    count 'real models, written as ONNX' .venv/bin/python scripts/test_export.py build/tenon $models/models
else
    echo "real models: skipped, there is no $models here"
fi

asan=build-asan
build $asan -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTN_SANITIZE=address,undefined
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
count 'ASan+UBSan: unit, pass, CLI, examples' scripts/ctest.sh $asan
for suite in node simple pytorch-operator pytorch-converted; do
    count "ASan+UBSan: conformance: $suite" .venv/bin/python scripts/test_conformance.py $asan/tenon "$data/$suite"
done
count 'ASan+UBSan: random cases' .venv/bin/python scripts/differential.py $asan --cases 6
count 'ASan+UBSan: damaged files' scripts/test_damage.sh $asan

echo "$(($(date +%s) - started)) s in all"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
