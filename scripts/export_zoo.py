#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# export_zoo.py - networks of PyTorch's libraries with random weights, written in the forms that people have: NAME.pt2
# (torch.export), NAME.core.pt2 (decomposed), NAME.dynamo.onnx (the newer ONNX exporter), NAME.script.onnx (the TorchScript
# one). Some are quantised too (NAME.qdq.onnx). A file that is there is not made again; where an exporter refuses,
# FILE.none says why. Needs torch, torchvision, timm, transformers, onnxscript, onnxruntime.
# usage: scripts/export_zoo.py DIR [--all] [--only TEXT,...] [--family TEXT,...] [--forms pt2,core.pt2,dynamo.onnx,...]
#                              [--codegen RESULTS [--build BUILD]]
# --all: every network of zoo_cases.py, not a choice. --codegen: the long lane of scripts/test_codegen.sh; each file is
# tried by it once it is written, adds its line to RESULTS and is deleted, so a whole zoo needs little room; what has a
# line is not made again.
import argparse
import contextlib
import copy
import functools
import io
import os
import subprocess
import sys
import warnings

import numpy as np
import torch

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
import make_networks  # noqa: E402
import zoo_cases  # noqa: E402

# of zoo_cases
NAMES = """resnet18 mobilenet_v2 efficientnet_b0 squeezenet1_1 shufflenet_v2_x0_5 swin_t convnext_tiny lraspp_mobilenet_v3_large
 r3d_18 ghostnet_100 repvgg_a0 vit_tiny_patch16_224 levit_128s mobilevit_xxs mixer_s32_224 mobilenetv4_conv_small convnext_atto
 swin_tiny_patch4_window7_224 maxvit_nano_rw_256 regnety_002 edgenext_xx_small tf_efficientnetv2_b0 BERT DistilBERT RoBERTa DeBERTa-v2
 GPT-2 Llama Qwen3 T5 BART Whisper Wav2Vec2 ViT Swin SegFormer CLIP DETR ConvNeXt Mamba""".split()
FORMS = ("pt2", "core.pt2", "dynamo.onnx", "script.onnx", "qdq.onnx")
QUANTISED = ("resnet18", "mobilenet_v2", "squeezenet1_1")


def own(name):
    def make():
        return make_networks.build(name), tuple(make_networks.NETWORKS[name][1]()), {}, None
    return make


def whole(kind):
    """At the sizes people run, where the number of layers counts."""
    import torchvision
    import transformers as t

    def make():
        ids = torch.arange(2 * 16).reshape(2, 16) % 90 + 3
        if kind == "resnet50":
            return torchvision.models.resnet50(weights=None), (torch.randn(1, 3, 224, 224),), {}, None
        if kind == "mobilenet_v3":
            return torchvision.models.mobilenet_v3_large(weights=None), (torch.randn(1, 3, 224, 224),), {}, None
        if kind == "bert":  # 12 layers of 12 heads; narrow, as widths change no line
            model = t.BertModel(t.BertConfig(hidden_size=192, intermediate_size=768, vocab_size=1000))
            text = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
            return zoo_cases.Picked(model, ("last_hidden_state", "pooler_output")), (), text, None
        small = t.WhisperConfig(vocab_size=1000, d_model=192, encoder_layers=12, decoder_layers=12, encoder_attention_heads=12,
                                decoder_attention_heads=12, encoder_ffn_dim=768, decoder_ffn_dim=768, use_cache=False,
                                pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1)
        sound = {"input_features": torch.randn(1, 80, 3000), "decoder_input_ids": ids[:1, :8].contiguous()}
        return zoo_cases.Picked(t.WhisperForConditionalGeneration(small), ("logits",)), (), sound, None
    return make


def cases(every):
    for name in ("resnet50", "mobilenet_v3", "bert", "whisper_small"):
        yield "whole_" + name, whole(name)
    for name in ("lenet", "yolov8n", "centernet_dla34", "unet", "mobilefacenet", "crnn"):
        yield "own_" + name, own(name)
    for case in zoo_cases.all_cases():
        if case.family == "torchvision detection":
            continue  # PyTorch exports these without their branches only: the next family, with the same names
        if every or case.name in NAMES:
            yield case.stem, case.make


class Positional(torch.nn.Module):
    """zoo_cases.Picked for an exporter that knows no keywords."""

    def __init__(self, picked, names):
        super().__init__()
        self.model, self.keys, self.names = picked.model, picked.keys, names

    def forward(self, *args):
        out = self.model(**dict(zip(self.names, args)))
        return tuple(out[k] for k in self.keys)


def axes(dynamic):
    """torch.export's dynamic shapes as the TorchScript exporter takes them."""
    return {f"input_{i}": {k: str(d.__name__) for k, d in row.items()} for i, row in enumerate(dynamic or ()) if row}


def quantise(source, path, args):
    import onnxruntime.quantization as q

    class Reader(q.CalibrationDataReader):
        def __init__(self):
            self.rows = iter([{"input_0": args[0].numpy()}])

        def get_next(self):
            return next(self.rows, None)

    q.quantize_static(source, path, Reader(), quant_format=q.QuantFormat.QDQ, per_channel=True)


def writers(name, model, args, kwargs, dynamic, path):
    """What writes each form."""
    inputs = [f"input_{i}" for i in range(len(args))] + list(kwargs)

    @functools.cache
    def program():
        return torch.export.export(copy.deepcopy(model), args, kwargs, dynamic_shapes=dynamic, strict=False)

    def dynamo(to):
        torch.onnx.export(copy.deepcopy(model), args, to, kwargs=kwargs, dynamo=True, dynamic_shapes=dynamic, external_data=False)

    def script(to):
        traced = Positional(model, list(kwargs)) if isinstance(model, zoo_cases.Picked) else model
        torch.onnx.export(copy.deepcopy(traced), args + tuple(kwargs.values()), to, dynamo=False, opset_version=17,
                          dynamic_axes=axes(dynamic), input_names=inputs)

    rows = {"pt2": lambda to: torch.export.save(program(), to),
            "core.pt2": lambda to: torch.export.save(program().run_decompositions(), to), "dynamo.onnx": dynamo, "script.onnx": script}
    if name.split("_", 1)[1] in QUANTISED:
        rows["qdq.onnx"] = lambda to: quantise(path("script.onnx"), to, args)
    return rows


def forms(name, make, folder, wanted):
    """Writes what is wanted -> form, None or why there is none; inputs stand beside ONNX files, as those have no samples."""
    def path(form):
        return os.path.join(folder, f"{name}.{form}")

    torch.manual_seed(0)
    model, args, kwargs, dynamic = make()
    model = model.eval()
    zoo_cases.settle(model)
    rows = writers(name, model, args, kwargs, dynamic, path)
    for form in (f for f in wanted if f in rows):
        why, part = None, path(form) + ".part." + form
        try:
            rows[form](part)
            os.rename(part, path(form))
            if form.endswith(".onnx"):
                tensors = [a for a in (*args, *kwargs.values()) if isinstance(a, torch.Tensor)]
                np.savez(os.path.splitext(path(form))[0] + ".npz", **{f"in_{i}": a.numpy() for i, a in enumerate(tensors)})
        except Exception as problem:  # whatever an exporter does with a model
            why = f"{type(problem).__name__}: {' '.join(str(problem).split())[:160]}"
            with open(path(form) + ".none", "w") as to:
                to.write(why + "\n")
        yield form, why


def round_trip(path, why, o):
    """One line of results -> the last word of it."""
    if why:
        with open(o.codegen, "a") as to:
            to.write(f"{os.path.basename(path)}\t0\tno export: {why}\n")
        return
    env = {"AFTER": "--optimized", **os.environ, "RESULTS": o.codegen}
    subprocess.run([os.path.join(here, "test_codegen.sh"), o.build, path], env=env, stdout=subprocess.DEVNULL)
    os.remove(path)
    if path.endswith(".onnx"):
        os.remove(os.path.splitext(path)[0] + ".npz")


def known(path, o):
    if not o.codegen:
        return os.path.exists(path) or os.path.exists(path + ".none")
    return os.path.exists(o.codegen) and any(line.startswith(os.path.basename(path) + "\t") for line in open(o.codegen))


@contextlib.contextmanager
def quiet():
    said = io.StringIO()
    with warnings.catch_warnings(), torch.no_grad(), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        warnings.simplefilter("ignore")
        yield


def main():
    options = argparse.ArgumentParser()
    options.add_argument("folder")
    options.add_argument("--all", action="store_true")
    options.add_argument("--only")
    options.add_argument("--family")
    options.add_argument("--forms", default=",".join(f for f in FORMS if f != "core.pt2"))
    options.add_argument("--codegen")
    options.add_argument("--build", default=os.path.join(os.path.dirname(here), "build"))
    o = options.parse_args()
    os.makedirs(o.folder, exist_ok=True)
    for name, make in cases(o.all):
        if any(part and not any(t in name for t in part.split(",")) for part in (o.only, o.family)):
            continue
        wanted = [f for f in o.forms.split(",") if not known(os.path.join(o.folder, f"{name}.{f}"), o)]
        if not [f for f in wanted if f != "qdq.onnx" or name.split("_", 1)[1] in QUANTISED]:
            continue
        with quiet():
            told = forms(name, make, o.folder, wanted)
        while True:
            with quiet():
                form, why = next(told, (None, None))
            if not form:
                break
            print(f"{name}.{form}: {'no export: ' + why if why else 'written'}", flush=True)
            if o.codegen:
                round_trip(os.path.join(o.folder, f"{name}.{form}"), why, o)


if __name__ == "__main__":
    main()
