# SPDX-License-Identifier: Apache-2.0
"""Writes the networks that are measured, as ONNX files with random weights: nothing is downloaded.

usage: networks.py FOLDER [NAME...]     environment: BATCH (1), PT2 (also write NAME.pt2, for PyTorch's own compiler)

Needs torch, torchvision and onnx. Weights are drawn so that activations keep their scale through the layers,
and batch normalisations are random, so that folding them is not trivial.
"""
import math
import os
import pathlib
import sys

import torch
import torchvision
from torch import nn
from torch.nn import functional

BATCH = int(os.environ.get("BATCH", "1"))
OPSET = 17
zoo = torchvision.models


def conv(inputs, outputs, kernel=1, stride=1):
    """Convolution, batch normalisation, SiLU: the brick of the YOLO family."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
                         nn.BatchNorm2d(outputs), nn.SiLU())


class CrossStage(nn.Module):
    """Half of the channels go through `depth` bottlenecks; every intermediate result is kept."""

    def __init__(self, inputs, outputs, depth, residual):
        super().__init__()
        half = outputs // 2
        self.half, self.residual = half, residual
        self.enter, self.leave = conv(inputs, outputs), conv((2 + depth) * half, outputs)
        self.steps = nn.ModuleList(nn.Sequential(conv(half, half, 3), conv(half, half, 3)) for _ in range(depth))

    def forward(self, x):
        kept = list(torch.split(self.enter(x), self.half, 1))
        for step in self.steps:
            y = step(kept[-1])
            kept.append(kept[-1] + y if self.residual else y)
        return self.leave(torch.cat(kept, 1))


class PoolPyramid(nn.Module):
    """Three max pools one behind the other, all of them kept."""

    def __init__(self, width):
        super().__init__()
        self.enter, self.leave = conv(width, width // 2), conv(2 * width, width)

    def forward(self, x):
        kept = [self.enter(x)]
        for _ in range(3):
            kept.append(functional.max_pool2d(kept[-1], 5, 1, 2))
        return self.leave(torch.cat(kept, 1))


class Detector(nn.Module):
    """The shape of YOLOv8n: backbone, two-way pyramid, decoupled heads, distances as softmax over 16 bins."""

    def __init__(self, size, classes=80):
        super().__init__()
        w = (16, 32, 64, 128, 256)
        self.classes = classes
        self.stage3 = nn.Sequential(conv(3, w[0], 3, 2), conv(w[0], w[1], 3, 2), CrossStage(w[1], w[1], 1, True),
                                    conv(w[1], w[2], 3, 2), CrossStage(w[2], w[2], 2, True))
        self.stage4 = nn.Sequential(conv(w[2], w[3], 3, 2), CrossStage(w[3], w[3], 2, True))
        self.stage5 = nn.Sequential(conv(w[3], w[4], 3, 2), CrossStage(w[4], w[4], 1, True), PoolPyramid(w[4]))
        self.up4 = CrossStage(w[4] + w[3], w[3], 1, False)
        self.up3 = CrossStage(w[3] + w[2], w[2], 1, False)
        self.down4, self.join4 = conv(w[2], w[2], 3, 2), CrossStage(w[2] + w[3], w[3], 1, False)
        self.down5, self.join5 = conv(w[3], w[3], 3, 2), CrossStage(w[3] + w[4], w[4], 1, False)
        self.box = nn.ModuleList(nn.Sequential(conv(c, 64, 3), conv(64, 64, 3), nn.Conv2d(64, 64, 1)) for c in w[2:])
        self.kind = nn.ModuleList(nn.Sequential(conv(c, 80, 3), conv(80, 80, 3), nn.Conv2d(80, classes, 1))
                                  for c in w[2:])
        centre, stride = [], []
        for step in (8, 16, 32):
            at = torch.arange(size // step) + 0.5
            rows, columns = torch.meshgrid(at, at, indexing="ij")
            centre.append(torch.stack((columns.flatten(), rows.flatten())))
            stride.append(torch.full((1, at.numel() ** 2), float(step)))
        self.register_buffer("centre", torch.cat(centre, 1)[None])
        self.register_buffer("stride", torch.cat(stride, 1)[None])
        self.register_buffer("bin", torch.arange(16.0).reshape(1, 16, 1, 1))

    def forward(self, x):
        c3 = self.stage3(x)
        c4 = self.stage4(c3)
        c5 = self.stage5(c4)
        p4 = self.up4(torch.cat((functional.interpolate(c5, scale_factor=2.0), c4), 1))
        p3 = self.up3(torch.cat((functional.interpolate(p4, scale_factor=2.0), c3), 1))
        p4 = self.join4(torch.cat((self.down4(p3), p4), 1))
        p5 = self.join5(torch.cat((self.down5(p4), c5), 1))
        maps, n = (p3, p4, p5), x.shape[0]
        box = torch.cat([head(m).reshape(n, 64, -1) for head, m in zip(self.box, maps)], 2)
        kind = torch.cat([head(m).reshape(n, self.classes, -1) for head, m in zip(self.kind, maps)], 2)
        side = (box.reshape(n, 4, 16, -1).transpose(1, 2).softmax(1) * self.bin).sum(1)
        low, high = self.centre - side[:, :2], self.centre + side[:, 2:]
        return torch.cat((torch.cat(((low + high) / 2, high - low), 1) * self.stride, kind.sigmoid()), 1)


class Block(nn.Module):
    """A transformer encoder layer, normalised behind its sums, as BERT has it."""

    def __init__(self, width, heads, inner):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.inner, self.outer = nn.Linear(width, inner), nn.Linear(inner, width)

    def split(self, x):
        return x.reshape(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        weight = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]), -1)
        mixed = (weight @ v).transpose(1, 2).reshape(x.shape)
        x = self.norm1(x + self.out(mixed))
        return self.norm2(x + self.outer(functional.gelu(self.inner(x))))


class Encoder(nn.Module):
    """The shape of BERT-base."""

    def __init__(self, layers=12, width=768, heads=12, inner=3072, words=30522, length=512):
        super().__init__()
        self.word, self.place, self.segment = (nn.Embedding(n, width) for n in (words, length, 2))
        self.norm = nn.LayerNorm(width)
        self.layers = nn.Sequential(*(Block(width, heads, inner) for _ in range(layers)))

    def forward(self, ids, segments):
        place = self.place(torch.arange(ids.shape[1]))
        return self.layers(self.norm(self.word(ids) + self.segment(segments) + place))


class CentreNet(nn.Module):
    """ResNet-50, three transposed convolutions, heat map with its local maxima, size and offset."""

    def __init__(self, classes=80):
        super().__init__()
        r = zoo.resnet50(weights=None)
        self.body = nn.Sequential(r.conv1, r.bn1, r.relu, r.maxpool, r.layer1, r.layer2, r.layer3, r.layer4)
        self.up = nn.Sequential(*(layer for c in (2048, 256, 256) for layer in (
            nn.ConvTranspose2d(c, 256, 4, 2, 1, bias=False), nn.BatchNorm2d(256), nn.ReLU())))
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Conv2d(256, 64, 3, 1, 1), nn.ReLU(), nn.Conv2d(64, c, 1)) for c in (classes, 2, 2))

    def forward(self, x):
        y = self.up(self.body(x))
        heat, size, offset = (head(y) for head in self.heads)
        heat = heat.sigmoid()
        peak = functional.max_pool2d(heat, 3, 1, 1) == heat
        return heat * peak.float(), size, offset


class Segmenter(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = zoo.segmentation.deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=21,
                                                       aux_loss=False)

    def forward(self, x):
        return self.net(x)["out"]


def image(size):
    return {"input": torch.rand(BATCH, 3, size, size)}


def tokens(length, words=30000):
    return {"ids": torch.randint(0, words, (BATCH, length)),
            "segments": torch.zeros(BATCH, length, dtype=torch.long)}


NETWORKS = {
    "resnet18": (lambda: zoo.resnet18(weights=None), lambda: image(224)),
    "resnet50": (lambda: zoo.resnet50(weights=None), lambda: image(224)),
    "vgg16": (lambda: zoo.vgg16(weights=None), lambda: image(224)),
    "mobilenet_v2": (lambda: zoo.mobilenet_v2(weights=None), lambda: image(224)),
    "mobilenet_v3_large": (lambda: zoo.mobilenet_v3_large(weights=None), lambda: image(224)),
    "efficientnet_b0": (lambda: zoo.efficientnet_b0(weights=None), lambda: image(224)),
    "yolov8n_640": (lambda: Detector(640), lambda: image(640)),
    "bert_base_128": (Encoder, lambda: tokens(128)),
    "bert_base_384": (Encoder, lambda: tokens(384)),
    "centernet_r50_512": (CentreNet, lambda: image(512)),
    "deeplabv3_r50_520": (Segmenter, lambda: image(520)),
}
GROWTH = {f"encoder_{n}": (lambda: Encoder(layers=2, words=1000), lambda n=n: tokens(n, 1000))
          for n in (32, 64, 128, 256, 512)}


def randomise(network):
    """Weights that keep the scale of activations; statistics and factors of normalisations near one."""
    for m in network.modules():
        if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.kaiming_normal_(m.weight)
        if isinstance(m, nn.BatchNorm2d):
            nn.init.uniform_(m.running_mean, -0.1, 0.1)
            nn.init.uniform_(m.running_var, 0.8, 1.2)
            nn.init.uniform_(m.weight, 0.5, 0.9)
            nn.init.uniform_(m.bias, -0.1, 0.1)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or NETWORKS:
        torch.manual_seed(0)
        make, inputs = {**NETWORKS, **GROWTH}[name]
        network, x = make().eval(), inputs()
        randomise(network)
        path = folder / f"{name}{'' if BATCH == 1 else f'_b{BATCH}'}.onnx"
        with torch.no_grad():
            torch.onnx.export(network, tuple(x.values()), str(path), input_names=list(x), opset_version=OPSET,
                              do_constant_folding=True, dynamo=False)
            if os.environ.get("PT2"):
                torch.export.save(torch.export.export(network, tuple(x.values())), path.with_suffix(".pt2"))
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main()
