# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: safetensors, PyTorch's .pth and .bin (nothing in them is executed), .npz, .npy, .wts, ONNX."""
import ctypes
import os
import weakref
from collections.abc import Mapping

from ._native import lib, structs
from .env import default_env
from .errors import Report
from .tensors import Tensor, to_numpy


class Weights(Mapping):
    """Named arrays, in the file's order. Without a path it is empty, to add to."""

    def __init__(self, path=None, env=None):
        self.env, self.handle, self._kept = env or default_env(), ctypes.c_void_p(), {}
        with Report(self.env) as report:
            if path is None:
                status = lib.tn_weights_new(ctypes.byref(self.handle), self.env.handle)
            else:
                status = lib.tn_weights_open(ctypes.byref(self.handle), self.env.handle, os.fsencode(path),
                                             report.handle)
            report.check(status)
        weakref.finalize(self, lib.tn_weights_free, self.handle)

    def __len__(self):
        return lib.tn_weights_count(self.handle)

    def __iter__(self):
        for i in range(len(self)):
            info = structs["tn_weight_info"].from_address(lib.tn_weights_get(self.handle, i))
            yield info.name.decode()

    def __contains__(self, name):
        return isinstance(name, str) and bool(lib.tn_weights_find(self.handle, name.encode()))

    def __getitem__(self, name):
        if name not in self:
            raise KeyError(name)
        tensor = ctypes.c_void_p()
        with Report(self.env) as report:
            report.check(lib.tn_weights_tensor(self.handle, name.encode(), ctypes.byref(tensor), report.handle))
        return to_numpy(tensor)

    def __setitem__(self, name, array):
        tensor = Tensor(self.env, array)
        with Report(self.env) as report:
            report.check(lib.tn_weights_add(self.handle, name.encode(), tensor.handle))
        self._kept.setdefault(name, []).append(tensor)  # borrowed until the end, by graphs made with it too

    def save(self, path):
        """Writes .safetensors, .npz or .wts, as the name ends."""
        with Report(self.env) as report:
            report.check(lib.tn_weights_save(self.handle, os.fsencode(path), report.handle))
