# SPDX-License-Identifier: Apache-2.0
"""The table of recipes: how to draw a valid case of an operator where its schema alone does not say it.

A recipe is a function of a Draw that returns a Case without name and opset. One function may serve many operators.
"""
import numpy as np
import onnx

from values import FLOATS, TYPES, Values

RECIPES = {}  # (domain, name): function
NOT_DRAWN = {}  # (domain, name): why there is no recipe
CONTRIB = "com.microsoft"
ML = "ai.onnx.ml"


def recipe(*names, domain="", **options):
    """Registers a function for operators; `options` are passed to it."""
    def register(function):
        for name in names:
            RECIPES[domain, name] = (lambda d, f=function: f(d, **options)) if options else function
        return function
    return register


def histories():
    """(domain, name): [schema], oldest first"""
    found = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        found.setdefault((schema.domain, schema.name), []).append(schema)
    return {key: sorted(list_, key=lambda s: s.since_version) for key, list_ in found.items()}


HISTORY = histories()
OLDEST = {"": 7, ML: 1, CONTRIB: 1, "ai.onnx.preview": 1}
NEWEST = {"": onnx.defs.onnx_opset_version(), ML: 5, CONTRIB: 1, "ai.onnx.preview": 1}


def versions(domain, name):
    """Opsets to be drawn: each form of the operator from opset 7 on, deprecated ones until their end."""
    history = HISTORY.get((domain, name))
    if not history:
        return [1]
    oldest = OLDEST[domain]
    found = [max(s.since_version, oldest) for s, later in zip(history, history[1:] + [None])
             if not s.deprecated and (not later or later.since_version > oldest)]
    return found


class Draw(Values):
    """Values, and what the operator's schema at the opset of the case says."""

    def __init__(self, seed, domain, name):
        super().__init__(seed)
        self.domain, self.name = domain, name
        opsets = versions(domain, name)
        self.opset = opsets[-1] if self.chance(0.5) else self.pick(opsets)  # the newest form half of the time
        self.schema = None
        if (domain, name) in HISTORY:
            self.schema = onnx.defs.get_schema(name, self.opset, domain)

    def allowed(self, variable):
        for constraint in self.schema.type_constraints:
            if constraint.type_param_str == variable:
                return [t[7:-1] for t in constraint.allowed_type_strs if t.startswith("tensor(") and t[7:-1] in TYPES]
        return []

    def type(self, variable="T", among=None):
        """An element type of the variable; single precision most often."""
        names = [t for t in self.allowed(variable) if among is None or t in among] if self.schema else list(among)
        if "float" in names and self.chance(0.35):
            return np.dtype(np.float32)
        floats = [t for t in names if t in FLOATS]
        if floats and self.chance(0.3):
            return np.dtype(TYPES[self.pick(floats)][1])
        return np.dtype(TYPES[self.pick(sorted(names))][1])

    def ints_in(self, n, low, high):
        return [self.int(low, high) for _ in range(n)]

    def axis(self, rank):
        """One of a rank's axes, counted from either end."""
        return self.int(-rank, rank - 1) if rank else 0

    def axes(self, rank, low=0):
        """Some axes without repetition, from either end."""
        n = self.int(min(low, rank), min(rank, 4))
        return [a - rank if self.chance(0.3) else a for a in self.picks(range(rank), n)]

    def maybe(self, value, p=0.5):
        """The value, or None: left out."""
        return value if self.chance(p) else None

    def i64(self, values):
        return np.array(values, np.int64)
