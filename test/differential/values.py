# SPDX-License-Identifier: Apache-2.0
"""Element types, and random shapes and values that go to the corners more often than to the middle."""
import ml_dtypes
import numpy as np

# ONNX's text for a type: (its number, numpy's type)
TYPES = {
    "float": (1, np.float32), "uint8": (2, np.uint8), "int8": (3, np.int8), "uint16": (4, np.uint16),
    "int16": (5, np.int16), "int32": (6, np.int32), "int64": (7, np.int64), "string": (8, np.object_),
    "bool": (9, np.bool_), "float16": (10, np.float16), "double": (11, np.float64), "uint32": (12, np.uint32),
    "uint64": (13, np.uint64), "complex64": (14, np.complex64), "complex128": (15, np.complex128),
    "bfloat16": (16, ml_dtypes.bfloat16), "float8e4m3fn": (17, ml_dtypes.float8_e4m3fn),
    "float8e4m3fnuz": (18, ml_dtypes.float8_e4m3fnuz), "float8e5m2": (19, ml_dtypes.float8_e5m2),
    "float8e5m2fnuz": (20, ml_dtypes.float8_e5m2fnuz), "uint4": (21, ml_dtypes.uint4), "int4": (22, ml_dtypes.int4),
    "float4e2m1": (23, ml_dtypes.float4_e2m1fn), "float8e8m0": (24, ml_dtypes.float8_e8m0fnu),
    "uint2": (25, ml_dtypes.uint2), "int2": (26, ml_dtypes.int2),
}
NUMBER = {np.dtype(t): n for n, t in TYPES.values()}
BY_NUMBER = {n: np.dtype(t) for n, t in TYPES.values()}
FLOATS = ["float", "float16", "double", "bfloat16"]
UNIT = {np.dtype(t): 2.0**-n for t, n in [(np.float32, 24), (np.float16, 11), (np.float64, 53), (ml_dtypes.bfloat16, 8),
                                          (ml_dtypes.float8_e4m3fn, 4), (ml_dtypes.float8_e4m3fnuz, 4),
                                          (ml_dtypes.float8_e5m2, 3), (ml_dtypes.float8_e5m2fnuz, 3),
                                          (ml_dtypes.float4_e2m1fn, 2), (ml_dtypes.float8_e8m0fnu, 1),
                                          (np.complex64, 24), (np.complex128, 53)]}
# What is smaller in magnitude than this may have become zero.
TINY = {np.dtype(np.float32): 2.0**-126, np.dtype(np.float64): 2.0**-1022, np.dtype(np.float16): 2.0**-24,
        np.dtype(ml_dtypes.bfloat16): 2.0**-126}
PACKED = {21: 4, 22: 4, 23: 4, 25: 2, 26: 2}  # bits of an element narrower than a byte

ODD = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-30, -1e-30, 3e38, -3e38, 88.8,
                -103.5, 8388609.0, 16777217.0, 1e10, -1e10, 65504.0, 65520.0, 2147483648.0, -2147483648.0, 9.3e18])
DIMS = [2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 20, 31, 32, 33, 40, 63, 64, 65, 100, 127, 128, 130, 257]
TEXTS = ["", "a", "A", "b", "ab", "abc", "été", "日本", "a b", " a", "x,y", "a@b.c", "The", "the", "1", "-2.5", "0x10"]


def is_float(dtype):
    return np.dtype(dtype) in TINY


def kind(dtype):
    """'f'loat, 'i'nteger, 'b'ool, 'c'omplex, 's'tring; the narrow types too."""
    dtype = np.dtype(dtype)
    if dtype in UNIT:
        return "c" if dtype.kind == "c" else "f"
    return {"b": "b", "O": "s"}.get(dtype.kind, "i")


def limits(dtype):
    info = ml_dtypes.iinfo(dtype)
    return int(info.min), int(info.max)


class Values:
    """Draws; the same generator gives the same case on every machine."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.scales = [1, 1, 1, 3, 10]
        self.odd = self.chance(0.2)  # NaN, infinities and the like among the floats of this case
        self.ties = self.chance(0.2)  # few distinct values

    def calm(self):
        """Values about one, so that what is masked by adding -10000 is masked."""
        self.scales, self.odd, self.ties = [0.7], False, False

    def chance(self, p):
        return bool(self.random.random() < p)

    def int(self, low, high):
        """low <= n <= high"""
        return int(self.random.integers(low, high + 1))

    def pick(self, among):
        among = list(among)
        return among[self.int(0, len(among) - 1)]

    def picks(self, among, n):
        among = list(among)
        return [among[i] for i in self.random.permutation(len(among))[:n]]

    def real(self, low, high):
        return float(np.float32(self.random.uniform(low, high)))

    def dim(self, most=300, zero=0.02):
        p = self.random.random()
        if p < zero:
            return 0
        if p < zero + 0.2:
            return 1
        return min(most, self.int(2, 9) if p < 0.8 else self.pick(DIMS))

    def rank(self, low=0, high=12):
        """Mostly 1 to 4, now and then all that Tenon has."""
        if self.chance(0.08):
            return self.int(low, high)
        return min(max(self.int(0, 5), low), high)

    def shape(self, rank=None, most=3000, zero=0.02):
        rank = self.rank() if rank is None else rank
        dims, count = [], 1
        for _ in range(rank):
            n = self.dim(zero=zero)
            if n * count > most:
                n = 1
            dims.append(n)
            count *= max(n, 1)
        return tuple(dims[i] for i in self.random.permutation(rank))

    def broadcast(self, shape, p=0.3):
        """A shape that broadcasts to `shape` one way."""
        dims = [1 if self.chance(p) else n for n in shape]
        return tuple(dims[self.int(0, len(dims)):] if self.chance(p) else dims)

    def floats(self, shape, dtype=np.float32, low=None, high=None, odd=None):
        """Normally distributed, or within [low, high]; odd ones among them when the case is odd."""
        if low is None:
            x = self.random.normal(0, self.pick(self.scales), shape)
        else:
            x = self.random.uniform(low, high, shape)
        if self.ties and low is None:
            x = np.round(x)
        x = np.asarray(x)
        if low is None and (self.odd if odd is None else odd):
            here = self.random.random(shape) < self.pick([0.05, 0.4])
            x = np.where(here, self.random.choice(ODD, shape), x)
        with np.errstate(all="ignore"):
            return np.asarray(np.asarray(x, np.float32)).astype(dtype)

    def ints(self, shape, dtype=np.int64, low=None, high=None):
        least, largest = limits(dtype)
        if low is None:
            if self.chance(0.5) or largest < 64:
                low, high = max(least, -9), min(largest, 9)
            else:
                x = self.random.integers(least, largest, shape, np.int64 if least else np.uint64, endpoint=True)
                ends = np.array([least, largest, 0, 1, least + 1, largest - 1], x.dtype)
                return np.where(self.random.random(shape) < 0.2, self.random.choice(ends, shape), x).astype(dtype)
        return self.random.integers(low, high, shape, np.int64, endpoint=True).astype(dtype)

    def array(self, shape, dtype, low=None, high=None):
        """Values of any type. Bounds count for numbers."""
        dtype = np.dtype(dtype)
        what = kind(dtype)
        if what == "b":
            return self.random.random(shape) < 0.5
        if what == "s":
            made = np.empty(shape, object)
            for i in np.ndindex(*shape):
                made[i] = self.pick(TEXTS)
            return made
        if what == "c":
            with np.errstate(all="ignore"):
                return (self.floats(shape) + 1j * self.floats(shape)).astype(dtype)
        if what == "i":
            if low is not None:
                least, largest = limits(dtype)
                low, high = max(least, int(np.ceil(low))), min(largest, int(high))
            return self.ints(shape, dtype, low, high)
        return self.floats(shape, dtype, low, high)
