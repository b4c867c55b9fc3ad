# SPDX-License-Identifier: Apache-2.0
"""Runs real models on their recorded inputs and holds the outputs against the recorded ones.

usage: test_models.py TENON FOLDER, where FOLDER/manifest.json lists models with cases. A case passes when
 - `tenon run MODEL` agrees with the recorded outputs within 1e-4 of the largest value (5e-3 in half precision, two
   steps of the output for quantised models) or ten times the recorded noise of the reference, whichever is larger;
 - `tenon build` and `tenon run ENGINE` give the very bits that running the model gave.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np


def tenon(*arguments):
    """Runs the command; returns None, or why it failed."""
    done = subprocess.run([TENON, *map(str, arguments)], capture_output=True, text=True, timeout=600)
    if done.returncode == 0:
        return None
    return f"tenon {arguments[0]}: status {done.returncode}\n{(done.stdout + done.stderr)[-1500:]}"


def file_of(output):
    return re.sub(r"[/:]", "_", output) + ".npy"


def bound_of(item, want, noise):
    if "quantised" in item["category"] and "fp32" not in item["file"]:
        bound = 2 / 255
    else:
        bound = 5e-3 if want.dtype == np.float16 else 1e-4
    return max(bound, 10 * noise)


def difference(got, want, bound):
    """None, or how two outputs differ by more than `bound` times the largest wanted value."""
    if got.shape != want.shape or got.dtype != want.dtype:
        return f"{got.dtype}{list(got.shape)} instead of {want.dtype}{list(want.shape)}"
    if want.dtype.kind not in "f":
        return None if np.array_equal(got, want) else f"{(got != want).sum()} of {want.size} elements differ"
    got, want = got.astype(np.float64), want.astype(np.float64)
    if not np.array_equal(np.isfinite(got), np.isfinite(want)):
        return "NaN or infinity in other places"
    finite = np.isfinite(want)
    largest = max(np.abs(want[finite]).max(initial=0), 1e-30)
    error = np.abs(got - want)[finite].max(initial=0) / largest
    return None if error <= bound else f"max error {error:.2e} of the largest value, allowed {bound:.1e}"


def problem_of(item, case, folder):
    model = ROOT / item["file"]
    at = ROOT / case["dir"]
    inputs = [word for x in case["inputs"] for word in ("--input", f"{x['name']}={at / x['file']}")]
    failed = tenon("run", model, *inputs, "--no-timing", "--save", folder / "model")
    if failed:
        return failed
    noise = case.get("ort_all_vs_disabled", {}).get("max_abs_over_max", 0)
    for y in case["outputs"]:
        want = np.load(at / y["file"])
        got = np.load(folder / "model" / file_of(y["name"]))
        why = difference(got, want, bound_of(item, want, noise))
        if why:
            return f"{y['name']}: {why}"
    engine = folder / "model.tne"
    same = [word for y in case["outputs"] for word in ("--expect", f"{y['name']}={folder / 'model' / file_of(y['name'])}")]
    return (tenon("build", model, "--no-timing", "-o", engine)
            or tenon("run", engine, *inputs, *same, "--rtol", "0", "--atol", "0"))


def upstream_problem(item, pair):
    """Pairs of ONNX TensorProto files that came with the model."""
    at = ROOT / pair
    inputs = [word for f in sorted(at.glob("input_*.pb")) for word in ("--input", f)]
    wanted = [word for f in sorted(at.glob("output_*.pb")) for word in ("--expect", f)]
    return tenon("run", ROOT / item["file"], *inputs, *wanted)


def main():
    passed = failed = skipped = 0
    for item in json.loads((ROOT / "manifest.json").read_text())["items"]:
        if not item["file"].endswith(".onnx"):
            continue
        runs = [(case["dir"], problem_of, case) for case in item.get("cases", [])]
        for pair in item.get("upstream_pairs", []):
            if list((ROOT / pair).glob("input_*.pb")):
                runs.append((pair, lambda item, pair, _: upstream_problem(item, pair), pair))
            else:
                skipped += 1
                print(f"skipped {pair}: not a pair of tensor files")
        for name, problem, argument in runs:
            with tempfile.TemporaryDirectory() as folder:
                why = problem(item, argument, pathlib.Path(folder))
            passed += why is None
            failed += why is not None
            print(f"{'FAILED' if why else 'passed'} {name}{': ' + why if why else ''}", flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return failed != 0


if __name__ == "__main__":
    TENON, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
    sys.exit(main())
