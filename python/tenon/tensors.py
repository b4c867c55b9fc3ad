# SPDX-License-Identifier: Apache-2.0
"""Between numpy's arrays and the library's tensors. Inputs are borrowed where numpy has the type, outputs are copied.
bf16, the 8-bit floats and the 4-bit types, which numpy has not, come as float32 or int8 and are rounded going in."""
import ctypes
import weakref

import numpy as np

from ._native import dtypes, lib, structs
from .errors import Error, status_text

KINDS = ("tensor", "sequence", "optional", "optional sequence")
NAMES = {number: name for name, number in dtypes.items()}
NUMPY = {"f32": "float32", "f64": "float64", "f16": "float16", "u8": "uint8", "i8": "int8", "u16": "uint16",
         "i16": "int16", "i32": "int32", "i64": "int64", "u32": "uint32", "u64": "uint64", "bool": "bool",
         "c64": "complex64", "c128": "complex128"}
NUMPY = {name: np.dtype(text) for name, text in NUMPY.items()}
STAND_IN = {"u4": np.uint8, "u2": np.uint8, "i4": np.int8, "i2": np.int8}  # the rest: float32


def dtype_number(dtype):
    """ONNX's number of "f32", "bf16" or anything that numpy takes for a type."""
    if isinstance(dtype, str) and dtype in dtypes:
        return dtypes[dtype]
    wanted = np.dtype(dtype)
    for name, each in NUMPY.items():
        if each == wanted:
            return dtypes[name]
    if wanted.kind in "OSU":
        return dtypes["string"]
    raise TypeError(f"there is no element type for {wanted}")


class Tensor:
    """A tensor of the library's over an array, for as long as this lives. `dtype`: what the engine wants."""

    def __init__(self, env, array, dtype=None):
        array = np.asarray(array)
        name = NAMES[dtype or dtype_number(array.dtype)]
        self.handle, self.env = ctypes.c_void_p(), env
        if name == "string":
            self.wrap(name, array.shape, self.strings(array))
        elif name in NUMPY:
            if dtype and array.dtype != NUMPY[name]:
                raise TypeError(f"it holds {array.dtype}, {NUMPY[name]} is wanted")
            self.array = np.require(array, requirements="CA")
            self.wrap(name, array.shape, ctypes.c_void_p(self.array.ctypes.data))
        else:
            self.convert(name, array)

    def own(self, status):
        if status:
            raise Error(status_text(status), [])
        weakref.finalize(self, lib.tn_tensor_free, self.handle)

    def wrap(self, name, shape, data):
        dims = (ctypes.c_int64 * len(shape))(*shape)
        self.own(lib.tn_tensor_wrap(ctypes.byref(self.handle), self.env.handle, dtypes[name], len(shape), dims, data))

    def strings(self, array):
        kept = [x if isinstance(x, bytes) else str(x).encode() for x in array.ravel().tolist()]
        text = (structs["tn_str"] * max(1, len(kept)))(*[(x, len(x)) for x in kept])
        self.array = (kept, text)
        return ctypes.cast(text, ctypes.c_void_p)

    def convert(self, name, array):
        dims = (ctypes.c_int64 * array.ndim)(*array.shape)
        self.own(lib.tn_tensor_new(ctypes.byref(self.handle), self.env.handle, dtypes[name], array.ndim, dims))
        for i, value in enumerate(array.ravel().tolist()):
            lib.tn_tensor_set(self.handle, i, float(value))


def to_numpy(tensor):
    """A copy: an array, a list (of a sequence), or None (of an empty optional)."""
    if not tensor:
        return None
    kind = KINDS[lib.tn_tensor_kind(tensor)]
    if kind != "tensor":
        items = [to_numpy(lib.tn_tensor_item(tensor, i)) for i in range(lib.tn_tensor_items(tensor))]
        return items if kind == "sequence" else items[0] if items else None
    rank, name = lib.tn_tensor_rank(tensor), NAMES[lib.tn_tensor_dtype(tensor)]
    shape = tuple((ctypes.c_int64 * rank).from_address(lib.tn_tensor_dims(tensor))) if rank else ()
    count, data = lib.tn_tensor_count(tensor), lib.tn_tensor_const_data(tensor)
    if not count:
        return np.empty(shape, NUMPY.get(name, object if name == "string" else STAND_IN.get(name, np.float32)))
    if name in NUMPY:
        room = (ctypes.c_char * lib.tn_tensor_bytes(tensor)).from_address(data)
        return np.frombuffer(room, NUMPY[name]).reshape(shape).copy()
    if name == "string":
        text = (structs["tn_str"] * count).from_address(data)
        made = np.empty(count, object)
        made[:] = [_string(t) for t in text]
        return made.reshape(shape)
    values = [lib.tn_tensor_get(tensor, i) for i in range(count)]
    return np.array(values, STAND_IN.get(name, np.float32)).reshape(shape)


def _string(t):
    at = structs["tn_str"].text.offset + ctypes.addressof(t)
    address = ctypes.c_void_p.from_address(at).value
    text = ctypes.string_at(address, t.size) if t.size else b""
    return text.decode("utf-8", "surrogateescape")
