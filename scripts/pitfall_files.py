# SPDX-License-Identifier: Apache-2.0
"""Cases of make_pitfalls.py: what stands in a file: inputs, open sizes, weights beside it, what exporters leave."""
import onnx
import torch
from torch import nn
from torch.nn import functional as F

from pitfall_parts import NCHW, Fn, case, norm_stats, rand


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
