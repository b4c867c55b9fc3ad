# SPDX-License-Identifier: Apache-2.0
"""Measures Tenon beside other engines: same files, same inputs, same threads, in one process, taking turns.

usage: compare.py [options] MODEL.onnx...      (bench/networks.py writes some)

ONNX Runtime is always measured; OpenVINO and MNN when they can be imported. Every round runs
each engine once, in an order that turns; the least and the median of the rounds are told, and the ratios of the
medians. Before timing, every engine's outputs are held against ONNX Runtime's.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parent.parent


class OnnxRuntime:
    name = f"onnxruntime {onnxruntime.__version__}"

    def __init__(self, path, inputs, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.inputs = inputs

    def run(self):
        return self.session.run(None, self.inputs)


class OpenVino:
    def __init__(self, path, inputs, threads):
        import openvino
        self.name = f"openvino {openvino.__version__.split('-')[0]}"
        core = openvino.Core()
        self.model = core.compile_model(str(path), "CPU", {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1,
                                                           "INFERENCE_PRECISION_HINT": "f32"})
        self.request, self.inputs = self.model.create_infer_request(), list(inputs.values())

    def run(self):
        result = self.request.infer(self.inputs)
        return [result[o] for o in self.model.outputs]


class Mnn:
    """Converted on the way by the mnnconvert that was installed with the module."""

    def __init__(self, path, inputs, threads):
        import MNN
        file = pathlib.Path(tempfile.mkdtemp()) / "model.mnn"
        converter = pathlib.Path(sys.executable).with_name("mnnconvert")
        subprocess.run([converter, "-f", "ONNX", "--modelFile", path, "--MNNModel", file, "--bizCode", "bench"],
                       check=True, capture_output=True)
        self.name = f"MNN {MNN.version()}"
        manager = MNN.nn.create_runtime_manager(({"backend": "CPU", "numThread": threads, "precision": "high"},))
        self.net = MNN.nn.load_module_from_file(str(file), list(inputs), [], runtime_manager=manager)
        self.inputs = [MNN.expr.const(x, x.shape) for x in inputs.values()]
        shutil.rmtree(file.parent)

    def run(self):
        return [y.read() for y in self.net.forward(self.inputs)]


class TenonEngine:
    def __init__(self, path, inputs, threads, tenon, cache):
        self.name = f"tenon {tenon.__version__}"
        self.context = tenon.Engine.build(path, threads=threads, timing_cache=cache).context(threads=threads)
        self.context.bind(*inputs.values())
        self.run = self.context.execute

    def outputs(self):
        self.run()
        return [self.context.output(i) for i in range(len(self.context.engine.outputs))]


def inputs_of(path):
    """Random inputs for every input of the model; dimensions that are open become 1."""
    random = np.random.default_rng(0)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    made = {}
    for i in session.get_inputs():
        shape = [d if isinstance(d, int) else 1 for d in i.shape]
        made[i.name] = (random.integers(0, 2, shape) if "int64" in i.type else
                        random.random(shape, np.float32))
    return made


def difference(got, want):
    """The largest difference over the largest value."""
    return max(float(np.max(np.abs(g - w), initial=0) / (np.max(np.abs(w), initial=0) or 1)) for g, w in zip(got, want))


def measure(path, threads, rounds, seconds, tenon, options):
    inputs = inputs_of(path)
    reference = OnnxRuntime(path, inputs, threads)
    want = reference.run()
    engines = [TenonEngine(path, inputs, threads, tenon, options.timing_cache), reference]
    notes = {}
    for peer in (OpenVino, Mnn) if options.peers else ():
        try:
            engines.append(peer(path, inputs, threads))
        except Exception as problem:  # a peer that is not there, or cannot run this network
            notes[peer.__name__] = str(problem).splitlines()[0][:100]
    errors = {}
    for e in engines:
        got = e.outputs() if isinstance(e, TenonEngine) else e.run()
        errors[e.name] = difference(got, want)
        for _ in range(2):
            e.run()
    times = {e.name: [] for e in engines}
    clock = time.process_time if options.cpu_time else time.perf_counter
    start = time.perf_counter()
    for k in range(rounds):
        for e in engines[k % len(engines):] + engines[:k % len(engines)]:
            begin = clock()
            e.run()
            times[e.name].append((clock() - begin) * 1e3)
        if k >= 4 and time.perf_counter() - start > seconds:
            break
    return {"network": path.stem, "threads": threads, "clock": "processor time" if options.cpu_time else "time", "rounds": len(times[engines[0].name]), "notes": notes,
            "engines": [{"name": n, "min": min(t), "median": statistics.median(t), "error": errors[n]}
                        for n, t in times.items()]}


def import_tenon(library):
    """The Python package that was built with a library."""
    sys.path.insert(0, str(library.parent / "python"))
    os.environ["TENON_LIBRARY"] = str(library)
    import tenon
    return tenon


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--library", type=pathlib.Path, default=ROOT / "build/libtenon.so")
    parser.add_argument("--threads", type=int, nargs="+", default=[1])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=8, help="for the rounds of a network")
    parser.add_argument("--cpu-time", action="store_true", help="processor time, for one thread on a busy machine")
    parser.add_argument("--timing-cache", default=None)
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="ONNX Runtime only")
    parser.add_argument("--json", type=pathlib.Path, help="append one line a network to this file")
    options = parser.parse_args()
    tenon = import_tenon(options.library)
    machine = tenon.Env().measure()
    wrong = False
    for path in options.models:
        for threads in options.threads:
            r = measure(path, threads, options.rounds, options.seconds, tenon, options)
            r["machine"] = machine
            if options.json:
                with options.json.open("a") as f:
                    f.write(json.dumps(r) + "\n")
            ours = r["engines"][0]
            print(f"{r['network']}, {threads} thread{'s' * (threads > 1)}, {r['rounds']} rounds:")
            for e in r["engines"]:
                wrong |= e["error"] > 1e-3
                print(f"  {e['name']:24} min {e['min']:9.2f}  median {e['median']:9.2f} ms   "
                      f"{e['min'] / ours['min']:5.2f} {e['median'] / ours['median']:5.2f} x   "
                      f"error {e['error']:.1e}", flush=True)
            for peer, why in r["notes"].items():
                print(f"  {peer}: {why}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
