# SPDX-License-Identifier: Apache-2.0
# zoo_own.py - small networks, each for some rules of reading .pt2 files; for test_zoo.py, and, as files under
# test/pt2, for the unit tests (make_pt2.py).
import torch
import torch.ao.quantization.fx._decomposed  # noqa: F401 (registers quantized_decomposed::)
import torch.nn as nn
import torch.nn.functional as F
from torch.export import Dim


class Module(nn.Module):
    """A network out of a function, and what else it has."""

    def __init__(self, function, **parts):
        super().__init__()
        self.function = function
        for name, part in parts.items():
            if isinstance(part, nn.Module):
                self.add_module(name, part)
            else:
                self.register_buffer(name, part)

    def forward(self, *args):
        return self.function(self, *args)


# ---- writes through views

def box_writes(s, x, y):
    z = torch.zeros(x.shape[0], 5)
    z[:, 1:] = x
    z[0] += 1
    a = y.clone()
    a[:, :, 1:3, 2:4] += 2
    a[:, :, ::2] *= 3
    a[..., -1] = 7
    b = y.clone()
    row = b[0]
    pixel = row[1]
    pixel.mul_(2)
    b.relu_()
    row.add_(pixel.sum())
    return z, a, b, row, pixel


def other_writes(s, x):
    a = x.clone()
    a.t().mul_(torch.arange(3.0))
    b = x.clone()
    b.view(-1)[2:5].fill_(9)
    c = x.clone()
    c.diagonal().add_(10)
    d = x.clone()
    left, right = d[:, :2].split(1, dim=1)
    left.sub_(1)
    right.copy_(left)
    e = x.clone()
    e.unsqueeze(0).transpose(1, 2).masked_fill_(x.t().unsqueeze(0) > 0, 0.5)
    f = x.clone()
    f[torch.tensor([0, 2])] = -1
    f[f < 0] = 3
    g = x.clone()
    first, _ = g.unbind(0)[0], g.permute(1, 0).reshape(-1).add_(100)  # the reshape copies: g stays
    first.zero_()
    h = x.clone()
    h[1:, 1:3][0, 0] = 4
    k, n = x > 0, (x * 9).int()
    k &= x < 1
    k[0] |= k[1]
    n ^= 5
    n <<= 2
    n[:, 0] >>= 1
    return a, b, c, d, e, f, g, h, k, n


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(2))

    def forward(self, x):
        self.count.add_(1)
        return x * self.count


# ---- sizes

def sizes(s, x, y):
    n, c, h, w = x.shape
    a = x.view(n, -1)
    b = x.reshape(n, c, h * w).transpose(1, 2)
    d = F.interpolate(x, size=(h * 2, w // 2))
    e = torch.arange(h) + n
    p = F.pad(x, (1, 2, 3, 0))
    q = x[:, :, : h // 2, 1:]
    r = torch.full((h, w + 1), 2.5)
    k = y[: n * 2]
    return a, b, d, e, p, q, r, k, h * w + 1


def data_sizes(s, x):
    rows = torch.nonzero(x > 0)
    picked = x[x > 0.5]
    counts = torch.bincount(rows[:, 0], minlength=rows.shape[0])
    return rows, picked, picked.sum() + rows.shape[0], counts


# ---- weights

class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        base = torch.randn(4, 6)
        self.whole = nn.Parameter(base)
        self.turned = nn.Parameter(base.t())
        self.part = nn.Parameter(base[1:3, 2:5])
        self.tied = nn.Linear(6, 4)
        self.tied.weight = self.whole
        self.register_buffer("empty", torch.zeros(0, 3))
        self.register_buffer("flags", torch.tensor([True, False, True]), persistent=False)
        self.register_buffer("short", torch.randn(3, dtype=torch.float16))
        self.register_buffer("brain", torch.randn(3).to(torch.bfloat16))
        self.register_buffer("wide", torch.randn(1).expand(3))

    def forward(self, x):
        return (self.tied(x) @ self.turned.t(), x @ self.turned, self.part * 2, torch.cat([self.empty, self.part]),
                torch.where(self.flags, x[0, :3], 0.0), self.short + 1, self.brain.float(), self.wide * x[0, :3])


# ---- element types

def promotion(s, f, i, b):
    return (i + 1.5, i + i.to(torch.int32), b + 1, i / 2, i // 2, i % 3, -7 % i.clamp(min=1), f > i, i == b, b & (i > 0), f.half() + f,
            i.float().sum(dtype=torch.float64), b.sum(), i.to(torch.uint8) - i, torch.where(b, i, 0.5), f.bool().logical_not(),
            i ** 2, 2 ** i.clamp(max=3), f.int(), torch.cat([f, i.float()]), i.float().mean(), torch.floor_divide(i, -2),
            torch.div(f, 0.3, rounding_mode="trunc"), torch.fmod(f, 0.4), torch.remainder(f, -0.4), f.round(decimals=1), i >> 1, i << 2)


def elements(s, x):
    p = x.abs() + 0.1
    return tuple(torch.stack([f(x) for f in (
        torch.sin, torch.cos, torch.tanh, torch.erf, torch.exp, torch.sigmoid, torch.floor, torch.ceil, torch.trunc, torch.frac, torch.sign,
        F.relu, F.relu6, F.leaky_relu, F.elu, F.celu, F.selu, F.gelu, F.silu, F.mish, F.softplus, F.softsign, F.hardtanh, F.hardsigmoid,
        F.hardswish, F.logsigmoid, F.hardshrink, F.softshrink, F.tanhshrink, torch.expm1, torch.square, torch.asinh)])) + (
        torch.stack([p.log(), p.log2(), p.log10(), p.log1p(), p.rsqrt(), p.sqrt(), p.reciprocal(), p ** 1.5, p ** -0.5]),
        torch.atan2(x, x.flip(0)), x.clamp(-0.5, 0.5), x.clamp(max=0), torch.lerp(x, p, 0.3), torch.addcmul(x, p, x, value=2),
        F.gelu(x, approximate="tanh"), F.threshold(x, 0.1, 20), F.glu(x, 0), torch.nan_to_num(x / 0))


# ---- layers

class Layers(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.same = nn.Conv2d(8, 8, (2, 3), padding="same", groups=4)
        self.up = nn.ConvTranspose2d(8, 6, 4, stride=2, padding=1, output_padding=1, groups=2)
        self.norm = nn.GroupNorm(3, 6)
        self.ln = nn.LayerNorm(6)
        self.fc = nn.Linear(6, 4)
        self.bn1 = nn.BatchNorm1d(4)
        self.inst = nn.InstanceNorm2d(6, affine=True)
        self.prelu = nn.PReLU(6)
        self.line = nn.Conv1d(6, 5, 3, dilation=2)

    def forward(self, x):
        y = self.prelu(self.inst(self.norm(self.up(self.same(self.stem(x))))))
        z = self.bn1(self.fc(self.ln(y.mean((2, 3)))))
        return {"image": y, "logits": F.log_softmax(z, 1), "line": self.line(y.flatten(2)[0])}


def pools(s, x, v):
    return (F.max_pool2d(x, 3, 2, 1), F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), F.avg_pool2d(x, 2, ceil_mode=True),
            F.adaptive_avg_pool2d(x, (3, 5)), F.adaptive_max_pool2d(x, (2, 3)), F.adaptive_avg_pool2d(x, (None, 1)),
            F.max_pool2d(x, 2, return_indices=True)[1], F.max_pool3d(v, (1, 2, 2)), F.adaptive_avg_pool3d(v, 1), F.avg_pool1d(x[0], 2))


def resizes(s, x):
    return tuple(F.interpolate(x, scale_factor=2.3, mode=m) for m in ("nearest", "bilinear", "bicubic", "nearest-exact")) + (
        F.interpolate(x, size=(5, 13), mode="bilinear", align_corners=True), F.interpolate(x, size=(5, 13), mode="bicubic"),
        F.interpolate(x, scale_factor=0.5, mode="bilinear", recompute_scale_factor=True),
        F.interpolate(x, size=(4, 4), mode="bilinear", antialias=True), F.interpolate(x, size=(4, 4), mode="area"),
        F.interpolate(x[0], scale_factor=1.5, mode="linear"), F.pixel_shuffle(x.repeat(1, 4, 1, 1), 2), F.pixel_unshuffle(x[:, :, :6, :8], 2),
        F.grid_sample(x, torch.tanh(x[:, :2].permute(0, 2, 3, 1)), align_corners=False), F.fold(F.unfold(x, 3), x.shape[2:], 3),
        F.affine_grid(torch.tensor([[[1.0, 0.2, 0], [0, 0.8, 0.1]]]), (1, 1, 3, 4), align_corners=True))


def reductions(s, x):
    return (x.sum(), x.sum(1), x.mean((0, 2), keepdim=True), x.amax(1), x.max(2)[0], x.max(2)[1], x.min(), x.argmax(), x.argmin(1), x.var(1),
            x.std(), torch.var_mean(x, 2, correction=0)[0], x.norm(dim=1), torch.linalg.vector_norm(x, 1, dim=2), x.norm(p=3), x.prod(2),
            (x > 0).any(1), (x > 0).all(), x.logsumexp(1), x.cumsum(1), x.softmax(-1), x.topk(2, dim=1)[0], x.topk(2, dim=1)[1],
            x.sort(dim=2, descending=True)[0], x.argsort(1), x.diff(dim=1), F.normalize(x, dim=1), F.cosine_similarity(x, x + 1, dim=1), x.median(1)[0], x.median())


def arrangements(s, x):
    return (x.flip(1), x.roll(1, 2), x.roll((1, -1), (0, 1)), x.roll(2), x.repeat(2, 1, 1), x.repeat_interleave(2, dim=1), x.expand(2, -1, -1, -1),
            torch.stack([x, x], 1), x.unfold(2, 2, 1), x.movedim(0, 2), torch.tril(x), torch.triu(x, 1), x.squeeze(), x.flatten(), x.unflatten(2, (2, 2)),
            x.swapaxes(0, 1), torch.cat([x, x[:1]], 0), x.chunk(3, 2)[1], x.tensor_split(3, 2)[0], *x.tensor_split((1, 3), 2), F.pad(x, (1, -1)), F.pad(x[None], (1, 1, 2, 0), mode="reflect"),
            F.pad(x, (1, 1), mode="replicate"), torch.meshgrid(x[0, 0], x[0, :, 0], indexing="ij")[1], x.tile(2), x.diagonal(dim1=1, dim2=2), x.as_strided((2, 2), (2, 1), 1),
            F.one_hot(torch.tensor([0, 2]), 4), torch.einsum("abc,dbc->ad", x, x), torch.linspace(0, 1, 7), torch.eye(3), x.view(torch.int32))


def indexing(s, x, i, j):
    m = x > 0
    y = x.clone()
    y[i, :, j] = 5
    z = torch.zeros_like(x).index_put((i, j), torch.ones(2, 4), accumulate=True)
    return (x[i], x[:, j], x[i, j], x[i, :, j], x[:, i, j], x[i[:, None], j], x[m], y, z, x.gather(2, torch.zeros(2, 3, 1, dtype=torch.int64)),
            torch.zeros(3, 4).scatter(1, i[:, None], 2.0), torch.zeros(3, 4).scatter_add(0, i[None].expand(1, 2), torch.ones(1, 2)),
            x.index_select(1, j), torch.zeros(3, 4).index_add(0, i, torch.ones(2, 4)), torch.where(m, x, -x), x.masked_fill(m, 0.5),
            F.embedding(i, x[0]), torch.slice_scatter(x, x[:, :2] * 2, 1, 1, 3), torch.select_scatter(x, x[0] * 3, 0, 1), torch.bucketize(x, torch.tensor([-1.0, 0, 1])),
            x.take_along_dim(torch.zeros(2, 3, 1, dtype=torch.int64), 2), x.masked_scatter(m, torch.arange(24.0)))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 4, num_layers=2, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(8, 3, num_layers=2)
        self.rnn = nn.RNN(3, 3, nonlinearity="relu", bias=False)
        self.gru_cell, self.lstm_cell, self.rnn_cell = nn.GRUCell(5, 4), nn.LSTMCell(4, 3), nn.RNNCell(3, 2, bias=False)

    def forward(self, x):
        y, (h, c) = self.lstm(x)
        z, g = self.gru(y)
        r, _ = self.rnn(z[0])
        a = self.gru_cell(x[:, 0], self.gru_cell(x[:, 1]))
        b, d = self.lstm_cell(a)
        return y, h, c, z, g, r, a, b, d, self.rnn_cell(b), nn.utils.rnn.pad_sequence([x[0], x[1, :2]], True, 7.0)


# LSTMs whose states are projected: from zeros, from other states, both ways, without a batch.
class Projections(nn.Module):
    def __init__(self):
        super().__init__()
        self.both = nn.LSTM(5, 6, num_layers=2, bidirectional=True, batch_first=True, proj_size=3)
        self.plain = nn.LSTM(5, 4, proj_size=2, bias=False)

    def forward(self, x, h, c):
        y, (g, d) = self.both(x)
        z, _ = self.both(x, (h, c))
        return y, g, d, z, self.plain(x)[0], *self.plain(x[0], (h[:1, 0, :2], c[:1, 0, :4]))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.multi = nn.MultiheadAttention(8, 2, batch_first=True)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)

    def forward(self, q, k, mask):
        a = F.scaled_dot_product_attention(q, k, k)
        b = F.scaled_dot_product_attention(q, q, q, is_causal=True, scale=0.3)
        c = F.scaled_dot_product_attention(q, k, k, attn_mask=mask)
        d = F.scaled_dot_product_attention(q, k[:, :1], k[:, :1], attn_mask=mask.float(), enable_gqa=True)
        e = F.scaled_dot_product_attention(q[0, 0], k[0, 0], k[0, 0])
        return a, b, c, d, e, self.multi(q[:, 0], k[:, 0], k[:, 0])[0], self.layer(q[:, 0])


# ---- complex numbers

def fourier(s, x, y):
    z = torch.fft.rfft2(x, norm="ortho")
    a = torch.view_as_complex(torch.stack([x, x.flip(0)], -1).contiguous())
    z[:, :2] = torch.einsum("bij,ij->bij", z[:, :2], a[0, :2, :4])
    spectrum = torch.stft(y, 8, 2, window=torch.hann_window(8), return_complex=True)
    back = torch.istft(spectrum, 8, 2, window=torch.hann_window(8))
    return (torch.fft.irfft2(z, s=(5, 7)), torch.fft.fft(x, n=9, dim=1).abs(), torch.fft.ifftn(a).real, torch.view_as_real(a * a + 1j),
            (a @ a.transpose(1, 2)).angle(), torch.fft.fftshift(x, (1, 2)), torch.polar(x.abs(), x).imag, torch.fft.hfft(a), spectrum.abs(), back,
            torch.fft.fftfreq(5), torch.exp(a).mean(1).conj().abs())


# The same tensor twice in a product; sums of two; padding.
def squares(s, x, y):
    a, b = torch.view_as_complex(x), torch.view_as_complex(y)
    return tuple(torch.view_as_real(z) for z in (a @ a, torch.einsum("ij,kj->ik", a, a), torch.outer(a[0], b[0]), a.index_add(0, torch.tensor([0, 2, 1]), b),
                                                 a.index_add(0, torch.tensor([0, 2, 1]), a), torch.diff(a, prepend=b), F.pad(a, (1, 2))))


# ---- functions of single elements that take a middle or a common divisor

def slopes_and_divisors(s, x, a, b, places):
    y = F.rrelu(x, 0.1, 0.5), F.rrelu_(x * 2)
    means = [a[0].scatter_reduce(0, places, b, "mean", include_self=k) for k in (True, False)]
    return (*y, *means, torch.gcd(a, b), torch.lcm(a, b), torch.gcd(a.abs().to(torch.uint8), b.abs().to(torch.uint8)[:1]), torch.lcm(a[:, :0], b[:0]))


# ---- weights that are made from parameters: orthogonal, of norm one

class Parametrised(nn.Module):
    def __init__(self):
        super().__init__()
        p = nn.utils.parametrizations
        self.layers = nn.Sequential(p.orthogonal(nn.Linear(6, 6)), p.orthogonal(nn.Linear(6, 4)), p.orthogonal(nn.Linear(4, 4), orthogonal_map="cayley"),
                                    p.spectral_norm(nn.Linear(4, 5)), p.weight_norm(nn.Linear(5, 3)))

    def forward(self, x, a, b, t):
        return (self.layers(x), torch.matrix_exp(a), torch.matrix_exp(a.double() * 20), torch.linalg.householder_product(b, t),
                torch.linalg.householder_product(b, t[:, :2] * 0))


# ---- what runs along a dimension of size 2n - 1

def running(s, x):
    far = torch.cat([x - 200, x, torch.full_like(x, -torch.inf)])
    return (torch.logcumsumexp(far, 0), torch.logcumsumexp(far.flip(0), 0), *torch.cummax((x * 10).long() + (1 << 24), 0), *torch.cummin(x.double() / 3, 0),
            x.reshape(-1)[1:])


# ---- what is left of Core ATen

def core_rest(s, x, w, i):
    a = torch.ops.aten
    y = a.convolution(x, w, None, [2, 1], [1, 0], [1, 1], False, [0, 0], 2)
    g = y.sin()
    out = a.convolution_backward(g, x, w, [6], [2, 1], [1, 0], [1, 1], False, [0, 0], 2, [True, True, True])
    v = w.transpose(0, 1).reshape(4, 3, 3, 2)
    t = a.convolution(x, v, None, [2, 2], [1, 0], [1, 1], True, [1, 0], 1)
    turned = a.convolution_backward(t.cos(), x, v, [3], [2, 2], [1, 0], [1, 1], True, [1, 0], 1, [True, True, True])
    m, at = a.max_pool2d_with_indices(x, [3, 3], [2, 2], [1, 1])
    n, mean, rstd = a.native_layer_norm(x, [6, 5], x[0, 0] + 2, None, 1e-5)
    q, qm, qr = a.native_group_norm(x, x[0, :, 0, 0] + 1, None, 2, 4, 30, 2, 1e-5)
    rows = x.reshape(16, 15)
    return (*out, *turned, a.max_pool2d_with_indices_backward(m.sin(), x, [3, 3], [2, 2], [1, 1], [1, 1], False, at),
            a.avg_pool2d_backward(m.sin(), x, [3, 3], [2, 2], [1, 1], False, False, None), a._adaptive_avg_pool2d_backward(x[:, :, :4, :3].exp(), x),
            *a.native_layer_norm_backward(x.sin(), x, [6, 5], mean, rstd, x[0, 0] + 2, x[0, 0], [True, True, True]),
            *a.native_group_norm_backward(x.sin(), x, qm, qr, x[0, :, 0, 0] + 1, 2, 4, 30, 2, [True, True, True]),
            a.embedding_dense_backward(x[0], i.repeat(2, 1)[:, :6].repeat(2, 1), 4, 1, True), a._cdist_forward(rows, rows[:3] + 1, 2.0, None), a._pdist_forward(rows, 1.5),
            a._embedding_bag(rows, i.flatten(), torch.tensor([0, 2, 2, 5]), False, 1, False, None, False, 2)[0],
            a._embedding_bag(rows, i.flatten(), torch.tensor([0, 2, 2, 5]), False, 2)[0],
            (x * 1e-4).log1p() * 1e4, (x * 1e-4).expm1() * 1e4, a.randperm(9).sort()[0], rows.clone().resize_(5, 7))


# ---- what exports keep whole

def wholes(s, x, y, i):
    q = torch.tensor([0.2, 0.75])
    m, at = F.max_pool2d(y, 2, return_indices=True)
    return (torch.hstack([x, x]), torch.vstack([x[0], x[1]]), torch.dstack([x, x]), torch.column_stack([x[0], x.t()]), *torch.hsplit(x, [1, 3]), x.rot90(1),
            torch.diag_embed(x, 1), torch.diag(x[:, 0], -1), x[:, :3].trace(), torch.block_diag(x, x[0]), torch.triu_indices(3, 4, 1), torch.kron(x, x[:, :2]),
            torch.cartesian_prod(i, i), torch.tensordot(x, x, ([1], [1])), torch.inner(x, x), torch.cross(x[:, :3], x[:, 1:], dim=1), torch.linalg.inv(x[:, :3] @ x[:, :3].t() + torch.eye(3)),
            torch.linalg.norm(x), torch.linalg.norm(x, 1), torch.nansum(x), *x.cummax(1), x.logcumsumexp(0), *x.kthvalue(2, 1), x.quantile(q, 1), x.quantile(0.4),
            torch.histc(i.float(), 4, 0, 4), torch.bincount(i, minlength=6), *i.unique(return_inverse=True, return_counts=True), torch.unique_consecutive(i),
            F.cross_entropy(x, i[:3]), F.mse_loss(x, x * 2), F.binary_cross_entropy_with_logits(x, x.sigmoid()), F.smooth_l1_loss(x, x * 3), F.kl_div(x, x.softmax(1)),
            torch.logaddexp(x, -x), torch.logit(x.sigmoid()), torch.xlogy(x.abs(), x.exp()), torch.isclose(x, x + 1e-9), torch.isin(i, i[:2]), torch.erfinv(x.tanh()),
            torch.clamp(x, min=x * 0.5, max=x.abs()), torch.clamp_max(x, x[0]), torch.copysign(x.abs(), x), F.max_unpool2d(m, at, 2), F.avg_pool2d(y, 3, 2, 1, divisor_override=4),
            F.pairwise_distance(x, x + 1), torch.cdist(x, x[:2]), x.unfold(1, 2, 1), torch.searchsorted(x.sort(1)[0], x), x.take_along_dim(i[None, :2], 1))


# ---- control flow

def branches(s, x):
    from torch._higher_order_ops.cond import cond
    return cond(x.sum() > 0, lambda v: (v + 1, v.sum(0)), lambda v: (v * 2, v.amax(0)), (x,))


def loops(s, x):
    from torch._higher_order_ops.while_loop import while_loop
    return while_loop(lambda i, v: i < 4, lambda i, v: (i + 1, v * 1.5 + i), (torch.zeros((), dtype=torch.int64), x))


def scans(s, x):
    from torch._higher_order_ops.map import map as map_
    return map_(lambda row, w: row * w + 1, x, x[0].clone())


class Wrapped(nn.Module):
    """Graphs that torch.export keeps apart only because of the rules they are run under."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        with torch.no_grad():
            a = self.fc(x) + 1
            b = a.sin()
            with torch.enable_grad():
                b = b * x.shape[0]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=False):
            c = (a * b).relu()
        return c, a.abs() + 1


# ---- libraries' own operators

def vision(s, x, boxes, scores, offset):
    import torchvision.ops as ops
    rois = torch.cat([torch.zeros(3, 1), boxes[:3]], 1)
    return (ops.nms(boxes, scores, 0.4), ops.roi_align(x, rois, 3, 0.5, 2, True), ops.roi_align(x, rois, 2), ops.roi_pool(x, rois, 2, 0.5),
            ops.deform_conv2d(x, offset, s.weight, padding=1), ops.deform_conv2d(x, offset, s.weight, padding=1, mask=offset[:, :9].sigmoid()))


def quantised(s, x):
    q = torch.ops.quantized_decomposed
    a = q.quantize_per_tensor(x, 0.05, 3, -128, 127, torch.int8)
    b = q.quantize_per_tensor(x, 0.02, 100, 0, 127, torch.uint8)
    c = q.quantize_per_channel(s.weight, s.scales, s.zeros, 0, -127, 127, torch.int8)
    return (a, b, c, q.dequantize_per_tensor(a, 0.05, 3, -128, 127, torch.int8), q.dequantize_per_channel(c, s.scales, s.zeros, 0, -127, 127, torch.int8))


# By token and by group, and ranges found at run time, as dynamic quantisation leaves them.
def quantised_rows(s, x):
    q = torch.ops.quantized_decomposed
    scale, zero = q.choose_qparams_per_token_asymmetric(x, torch.int8)
    a = q.quantize_per_token(x, scale, zero, -128, 127, torch.int8)
    b = q.quantize_per_channel_group(s.weight, s.scales, s.zeros, -8, 7, torch.int8, 4)
    p, z = q.choose_qparams.tensor(x, -128, 127, 1e-5, torch.int8)
    r, _ = q.choose_qparams_symmetric.tensor(x, -127, 127, 1e-5, torch.int8)
    c = q.quantize_per_tensor.tensor(x, p, z, -128, 127, torch.int8)
    return (scale, zero, a, q.dequantize_per_token(a, scale, zero, -128, 127, torch.int8, torch.float32), b,
            q.dequantize_per_channel_group(b, s.scales, s.zeros, -8, 7, torch.int8, 4, torch.float32), p, z, r, c,
            q.dequantize_per_tensor.tensor(c, p, z, -128, 127, torch.int8))


# ---- special functions, and decompositions of matrices: of those what does not depend on signs

def specials(s, x):
    t, p = torch.special, x.sigmoid()
    return (torch.lgamma(x), torch.digamma(x), torch.i0(x * 9), t.i0e(x * 9), t.i1(x * 9), t.i1e(x * 9), t.ndtr(x), t.log_ndtr(x * 9), t.ndtri(p), t.erfcx(x * 9),
            torch.mvlgamma(p + 2, 3))


def factors(s, x):
    l = torch.linalg
    a = x @ x.transpose(1, 2) + torch.eye(4)
    q, r = l.qr(x)
    w, v = l.eigh(a)
    u, d, h = l.svd(x, full_matrices=False)
    tall = x.transpose(1, 2)
    return (l.cholesky(a), l.cholesky(a, upper=True), l.cholesky_ex(a)[1], q, r, *l.qr(tall), *l.qr(tall, mode="complete"), w, v @ torch.diag_embed(w) @ v.transpose(1, 2), l.eigvalsh(a),
            d, u @ torch.diag_embed(d) @ h, l.svdvals(tall), l.pinv(x), l.pinv(a, hermitian=True), torch.cholesky_solve(x, l.cholesky(a)))


# What lies in the other triangle, or on a diagonal of ones, is not read.
def systems(s, x, y):
    l = torch.linalg
    a = x + 2 * torch.eye(4)
    lu, pivots, info = l.lu_factor_ex(x)
    p, low, up = l.lu(y)
    old, exchanged = torch.lu_solve(y, lu, pivots), torch.linalg.lu_factor(y.transpose(1, 2))
    return (l.solve(a, y), l.solve(a, y[:, :, 0]), l.solve(a, y.transpose(1, 2), left=False), *l.solve_ex(a, y), lu, pivots, info, p, low, up,
            *torch.lu_unpack(lu, pivots), old, *exchanged, *l.lu(y.transpose(1, 2)), l.lu_solve(lu, pivots, y), l.lu_solve(lu, pivots, y, adjoint=True),
            l.lu_solve(lu, pivots, y.transpose(1, 2), left=False), l.lu_solve(lu, pivots, y.transpose(1, 2), left=False, adjoint=True),
            l.solve_triangular(a, y, upper=True), l.solve_triangular(a, y, upper=False, unitriangular=True), l.solve_triangular(a, y.transpose(1, 2), upper=True, left=False),
            *torch.triangular_solve(y, a), torch.triangular_solve(y, a, upper=False, transpose=True, unitriangular=True)[0], torch.cholesky_inverse(a), torch.cholesky_inverse(a, upper=True))


def positions(s, x):
    rows, columns = torch.where(x > 0)
    return rows, columns, x[rows, columns]


# ---- losses; what is put together where it is put; numbers between steps

def losses(s, x, share, t, rows, image, w):
    f = torch.nn.functional
    some = dict(weight=w, label_smoothing=0.2)
    return (f.cross_entropy(x, t), f.cross_entropy(x, t, label_smoothing=0.1), f.cross_entropy(x, t, ignore_index=2, **some), f.cross_entropy(x, t, reduction="sum", **some),
            f.cross_entropy(x, t, reduction="none", ignore_index=1, **some), f.cross_entropy(x[0], t[0], **some), f.cross_entropy(image, rows, **some),
            f.cross_entropy(x, share), f.cross_entropy(x, share, **some), f.cross_entropy(x, share, reduction="sum", **some), f.cross_entropy(x, share, reduction="none", weight=w),
            f.cross_entropy(image, f.softmax(image, 1), **some), f.cross_entropy(x[0], share[0], **some))


def put_together(s, x, i, rows):
    how = [(r, k) for r in ("sum", "prod", "mean", "amax", "amin") for k in (True, False)]
    whole = (x * 4).to(torch.int32)
    return (*(x.scatter_reduce(1, i, x * 2, r, include_self=k) for r, k in how), *(x.index_reduce(0, rows, x * 2, r, include_self=k) for r, k in how if r != "sum"),
            *(whole.scatter_reduce(0, i, whole, r, include_self=False) for r in ("sum", "amax", "amin")), torch.unique(whole), torch.unique(whole, return_counts=True)[1])


def between_steps(s, x):
    zeros = torch.tensor([1, 0, -2], dtype=torch.int32)
    return (torch.fake_quantize_per_tensor_affine(x, 0.1, 3, -128, 127), torch.fake_quantize_per_tensor_affine(x, 0.03, 9, 0, 15), torch.fake_quantize_per_tensor_affine(x, 0.01, 0, -200, 300),
            torch.fake_quantize_per_tensor_affine(x, torch.tensor(0.1), torch.tensor(2, dtype=torch.int32), 0, 255), torch.fake_quantize_per_channel_affine(x, torch.tensor([0.1, 0.2, 0.3]), zeros, 1, -127, 127))


def norms_and_sizes(s, x, image):
    f = torch.nn.functional
    return (torch.renorm(x, 2, 0, 1.0), torch.renorm(x, 1.5, 1, 2.0), *torch.linalg.slogdet(x[:, :, :3]), torch.linalg.det(x[:, :, :3]),
            *(f.interpolate(image, size=s, mode=m, antialias=True) for s in ((5, 13), (3, 4)) for m in ("bilinear", "bicubic")))


# Convolutions and pools of integers, and what wraps around.
def integers(s, x, w):
    small, bytes_ = x.int(), x.to(torch.uint8)
    return (F.conv2d(x, w, None, 2, 1), F.conv2d(small * 20000, w.int() * 20000, small[0, :1, 0, 0].repeat(3)), F.conv1d(x[:, :, 0], w[:, :, 0]),
            F.conv_transpose2d(x, w.transpose(0, 1)), *F.max_pool2d(x, 2, return_indices=True), F.max_pool2d(small, 3, 2, 1), F.max_pool2d(bytes_, 2),
            F.avg_pool2d(x, 2), F.avg_pool2d(x, 3, 2, 1, divisor_override=4))


def complex_systems(s, x, y):
    z, b = torch.complex(x, x.transpose(1, 2)), torch.complex(y, -y)
    l = torch.linalg
    return (torch.view_as_real(l.inv(z)), torch.view_as_real(l.solve(z, b)), torch.view_as_real(l.solve(z, b.transpose(1, 2), left=False).resolve_conj()),
            torch.view_as_real(l.solve(z[0], b[0, :, 0])), l.inv_ex(z)[1])


# ---- rows that are repeated, put, counted; writes by other shapes; losses between rows; images that end in corners

def repeats(s, x, n, i):
    r = torch.repeat_interleave
    y = x.clone()
    y.fill_diagonal_(7.0)
    z = x.clone()
    z.t_().add_(z * 0.5)
    u = x.clone()
    u.unsqueeze_(0).transpose_(1, 2)[0, 1] = 3
    return (r(x, n, 0, output_size=9), r(x, n, 0), r(n), r(x, n[:1], 1), r(x, torch.tensor([2, 0, 1]), 1), x.put(i, x[:2, 0]), x.put(i, x[:2, 0], accumulate=True), *(x * 2).round().mode(1),
            *x.round().mode(0, keepdim=True), torch.nanmedian(torch.where(x > 0, torch.nan, x)), *torch.nanmedian(torch.where(x > 0.5, torch.nan, x), 1), torch.combinations(x[0], 2), torch.combinations(n, 3, with_replacement=True),
            torch.logspace(-1, 2, 5), torch.logspace(0, 3, 4, base=2, dtype=torch.float64), torch.kaiser_window(6), torch.kaiser_window(5, False, beta=3.0), torch.ops.aten.nonzero_static(x > 0, size=5), y, z, z.flatten(), u,
            torch.as_strided_scatter(x, x[:2, :2] * 0, (2, 2), (3, 1), 1))


def rows_apart(s, x, y, t):
    f, sign = torch.nn.functional, y.sign()
    far = dict(margin=0.5, p=1.5, swap=True, reduction="none")
    return (f.cosine_embedding_loss(x, y, sign[:, 0]), f.cosine_embedding_loss(x, y, sign[:, 0], margin=0.2, reduction="none"), f.hinge_embedding_loss(x, sign), f.hinge_embedding_loss(x, sign, margin=0.3, reduction="sum"),
            f.poisson_nll_loss(x, y.abs() * 3), f.poisson_nll_loss(x.abs(), y.abs() * 3, log_input=False, full=True, reduction="none"), f.triplet_margin_loss(x, y, x + 1), f.triplet_margin_loss(x, y, x.flip(0), **far),
            f.multi_margin_loss(x, t), f.multi_margin_loss(x, t, p=2, margin=0.7, weight=x[0].abs(), reduction="none"), f.multi_margin_loss(x[0], t[0]), f.bilinear(x, y, torch.stack([x[:3, :3], y[:3, :3]]), x[0, :2]))


def corners(s, image, places):
    import torchvision
    sizes = (4, 5), (13, 20), (1, 3), (7, 2)
    return (*(F.interpolate(image, size=z, mode=m, antialias=True, align_corners=True) for m in ("bilinear", "bicubic") for z in sizes), torchvision.ops.ps_roi_align(image.repeat(1, 4, 1, 1), places, 2, 0.5, 2))


# ---- bins, ranks without NaN, functions of complex numbers

def bins(s, x, q, edges, image, rois):
    import torchvision
    y = x.clone()
    y[0, 1] = y[2] = float("nan")
    low, share = dict(interpolation="lower"), dict(interpolation="midpoint")
    ranks = (torch.nanquantile(y, 0.3), torch.nanquantile(y, q, dim=1), torch.nanquantile(y, q, dim=0, keepdim=True), torch.nanquantile(y, 0.25, dim=1, **low), torch.nanquantile(y, 0.7, dim=1, **share))
    return (*ranks, *torch.histogram(x, 7), *torch.histogram(x, 5, range=(-1.0, 1.5), weight=x.abs(), density=True), *torch.histogram(x, edges), torch.histc(x, 6), torch.histc(x * 0, 4),
            torchvision.ops.ps_roi_pool(image, rois, (2, 3), 0.5))


def complex_functions(s, x, y):
    z = torch.complex(x, y)
    one, lost = z[:, :1], torch.where(x > 0.5, torch.tensor(torch.nan), x) + 1j * y
    numbers = (z.sin(), z.cos(), z.tan(), z.sinh(), z.cosh(), z.tanh(), (z * 30).tanh(), z.sigmoid(), z.expm1(), (z * 1e-4).expm1() * 1e4, z.exp2(), z.log1p(), (z * 1e-4).log1p() * 1e4, z.log2(), z.log10(), z.rsqrt(), z.prod(), z.prod(1), z.prod(0, keepdim=True), z.cumprod(1),
               torch.addmm(z, one, z[:1], beta=0.5, alpha=2 - 1j), torch.addmv(z[:, 0], z, z[0]), torch.baddbmm(z[None], one[None], z[None, :1]), torch.addcmul(z, z, z.conj(), value=0.3j))
    return (*(torch.view_as_real(n.resolve_conj()) for n in numbers), lost.isnan(), (lost / 0).isinf(), lost.isfinite(), z.isreal())


# Squares of these numbers are beyond the largest, or below the smallest.
def complex_sizes(s, x, y):
    z = torch.complex(x, y)
    wide = z.to(torch.complex128)
    lengths = [(z * 1e25).abs() * 1e-25, (z * 1e-25).abs() * 1e25, (wide * 1e200).abs() * 1e-200, (wide * 1e-200).abs() * 1e200, (z * 0).abs(), (z / 0).abs()]
    numbers = [f(z * k) * (k**-0.5 if f is torch.sqrt else 1) for k in (1e25, 1e-25) for f in (torch.log, torch.sqrt, torch.sgn)]
    full = torch.complex(x.sign() * 3e38, y.sign() * 3e38)  # whose length is no number
    return (*lengths, *(torch.view_as_real(n) for n in (*numbers, full.log(), full.sqrt() * 1e-19, (wide * 1e200).log(), (wide * 1e-200).sqrt() * 1e100)))


# ---- torch.vmap, which torch.export leaves as marks around what is done to one sample

def samples(s, x, w, i):
    v, own = torch.vmap, lambda a: a.clone().mul_(2)[1:].cumsum(0)
    return (v(lambda a: a.sin() + a.mean())(x), v(torch.dot)(x, x), v(v(lambda a, b: a * b))(x, x), v(lambda a, b: a @ b, in_dims=(0, None))(x, w), v(lambda k: x[k] + 1)(i), v(lambda a: w.sum())(x), v(own)(x),
            v(lambda a, b: torch.where(a > b, a, 0.0), in_dims=1)(x, w.t()), v(lambda d: d["a"].softmax(0))({"a": x}))


# ---- bytes and what is packed in them; 16 bits whose weights have 32; where the largest stands

def packed(s, x, p, q):
    low, high = (p & 0xF).to(torch.int8) - 8, (p >> 4).to(torch.int8) - 8
    half = F.layer_norm(x.bfloat16(), (4,), x[0], x[1]).float()
    return (torch.stack([low, high], -1), p << 1, q << 2, q >> 1, torch._int_mm(q.repeat(6, 1), q.t().repeat(1, 2)), *torch.slogdet(x[:4]), half.round(), *F.adaptive_max_pool2d(x[None], (2, 3), return_indices=True),
            *F.adaptive_max_pool1d(x[None], 2, return_indices=True))


# ---- the list

def cases():
    r = torch.randn
    batch = Dim("batch", min=1, max=32)

    def case(name, model, args, dynamic=None, other=None):
        def make():
            torch.manual_seed(3)
            made = model()
            return made, tuple(a() for a in args), {}, (dynamic,) if dynamic and isinstance(made, Module) else dynamic
        return name, make, other

    def of(function, **parts):
        return lambda: Module(function, **{k: v() for k, v in parts.items()})

    yield case("layers", Layers, [lambda: r(2, 3, 9, 12)], ({0: batch},), lambda a, k: ((r(3, 3, 9, 12),), k))
    yield case("box_writes", of(box_writes), [lambda: r(3, 4), lambda: r(2, 3, 5, 6)])
    yield case("box_writes_any_size", of(box_writes), [lambda: r(3, 4), lambda: r(2, 3, 5, 6)],
               ({0: Dim("n", min=2, max=9)}, {2: Dim("h", min=4, max=99), 3: Dim("w", min=6, max=99)}),
               lambda a, k: ((r(5, 4), r(2, 3, 8, 7)), k))
    yield case("other_writes", of(other_writes), [lambda: r(3, 3)])
    yield case("counter", Counter, [lambda: r(3, 2)])
    yield case("sizes", of(sizes), [lambda: r(2, 3, 8, 6), lambda: r(64, 2)],
               ({0: batch, 2: 2 * Dim("half", min=2, max=50), 3: Dim("w", min=4, max=60)}, None), lambda a, k: ((r(3, 3, 10, 7), a[1]), k))
    yield case("data_sizes", of(data_sizes), [lambda: r(4, 5)])
    yield case("weights", Shared, [lambda: r(2, 6)])
    yield case("promotion", of(promotion), [lambda: r(4), lambda: torch.tensor([-3, 0, 2, 5]), lambda: torch.tensor([True, False, True, True])])
    yield case("elements", of(elements), [lambda: r(4, 3)])
    yield case("pools", of(pools), [lambda: r(2, 3, 7, 11), lambda: r(3, 4, 6, 6)])
    yield case("resizes", of(resizes), [lambda: r(1, 3, 7, 9)])
    yield case("reductions", of(reductions), [lambda: r(2, 3, 5)])
    yield case("arrangements", of(arrangements), [lambda: r(2, 3, 4)])
    yield case("indexing", of(indexing), [lambda: r(2, 3, 4), lambda: torch.tensor([1, 0]), lambda: torch.tensor([2, 1])])
    yield case("recurrent", Recurrent, [lambda: r(2, 6, 5)])
    yield case("projections", Projections, [lambda: r(2, 4, 5), lambda: r(4, 2, 3), lambda: r(4, 2, 6)])
    yield case("attention", Attention, [lambda: r(2, 2, 3, 8), lambda: r(2, 2, 5, 8), lambda: torch.tensor([[1, 1, 0, 1, 0]] * 3, dtype=torch.bool)])
    yield case("fourier", of(fourier), [lambda: r(2, 4, 6), lambda: r(2, 40)])
    yield case("squares", of(squares), [lambda: r(3, 3, 2), lambda: r(3, 3, 2)])
    yield case("running", of(running), [lambda: r(5, 3)], ({0: 2 * Dim("half", min=2, max=50) - 1},), lambda a, k: ((r(7, 3),), k))
    yield case("core_rest", of(core_rest), [lambda: r(2, 4, 6, 5), lambda: r(6, 2, 3, 2), lambda: torch.tensor([[0, 2, 1, 3, 1, 0]])])
    yield case("wholes", of(wholes), [lambda: r(3, 4), lambda: r(1, 2, 6, 6), lambda: torch.tensor([3, 0, 1, 1, 0])])
    yield case("branches", of(branches), [lambda: r(3, 4)])
    yield case("loops", of(loops), [lambda: r(3)])
    yield case("scans", of(scans), [lambda: r(4, 3)])
    yield case("wrapped", Wrapped, [lambda: r(2, 4)], ({0: batch},), lambda a, k: ((r(3, 4),), k))
    yield case("vision", of(vision, weight=lambda: r(4, 3, 3, 3)),
               [lambda: r(1, 3, 8, 8), lambda: torch.tensor([[0.0, 0, 4, 4], [0, 0, 4, 5], [3, 3, 7, 7], [1, 1, 2, 2]]),
                lambda: torch.tensor([0.5, 0.9, 0.3, 0.7]), lambda: r(1, 18, 8, 8)])
    yield case("quantised", of(quantised, weight=lambda: r(3, 4), scales=lambda: torch.tensor([0.1, 0.02, 0.05]), zeros=lambda: torch.tensor([0, 2, -3])), [lambda: r(3, 4)])
    yield case("quantised_rows", of(quantised_rows, weight=lambda: r(3, 8), scales=lambda: torch.rand(3, 2) * 0.1 + 0.2, zeros=lambda: torch.tensor([[0, 1], [-2, 3], [0, 0]], dtype=torch.int32)), [lambda: r(2, 3, 5) + 0.5])
    yield case("specials", of(specials), [lambda: r(5, 4) * 3])
    yield case("factors", of(factors), [lambda: r(2, 4, 3)])
    yield case("systems", of(systems), [lambda: r(2, 4, 4), lambda: r(2, 4, 3)])
    yield case("losses", of(losses), [lambda: r(4, 5), lambda: r(4, 5).softmax(1), lambda: torch.tensor([0, 2, 4, 1]), lambda: torch.tensor([[[0, 2], [4, 1]]]), lambda: r(1, 5, 2, 2), lambda: torch.rand(5) + 0.5])
    yield case("put_together", of(put_together), [lambda: r(3, 4), lambda: torch.tensor([[0, 2, 1, 0], [1, 1, 0, 2], [2, 2, 2, 0]]), lambda: torch.tensor([2, 0, 2])])
    yield case("between_steps", of(between_steps), [lambda: r(2, 3, 4) * 2])
    yield case("norms_and_sizes", of(norms_and_sizes), [lambda: r(2, 3, 4), lambda: r(1, 2, 7, 9)])
    yield case("positions", of(positions), [lambda: r(3, 4)])
    yield case("integers", of(integers), [lambda: torch.randint(-9, 10, (1, 2, 7, 7)), lambda: torch.randint(-5, 6, (3, 2, 3, 3))])
    yield case("complex_systems", of(complex_systems), [lambda: r(2, 3, 3), lambda: r(2, 3, 2)])
    yield case("slopes_and_divisors", of(slopes_and_divisors),
               [lambda: r(3, 4), lambda: torch.tensor([[12, -18, 0, 0, 7], [1836311903, 100, -3, 5, 1]]), lambda: torch.tensor([-8, 27, 5, 0, 3]), lambda: torch.tensor([0, 2, 0, 4, 2])])
    yield case("repeats", of(repeats), [lambda: r(4, 3), lambda: torch.tensor([1, 3, 3, 2]), lambda: torch.tensor([5, -1])])
    yield case("rows_apart", of(rows_apart), [lambda: r(4, 3), lambda: r(4, 3), lambda: torch.tensor([0, 2, 1, 2])])
    yield case("corners", of(corners), [lambda: r(1, 3, 7, 9), lambda: torch.tensor([[0, 1.0, 2, 9, 8], [0, 0.0, 0, 14, 12]])])
    yield case("packed", of(packed), [lambda: r(5, 4), lambda: torch.arange(0, 252, 21, dtype=torch.uint8).view(3, 4), lambda: torch.arange(-100, 92, 8, dtype=torch.int8).view(3, 8)])
    yield case("bins", of(bins), [lambda: r(4, 9), lambda: torch.tensor([0.1, 0.5, 0.93]), lambda: torch.tensor([-1.0, -0.2, 0.1, 0.7, 2.0]), lambda: r(1, 12, 9, 11),
                                  lambda: torch.tensor([[0, 1.0, 2, 13, 15], [0, -6.0, -5, 3, 40], [0, 30, 30, 35, 38]])])
    yield case("complex_functions", of(complex_functions), [lambda: r(3, 4), lambda: r(3, 4)])
    yield case("complex_sizes", of(complex_sizes), [lambda: r(3, 4), lambda: r(3, 4)])
    yield case("samples", of(samples), [lambda: r(5, 4), lambda: r(4, 5), lambda: torch.tensor([2, 0, 4])])
    yield case("parametrised", Parametrised, [lambda: r(2, 6), lambda: r(2, 3, 3) * 2, lambda: r(2, 4, 3), lambda: torch.rand(2, 3) + 0.5])
