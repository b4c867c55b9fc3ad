# SPDX-License-Identifier: Apache-2.0
"""Writes language models' decode steps as ONNX files: one token, a cache of keys and values, random weights.

usage: decoders.py FOLDER [NAME...]     (without names: all)

gpt2_decode: the shape of GPT-2 small, f32, a cache of 512, its attention written out as exporters do it.
llama1b_*:   the shape of Llama 3.2 1B from the embedding on; matrices of 4 or 8 bits in blocks of 32
             (MatMulNBits, GroupQueryAttention), f16 matrices, or int8 through DequantizeLinear. Those of 4 bits and
             of int8 are also written as .gguf of that shape (Q4_0, Q8_0) for llama.cpp, where the module gguf is.
"""
import importlib.util
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(0)


class Model:
    """A graph that grows node by node; `op` returns the name of the first output."""

    def __init__(self, name):
        self.name, self.nodes, self.constants, self.inputs, self.outputs, self.count = name, [], [], [], [], 0

    def fresh(self):
        self.count += 1
        return f"v{self.count}"

    def op(self, kind, *inputs, outputs=None, domain="", **attributes):
        outputs = outputs or [self.fresh()]
        self.nodes.append(helper.make_node(kind, list(inputs), outputs, domain=domain, **attributes))
        return outputs[0]

    def constant(self, array):
        name = self.fresh()
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def normal(self, *shape, dtype=np.float32):
        return self.constant((random.standard_normal(shape, np.float32) * 0.02).astype(dtype))

    def value(self, name, dims, of, dtype=TensorProto.FLOAT):
        of.append(helper.make_tensor_value_info(name, dtype, dims))
        return name

    def save(self, folder):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.constants)
        model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21),
                                                                      helper.make_opsetid("com.microsoft", 1)])
        path = folder / f"{self.name}.onnx"
        onnx.save(model, path)
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB", flush=True)


def gpt2(layers=12, width=768, heads=12, words=50257, past=512, folder=None):
    m = Model("gpt2_decode")
    head = width // heads
    x = m.value("x", [1, 1, width], m.inputs)
    split = m.constant(np.array([1, 1, heads, head]))
    join = m.constant(np.array([1, 1, width]))

    def linear(x, inputs, outputs):
        return m.op("Add", m.op("MatMul", x, m.normal(inputs, outputs)), m.normal(outputs))

    def norm(x):
        return m.op("LayerNormalization", x, m.constant(np.ones(width, np.float32)), m.normal(width), axis=-1)

    for i in range(layers):
        qkv = [m.fresh() for _ in range(3)]
        m.op("Split", linear(norm(x), width, 3 * width), outputs=qkv, axis=2, num_outputs=3)
        q, k, v = (m.op("Transpose", m.op("Reshape", t, split), perm=[0, 2, 1, 3]) for t in qkv)
        cache = []
        for name, new in (("key", k), ("value", v)):
            old = m.value(f"past_{name}_{i}", [1, heads, past, head], m.inputs)
            now = m.value(f"{name}_{i}", [1, heads, past + 1, head], m.outputs)
            cache.append(m.op("Concat", old, new, outputs=[now], axis=2))
        score = m.op("Div", m.op("MatMul", q, m.op("Transpose", cache[0], perm=[0, 1, 3, 2])),
                     m.constant(np.float32(head ** 0.5)))
        mixed = m.op("MatMul", m.op("Softmax", score, axis=-1), cache[1])
        mixed = m.op("Reshape", m.op("Transpose", mixed, perm=[0, 2, 1, 3]), join)
        x = m.op("Add", x, linear(mixed, width, width))
        inner = m.op("Gelu", linear(norm(x), width, 4 * width), domain="com.microsoft")
        x = m.op("Add", x, linear(inner, 4 * width, width))
    m.op("MatMul", norm(x), m.normal(width, words), outputs=[m.value("logits", [1, 1, words], m.outputs)])
    m.save(folder)


def llama(kind, layers=16, width=2048, heads=32, kv_heads=8, inner=8192, words=128256, past=512, folder=None):
    m = Model(f"llama1b_{kind}")
    head, block = width // heads, 32
    x = m.value("x", [1, 1, width], m.inputs)
    lengths, total = m.constant(np.array([past], np.int32)), m.constant(np.int32(past + 1))
    angles = np.outer(np.arange(past + 64), 1 / 500000 ** (np.arange(head // 2) / (head // 2))).astype(np.float32)
    cos, sin = m.constant(np.cos(angles)), m.constant(np.sin(angles))

    def linear(x, k, n):
        if kind == "f16":
            wide = m.op("Cast", m.op("MatMul", m.op("Cast", x, to=TensorProto.FLOAT16), m.normal(k, n, dtype=np.float16)),
                        to=TensorProto.FLOAT)
            return wide
        if kind == "dq8":
            q = m.constant(random.integers(-127, 128, (k, n), np.int8))
            scale = m.constant(random.random((k // block, n), np.float32) * 3e-4)
            return m.op("MatMul", x, m.op("DequantizeLinear", q, scale, axis=0, block_size=block))
        bits = 8 if kind == "int8" else 4
        b = m.constant(random.integers(0, 256, (n, k // block, block * bits // 8), np.uint8))
        scale = m.constant(random.random(n * k // block, np.float32) * (3e-4 if bits == 8 else 5e-3))
        level = {"accuracy_level": 4} if kind == "int4_a8" else {}
        return m.op("MatMulNBits", x, b, scale, domain="com.microsoft", K=k, N=n, bits=bits, block_size=block, **level)

    scale = m.constant(np.ones(width, np.float32))
    rest = None

    def norm(x, rest):
        if rest is None:
            return m.op("SimplifiedLayerNormalization", x, scale, axis=-1, epsilon=1e-5), x
        outs = [m.fresh(), "", "", m.fresh()]
        m.op("SkipSimplifiedLayerNormalization", x, rest, scale, outputs=outs, domain="com.microsoft", epsilon=1e-5)
        return outs[0], outs[3]

    for i in range(layers):
        y, rest = norm(x, rest)
        q, k, v = (linear(y, width, n * head) for n in (heads, kv_heads, kv_heads))
        past_in = [m.value(f"past_{t}_{i}", [1, kv_heads, past, head], m.inputs) for t in ("key", "value")]
        now = [m.value(f"{t}_{i}", [1, kv_heads, past + 1, head], m.outputs) for t in ("key", "value")]
        y = m.op("GroupQueryAttention", q, k, v, *past_in, lengths, total, cos, sin, outputs=[m.fresh(), *now],
                 domain="com.microsoft", num_heads=heads, kv_num_heads=kv_heads, do_rotary=1)
        y, rest = norm(linear(y, width, width), rest)
        gate, up = linear(y, width, inner), linear(y, width, inner)
        x = linear(m.op("Mul", m.op("Mul", gate, m.op("Sigmoid", gate)), up), inner, width)
    y, rest = norm(x, rest)
    m.op("Identity", linear(y, width, words), outputs=[m.value("logits", [1, 1, words], m.outputs)])
    m.save(folder)


def llama_gguf(kind, layers=16, width=2048, heads=32, kv_heads=8, inner=8192, words=128256, folder=None):
    """A file of llama.cpp with as many weights, in as many bits, as `llama(kind)`; no words: nothing is to be read."""
    import gguf
    of, size = {"int4": (gguf.GGMLQuantizationType.Q4_0, 18), "int8": (gguf.GGMLQuantizationType.Q8_0, 34)}[kind]
    path = folder / f"llama1b_{kind}.gguf"
    w = gguf.GGUFWriter(path, "llama")
    w.add_tokenizer_model("no_vocab")
    for add, value in ((w.add_vocab_size, words), (w.add_context_length, 4096), (w.add_embedding_length, width),
                       (w.add_block_count, layers), (w.add_feed_forward_length, inner), (w.add_head_count, heads),
                       (w.add_head_count_kv, kv_heads), (w.add_layer_norm_rms_eps, 1e-5), (w.add_rope_freq_base, 5e5),
                       (w.add_rope_dimension_count, width // heads)):
        add(value)

    def matrix(name, n, k):
        blocks = random.integers(0, 256, (n, k // 32, size), np.uint8)
        blocks[:, :, :2] = np.full((n, k // 32, 1), 1e-3, np.float16).view(np.uint8)  # a block begins with its scale
        w.add_tensor(name + ".weight", blocks.reshape(n, -1), raw_dtype=of)

    def ones(name):
        w.add_tensor(name + ".weight", np.ones(width, np.float32))

    matrix("token_embd", words, width)
    for i in range(layers):
        for name, n, k in (("attn_q", width, width), ("attn_k", width // heads * kv_heads, width),
                           ("attn_v", width // heads * kv_heads, width), ("attn_output", width, width),
                           ("ffn_gate", inner, width), ("ffn_up", inner, width), ("ffn_down", width, inner)):
            matrix(f"blk.{i}.{name}", n, k)
        ones(f"blk.{i}.attn_norm")
        ones(f"blk.{i}.ffn_norm")
    ones("output_norm")
    matrix("output", words, width)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB", flush=True)


DECODERS = {"gpt2_decode": gpt2, **{f"llama1b_{k}": (lambda k=k, **a: llama(k, **a))
                                    for k in ("int4", "int4_a8", "int8", "dq8", "f16")}}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or DECODERS:
        DECODERS[name](folder=folder)
        if name in ("llama1b_int4", "llama1b_int8") and importlib.util.find_spec("gguf"):
            llama_gguf(name.split("_")[1], folder=folder)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main()
