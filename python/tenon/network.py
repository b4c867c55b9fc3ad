# SPDX-License-Identifier: Apache-2.0
"""Networks by hand, layer by layer. Every operator is a method (layers.py), so are the blocks of tenon/nn.h.

    net = tenon.Network("small", weights="small.safetensors")
    x = net.input("x", "f32[N,3,32,32]")
    x = net.relu(net.conv(x, net.weight("conv.weight"), pads=[1, 1, 1, 1]))
    net.output(x, "y")
    engine = net.finish().build()

What is wrong raises tenon.Error at the line that says it.
"""
import contextlib
import ctypes
import inspect
import os
import sys
import weakref

import numpy as np

from ._native import HERE, blocks, dtypes, lib, structs
from .env import default_env
from .errors import Report
from .layers import Layers
from .model import Graph
from .tensors import NAMES, Tensor, dtype_number
from .weights import Weights


class Value:
    """A tensor of the network."""

    def __init__(self, net, handle):
        self.net, self.handle = net, handle

    @property
    def name(self):
        return lib.tn_value_name(self.handle).decode()

    @property
    def dtype(self):
        return NAMES.get(lib.tn_value_dtype(self.handle), "?")

    @property
    def rank(self):
        """-1 where only a run will tell."""
        return lib.tn_value_rank(self.handle)

    @property
    def shape(self):
        """-1 for dimensions that are not numbers; None when the rank is not known."""
        return tuple(lib.tn_value_dim(self.handle, i) for i in range(self.rank)) if self.rank >= 0 else None

    @property
    def type(self):
        """"f32[N,64,112,112]"."""
        return lib.tn_value_type(self.net.handle, self.handle).decode()

    def __repr__(self):
        return f"<{self.name}: {self.type}>"


# ---- how arguments become the C struct of a call

LIST = {"I": ("tn_int_list", ctypes.c_int64), "F": ("tn_float_list", ctypes.c_float),
        "S": ("tn_text_list", ctypes.c_char_p), "T": ("tn_value_list", ctypes.c_void_p),
        "O": ("tn_out_list", ctypes.c_void_p)}
PLAIN = {"i": ctypes.c_int64, "f": ctypes.c_double, "s": ctypes.c_char_p, "y": ctypes.c_char_p,
         "t": ctypes.c_void_p, "x": ctypes.c_void_p, "g": ctypes.c_void_p, "o": ctypes.c_void_p}


def _bytes(text):
    return text if isinstance(text, bytes) else str(text).encode()


def _list(kind, values):
    name, item = LIST[kind]
    room = (item * max(1, len(values)))(*values)
    made = structs[name](n=len(values), v=ctypes.addressof(room))
    made.room = room  # lives as long
    return made


def _struct(fields):
    """Laid out as C does it, from (kind, value) pairs after the layer's name, args_ and the network."""
    kinds = [("named", ctypes.c_char_p), ("args_", ctypes.c_int), ("net", ctypes.c_void_p)]
    kinds += [(f"f{i}", structs[LIST[k][0]] if k in LIST else PLAIN[k]) for i, (k, _) in enumerate(fields)]
    made = type("arguments", (ctypes.Structure,), {"_fields_": kinds})()
    for i, (_, value) in enumerate(fields):
        if value is not None:
            setattr(made, f"f{i}", value)
    return made


class Network(Layers):
    """A network being made. `weights`: a Weights, a checkpoint's path, or a dict of arrays."""

    def __init__(self, name="", weights=None, env=None):
        self.env, self.handle, self.outer = env or default_env(), ctypes.c_void_p(), None
        self._report = Report(self.env)
        self._report.check(lib.tn_network_new(ctypes.byref(self.handle), self.env.handle, name.encode(),
                                              self._report.handle))
        weakref.finalize(self, lib.tn_network_free, self.handle)
        self.weights = None
        if weights is not None:
            self.take_weights(weights)

    def take_weights(self, weights):
        if isinstance(weights, (str, os.PathLike)):
            weights = Weights(weights, self.env)
        elif not isinstance(weights, Weights):
            given, weights = weights, Weights(env=self.env)
            for name, array in given.items():
                weights[name] = array
        self.weights = weights
        lib.tn_network_weights(self.handle, weights.handle)

    def random_weights(self, seed=1):
        """Made-up weights, the same on every machine, where there is no checkpoint."""
        lib.tn_network_random(self.handle, seed)

    def finish(self):
        """The Graph; the network is spent."""
        graph = ctypes.c_void_p()
        self._report.check(lib.tn_network_finish(self.handle, ctypes.byref(graph)))
        self._graph = Graph(env=self.env, _handle=graph, _keep=(self.weights,))  # values are looked at afterwards too
        return self._graph

    def names(self, path):
        """Gives layers the names of the model which this source was written from: `tenon codegen` writes them."""
        lib.tn_network_names(self.handle, os.fsencode(path))
        self._check()

    def _check(self):
        status = lib.tn_network_status(self.handle)
        if status or lib.tn_diags_count(self._report.handle):
            self._report.check(status)

    def _value(self, handle):
        self._check()
        if not handle:
            raise RuntimeError("the network is finished: nothing can be added to it")
        return Value(self, handle)

    # ---- what goes in and out

    def input(self, name, type):
        """`type` as in the text form: "f32[N,3,H,W]". A name that occurs twice means the same size."""
        return self._value(lib.tn_input(self.handle, _bytes(name), _bytes(type)))

    def output(self, value, name=None):
        """Makes any value an output, under `name` (None: its own)."""
        return self._value(lib.tn_output(self.handle, value.handle, None if name is None else _bytes(name)))

    def open_size(self, name, usual=0, least=0, most=0):
        """What is known of a size that an input's type names: what kernels are chosen for, its range. 0: unknown."""
        lib.tn_open_size(self.handle, _bytes(name), usual, least, most)
        self._check()

    def state(self, input, output, first=None):
        """Makes an input state: what `output` was in the last run, before that `first`, a constant (None: zeros)."""
        lib.tn_state(self.handle, _bytes(input), _bytes(output), first and first.handle)
        self._check()

    def const(self, value, name=None):
        """A constant: an array, or text as "f32[2] = {1, 0.5}"."""
        name = None if name is None else _bytes(name)
        if isinstance(value, (str, bytes)):
            return self._value(lib.tn_const(self.handle, name, _bytes(value)))
        tensor = Tensor(self.env, value)
        dtype, rank = lib.tn_tensor_dtype(tensor.handle), lib.tn_tensor_rank(tensor.handle)
        return self._value(lib.tn_const_data(self.handle, name, dtype, rank, lib.tn_tensor_dims(tensor.handle),
                                             lib.tn_tensor_const_data(tensor.handle)))

    def scalar(self, dtype, value):
        """Rank 0; `dtype` is "f32" or a type of numpy's."""
        return self._value(lib.tn_scalar(self.handle, dtype_number(dtype), float(value)))

    def index(self, *values):
        """An i64 vector from its elements: index(1, -1, 64)."""
        return self._value(lib.tn_vector(self.handle, len(values), (ctypes.c_int64 * len(values))(*values)))

    def sizes(self, text):
        """An i64 vector of numbers that sizes of inputs come to: sizes("N, 2*H, 64"), where their types name N and H."""
        return self._value(lib.tn_sizes_at(ctypes.byref(self._site()), self.handle, _bytes(text)))

    def weight(self, name, type=None):
        """The weight of that name below the scope; a leading "/" makes it complete. `type`: what is expected."""
        return self._value(lib.tn_weight(self.handle, _bytes(name), None if type is None else _bytes(type)))

    def has_weight(self, name):
        return bool(lib.tn_has_weight(self.handle, _bytes(name)))

    @contextlib.contextmanager
    def scope(self, path):
        """A module path: layers and weights made inside are named below it."""
        lib.tn_scope_push(self.handle, b"%s", ctypes.c_char_p(_bytes(path)))
        self._check()
        try:
            yield self
        finally:
            lib.tn_scope_pop(self.handle)

    def body(self, attribute, name=None):
        """The body of an If, Loop or Scan: a network of its own that may read what was made around it before."""
        made = object.__new__(Network)
        made.env, made._report, made.weights, made.outer = self.env, self._report, self.weights, self
        made.handle = ctypes.c_void_p(lib.tn_body(self.handle, attribute.encode(), None if name is None else _bytes(name)))
        self._check()
        return made

    # ---- layers

    def _site(self, written=""):
        """The line of the caller's source that a layer comes from."""
        frame = sys._getframe(1)
        while frame.f_back and os.path.dirname(frame.f_code.co_filename) == str(HERE):
            frame = frame.f_back
        return structs["tn_site"](os.fsencode(frame.f_code.co_filename), frame.f_lineno, written.encode())

    def _attribute(self, kind, value):
        if value is None:
            return None
        if kind in "IF":
            return _list(kind, [int(v) if kind == "I" else float(v) for v in value])
        if kind == "S":
            return _list(kind, [_bytes(v) for v in value])
        if kind in "sy":
            return _bytes(value)
        if kind == "g":
            return value.handle
        if kind == "x":
            return self._literal(value)
        if kind == "i" and isinstance(value, str):
            return dtype_number(value)  # to="f32"
        return int(value) if kind == "i" else float(value)

    def _literal(self, value):
        if isinstance(value, (str, bytes)):
            made = lib.tn_literal(self.handle, _bytes(value))
            self._check()
            return made
        tensor = Tensor(self.env, value)  # copied by the call
        made = ctypes.c_void_p(tensor.handle.value)
        made.kept = tensor
        return made

    def _input(self, kind, value):
        if kind == "T":
            return _list(kind, [None if v is None else self._input("t", v).value for v in value or ()])
        if isinstance(value, np.ndarray):
            value = self.const(value)
        if value is not None and not isinstance(value, Value):
            raise TypeError(f"a value of the network or an array is wanted, not {value!r}")
        return ctypes.c_void_p(value.handle if value is not None else None)

    def _layer(self, op, input_kinds, inputs, attribute_kinds, attributes, output_names, outs, named):
        """Calls the operator's function with the struct that tenon/layers.h declares for it."""
        fields = [(k, self._input(k, v)) for k, v in zip(input_kinds, inputs)]
        fields += [(k, self._attribute(k, v)) for k, v in zip(attribute_kinds, attributes.values())]
        written = "".join(f", .{name}" for name, value in attributes.items() if value is not None)
        variadic = output_names[-1:] == ("*",)
        wanted = _wanted(op, output_names, outs, variadic)
        room = (ctypes.c_void_p * max(1, len(wanted) if variadic else len(output_names)))()
        where = [ctypes.addressof(room) + i * ctypes.sizeof(ctypes.c_void_p) for i in range(len(room))]
        if variadic:
            out = structs["tn_out_list"](len(wanted) if outs is not None else 0, ctypes.addressof(room))
            fields += [("o", None)] * (len(output_names) - 2) + [("O", out)]
        else:
            fields += [("o", where[i] if i in wanted else None) for i in range(1, len(output_names))]
        call = _struct(fields)
        call.named, call.net = None if named is None else _bytes(named), self.handle
        site = self._site(written)
        first = self._value(lib.tn_layer_call(op.encode(), ctypes.byref(site), ctypes.byref(call)))
        if outs is None:
            return first
        if not variadic:
            room[0] = first.handle
        return tuple(Value(self, room[i]) for i in wanted)

    def layer(self, op, inputs, attributes=None, *, outs=None, named=None):
        """Any operator by its name, plug-ins too: layer("com.example.Twice", [x], "scale=0.5"). `outs`: how many
        outputs there are, as a tuple then."""
        room = (ctypes.c_void_p * max(1, outs or 1))()
        call = structs["tn_layer_args"](named=None if named is None else _bytes(named), net=self.handle, op=op.encode(),
                                        attributes=None if attributes is None else _bytes(attributes))
        call.inputs = _list("T", [self._input("t", v).value for v in inputs])
        call.outs = structs["tn_out_list"](outs or 0, ctypes.addressof(room))
        site = self._site()
        first = self._value(lib.tn_layer_by_name(ctypes.byref(site), ctypes.byref(call)))
        return first if outs is None else tuple(Value(self, handle) for handle in room)

    # ---- what nn.h has as macros

    def view(self, x, *sizes):
        """-1 once for the rest and 0 for "as it is": view(x, 0, -1, 64)."""
        return self.reshape(x, self.index(*sizes))

    def permute(self, x, *axes):
        return self.transpose(x, perm=axes)


def _wanted(op, names, outs, variadic):
    """Numbers of the outputs that are returned: `outs` is a count, or a list of names."""
    if outs is None:
        return [0]
    if isinstance(outs, int):
        if outs < 1 or not variadic and outs > len(names):
            raise ValueError(f"{op} has no {outs} outputs")
        return list(range(outs))
    for name in outs:
        if name not in names:
            raise ValueError(f"{op} has no output '{name}', it has: {', '.join(names)}")
    return [names.index(name) for name in outs]


# ---- the blocks of nn.h as methods

def _argument(kind, value):
    if isinstance(value, Value):
        return value.handle
    if isinstance(kind, type) and issubclass(kind, ctypes.Structure):
        return kind(*value)
    return _bytes(value) if isinstance(value, str) else value


def _method(name, block):
    function = getattr(lib, block.function)
    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)]
    parameters += [inspect.Parameter(p, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None) for p in block.arguments]
    signature = inspect.Signature(parameters)

    def method(self, /, *args, **named):
        given = {k: v for k, v in signature.bind(self, *args, **named).arguments.items() if k != "self"}
        if block.struct is None:
            return self._value(function(self.handle, *[_argument(k, given.get(p))
                                                       for p, k in zip(block.arguments, function.argtypes[1:])]))
        kinds = dict(block.struct._fields_)
        call = block.struct(net=self.handle)
        for key, value in {**given, **block.fixed}.items():
            if value is not None:
                setattr(call, key, _argument(kinds[key], value))
        site = self._site()
        return self._value(function(ctypes.byref(site), ctypes.byref(call)))

    method.__name__, method.__qualname__ = name, "Network." + name
    method.__doc__, method.__signature__ = block.doc, signature
    return method


for _name, _block in blocks.items():
    setattr(Network, _name, _method(_name, _block))

assert set(NAMES) == set(dtypes.values())
