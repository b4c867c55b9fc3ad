# SPDX-License-Identifier: Apache-2.0
"""Fits the cost model's constants to measured times, and says how well it chooses.

usage: fit_costs.py TEST_COSTS CACHE... [--write [--only TEXT]] [--keep RATIO]

TEST_COSTS is build/test/test_costs, which knows what work each kernel does; a CACHE is a timing cache (tenon build
--timing-cache), best of builds that timed every candidate (cmake -DTN_TIME_ALL=ON; time_kernels.sh makes them). With
--write the constants go where src/tactic/model.c has those of the machine that the times are of. Each kernel gets
non-negative constants that make the relative errors' squares least. Printed: by operator, how often the fastest
candidate is among those that the model keeps, and what is lost where it is not; and where nothing is timed.
"""
import argparse
import collections
import math
import pathlib
import subprocess
import sys

import numpy as np

HEAD = """// SPDX-License-Identifier: Apache-2.0
// {name} - nanoseconds for a call, a multiply-add, a turn, a byte, a byte of weights, by kernel. Written by
// scripts/fit_costs.py; the machine was {machine}.
"""
CLEAR_GAIN = 0.97  # as in src/tactic/select.c
LITTLE_NS = 500  # by which nobody is wrong: added to what errors are relative to
TACTIC = pathlib.Path(__file__).resolve().parent.parent / "src/tactic"
# Of the brand in a key; src/tactic/model.c goes by the vendor.
MODELS = {"Intel": "model_intel.def", "AMD": "model_amd.def"}


def model_of(table):
    """The machine's brand, and the file that its constants are in."""
    brands = {key.split(";")[0] for key in table}
    if len(brands) != 1:
        sys.exit(f"times of several machines: {', '.join(sorted(brands))}")
    brand = brands.pop()
    for maker, name in MODELS.items():
        if brand.startswith(maker):
            return brand, TACTIC / name
    sys.exit(f"{brand}: src/tactic/model.c has no constants for this kind of machine")


def rows_of(program, caches):
    """{key: {kernel: (ns, work)}}; of times measured more than once the least."""
    table = collections.defaultdict(dict)
    for cache in caches:
        text = subprocess.run([program, cache], capture_output=True, text=True, check=True).stdout
        for line in text.splitlines():
            key, kernel, ns, *work = line.split("\t")
            work = np.array([float(w) for w in work[:5]])
            ns = float(ns)
            if ns > 0 and (kernel not in table[key] or ns < table[key][kernel][0]):
                table[key][kernel] = (ns, work)
    return table


def non_negative(a, b):
    """argmin |a x - b| over x >= 0, by coordinates."""
    x = np.zeros(a.shape[1])
    norm = (a * a).sum(axis=0)
    rest = b.copy()
    for _ in range(3000):
        before = x.copy()
        for j in range(len(x)):
            if norm[j]:
                new = max(0.0, x[j] + a[:, j] @ rest / norm[j])
                rest -= a[:, j] * (new - x[j])
                x[j] = new
        if np.abs(x - before).max() <= 1e-9 * (np.abs(x).max() + 1e-30):
            break
    return x


def fit(samples):
    ns = np.array([s[0] for s in samples])
    work = np.array([s[1] for s in samples])
    apart = ns + LITTLE_NS
    scale = work.max(axis=0)
    scale[scale == 0] = 1
    return non_negative(work / scale / apart[:, None], ns / apart) / scale


def error(constants, samples):
    return math.sqrt(np.mean([((constants @ work - ns) / (ns + LITTLE_NS)) ** 2 for ns, work in samples]))


def estimates(model, candidates):
    return {k: float(model[k] @ work) for k, (ns, work) in candidates.items() if k in model}


def untimed(candidates, guess):
    """What src/tactic/select.c chooses by the model alone; candidates are in order of rank."""
    order = list(candidates)
    best = order[0]
    for kernel in order[1:] if best in guess else []:
        if guess.get(kernel, math.inf) < CLEAR_GAIN * guess[best]:
            best = kernel
    return best


def judge(table, model, keep):
    """By operator: problems, kept and all candidates, time to measure them, sum of the best and of the kept's best."""
    judged = collections.defaultdict(lambda: [0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    for key, candidates in table.items():
        if len(candidates) < 2:
            continue
        operator = key.rsplit(";", 1)[1].split("(")[0]
        guess = estimates(model, candidates)
        least = min(guess.values(), default=0)
        kept = [k for k in candidates if k not in guess or guess[k] <= keep * least]
        best = min(ns for ns, work in candidates.values())
        mine = min(candidates[k][0] for k in kept)
        blind = candidates[untimed(candidates, guess)][0]
        row = judged[operator]
        for i, more in enumerate([1, len(kept), len(candidates), sum(candidates[k][0] for k in kept),
                                  sum(ns for ns, work in candidates.values()), best, mine, blind]):
            row[i] += more
        row[8] = max(row[8], mine / best - 1)
    return judged


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("cache", nargs="+")
    parser.add_argument("--write", action="store_true", help="write the constants of this kind of machine")
    parser.add_argument("--only", help="write the constants of kernels whose names have TEXT; others keep theirs")
    parser.add_argument("--keep", type=float, default=1.5)
    parser.add_argument("--least", type=int, default=6, help="times that a kernel's constants take")
    parser.add_argument("--error", type=float, default=0.45, help="kernels whose times fit worse get no constants")
    args = parser.parse_args()
    table = rows_of(args.program, args.cache)
    samples = collections.defaultdict(list)
    for candidates in table.values():
        for kernel, sample in candidates.items():
            samples[kernel].append(sample)
    model = {k: fit(s) for k, s in samples.items() if len(s) >= args.least}
    errors = {k: error(model[k], samples[k]) for k in model}
    model = {k: m for k, m in model.items() if errors[k] <= args.error}
    for kernel in sorted(model):
        print(f"{kernel:58} {len(samples[kernel]):4} times, off by {100 * errors[kernel]:.0f} %")
    print(f"\n{'operator':28} problems  kept  of  measuring takes  loses  at worst  untimed loses   (keep {args.keep})")
    total = np.zeros(9)
    for operator, row in sorted(judge(table, model, args.keep).items()):
        total += row
        n, kept, every, t_kept, t_all, best, mine, blind, worst = row
        print(f"{operator:28} {n:8} {kept:5} {every:3} {100 * t_kept / t_all:12.0f} % {100 * (mine / best - 1):8.2f} % "
              f"{100 * worst:6.1f} % {100 * (blind / best - 1):8.1f} %")
    n, kept, every, t_kept, t_all, best, mine, blind, worst = total
    print(f"{'all':28} {n:8.0f} {kept:5.0f} {every:3.0f} {100 * t_kept / t_all:12.0f} % "
          f"{100 * (mine / best - 1):8.2f} % "
          f"{'':8} {100 * (blind / best - 1):8.1f} %")
    if not args.write:
        return
    machine, path = model_of(table)
    lines = {k: f'COST("{k}", ' + ", ".join(f"{v:.4g}" for v in model[k]) + ")\n" for k in model}
    if args.only:
        kept = {line.split('"')[1]: line for line in open(path) if line.startswith("COST")}
        lines = {**kept, **{k: line for k, line in lines.items() if args.only in k}}
    with open(path, "w") as to:
        to.write(HEAD.format(name=path.name, machine=machine))
        to.writelines(lines[k] for k in sorted(lines))


if __name__ == "__main__":
    sys.exit(main())
