# SPDX-License-Identifier: Apache-2.0
"""Tenon from Python: models to engines, engines to numbers, networks by hand. Needs libtenon.so and numpy.

    engine = tenon.Engine.build("model.onnx")
    print(engine.run(x)["y"])
"""
from ._native import lib as _lib
from .env import Env
from .errors import Diagnostic, Error, Warning
from .model import Context, Engine, Graph, Io
from .network import Network, Value
from .weights import Weights

__version__ = _lib.tn_version().decode()
__all__ = ["Context", "Diagnostic", "Engine", "Env", "Error", "Graph", "Io", "Network", "Value", "Warning", "Weights"]
