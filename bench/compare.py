# SPDX-License-Identifier: Apache-2.0
"""Measures Tenon beside other engines: same files, same inputs, same threads, in one process, taking turns.

usage: compare.py [options] MODEL.onnx...      (bench/networks.py writes some)
       compare.py [options] --testdata FOLDER  real models with recorded inputs, as FOLDER/manifest.json lists them

ONNX Runtime is always measured; OpenVINO, MNN and ncnn (with pnnx) when they can be imported; PyTorch's inductor, for
which the network must lie beside the file as MODEL.pt2, tract, TVM and llama.cpp where --peers names them. Every
round runs each engine once, in an order that turns; the least and the median of the rounds are told, and the ratios
of both. Before timing, every engine's outputs are held against ONNX Runtime's. A peer that is not there or cannot
take a network is named with the reason. A model's inputs are those that lie beside it, or random ones, open sizes of
images as small as ONNX Runtime and Tenon both take them; a model that cannot be measured is named and left out.

With TENON_CPU=avx2 in the environment OpenVINO is held to AVX2 as well; ONNX Runtime, MNN and ncnn have no such switch
and keep what the machine has.
"""
import argparse
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

if os.environ.get("TENON_CPU") == "avx2":
    os.environ["ONEDNN_MAX_CPU_ISA"] = "AVX2"

import numpy as np
import onnxruntime

onnxruntime.set_default_logger_severity(3)  # errors
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


def program(name):
    """A command that was installed with a Python module, whatever the folder."""
    places = [pathlib.Path(sys.executable).parent] + [pathlib.Path(p, "bin") for p in sys.path]
    return shutil.which(name, path=os.pathsep.join(map(str, places)) + os.pathsep + os.environ["PATH"]) or name


def without_isnan(path, folder):
    """The model with Where(IsNaN(x), 0, x) as x, for converters that know no IsNaN. PyTorch's exporter writes it behind
    the softmax of attention, where it matters only to rows that see nothing."""
    import onnx
    model = onnx.load(path)
    asked = {n.output[0]: n.input[0] for n in model.graph.node if n.op_type == "IsNaN"}
    kept = [n for n in model.graph.node if n.op_type != "IsNaN"]
    for n in kept:
        if n.op_type == "Where" and n.input[0] in asked and asked[n.input[0]] == n.input[2]:
            n.CopyFrom(onnx.helper.make_node("Identity", [n.input[2]], [n.output[0]], n.name))
    if not asked or any(name in asked for n in kept for name in n.input):
        return path
    del model.graph.node[:]
    model.graph.node.extend(kept)
    onnx.save(model, folder / "model.onnx")
    return folder / "model.onnx"


class Mnn:
    """Converted on the way by the converter that comes with the module (not by its command, which also installs
    packages and reports home). It takes integers of 32 bits for those of 64."""

    def __init__(self, path, inputs, threads):
        import MNN
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            file = folder / "model.mnn"
            done = subprocess.run([sys.executable, "-c", "import sys, _tools; _tools.mnnconvert(sys.argv)", "-f", "ONNX",
                                   "--modelFile", without_isnan(path.resolve(), folder), "--MNNModel", file,
                                   "--bizCode", "bench"], check=True, capture_output=True, text=True, cwd=folder)
            if not file.exists():
                raise ValueError("; ".join(line for line in done.stdout.splitlines() if "Not Support" in line) or
                                 "mnnconvert wrote nothing")
            manager = MNN.nn.create_runtime_manager(({"backend": "CPU", "numThread": threads, "precision": "high"},))
            self.net = MNN.nn.load_module_from_file(str(file), list(inputs), [], runtime_manager=manager)
        self.name = f"MNN {MNN.version()}"
        self.inputs = [self.constant(MNN.expr, x) for x in inputs.values()]

    @staticmethod
    def constant(expr, x):
        if x.dtype == np.int64:
            return expr.const(x.astype(np.int32), x.shape, expr.NCHW, expr.int)
        return expr.const(x, x.shape)

    def run(self):
        return [y.read() for y in self.net.forward(self.inputs)]


class Ncnn:
    """Converted on the way by pnnx; f32 storage and arithmetic as everybody else here. One picture at a time."""

    def __init__(self, path, inputs, threads):
        import ncnn
        if any(x.shape[0] != 1 or x.dtype != np.float32 for x in inputs.values()):
            raise ValueError("batches and integers are not measured with ncnn")
        with tempfile.TemporaryDirectory() as folder:
            model = pathlib.Path(folder) / "model.onnx"
            os.symlink(path.resolve(), model)
            subprocess.run([program("pnnx"), model, "fp16=0"], check=True, capture_output=True, cwd=folder)
            self.net = ncnn.Net()
            self.net.opt.num_threads = threads
            for half in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage"):
                setattr(self.net.opt, f"use_{half}", False)
            if self.net.load_param(str(model.with_suffix(".ncnn.param"))) or \
                    self.net.load_model(str(model.with_suffix(".ncnn.bin"))):
                raise ValueError("pnnx wrote nothing that ncnn can read")
        self.name = f"ncnn {ncnn.__version__}"
        self.inputs = [ncnn.Mat(x[0]).clone() for x in inputs.values()]
        self.outputs = list(self.net.output_names())

    def run(self):
        extractor = self.net.create_extractor()
        for i, x in enumerate(self.inputs):
            extractor.input(f"in{i}", x)
        return [np.array(extractor.extract(name)[1])[None] for name in self.outputs]


class Inductor:
    """torch.compile of the exported program beside the ONNX file."""

    def __init__(self, path, inputs, threads):
        import torch
        torch.set_num_threads(threads)
        torch._inductor.config.freezing = True
        self.net = torch.compile(torch.export.load(path.with_suffix(".pt2")).module())
        self.inputs, self.torch = [torch.from_numpy(x) for x in inputs.values()], torch
        self.name = f"torch {torch.__version__.split('+')[0]} inductor"

    def run(self):
        with self.torch.no_grad():
            y = self.net(*self.inputs)
        return [t.numpy() for t in (y if isinstance(y, (tuple, list)) else (y,))]


class Tract:
    """Its Python module has no setting for threads: it runs on one."""

    def __init__(self, path, inputs, threads):
        import tract
        if threads != 1:
            raise ValueError("tract's Python module runs on one thread")
        self.name = f"tract {tract.version()}"
        self.net = tract.onnx().load(str(path)).into_model().into_runnable()
        self.inputs = list(inputs.values())

    def run(self):
        return [y.to_numpy() for y in self.net.run(self.inputs)]


class Tvm:
    """As its default pipeline compiles it for this processor: schedules are not tuned, which takes TVM hours."""

    def __init__(self, path, inputs, threads):
        import onnx
        import tvm
        from tvm.relax.frontend.onnx import from_onnx
        self.name = f"tvm {tvm.__version__.split('.post')[0]}, untuned"
        tvm.get_global_func("runtime.config_threadpool")(1, threads)
        target = tvm.target.Target({"kind": "llvm", "mcpu": tvm.target.codegen.llvm_get_system_cpu(),
                                    "num-cores": threads})
        with target:
            built = tvm.compile(from_onnx(onnx.load(path)), target=target)
        self.net = tvm.relax.VirtualMachine(built, tvm.cpu())
        self.inputs = [tvm.runtime.tensor(x) for x in inputs.values()]

    def run(self):
        y = self.net["main"](*self.inputs)
        return [t.numpy() for t in ((y,) if hasattr(y, "numpy") else y)]


class LlamaCpp:
    """One more token after 512, from the .gguf of the same shape beside the model: its weights are others, so only
    its time says something. Activations are quantised to 8 bits, as llama.cpp does for such weights."""

    comparable = False
    PAST = 512

    def __init__(self, path, inputs, threads):
        import llama_cpp
        file = path.with_name(path.stem.removesuffix("_a8") + ".gguf")
        if not file.exists():
            raise ValueError("no .gguf of this network")
        self.name, self.api = f"llama.cpp {llama_cpp.__version__}", llama_cpp
        llama_cpp.llama_log_set(LlamaCpp.silent(llama_cpp), None)
        self.model = llama_cpp.llama_model_load_from_file(str(file).encode(), llama_cpp.llama_model_default_params())
        options = llama_cpp.llama_context_default_params()
        options.n_ctx, options.n_batch = self.PAST + 64, self.PAST
        options.n_threads = options.n_threads_batch = threads
        self.context = llama_cpp.llama_init_from_model(self.model, options)
        self.batch = llama_cpp.llama_batch_init(self.PAST, 0, 1)
        self.decode(range(self.PAST))

    @staticmethod
    def silent(api):
        LlamaCpp.log = api.llama_log_callback(lambda *_: None)  # kept: C holds it
        return LlamaCpp.log

    def decode(self, positions):
        for i, position in enumerate(positions):
            self.batch.token[i], self.batch.pos[i], self.batch.n_seq_id[i] = 1 + position, position, 1
            self.batch.seq_id[i][0], self.batch.logits[i] = 0, i == len(positions) - 1
        self.batch.n_tokens = len(positions)
        if self.api.llama_decode(self.context, self.batch):
            raise RuntimeError("llama_decode failed")

    def run(self):
        self.decode([self.PAST])
        self.api.llama_get_logits(self.context)  # waits for the result
        self.api.llama_memory_seq_rm(self.api.llama_get_memory(self.context), 0, self.PAST, -1)
        return []


USUAL = {"openvino": OpenVino, "mnn": Mnn, "ncnn": Ncnn}
PEERS = {**USUAL, "inductor": Inductor, "tract": Tract, "tvm": Tvm, "llama.cpp": LlamaCpp}


class TenonEngine:
    def __init__(self, path, inputs, threads, tenon, cache):
        self.name = f"tenon {tenon.__version__}"
        self.context = tenon.Engine.build(path, threads=threads, timing_cache=cache).context(threads=threads)
        self.context.bind(*inputs.values())
        self.run = self.context.execute

    def outputs(self):
        self.run()
        return [self.context.output(i) for i in range(len(self.context.engine.outputs))]


OPEN_SIZES = (1, 32, 64, 224, 320, 640)  # tried for the open sizes of images


def random_inputs(session, size):
    """Random inputs for every input; open dimensions become 1, those of images `size` (all but the batch)."""
    random = np.random.default_rng(0)
    made = {}
    for i in session.get_inputs():
        shape = [d if isinstance(d, int) else size if len(i.shape) == 4 and axis else 1
                 for axis, d in enumerate(i.shape)]
        name = i.type[len("tensor("):-1]
        dtype = np.dtype({"float": "float32", "double": "float64"}.get(name, name))
        made[i.name] = (random.random(shape, np.float32) if dtype.kind == "f" else
                        random.integers(0, 2, shape)).astype(dtype)
    return made


def beside(path):
    """The inputs of the test case that lies beside a model, as the ONNX model zoo has them, or None."""
    import onnx.numpy_helper
    files = sorted((path.parent / "test_data_set_0").glob("input_*.pb"), key=lambda f: int(f.stem.split("_")[1]))
    names = [i.name for i in onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).get_inputs()]
    if len(files) != len(names):
        return None
    tensors = [onnx.numpy_helper.to_array(onnx.TensorProto.FromString(f.read_bytes())) for f in files]
    return dict(zip(names, tensors))


def inputs_of(path):
    """Yields inputs for a model, to be tried in turn: what lies beside it or is recorded in a manifest above it, else
    random ones whose open sizes grow."""
    for folder in path.resolve().parents:
        if (folder / "manifest.json").exists():
            yield from (inputs for model, inputs in recorded(folder) if model == path.resolve())
    if (path.parent / "test_data_set_0").exists() and (inputs := beside(path)):
        yield inputs
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    before = None
    for size in OPEN_SIZES:
        inputs = random_inputs(session, size)
        shapes = [x.shape for x in inputs.values()]
        if shapes != before:
            yield inputs
        before = shapes


def recorded(folder):
    """Yields (model, inputs) for every ONNX model with a recorded case that takes all inputs of the model."""
    for item in json.loads((folder / "manifest.json").read_text())["items"]:
        if item.get("cases") and item["file"].endswith(".onnx"):
            case = item["cases"][0]
            yield (folder / item["file"],
                   {x["name"]: np.load(folder / case["dir"] / x["file"]) for x in case["inputs"]})


def difference(got, want):
    """The largest difference over the largest value."""
    pairs = [(g.astype(np.float64), w.astype(np.float64)) for g, w in zip(got, want)]
    return max(float(np.max(np.abs(g - w), initial=0) / (np.max(np.abs(w), initial=0) or 1)) for g, w in pairs)


def first_line(problem):
    return (str(problem).splitlines() or [type(problem).__name__])[0]


def measure(path, inputs, threads, tenon, options):
    reference = OnnxRuntime(path, inputs, threads)
    want = reference.run()
    engines = [TenonEngine(path, inputs, threads, tenon, options.timing_cache), reference]
    notes = {}
    for peer in options.peers:
        try:
            engine = PEERS[peer](path, inputs, threads)
            got = engine.run()
            if getattr(engine, "comparable", True) and [g.shape for g in got] != [w.shape for w in want]:
                raise ValueError("its outputs have other shapes")
            engines.append(engine)
        except Exception as problem:  # a peer that is not there, or cannot run this network
            notes[peer] = first_line(problem)[:100]
    errors = {}
    for e in engines:
        got = e.outputs() if isinstance(e, TenonEngine) else e.run()
        errors[e.name] = difference(got, want) if getattr(e, "comparable", True) else math.nan
        for _ in range(2):
            e.run()
    times = {e.name: [] for e in engines}
    clock = time.process_time if options.cpu_time else time.perf_counter
    start = time.perf_counter()
    for k in range(options.rounds):
        for e in engines[k % len(engines):] + engines[:k % len(engines)]:
            if threads > 1:
                time.sleep(0.05)  # until the threads of the one before have stopped: ONNX Runtime's spin for 35 ms
                e.run()           # and its own are awake
            begin = clock()
            e.run()
            times[e.name].append((clock() - begin) * 1e3)
        if k >= 4 and time.perf_counter() - start > options.seconds:
            break
    return {"group": options.group, "network": path.stem, "threads": threads, "isa": os.environ.get("TENON_CPU", ""),
            "clock": "processor time" if options.cpu_time else "time",
            "rounds": len(times[engines[0].name]), "notes": notes,
            "engines": [{"name": n, "min": min(t), "median": statistics.median(t), "error": errors[n]}
                        for n, t in times.items()]}


def measure_first(path, candidates, threads, tenon, options):
    """With the first inputs that ONNX Runtime and Tenon both take: these, and what was measured."""
    refused = ValueError("there are no inputs for it")
    for inputs in candidates:
        try:
            return inputs, measure(path, inputs, threads, tenon, options)
        except Exception as problem:
            refused = problem
    raise refused


def import_tenon(library):
    """The Python package that was built with a library."""
    sys.path.insert(0, str(library.parent / "python"))
    os.environ["TENON_LIBRARY"] = str(library)
    import tenon
    return tenon


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=pathlib.Path)
    parser.add_argument("--testdata", type=pathlib.Path)
    parser.add_argument("--group", default="networks", help="which table of the report the lines belong to")
    parser.add_argument("--library", type=pathlib.Path, default=ROOT / "build/libtenon.so")
    parser.add_argument("--threads", type=int, nargs="+", default=[1])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=8, help="for the rounds of a network")
    parser.add_argument("--cpu-time", action="store_true", help="processor time, for one thread on a busy machine")
    parser.add_argument("--timing-cache", default=None)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(USUAL), help="besides ONNX Runtime")
    parser.add_argument("--json", type=pathlib.Path, help="append one line a network to this file")
    options = parser.parse_args()
    tenon = import_tenon(options.library)
    machine = tenon.Env().measure()
    wrong = False
    models = [(path, None) for path in options.models]
    models += recorded(options.testdata) if options.testdata else []
    for path, inputs in models:
        for threads in options.threads:
            try:
                inputs, r = measure_first(path, [inputs] if inputs else inputs_of(path), threads, tenon, options)
            except Exception as problem:
                print(f"{path.stem}, {threads} thread{'s' * (threads > 1)}: not measured: {first_line(problem)}")
                wrong = True
                continue
            r["machine"] = machine
            if options.json:
                with options.json.open("a") as f:
                    f.write(json.dumps(r) + "\n")
            ours = r["engines"][0]
            print(f"{r['network']}, {threads} thread{'s' * (threads > 1)}, {r['rounds']} rounds:")
            for e in r["engines"]:
                wrong |= e["error"] > (1e-2 if r["network"].endswith("_a8") else 1e-3)  # activations of 8 bits
                print(f"  {e['name']:24} min {e['min']:9.2f}  median {e['median']:9.2f} ms   "
                      f"{e['min'] / ours['min']:5.2f} {e['median'] / ours['median']:5.2f} x   "
                      f"error {e['error']:.1e}", flush=True)
            for peer, why in r["notes"].items():
                print(f"  {peer}: {why}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
