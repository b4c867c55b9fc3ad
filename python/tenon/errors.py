# SPDX-License-Identifier: Apache-2.0
"""What went wrong, as exceptions: the sentences are the library's, with node, operator, tensor and source line."""
import ctypes
import warnings
import weakref
from dataclasses import dataclass

from ._native import lib, structs

NOTE, WARNING, ERROR = range(3)


@dataclass(frozen=True)
class Diagnostic:
    """One thing worth telling a person. Fields are None when they do not apply."""
    severity: str  # "note", "warning", "error"
    status: str
    file: str
    node: str
    op: str
    opset: int
    tensor: str
    source: str
    message: str
    hint: str
    text: str  # all of it, as the command prints it

    def __str__(self):
        return self.text


class Error(Exception):
    """A call failed. `status` says how ("malformed or truncated file"), `diagnostics` lists what was told."""

    def __init__(self, status, diagnostics):
        self.status, self.diagnostics = status, diagnostics
        errors = [d.text for d in diagnostics if d.severity == "error"]
        super().__init__("\n".join(errors) or status)


class Warning(UserWarning):
    """Something that a model or an engine was accepted in spite of."""


def status_text(status):
    return lib.tn_status_text(status).decode()


class Report:
    """The list that a call writes its diagnostics to."""

    def __init__(self, env):
        self.env, self.handle = env, ctypes.c_void_p()
        if lib.tn_diags_new(ctypes.byref(self.handle), env.handle):
            raise MemoryError
        self.free = weakref.finalize(self, lib.tn_diags_free, self.handle)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.free()

    def list(self):
        found = []
        text = ctypes.create_string_buffer(4096)
        for i in range(lib.tn_diags_count(self.handle)):
            d = structs["tn_diag"].from_address(lib.tn_diags_get(self.handle, i))
            lib.tn_diags_format(self.handle, i, text, len(text))
            plain = [v.decode("utf-8", "replace") if v is not None else None
                     for v in (d.file, d.node, d.op, d.tensor, d.source, d.message, d.hint)]
            file, node, op, tensor, source, message, hint = plain
            found.append(Diagnostic(("note", "warning", "error")[d.severity], status_text(d.status), file, node, op,
                                    d.opset, tensor, source, message, hint,
                                    text.value.decode("utf-8", "replace").rstrip()))
        return found

    def check(self, status):
        """Raises what failed; tells warnings of what did not."""
        found = self.list()
        lib.tn_diags_clear(self.handle)
        if status:
            raise Error(status_text(status), found)
        for each in found:
            if each.severity == "warning":
                warnings.warn(each.text, Warning, stacklevel=4)
