# SPDX-License-Identifier: Apache-2.0
"""Writes docs/conformance.md: how many of ONNX' own test cases Tenon passes, and how many ONNX Runtime passes, measured in the
same run on the same cases with the same tolerances.

usage: conformance.py TENON DATA DOCUMENT [FOLDER]. DATA is onnx/backend/test/data of the installed package. FOLDER keeps the wheels of
other ONNX releases; those of RELEASES that are not there are fetched with pip, and without a network left out.
"""
import importlib.metadata
import json
import multiprocessing
import os
import pathlib
import subprocess
import sys
import zipfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

os.environ["ALLOW_RELEASED_ONNX_OPSET_ONLY"] = "0"  # else ONNX Runtime refuses opsets newer than itself unseen

ORT_IR = 11  # the newest IR version that ONNX Runtime 1.23 takes

SUITES = ["node", "simple", "pytorch-operator", "pytorch-converted", "light"]
RELEASES = ["1.12.0", "1.13.1", "1.14.1", "1.15.0", "1.16.2", "1.17.0", "1.18.0", "1.19.1", "1.20.1", "1.21.0"]
RANDOM = {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli"}
# What NumPy has no type for, fed as constants and read through a Cast.
UNUSUAL = {TensorProto.BFLOAT16, TensorProto.FLOAT8E4M3FN, TensorProto.FLOAT8E4M3FNUZ, TensorProto.FLOAT8E5M2,
           TensorProto.FLOAT8E5M2FNUZ, TensorProto.FLOAT8E8M0, TensorProto.FLOAT4E2M1, TensorProto.UINT4, TensorProto.INT4,
           TensorProto.UINT2, TensorProto.INT2}


# ------------------------------------------------------------------------------------------- Tenon

def tenon_cases(tenon, folder):
    done = subprocess.run([tenon, "conformance", str(folder), "--json"], capture_output=True, text=True)
    try:
        return json.loads(done.stdout)["cases"]
    except (json.JSONDecodeError, KeyError):
        sys.exit(f"{folder}: {done.stderr[-500:]}")


# ------------------------------------------------------------------------------------ ONNX Runtime

def load(path, kind):
    raw = path.read_bytes()
    if kind == "sequence_type":
        return numpy_helper.to_list(onnx.SequenceProto.FromString(raw))
    if kind == "optional_type":
        return numpy_helper.to_optional(onnx.OptionalProto.FromString(raw))
    return numpy_helper.to_array(onnx.TensorProto.FromString(raw))


def near(got, want, rtol, atol):
    if isinstance(want, list):
        return isinstance(got, list) and len(got) == len(want) and all(near(g, w, rtol, atol) for g, w in zip(got, want))
    if want is None or got is None:
        return want is None and got is None
    got, want = np.asarray(got), np.asarray(want)
    if got.shape != want.shape:
        return False
    if got.dtype.kind in "OUS" or want.dtype.kind in "OUS":
        return bool(np.all(got.astype(str) == want.astype(str)))
    wide = np.complex128 if want.dtype.kind == "c" else np.float64
    return bool(np.allclose(got.astype(wide), want.astype(wide), rtol, atol, equal_nan=True))


def prepare(model, folder):
    """Inputs of unusual types become constants, outputs of such types are cast; what is left to feed."""
    feed = {}
    given = {i.name for i in model.graph.initializer}
    declared = [i for i in model.graph.input if i.name not in given]
    for k, i in enumerate(declared):
        kind = i.type.WhichOneof("value")
        path = folder / f"input_{k}.pb"
        if kind == "tensor_type" and i.type.tensor_type.elem_type in UNUSUAL:
            t = onnx.TensorProto.FromString(path.read_bytes())
            t.name = i.name
            model.graph.initializer.append(t)
            model.graph.input.remove(i)
        else:
            feed[i.name] = load(path, kind)
    for o in model.graph.output:
        if o.type.WhichOneof("value") == "tensor_type" and o.type.tensor_type.elem_type in UNUSUAL:
            model.graph.node.append(helper.make_node("Cast", [o.name], [o.name + "_as_float"], to=TensorProto.FLOAT))
            o.name += "_as_float"
            o.type.tensor_type.elem_type = TensorProto.FLOAT
    return feed


def light_feed(model):
    feed = {}
    given = {i.name for i in model.graph.initializer}
    for i in model.graph.input:
        if i.name not in given:
            dims = [d.dim_value or 1 for d in i.type.tensor_type.shape.dim]
            n = int(np.prod(dims))
            feed[i.name] = (np.arange(n) / n).astype(np.float32).reshape(dims)
    return feed


def run_case(path):
    """True when ONNX Runtime passes the case at `path`: a folder, or a model of the light suite."""
    onnxruntime.set_default_logger_severity(4)
    light = path.suffix == ".onnx"
    atol = 4e-6 if path.name.startswith("test_dft_inverse") else 1e-7  # as cli/exceptions.c has it
    for folder in [path.parent] if light else sorted(path.glob("test_data_set_*")):
        model = onnx.load(str(path if light else path / "model.onnx"))
        model.ir_version = min(model.ir_version, ORT_IR)  # a newer number alone is no reason to count it as failed
        kinds = [o.type.WhichOneof("value") for o in model.graph.output]
        names = {n.op_type for n in model.graph.node}
        feed = light_feed(model) if light else prepare(model, folder)
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        outputs = session.run(None, feed)
        for k, (got, kind) in enumerate(zip(outputs, kinds)):
            file = path.with_name(f"{path.stem}_output_{k}.pb") if light else folder / f"output_{k}.pb"
            if not file.exists():
                continue
            want = load(file, kind)
            if names & RANDOM and np.shape(got) == np.shape(want):
                continue
            if not near(got, want, 2e-3 if light else 1e-3, atol):
                return False
    return True


def work(paths, queue):
    for p in paths:
        try:
            verdict = run_case(p)
        except Exception:  # it refuses the model, or cannot run it
            verdict = False
        queue.put((str(p), verdict))


def onnxruntime_passes(paths):
    """{path: passed}. A case that kills its process has failed; those after it go on in a new one."""
    verdict, left = {}, list(paths)
    while left:
        queue = multiprocessing.SimpleQueue()
        child = multiprocessing.Process(target=work, args=(left, queue))
        child.start()
        for _ in range(len(left)):
            while queue.empty() and child.is_alive():
                child.join(0.01)
            if queue.empty():
                break
            name, passed = queue.get()
            verdict[name] = passed
        child.join()
        left = [p for p in left if str(p) not in verdict]
        if left:
            verdict[str(left.pop(0))] = False
    return verdict


# ---------------------------------------------------------------------------------------- releases

def release_data(folder, version):
    """onnx/backend/test/data of a release: from its wheel, which is fetched when it is not there."""
    to = folder / version
    if not to.exists():
        wheels = list(folder.glob(f"onnx-{version}-*.whl"))
        for python in ("3.10", "3.12"):
            if not wheels:
                subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:",
                                "--python-version", python, "-d", str(folder), f"onnx=={version}"], capture_output=True)
                wheels = list(folder.glob(f"onnx-{version}-*.whl"))
        if not wheels:
            return None
        with zipfile.ZipFile(wheels[0]) as z:
            z.extractall(to, [n for n in z.namelist() if n.startswith("onnx/backend/test/data/")])
    return to / "onnx/backend/test/data"


def count(cases):
    return {v: sum(c["verdict"] == v for c in cases) for v in ("passed", "failed", "skipped")}


def release_rows(tenon, folder, reasons):
    for version in RELEASES:
        data = release_data(folder, version)
        if data is None:
            yield f"| {version} | not fetched: no network | | |"
            continue
        cells = []
        for suite in SUITES:
            if (data / suite).exists():
                cases = tenon_cases(tenon, data / suite)
                n = count(cases)
                for c in cases:
                    if c["verdict"] != "passed":
                        reasons.setdefault(c["reason"], []).append((version, c["name"]))
                cells.append((suite, n))
        total = {v: sum(n[v] for _, n in cells) for v in ("passed", "failed", "skipped")}
        detail = ", ".join(f"{s} {n['passed']}/{sum(n.values())}" for s, n in cells)
        yield f"| {version} | {total['passed']} | {total['failed']} | {total['skipped']} | {detail} |"


# --------------------------------------------------------------------------------------- the document

def case_path(folder, suite, name):
    return folder / suite / f"{name}.onnx" if suite == "light" else folder / suite / name


def measure(tenon, data):
    """[(suite, case, tenon passed, onnxruntime passed)]"""
    rows = []
    for suite in SUITES:
        cases = tenon_cases(tenon, data / suite)
        paths = {c["name"]: case_path(data, suite, c["name"]) for c in cases}
        theirs = onnxruntime_passes(list(paths.values()))
        rows += [(suite, c, c["verdict"] == "passed", theirs[str(paths[c["name"]])]) for c in cases]
    return rows


def operator_table(rows):
    table = {}
    for _, case, ours, theirs in rows:
        for op in case["operators"]:
            n = table.setdefault(op, [0, 0, 0])
            n[0] += 1
            n[1] += ours
            n[2] += theirs
    for op, (total, ours, theirs) in sorted(table.items()):
        yield f"| {op} | {ours}/{total} | {theirs}/{total} |"


def suite_table(rows):
    for suite in SUITES + ["all"]:
        mine = [r for r in rows if suite in (r[0], "all")]
        yield (f"| {suite} | {len(mine)} | {sum(r[2] for r in mine)} | {sum(r[1]['verdict'] == 'skipped' for r in mine)} | "
               f"{sum(r[1]['verdict'] == 'failed' for r in mine)} | {sum(r[3] for r in mine)} |")


def left_out(rows):
    """A line for each reason."""
    reasons = {}
    for suite, case, ours, _ in rows:
        if not ours:
            reasons.setdefault((case["verdict"], case["reason"]), []).append(case["name"])
    for (verdict, reason), names in sorted(reasons.items()):
        yield f"- {verdict}: {reason} ({len(names)}: {', '.join(sorted(names))})"


def other_reasons(reasons):
    for reason, cases in sorted(reasons.items()):
        versions = sorted({v for v, _ in cases}, key=lambda v: [int(p) for p in v.split(".")])
        names = sorted({n for _, n in cases})
        yield f"- {reason}: {len(names)} cases of {versions[0]} to {versions[-1]}, " + \
              f"{', '.join(names[:4])}{' and others' if len(names) > 4 else ''}"


def main():
    tenon, data, document = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    rows = measure(tenon, data)
    reasons = {}
    releases = []
    if len(sys.argv) > 4:
        folder = pathlib.Path(sys.argv[4])
        folder.mkdir(parents=True, exist_ok=True)
        releases = list(release_rows(tenon, folder, reasons))
    text = ["# Conformance", "",
            f"Written by `make conformance`: the test cases of ONNX {importlib.metadata.version('onnx')} with Tenon and with ONNX "
            f"Runtime {importlib.metadata.version('onnxruntime')} on the CPU, in one run, with the tolerances of ONNX' own runner "
            "(relative 1e-3, absolute 1e-7; light models 2e-3; test_dft_inverse* 4e-6). Cases of random operators are compared by "
            "type and shape. ONNX Runtime is let open opsets newer than itself, and told that the IR version is no newer "
            f"than its own ({ORT_IR}); StringNormalizer needs the locale en_US there.", "",
            "| suite | cases | Tenon passes | skips | fails | ONNX Runtime passes |", "|---|---:|---:|---:|---:|---:|",
            *suite_table(rows), "", "Not passed, and why:", "", *left_out(rows), ""]
    if releases:
        text += ["## Other releases of ONNX", "",
                 "The data that other releases carry, Tenon only. What newer data corrected is skipped by the contents of the "
                 "file, with the reason below.", "", "| release | passed | failed | skipped | by suite |",
                 "|---|---:|---:|---:|---|", *releases, "", "Skipped, and why:", "", *other_reasons(reasons), ""]
    text += ["## By operator", "", "Cases that contain the operator, a body's and a function's nodes included.", "",
             "| operator | Tenon | ONNX Runtime |", "|---|---:|---:|", *operator_table(rows), ""]
    document.write_text("\n".join(text))
    failed = sum(r[1]["verdict"] == "failed" for r in rows)
    print(f"{sum(r[2] for r in rows)} passed, {failed} failed, {len(rows) - failed - sum(r[2] for r in rows)} skipped")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
