# SPDX-License-Identifier: Apache-2.0
"""The few functions of libtenon that the benchmark calls, through ctypes: no copy of tensors is made in a run."""
import ctypes as c

import numpy as np

TYPES = {np.dtype(t): code for t, code in ((np.float32, 1), (np.uint8, 2), (np.int8, 3), (np.int32, 6), (np.int64, 7),
                                           (np.bool_, 9), (np.float16, 10), (np.float64, 11))}


class BuildOptions(c.Structure):
    _fields_ = [("shapes", c.c_void_p * 3), ("counts", c.c_size_t * 3), ("threads", c.c_int),
                ("timing_cache", c.c_char_p), ("no_timing", c.c_bool), ("passes", c.c_void_p),
                ("progress", c.c_void_p), ("explain", c.c_void_p), ("user", c.c_void_p), ("spare", c.c_char * 64)]


class ContextOptions(c.Structure):
    _fields_ = [("threads", c.c_int), ("no_spin", c.c_bool), ("profile", c.c_bool)]


class Machine(c.Structure):
    _fields_ = [("cpu", c.c_char * 64), ("isa", c.c_char_p), ("cores", c.c_int), ("gflops", c.c_double),
                ("gbytes", c.c_double)]


class Tenon:
    """A library, its environment, and the machine as it measures it."""

    def __init__(self, library):
        self.lib = c.CDLL(str(library))
        for name in ("tn_tensor_const_data", "tn_context_output", "tn_tensor_dims"):
            getattr(self.lib, name).restype = c.c_void_p
        self.lib.tn_tensor_bytes.restype = c.c_size_t
        self.lib.tn_diags_format.restype = c.c_size_t
        self.lib.tn_diags_count.restype = c.c_size_t
        self.lib.tn_plan_bytes.restype = c.c_size_t
        self.lib.tn_version.restype = c.c_char_p
        self.env, self.diags = c.c_void_p(), c.c_void_p()
        assert self.lib.tn_env_new(c.byref(self.env), None) == 0
        assert self.lib.tn_diags_new(c.byref(self.diags), self.env) == 0

    def check(self, status):
        if status:
            text = c.create_string_buffer(2000)
            if self.lib.tn_diags_count(self.diags):
                self.lib.tn_diags_format(self.diags, c.c_size_t(0), text, c.c_size_t(2000))
            raise RuntimeError(f"tenon: status {status}: {text.value.decode()}")

    def machine(self):
        m = Machine()
        self.check(self.lib.tn_machine_measure(self.env, c.byref(m)))
        return m


class Session:
    """A model built for `threads` threads, and a context over it with these inputs bound."""

    def __init__(self, tenon, path, inputs, threads, cache=None):
        self.t, lib = tenon, tenon.lib
        graph, self.plan, self.context = c.c_void_p(), c.c_void_p(), c.c_void_p()
        options = BuildOptions(threads=threads, timing_cache=str(cache).encode() if cache else None)
        tenon.check(lib.tn_graph_load(c.byref(graph), tenon.env, str(path).encode(), None, tenon.diags))
        tenon.check(lib.tn_plan_build(c.byref(self.plan), graph, c.byref(options), tenon.diags))
        lib.tn_graph_free(graph)
        run = ContextOptions(threads=threads)
        tenon.check(lib.tn_context_new(c.byref(self.context), self.plan, c.byref(run), tenon.diags))
        self.kept = []
        for i, x in enumerate(inputs.values()):
            tensor, dims = c.c_void_p(), (c.c_int64 * x.ndim)(*x.shape)
            tenon.check(lib.tn_tensor_wrap(c.byref(tensor), tenon.env, TYPES[x.dtype], x.ndim, dims,
                                           c.c_void_p(x.ctypes.data)))
            tenon.check(lib.tn_context_set_input(self.context, c.c_size_t(i), tensor, tenon.diags))
            self.kept += [tensor, x]

    def run(self):
        self.t.check(self.t.lib.tn_context_run(self.context, self.t.diags))

    def output(self, i, like):
        tensor = c.c_void_p(self.t.lib.tn_context_output(self.context, c.c_size_t(i)))
        assert self.t.lib.tn_tensor_bytes(tensor) == like.nbytes
        data = self.t.lib.tn_tensor_const_data(tensor)
        return np.frombuffer((c.c_char * like.nbytes).from_address(data), like.dtype).reshape(like.shape).copy()

    def close(self):
        self.t.lib.tn_context_free(self.context)
        self.t.lib.tn_plan_free(self.plan)
        for tensor in self.kept[::2]:
            self.t.lib.tn_tensor_free(tensor)
