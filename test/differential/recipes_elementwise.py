# SPDX-License-Identifier: Apache-2.0
"""Elementwise operators: formulas in double precision, and broadcasting."""
import numpy as np

from case import EXACT, Case, spread, ulps
from recipes import CONTRIB, Draw, recipe
from values import BY_NUMBER, FLOATS, NUMBER, is_float, kind, limits

try:
    from math import erf as _erf
    erf = np.vectorize(_erf, otypes=[np.float64])
except ImportError:  # pragma: no cover
    erf = None


def f64(x):
    return np.asarray(x).astype(np.float64)


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def round_half_even(x):
    return np.round(x)


def gelu(x, approximate=b"none"):
    if approximate in ("tanh", b"tanh"):
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + erf(x / np.sqrt(2)))


def attr(case, name, default):
    value = case.attrs.get(name)
    return default if value is None else np.float64(np.float32(value)) if isinstance(value, float) else value


FUNCTIONS = {
    # name: (formula, units in the last place)
    "Abs": (np.abs, 0), "Acos": (np.arccos, 4), "Acosh": (np.arccosh, 4), "Asin": (np.arcsin, 4), "Asinh": (np.arcsinh, 4),
    "Atan": (np.arctan, 4), "Atanh": (np.arctanh, 4), "Ceil": (np.ceil, 0), "Cos": (np.cos, 4), "Cosh": (np.cosh, 4),
    "Erf": (erf, 4), "Exp": (np.exp, 4), "Floor": (np.floor, 0), "Log": (np.log, 4), "Neg": (np.negative, 0),
    "Reciprocal": (lambda x: 1 / x, 4), "Round": (round_half_even, 0), "Sign": (np.sign, 0), "Sin": (np.sin, 4),
    "Sinh": (np.sinh, 4), "Sqrt": (np.sqrt, 4), "Tan": (np.tan, 4), "Tanh": (np.tanh, 4), "Sigmoid": (sigmoid, 4),
    "Relu": (lambda x: np.where(x > 0, x, x * 0), 0), "Softplus": (softplus, 4), "Softsign": (lambda x: x / (1 + np.abs(x)), 4),
    "HardSwish": (lambda x: x * np.clip(x / 6 + 0.5, 0, 1), 4), "Mish": (lambda x: x * np.tanh(softplus(x)), 6),
}
# Sums that cancel are held to the spread of the values instead.
CANCELS = {"HardSwish", "Mish", "Sin", "Cos", "Tan", "Gelu", "FastGelu", "BiasGelu", "QuickGelu", "Swish", "Celu", "Elu", "Selu",
           "HardSigmoid", "Softplus"}


@recipe(*FUNCTIONS)
def unary(d):
    dtype = d.type(d.schema.inputs[0].type_str)
    x = d.array(d.shape(), dtype)
    formula, c = FUNCTIONS[d.name]
    numpy = (lambda case: formula(f64(case.inputs[0]))) if is_float(dtype) and d.name != "Relu" else None
    if d.name == "Relu" and is_float(dtype):
        numpy = relu
    bound = EXACT if not c else spread(c) if d.name in CANCELS else ulps(c)
    return Case(d.name, [x], bound=bound, numpy=numpy)


def relu(case):
    x = f64(case.inputs[0])
    return np.where(np.isnan(x), x, np.maximum(x, 0))


def parameters(names):
    def made(d):
        return {name: d.maybe(d.real(low, high), 0.7) for name, (low, high) in names.items()}
    return made


def celu(x, a):
    return np.maximum(x, 0) + np.minimum(0, a * np.expm1(x / a))


ACTIVATIONS = {
    # name: (attributes, formula of x and case, units)
    "Celu": ({"alpha": (0.2, 3)}, lambda x, c: celu(x, attr(c, "alpha", 1.0)), 6),
    "Elu": ({"alpha": (0.2, 3)}, lambda x, c: np.where(x > 0, x, attr(c, "alpha", 1.0) * np.expm1(np.minimum(x, 0))), 6),
    "Selu": ({"alpha": (0.2, 3), "gamma": (0.2, 3)},
             lambda x, c: attr(c, "gamma", 1.0507010221481323) * np.where(
                 x > 0, x, attr(c, "alpha", 1.6732631921768188) * np.expm1(np.minimum(x, 0))), 6),
    "LeakyRelu": ({"alpha": (-1, 2)}, lambda x, c: np.where(x < 0, x * attr(c, "alpha", np.float64(np.float32(0.01))), x), 4),
    "HardSigmoid": ({"alpha": (0.1, 1), "beta": (-1, 1)},
                    lambda x, c: np.clip(x * attr(c, "alpha", np.float64(np.float32(0.2))) + attr(c, "beta", 0.5), 0, 1), 4),
    "ThresholdedRelu": ({"alpha": (-1, 2)}, lambda x, c: np.where(x > attr(c, "alpha", 1.0), x, 0 * (x != x)), 0),
    "Swish": ({"alpha": (-2, 2)}, lambda x, c: x * sigmoid(attr(c, "alpha", 1.0) * x), 6),
}


@recipe(*ACTIVATIONS)
def activation(d):
    names, formula, c = ACTIVATIONS[d.name]
    dtype = d.type(d.schema.inputs[0].type_str)
    made = parameters(names)(d)
    formula_used = None if d.name == "ThresholdedRelu" else lambda case: formula(f64(case.inputs[0]), case)
    return Case(d.name, [d.array(d.shape(), dtype)], made, bound=spread(c) if d.name in CANCELS else ulps(c), numpy=formula_used)


@recipe("Shrink")
def shrink(d):
    dtype = d.type()
    return Case(d.name, [d.array(d.shape(), dtype, -5 if not is_float(dtype) else None, 5)],
                {"lambd": d.maybe(d.real(0, 2)), "bias": d.maybe(d.real(-1, 1))}, bound=spread(2))


@recipe("Gelu")
def gelu_onnx(d):
    made = {"approximate": d.maybe(d.pick(["none", "tanh"]))}
    return Case(d.name, [d.array(d.shape(), d.type())], made, bound=spread(6),
                numpy=lambda c: gelu(f64(c.inputs[0]), c.attrs["approximate"]))


@recipe("Gelu", "FastGelu", "QuickGelu", "BiasGelu", domain=CONTRIB)
def gelu_contrib(d):
    shape = d.shape(d.int(1, 4), zero=0)
    x = d.floats(shape)
    inputs = [x]
    if d.name == "BiasGelu" or d.name == "FastGelu" and d.chance(0.5):
        inputs.append(d.floats(shape[-1:]))
    alpha = d.real(0.2, 2) if d.name == "QuickGelu" else None

    def formula(case):
        x = sum(f64(v) for v in case.inputs)
        if d.name == "QuickGelu":
            return x * sigmoid(np.float64(np.float32(alpha)) * x)
        return gelu(x, "tanh" if d.name == "FastGelu" else "none")
    return Case(d.name, inputs, {"alpha": alpha}, bound=spread(8), numpy=formula)


@recipe("IsNaN", "IsInf", "Not", "BitwiseNot")
def predicate(d):
    x = d.array(d.shape(), d.type(d.schema.inputs[0].type_str))
    made = {}
    if d.name == "IsInf":
        made = {k: d.maybe(d.int(0, 1)) for k in ("detect_positive", "detect_negative")}
    return Case(d.name, [x], made)


# ---------------------------------------------------------------------------------------- two and more inputs

def two_shapes(d):
    full = d.shape()
    a, b = full, d.broadcast(full)
    if d.chance(0.3):
        a = d.broadcast(full)
    return (a, b) if d.chance(0.6) else (b, a)


@recipe("Add", "Sub", "Mul", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Xor",
        "BitwiseAnd", "BitwiseOr", "BitwiseXor")
def binary(d):
    dtype = d.type(d.schema.inputs[0].type_str)
    shape, other = two_shapes(d)
    a, b = d.array(shape, dtype), d.array(other, dtype)
    if d.name == "Div" and kind(dtype) == "i":
        b = np.where(b == 0, np.array(1, dtype), b)
        if limits(dtype)[0] < 0:  # the least number by -1: docs/semantics.md, and it ends ONNX Runtime
            a = np.maximum(a, np.array(limits(dtype)[0] + 1, dtype))
    float_rule = d.name in ("Add", "Sub", "Mul", "Div") and is_float(dtype)
    return Case(d.name, [a, b], bound=ulps(1) if float_rule else EXACT)


@recipe("Mod")
def mod(d):
    dtype = d.type()
    shape, other = two_shapes(d)
    a, b = d.array(shape, dtype), d.array(other, dtype)
    fmod = 1 if is_float(dtype) else d.int(0, 1)
    if kind(dtype) == "i":
        b = np.where(b == 0, np.array(3, dtype), b)
        if limits(dtype)[0] < 0:
            a = np.maximum(a, np.array(limits(dtype)[0] + 1, dtype))
    numpy = (lambda c: np.fmod(f64(c.inputs[0]), f64(c.inputs[1]))) if is_float(dtype) else None
    return Case(d.name, [a, b], {"fmod": fmod}, numpy=numpy)


@recipe("BitShift")
def bit_shift(d):
    dtype = d.type()
    bits = dtype.itemsize * 8
    shape, other = two_shapes(d)
    return Case(d.name, [d.array(shape, dtype), d.ints(other, dtype, 0, bits - 1)], {"direction": d.pick(["LEFT", "RIGHT"])})


@recipe("Pow")
def power(d):
    base = d.type("T")
    exponent = base if d.opset < 12 else d.type("T1")
    shape, other = two_shapes(d)
    x, y = d.array(shape, base), d.array(other, exponent)
    if d.chance(0.5) or not is_float(base) or not is_float(exponent):
        low = 0 if not is_float(base) or not is_float(exponent) else -3
        y = d.array(other, exponent, low, 4)
        y = np.round(f64(y)).astype(exponent)
        x = x if is_float(base) else d.array(shape, base, -7, 7)
    if not is_float(base):
        return Case(d.name, [x, y], numpy=integer_power)
    return Case(d.name, [x, y], bound=ulps(8), numpy=lambda c: np.power(f64(c.inputs[0]), f64(c.inputs[1])))


def integer_power(case):
    x, y = np.broadcast_arrays(*case.inputs)
    least, largest = limits(x.dtype)
    made = np.empty(x.shape, x.dtype)
    for i in np.ndindex(*x.shape):
        exact = int(x[i]) ** int(y[i])
        made[i] = (exact - least) % (largest - least + 1) + least
    return made


@recipe("PRelu")
def prelu(d):
    dtype = d.type()
    shape = d.shape()
    return Case(d.name, [d.array(shape, dtype), d.array(d.broadcast(shape), dtype)], bound=ulps(1))


@recipe("Max", "Min", "Mean", "Sum")
def variadic(d):
    dtype = d.type()
    full = d.shape()
    shapes = [d.broadcast(full) if d.chance(0.4) else full for _ in range(d.int(1, 5))]
    return Case(d.name, [d.array(s, dtype) for s in shapes], bound=EXACT if d.name in ("Max", "Min") else spread(4))


@recipe("Where")
def where(d):
    full, dtype = d.shape(), d.type()
    shapes = [d.broadcast(full) if d.chance(0.4) else full for _ in range(3)]
    return Case(d.name, [d.array(shapes[0], np.bool_), d.array(shapes[1], dtype), d.array(shapes[2], dtype)])


@recipe("Clip")
def clip(d):
    dtype = d.type()
    x = d.array(d.shape(), dtype)
    low, high = sorted(d.array((2,), dtype, -5, 5).tolist())
    if d.opset < 11:
        return Case(d.name, [x], {"min": d.maybe(float(low)), "max": d.maybe(float(high))})
    return Case(d.name, [x, d.maybe(np.array(low, dtype)), d.maybe(np.array(high, dtype))])


# --------------------------------------------------------------------------------------------- conversions

def castable(d, x, to):
    """Values whose conversion ONNX states: what does not fit an integer is in docs/semantics.md."""
    if kind(x.dtype) == "f" and kind(to) in "i":
        low, high = limits(to)
        bound = float(min(-low, 60000) if low else 0), float(min(high, 60000))
        x = d.array(x.shape, x.dtype, -bound[0], bound[1])
        return np.where(np.isfinite(x.astype(np.float64)), x, np.ones((), x.dtype))
    if to.name.startswith("float8_e8m0") and kind(x.dtype) in "fi":
        return d.array(x.shape, x.dtype, 1, 5)  # for 0 and less than 0 ONNX leaves it open
    return x


@recipe("Cast", "CastLike")
def cast(d):
    narrow = {"string", "complex64", "complex128"}
    source = d.type("T1", [t for t in d.allowed("T1") if t not in narrow])
    to = d.type("T2", [t for t in d.allowed("T2") if t not in narrow])
    x = castable(d, d.array(d.shape(), source), to)
    made = {}
    if d.opset >= 19 and to.name.startswith("float8") and d.chance(0.5):
        made["saturate"] = d.int(0, 1)
    if d.opset >= 24 and to.name.startswith("float8_e8m0") and d.chance(0.5):
        made["round_mode"] = d.pick(["up", "down", "nearest"])
    if d.name == "Cast":
        return Case(d.name, [x], {"to": NUMBER[to], **made})
    return Case(d.name, [x, d.array(d.shape(1), to)], made)


@recipe("BitCast")
def bit_cast(d):
    source = d.type("T1", [t for t in d.allowed("T1") if t not in ("string",)])
    same = [t for t in d.allowed("T2") if BY_NUMBER_BITS(t) == BY_NUMBER_BITS_OF(source)]
    to = d.type("T2", same)
    return Case(d.name, [d.array(d.shape(), source)], {"to": NUMBER[to]},
                numpy=lambda c: np.ascontiguousarray(c.inputs[0]).view(BY_NUMBER[c.attrs["to"]]).reshape(c.inputs[0].shape))


def BY_NUMBER_BITS(name):
    from values import PACKED, TYPES
    number, dtype = TYPES[name]
    return PACKED.get(number, np.dtype(dtype).itemsize * 8) if name != "string" else 0


def BY_NUMBER_BITS_OF(dtype):
    from values import PACKED
    return PACKED.get(NUMBER[dtype], dtype.itemsize * 8)
