# SPDX-License-Identifier: Apache-2.0
"""Makes test/pitfalls/data: small PyTorch models as both exporters write them, with inputs and PyTorch's outputs.

usage: make_pitfalls.py FOLDER [FILTER...]. Needs torch, torchvision, onnxscript, onnx (made with torch 2.15). Each case
is FOLDER/Pnn_topic/case/ with tsOPSET.onnx (torch.onnx.export(dynamo=False)), dyOPSET.onnx (dynamo=True) and 0/, 1/, ...
with one .npy for each input and output. An exporter that refuses leaves its reason in FOLDER/refused.txt. Weights and
inputs come from fixed seeds. Of the files only the exporter's notes on its own stack are taken away.
"""
import contextlib
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
import torchvision
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
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


def seeded(text):
    torch.manual_seed(zlib.crc32(text.encode()))


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

# ---- P01: flatten, view, reshape with sizes from shapes
for form, fn in {
    "view": lambda s, x: x.view(x.size(0), -1),
    "flatten": lambda s, x: x.flatten(1),
    "flatten2": lambda s, x: torch.flatten(x, 2),
    "reshape": lambda s, x: x.reshape(x.shape[0], x.shape[1], x.shape[2] * x.shape[3]),
}.items():
    case("P01_reshape/" + form, lambda fn=fn: Fn(fn), lambda: (rand(3, 4, 5, 6),), lambda: (rand(1, 4, 2, 3),),
         dynamic=NCHW, ts=(11, 20))


def shuffle(s, x):
    n, c, h, w = x.shape
    return x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)


case("P01_reshape/shuffle", lambda: Fn(shuffle), lambda: (rand(3, 4, 5, 6),), lambda: (rand(1, 4, 2, 3),), dynamic=NCHW,
     ts=(11, 20))


# ---- P02: normalize
def zero_row(x):
    x[0, ..., 0] = 0
    x[0, :, 0] = 0
    return x


for form, fn in {
    "l2": lambda s, x: F.normalize(x),
    "l1": lambda s, x: F.normalize(x, p=1, dim=1),
    "inf": lambda s, x: F.normalize(x, p=float("inf"), dim=1),
    "last": lambda s, x: F.normalize(x, dim=-1),
}.items():
    case("P02_normalize/" + form, lambda fn=fn: Fn(fn), lambda: (zero_row(rand(2, 6, 3, 4)),), dynamic=NCHW, ts=(11, 20))
case("P02_normalize/by_hand", lambda: Fn(lambda s, x: x.div(x.norm(p=2, dim=1, keepdim=True))),
     lambda: (rand(2, 6, 3, 4),), dynamic=NCHW, ts=(11, 20))
for form, fn in {
    "unsqueezed": lambda s, x: x / x.norm(dim=-1).unsqueeze(-1),
    "whole": lambda s, x: x / x.norm(),
    "planes": lambda s, x: F.normalize(x, dim=(2, 3)),
    "squares": lambda s, x: x / (x * x).sum(1, keepdim=True).sqrt().clamp(min=1e-6),
}.items():
    case("P02_normalize/" + form, lambda fn=fn: Fn(fn), lambda: (rand(2, 6, 3, 4),), dynamic=NCHW, ts=(11,))
# In PyTorch's own half the row of zeros is NaN.
case("P02_normalize/half_zero", lambda: Fn(lambda s, x: F.normalize(x, dim=1)),
     lambda: (torch.tensor([[0.0, 0, 0], [300, 0, 0]]).half(),), ts=(17,), sample="nan%d")
case("P02_normalize/half", lambda: Fn(lambda s, x: F.normalize(x, dim=1)),
     lambda: (torch.cat([torch.full((1, 64), 300.0), torch.full((1, 64), 1e-4), rand(1, 64)]).half(),),
     dynamic={"x": {0: "N"}}, ts=(17,))

# ---- P03: unbatched
case("P03_unbatched/maxpool3d", lambda: nn.MaxPool3d((1, 2, 2), (2, 2, 2)), lambda: (rand(3, 6, 8, 8),), ts=(11, 20))
case("P03_unbatched/avgpool2d", lambda: nn.AvgPool2d(2), lambda: (rand(3, 6, 8),), ts=(11, 20))
case("P03_unbatched/conv1d", lambda: nn.Conv1d(4, 5, 3, padding=1), lambda: (rand(4, 9),), ts=(11, 20))
case("P03_unbatched/conv2d", lambda: nn.Conv2d(3, 4, 3), lambda: (rand(3, 9, 7),), ts=(11, 20))
case("P03_unbatched/convtranspose2d", lambda: nn.ConvTranspose2d(3, 4, 2, stride=2), lambda: (rand(3, 5, 4),),
     ts=(11, 20))
# The TorchScript exporter writes GlobalAveragePool, which on three dimensions is the mean of the last one: what was
# meant is no longer in the file.
case("P03_unbatched/adaptive", lambda: nn.AdaptiveAvgPool2d(1), lambda: (rand(3, 6, 8),), ts=(11,), sample="chw%d")
case("P03_unbatched/adaptive_dynamo", lambda: nn.AdaptiveAvgPool2d(1), lambda: (rand(3, 6, 8),), ts=())
case("P03_unbatched/pool1d", lambda: nn.AdaptiveAvgPool1d(1), lambda: (rand(2, 3, 6),), dynamic={"x": {0: "N"}},
     ts=(11,))
case("P03_unbatched/instancenorm1d", lambda: nn.InstanceNorm1d(4, affine=True), lambda: (rand(4, 9),), ts=(11, 20))

# ---- P04: mean over everything
case("P04_mean/mean", lambda: Fn(lambda s, x: torch.mean(x)), lambda: (rand(3, 4),), lambda: (rand(1, 4),),
     dynamic={"x": {0: "N"}}, ts=(11, 20))
case("P04_mean/divided", lambda: Fn(lambda s, x: x / torch.mean(x)), lambda: (rand(3, 4).abs(),),
     lambda: (rand(1, 4).abs(),), dynamic={"x": {0: "N"}}, ts=(11, 20))
case("P04_mean/half", lambda: Fn(lambda s, x: torch.mean(x.expand(70000, 2))), lambda: (torch.full((1, 2), 2.0).half(),),
     ts=(17,))
case("P04_mean/half_to_float", lambda: Fn(lambda s, x: torch.mean(x, dtype=torch.float32)),
     lambda: (torch.full((3, 5), 40000.0).half(),), ts=(17,))


# ---- P05: BatchNorm1d
def arcface():
    return norm_stats(nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Dropout(0.4), nn.Flatten(),
                                    nn.Linear(8 * 9, 16), nn.BatchNorm1d(16)))


case("P05_batchnorm1d/fc_bn", lambda: norm_stats(nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5))),
     lambda: (rand(4, 6),), lambda: (rand(1, 6),), dynamic={"x": {0: "N"}}, ts=(11, 20))
case("P05_batchnorm1d/fc_bn_unmerged", lambda: norm_stats(nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5))),
     lambda: (rand(4, 6),), dynamic={"x": {0: "N"}}, ts=(11,), dy=(), do_constant_folding=False)
case("P05_batchnorm1d/arcface_tail", lambda: norm_stats(nn.Sequential(
    nn.BatchNorm2d(8), nn.Dropout(0.4), nn.Flatten(), nn.Linear(8 * 9, 16), nn.BatchNorm1d(16))),
     lambda: (rand(2, 8, 3, 3),), dynamic={"x": {0: "N"}}, ts=(11, 20))
case("P05_batchnorm1d/arcface", arcface, lambda: (rand(2, 3, 5, 5),), dynamic={"x": {0: "N"}}, ts=(11, 20))
case("P05_batchnorm1d/bn_3d", lambda: norm_stats(nn.BatchNorm1d(4)), lambda: (rand(2, 4, 7),), dynamic={"x": {2: "L"}},
     ts=(11, 20))
case("P05_batchnorm1d/fresh", lambda: nn.BatchNorm1d(4), lambda: (rand(2, 4),), ts=(11, 20))


# ---- P06: assignment to a slice
def assign(body):
    def fn(s, x, *more):
        z = x.clone()
        return body(z, *more) if more else (body(z), z)[1]
    return fn


def set_const(z): z[:, :, 1:3, 2:4] = 1.5
def set_first(z): z[0] = 1
def set_step(z): z[:, :, ::2, 1:4:2] = -1
def set_last(z): z[:, -1] = 2
def set_negative(z): z[:, :, -3:-1] = 3
def add_const(z): z[:, :, 1:3, 2:4] += 1
def overlap(z):
    z[:, :, 0:3] += 1
    z[:, :, 2:4] *= 2
    z[:, :, 1:3, 1:3] = 0
def from_flipped(z): z[:, :, 1:3] = z[:, :, 2:4].flip(2)


def add_y(z, y):
    z[:, :, 1:3, 2:4] += y
    return z


def set_y(z, y):
    z[:, :, 1:3, 2:4] = y
    return z


def at_index(z, i):
    z[:, i] = 7
    return z


for form, body in {"const": set_const, "first": set_first, "step": set_step, "last": set_last, "negative": set_negative,
                   "add_const": add_const, "overlap": overlap, "flipped": from_flipped}.items():
    case("P06_slice_assign/" + form, lambda body=body: Fn(assign(body)), lambda: (rand(2, 3, 5, 6),), ts=(11,))
for form, body in {"add_y": add_y, "set_y": set_y}.items():
    case("P06_slice_assign/" + form, lambda body=body: Fn(assign(body)), lambda: (rand(2, 3, 5, 6), rand(2, 3, 2, 2)),
         ts=(11, 20), names=["x", "x2"])
    case("P06_slice_assign/dynamic_" + form, lambda body=body: Fn(assign(body)),
         lambda: (rand(2, 3, 5, 6), rand(2, 3, 2, 2)), lambda: (rand(2, 3, 9, 7), rand(2, 3, 2, 2)), dynamic=HW,
         ts=(11,), names=["x", "x2"])
case("P06_slice_assign/index", lambda: Fn(assign(at_index)), lambda: (rand(2, 3, 5), torch.tensor([2, 0])), ts=(11, 20),
     names=["x", "x2"])

# ---- P07: the order of pads
PADS = {"three": lambda s, x: (F.pad(x, (1, 2, 3, 0)), F.pad(x, (2, 1, 0, 0), mode="reflect"),
                               F.pad(x, (1, 1, 2, 2), mode="replicate")),
        "crop": lambda s, x: F.pad(x, (-1, 2, 1, -2), value=0.5),
        "circular": lambda s, x: F.pad(x, (1, 2, 2, 1), mode="circular"),
        "front": lambda s, x: F.pad(x, (0, 0, 0, 0, 1, 0, 0, 2))}
for form, fn in PADS.items():
    case("P07_pad/" + form, lambda fn=fn: Fn(fn), lambda: (rand(2, 3, 5, 6),), ts=(9, 11, 20))
case("P07_pad/from_shape", lambda: Fn(lambda s, x, y: F.pad(x, (0, y.shape[3] - x.shape[3], 0, y.shape[2] - x.shape[2]))),
     lambda: (rand(1, 2, 4, 5), rand(1, 2, 7, 9)), lambda: (rand(1, 2, 3, 2), rand(1, 2, 4, 8)),
     dynamic={"x": {2: "H", 3: "W"}, "x2": {2: "P", 3: "Q"}}, ts=(11, 20), names=["x", "x2"])
case("P07_pad/reflect", lambda: Fn(lambda s, x: F.pad(x, (3, 3), mode="reflect")), lambda: (rand(1, 2, 5),),
     dynamic={"x": {2: "L"}}, ts=(11, 20))

# ---- P08: Resize to sizes that are not constant
for mode in ("nearest", "bilinear"):
    align = None if mode == "nearest" else False
    case("P08_resize_size/like_" + mode, lambda mode=mode, align=align: Fn(
        lambda s, x, y: F.interpolate(x, size=y.shape[2:], mode=mode, align_corners=align)),
         lambda: (rand(1, 2, 4, 5), rand(1, 1, 7, 9)), lambda: (rand(1, 2, 7, 3), rand(1, 1, 3, 67)),
         dynamic={"x": {2: "H", 3: "W"}, "x2": {2: "P", 3: "Q"}}, ts=(11, 20) if align is False else (9, 11, 20),
         names=["x", "x2"])
case("P08_resize_size/int_tuple", lambda: Fn(lambda s, x: F.interpolate(
    x, size=tuple(int(k) for k in x.shape[2:]), mode="bilinear")), lambda: (rand(1, 2, 4, 5),), ts=(11,))
case("P08_resize_size/twice", lambda: Fn(lambda s, x: F.interpolate(x, size=(2 * x.shape[2], 2 * x.shape[3]),
                                                                   mode="bilinear", align_corners=True)),
     lambda: (rand(1, 2, 4, 5),), lambda: (rand(1, 2, 1, 1),), dynamic=HW, ts=(11, 20))
for mode in ("nearest", "bilinear"):
    case("P08_resize_size/all_" + mode, lambda mode=mode: Fn(
        lambda s, x, y: F.interpolate(x, size=y.shape[2:], mode=mode)),
         lambda: (torch.arange(15.0).reshape(1, 1, 5, 3), torch.zeros(1, 1, 63, 2)),
         *[lambda n=n: (torch.arange(3.0 * n).reshape(1, 1, n, 3), torch.zeros(1, 1, 68 - n, 2)) for n in range(1, 68)],
         dynamic={"x": {2: "H", 3: "W"}, "x2": {2: "P", 3: "Q"}}, ts=(9, 11) if mode == "nearest" else (11,),
         names=["x", "x2"], sample="sizes.npz")

# ---- P09: align_corners with a scale
for scale in (0.5, 1.5, 2, 3.3):
    case("P09_align_corners/x%s" % scale, lambda scale=scale: Fn(
        lambda s, x: F.interpolate(x, scale_factor=scale, mode="bilinear", align_corners=True)),
         lambda: (rand(1, 2, 5, 7),), lambda: (rand(1, 2, 2, 3),), dynamic=HW, ts=(11, 20))
case("P09_align_corners/to_one", lambda: Fn(lambda s, x: F.interpolate(x, size=(1, 1), mode="bilinear",
                                                                      align_corners=True)),
     lambda: (rand(1, 2, 5, 7),), ts=(11, 20))

# ---- P10: the modes of interpolate
for form, args, shape in (
        ("nearest", dict(scale_factor=2, mode="nearest"), (1, 2, 5, 7)),
        ("bilinear", dict(scale_factor=2.3, mode="bilinear"), (1, 2, 5, 7)),
        ("bilinear_anew", dict(scale_factor=2.3, mode="bilinear", recompute_scale_factor=True), (1, 2, 5, 7)),
        ("bicubic", dict(scale_factor=1.7, mode="bicubic"), (1, 2, 5, 7)),
        ("area", dict(size=(2, 3), mode="area"), (1, 2, 4, 9)),
        ("area_uneven", dict(size=(3, 4), mode="area"), (1, 2, 5, 7)),
        ("exact", dict(scale_factor=2, mode="nearest-exact"), (1, 2, 5, 7)),
        ("exact_down", dict(size=(3, 4), mode="nearest-exact"), (1, 2, 5, 7)),
        ("antialias", dict(size=(3, 4), mode="bilinear", antialias=True), (1, 2, 8, 9)),
        ("antialias_cubic", dict(size=(3, 4), mode="bicubic", antialias=True), (1, 2, 8, 9)),
        ("linear", dict(scale_factor=1.5, mode="linear"), (1, 2, 7)),
        ("trilinear", dict(scale_factor=1.5, mode="trilinear"), (1, 2, 3, 4, 5)),
        ("nearest3d", dict(scale_factor=2, mode="nearest"), (1, 2, 3, 4, 5))):
    case("P10_interpolate/" + form, lambda args=args: Fn(lambda s, x: F.interpolate(x, **args)),
         lambda shape=shape: (rand(*shape),), ts=(9, 11, 20) if form in ("nearest", "nearest3d") else (11, 20))
case("P10_interpolate/uint8", lambda: Fn(lambda s, x: F.interpolate(x, scale_factor=2, mode="nearest")),
     lambda: (torch.arange(2 * 3 * 4, dtype=torch.uint8).reshape(1, 2, 3, 4) * 10,), ts=(20,))

for mode, scale in (("nearest", 2.5), ("linear", 2.3)):
    case("P10_interpolate/all_" + mode,
         lambda mode=mode, scale=scale: Fn(lambda s, x: F.interpolate(x, scale_factor=scale, mode=mode)),
         lambda: (torch.arange(5.0).reshape(1, 1, 5),),
         *[lambda n=n: (torch.arange(1.0 * n).reshape(1, 1, n),) for n in range(1, 68)], dynamic={"x": {2: "L"}},
         ts=(11,), sample="sizes.npz")
case("P10_interpolate/rounded", lambda: Fn(lambda s, x: F.interpolate(x, scale_factor=2.3, mode="linear")),
     lambda: (torch.arange(50.0).reshape(1, 1, 50),), ts=(11,), dy=(), sample="double%d")


# ---- P11: keyword arguments
class Scaled(nn.Module):
    def forward(self, x, scale=1.0):
        return x * scale


class Constant(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.arange(6.0).reshape(2, 3))

    def forward(self):
        return self.w * 2


case("P11_kwargs/scale", Scaled, lambda: (rand(2, 3),), ts=(), kwargs={"scale": 3.0})
case("P11_kwargs/scale_asked_for", Scaled, lambda: (rand(2, 3),), ts=(17,), dy=(), kwargs={"scale": 3.0}, sample="with%d")
case("P11_kwargs/no_input", Constant, lambda: (), ts=(17,), sample="none%d")

# ---- P12: ties
case("P12_ties/argmax", lambda: Fn(lambda s, x: (x.argmax(1), x.argmin(1))), lambda: (torch.zeros(2, 5),), ts=(11, 20))
case("P12_ties/topk", lambda: Fn(lambda s, x: torch.topk(x, 3)), lambda: (torch.zeros(2, 5),), ts=(11, 20),
     sample="tied%d")
case("P12_ties/sort", lambda: Fn(lambda s, x: torch.sort(x, descending=True)),
     lambda: (torch.tensor([[1.0, 2, 1] * 10]),), ts=(11, 20), sample="tied%d")
case("P12_ties/inside", lambda: Fn(lambda s, x: torch.topk(x * 0 + 1, 3, dim=1)), lambda: (rand(2, 9, 4),), dy=(),
     sample="tied%d")
case("P12_ties/nms", lambda: Fn(lambda s, b, p: torchvision.ops.nms(b, p, 0.5)),
     lambda: (torch.tensor([[0.0, 0, 2, 2], [0, 0, 2, 2], [5, 5, 6, 6], [5, 5, 6, 6], [0, 0, 2, 1]]),
              torch.tensor([0.5, 0.5, 0.5, 0.5, 0.5])), dynamic={"x": {0: "N"}, "x2": {0: "N"}}, ts=(11, 20),
     names=["x", "x2"])

# ---- P13: gather
case("P13_gather/rows", lambda: Fn(lambda s, x, i: torch.gather(x, 1, i)),
     lambda: (torch.tensor([[1.0, 2], [3, 4]]), torch.tensor([[0, 0], [1, 0]])), ts=(11, 20), names=["x", "x2"])
case("P13_gather/columns", lambda: Fn(lambda s, x, i: torch.gather(x, 0, i)),
     lambda: (torch.arange(1.0, 10).reshape(3, 3), torch.tensor([[1, 2, 0], [2, 0, 0]])), ts=(11, 20), names=["x", "x2"])
case("P13_gather/smaller", lambda: Fn(lambda s, x, i: torch.gather(x, 2, i)),
     lambda: (rand(3, 4, 5), torch.randint(0, 5, (2, 3, 7))), ts=(11, 20), names=["x", "x2"])
case("P13_gather/scatter", lambda: Fn(lambda s, x, i, v: x.scatter(1, i, v)),
     lambda: (rand(3, 5), torch.tensor([[0, 2], [4, 1], [3, 3]])[:, :1], rand(3, 1)), ts=(11, 20),
     names=["x", "x2", "x3"])
case("P13_gather/scatter_add", lambda: Fn(lambda s, x, i, v: x.scatter_add(1, i, v)),
     lambda: (rand(3, 5), torch.tensor([[0, 2], [4, 1], [3, 3]]), rand(3, 2)), ts=(16, 20), names=["x", "x2", "x3"])


# ---- P14: half precision
def rms(s, x):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * s.w


def rms_up(s, x):
    f = x.float()
    return (f * torch.rsqrt(f.pow(2).mean(-1, keepdim=True) + 1e-6)).to(x.dtype) * s.w


def masked(s, q, mask):
    p = q @ q.transpose(-1, -2)
    return torch.softmax(p.masked_fill(mask == 0, torch.finfo(p.dtype).min), -1)


case("P14_half/rmsnorm", lambda: Fn(rms, w=torch.linspace(0.5, 1.5, 64).half()),
     lambda: (torch.stack([torch.linspace(1, 60, 64), torch.linspace(-9, 9, 64)]).half(),), ts=(17,), dy=(20,))
case("P14_half/rmsnorm_up", lambda: Fn(rms_up, w=torch.linspace(0.5, 1.5, 64).half()),
     lambda: (torch.stack([torch.full((64,), 300.0), torch.linspace(-900, 900, 64)]).half(),), ts=(17,), dy=(20,))
case("P14_half/rmsnorm_op", lambda: nn.RMSNorm(64, eps=1e-6).half(),
     lambda: (torch.stack([torch.full((64,), 300.0), torch.linspace(-900, 900, 64)]).half(),), ts=(17,), dy=(20, 23))
case("P14_half/layernorm", lambda: nn.LayerNorm(64, eps=1e-12).half(),
     lambda: (torch.stack([torch.linspace(-900, 900, 64), torch.linspace(200, 300, 64)]).half(),), ts=(17,), dy=(20,))
case("P14_half/softmax", lambda: Fn(masked), lambda: (rand(2, 5, 8).half(), torch.ones(5, 5).tril().half()), ts=(17,),
     names=["x", "x2"])
case("P14_half/gemm", lambda: Fn(lambda s, x: x @ s.w, w=torch.full((2048, 1), 8.0).half()),
     lambda: (torch.cat([torch.full((2, 1024), 8.0), torch.full((2, 1024), -8.0)], 1).half(),), ts=(17,))
case("P14_half/norm", lambda: Fn(lambda s, x: torch.norm(x, dim=-1)), lambda: (torch.full((2, 4), 300.0).half(),),
     ts=(17,))


# ---- P15: operators nobody knows
class Foo(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def symbolic(g, x):
        return g.op("custom.dom::Foo", x, alpha_f=0.5)


def unknown_ts(s, x):
    return torch.relu(Foo.apply(torch.exp(x))) + Foo.apply(x)


def unknown_dy(s, x):
    def foo(t):
        return torch.onnx.ops.symbolic("custom.dom::Foo", (t,), {"alpha": 0.5}, dtype=t.dtype, shape=t.shape, version=1)
    return torch.relu(foo(torch.exp(x))) + foo(x)


case("P15_unknown/ts", lambda: Fn(unknown_ts), lambda: (rand(2, 3),), ts=(17,), dy=(), sample="with%d")
case("P15_unknown/dy", lambda: Fn(unknown_dy), lambda: (rand(2, 3),), ts=(), dy=(20,), sample="with%d")

# ---- P16: deformable convolution
case("P16_deform_conv/v1", lambda: Fn(lambda s, x, o: torchvision.ops.deform_conv2d(x, o, s.w, s.b, padding=1),
                                      w=rand(4, 2, 3, 3), b=rand(4)),
     lambda: (rand(1, 4, 6, 7), rand(1, 2 * 9, 6, 7, scale=3)), ts=(17, 19), dy=(19, 22), names=["x", "x2"])
case("P16_deform_conv/v2", lambda: Fn(
    lambda s, x, o, m: torchvision.ops.deform_conv2d(x, o, s.w, s.b, stride=(2, 1), padding=(0, 2), dilation=(1, 2), mask=m),
    w=rand(4, 4, 3, 3), b=rand(4)),
     lambda: (rand(2, 4, 7, 8), rand(2, 2 * 2 * 9, 3, 8, scale=4), torch.rand(2, 2 * 9, 3, 8)), ts=(), dy=(19,),
     names=["x", "x2", "x3"])

# ---- P17: dynamic shapes
case("P17_dynamic/cnn", lambda: norm_stats(nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), nn.BatchNorm2d(4), nn.ReLU(),
                                                        nn.MaxPool2d(2), nn.Upsample(scale_factor=2),
                                                        nn.ConvTranspose2d(4, 2, 2, 2))),
     lambda: (rand(2, 3, 16, 32),), lambda: (rand(1, 3, 32, 16),), dynamic=NCHW, ts=(11, 20))
case("P17_dynamic/nonzero", lambda: Fn(lambda s, x: torch.nonzero(x > 0)), lambda: (rand(3, 4),), lambda: (rand(5, 2),),
     dynamic={"x": {0: "N", 1: "M"}}, ts=(11, 20))
case("P17_dynamic/two", lambda: Fn(lambda s, x, y: x @ y), lambda: (rand(2, 3), rand(3, 4)),
     lambda: (rand(5, 7), rand(7, 1)), dynamic={"x": {0: "N", 1: "K"}, "x2": {0: "K", 1: "M"}}, ts=(11, 20),
     names=["x", "x2"])


# ---- P18: sliding windows
def slide(size, window, stride, count):
    def fn(s, x):
        preds = x.new_zeros((1, 4, size, size))
        counts = x.new_zeros((1, 1, size, size))
        for y0 in range(0, size - window + 1, stride):
            for x0 in range(0, size - window + 1, stride):
                y1, x1 = y0 + window, x0 + window
                crop = s.net(x[:, :, y0:y1, x0:x1])
                preds = preds + F.pad(crop, (x0, size - x1, y0, size - y1))
                counts[:, :, y0:y1, x0:x1] += 1
        return preds / counts if count else preds
    return fn


def slide_in_place(s, x):
    preds = x.new_zeros((1, 4, 8, 8))
    for y0 in (0, 4):
        for x0 in (0, 4):
            preds[:, :, y0:y0 + 4, x0:x0 + 4] += s.net(x[:, :, y0:y0 + 4, x0:x0 + 4])
    return preds


case("P18_slide/four", lambda: Fn(slide(8, 4, 4, False), net=nn.Conv2d(3, 4, 1)), lambda: (rand(1, 3, 8, 8),), ts=(11, 20))
case("P18_slide/overlapping", lambda: Fn(slide(8, 4, 2, True), net=nn.Conv2d(3, 4, 1)), lambda: (rand(1, 3, 8, 8),),
     ts=(11,))
case("P18_slide/in_place", lambda: Fn(slide_in_place, net=nn.Conv2d(3, 4, 1)), lambda: (rand(1, 3, 8, 8),), ts=(11,))

# ---- P19: transposed convolution
case("P19_conv_transpose/centernet", lambda: norm_stats(nn.Sequential(
    nn.ConvTranspose2d(6, 4, 4, 2, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU())), lambda: (rand(1, 6, 5, 7),),
     dynamic=HW, ts=(11, 20))
for k, stride, more, groups in ((2, 2, 0, 1), (3, 2, 1, 1), (4, 2, 0, 2), (3, 1, 0, 1), (4, 3, 1, 1), (3, 3, 1, 2), (2, 3, 1, 1)):
    case("P19_conv_transpose/k%d_s%d_p%d_g%d" % (k, stride, more, groups),
         lambda k=k, stride=stride, more=more, groups=groups: norm_stats(nn.Sequential(
             nn.ConvTranspose2d(4, 6, k, stride, 1, output_padding=more, groups=groups), nn.BatchNorm2d(6), nn.ReLU())),
         lambda: (rand(1, 4, 5, 4),), ts=(11,))
case("P19_conv_transpose/1d", lambda: norm_stats(nn.Sequential(
    nn.ConvTranspose1d(4, 3, 4, 2, 1), nn.BatchNorm1d(3), nn.ReLU())), lambda: (rand(2, 4, 5),), ts=(11,))
case("P19_conv_transpose/3d", lambda: norm_stats(nn.Sequential(
    nn.ConvTranspose3d(2, 3, 3, 2, 1, 1, dilation=(1, 2, 1)), nn.BatchNorm3d(3), nn.ReLU())),
     lambda: (rand(1, 2, 3, 2, 3),), ts=(11,))

# ---- P21: weights beside the file
case("P21_large/external", lambda: nn.Embedding(64, 8), lambda: (torch.tensor([3, 63, 0]),), ts=(), dy=(20,),
     dynamic={"x": {0: "N"}}, external_data=True)


def make_huge(m):
    """The same, the table 6 GB long: the .t file makes the weights' file, which is one hole."""
    w = next(i for i in m.graph.initializer if i.external_data)
    w.dims[0] = 192_000_000
    del w.external_data[:]
    for key, value in (("location", "huge.data"), ("offset", "0"), ("length", str(192_000_000 * 8 * 4))):
        w.external_data.add(key=key, value=value)


case("P21_large/huge", lambda: nn.Embedding(64, 8), lambda: (torch.tensor([3, 63, 0]),), ts=(), dy=(20,),
     dynamic={"x": {0: "N"}}, external_data=True, prepare=make_huge, sample="small%d")

# ---- P22: files that do not keep the rules
case("P22_versions/inputs_too", lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), lambda: (rand(1, 3, 6, 6),),
     ts=(11,), dy=(), keep_initializers_as_inputs=True)


def unsort(m):
    nodes = list(m.graph.node)
    del m.graph.node[:]
    m.graph.node.extend(reversed(nodes))


def too_new(m):
    m.opset_import[0].version = 99


case("P22_versions/unsorted", lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten()),
     lambda: (rand(1, 3, 6, 6),), ts=(11,), prepare=unsort)
case("P22_versions/newer", lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten()),
     lambda: (rand(1, 3, 6, 6),), ts=(20,), prepare=too_new)
case("P22_versions/optional", lambda: Fn(lambda s, x: torch.clamp(F.interpolate(x, scale_factor=2), max=0.5)),
     lambda: (rand(1, 3, 6, 6),), ts=(11, 20))

# ---- P23: RoiAlign
for aligned in (True, False):
    case("P23_roi_align/" + ("aligned" if aligned else "not_aligned"), lambda aligned=aligned: Fn(
        lambda s, x, r: torchvision.ops.roi_align(x, r, (3, 3), 0.5, 2, aligned)),
         lambda: (rand(1, 2, 8, 8), torch.tensor([[0.0, 1, 2, 9, 12], [0, 0, 0, 15, 15]])),
         ts=(16,) if aligned else (11, 16), dy=(20,), names=["x", "x2"])
case("P23_roi_align/aligned_at_11", lambda: Fn(lambda s, x, r: torchvision.ops.roi_align(x, r, (3, 3), 0.5, 2, True)),
     lambda: (rand(1, 2, 8, 8), torch.tensor([[0.0, 1, 2, 9, 12], [0, 0, 0, 15, 15]])), ts=(11,), dy=(),
     names=["x", "x2"], sample="shifted%d")

# ---- P24: what the new exporter leaves behind
case("P24_no_op/pool", lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
     lambda: (rand(1, 3, 6, 6),), ts=(17,))
case("P24_no_op/as_strided", lambda: Fn(lambda s, x: s.pool(x).as_strided((2, 3, 1, 1), (3, 1, 1, 1)),
                                        pool=nn.AdaptiveAvgPool2d(1)), lambda: (rand(2, 3, 6, 6),), ts=(17,))
AS_STRIDED_LOOP = """<ir_version: 8, opset_import: ["": 18], producer_name: "pytorch">
main_graph (float[2,3,6,6] x) => (float[2,3,1,1] y)
<int64[4] size = {2,3,1,1}, int64[4] stride = {3,1,1,1}, int64 rank = {4}, int64[1] minus = {-1}, int64 nought = {0},
 int64 unit = {1}, float[1] one = {1.0}, bool go = {1}>
{
    pooled = GlobalAveragePool(x)
    ends = Reshape(rank, minus)
    none = SequenceEmpty <dtype = 1> ()
    indices, ones = Loop (rank, go, nought, none) <body = each (int64 i, bool c, int64 at, seq(float[1]) before)
        => (bool more, int64 sum, seq(float[1]) after) {
        back = Sub(rank, i)
        j = Sub(back, unit)
        js = Reshape(j, minus)
        size_j = Gather <axis = 0> (size, js)
        rest = Slice(size, js, ends)
        stride_j = Gather <axis = 0> (stride, js)
        spread = Expand(at, rest)
        count = Squeeze(size_j)
        numbers = Range(nought, count, unit)
        steps = Mul(numbers, stride_j)
        first = Equal(i, nought)
        shape = If(first) <then_branch = then () => (int64[a] shape_1) { shape_1 = Identity(size_j) },
            else_branch = other () => (int64[b] shape_2) {
                trailing = ConcatFromSequence <axis = 0> (before)
                size_f = Cast <to = 1> (size_j)
                shape_f = Concat <axis = 0> (size_f, trailing)
                shape_2 = Cast <to = 7> (shape_f)
            }>
        placed = Reshape(steps, shape)
        sum = Add(spread, placed)
        after = SequenceInsert(before, one)
        more = Identity(c)
    }>
    flat = Reshape(pooled, minus)
    y = Gather(flat, indices)
}"""


def as_loop(m):
    """as_strided as torch 2.5 to 2.14 wrote it, dimension by dimension; 2.15 writes the indices down."""
    m.CopyFrom(onnx.parser.parse_model(AS_STRIDED_LOOP))


case("P24_no_op/loop", lambda: Fn(lambda s, x: s.pool(x).as_strided((2, 3, 1, 1), (3, 1, 1, 1)),
                                  pool=nn.AdaptiveAvgPool2d(1)), lambda: (rand(2, 3, 6, 6),), ts=(), dy=(18,),
     prepare=as_loop)
case("P24_no_op/permuted", lambda: Fn(lambda s, x: s.pool(x.permute(0, 3, 1, 2)).flatten(1), pool=nn.AdaptiveAvgPool2d(1)),
     lambda: (rand(2, 6, 6, 3),), ts=(17,))


# ---- P25: quantised
def fake_quantised(s, x):
    q = torch.fake_quantize_per_tensor_affine(x, 0.05, 17, 0, 255)
    w = torch.fake_quantize_per_channel_affine(s.w, s.scale, s.zero, 0, -128, 127)
    return torch.fake_quantize_per_tensor_affine(F.conv2d(q, w), 0.1, -3, -128, 127)


case("P25_quantised/qdq", lambda: Fn(fake_quantised, w=rand(4, 3, 3, 3), scale=torch.linspace(0.01, 0.03, 4),
                                     zero=torch.zeros(4, dtype=torch.int32)),
     lambda: (rand(1, 3, 6, 6, scale=3),), ts=(13, 20))


# ---- making them
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
