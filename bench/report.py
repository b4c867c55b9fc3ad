# SPDX-License-Identifier: Apache-2.0
"""Writes docs/performance.md and docs/performance.svg from the lines that `compare.py --json FILE` appended.

usage: report.py FILE.jsonl [docs]     The last measurement of a network with as many threads counts.
"""
import datetime
import json
import math
import pathlib
import sys

COLOURS = ["#1f5fa8", "#b8b8b8", "#d9a441", "#6a9f58", "#a05c9b"]


def load(path):
    rows = {}
    for line in path.read_text().splitlines():
        row = json.loads(line)
        rows[row["network"], row["threads"]] = row
    return list(rows.values())


def names_of(rows):
    names = []
    for row in rows:
        names += [e["name"] for e in row["engines"] if e["name"] not in names]
    return names


def mean(values):
    return math.exp(sum(math.log(v) for v in values) / len(values)) if values else 0


def table(rows, names):
    """Least and median of each engine, and how many times our least each peer takes."""
    text = ["| network | " + " | ".join(names) + " | " + " | ".join(f"{n} / ours" for n in names[1:]) + " | error |",
            "|---" * (2 * len(names) + 1) + "|"]
    for row in rows:
        engines = {e["name"]: e for e in row["engines"]}
        ours = engines[names[0]]
        cells = [f"{engines[n]['min']:.1f} / {engines[n]['median']:.1f}" if n in engines else "" for n in names]
        ratios = [f"{engines[n]['min'] / ours['min']:.2f}" if n in engines else "" for n in names[1:]]
        text.append(f"| {row['network']} | " + " | ".join(cells + ratios) + f" | {ours['error']:.0e} |")
    means = [mean([e["min"] / row["engines"][0]["min"] for row in rows for e in row["engines"] if e["name"] == n])
             for n in names[1:]]
    text.append("| geometric mean |" + " |" * len(names) + " " + " | ".join(f"**{m:.2f}**" for m in means) + " | |")
    return "\n".join(text)


def plot(rows, names):
    """Bars: speed relative to the first peer, one group a network."""
    left, bar, gap, width = 190, 12, 14, 640
    peers = names[1:]
    most = max(e["min"] / row["engines"][0]["min"] for row in rows for e in row["engines"])
    most = max(most, 1.5)
    high = sum(bar * len(row["engines"]) + gap for row in rows) + 60
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 60}" height="{high}" '
           'font-family="sans-serif" font-size="12">']
    for i, n in enumerate(names):
        out.append(f'<rect x="{left + i * 150}" y="8" width="12" height="12" fill="{COLOURS[i % len(COLOURS)]}"/>'
                   f'<text x="{left + i * 150 + 17}" y="18">{n}</text>')
    y = 34
    for row in rows:
        base = next(e["min"] for e in row["engines"] if e["name"] == peers[0])
        out.append(f'<text x="{left - 8}" y="{y + bar * len(row["engines"]) / 2 + 4:.0f}" text-anchor="end">'
                   f'{row["network"]}</text>')
        for e in row["engines"]:
            speed = base / e["min"]
            out.append(f'<rect x="{left}" y="{y}" width="{speed / most * width:.1f}" height="{bar - 2}" '
                       f'fill="{COLOURS[names.index(e["name"]) % len(COLOURS)]}"/>'
                       f'<text x="{left + speed / most * width + 4:.1f}" y="{y + bar - 3}" font-size="10">'
                       f'{speed:.2f}</text>')
            y += bar
        y += gap
    out.append(f'<text x="{left}" y="{y + 6}">times the speed of {peers[0]}, one thread, batch 1</text></svg>')
    return "\n".join(out) + "\n"


def main():
    rows = load(pathlib.Path(sys.argv[1]))
    docs = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "docs")
    names = names_of(rows)
    machine = max((r["machine"] for r in rows), key=lambda m: m["gbytes"])  # the least disturbed
    text = ["# Performance", "",
            "<!-- bench/report.py writes this page from a run of bench/compare.py -->", "",
            f"{machine['cpu']}, {machine['cores']} cores, {machine['isa']}; one thread reaches "
            f"{machine['gflops']:.0f} GFLOP/s of f32 multiply-adds and reads {machine['gbytes']:.0f} GB/s. "
            f"Measured on {datetime.date.today()}: every engine in one process, taking turns on the same inputs; "
            f"{rows[-1]['clock']} in milliseconds, least / median of the rounds, and the ratio of the least. Networks have random weights "
            "(`bench/networks.py`). Outputs were held against ONNX Runtime's in the same run: the last column is "
            "the largest difference over the largest value.", "",
            "![speed relative to ONNX Runtime](performance.svg)", ""]
    for threads in sorted({r["threads"] for r in rows}):
        chosen = [r for r in rows if r["threads"] == threads]
        text += [f"## {threads} thread{'s' if threads > 1 else ''}", "", table(chosen, names_of(chosen)), ""]
    text += ["## Again", "", "    make bench"]
    (docs / "performance.md").write_text("\n".join(text) + "\n")
    one = [r for r in rows if r["threads"] == min(r["threads"] for r in rows)]
    (docs / "performance.svg").write_text(plot(one, names_of(one)))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main()
