#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# test_aten.py - PyTorch's operators one by one: the samples that PyTorch tests itself with (op_db), each exported,
# read and run by Tenon, and compared with what PyTorch computed. A long lane: not part of `make test`. Needs torch.
# usage: scripts/test_aten.py [--tenon build/tenon] [--only NAME,...] [--samples N] [--form plain|core|both]
#                             [--results FILE] [--again] [--table docs/pt2.md]
# Results are kept in FILE by operator; what stands there is not run again without --again. At the end stand the
# targets that could not be read, with the operators that need them; --table writes them into the page.
import argparse
import collections
import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import warnings

import numpy as np
import torch

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
kinds = (torch.float32, torch.int64, torch.bool, torch.complex64)


class Call(torch.nn.Module):
    """One call, whose tensors are the inputs and all else part of the program."""

    def __init__(self, op, spec, leaves):
        super().__init__()
        self.op, self.spec = op, spec
        self.leaves = [None if isinstance(leaf, torch.Tensor) else leaf for leaf in leaves]

    def forward(self, *tensors):
        rest = iter(tensors)
        leaves = [next(rest) if leaf is None and take else leaf for leaf, take in zip(self.leaves, self.takes)]
        first, args, kwargs = torch.utils._pytree.tree_unflatten(leaves, self.spec)
        return self.op(first, *args, **kwargs)


def call_of(op, sample):
    leaves, spec = torch.utils._pytree.tree_flatten((sample.input, tuple(sample.args), dict(sample.kwargs)))
    module = Call(op, spec, leaves)
    module.takes = [isinstance(leaf, torch.Tensor) for leaf in leaves]
    return module, tuple(leaf.detach().clone() for leaf in leaves if isinstance(leaf, torch.Tensor))


def chosen(op, dtype, count):
    samples = [s for s in op.sample_inputs("cpu", dtype)]
    step = max(1, len(samples) // count)
    return samples[::step][:count]


def outputs_of(tree):
    return [leaf for leaf in torch.utils._pytree.tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


# -> status, reason
def one(op, dtype, sample, core, tenon):
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
        warnings.simplefilter("ignore")
        module, args = call_of(op.get_op(), sample)
        try:
            want = outputs_of(module(*[a.clone() for a in args]))
            program = torch.export.export(module, args, strict=False)
            if core:
                program = program.run_decompositions()
        except Exception as problem:
            return "no export", type(problem).__name__
        if not want:
            return "no export", "no tensors"
        folder = tempfile.mkdtemp(prefix="aten")
        try:
            path = os.path.join(folder, "model.pt2")
            torch.export.save(program, path)
            names = [s.arg.name for s in program.graph_signature.input_specs if s.kind.name == "USER_INPUT"]
            for where, named in (("in", zip(names, args)), ("out", ((f"output_{i}", w) for i, w in enumerate(want)))):
                os.makedirs(os.path.join(folder, where))
                for name, tensor in named:
                    np.save(os.path.join(folder, where, name + ".npy"), tensor.detach().resolve_conj().resolve_neg().numpy())
            command = [tenon, "run", path, "--no-timing", "--timing-cache", "", "-q", "--expect", os.path.join(folder, "out")]
            if names:
                command += ["-i", os.path.join(folder, "in")]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
            if done.returncode == 0:
                return "equal", ""
            text = done.stderr + done.stdout
            missing = re.findall(r"error: \S+: (\S+?):.*this operator of PyTorch cannot be read", text)
            if missing:
                return "unknown", ",".join(sorted(set(missing)))
            return ("refused" if "error" in text else "differs"), " ".join(text.split())[:400]
        except Exception as problem:
            return "no export", f"{type(problem).__name__}: {problem}"[:200]
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def test(op, o):
    found = []
    for dtype in kinds:
        if dtype not in op.supported_dtypes("cpu"):
            continue
        try:
            samples = chosen(op, dtype, o.samples if dtype == torch.float32 else 1)
        except Exception:
            continue
        for i, sample in enumerate(samples):
            for core in (False, True) if o.form == "both" else (o.form == "core",):
                status, why = one(op, dtype, sample, core, o.tenon)
                found.append({"dtype": str(dtype)[6:], "sample": i, "core": core, "status": status, "why": why})
    return found


def summary(results):
    count, missing = collections.Counter(), collections.defaultdict(set)
    for name, rows in results.items():
        for r in rows:
            count[r["status"]] += 1
            if r["status"] == "unknown":
                for target in r["why"].split(","):
                    missing[target].add(name)
            elif r["status"] in ("refused", "differs"):
                print(f"{name} {r['dtype']} {r['sample']} {'core' if r['core'] else 'plain'}: {r['status']}: {r['why'][:220]}")
    for target in sorted(missing):
        print(f"{target}: {', '.join(sorted(missing[target]))[:100]}")
    print(dict(count))


# The targets that no row reads, between the page's marks.
def write_table(path, results):
    found = collections.Counter(r["status"] for rows in results.values() for r in rows)
    targets = sorted({t for rows in results.values() for r in rows if r["status"] == "unknown" for t in r["why"].split(",")})
    text = open(path).read()
    begin, end = "<!-- aten: begin -->\n", "<!-- aten: end -->"
    head, rest = text.split(begin)
    lines = f"Of {len(results)} operators of PyTorch's own samples: {found['equal']} calls equal, {found['refused'] + found['differs']} refused or " \
            f"different (mostly complex numbers), {found['unknown']} need one of the targets that cannot be read: "
    lines += ", ".join(f"`{t.removesuffix('.default')}`" for t in targets) + "."
    open(path, "w").write(head + begin + textwrap.fill(lines, 118, break_long_words=False, break_on_hyphens=False) + "\n" + end + rest.split(end)[1])


def main():
    from torch.testing._internal.common_methods_invocations import op_db
    options = argparse.ArgumentParser()
    options.add_argument("--tenon", default=os.path.join(root, "build/tenon"))
    options.add_argument("--only")
    options.add_argument("--samples", type=int, default=4)
    options.add_argument("--form", default="plain")
    options.add_argument("--results", default="build/aten.json")
    options.add_argument("--again", action="store_true")
    options.add_argument("--table")
    o = options.parse_args()
    results = json.load(open(o.results)) if os.path.exists(o.results) else {}
    if o.table:
        return write_table(o.table, results)
    torch.set_num_threads(1)
    random = ("bernoulli", "multinomial", "normal", "rand", "uniform", "dropout", "geometric", "cauchy", "exponential",
              "log_normal", "gumbel", "empty", "svd_lowrank", "pca_lowrank", "rrelu", "fractional", "_efficient_attention")
    for op in op_db:
        name = op.name + ("." + op.variant_test_name if op.variant_test_name else "")
        if o.only and not any(re.fullmatch(t, name) for t in o.only.split(",")):
            continue
        if any(r in name for r in random) or name in results and not o.again:
            continue
        results[name] = test(op, o)
        json.dump(results, open(o.results, "w"), indent=1)
    summary({k: v for k, v in results.items() if not o.only or any(re.fullmatch(t, k) for t in o.only.split(","))})


if __name__ == "__main__":
    main()
