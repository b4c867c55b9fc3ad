# SPDX-License-Identifier: Apache-2.0
"""Writes docs/performance.md and its pictures from the lines that `compare.py --json FILE` appended.

usage: report.py FILE.jsonl [docs]     The last measurement of a network in a group, with as many threads, counts.
"""
import datetime
import json
import math
import pathlib
import re
import sys

COLOURS = ["#1f5fa8", "#b8b8b8", "#d9a441", "#6a9f58", "#a05c9b", "#c0564b"]
GROUPS = {  # as bench.sh measures them
    "networks": "Batch 1",
    "others": "Batch 1, other engines",
    "batch8": "Batch 8",
    "avx2": "Batch 1, AVX2 only",
    "decode": "One token",
    "real": "Real models",
    "growth": "Growth",
}
NOTES = {
    "others": "inductor is `torch.compile` of the exported program, frozen. tract runs on one thread from Python; TVM compiles by its default pipeline, without hours of tuning.",
    "avx2": "`TENON_CPU=avx2`; OpenVINO held to AVX2 as well, the others keep AVX-512.",
    "real": "Downloaded models with recorded inputs; times in microseconds.",
    "growth": "Milliseconds for growing batches (resnet18) and sequences (two encoder layers of BERT's shape).",
}


def load(path):
    rows = {}
    for line in path.read_text().splitlines():
        row = json.loads(line)
        rows[row["group"], row["network"], row["threads"]] = row
    return list(rows.values())


def names_of(rows):
    names = []
    for row in rows:
        names += [e["name"] for e in row["engines"] if e["name"] not in names]
    return names


def mean(values):
    return math.exp(sum(math.log(v) for v in values) / len(values)) if values else 0


def table(rows, unit):
    """Least and median of each engine, and how many times our least each peer takes."""
    names = names_of(rows)
    text = ["| network | " + " | ".join(names) + " | " + " | ".join(f"{n} / ours" for n in names[1:]) + " | error |",
            "|---" * (2 * len(names) + 1) + "|"]
    for row in rows:
        engines = {e["name"]: e for e in row["engines"]}
        ours = engines[names[0]]
        cells = [f"{engines[n]['min'] * unit:.1f} / {engines[n]['median'] * unit:.1f}" if n in engines else ""
                 for n in names]
        ratios = [f"{engines[n]['min'] / ours['min']:.2f}" if n in engines else "" for n in names[1:]]
        text.append(f"| {row['network']} | " + " | ".join(cells + ratios) + f" | {ours['error']:.0e} |")
    means = [mean([e["min"] / row["engines"][0]["min"] for row in rows for e in row["engines"] if e["name"] == n])
             for n in names[1:]]
    text.append("| geometric mean |" + " |" * len(names) + " " + " | ".join(f"**{m:.2f}**" for m in means) + " | |")
    return "\n".join(text)


def svg(width, height, parts):
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
                      'font-family="sans-serif" font-size="12">', *parts, "</svg>"]) + "\n"


def legend(names, left):
    return [f'<rect x="{left + i * 150}" y="8" width="12" height="12" fill="{COLOURS[i % len(COLOURS)]}"/>'
            f'<text x="{left + i * 150 + 17}" y="18">{n}</text>' for i, n in enumerate(names)]


def bars(rows):
    """Speed relative to the first peer, one group of bars a network."""
    names = names_of(rows)
    left, bar, gap, width = 190, 12, 14, 640
    base_of = {r["network"]: next(e["min"] for e in r["engines"] if e["name"] == names[1]) for r in rows}
    most = max(base_of[r["network"]] / e["min"] for r in rows for e in r["engines"])
    out, y = legend(names, left), 34
    for row in rows:
        out.append(f'<text x="{left - 8}" y="{y + bar * len(row["engines"]) / 2 + 4:.0f}" text-anchor="end">'
                   f'{row["network"]}</text>')
        for e in row["engines"]:
            speed = base_of[row["network"]] / e["min"]
            out.append(f'<rect x="{left}" y="{y}" width="{speed / most * width:.1f}" height="{bar - 2}" '
                       f'fill="{COLOURS[names.index(e["name"]) % len(COLOURS)]}"/>'
                       f'<text x="{left + speed / most * width + 4:.1f}" y="{y + bar - 3}" font-size="10">'
                       f'{speed:.2f}</text>')
            y += bar
        y += gap
    out.append(f'<text x="{left}" y="{y + 6}">times the speed of {names[1]}, one thread, batch 1</text>')
    return svg(left + max(width + 60, 150 * len(names)), y + 20, out)


def growing(rows):
    """Rows whose names differ in a last number only: {name: [(number, row)...]}, by number."""
    found = {}
    for row in rows:
        name, size = re.fullmatch(r"(.*?)_?b?(\d+)", row["network"]).groups()
        found.setdefault(name, []).append((int(size), row))
    return {name: sorted(lines, key=lambda pair: pair[0]) for name, lines in found.items()}


def curves(rows):
    """Time against size, both on logarithmic axes, a picture for each name; grey: proportional to our first."""
    names, parts, left, side = names_of(rows), [], 60, 300
    parts += legend(names, left)
    for k, (name, lines) in enumerate(growing(rows).items()):
        x0, y0 = left + k * (side + 80), 40
        sizes = [s for s, _ in lines]
        times = [e["min"] for _, r in lines for e in r["engines"]]
        low, high = math.log(min(times)), math.log(max(times))

        def at(size, ms):
            across = (math.log(size) - math.log(sizes[0])) / (math.log(sizes[-1]) - math.log(sizes[0]))
            return f"{x0 + across * side:.1f},{y0 + side - (math.log(ms) - low) / (high - low) * side:.1f}"

        first = lines[0][1]["engines"][0]["min"]
        last = min(math.exp(high), first * sizes[-1] / sizes[0])
        parts.append(f'<polyline fill="none" stroke="#ddd" stroke-dasharray="4" points="{at(sizes[0], first)} '
                     f'{at(last / first * sizes[0], last)}"/>')
        for i, n in enumerate(names):
            points = [at(s, e["min"]) for s, r in lines for e in r["engines"] if e["name"] == n]
            parts.append(f'<polyline fill="none" stroke="{COLOURS[i % len(COLOURS)]}" stroke-width="2" '
                         f'points="{" ".join(points)}"/>')
        parts += [f'<text x="{at(s, math.exp(low)).split(",")[0]}" y="{y0 + side + 16}" text-anchor="middle">{s}</text>'
                  for s in sizes]
        parts += [f'<text x="{x0 - 6}" y="{y + 4}" text-anchor="end">{math.exp(v):.1f}</text>'
                  for v, y in ((low, y0 + side), (high, y0))]
        parts.append(f'<text x="{x0}" y="{y0 + side + 34}">{name}: ms against size</text>')
    return svg(left + len(growing(rows)) * (side + 80), 40 + side + 50, parts)


def unmeasured(rows):
    """A line for each peer and reason it could not take part."""
    why = {}
    for row in rows:
        for peer, reason in row["notes"].items():
            why.setdefault((peer, reason), []).append(row["network"])
    return [f"Without {peer}: {', '.join(dict.fromkeys(networks))} ({reason})."
            for (peer, reason), networks in why.items()]


def section(group, rows):
    text = [f"## {GROUPS.get(group, group)}", ""]
    text += [NOTES[group], ""] if group in NOTES else []
    if group == "growth":
        text += ["![time against size](growth.svg)", ""]
    for threads in sorted({r["threads"] for r in rows}):
        chosen = [r for r in rows if r["threads"] == threads]
        text += [f"### {threads} thread{'s' if threads > 1 else ''} ({chosen[0]['clock']})", "",
                 table(chosen, 1000 if group == "real" else 1), "", *unmeasured(chosen), ""]
    return text


def main():
    rows = load(pathlib.Path(sys.argv[1]))
    docs = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "docs")
    whole = [r for r in rows if not r["isa"]] or rows  # not held to less than the machine has
    machine = max((r["machine"] for r in whole), key=lambda m: m["gbytes"])  # the least disturbed
    text = ["# Performance", "",
            "<!-- bench/report.py writes this page from a run of bench/compare.py -->", "",
            f"{machine['cpu']}, {machine['cores']} cores, {machine['isa']}; one thread reaches "
            f"{machine['gflops']:.0f} GFLOP/s of f32 multiply-adds and reads {machine['gbytes']:.0f} GB/s. "
            f"Measured on {datetime.date.today()}: every engine in one process, taking turns on the same inputs; "
            "milliseconds, least / median of the rounds, and the ratio of the least. Networks have random weights "
            "(`bench/networks.py`). Outputs were held against ONNX Runtime's in the same run: the last column is "
            "the largest difference over the largest value.", "",
            "![speed relative to ONNX Runtime](performance.svg)", ""]
    for group in [g for g in GROUPS if any(r["group"] == g for r in rows)]:
        text += section(group, [r for r in rows if r["group"] == group])
    text += ["## Again", "", "    make bench"]
    (docs / "performance.md").write_text(re.sub(r"\n{3,}", "\n\n", "\n".join(text)) + "\n")
    one = [r for r in rows if r["group"] == "networks" and r["threads"] == 1]
    if one:
        (docs / "performance.svg").write_text(bars(one))
    growth = [r for r in rows if r["group"] == "growth" and r["threads"] == 1]
    if growth:
        (docs / "growth.svg").write_text(curves(growth))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main()
