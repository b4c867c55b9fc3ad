#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes test/data/weights/: one small network's weights as PyTorch, safetensors and NumPy write them, and
expected.npz, what every one of them holds. Needs torch, safetensors and numpy; run when a format is added.
usage: scripts/make_weights_fixtures.py"""
import io
import pathlib
import struct
import zipfile

import numpy as np
import safetensors.torch
import torch

out = pathlib.Path(__file__).resolve().parent.parent / "test/data/weights"


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 2, 3)
        self.norm = torch.nn.BatchNorm2d(2)
        self.head = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(4, 3))
        self.register_buffer("scratch", torch.zeros(2), persistent=False)

    def forward(self, x):
        return self.head(self.norm(self.conv(x)).flatten(1))


def numbered():
    net = Net()
    with torch.no_grad():
        for k, t in enumerate(net.state_dict().values()):
            t.copy_(torch.arange(t.numel()).reshape(t.shape) / 4 - k)
        net.head[1].weight = torch.nn.Parameter(net.head[1].weight.t().contiguous().t())  # not row-major
    return net


def write_wts(path, state):
    with open(path, "w") as f:
        f.write(f"{len(state)}\n")
        for name, t in state.items():
            values = t.reshape(-1).tolist()
            f.write(f"{name} {len(values)} ")
            f.write("".join(" " + struct.pack(">f", float(v)).hex() for v in values) + "\n")


def write_pt2(net):
    """Without the programs, which say where this machine keeps its Python."""
    whole = io.BytesIO()
    torch.export.save(torch.export.export(net.eval(), (torch.zeros(1, 1, 3, 4),)), whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(out / "exported.pt2", "w") as new:
        for name in old.namelist():
            if "/models/" not in name and "/sample_inputs/" not in name:
                new.writestr(zipfile.ZipInfo(name), old.read(name))
    state = io.BytesIO()
    torch.save(net.state_dict(), state)
    with zipfile.ZipFile(out / "exported_2_1.pt2", "w") as old:  # the layout of PyTorch 2.1 to 2.7
        old.writestr(zipfile.ZipInfo("serialized_exported_program.json"), "{}")
        old.writestr(zipfile.ZipInfo("serialized_state_dict.pt"), state.getvalue())
        old.writestr(zipfile.ZipInfo("version"), "8.2")


def main():
    out.mkdir(parents=True, exist_ok=True)
    net = numbered()
    state = net.state_dict()
    dense = {k: v.clone(memory_format=torch.contiguous_format) for k, v in state.items()}
    arrays = {k: v.numpy() for k, v in dense.items()}
    np.savez(out / "expected.npz", **arrays)
    np.savez_compressed(out / "compressed.npz", **arrays)
    torch.save(state, out / "state_dict.pth")
    torch.save(state, out / "legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(net, out / "module.pth")
    whole = io.BytesIO()
    torch.jit.save(torch.jit.trace(net.eval(), torch.zeros(1, 1, 3, 4)), whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(out / "script.pt", "w") as new:
        for name in old.namelist():  # without what says where this machine keeps its Python
            if not name.endswith(".debug_pkl"):
                new.writestr(zipfile.ZipInfo(name), old.read(name))
    write_pt2(net)
    optimizer = torch.optim.Adam(net.parameters())
    net.train()(torch.randn(2, 1, 3, 4)).sum().backward()
    optimizer.step()
    torch.save({"epoch": 3, "model": numbered(), "ema": {"state_dict": numbered().state_dict()},
                "optimizer": optimizer.state_dict(), "loss": np.float64(0.5)}, out / "checkpoint.pt")
    base = torch.arange(12.0)
    torch.save({"bf16": base.bfloat16(), "f8": base.to(torch.float8_e4m3fn), "half": base.half(),
                "flag": base > 5, "long": base.long(), "u16": base.to(torch.uint16), "complex": base + 1j,
                "row": base[4:8], "column": base.reshape(3, 4)[:, 1], "expanded": base[:1].expand(5),
                "scalar": torch.tensor(7), "empty": torch.zeros(0, 3),
                "parameter": torch.nn.Parameter(base[:2]), "sparse": torch.eye(2).to_sparse(),
                "quantized": torch.quantize_per_tensor(base, 0.5, 3, torch.quint8)}, out / "types.pth")
    numbers = torch.complex(torch.arange(6.0), 1 + torch.arange(6.0)).reshape(2, 3)
    torch.save({"conjugate": numbers.conj(), "wide": numbers.to(torch.complex128).conj().t(),
                "imaginary": numbers.clone().conj().imag}, out / "lazy.pth", _use_new_zipfile_serialization=False)
    safetensors.torch.save_file(dense, out / "model.safetensors", metadata={"format": "pt"})
    write_wts(out / "model.wts", dense)
    shards = out / "sharded"
    shards.mkdir(exist_ok=True)
    names = sorted(dense)
    files = {n: f"model-{1 + (i % 2):05}-of-00002.safetensors" for i, n in enumerate(names)}
    for file in set(files.values()):
        safetensors.torch.save_file({n: dense[n] for n in names if files[n] == file}, shards / file)
    lines = ",\n".join(f'    "{n}": "{files[n]}"' for n in names)
    (shards / "model.safetensors.index.json").write_text(
        '{\n  "metadata": {"total_size": 0},\n  "weight_map": {\n' + lines + "\n  }\n}\n")


main()
