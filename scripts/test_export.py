#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes every model that can be read as ONNX again: what was written must read as the same text, onnx.checker
must accept it, and ONNX Runtime must load it where it loads the original. Then simplified ones: ONNX Runtime's
outputs must be those of the original, for recorded inputs where there are some and random ones else.
usage: scripts/test_export.py TENON FOLDER..."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
from onnx import numpy_helper

ort.set_default_logger_severity(4)
tenon, folders = os.path.abspath(sys.argv[1]), sys.argv[2:]
passed, skipped, failures = 0, 0, []


def run(*args):
    return subprocess.run([tenon, *args], capture_output=True)


def session(path):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception:
        return None


def text(path):
    done = run("show", str(path), "--text")
    if done.returncode:
        return None
    # sizes that only the data tells are numbered in the order of reading
    known = re.sub(rb"\?[0-9]+", b"?", done.stdout)
    # a CastLike is a Cast where the type to cast to is known: in a body that may be when it is read again
    known = re.sub(rb"CastLike\(([^,]*), [^)]*\)", rb"Cast(\1)", known)
    return re.sub(rb"Cast\(([^)]*)\) \{to=[0-9]+\}", rb"Cast(\1)", known)


def random_inputs(s):
    rng, made = np.random.default_rng(1), {}
    kinds = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16,
             "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(uint8)": np.uint8,
             "tensor(int8)": np.int8, "tensor(bool)": np.bool_}
    for i in s.get_inputs():
        if i.type not in kinds:
            return None
        # 1 for what is open; a "total" length is the past's and the new one's together
        shape = [d if isinstance(d, int) else 2 if str(d).startswith("total") else 1 for d in i.shape]
        # no integer is 0: ONNX Runtime divides by it and dies
        made[i.name] = (rng.random(shape) * 3 + 1).astype(kinds[i.type])
    return made


def recorded_inputs(path, s):
    """The inputs of the test case that the model is, if all of them are tensors: sizes that make sense."""
    files = sorted(path.parent.glob("test_data_set_0/input_*.pb"), key=lambda f: int(f.stem.split("_")[1]))
    names = [i.name for i in s.get_inputs() if i.type.startswith("tensor(")]
    if not files or len(files) != len(names) or len(names) != len(s.get_inputs()):
        return None
    return {n: numpy_helper.to_array(onnx.load_tensor(str(f))) for n, f in zip(names, files)}


def outputs(s, path):
    """None where there are none, or where ONNX Runtime itself has others the next time (memory never written)."""
    try:
        feed = recorded_inputs(path, s) or random_inputs(s)
        got = feed and s.run(None, feed)
        return got if got and all(agree(a, b) for a, b in zip(got, s.run(None, feed))) else None
    except Exception:
        return None


def agree(a, b):
    if not isinstance(a, np.ndarray):
        return type(a) is type(b)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind != "f":
        return np.array_equal(a, b)
    bound = 1e-3 * max(1e-3, np.abs(np.where(np.isfinite(a), a, 0)).max(initial=0).astype(np.float64))
    return np.allclose(a, b, rtol=2e-3, atol=bound, equal_nan=True)


def gives(want, s, path):
    got = s and outputs(s, path)
    return bool(got) and all(agree(a, b) for a, b in zip(want, got))


def checker(path):
    """What onnx.checker says; that an output of unknown rank has no shape is no fault: ONNX cannot say it."""
    try:
        onnx.checker.check_model(str(path))
    except Exception as e:
        return None if "Field 'shape' of 'type' is required" in str(e) else str(e)[:300]
    return None


def is_known(path):
    """Whether ONNX Runtime knows the opset; a model may need a newer one than it was written in."""
    imports = onnx.load(str(path), load_external_data=False).opset_import
    return all(o.domain or o.version <= 23 for o in imports)


def check_written(path, out, original):
    done = run("extract", str(path), "-o", str(out))
    if done.returncode:
        return "not written: " + done.stderr.decode(errors="replace")[:300]
    before = text(path)
    fused = b"= tn." in before  # what ONNX has no operator for is taken apart
    if not fused and before != text(out):
        return "what was written reads as another text"
    problem = checker(out)
    if problem:
        return f"onnx.checker: {problem}"
    if original and is_known(out) and not session(out):
        return "ONNX Runtime does not load it"
    want = fused and original and outputs(original, path)
    if want and not gives(want, session(out), path):
        return "ONNX Runtime's outputs are other ones"
    return None


def check_simplified(path, out, original):
    done = run("simplify", str(path), "-o", str(out))
    if done.returncode:
        return "not simplified: " + done.stderr.decode(errors="replace")[:300]
    problem = checker(out)
    if problem:
        return f"simplified: onnx.checker: {problem}"
    want = original and outputs(original, path)
    if not want or any(n.op_type.startswith(("Random", "Bernoulli", "Multinomial", "Dropout"))
                       for n in onnx.load(str(path), load_external_data=False).graph.node):
        return None
    simpler = session(out)
    if not simpler and not is_known(out):
        return None
    if not simpler:
        return "simplified: ONNX Runtime does not load it"
    if not gives(want, simpler, path):
        return "simplified: ONNX Runtime's outputs are other ones"
    return None


def check(path, out):
    global passed, skipped
    if text(path) is None:
        skipped += 1
        return
    original = session(path)
    problem = check_written(path, out, original) or check_simplified(path, out, original)
    if problem:
        failures.append(path)
        print(f"FAILED {path}: {problem}", flush=True)
    else:
        passed += 1


with tempfile.TemporaryDirectory() as room:
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*.onnx")):
            check(path, pathlib.Path(room) / "out.onnx")
print(f"{passed} passed, {len(failures)} failed, {skipped} skipped")
sys.exit(1 if failures or not passed else 0)
