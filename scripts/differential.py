# SPDX-License-Identifier: Apache-2.0
"""Draws random cases of every operator and compares all the ways that Tenon has for them with independent results.

usage: differential.py BUILD [--cases N] [--seed S] [--only REGEX] [--case OP:N] [--jobs J] [--resume FILE] [--excused] [--verbose] [--semantics]

For each operator of `tenon list` N cases are drawn: shapes (empty, of one element, of large rank), attributes, element types,
broadcasting, omitted inputs, every version from opset 7 on. Each is run by the reference kernel without passes, by the plan
as it would be, and by each kernel that fits; all must be within the bound of what a formula, ONNX Runtime or ONNX's
reference evaluator gives. `--case Conv:17` draws one again. How a case is drawn is in test/differential/recipes*.py, what is known
to differ and why in test/differential/exceptions.py. First the rows of test/differential/semantics.py are run, whose results are
stated; `--semantics` runs only these and writes docs/semantics.md. A long run with `--resume FILE` appends each operator's results
to FILE, and the next run with the same FILE goes on after the last of them.
"""
import argparse
import collections
import json
import os
import pathlib
import pickle
import re
import subprocess
import sys
import time
import zlib

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test/differential"))

import compare  # noqa: E402
import exceptions  # noqa: E402
import formulas  # noqa: E402
import formulas_move  # noqa: E402, F401: it fills the table of the former
import oracle  # noqa: E402
import recipes  # noqa: E402
import semantics  # noqa: E402
import worker  # noqa: E402

for path in sorted((ROOT / "test/differential").glob("recipes_*.py")):
    __import__(path.stem)


def not_drawn(key):
    """Why there is no recipe; None: somebody forgot it."""
    if key[0] == "tn":
        return "made by passes only: test/unit/tactics.c has its problems, test/pass its graphs"
    return recipes.NOT_DRAWN.get(key)


def name_of(key):
    return f"{key[0]}.{key[1]}" if key[0] else key[1]


def operators(build):
    done = subprocess.run([f"{build}/tenon", "list", "ops", "--json"], capture_output=True, text=True, check=True)
    found = set()
    for row in json.loads(done.stdout):
        domain, _, name = row["name"].rpartition(".")
        found.add((domain, name))
    return sorted(found)


def tactics(build):
    done = subprocess.run([f"{build}/tenon", "list", "tactics", "--json"], capture_output=True, text=True, check=True)
    return {row["name"] for row in json.loads(done.stdout)}


def draw(key, seed, index):
    d = recipes.Draw([seed, zlib.crc32(name_of(key).encode()), index], *key)
    case = recipes.RECIPES[key](d)
    case.domain, case.opset = key[0], d.opset
    if not case.constant and d.chance(0.3):
        among = [k for k, x in enumerate(case.inputs) if x is not None and k > 0]
        case.constant = set(d.picks(among, d.int(0, len(among))))
    case.dynamic = d.chance(0.25)
    if not case.domain and not case.numpy:
        case.numpy = formulas.FORMULAS.get(case.op)
        if case.numpy and "numpy" not in case.oracles:
            case.oracles = ("numpy", *case.oracles)
    return case


class Tally:
    def __init__(self):
        self.count = collections.Counter()
        self.reasons = collections.Counter()
        self.failures = []
        self.reached = set()
        self.excused = []  # cases that test/differential/exceptions.py lets pass

    @staticmethod
    def of(record):
        made = Tally()
        made.count.update(record["count"])
        made.reasons.update(record["reasons"])
        made.failures, made.reached = record["failures"], set(record["reached"])
        made.excused = record["excused"]
        return made

    def record(self):
        return {"count": self.count, "reasons": self.reasons, "failures": self.failures, "reached": sorted(self.reached),
                "excused": self.excused}

    def add(self, other):
        self.count += other.count
        self.reasons += other.reasons
        self.failures += other.failures
        self.excused += other.excused
        self.reached |= other.reached


def judge(case, model, program, tally):
    """'passed', 'skipped' with its reason, or 'failed' with what is wrong."""
    data = model.SerializeToString()
    try:
        ways = program.run(data, case.feeds())
    except worker.Died as died:
        return "failed", str(died)
    tally.reached |= {way for way, _, _ in ways}
    if case.check:
        for way, why, got in ways:
            why = why or case.check(case, got)
            if why:
                return "failed", f"{way}: {why}"
        return "passed", None
    heard, deaf = oracle.results(case, model)
    refused = [why for _, why, _ in ways if why]
    if not heard:
        if len(refused) == len(ways):
            return "skipped", "refused by all: " + re.sub(r"[0-9]+", "N", refused[0].split(": ", 1)[-1])[:100]
        return "skipped", "no oracle: " + " | ".join(re.sub(r"[0-9]+", "N", w)[:80] for w in deaf[-2:])
    if refused:
        way = next(way for way, why, _ in ways if why)
        return "failed", f"{way} refuses what {heard[0][0]} runs: {refused[0]}"
    said = opinions(case, ways, heard)
    if said and all(known for _, known in said):  # an oracle that is known to be wrong here leaves the word to the others
        said += opinions(case, ways, oracle.second(case, model, {name for name, _ in heard}))
    if not said:
        return "skipped", "no magnitude"
    for why, known in said:
        if why and not known:
            return "failed", why
    if any(not why for why, _ in said):
        return "passed", None
    return "skipped", f"known difference: {said[0][1]}"


def opinions(case, ways, heard):
    """[(what is wrong by an oracle or None, why that oracle is known to be wrong here or None)]"""
    said = []
    for name, want in heard:
        try:
            sizes = oracle.magnitudes(case, want)
        except oracle.Refused:
            continue
        problems = (f"{way} against {name}: {why}" for way, _, got in ways if (why := compare.problem(case, name, want, got, sizes)))
        why = next(problems, None)
        said.append((why, exceptions.known(case, why) if why else None))
    return said


def run_operator(key, options, program):
    tally = Tally()
    first, last = (options.index, options.index + 1) if options.index is not None else (0, options.cases)
    for index in range(first, last):
        at = f"{name_of(key)}:{index}"
        if options.verbose:
            print(at, flush=True)
        tell(f"{at} (drawing)")
        case = draw(key, options.seed, index)
        tell(f"{at} {case.text()}")
        model = case.model()
        verdict, why = judge(case, model, program, tally)
        if why and why.startswith("known"):
            tally.excused.append(at)
            if options.excused:
                print(f"excused {at} {case.text()[:300]}\n    {why}", flush=True)
        tally.count[verdict] += 1
        if verdict == "skipped":
            tally.reasons[f"{name_of(key)}: {why}"] += 1
        if verdict == "failed":
            tally.failures.append(f"{at} {case.text()[:600]}\n    {why}")
            if options.index is not None:
                pathlib.Path("case.onnx").write_bytes(model.SerializeToString())
    return tally


note = None


def tell(text):
    """Where the child is, for the parent when the child dies."""
    data = text.encode()[:4000]
    os.pwrite(note, data + b"\0", 0)


def child(key, options, pipe):
    program = worker.Worker(f"{options.build}/test/test_worker")
    try:
        tally = run_operator(key, options, program)
    except Exception as error:
        import traceback
        tally = Tally()
        tally.count["failed"] += 1
        tally.failures.append(f"{name_of(key)}: the generator itself: {traceback.format_exc()[-1500:]} "
                              f"at {os.pread(note, 4000, 0).split(bytes(1))[0].decode(errors='replace')[:300]}")
        del error
    program.stop()
    with os.fdopen(pipe, "wb") as out:
        pickle.dump(tally, out)
    os._exit(0)


def start(key, options):
    global note
    note = os.memfd_create("note")
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reader)
        child(key, options, writer)
    os.close(writer)
    return key, pid, os.fdopen(reader, "rb"), note


def finish(job):
    key, pid, pipe, where = job
    data = pipe.read()
    _, status = os.waitpid(pid, 0)
    if data:
        tally = pickle.loads(data)
    else:
        tally = Tally()
        tally.count["failed"] += 1
        text = os.pread(where, 4000, 0).split(bytes(1))[0].decode(errors="replace")
        tally.failures.append(f"{name_of(key)}: an oracle died with {os.waitstatus_to_exitcode(status)} at {text}")
    os.close(where)
    return tally


def done_before(options):
    """Name of each operator that a run into the same file finished, and its results."""
    if not options.resume or not options.resume.exists():
        return {}
    records = [json.loads(line) for line in options.resume.read_text().splitlines()]
    asked = [options.seed, options.cases]
    if any(record["asked"] != asked for record in records):
        sys.exit(f"{options.resume} is of another --seed or --cases: name another file")
    return {record["operator"]: Tally.of(record) for record in records}


def run_all(keys, options, total):
    before = done_before(options)
    for tally in before.values():
        total.add(tally)
    waiting, running = [key for key in keys if name_of(key) not in before], []
    while waiting or running:
        while waiting and len(running) < options.jobs:
            running.append((*start(waiting.pop(0), options), time.time()))
        *job, begin = running.pop(0)
        tally = finish(job)
        total.add(tally)
        if options.resume:
            with options.resume.open("a") as log:
                print(json.dumps({"operator": name_of(job[0]), "asked": [options.seed, options.cases], **tally.record()}), file=log)
        c = tally.count
        print(f"{name_of(job[0]):40} {c['passed']:6} passed, {c['failed']} failed, {c['skipped']} skipped  "
              f"({time.time() - begin:.1f} s)", flush=True)
        for text in tally.failures[:options.show]:
            print(f"  FAILED {text}", flush=True)


def row_problem(row, program):
    case = row.case()
    try:
        ways = program.run(case.model().SerializeToString(), case.feeds())
    except worker.Died as died:
        return str(died)
    for way, why, got in ways:
        if row.folded and way == "ref":
            continue
        if isinstance(row.wanted, str):
            if not why or row.wanted not in why:
                return f"{way}: {why or 'runs'} instead of a refusal with '{row.wanted}'"
            continue
        why = why or compare.problem(case, "stated", row.wanted, got[:len(row.wanted)],
                                     [np.abs(w.astype(float)) if w.dtype.kind == "f" else None for w in row.wanted])
        if why:
            return f"{way}: {why}"
    return None


def run_semantics(options, total):
    """Each stated result, by every way there is."""
    program = worker.Worker(f"{options.build}/test/test_worker")
    for row in semantics.ROWS:
        why = row_problem(row, program)
        total.count["failed" if why else "passed"] += 1
        if why:
            print(f"FAILED {row.op}, {row.when}: {why}", flush=True)
    program.stop()
    page = ROOT / "docs/semantics.md"
    if options.semantics:
        page.write_text(semantics.markdown())
    same = page.exists() and page.read_text() == semantics.markdown()
    total.count["passed" if same else "failed"] += 1
    if not same:
        print("FAILED docs/semantics.md is not what --semantics writes")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--case")
    parser.add_argument("--excused", action="store_true", help="print the cases that exceptions.py lets pass")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--show", type=int, default=3)
    parser.add_argument("--resume", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--semantics", action="store_true")
    options = parser.parse_args()
    options.index = None
    keys = operators(options.build)
    if options.case:
        name, index = options.case.rsplit(":", 1)
        options.only, options.index, options.cases = f"^{re.escape(name)}$", int(index), 1
    keys = [key for key in keys if re.search(options.only, name_of(key))]
    total = Tally()
    if not options.only:
        run_semantics(options, total)
    if options.semantics:
        keys = []
    for key in keys:
        if key not in recipes.RECIPES and not not_drawn(key):
            total.count["failed"] += 1
            print(f"FAILED {name_of(key)}: there is neither a recipe for it nor a reason why not")
    run_all([key for key in keys if key in recipes.RECIPES], options, total)
    print("\nnot drawn:")
    for key in keys:
        if key not in recipes.RECIPES:
            print(f"  {name_of(key)}: {not_drawn(key)}")
    print("skipped:")
    for reason, n in sorted(total.reasons.items()):
        print(f"  {n:5} {reason}")
    if not options.only and not options.semantics:
        unreached = sorted(tactics(options.build) - total.reached)
        print(f"kernels that no case reached ({len(unreached)}): {' '.join(unreached)}")
    c = total.count
    print(f"{c['passed']} passed, {c['failed']} failed, {c['skipped']} skipped")
    return c["failed"] != 0


if __name__ == "__main__":
    sys.exit(main())
