#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# make_pt2.py - writes the files of test/pt2 out of zoo_own.py: NAME.pt2 as torch.export.save wrote it, but without
# the pickled sample inputs and packed with deflate (all but one), and NAME.npz with in_0... and out_0..., what
# PyTorch computed. Needs torch and torchvision. The files change with torch's version only.
# usage: scripts/make_pt2.py [NAME...]
import copy
import io
import os
import re
import sys
import warnings
import zipfile

import numpy as np
import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import zoo_cases  # noqa: E402
import zoo_own  # noqa: E402

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
folder = os.path.join(root, "test/pt2")
stored = ("weights", "packed")
decomposed = ("layers", "attention", "other_writes", "fourier", "core_rest", "losses", "put_together", "between_steps", "norms_and_sizes", "repeats")


# Paths of this machine say nothing to others.
def scrub(text):
    text = text.replace(root + "/", "")
    return re.sub(r'File \\"[^"]*?(site-packages|dist-packages)/', r'File \\"/usr/lib/python3/\1/', text)


def repack(data, path, name):
    source = zipfile.ZipFile(io.BytesIO(data))
    with zipfile.ZipFile(path, "w") as out:
        for info in source.infolist():
            if "sample_inputs" in info.filename or "/.data/" in info.filename:
                continue
            content = source.read(info)
            if info.filename.endswith(".json"):
                content = scrub(content.decode()).encode()
            kind = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            out.writestr(zipfile.ZipInfo(info.filename), content, kind, 9)


# The layouts that older releases wrote, with the same program: weights as torch.save keeps them. `root` "" is that
# of 2.1 to 2.7, in which arguments did not say their kind.
def rewrite(program, data, path, base):
    source = zipfile.ZipFile(io.BytesIO(data))
    text = scrub(next(source.read(n) for n in source.namelist() if n.endswith("models/model.json")).decode())
    names = {"program": "models/model.json", "weights": "data/weights/model.pt", "constants": "data/constants/model.pt"}
    if not base:
        names = {"program": "serialized_exported_program.json", "weights": "serialized_state_dict.pt",
                 "constants": "serialized_constants.pt"}
        text = re.sub(r', "kind": [12]', "", text)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as out:
        def put(name, content):
            out.writestr(zipfile.ZipInfo(base + name), content)
        put(names["program"], text)
        for kind, tensors in (("weights", program.state_dict), ("constants", program.constants)):
            saved = io.BytesIO()
            torch.save(dict(tensors), saved)
            put(names[kind], saved.getvalue())
        put("archive_format" if base else "version", "pt2" if base else "8.2")


def numpy_of(leaf):
    if isinstance(leaf, torch.Tensor):
        return leaf.detach().numpy()
    return np.asarray(leaf)


def write(name, program, args, want, base=None):
    data = io.BytesIO()
    torch.export.save(program, data)
    path = os.path.join(folder, name + ".pt2")
    if base is None:
        repack(data.getvalue(), path, name)
    else:
        rewrite(program, data.getvalue(), path, base)
    leaves = [leaf for leaf in torch.utils._pytree.tree_leaves(want) if leaf is not None]
    arrays = {f"in_{i}": numpy_of(a) for i, a in enumerate(args)}
    arrays.update({f"out_{i}": numpy_of(o) for i, o in enumerate(leaves)})
    np.savez_compressed(os.path.join(folder, name + ".npz"), **arrays)


def main():
    os.makedirs(folder, exist_ok=True)
    for name, make, other in zoo_own.cases():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        with warnings.catch_warnings(), torch.set_grad_enabled(name == "wrapped"):
            warnings.simplefilter("ignore")
            model, args, kwargs, dynamic = make()
            model = model.eval()
            zoo_cases.settle(model)
            program = torch.export.export(model, args, kwargs, dynamic_shapes=dynamic, strict=False)
            given = other(args, kwargs)[0] if other else args
            want = copy.deepcopy(model)(*[a.clone() for a in given])  # buffers may count
            write(name, program, given, want)
            if name == "weights":
                write("weights_flat", program, given, want, "")
                write("weights_saved", program, given, want, "old/")
            if name in decomposed:
                write(name + "_core", program.run_decompositions(), given, want)


if __name__ == "__main__":
    main()
