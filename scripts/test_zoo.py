#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# test_zoo.py - networks of PyTorch's libraries, exported with random weights by torch.export, run by Tenon and
# compared with PyTorch. A long lane: not part of `make test`. Needs torch; of torchvision, timm and transformers
# what the cases ask for.
# usage: scripts/test_zoo.py [--tenon build/tenon] [--only TEXT,...] [--family NAME,...] [--form plain|core|both]
#                            (or double: what differs in f32 by rounding is equal as exported in f64)
#                            [--results FILE] [--again] [--keep DIR] [--list] [--table docs/pt2.md]
# Results are added to FILE; cases that stand there are not run again without --again. --table writes the counts
# into the page between its marks; families that FILE has nothing of stay as the page has them.
import argparse
import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import zoo_cases  # noqa: E402

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def flat(tree):
    return [leaf for leaf in torch.utils._pytree.tree_leaves(tree) if leaf is not None]


def feed(folder, program, inputs):
    leaves = flat(inputs)
    names = [s.arg.name for s in program.graph_signature.input_specs if s.kind.name == "USER_INPUT"
             and hasattr(s.arg, "name") and type(s.arg).__name__ != "ConstantArgument"]
    os.makedirs(folder)
    tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor) or len(leaves) == len(names)]
    for name, leaf in zip(names, tensors):
        np.save(os.path.join(folder, name + ".npy"), np.asarray(leaf.numpy() if isinstance(leaf, torch.Tensor) else leaf))


def expect(folder, outputs):
    os.makedirs(folder)
    for i, leaf in enumerate(o for o in flat(outputs) if isinstance(o, (torch.Tensor, int, float, bool))):
        value = leaf.detach().numpy() if isinstance(leaf, torch.Tensor) else np.asarray(leaf)
        np.save(os.path.join(folder, f"output_{i}.npy"), value)


def run(tenon, model, folder, which, timeout):
    command = [tenon, "run", model, "--no-timing", "--timing-cache", "", "-i", os.path.join(folder, f"in{which}"),
               "--expect", os.path.join(folder, f"out{which}"), "-q"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    lines = [line for line in (done.stderr + done.stdout).splitlines() if re.search("error|mismatch|differ|FAIL|worst", line)]
    return done.returncode, "; ".join(lines)[:600] or (done.stderr + done.stdout)[-300:]


def doubled(tree):
    return torch.utils._pytree.tree_map(lambda a: a.double() if isinstance(a, torch.Tensor) and a.is_floating_point() else a, tree)


def answer(model, args, kwargs):
    held = [b.clone() for b in model.buffers()]  # the program's own, which running the model may write to
    want = flat(model(*[a.clone() if isinstance(a, torch.Tensor) else a for a in args], **kwargs))
    want = [o.clone() if isinstance(o, torch.Tensor) else o for o in want]
    for now, before in zip(model.buffers(), held):
        if not torch.equal(now, before):  # one that is expanded cannot be written to, by the model either
            now.copy_(before)
    return want


# The forms of a network that are asked for, exported once -> one result a form.
def forms_of(case, forms, o):
    started = time.time()
    try:
        torch.manual_seed(0)
        with quiet():
            model, args, kwargs, dynamic = case.make()
            model = model.eval()
            zoo_cases.settle(model)
            if "double" in forms:
                model, args, kwargs = model.double(), doubled(args), doubled(kwargs)
            program = torch.export.export(model, args, kwargs, dynamic_shapes=dynamic, strict=False)
            inputs = [case.other(args, kwargs) if dynamic else (args, kwargs)]
            inputs += case.more(args, kwargs) if case.more else []
            inputs = [doubled(given) for given in inputs] if "double" in forms else inputs
            want = [answer(model, *given) for given in inputs]
    except Exception as problem:  # whatever a library does with its own model
        for form in forms:
            yield not_exported(case, form, problem)
        return
    for form in forms:
        yield one(case, form, program, inputs, want, started, o)
        started = time.time()


@contextlib.contextmanager
def quiet():
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
        warnings.simplefilter("ignore")
        yield


def not_exported(case, form, problem):
    return {"family": case.family, "name": case.name, "form": form, "status": "no export",
            "why": f"{type(problem).__name__}: {problem}"[:300]}


def one(case, form, program, inputs, want, started, o):
    folder = tempfile.mkdtemp(prefix="zoo")
    result = {"family": case.family, "name": case.name, "form": form}
    try:
        path = os.path.join(folder, "model.pt2")
        with quiet():
            program = program.run_decompositions() if form == "core" else program
            torch.export.save(program, path)
        result["export_s"] = round(time.time() - started, 1)
        for i, (given, outputs) in enumerate(zip(inputs, want)):
            feed(os.path.join(folder, f"in{i or ''}"), program, given)
            expect(os.path.join(folder, f"out{i or ''}"), outputs)
        if o.keep:
            shutil.copytree(folder, os.path.join(o.keep, f"{case.family}-{case.name}-{form}"), dirs_exist_ok=True)
    except Exception as problem:
        shutil.rmtree(folder)
        return not_exported(case, form, problem)
    try:
        started = time.time()
        for i in range(len(inputs)):
            code, why = run(o.tenon, path, folder, i or "", 600)
            if code:
                break
        result["run_s"] = round(time.time() - started, 1)
        result.update({"status": "equal"} if code == 0 else {"status": "differs" if " differs from " in why else "refused", "why": why})
    except subprocess.TimeoutExpired:
        result.update(status="refused", why="it took more than ten minutes")
    shutil.rmtree(folder)
    return result


def reason(r, exact):
    why = re.sub(r" from \S*/|^error: ", lambda m: " from " if "from" in m[0] else "", r.get("why", "")).split(" (rtol")[0][:200]
    return why + ("; equal as exported in f64: it is rounding" if (r["family"], r["name"]) in exact else "")


def table(results, page):
    families, lines = {}, ["| family | networks | as exported: equal | decomposed: equal | not exported by PyTorch |", "|---|---|---|---|---|"]
    for r in results:
        families.setdefault(r["family"], []).append(r)
    written = {line.split(" | ")[0][2:]: line for line in page.split("\n") if line.startswith("| ") and line != lines[0]}
    kept = [line for line in page.split("\n") if line.startswith("- ") and line[2:].split(",")[0] not in families]
    for family in sorted(written | families):
        if family not in families:
            lines.append(written[family])
            continue
        rows = families[family]
        exported = [r for r in rows if r["status"] != "no export"]
        cell = {}
        for form in ("plain", "core"):
            of = [r for r in exported if r["form"] == form]
            cell[form] = f"{sum(r['status'] == 'equal' for r in of)} of {len(of)}"
        missing = sorted({r["name"] for r in rows if r["status"] == "no export"})
        lines.append(f"| {family} | {len({r['name'] for r in rows})} | {cell['plain']} | {cell['core']} | {', '.join(missing)} |")
    exact = {(r["family"], r["name"]) for r in results if r["form"] == "double" and r["status"] == "equal"}
    failed = [r for r in results if r["status"] in ("differs", "refused")]
    kept += [f"- {r['family']}, {r['name']} ({r['form']}): {reason(r, exact)}" for r in failed]
    if kept:
        lines += ["", "Not equal:", "", *sorted(kept)]
    return "\n".join(lines)


def write_table(path, results):
    text = open(path).read()
    begin, end = "<!-- zoo: begin -->\n", "<!-- zoo: end -->"
    head, rest = text.split(begin)
    page, tail = rest.split(end)
    open(path, "w").write(head + begin + table(results, page) + "\n" + end + tail)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--tenon", default=os.path.join(root, "build/tenon"))
    options.add_argument("--only")
    options.add_argument("--family")
    options.add_argument("--form", default="both")
    options.add_argument("--results", default="build/zoo.json")
    options.add_argument("--again", action="store_true")
    options.add_argument("--keep")
    options.add_argument("--list", action="store_true")
    options.add_argument("--table")
    o = options.parse_args()
    results = json.load(open(o.results)) if os.path.exists(o.results) else []
    if o.table:
        return write_table(o.table, results)
    torch.set_num_threads(2)
    bad = 0
    for case in zoo_cases.all_cases():
        if o.family and case.family not in o.family.split(",") or o.only and not any(t in case.name for t in o.only.split(",")):
            continue
        if o.list:
            print(case.family, case.name)
            continue
        forms = ("plain", "core") if o.form == "both" else (o.form,)
        known = {r["form"] for r in results if (r["family"], r["name"]) == (case.family, case.name)}
        for r in forms_of(case, [f for f in forms if o.again or f not in known], o):
            results = [x for x in results if any(x[k] != r[k] for k in ("family", "name", "form"))] + [r]
            with open(o.results + ".new", "w") as file:
                json.dump(results, file, indent=1)
            os.replace(o.results + ".new", o.results)
            bad += r["status"] in ("differs", "refused")
            print(r["family"], r["name"], r["form"], r["status"], r.get("export_s"), r.get("run_s"), r.get("why", ""), flush=True)
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
