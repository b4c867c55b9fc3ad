# SPDX-License-Identifier: Apache-2.0
"""Fills the tables between the markers of README.md from runs on this machine.

usage: readme_tables.py TENON [FOLDER | --coverage]. Coverage is what `tenon conformance` counts over ONNX's own cases.
Speed is the median latency at one thread beside ONNX Runtime's, in turns, on the digits network and on some of FOLDER's
models (as test_models.py reads them) when it is given; with --coverage nothing is timed.
"""
import json
import pathlib
import re
import subprocess
import sys
import time

import numpy as np
import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parent.parent
SUITES = ("node", "simple", "pytorch-operator", "pytorch-converted")
SHOWN = ("squeezenet_fp16", "yolox_nano", "text_detection_ch_ppocrv3", "candy", "silero_vad", "gtcrn_simple",
         "vitTracker", "optimum_test", "super_resolution_10")
SECONDS = 1.0  # a measurement
ROUNDS = 3     # Tenon and ONNX Runtime take turns; the least median counts


def tenon(*arguments):
    done = subprocess.run([TENON, *map(str, arguments)], capture_output=True, text=True)
    return done.stdout


def coverage():
    data = pathlib.Path(onnx.__file__).parent / "backend/test/data"
    yield f"| ONNX {onnx.__version__} conformance suite | passed | failed | skipped |"
    yield "|---|--:|--:|--:|"
    for suite in SUITES:
        count = json.loads(tenon("conformance", data / suite, "--json"))
        yield f"| {suite} | {count['passed']} | {count['failed']} | {count['skipped']} |"


def ours(model, feeds):
    words = [word for name, file in feeds.items() for word in ("--input", f"{name}={file}")]
    report = json.loads(tenon("bench", model, *words, "--threads", 1, "--duration", SECONDS, "--json"))
    return report["latency_ns"]["median"] / 1e6


def theirs(session, values):
    samples, end = [], time.perf_counter() + SECONDS
    session.run(None, values)
    while not samples or time.perf_counter() < end:
        start = time.perf_counter()
        session.run(None, values)
        samples.append(time.perf_counter() - start)
    return float(np.median(samples)) * 1e3


def speed_row(name, model, feeds):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    values = {name: np.load(file) for name, file in feeds.items()}
    pairs = [(ours(model, feeds), theirs(session, values)) for _ in range(ROUNDS)]
    a, b = min(p[0] for p in pairs), min(p[1] for p in pairs)
    return f"| {name} | {a:.3g} | {b:.3g} | {a / b:.2f} |"


def processor():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    return re.search(r"model name\s*: (.*)", text).group(1)


def speed(folder):
    yield f"| median latency, one thread, ms | Tenon | ONNX Runtime {onnxruntime.__version__} | ratio |"
    yield "|---|--:|--:|--:|"
    digits = ROOT / "examples/digits"
    yield speed_row("digits, 360 pictures", digits / "digits.onnx", {"images": digits / "test_images.npy"})
    items = json.loads((folder / "manifest.json").read_text())["items"] if folder else []
    for item in items:
        name = pathlib.Path(item["file"]).stem
        if name in SHOWN and item.get("cases"):
            case = item["cases"][0]
            feeds = {x["name"]: folder / case["dir"] / x["file"] for x in case["inputs"]}
            yield speed_row(name, folder / item["file"], feeds)
    yield ""
    yield f"Measured on {processor()}, {json.loads(tenon('doctor', '--json')).get('isa', 'all CPU levels')}."


def fill(text, mark, lines):
    pattern = re.compile(rf"(<!-- begin {mark} -->\n).*?(<!-- end {mark} -->)", re.DOTALL)
    return pattern.sub(lambda m: m.group(1) + "\n".join(lines) + "\n" + m.group(2), text)


def main():
    readme = ROOT / "README.md"
    text = fill(readme.read_text(), "coverage", list(coverage()))
    more = sys.argv[2] if len(sys.argv) > 2 else None
    if more != "--coverage":
        text = fill(text, "speed", list(speed(pathlib.Path(more) if more else None)))
    readme.write_text(text)


if __name__ == "__main__":
    TENON = sys.argv[1]
    main()
