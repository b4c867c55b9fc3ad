#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# codegen_table.py - the table of docs/codegen.md from what scripts/test_codegen.sh wrote with RESULTS=FILE: a row per
# network, a column per form it was exported in, each with the lines of its network.c, or with what failed.
# usage: scripts/codegen_table.py docs/codegen.md FILE...      (of one model the line of the last file counts; what no
#                                                               file has stays as the page has it)
import re
import sys

FORMS = {"core.pt2": "decomposed", "pt2": "`.pt2`", "dynamo.onnx": "ONNX, dynamo", "script.onnx": "ONNX, TorchScript", "qdq.onnx": "QDQ"}
COLUMNS = ["pt2", "core.pt2", "dynamo.onnx", "script.onnx", "qdq.onnx"]
FAMILIES = ("whole", "own", "rules", "torchvision", "YOLO", "timm", "transformers")
BEGIN, END = "<!-- codegen: begin -->\n", "<!-- codegen: end -->"


def written(page):
    """What the page's table has -> model, cell."""
    for line in page.split("\n"):
        name, *cells = (part.strip() for part in line.strip("|").split("|"))
        if len(cells) == len(COLUMNS) and name.split(" ")[0] in FAMILIES:
            yield from ((f"{name.replace(' ', '_', 1)}.{form}", cell) for form, cell in zip(COLUMNS, cells) if cell not in ("", "below"))
        elif line.startswith("Other models"):
            yield from re.findall(r"(\S+) (\d+)", line.split(": ")[1])
        elif line.startswith("- "):
            yield tuple(line[2:].split(": ", 1))


def rows(files):
    for path in files:
        for line in open(path):
            model, lines, how = line.rstrip("\n").split("\t")
            yield model, lines if how == "passed" else "–" if how.startswith("no export") else how


def table(page, files):
    zoo, others = {}, {}
    for model, cell in (*written(page), *rows(files)):
        form = next((f for f in FORMS if model.endswith("." + f)), None)
        if form and model.split("_")[0] in FAMILIES:
            zoo.setdefault(model[: -len(form) - 1], {})[form] = cell
        else:
            others[model] = cell
    cells = {f"{n}.{f}": c for n, r in zoo.items() for f, c in r.items() if c != "–"} | others
    bad = {m: c for m, c in cells.items() if not c.isdigit()}
    out = [f"{len(cells)} models, {len(cells) - len(bad)} passed.", "", "| network | " + " | ".join(FORMS[f] for f in COLUMNS) + " |", "|---" * 6 + "|"]
    out += [f"| {name.replace('_', ' ', 1)} | " + " | ".join(c if (c := zoo[name].get(f, "")).isdigit() or c in ("", "–") else "below" for f in COLUMNS) + " |"
            for name in sorted(zoo, key=str.lower)]
    out += ["", "Other models, with their lines: " + ", ".join(f"{m} {c}" for m, c in sorted(others.items()) if c.isdigit()) + "."]
    if bad:
        out += ["", "Not passed:", ""] + [f"- {m}: {c}" for m, c in sorted(bad.items())]
    return "\n".join(out)


def main():
    path = sys.argv[1]
    head, rest = open(path).read().split(BEGIN)
    page, tail = rest.split(END)
    open(path, "w").write(head + BEGIN + table(page, sys.argv[2:]) + "\n" + END + tail)


if __name__ == "__main__":
    main()
