# SPDX-License-Identifier: Apache-2.0
# zoo_detection.py - torchvision's detectors with random weights, and what of them has to be replaced before
# torch.export takes them: three places branch on how many boxes there are, or loop over them.
import builtins
import contextlib
from unittest import mock

import torch
import torchvision.models as models
import torchvision.models.detection.roi_heads as roi_heads
import torchvision.models.detection.transform as transform
import torchvision.ops.boxes as boxes_of
import torchvision.ops.poolers as poolers


# Of each class by itself: boxes are moved apart by class. torchvision goes two ways, by the number of boxes.
def batched_nms(boxes, scores, idxs, iou_threshold):
    top = torch.cat([boxes.flatten(), boxes.new_zeros(1)]).max()
    return boxes_of.nms(boxes + (idxs.to(boxes) * (top + 1))[:, None], scores, iou_threshold)


def size(x):  # len() of a tensor makes a plain number of its size
    return x.shape[0] if isinstance(x, torch.Tensor) else builtins.len(x)


@contextlib.contextmanager
def without_branches():
    with mock.patch.object(boxes_of, "batched_nms", batched_nms), mock.patch.object(poolers, "len", size, create=True), \
            mock.patch.object(roi_heads, "len", size, create=True):
        yield


# Masks are left as the network gives them, not pasted into the picture box by box; keypoints as heat maps.
@contextlib.contextmanager
def without_loops():
    with mock.patch.object(transform, "paste_masks_in_image", lambda masks, boxes, shape: masks), \
            mock.patch.object(roi_heads, "heatmaps_to_keypoints", lambda maps, rois: (maps, maps.amax((2, 3)))), \
            mock.patch.object(transform, "resize_keypoints", lambda keypoints, before, after: keypoints):
        yield


# A layer that several levels share is brought down to the largest of them.
def rescale(layer, _, y):
    scale = y.std() / 1.5
    if getattr(layer, "rescaled", False):
        scale = scale.clamp(min=1)
    layer.rescaled = True
    layer.weight.div_(scale)
    return y / scale


class Outputs(torch.nn.Module):
    """What a detector finds in one picture. Only while it is exported are branches replaced: what it computes
    otherwise is what torchvision does."""

    def __init__(self, name, exportable):
        super().__init__()
        sizes = {} if name.startswith("ssd") else {"min_size": 96, "max_size": 128}
        least = {"box_score_thresh": 0.3} if "rcnn" in name else {"score_thresh": 0.3}
        self.model = models.get_model(name, weights=None, weights_backbone=None, num_classes=5, **sizes, **least)
        self.exportable = exportable

    # Logits that are spread as a trained network's are: scores that differ, some of them above the threshold.
    @torch.no_grad()
    def spread(self):
        parts = ("cls_logits", "cls_score", "classification_head.module_list")
        layers = [m for name, m in self.named_modules() if any(p in name for p in parts) and isinstance(m, (torch.nn.Conv2d, torch.nn.Linear))]
        for layer in layers:
            layer.register_forward_hook(rescale)
        self.model([torch.rand(3, 96, 128)])
        for layer in layers:
            layer._forward_hooks.clear()

    def forward(self, x):
        with contextlib.ExitStack() as stack:
            if self.exportable:
                stack.enter_context(without_loops())
            if self.exportable and torch.compiler.is_exporting():
                stack.enter_context(without_branches())
            (found,) = self.model([x])
        return tuple(found[k] for k in sorted(found))
