# SPDX-License-Identifier: Apache-2.0
"""From a model file to numbers: Graph is what the model says, Engine what will run, Context one running of it."""
import ctypes
import os
import threading
import weakref
from dataclasses import dataclass

from ._native import lib, structs
from .env import default_env
from .errors import Report
from .tensors import KINDS, NAMES, Tensor, to_numpy


@dataclass(frozen=True)
class Io:
    """An input or output. Dimensions that depend on the inputs are expressions: ("N", 3, "2*H+1"); `shape` is None
    when the rank is known only when it runs."""
    name: str
    kind: str
    dtype: str
    shape: tuple


def _io(address):
    io = structs["tn_io"].from_address(address)
    shape = tuple(io.dims[i] if io.dims[i] >= 0 else (io.expr[i] or b"?").decode() for i in range(max(0, io.rank)))
    return Io(io.name.decode(), KINDS[io.kind], NAMES.get(io.dtype, "?"), shape if io.rank >= 0 else None)


def _names(value):
    """Comma-separated, from a string or a list of strings."""
    return value.encode() if isinstance(value, str) else ",".join(value).encode() if value else None


def _passes(only=None, disable=None, after=None):
    return structs["tn_pass_options"](only=_names(only), disable=_names(disable), after=_names(after))


class Graph:
    """A model. Graph(path) reads ONNX, .pt2 or .tnt; Graph.parse(text) the text form; Network makes one."""

    def __init__(self, path=None, env=None, *, follow_external=False, _handle=None, _keep=()):
        self.env, self.handle, self._keep = env or default_env(), _handle or ctypes.c_void_p(), _keep
        if not _handle:
            options = structs["tn_load_options"](follow_external=follow_external)
            with Report(self.env) as report:
                report.check(lib.tn_graph_load(ctypes.byref(self.handle), self.env.handle, os.fsencode(path),
                                               ctypes.byref(options), report.handle))
        weakref.finalize(self, lib.tn_graph_free, self.handle)

    @classmethod
    def parse(cls, text, name="text", env=None):
        env, handle = env or default_env(), ctypes.c_void_p()
        with Report(env) as report:
            report.check(lib.tn_graph_parse(ctypes.byref(handle), env.handle, text.encode(), name.encode(),
                                            report.handle))
        return cls(env=env, _handle=handle)

    @property
    def inputs(self):
        return [_io(lib.tn_graph_input(self.handle, i)) for i in range(lib.tn_graph_input_count(self.handle))]

    @property
    def outputs(self):
        return [_io(lib.tn_graph_output(self.handle, i)) for i in range(lib.tn_graph_output_count(self.handle))]

    def text(self, elide=True):
        """The text form. `elide` leaves large constants out: it is then for people only."""
        text = ctypes.c_char_p()
        with Report(self.env) as report:
            report.check(lib.tn_graph_text(self.handle, elide, ctypes.byref(text)))
        return text.value.decode("utf-8", "replace")

    def set_shape(self, name, shape):
        """Fixes an input's shape; -1 leaves a dimension as it is."""
        dims = (ctypes.c_int64 * len(shape))(*shape)
        with Report(self.env) as report:
            report.check(lib.tn_graph_set_shape(self.handle, name.encode(), len(shape), dims, report.handle))

    def set_value(self, name, array):
        """Makes an input a constant."""
        tensor = Tensor(self.env, array)
        with Report(self.env) as report:
            report.check(lib.tn_graph_set_value(self.handle, name.encode(), tensor.handle, report.handle))

    def optimize(self, only=None, disable=None, after=None):
        """Runs the passes in place: names as lists or with commas; `after` stops once that pass has run."""
        options = _passes(only, disable, after)
        with Report(self.env) as report:
            report.check(lib.tn_graph_optimize(self.handle, ctypes.byref(options), report.handle))

    def save(self, path, external=False):
        """Writes ONNX; `external` puts the weights into a file of their own."""
        with Report(self.env) as report:
            report.check(lib.tn_graph_save(self.handle, os.fsencode(path), external, report.handle))

    def codegen(self, folder, language="c"):
        """Writes source that builds this graph: as `tenon codegen`."""
        with Report(self.env) as report:
            report.check(lib.tn_graph_codegen(self.handle, os.fsencode(folder), language.encode(), report.handle))

    def build(self, **options):
        """The engine of this graph, which is optimised in place: see Engine.build."""
        return Engine.build(self, **options)


def _shapes(given):
    made = (structs["tn_shape"] * max(1, len(given)))()
    for each, (name, shape) in zip(made, given.items()):
        each.input, each.rank = name.encode(), len(shape)
        each.dims[:len(shape)] = list(shape)
    return made


class Engine:
    """What will run: immutable, shared freely between threads. engine.run(x=...) runs it."""

    def __init__(self, handle, env, keep=()):
        self.handle, self.env, self._keep = handle, env, keep
        self._context, self._lock = None, threading.Lock()
        weakref.finalize(self, lib.tn_plan_free, handle)

    @classmethod
    def build(cls, model, *, threads=0, timing_cache=None, no_timing=False, exact=False, tactics=None,
              min_shapes=None, opt_shapes=None, max_shapes=None, only=None, disable=None, env=None):
        """From a Graph or a model's path. threads: tuned for (0: all cores); timing_cache: a file read and updated;
        no_timing: the kernels' own order instead of measuring; exact: no kernels that round more than a plain sum;
        tactics: patterns of the kernels that may be chosen; shapes: {"x": (1, 3, 224, 224)}, what it is tuned for."""
        graph = model if isinstance(model, Graph) else Graph(model, env)
        corners = [_shapes(s or {}) for s in (min_shapes, opt_shapes, max_shapes)]
        passes = _passes(only, disable)
        options = structs["tn_build_options"](
            threads=threads, timing_cache=os.fsencode(timing_cache) if timing_cache else None, no_timing=no_timing,
            exact=exact, tactics=_names(tactics), passes=ctypes.addressof(passes))
        for name, corner, given in zip(("min", "opt", "max"), corners, (min_shapes, opt_shapes, max_shapes)):
            setattr(options, name + "_shapes", ctypes.addressof(corner))
            setattr(options, name + "_count", len(given or {}))
        handle = ctypes.c_void_p()
        with Report(graph.env) as report:
            report.check(lib.tn_plan_build(ctypes.byref(handle), graph.handle, ctypes.byref(options), report.handle))
        return cls(handle, graph.env)

    @classmethod
    def load(cls, path, env=None, *, map=False):
        """Reads an engine file. With `map` it is mapped: it must then not be truncated while the engine lives."""
        env, handle = env or default_env(), ctypes.c_void_p()
        with Report(env) as report:
            report.check(lib.tn_plan_load(ctypes.byref(handle), env.handle, os.fsencode(path), map, report.handle))
        return cls(handle, env)

    def save(self, path):
        with Report(self.env) as report:
            report.check(lib.tn_plan_save(self.handle, os.fsencode(path), report.handle))

    @property
    def inputs(self):
        return [_io(lib.tn_plan_input(self.handle, i)) for i in range(lib.tn_plan_input_count(self.handle))]

    @property
    def outputs(self):
        return [_io(lib.tn_plan_output(self.handle, i)) for i in range(lib.tn_plan_output_count(self.handle))]

    @property
    def bytes(self):
        return lib.tn_plan_bytes(self.handle)

    @property
    def threads(self):
        return lib.tn_plan_threads(self.handle)

    def model(self):
        """The model that it was built from, as a Graph."""
        handle = ctypes.c_void_p()
        with Report(self.env) as report:
            report.check(lib.tn_plan_model(self.handle, ctypes.byref(handle), report.handle))
        return Graph(env=self.env, _handle=handle, _keep=(self,))

    def optimized(self):
        """The network that it runs, as a Graph: optimised, fused, with its layouts."""
        handle = ctypes.c_void_p()
        with Report(self.env) as report:
            report.check(lib.tn_plan_optimized(self.handle, ctypes.byref(handle), report.handle))
        return Graph(env=self.env, _handle=handle, _keep=(self,))

    def context(self, **options):
        return Context(self, **options)

    def run(self, *inputs, **named):
        """Runs with the inputs in order or by name; returns {name: array}. One thread at a time: threads that run
        at once take a context each."""
        with self._lock:
            self._context = self._context or Context(self)
            return self._context.run(*inputs, **named)


class Context:
    """Buffers and state for one thread at a time. profile: measure every step; taps: tensors to keep, by name."""

    def __init__(self, engine, *, threads=0, no_spin=False, profile=False, taps=()):
        self.engine, self.env, self.handle = engine, engine.env, ctypes.c_void_p()
        self._bound, self._outputs = {}, engine.outputs
        self._inputs = {io.name: (i, io) for i, io in enumerate(engine.inputs)}
        self._report = Report(self.env)
        options = structs["tn_context_options"](threads=threads, no_spin=no_spin, profile=profile)
        self._check(lib.tn_context_new(ctypes.byref(self.handle), engine.handle, ctypes.byref(options),
                                       self._report.handle))
        weakref.finalize(self, lib.tn_context_free, self.handle)
        for name in taps:
            self._check(lib.tn_context_tap(self.handle, name.encode(), self._report.handle))

    def _check(self, status):
        if status or lib.tn_diags_count(self._report.handle):
            self._report.check(status)

    def bind(self, *inputs, **named):
        """Binds inputs, which are borrowed: what is written into a bound array is seen by the next run."""
        if len(inputs) > len(self._inputs):
            raise TypeError(f"{len(inputs)} inputs are given, there are {len(self._inputs)}")
        for name, array in [*zip(self._inputs, inputs), *named.items()]:
            if name not in self._inputs:
                raise TypeError(f"there is no input '{name}', there are: {', '.join(self._inputs)}")
            i, io = self._inputs[name]
            try:
                tensor = Tensor(self.env, array, _number(io))
            except TypeError as wrong:
                raise TypeError(f"input '{name}': {wrong}") from None
            self._check(lib.tn_context_set_input(self.handle, i, tensor.handle, self._report.handle))
            self._bound[name] = tensor

    def execute(self):
        """Runs with what is bound; `output` has what came out."""
        self._check(lib.tn_context_run(self.handle, self._report.handle))

    def output(self, which=0):
        """Output number or name `which` of the last run, copied."""
        if isinstance(which, str):
            which = [io.name for io in self._outputs].index(which)
        return to_numpy(lib.tn_context_output(self.handle, which))

    def run(self, *inputs, **named):
        self.bind(*inputs, **named)
        self.execute()
        return {io.name: self.output(i) for i, io in enumerate(self._outputs)}

    @property
    def taps(self):
        """{name: array}; None for one whose body did not run."""
        return {lib.tn_context_tap_name(self.handle, i).decode(): to_numpy(lib.tn_context_tap_value(self.handle, i))
                for i in range(lib.tn_context_tap_count(self.handle))}

    @property
    def steps(self):
        """What ran, as dicts: node, op, tactic, source, output, ns (with `profile`), flops, bytes."""
        found = []
        for i in range(lib.tn_plan_step_count(self.engine.handle)):
            step = structs["tn_step"]()
            self._check(lib.tn_context_step(self.handle, i, ctypes.byref(step)))
            values = {name: getattr(step, name) for name, _ in step._fields_}
            found.append({k: v.decode("utf-8", "replace") if isinstance(v, bytes) else v for k, v in values.items()})
        return found


def _number(io):
    if io.kind != "tensor":
        raise TypeError(f"it is a {io.kind}, which numpy cannot give")
    return next(number for number, name in NAMES.items() if name == io.dtype)
