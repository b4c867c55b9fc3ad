#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_networks.py - what PyTorch computes for the networks of examples/networks/, with made-up weights.

Every parameter and buffer is filled by the formula of docs/design/014-networks-by-hand.md from its name in the
state dict, inputs by a formula of their own; the C programs do the same. Of each output 64 elements, evenly
spread, are written to examples/networks/expected/NAME.npy. Needs torch, torchvision, transformers.

usage: make_networks.py [NAME...]       writes the expected values
       make_networks.py --pth NAME FILE a checkpoint with the same weights
"""
import sys
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision
from torchvision.ops import DeformConv2d

SEED, SAMPLES = 1, 64
EXPECTED = Path(__file__).resolve().parent.parent / "examples/networks/expected"


# ---- made-up weights and inputs

def mix(z):
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def made_up(name, shape, seed=SEED):
    fnv = 0xCBF29CE484222325
    for byte in name.encode():
        fnv = ((fnv ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        key = np.uint64(fnv) ^ mix(np.uint64(seed))
        i = np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64)
        bits = mix(key + i * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    u = bits.astype(np.float32) * np.float32(2**-24)
    if len(shape) >= 2:
        scale, shift = 2 * np.sqrt((6 if len(shape) > 2 else 3) / int(np.prod(shape[1:]))), -0.5
    elif name.endswith(("weight", "running_var")):
        scale, shift = 1, 0.5
    else:
        scale, shift = 0.2, -0.5
    return (np.float32(scale) * (u + np.float32(shift))).reshape(shape)


def fill(model):
    state = OrderedDict()
    for name, t in model.state_dict().items():
        made = torch.from_numpy(np.ascontiguousarray(made_up(name, tuple(t.shape))))
        state[name] = made if t.dtype == torch.float32 else t
    model.load_state_dict(state)
    return model.eval()


def image(*shape):
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return torch.from_numpy((((i * 7919 + 13) % 1000).astype(np.float32) / np.float32(500) - np.float32(1))
                            .reshape(shape))


def tokens(count, *shape):
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return torch.from_numpy(((i * 7919 + 13) % count).reshape(shape))


# ---- own definitions: the ones that people carry around

class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x.flatten(1))))))


class CenterHead(nn.ModuleDict):
    def __init__(self, channels, hidden):
        def head(n):
            return nn.Sequential(nn.Conv2d(channels, hidden, 3, padding=1), nn.ReLU(), nn.Conv2d(hidden, n, 1))
        super().__init__({"hm": head(80), "wh": head(2), "reg": head(2)})


class CenterNetResNet50(nn.Module):
    def __init__(self):
        super().__init__()
        r = torchvision.models.resnet50(weights=None)
        self.backbone = nn.Sequential(OrderedDict(
            (k, getattr(r, k)) for k in "conv1 bn1 relu maxpool layer1 layer2 layer3 layer4".split()))
        up, c = [], 2048
        for _ in range(3):
            up += [nn.ConvTranspose2d(c, 256, 4, 2, 1, bias=False), nn.BatchNorm2d(256), nn.ReLU()]
            c = 256
        self.upsampler = nn.ModuleDict({"deconv_layers": nn.Sequential(*up)})
        self.head = CenterHead(256, 64)

    def forward(self, x):
        x = self.upsampler["deconv_layers"](self.backbone(x))
        return torch.sigmoid(self.head["hm"](x)), self.head["wh"](x), self.head["reg"](x)


class DlaBlock(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout)
        self.conv2, self.bn2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout)

    def forward(self, x, residual=None):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if residual is None else residual))


class DlaRoot(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(cin, cout, 1, bias=False), nn.BatchNorm2d(cout)

    def forward(self, *x):
        return F.relu(self.bn(self.conv(torch.cat(x, 1))))


class DlaTree(nn.Module):
    def __init__(self, levels, cin, cout, stride=1, level_root=False, root_dim=0):
        super().__init__()
        root_dim = (root_dim or 2 * cout) + (cin if level_root else 0)
        self.levels, self.level_root, self.stride = levels, level_root, stride
        if levels == 1:
            self.tree1, self.tree2 = DlaBlock(cin, cout, stride), DlaBlock(cout, cout, 1)
            self.root = DlaRoot(root_dim, cout)
        else:
            self.tree1 = DlaTree(levels - 1, cin, cout, stride)
            self.tree2 = DlaTree(levels - 1, cout, cout, root_dim=root_dim + cout)
        if cin != cout:
            self.project = nn.Sequential(nn.Conv2d(cin, cout, 1, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x, residual=None, children=None):
        children = [] if children is None else children
        bottom = F.max_pool2d(x, self.stride) if self.stride > 1 else x
        residual = self.project(bottom) if hasattr(self, "project") else bottom
        if self.level_root:
            children.append(bottom)
        if self.levels == 1:
            x1 = self.tree1(x, residual)
            return self.root(self.tree2(x1), x1, *children)
        x1 = self.tree1(x, residual)
        children.append(x1)
        return self.tree2(x1, children=children)


def conv_bn_relu(cin, cout, kernel, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(cout), nn.ReLU())


class Dla34(nn.Module):
    def __init__(self):
        super().__init__()
        c = [16, 32, 64, 128, 256, 512]
        self.base_layer = conv_bn_relu(3, c[0], 7)
        self.level0, self.level1 = conv_bn_relu(c[0], c[0], 3), conv_bn_relu(c[0], c[1], 3, 2)
        self.level2 = DlaTree(1, c[1], c[2], 2)
        self.level3 = DlaTree(2, c[2], c[3], 2, True)
        self.level4 = DlaTree(2, c[3], c[4], 2, True)
        self.level5 = DlaTree(1, c[4], c[5], 2, True)

    def forward(self, x):
        x, y = self.base_layer(x), []
        for i in range(6):
            x = getattr(self, f"level{i}")(x)
            y.append(x)
        return y


class Dcn(nn.Module):
    """DCNv2: offsets and a mask from a convolution of the input."""

    def __init__(self, cin, cout):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(cout, cin, 3, 3)), nn.Parameter(torch.empty(cout))
        self.conv_offset_mask = nn.Conv2d(cin, 27, 3, 1, 1)

    def forward(self, x):
        a, b, mask = torch.chunk(self.conv_offset_mask(x), 3, 1)
        return torchvision.ops.deform_conv2d(x, torch.cat((a, b), 1), self.weight, self.bias, padding=1,
                                             mask=torch.sigmoid(mask))


class DeformConv(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv, self.actf = Dcn(cin, cout), nn.Sequential(nn.BatchNorm2d(cout), nn.ReLU())

    def forward(self, x):
        return self.actf(self.conv(x))


class IdaUp(nn.Module):
    def __init__(self, out, channels, factors):
        super().__init__()
        for i in range(1, len(channels)):
            f = factors[i]
            setattr(self, f"proj_{i}", DeformConv(channels[i], out))
            setattr(self, f"node_{i}", DeformConv(out, out))
            setattr(self, f"up_{i}", nn.ConvTranspose2d(out, out, f * 2, f, f // 2, groups=out, bias=False))

    def forward(self, layers, start, end):
        for i in range(start + 1, end):
            k = i - start
            layers[i] = getattr(self, f"up_{k}")(getattr(self, f"proj_{k}")(layers[i]))
            layers[i] = getattr(self, f"node_{k}")(layers[i] + layers[i - 1])


class DlaUp(nn.Module):
    def __init__(self, start, channels, scales):
        super().__init__()
        self.start = start
        inc, scales = list(channels), list(scales)
        for i in range(len(channels) - 1):
            j = -i - 2
            setattr(self, f"ida_{i}", IdaUp(channels[j], inc[j:], [s // scales[j] for s in scales[j:]]))
            scales[j + 1:] = [scales[j]] * len(scales[j + 1:])
            inc[j + 1:] = [channels[j]] * len(inc[j + 1:])

    def forward(self, layers):
        out = [layers[-1]]
        for i in range(len(layers) - self.start - 1):
            getattr(self, f"ida_{i}")(layers, len(layers) - i - 2, len(layers))
            out.insert(0, layers[-1])
        return out


class CenterNetDla34(nn.Module):
    def __init__(self):
        super().__init__()
        c = [64, 128, 256, 512]
        self.base = Dla34()
        self.dla_up = DlaUp(2, c, [1, 2, 4, 8])
        self.ida_up = IdaUp(64, c[:3], [1, 2, 4])
        for name, n in (("hm", 80), ("wh", 2), ("reg", 2)):
            setattr(self, name, nn.Sequential(nn.Conv2d(64, 256, 3, 1, 1), nn.ReLU(), nn.Conv2d(256, n, 1)))

    def forward(self, x):
        y = self.dla_up(self.base(x))
        y = [y[i].clone() for i in range(3)]
        self.ida_up(y, 0, 3)
        return torch.sigmoid(self.hm(y[-1])), self.wh(y[-1]), self.reg(y[-1])


class YoloConv(nn.Module):
    def __init__(self, cin, cout, k=1, s=1):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(cin, cout, k, s, k // 2, bias=False), nn.BatchNorm2d(cout, eps=1e-3)

    def forward(self, x):
        return F.silu(self.bn(self.conv(x)))


class YoloBottleneck(nn.Module):
    def __init__(self, c, shortcut):
        super().__init__()
        self.cv1, self.cv2, self.add = YoloConv(c, c, 3), YoloConv(c, c, 3), shortcut

    def forward(self, x):
        y = self.cv2(self.cv1(x))
        return x + y if self.add else y


class C2f(nn.Module):
    def __init__(self, cin, cout, n, shortcut=False):
        super().__init__()
        c = cout // 2
        self.cv1, self.cv2 = YoloConv(cin, 2 * c), YoloConv((2 + n) * c, cout)
        self.m = nn.ModuleList(YoloBottleneck(c, shortcut) for _ in range(n))

    def forward(self, x):
        y = list(self.cv1(x).chunk(2, 1))
        for m in self.m:
            y.append(m(y[-1]))
        return self.cv2(torch.cat(y, 1))


class SPPF(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.cv1, self.cv2 = YoloConv(cin, cin // 2), YoloConv(cin * 2, cout)

    def forward(self, x):
        y = [self.cv1(x)]
        for _ in range(3):
            y.append(F.max_pool2d(y[-1], 5, 1, 2))
        return self.cv2(torch.cat(y, 1))


class Detect(nn.Module):
    def __init__(self, classes, channels):
        super().__init__()
        c2, c3 = max(16, channels[0] // 4, 64), max(channels[0], min(classes, 100))
        self.cv2 = nn.ModuleList(nn.Sequential(YoloConv(c, c2, 3), YoloConv(c2, c2, 3), nn.Conv2d(c2, 64, 1)) for c in channels)
        self.cv3 = nn.ModuleList(nn.Sequential(YoloConv(c, c3, 3), YoloConv(c3, c3, 3), nn.Conv2d(c3, classes, 1)) for c in channels)
        self.dfl = nn.ModuleDict({"conv": nn.Conv2d(16, 1, 1, bias=False)})

    def forward(self, xs):
        boxes, scores, points, strides = [], [], [], []
        for i, x in enumerate(xs):
            n, _, h, w = x.shape
            boxes.append(self.cv2[i](x).view(n, 64, -1))
            scores.append(self.cv3[i](x).view(n, -1, h * w))
            gy, gx = torch.meshgrid(torch.arange(h) + 0.5, torch.arange(w) + 0.5, indexing="ij")
            points.append(torch.stack((gx, gy)).view(2, -1))
            strides.append(torch.full((1, h * w), 8.0 * 2**i))
        box, score = torch.cat(boxes, 2), torch.cat(scores, 2).sigmoid()
        points, strides = torch.cat(points, 1), torch.cat(strides, 1)
        n, _, a = box.shape
        d = self.dfl["conv"](box.view(n, 4, 16, a).transpose(2, 1).softmax(1)).view(n, 4, a)
        lt, rb = d.chunk(2, 1)
        return torch.cat((points - lt, points + rb), 1) * strides, score


class YoloV8n(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = nn.ModuleList([
            YoloConv(3, 16, 3, 2), YoloConv(16, 32, 3, 2), C2f(32, 32, 1, True), YoloConv(32, 64, 3, 2),
            C2f(64, 64, 2, True), YoloConv(64, 128, 3, 2), C2f(128, 128, 2, True), YoloConv(128, 256, 3, 2),
            C2f(256, 256, 1, True), SPPF(256, 256), nn.Identity(), nn.Identity(), C2f(384, 128, 1), nn.Identity(),
            nn.Identity(), C2f(192, 64, 1), YoloConv(64, 64, 3, 2), nn.Identity(), C2f(192, 128, 1),
            YoloConv(128, 128, 3, 2), nn.Identity(), C2f(384, 256, 1), Detect(80, (64, 128, 256))])
        with torch.no_grad():
            self.model[22].dfl["conv"].weight.copy_(torch.arange(16.0).view(1, 16, 1, 1))

    def forward(self, x):
        m = self.model
        x = m[2](m[1](m[0](x)))
        p3 = m[4](m[3](x))
        p4 = m[6](m[5](p3))
        p5 = m[9](m[8](m[7](p4)))
        up = lambda t: F.interpolate(t, scale_factor=2)
        n4 = m[12](torch.cat((up(p5), p4), 1))
        o3 = m[15](torch.cat((up(n4), p3), 1))
        o4 = m[18](torch.cat((m[16](o3), n4), 1))
        o5 = m[21](torch.cat((m[19](o4), p5), 1))
        boxes, scores = m[22]([o3, o4, o5])
        return boxes, scores


class UNet(nn.Module):
    """The one of milesial/Pytorch-UNet, bilinear."""

    def __init__(self):
        super().__init__()

        def double(cin, cout, mid=None):
            mid = mid or cout
            return nn.ModuleDict({"double_conv": nn.Sequential(
                nn.Conv2d(cin, mid, 3, padding=1, bias=False), nn.BatchNorm2d(mid), nn.ReLU(),
                nn.Conv2d(mid, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU())})
        self.inc = double(3, 64)
        for i, (a, b) in enumerate(((64, 128), (128, 256), (256, 512), (512, 512))):
            setattr(self, f"down{i + 1}", nn.ModuleDict({"maxpool_conv": nn.ModuleList([nn.Identity(), double(a, b)])}))
        for i, (a, b) in enumerate(((1024, 256), (512, 128), (256, 64), (128, 64))):
            setattr(self, f"up{i + 1}", nn.ModuleDict({"conv": double(a, b, a // 2)}))
        self.outc = nn.ModuleDict({"conv": nn.Conv2d(64, 2, 1)})

    def forward(self, x):
        skips = [self.inc["double_conv"](x)]
        for i in range(1, 5):
            skips.append(getattr(self, f"down{i}")["maxpool_conv"][1]["double_conv"](F.max_pool2d(skips[-1], 2)))
        x = skips.pop()
        for i in range(1, 5):
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
            x = getattr(self, f"up{i}")["conv"]["double_conv"](torch.cat((skips.pop(), x), 1))
        return self.outc["conv"](x)


class FaceConv(nn.Module):
    def __init__(self, cin, cout, k=1, s=1, p=0, groups=1, act=True):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(cin, cout, k, s, p, groups=groups, bias=False), nn.BatchNorm2d(cout)
        if act:
            self.prelu = nn.PReLU(cout)

    def forward(self, x):
        x = self.bn(self.conv(x))
        return self.prelu(x) if hasattr(self, "prelu") else x


class DepthWise(nn.Module):
    def __init__(self, cin, cout, stride, groups, residual=False):
        super().__init__()
        self.conv, self.residual = FaceConv(cin, groups), residual
        self.conv_dw, self.project = FaceConv(groups, groups, 3, stride, 1, groups), FaceConv(groups, cout, act=False)

    def forward(self, x):
        y = self.project(self.conv_dw(self.conv(x)))
        return x + y if self.residual else y


class Residual(nn.Module):
    def __init__(self, c, n, groups):
        super().__init__()
        self.model = nn.Sequential(*[DepthWise(c, c, 1, groups, True) for _ in range(n)])

    def forward(self, x):
        return self.model(x)


class MobileFaceNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2_dw = FaceConv(3, 64, 3, 2, 1), FaceConv(64, 64, 3, 1, 1, 64)
        self.conv_23, self.conv_3 = DepthWise(64, 64, 2, 128), Residual(64, 4, 128)
        self.conv_34, self.conv_4 = DepthWise(64, 128, 2, 256), Residual(128, 6, 256)
        self.conv_45, self.conv_5 = DepthWise(128, 128, 2, 512), Residual(128, 2, 256)
        self.conv_6_sep, self.conv_6_dw = FaceConv(128, 512), FaceConv(512, 512, 7, 1, 0, 512, act=False)
        self.linear, self.bn = nn.Linear(512, 512, bias=False), nn.BatchNorm1d(512)

    def forward(self, x):
        for name in "conv1 conv2_dw conv_23 conv_3 conv_34 conv_4 conv_45 conv_5 conv_6_sep conv_6_dw".split():
            x = getattr(self, name)(x)
        return F.normalize(self.bn(self.linear(x.flatten(1))))


class Crnn(nn.Module):
    """The one of meijieru/crnn.pytorch."""

    def __init__(self, classes=37, hidden=256):
        super().__init__()
        cnn, c = nn.Sequential(), 1
        for i, (n, k, p) in enumerate(((64, 3, 1), (128, 3, 1), (256, 3, 1), (256, 3, 1), (512, 3, 1), (512, 3, 1), (512, 2, 0))):
            cnn.add_module(f"conv{i}", nn.Conv2d(c, n, k, 1, p))
            if i in (2, 4, 6):
                cnn.add_module(f"batchnorm{i}", nn.BatchNorm2d(n))
            cnn.add_module(f"relu{i}", nn.ReLU())
            if i in (0, 1):
                cnn.add_module(f"pooling{i}", nn.MaxPool2d(2, 2))
            if i in (3, 5):
                cnn.add_module(f"pooling{i - 1}", nn.MaxPool2d((2, 2), (2, 1), (0, 1)))
            c = n
        self.cnn = cnn
        self.rnn = nn.ModuleList(nn.ModuleDict({"rnn": nn.LSTM(a, hidden, bidirectional=True),
                                                "embedding": nn.Linear(2 * hidden, b)})
                                 for a, b in ((512, hidden), (hidden, classes)))

    def forward(self, x):
        x = self.cnn(x).squeeze(2).permute(2, 0, 1)
        for m in self.rnn:
            x = m["embedding"](m["rnn"](x)[0])
        return x


# ---- what is run

def vit_small():
    return torchvision.models.VisionTransformer(image_size=32, patch_size=16, num_layers=2, num_heads=12,
                                                hidden_dim=768, mlp_dim=3072)


def bert_small():
    from transformers import BertConfig, BertModel
    c = BertConfig(vocab_size=100, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128,
                   max_position_embeddings=32)
    c._attn_implementation = "eager"
    return BertModel(c)


class Bert(nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = bert_small()

    def state_dict(self, *a, **k):
        return self.bert.state_dict(*a, **k)

    def load_state_dict(self, s):
        return self.bert.load_state_dict(s)

    def forward(self, ids):
        mask = torch.ones_like(ids)
        mask[1, 6:] = 0  # the second sentence is shorter
        out = self.bert(input_ids=ids, attention_mask=mask, token_type_ids=torch.zeros_like(ids))
        return out.last_hidden_state, out.pooler_output


class Gpt2(Bert):
    def __init__(self):
        nn.Module.__init__(self)
        from transformers import GPT2Config, GPT2LMHeadModel
        c = GPT2Config(vocab_size=100, n_positions=32, n_embd=64, n_layer=2, n_head=4)
        c._attn_implementation = "eager"
        self.bert = GPT2LMHeadModel(c)

    def state_dict(self, *a, **k):
        s = self.bert.state_dict(*a, **k)
        s.pop("lm_head.weight", None)  # tied to wte
        return s

    def load_state_dict(self, s):
        return self.bert.load_state_dict(s, strict=False)

    def forward(self, ids, past):
        from transformers import DynamicCache
        cache = DynamicCache()
        for i in range(2):
            cache.update(past[2 * i], past[2 * i + 1], i)
        out = self.bert(input_ids=ids, past_key_values=cache, use_cache=True)
        present = out.past_key_values
        layers = [(l.keys, l.values) for l in present.layers] if hasattr(present, "layers") else list(present.to_legacy_cache())
        return [out.logits] + [t for kv in layers for t in kv]


NETWORKS = {
    "lenet": (LeNet, lambda: [image(2, 1, 28, 28)]),
    "resnet18": (lambda: torchvision.models.resnet18(weights=None), lambda: [image(2, 3, 64, 64)]),
    "resnet50": (lambda: torchvision.models.resnet50(weights=None), lambda: [image(2, 3, 64, 64)]),
    "mobilenet_v3": (lambda: torchvision.models.mobilenet_v3_large(weights=None), lambda: [image(2, 3, 64, 64)]),
    "centernet_resnet50": (CenterNetResNet50, lambda: [image(1, 3, 64, 64)]),
    "centernet_dla34": (CenterNetDla34, lambda: [image(1, 3, 64, 64)]),
    "yolov8n": (YoloV8n, lambda: [image(1, 3, 64, 64)]),
    "deeplabv3_resnet50": (lambda: torchvision.models.segmentation.deeplabv3_resnet50(weights=None, weights_backbone=None),
                           lambda: [image(1, 3, 64, 64)]),
    "unet": (UNet, lambda: [image(1, 3, 32, 32)]),
    "mobilefacenet": (MobileFaceNet, lambda: [image(2, 3, 112, 112)]),
    "crnn": (Crnn, lambda: [image(2, 1, 32, 40)]),
    "vit_b_16": (vit_small, lambda: [image(2, 3, 32, 32)]),
    "bert_base": (Bert, lambda: [tokens(100, 2, 8)]),
    "gpt2": (Gpt2, lambda: [tokens(100, 2, 4), [image(2, 4, 2, 16) for _ in range(4)]]),
}


def build(name):
    torch.manual_seed(0)
    model = fill(NETWORKS[name][0]())
    if name == "yolov8n":  # not a weight but 0..15
        model.model[22].dfl["conv"].weight.data = torch.arange(16.0).view(1, 16, 1, 1)
    return model


def sample(t):
    flat = t.detach().to(torch.float32).numpy().ravel()
    n = min(SAMPLES, flat.size)
    return flat[(np.arange(n, dtype=np.int64) * flat.size) // n]


def outputs(name):
    with torch.no_grad():
        out = build(name)(*NETWORKS[name][1]())
    if isinstance(out, dict):
        out = [out["out"]]
    if name == "yolov8n":
        out = [*out, suppress(*out)]
    return list(out) if isinstance(out, (list, tuple)) else [out]


def suppress(boxes, scores, overlap=0.7, least=0.25, most=300):
    """(image, class, box) of what non-maximum suppression leaves, class by class, best first."""
    rows = []
    for label, score in enumerate(scores[0]):
        above = torch.nonzero(score > least).flatten()
        kept = above[torchvision.ops.nms(boxes[0].T[above], score[above], overlap)][:most]
        rows += [(0, label, int(i)) for i in kept]
    return torch.tensor(rows)


def main(names):
    if names[:1] == ["--pth"]:
        torch.save(build(names[1]).state_dict(), names[2])
        return
    EXPECTED.mkdir(exist_ok=True)
    for name in names or NETWORKS:
        out = outputs(name)
        np.save(EXPECTED / f"{name}.npy", np.concatenate([sample(t) for t in out]))
        print(name, [tuple(t.shape) for t in out], f"largest {max(float(t.abs().max()) for t in out):.3g}")


if __name__ == "__main__":
    main(sys.argv[1:])
