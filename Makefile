# SPDX-License-Identifier: Apache-2.0
# The menu. Everything is CMake and a script underneath; `cmake -S . -B build && cmake --build build` works too.
.DEFAULT_GOAL := build
.PHONY: help build demo test unit conformance asan tsan fuzz differential test-aarch64 bench lint format tables docs dist install clean
PREFIX ?= /usr/local
JOBS := $(shell nproc)
version = $(shell sed -n 's/^project(tenon VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)

help:    ## this list
	@sed -n 's/^\([a-z0-9-]*\): .*## /\1\t/p; s/^\([a-z0-9-]*\):  *## /\1\t/p' Makefile | expand -t 10

build: build/build.ninja ## the command, the libraries, the tests and the examples, under build/
	@cmake --build build -j $(JOBS)

build/build.ninja:
	@scripts/setup.sh build
	@cmake -S . -B build -G Ninja

demo:    ## install what is missing, build, and run the main job on the digits network
	@scripts/demo.sh

test:    ## install what tests need, run everything; the last line is the sum
	@scripts/setup.sh build test
	@scripts/test.sh

unit: build ## only the fast part: unit, pass, CLI and example tests
	@scripts/ctest.sh build

conformance: build ## ONNX' own cases, with ONNX Runtime beside, into docs/conformance.md
	@scripts/setup.sh build test && scripts/venv.sh
	@.venv/bin/python scripts/conformance.py build/tenon .venv/lib/python3*/site-packages/onnx/backend/test/data \
	    docs/conformance.md build/onnx-releases

asan:    ## the same under AddressSanitizer and UndefinedBehaviorSanitizer
	@cmake -S . -B build-asan -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTN_SANITIZE=address,undefined
	@cmake --build build-asan -j $(JOBS)
	@scripts/ctest.sh build-asan

tsan:    ## the same under ThreadSanitizer
	@cmake -S . -B build-tsan -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTN_SANITIZE=thread
	@cmake --build build-tsan -j $(JOBS)
	@scripts/ctest.sh build-tsan

fuzz: asan ## damage models and engines for five minutes and load what comes out
	@scripts/test_damage.sh build-asan 300

differential: build ## random cases of every operator against ONNX Runtime and formulas; CASES=1000 each, SEED=today, RESUME=file to go on
	@scripts/setup.sh test && scripts/venv.sh && .venv/bin/python scripts/differential.py build --cases $(or $(CASES),1000) \
	    --seed $(or $(SEED),$(shell date +%Y%m%d)) $(and $(RESUME),--resume $(RESUME))

test-aarch64: ## the portable build for 64-bit Arm, cross-compiled and run by qemu-user: docs/portable.md
	@scripts/setup.sh build aarch64
	@scripts/test_aarch64.sh

bench: build ## beside ONNX Runtime, OpenVINO, MNN, ncnn and inductor (installed under build/): writes docs/performance.md
	@scripts/setup.sh test && scripts/bench.sh

lint:    ## layers, formatting, documents' paths, headers, exported symbols
	@scripts/setup.sh build ci
	@scripts/lint.sh

format:  ## put every C file into shape
	@git ls-files '*.c' '*.h' | xargs clang-format -i

tables: build ## write the README tables from real runs; MODELS=FOLDER adds the models of a test_models.py folder
	@scripts/setup.sh test && scripts/venv.sh && .venv/bin/python scripts/readme_tables.py build/tenon $(MODELS)

docs: build ## write what the command prints: docs/ops.md, README's counts
	@scripts/generated.sh build

dist:    ## a source archive of the last commit
	@git archive --format=tar.gz --prefix=tenon-$(version)/ -o tenon-$(version).tar.gz HEAD
	@echo tenon-$(version).tar.gz

install: build ## into PREFIX (/usr/local)
	@cmake --install build --prefix $(PREFIX)

clean:   ## remove what was built
	@rm -rf build build-*
