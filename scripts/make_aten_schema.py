#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# make_aten_schema.py - writes src/import/aten/schema.inc: for every PyTorch operator that a TN_ATEN table under
# src/ names, the arguments that have a default. Needs torch (and torchvision for its operators).
# usage: scripts/make_aten_schema.py
import glob
import json
import os
import re
import sys

import torch

try:
    import torchvision  # noqa: F401 (registers torchvision::)
except ImportError:
    sys.exit("torchvision is needed for its operators")
import torch.ao.quantization.fx._decomposed  # noqa: F401 (registers quantized_decomposed::)

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def targets():
    for path in glob.glob(os.path.join(root, "src/import/aten/*.c")):
        for match in re.finditer(r'\{"([a-z_0-9]+)\.([A-Za-z_0-9]+)(?:\.([A-Za-z_0-9]+))?"', open(path).read()):
            namespace, packet, overload = match.groups()
            yield "aten" if namespace == "complex" else namespace, packet, overload


# As a program file writes it: dtypes and formats by number, which have no default that matters here.
def plain(value):
    if isinstance(value, (type(None), bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return None


def main():
    rows = {}
    for namespace, packet, overload in targets():
        if namespace in ("higher_order", "math", "prims", "transformers"):
            continue
        found = getattr(getattr(torch.ops, namespace), packet, None)
        if found is None or (overload and overload not in found.overloads()):
            print(f"{namespace}.{packet}: torch {torch.__version__} does not have it", file=sys.stderr)
            continue
        for name in [overload] if overload else found.overloads():
            schema = getattr(found, name)._schema
            given = {a.name: plain(a.default_value) for a in schema.arguments if a.has_default_value()}
            if any(a.is_out for a in schema.arguments):
                continue
            if given:
                rows[f"{namespace}.{packet}.{name}"] = json.dumps(given, allow_nan=False)
    with open(os.path.join(root, "src/import/aten/schema.inc"), "w") as out:
        out.write("// Written by scripts/make_aten_schema.py from torch " + torch.__version__.split("+")[0])
        out.write(". Do not edit.\n")
        for target in sorted(rows):
            text = rows[target].replace("\\", "\\\\").replace('"', '\\"')
            out.write(f'{{"{target}", "{text}"}},\n')
    print(f"{len(rows)} schemas")


if __name__ == "__main__":
    main()
