#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# make_old_pt2.py - writes test/pt2/old_VERSION.pt2 and .npz as this release of PyTorch does: for releases whose
# archives and programs look otherwise (2.4 to 2.7; written with 2.4.1 and 2.5.1). The program is packed with deflate. Needs that torch only.
# usage: scripts/make_old_pt2.py
import io
import os
import re
import sys
import zipfile

import numpy as np
import torch
from torch.export import Dim

root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3, padding=1)
        self.norm = torch.nn.BatchNorm2d(4)
        self.fc = torch.nn.Linear(4, 5)
        self.register_buffer("scale", torch.tensor([1.0, 2, 3, 4, 5]), persistent=False)

    def forward(self, x):
        y = torch.relu_(self.norm(self.conv(x)))
        n, c, h, w = y.shape
        z = y.mean((2, 3))
        z[:, 1:] *= 2
        half = torch.nn.functional.max_pool2d(y, 2)
        rows = torch.cat([y, half.repeat_interleave(2, 2).repeat_interleave(2, 3)], 2)
        return self.fc(z) * self.scale, half.reshape(n, -1), rows.view(n, c, 2 * h * w), torch.arange(h - 1) + h * w


def repack(source, path):
    with zipfile.ZipFile(path, "w") as out:
        for info in zipfile.ZipFile(source).infolist():
            content = zipfile.ZipFile(source).read(info)
            if "example_inputs" in info.filename or "sample_inputs" in info.filename:
                continue
            text = info.filename.endswith(".json")
            if text:
                content = re.sub(rb'File \\"[^"]*?(site-packages/|scripts/)', rb'File \\"\1', content)
            out.writestr(zipfile.ZipInfo(info.filename), content, zipfile.ZIP_DEFLATED if text else zipfile.ZIP_STORED, 9)


def main():
    torch.manual_seed(0)
    net = Net().eval()
    half, width = Dim("half", min=2, max=32), Dim("width", min=2, max=32)
    shapes = {"x": {0: Dim("batch", min=1, max=16), 2: 2 * half, 3: 2 * width}}
    program = torch.export.export(net, (torch.randn(2, 3, 6, 8),), dynamic_shapes=shapes)
    data = io.BytesIO()
    torch.export.save(program, data)
    name = os.path.join(root, "test/pt2", "old_" + "_".join(torch.__version__.split(".")[:2]))
    repack(data, name + ".pt2")
    x = torch.randn(3, 3, 4, 10)
    with torch.no_grad():
        arrays = {f"out_{i}": o.numpy() for i, o in enumerate(net(x))}
    np.savez_compressed(name + ".npz", in_0=x.numpy(), **arrays)


if __name__ == "__main__":
    sys.exit(main())
