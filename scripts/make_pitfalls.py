# SPDX-License-Identifier: Apache-2.0
"""Makes test/pitfalls/data: small PyTorch models as both exporters write them, with inputs and PyTorch's outputs.

usage: make_pitfalls.py FOLDER [FILTER...]. The cases are in pitfall_*.py. Needs torch, torchvision, onnxscript, onnx
(made with torch 2.15). Each case is FOLDER/Pnn_topic/case/ with tsOPSET.onnx (torch.onnx.export(dynamo=False)),
dyOPSET.onnx (dynamo=True) and 0/, 1/, ... with one .npy for each input and output. An exporter that refuses leaves its
reason in FOLDER/refused.txt. Weights and inputs come from fixed seeds. Of the files only the exporter's notes on its
own stack are taken away.
"""
import contextlib
import importlib
import io
import pathlib
import re
import shutil
import sys
import warnings
import zlib

import numpy as np
import onnx
import torch

from pitfall_files import make_huge
from pitfall_parts import CASES, Fn

warnings.filterwarnings("ignore")
for path in sorted(pathlib.Path(__file__).parent.glob("pitfall_*.py")):
    importlib.import_module(path.stem)


def seeded(text):
    torch.manual_seed(zlib.crc32(text.encode()))


def stripped(m):
    """Without the exporter's stack, which has paths of this machine; the user's line stays, by its file's name."""
    def clean(owner):
        keep = [(p.key, p.value) for p in owner.metadata_props if p.key == "pkg.torch.onnx.stack_trace"]
        del owner.metadata_props[:]
        for key, value in keep:
            last = re.findall(r'File "[^"]*?([^"/]*)", line (\d+), in (\S+)\n', value)
            if last and hasattr(owner, "op_type"):
                owner.metadata_props.add(key=key, value='File "%s", line %s, in %s' % last[-1])

    def walk(graph):
        graph.ClearField("metadata_props")
        for v in list(graph.value_info) + list(graph.input) + list(graph.output) + list(graph.initializer):
            clean(v)
        for n in graph.node:
            clean(n)
            n.doc_string = ""
            for a in n.attribute:
                if a.HasField("g"):
                    walk(a.g)

    walk(m.graph)
    del m.metadata_props[:]
    return m


def export(model, example, kind, opset, dynamic, names, outputs, path, kwargs, more):
    common = dict(opset_version=opset, input_names=names, output_names=outputs, kwargs=kwargs, **more)
    shapes = {n: dynamic.get(n, {}) for n in names}
    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet), torch.no_grad():
        if kind == "ts":
            torch.onnx.export(model, example, path, dynamo=False, dynamic_axes={k: v for k, v in shapes.items() if v},
                              **common)
        else:
            dims = {d: torch.export.Dim(d, min=1) for s in shapes.values() for d in s.values()}
            given = tuple({axis: dims[d] for axis, d in s.items()} or None for s in shapes.values())
            if isinstance(model, Fn) and given:
                given = (given,)
            torch.onnx.export(model, example, path, dynamo=True, dynamic_shapes=given if dims else None, verbose=False,
                              external_data=common.pop("external_data", False), **common)


def reason(error):
    while error.__cause__:
        error = error.__cause__
    lines = [l.strip() for l in str(error).splitlines() if l.strip()]
    return re.sub(r"0x[0-9a-f]+|/\S*/", "", "%s: %s" % (type(error).__name__, lines[0] if lines else ""))[:300]


def tensors(value):
    return [value] if isinstance(value, torch.Tensor) else list(value)


def make(root, entry, refused):
    name, factory, inputs, dynamic, ts, dy, names, prepare, sample, more = entry
    seeded(name)
    model, folder = factory().eval(), root / name
    kwargs = more.pop("kwargs", None)
    examples = [given() for given in inputs]
    names = names or ["x"][:len(examples[0])]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    archive = {}
    for k, example in enumerate(examples):
        with torch.no_grad():
            got = tensors(model(*[t.clone() for t in example], **(kwargs or {})))
        outputs = ["y" if len(got) == 1 else "y%d" % i for i in range(len(got))]
        values = list(zip(names + outputs, [t.numpy() for t in list(example) + got]))
        archive.update(("%s_%d" % (n, k + 1), t) for n, t in values)
        if not sample.endswith(".npz"):
            (folder / (sample % k)).mkdir()
            for n, t in values:
                np.save(folder / (sample % k) / (n + ".npy"), t)
    if sample.endswith(".npz"):
        np.savez_compressed(folder / sample, **archive)
    for kind, opset in [("ts", o) for o in ts] + [("dy", o) for o in dy]:
        path = folder / ("%s%d.onnx" % (kind, opset))
        try:
            export(model, examples[0], kind, opset, dynamic, names, outputs, str(path), kwargs, more)
        except Exception as e:  # what the exporter says is what is wanted
            refused["%s/%s" % (name, path.stem)] = reason(e)
            path.unlink(missing_ok=True)
            continue
        m = stripped(onnx.load(path, load_external_data=False))
        if prepare:
            prepare(m)
        path.write_bytes(m.SerializeToString())
        if prepare is make_huge:
            path.with_name(path.name + ".data").unlink()


def main():
    root = pathlib.Path(sys.argv[1])
    note = root / "refused.txt"
    refused = dict(l.split(": ", 1) for l in note.read_text().splitlines()) if note.exists() else {}
    for entry in CASES:
        if len(sys.argv) > 2 and not any(f in entry[0] for f in sys.argv[2:]):
            continue
        refused = {k: v for k, v in refused.items() if not k.startswith(entry[0] + "/")}
        make(root, entry, refused)
        print(entry[0], flush=True)
    note.write_text("".join("%s: %s\n" % item for item in sorted(refused.items())))


main()
