# SPDX-License-Identifier: Apache-2.0
"""Writes test/cli/data/pixel_norm.pt2, with the input and the output that PyTorch gave beside it: a network with the
custom operator that examples/plugin brings; sample.pt2 and numbers.pt2, which keep their inputs as an example; written.pt2 and
functionalized.pt2, a program with custom operators that write to their inputs, as exported and decomposed, and what they give; and modules.onnx of the exporter behind torch.onnx.export(dynamo=True), with what a module in it gives. usage: make_plugin_pt2.py FOLDER (needs torch 2.4 or newer)"""
import pathlib
import sys

import numpy as np
import torch


@torch.library.custom_op("example::pixel_norm", mutates_args=())
def pixel_norm(x: torch.Tensor, gain: torch.Tensor, epsilon: float = 1e-8) -> torch.Tensor:
    return gain[None, :, None, None] * x / torch.sqrt(epsilon + (x * x).mean(1, keepdim=True))


@pixel_norm.register_fake
def _(x, gain, epsilon=1e-8):
    return torch.empty_like(x)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.tensor([1.0, 0.5, 2.0]))

    def forward(self, x):
        return torch.relu(pixel_norm(x, self.gain, 0.01)) + pixel_norm(x, self.gain)


folder = pathlib.Path(sys.argv[1])
torch.manual_seed(1)
x, net = torch.randn(1, 3, 2, 4), Net()
torch.export.save(torch.export.export(net, (x,)), folder / "pixel_norm.pt2")
np.save(folder / "pixel_norm_x.npy", x.numpy())
np.save(folder / "pixel_norm_y.npy", net(x).detach().numpy())


class Sample(torch.nn.Module):
    def forward(self, x):
        return x + 1.5


rows = {0: torch.export.Dim("n", min=1, max=9)}
example = torch.arange(1.0, 7).view(3, 2)
torch.export.save(torch.export.export(Sample(), (example,), dynamic_shapes=(rows,)), folder / "sample.pt2")


class Numbers(torch.nn.Module):
    def forward(self, x, n, k=2.5, flag=True, y=None):
        return x[:n] * k, torch.arange(n), y + n if flag else y


open_sizes = {"x": {0: torch.export.Dim.DYNAMIC}, "n": torch.export.Dim.DYNAMIC, "k": None, "flag": None, "y": None}
numbers = torch.export.export(Numbers(), (torch.arange(8.0).reshape(4, 2), 3, 1.5), {"flag": True, "y": torch.ones(2)}, dynamic_shapes=open_sizes)
torch.export.save(numbers, folder / "numbers.pt2")


@torch.library.custom_op("example::double_", mutates_args=("x",))
def double_(x: torch.Tensor) -> None:
    x.mul_(2)


@torch.library.custom_op("example::mix", mutates_args=("a", "kept"))
def mix(a: torch.Tensor, b: torch.Tensor, kept: torch.Tensor, share: float = 0.5) -> torch.Tensor:
    a.add_(b, alpha=share)
    kept.copy_(b * 3)
    return a - b


@mix.register_fake
def _(a, b, kept, share=0.5):
    return torch.empty_like(a)


class Writes(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("kept", torch.zeros(2, 2))

    def forward(self, x):
        y = x.clone()
        double_(y)
        z = y + self.kept.sum()
        return mix(z[1:], x[1:], self.kept, 0.25), y, z


written, writes = torch.export.export(Writes(), (example,)), Writes()
torch.export.save(written, folder / "written.pt2")
torch.export.save(written.run_decompositions(), folder / "functionalized.pt2")
(folder / "written").mkdir(exist_ok=True)
for i, value in enumerate(writes(example)):
    np.save(folder / f"written/output_{i}.npy", value.numpy())


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = torch.nn.Conv2d(2, 2, 1), torch.nn.Conv2d(2, 2, 1)

    def forward(self, x):
        return torch.relu(self.conv2(torch.relu(self.conv1(x))) + x)


torch.manual_seed(2)
layer, image = torch.nn.Sequential(Block(), Block()), torch.randn(1, 2, 2, 3)
torch.onnx.export(torch.nn.Sequential(layer), (image,), folder / "modules.onnx", dynamo=True, external_data=False)
held = (folder / "modules.onnx").read_bytes()  # this machine's paths say nothing to others
(folder / "modules.onnx").write_bytes(held.replace(sys.prefix.encode(), b"/env".ljust(len(sys.prefix), b"-")))
np.save(folder / "modules_x.npy", image.numpy())
inner = torch.relu(layer[1].conv1(layer[0](image)))
np.save(folder / "modules_conv2.npy", layer[1].conv2(inner).detach().numpy())
