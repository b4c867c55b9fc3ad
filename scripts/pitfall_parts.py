# SPDX-License-Identifier: Apache-2.0
"""What the cases of make_pitfalls.py (pitfall_*.py) are made of."""
import torch
from torch import nn

CASES = []


class Fn(nn.Module):
    """A function as a module; what else it is given are its submodules and parameters."""

    def __init__(self, fn, **parts):
        super().__init__()
        self.fn = fn
        for name, part in parts.items():
            if isinstance(part, torch.Tensor):
                self.register_buffer(name, part)
            else:
                setattr(self, name, part)

    def forward(self, *args, **kwargs):
        return self.fn(self, *args, **kwargs)


def case(name, model, *inputs, dynamic=None, ts=(17,), dy=(20,), names=None, prepare=None, sample="%d", **export):
    """`inputs`: tuples of tensors, the first is traced. `dynamic`: {input: {axis: name}}. `sample`: the folder of an
    input; one that is no digit is for a .t file, and not to be held against by itself. A .npz takes all inputs, as
    x1, y1, x2... for the .t file to go through."""
    CASES.append((name, model, inputs, dynamic or {}, ts, dy, names, prepare, sample, export))


def rand(*shape, dtype=torch.float32, scale=1.0):
    return (torch.randn(*shape) * scale).to(dtype)


# What `model` (a factory, so that its seed is the case's own) is made of.
def norm_stats(module):
    """Batch normalisations get statistics that are not the identity."""
    for m in module.modules():
        if isinstance(m, nn.modules.batchnorm._BatchNorm):
            m.running_mean.normal_()
            m.running_var.uniform_(0.5, 2)
            m.weight.data.uniform_(0.5, 1.5)
            m.bias.data.normal_()
    return module


NCHW = {"x": {0: "N", 2: "H", 3: "W"}}
HW = {"x": {2: "H", 3: "W"}}
