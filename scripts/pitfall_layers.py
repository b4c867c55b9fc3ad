# SPDX-License-Identifier: Apache-2.0
"""Cases of make_pitfalls.py: layers, from pooling to convolutions of every kind."""
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from pitfall_parts import HW, Fn, case, norm_stats, rand

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

# ---- P16: deformable convolution
case("P16_deform_conv/v1", lambda: Fn(lambda s, x, o: torchvision.ops.deform_conv2d(x, o, s.w, s.b, padding=1),
                                      w=rand(4, 2, 3, 3), b=rand(4)),
     lambda: (rand(1, 4, 6, 7), rand(1, 2 * 9, 6, 7, scale=3)), ts=(17, 19), dy=(19, 22), names=["x", "x2"])
case("P16_deform_conv/v2", lambda: Fn(
    lambda s, x, o, m: torchvision.ops.deform_conv2d(x, o, s.w, s.b, stride=(2, 1), padding=(0, 2), dilation=(1, 2), mask=m),
    w=rand(4, 4, 3, 3), b=rand(4)),
     lambda: (rand(2, 4, 7, 8), rand(2, 2 * 2 * 9, 3, 8, scale=4), torch.rand(2, 2 * 9, 3, 8)), ts=(), dy=(19,),
     names=["x", "x2", "x3"])

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

# ---- P23: RoiAlign
for aligned in (True, False):
    case("P23_roi_align/" + ("aligned" if aligned else "not_aligned"), lambda aligned=aligned: Fn(
        lambda s, x, r: torchvision.ops.roi_align(x, r, (3, 3), 0.5, 2, aligned)),
         lambda: (rand(1, 2, 8, 8), torch.tensor([[0.0, 1, 2, 9, 12], [0, 0, 0, 15, 15]])),
         ts=(16,) if aligned else (11, 16), dy=(20,), names=["x", "x2"])
case("P23_roi_align/aligned_at_11", lambda: Fn(lambda s, x, r: torchvision.ops.roi_align(x, r, (3, 3), 0.5, 2, True)),
     lambda: (rand(1, 2, 8, 8), torch.tensor([[0.0, 1, 2, 9, 12], [0, 0, 0, 15, 15]])), ts=(11,), dy=(),
     names=["x", "x2"], sample="shifted%d")
