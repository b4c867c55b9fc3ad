# SPDX-License-Identifier: Apache-2.0
"""Trains the small network that the examples and the README run, and exports it.

Data: scikit-learn's bundled handwritten digits (1797 pictures of 8x8, no download), a fixed fifth held out.
Out, beside this script: digits.onnx and digits.pt2 (batch is dynamic), and the held-out part as
test_images.npy, test_labels.npy and test_logits.npy (what PyTorch answers, for comparison).
"""
import pathlib
import re

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
SEED = 1797
EPOCHS = 60
BATCH = 64


class Digits(nn.Module):
    """8x8 grey picture -> 10 logits: two convolutions, a separable block with a skip, a linear layer."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.widen = nn.Sequential(nn.Conv2d(16, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU())
        self.depthwise = nn.Conv2d(32, 32, 3, padding=1, groups=32)
        self.pointwise = nn.Conv2d(32, 32, 1)
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(32 * 2 * 2, 10)

    def forward(self, images):
        x = nn.functional.max_pool2d(self.widen(self.stem(images)), 2)
        x = x + torch.relu(self.pointwise(self.depthwise(x)))
        x = nn.functional.avg_pool2d(x, 2)
        return self.head(self.drop(x.flatten(1)))


def shifted(images):
    """Each batch moved by at most one pixel: the pictures were cut out with that much play."""
    dy, dx = (int(v) for v in torch.randint(-1, 2, (2,)))
    return torch.roll(nn.functional.pad(images, (1, 1, 1, 1)), (dy, dx), (2, 3))[:, :, 1:9, 1:9]


def train(model, images, labels):
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    steps = EPOCHS * (len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    model.train()
    for _ in range(EPOCHS):
        for pick in torch.randperm(len(images)).split(BATCH)[: len(images) // BATCH]:
            logits = model(shifted(images[pick]))
            loss = nn.functional.cross_entropy(logits, labels[pick], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()


def relative(trace):
    """The folders of the machine that trains say nothing: keep what follows them."""
    return re.sub(r'File "[^"]*/(?:site-packages|examples/digits)/', 'File "', trace)


def export(model, images):
    batch = torch.export.Dim("batch", min=1, max=4096)
    program = torch.export.export(model, (images[:2].clone(),), dynamic_shapes={"images": {0: batch}})
    for node in program.graph.nodes:
        if node.stack_trace:
            node.meta["stack_trace"] = relative(node.stack_trace)
    torch.export.save(program, HERE / "digits.pt2")
    # Not optimised: what the exporter writes as it stands is what Tenon is for.
    torch.onnx.export(program, (), HERE / "digits.onnx", dynamo=True, optimize=False, external_data=False,
                      input_names=["images"], output_names=["logits"],
                      dynamic_shapes={"images": {0: batch}})


def main():
    torch.manual_seed(SEED)
    torch.set_num_threads(1)  # the sums are then the same in every run
    torch.use_deterministic_algorithms(True)
    digits = load_digits()
    images = (digits.images[:, None] / 16).astype(np.float32)
    images, held_images, labels, held_labels = train_test_split(
        images, digits.target.astype(np.int64), test_size=0.2, random_state=SEED, stratify=digits.target)
    model = Digits()
    train(model, torch.from_numpy(images), torch.from_numpy(labels))
    with torch.no_grad():
        logits = model(torch.from_numpy(held_images)).numpy()
    right = int((logits.argmax(1) == held_labels).sum())
    export(model, torch.from_numpy(held_images))
    np.save(HERE / "test_images.npy", held_images)
    np.save(HERE / "test_labels.npy", held_labels)
    np.save(HERE / "test_logits.npy", logits)
    print(f"held-out accuracy {right}/{len(held_labels)} = {100 * right / len(held_labels):.2f} %")


if __name__ == "__main__":
    main()
