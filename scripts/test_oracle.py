# SPDX-License-Identifier: Apache-2.0
"""Holds `tenon run` against ONNX Runtime on networks of the kinds that people have, with made-up weights.

usage: test_oracle.py TENON. Each case is a model in ONNX's text syntax; inputs and weights come from a fixed seed. The
digits network is run with three batch sizes too. An output passes within 1e-4 of its largest value.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

HEADER = '<ir_version: 10, opset_import: ["" : 21]>\n'

# name: (model, inputs, weights); sizes of inputs give the dynamic dimensions their values.
CASES = {
    "conv_bn_relu_pool": ("""g (float[N,3,H,W] x) => (float[N,8,P,Q] y) {
        c = Conv<pads=[1,1,1,1]>(x, w, b)
        n = BatchNormalization(c, scale, bias, mean, var)
        r = Relu(n)
        y = MaxPool<kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]>(r)
        }""", {"x": (2, 3, 23, 31)},
        {"w": (8, 3, 3, 3), "b": (8,), "scale": (8,), "bias": (8,), "mean": (8,), "var": (8,)}),
    "residual": ("""g (float[N,16,H,W] x) => (float[N,16,H,W] y) {
        a = Conv<pads=[1,1,1,1]>(x, w1, b1)
        b = Relu(a)
        c = Conv<pads=[1,1,1,1]>(b, w2, b2)
        d = Add(c, x)
        y = Relu(d)
        }""", {"x": (1, 16, 17, 13)}, {"w1": (16, 16, 3, 3), "b1": (16,), "w2": (16, 16, 3, 3), "b2": (16,)}),
    "depthwise_separable": ("""g (float[N,32,H,W] x) => (float[N,24,P,Q] y) {
        six = Constant<value_float=6.0>()
        zero = Constant<value_float=0.0>()
        a = Conv<group=32, pads=[1,1,1,1], strides=[2,2]>(x, w1, b1)
        b = Clip(a, zero, six)
        c = Conv(b, w2, b2)
        y = HardSwish(c)
        }""", {"x": (2, 32, 15, 15)}, {"w1": (32, 1, 3, 3), "b1": (32,), "w2": (24, 32, 1, 1), "b2": (24,)}),
    "squeeze_and_excite": ("""g (float[N,16,H,W] x) => (float[N,16,H,W] y) {
        a = GlobalAveragePool(x)
        b = Conv(a, w1, b1)
        c = Relu(b)
        d = Conv(c, w2, b2)
        e = HardSigmoid<alpha=0.1666667, beta=0.5>(d)
        y = Mul(x, e)
        }""", {"x": (3, 16, 9, 9)}, {"w1": (4, 16, 1, 1), "b1": (4,), "w2": (16, 4, 1, 1), "b2": (16,)}),
    "grouped_dilated_asymmetric": ("""g (float[N,8,H,W] x) => (float[N,12,P,Q] y) {
        y = Conv<group=4, dilations=[2,1], strides=[1,3], pads=[0,1,3,2]>(x, w)
        }""", {"x": (1, 8, 12, 20)}, {"w": (12, 2, 3, 5)}),
    "upscale": ("""g (float[N,6,H,W] x) => (float[N,4,P,Q] y) {
        a = ConvTranspose<strides=[2,2], kernel_shape=[4,4], pads=[1,1,1,1]>(x, w, b)
        s = Constant<value_floats=[1.0, 1.0, 2.0, 1.5]>()
        y = Resize<mode="linear", coordinate_transformation_mode="half_pixel">(a, , s)
        }""", {"x": (1, 6, 7, 8)}, {"w": (6, 4, 4, 4), "b": (4,)}),
    "attention": ("""g (float[N,T,32] x) => (float[N,T,32] y) {
        n = LayerNormalization(x, g1, b1)
        qkv = MatMul(n, w)
        q, k, v = Split<axis=2, num_outputs=3>(qkv)
        shape = Constant<value_ints=[0, 0, 4, 8]>()
        q4 = Reshape(q, shape)
        k4 = Reshape(k, shape)
        v4 = Reshape(v, shape)
        qt = Transpose<perm=[0,2,1,3]>(q4)
        kt = Transpose<perm=[0,2,3,1]>(k4)
        vt = Transpose<perm=[0,2,1,3]>(v4)
        s = MatMul(qt, kt)
        scale = Constant<value_float=0.35355339>()
        ss = Mul(s, scale)
        p = Softmax<axis=-1>(ss)
        o = MatMul(p, vt)
        ot = Transpose<perm=[0,2,1,3]>(o)
        flat = Constant<value_ints=[0, 0, 32]>()
        of = Reshape(ot, flat)
        r = Add(of, x)
        h = MatMul(r, w2)
        y = Gelu(h)
        }""", {"x": (2, 11, 32)},
        {"g1": (32,), "b1": (32,), "w": (32, 96), "w2": (32, 32)}),
    "shape_arithmetic": ("""g (float[N,C,H,W] x) => (float[N,K] y) {
        s = Shape(x)
        zero = Constant<value_ints=[0]>()
        one = Constant<value_ints=[1]>()
        minus = Constant<value_ints=[-1]>()
        n = Slice(s, zero, one)
        to = Concat<axis=0>(n, minus)
        y = Reshape(x, to)
        }""", {"x": (3, 2, 5, 4)}, {}),
    "linear_stack": ("""g (float[N,20] x) => (float[N,5] y) {
        a = Gemm<transB=1>(x, w1, b1)
        b = Tanh(a)
        c = Gemm<alpha=0.5, beta=2.0>(b, w2, b2)
        d = LeakyRelu<alpha=0.2>(c)
        y = LogSoftmax(d)
        }""", {"x": (9, 20)}, {"w1": (33, 20), "b1": (33,), "w2": (33, 5), "b2": (5,)}),
    "lstm": ("""g (float[T,N,10] x) => (float[T,2,N,7] y, float[2,N,7] h, float[2,N,7] c) {
        y, h, c = LSTM<hidden_size=7, direction="bidirectional">(x, w, r, b)
        }""", {"x": (6, 3, 10)}, {"w": (2, 28, 10), "r": (2, 28, 7), "b": (2, 56)}),
    "gru": ("""g (float[T,N,10] x) => (float[T,1,N,7] y, float[1,N,7] h) {
        y, h = GRU<hidden_size=7, linear_before_reset=1>(x, w, r, b)
        }""", {"x": (6, 3, 10)}, {"w": (1, 21, 10), "r": (1, 21, 7), "b": (1, 42)}),
    "reductions": ("""g (float[A,B,C] x) => (float[A,C] m, float[B] s, float[A,B,1] l, int64[A,B] i) {
        one = Constant<value_ints=[1]>()
        both = Constant<value_ints=[0, 2]>()
        last = Constant<value_ints=[-1]>()
        m = ReduceMean<keepdims=0>(x, one)
        s = ReduceSum<keepdims=0>(x, both)
        l = ReduceL2(x, last)
        i = ArgMax<axis=-1, keepdims=0>(x)
        }""", {"x": (4, 5, 33)}, {}),
    "top_k_and_gather": ("""g (float[N,50] x) => (float[N,5] v, int64[N,5] i, float[N,5,3] e) {
        k = Constant<value_ints=[5]>()
        v, i = TopK(x, k)
        e = Gather(table, i)
        }""", {"x": (4, 50)}, {"table": (50, 3)}),
    "normalisations": ("""g (float[N,8,H,W] x) => (float[N,8,H,W] a, float[N,8,H,W] b) {
        a = InstanceNormalization(x, s, o)
        r = LRN<size=3>(x)
        b = PRelu(r, slope)
        }""", {"x": (2, 8, 6, 5)}, {"s": (8,), "o": (8,), "slope": (8, 1, 1)}),
    "paths_of_if": ("""g (float[N] x) => (float[N] y) {
        zero = Constant<value_float=0.0>()
        s = ReduceSum<keepdims=0>(x)
        c = Greater(s, zero)
        y = If(c) <
            then_branch = t () => (float[N] p) { p = Exp(x) },
            else_branch = f () => (float[N] q) { q = Neg(x) }>
        }""", {"x": (12,)}, {}),
    "one_dimension": ("""g (float[N,4,L] x) => (float[N,6,M] y) {
        a = Conv<strides=[2], pads=[3,2]>(x, w, b)
        c = AveragePool<kernel_shape=[3], count_include_pad=1, pads=[1,1]>(a)
        y = Erf(c)
        }""", {"x": (2, 4, 41)}, {"w": (6, 4, 5), "b": (6,)}),
    "three_dimensions": ("""g (float[N,3,D,H,W] x) => (float[N,5,P,Q,R] y) {
        a = Conv<pads=[1,1,1,1,1,1]>(x, w, b)
        y = MaxPool<kernel_shape=[2,2,2], strides=[2,2,2]>(a)
        }""", {"x": (1, 3, 6, 7, 8)}, {"w": (5, 3, 3, 3, 3), "b": (5,)}),
}


def weights_of(shapes, random):
    """Small weights; those that stand for a variance are positive."""
    made = {}
    for name, shape in shapes.items():
        value = random.normal(0, 1 / np.sqrt(max(1, np.prod(shape[1:]))), shape).astype(np.float32)
        made[name] = np.abs(value) + 0.5 if name == "var" else value
    return made


def model_of(text, weights):
    model = onnx.parser.parse_model(HEADER + text)
    for name, value in weights.items():
        model.graph.initializer.append(onnx.numpy_helper.from_array(value, name))
    return model


def problem_of(path, feeds):
    """Runs both; None, or how they differ."""
    folder = path.parent
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    wanted = session.run(None, feeds)
    command = [TENON, "run", str(path), "--no-timing", "--save", str(folder / "got")]
    for name, value in feeds.items():
        np.save(folder / f"{name}.npy", value)
        command += ["--input", f"{name}={folder / name}.npy"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode:
        return f"status {done.returncode}\n{(done.stdout + done.stderr)[-1500:]}"
    for name, want in zip(names, wanted):
        got = np.load(folder / "got" / f"{name}.npy")
        if got.shape != want.shape or got.dtype != want.dtype:
            return f"{name}: {got.dtype}{list(got.shape)} instead of {want.dtype}{list(want.shape)}"
        error = np.abs(got.astype(np.float64) - want).max(initial=0) / max(np.abs(want).max(initial=0), 1e-30)
        if not error <= 1e-4:
            return f"{name}: max error {error:.2e} of the largest value"
    return None


def cases():
    """(name, model bytes, feeds) one after the other."""
    random = np.random.default_rng(0)
    for name, (text, inputs, weights) in CASES.items():
        model = model_of(text, weights_of(weights, random))
        feeds = {x: random.normal(0, 1, shape).astype(np.float32) for x, shape in inputs.items()}
        yield name, model.SerializeToString(), feeds
    digits = pathlib.Path(__file__).resolve().parent.parent / "examples/digits"
    images = np.load(digits / "test_images.npy")
    for batch in (1, 7, len(images)):
        yield f"digits_batch_{batch}", (digits / "digits.onnx").read_bytes(), {"images": images[:batch]}


def main():
    passed = failed = 0
    for name, model, feeds in cases():
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / f"{name}.onnx"
            path.write_bytes(model)
            why = problem_of(path, feeds)
        passed += why is None
        failed += why is not None
        print(f"{'FAILED' if why else 'passed'} {name}{': ' + why if why else ''}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    TENON = sys.argv[1]
    sys.exit(main())
