# SPDX-License-Identifier: Apache-2.0
"""What a network takes to load and run, beside ONNX Runtime: memory at its peak, and how long loading takes.

usage: memory.py MODEL... [--library build/libtenon.so] [--json FILE] [--engines FOLDER]

Each figure comes from a process of its own, on one thread, that loads, runs three times and asks the kernel for the most
memory that it held since; what it held before (Python and the library) is taken off. `weights` are the model's. Pages of
a mapped file count once they were touched. Loading is the median of 21, warm: the file is in the page cache.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUNS = 3
LOADS = 21


def kilobytes(name):
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise SystemExit(f"/proc/self/status has no {name}")


def forget_peak():
    pathlib.Path("/proc/self/clear_refs").write_text("5")


def inputs_of(model):
    import compare
    return next(compare.inputs_of(model))


def taken(work):
    """Peak bytes of `work`, over what the process held before."""
    forget_peak()
    before = kilobytes("VmRSS")
    kept = work()
    peak = kilobytes("VmHWM")
    del kept
    return (peak - before) * 1024


def median_ms(load):
    times = []
    for _ in range(LOADS):
        start = time.perf_counter()
        kept = load()
        times.append(time.perf_counter() - start)
        del kept
    return statistics.median(times) * 1e3


def onnxruntime_child(model, inputs, loads):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1

    def load():
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def work():
        session = load()
        for _ in range(RUNS):
            session.run(None, inputs)
        return session
    return {"peak": taken(work)} if not loads else {"load_ms": median_ms(load)}


def tenon_child(engine, inputs, loads, library):
    import compare
    tenon = compare.import_tenon(library)

    def load():
        return tenon.Engine.load(engine, map=True)

    def work():
        plan = load()
        context = plan.context(threads=1)
        context.bind(*inputs.values())
        for _ in range(RUNS):
            context.execute()
        return plan, context
    return {"peak": taken(work)} if not loads else {"load_ms": median_ms(load)}


def build_child(model, engine, tenon):
    built = subprocess.run([tenon, "build", model, "-o", engine, "--threads", "1", "--json"], capture_output=True, text=True,
                           check=True)
    return {"build_peak": json.loads(built.stdout)["peak_bytes"]}


def child(arguments):
    if arguments[0] == "build": # a process of its own here too: the kernel counts what the parent held before exec
        return print(json.dumps(build_child(*arguments[1:])))
    import numpy as np
    what, path, arrays, loads, library = arguments
    with np.load(arrays) as file:
        inputs = dict(file)
    if what == "tenon":
        result = tenon_child(path, inputs, loads == "loads", pathlib.Path(library))
    else:
        result = onnxruntime_child(path, inputs, loads == "loads")
    print(json.dumps(result))


def ask(*arguments):
    done = subprocess.run([sys.executable, __file__, "--child", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def measure(model, engines, library):
    import numpy as np
    engine = engines / (model.stem + ".tne")
    tenon = library.parent / "tenon"
    built = ask("build", model, engine, tenon)
    arrays = engines / "inputs.npz"
    np.savez(arrays, **inputs_of(model))
    row = {"group": "memory", "network": model.stem, "model": model.stat().st_size, "engine": engine.stat().st_size,
           **built}
    for name, path in (("tenon", engine), ("onnxruntime", model)):
        row[name] = {**ask(name, path, arrays, "peak", library), **ask(name, path, arrays, "loads", library)}
    return row


def table(rows):
    mb = 1e-6
    lines = ["| network | model | engine | peak, Tenon | peak, ONNX Runtime | of it | load, Tenon | load, ONNX Runtime | peak of building |",
             "|---|---|---|---|---|---|---|---|---|"]
    for r in rows:
        t, o = r["tenon"], r["onnxruntime"]
        lines.append(f"| {r['network']} | {r['model'] * mb:.0f} MB | {r['engine'] * mb:.0f} MB | {t['peak'] * mb:.0f} MB | "
                     f"{o['peak'] * mb:.0f} MB | {t['peak'] / o['peak']:.2f} | {t['load_ms']:.1f} ms | "
                     f"{o['load_ms']:.0f} ms | {r['build_peak'] * mb:.0f} MB |")
    return "\n".join(lines)


def main():
    if sys.argv[1:2] == ["--child"]:
        return child(sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--library", type=pathlib.Path, default=ROOT / "build/libtenon.so")
    parser.add_argument("--engines", type=pathlib.Path, default=ROOT / "build/engines")
    parser.add_argument("--json", type=pathlib.Path, help="append one line a network to this file")
    options = parser.parse_args()
    options.engines.mkdir(parents=True, exist_ok=True)
    rows = []
    for model in options.models:
        rows.append(measure(model, options.engines, options.library.resolve()))
        print(table(rows[-1:]).splitlines()[-1], flush=True)
        if options.json:
            with options.json.open("a") as file:
                file.write(json.dumps(rows[-1]) + "\n")
    print(table(rows))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "bench"))
    main()
