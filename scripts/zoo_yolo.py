# SPDX-License-Identifier: Apache-2.0
# zoo_yolo.py - graphs as ultralytics' detectors export them, in small: the blocks of YOLOv5 (C3, Focus-like stem),
# v8 (C2f), v10 (SCDown, CIB, PSA, one box per object, top-k inside), 11 (C3k2, C2PSA) and the heads of detection,
# segmentation, pose and rotated boxes. For zoo_cases.py.
import torch
import torch.nn as nn
import torch.nn.functional as F

from make_networks import C2f, SPPF, YoloBottleneck, YoloConv, YoloV8n


def dw(c, k=3, s=1):
    conv = YoloConv(c, c, k, s)
    conv.conv = nn.Conv2d(c, c, k, s, k // 2, groups=c, bias=False)
    return conv


class C3(nn.Module):
    def __init__(self, cin, cout, n=1, shortcut=True):
        super().__init__()
        c = cout // 2
        self.cv1, self.cv2, self.cv3 = YoloConv(cin, c), YoloConv(cin, c), YoloConv(2 * c, cout)
        self.m = nn.Sequential(*(YoloBottleneck(c, shortcut) for _ in range(n)))

    def forward(self, x):
        return self.cv3(torch.cat((self.m(self.cv1(x)), self.cv2(x)), 1))


class C3k2(C2f):
    def __init__(self, cin, cout, n=1):
        super().__init__(cin, cout, n)
        self.m = nn.ModuleList(C3(cout // 2, cout // 2, 2) for _ in range(n))


class Cib(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.cv1 = nn.Sequential(dw(c), YoloConv(c, 2 * c), dw(2 * c, 7), YoloConv(2 * c, c), dw(c))

    def forward(self, x):
        return x + self.cv1(x)


class Attention(nn.Module):
    def __init__(self, c, heads=2):
        super().__init__()
        self.heads, self.head, self.key = heads, c // heads, c // heads // 2
        self.qkv = nn.Conv2d(c, c + 2 * heads * self.key, 1)
        self.proj, self.pe = nn.Conv2d(c, c, 1), nn.Conv2d(c, c, 3, 1, 1, groups=c)

    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = self.qkv(x).view(b, self.heads, self.key * 2 + self.head, h * w).split([self.key, self.key, self.head], dim=2)
        attention = ((q.transpose(-2, -1) @ k) * self.key**-0.5).softmax(dim=-1)
        return self.proj((v @ attention.transpose(-2, -1)).view(b, c, h, w) + self.pe(v.reshape(b, c, h, w)))


class C2Psa(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c // 2
        self.cv1, self.cv2, self.attn = YoloConv(c, c), YoloConv(c, c), Attention(self.c)
        self.ffn = nn.Sequential(YoloConv(self.c, c), nn.Conv2d(c, self.c, 1))

    def forward(self, x):
        a, b = self.cv1(x).split((self.c, self.c), dim=1)
        b = b + self.attn(b)
        return self.cv2(torch.cat((a, b + self.ffn(b)), 1))


class Head(nn.Module):
    """Boxes as distributions of distances; `extra` channels beside them for masks, key points or angles."""

    def __init__(self, channels, classes=5, extra=0):
        super().__init__()
        self.cv2 = nn.ModuleList(nn.Sequential(YoloConv(c, 16, 3), nn.Conv2d(16, 64, 1)) for c in channels)
        self.cv3 = nn.ModuleList(nn.Sequential(dw(c), YoloConv(c, 16), nn.Conv2d(16, classes, 1)) for c in channels)
        self.cv4 = nn.ModuleList(nn.Sequential(YoloConv(c, 16, 3), nn.Conv2d(16, extra, 1)) for c in channels) if extra else None
        for layers in self.cv3:  # scores that are not all nearly the same
            nn.init.normal_(layers[-1].weight, std=0.5)
        self.project = nn.Conv2d(16, 1, 1, bias=False).requires_grad_(False)
        self.project.weight.copy_(torch.arange(16.0).view(1, 16, 1, 1))

    def anchors(self, maps):
        points, strides = [], []
        for i, x in enumerate(maps):
            h, w = x.shape[2:]
            sx, sy = torch.arange(w, device=x.device, dtype=x.dtype) + 0.5, torch.arange(h, device=x.device, dtype=x.dtype) + 0.5
            sy, sx = torch.meshgrid(sy, sx, indexing="ij")
            points.append(torch.stack((sx, sy), -1).view(-1, 2))
            strides.append(torch.full((h * w, 1), 8.0 * 2**i, dtype=x.dtype, device=x.device))
        return torch.cat(points).transpose(0, 1), torch.cat(strides).transpose(0, 1)

    def flat(self, layers, maps):
        return torch.cat([f(x).view(x.shape[0], -1, x.shape[2] * x.shape[3]) for f, x in zip(layers, maps)], 2)

    def forward(self, maps):
        points, strides = self.anchors(maps)
        boxes, scores = self.flat(self.cv2, maps), self.flat(self.cv3, maps).sigmoid()
        b, _, a = boxes.shape
        d = self.project(boxes.view(b, 4, 16, a).transpose(2, 1).softmax(1)).view(b, 4, a)
        lt, rb = d.chunk(2, 1)
        extra = self.flat(self.cv4, maps) if self.cv4 else None
        return lt, rb, points, strides, scores, extra


class Yolo(nn.Module):
    def __init__(self, block, task="detect", deep=None):
        super().__init__()
        extra = {"detect": 0, "segment": 8, "pose": 15, "rotated": 1, "end to end": 0}[task]
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 6, 2, 2, bias=False), nn.BatchNorm2d(16), nn.SiLU(inplace=True))
        self.p3 = nn.Sequential(YoloConv(16, 32, 3, 2), block(32, 32), YoloConv(32, 32, 3, 2), block(32, 32))
        self.p4 = nn.Sequential(YoloConv(32, 64, 1), dw(64, 3, 2), block(64, 64))
        self.p5 = nn.Sequential(YoloConv(64, 64, 3, 2), SPPF(64, 64), deep(64) if deep else nn.Identity())
        self.up, self.n4, self.n3 = nn.Upsample(None, 2, "nearest"), block(128, 64), block(96, 32)
        self.head, self.task = Head((32, 64, 64), extra=extra), task
        self.proto = nn.Sequential(YoloConv(32, 16, 3), nn.ConvTranspose2d(16, 16, 2, 2), YoloConv(16, 8)) if task == "segment" else None

    def forward(self, x):
        p3 = self.p3(self.stem(x))
        p4 = self.p4(p3)
        p5 = self.p5(p4)
        n4 = self.n4(torch.cat((self.up(p5), p4), 1))
        n3 = self.n3(torch.cat((self.up(n4), p3), 1))
        lt, rb, points, strides, scores, extra = self.head([n3, n4, p5])
        if self.task == "rotated":
            return self.rotated(lt, rb, points, strides, scores, extra)
        x1y1, x2y2 = points - lt, points + rb
        if self.task == "end to end":
            return self.best(torch.cat((x1y1, x2y2), 1) * strides, scores)
        boxes = torch.cat(((x1y1 + x2y2) / 2, x2y2 - x1y1), 1) * strides
        if self.task == "pose":
            return torch.cat((boxes, scores, self.key_points(extra, points, strides)), 1)
        y = torch.cat([t for t in (boxes, scores, extra) if t is not None], 1)
        return (y, self.proto(n3)) if self.proto else y

    def key_points(self, raw, points, strides):
        y = raw.clone()
        y[:, 2::3] = y[:, 2::3].sigmoid()
        y[:, 0::3] = (y[:, 0::3] * 2.0 + (points[0] - 0.5)) * strides
        y[:, 1::3] = (y[:, 1::3] * 2.0 + (points[1] - 0.5)) * strides
        return y

    def rotated(self, lt, rb, points, strides, scores, extra):
        angle = (extra.sigmoid() - 0.25) * torch.pi
        cos, sin = torch.cos(angle), torch.sin(angle)
        xf, yf = ((rb - lt) / 2).split(1, dim=1)
        center = torch.cat([xf * cos - yf * sin, xf * sin + yf * cos], 1) + points
        return torch.cat((torch.cat((center, lt + rb), 1) * strides, scores, angle), 1)

    def best(self, boxes, scores, most=20):
        boxes, scores = boxes.permute(0, 2, 1), scores.permute(0, 2, 1)
        b, _, classes = scores.shape
        index = scores.amax(dim=-1).topk(most)[1].unsqueeze(-1)
        boxes, scores = boxes.gather(1, index.repeat(1, 1, 4)), scores.gather(1, index.repeat(1, 1, classes))
        scores, index = scores.flatten(1).topk(most)
        i = torch.arange(b)[..., None]
        return torch.cat([boxes[i, index // classes], scores[..., None], (index % classes)[..., None].float()], -1)


def cases():
    image = torch.randn(1, 3, 128, 96)
    yield "YOLOv8n", YoloV8n, torch.randn(1, 3, 160, 160)
    yield "YOLOv5-like", lambda: Yolo(C3), image
    yield "YOLOv8-like", lambda: Yolo(lambda i, o: C2f(i, o, 1, True)), image
    yield "YOLOv10-like, end to end", lambda: Yolo(lambda i, o: nn.Sequential(C2f(i, o, 1), Cib(o)), "end to end", C2Psa), image
    yield "YOLO11-like", lambda: Yolo(C3k2, deep=C2Psa), image
    for task in ("segment", "pose", "rotated"):
        yield f"YOLO11-like, {task}", lambda task=task: Yolo(C3k2, task, C2Psa), image
