# SPDX-License-Identifier: Apache-2.0
"""The surroundings: memory budget, CPU level, plug-ins. There is one that everything uses unless told otherwise."""
import ctypes
import os
import weakref

from ._native import lib, structs
from .errors import Report

_default = None


class Env:
    """max_bytes: the most memory held at once (0: no limit); isa: the highest CPU level used ("generic", "avx2"...);
    plugins: shared libraries with operators, kernels or passes of your own."""

    def __init__(self, max_bytes=0, isa=None, plugins=()):
        self.handle = ctypes.c_void_p()
        options = structs["tn_env_options"](max_bytes=max_bytes, isa=isa.encode() if isa else None)
        if lib.tn_env_new(ctypes.byref(self.handle), ctypes.byref(options)):
            raise MemoryError
        weakref.finalize(self, lib.tn_env_free, self.handle)
        for path in plugins:
            self.load_plugin(path)

    def load_plugin(self, path):
        """A plug-in is code: load only what you would run."""
        with Report(self) as report:
            report.check(lib.tn_env_plugin(self.handle, os.fsencode(path), report.handle))

    @property
    def isa(self):
        return lib.tn_env_isa(self.handle).decode()

    @property
    def bytes(self):
        """Memory held now."""
        return lib.tn_env_bytes(self.handle)

    @property
    def peak_bytes(self):
        return lib.tn_env_peak_bytes(self.handle)

    def measure(self):
        """The machine as it is now: a dict with cpu, isa, cores, gflops and gbytes of one thread."""
        machine = structs["tn_machine"]()
        if lib.tn_machine_measure(self.handle, ctypes.byref(machine)):
            raise MemoryError
        fields = {name: getattr(machine, name) for name, _ in machine._fields_}
        return {k: v.decode() if isinstance(v, bytes) else v for k, v in fields.items()}


def default_env():
    global _default
    if _default is None:
        _default = Env()
    return _default
