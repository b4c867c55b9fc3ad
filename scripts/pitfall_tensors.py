# SPDX-License-Identifier: Apache-2.0
"""Cases of make_pitfalls.py: shapes, slices, indices and numbers: what a model does between its layers."""
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from pitfall_parts import HW, NCHW, Fn, case, rand

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

# ---- P04: mean over everything
case("P04_mean/mean", lambda: Fn(lambda s, x: torch.mean(x)), lambda: (rand(3, 4),), lambda: (rand(1, 4),),
     dynamic={"x": {0: "N"}}, ts=(11, 20))
case("P04_mean/divided", lambda: Fn(lambda s, x: x / torch.mean(x)), lambda: (rand(3, 4).abs(),),
     lambda: (rand(1, 4).abs(),), dynamic={"x": {0: "N"}}, ts=(11, 20))
case("P04_mean/half", lambda: Fn(lambda s, x: torch.mean(x.expand(70000, 2))), lambda: (torch.full((1, 2), 2.0).half(),),
     ts=(17,))
case("P04_mean/half_to_float", lambda: Fn(lambda s, x: torch.mean(x, dtype=torch.float32)),
     lambda: (torch.full((3, 5), 40000.0).half(),), ts=(17,))

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
