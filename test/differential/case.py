# SPDX-License-Identifier: Apache-2.0
"""One case: a node, its inputs, and how exact its results must be; and the model that holds it."""
import dataclasses

import numpy as np
import onnx
from onnx import helper

from values import NUMBER, UNIT, is_float, kind

IR_VERSION = 10


@dataclasses.dataclass(frozen=True)
class Bound:
    """How far a result may be from the true one: times `c` units in the last place of the type that is computed in, of

    exact     nothing: the same value
    ulps      |result|
    products  the operator's result for the inputs' absolute values: sum |a b|
    spread    the largest finite |x| among inputs and results
    given     what `magnitude(case, results)` returns for each output
    """
    by: str = "exact"
    c: float = 1
    magnitude: object = None
    own: bool = False  # sums are made in the type of the result, not in single precision


EXACT = Bound()


def ulps(c):
    return Bound("ulps", c)


def products(c=8):
    return Bound("products", c)


def spread(c=8):
    return Bound("spread", c)


def given(c, magnitude):
    return Bound("given", c, magnitude)


@dataclasses.dataclass
class Case:
    op: str
    inputs: list  # arrays, None: omitted
    attrs: dict = dataclasses.field(default_factory=dict)
    outputs: int = 1
    bound: Bound = EXACT
    domain: str = ""
    opset: int = 0
    numpy: object = None  # case -> outputs: a formula in double precision
    types_only: bool = False  # nobody can expect the values
    oracles: tuple = ("numpy", "ort", "wide", "reference")
    constant: set = dataclasses.field(default_factory=set)  # inputs that are part of the model
    dynamic: bool = False  # dimensions of the others have no value in the model
    wanted: object = None  # which outputs are asked for, None: all
    pre: object = None  # a function (nodes, names) that puts nodes before: for inputs that are no tensors
    check: object = None  # (case, outputs) -> None or what is wrong: instead of an oracle
    note: str = ""

    def named(self):
        return [(f"i{k}", x) for k, x in enumerate(self.inputs) if x is not None]

    def feeds(self):
        return {name: x for name, x in self.named() if int(name[1:]) not in self.constant}

    def model(self):
        names = [f"i{k}" if x is not None else "" for k, x in enumerate(self.inputs)]
        while names and not names[-1]:
            names.pop()
        nodes = []
        if self.pre:
            names = self.pre(nodes, names)
        outs = [f"o{k}" if self.wanted is None or k in self.wanted else "" for k in range(self.outputs)]
        while outs and not outs[-1]:
            outs.pop()
        attrs = {k: v for k, v in self.attrs.items() if v is not None}
        nodes.append(helper.make_node(self.op, names, outs, domain=self.domain, name="n", **attrs))
        inputs, weights = [], []
        for name, x in self.named():
            if int(name[1:]) in self.constant:
                weights.append(tensor_of(x, name))
            else:
                shape = [f"{name}_{d}" for d in range(x.ndim)] if self.dynamic else x.shape
                inputs.append(helper.make_tensor_value_info(name, NUMBER[x.dtype], shape))
        graph = helper.make_graph(nodes, "g", inputs, [onnx.ValueInfoProto(name=o) for o in outs if o], weights)
        domains = {"": self.opset if not self.domain else 21, self.domain: self.opset}
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid(d, v) for d, v in domains.items()],
                                 ir_version=IR_VERSION)
        return typed(made)

    def text(self):
        shapes = ", ".join("_" if x is None else f"{x.dtype}{list(x.shape)}" + ("=" + str(x.tolist()) if x.size < 9 else "")
                           for x in self.inputs)
        attrs = {k: v if not isinstance(v, onnx.GraphProto) else "graph" for k, v in self.attrs.items() if v is not None}
        made = f"{self.domain + '.' if self.domain else ''}{self.op}-{self.opset}({shapes}) {attrs}"
        if self.constant:
            made += f" constant={sorted(self.constant)}"
        return made + (" dynamic" if self.dynamic else "")


def tensor_of(x, name):
    if x.dtype == object:
        return helper.make_tensor(name, onnx.TensorProto.STRING, x.shape, [t.encode() for t in x.reshape(-1)])
    return onnx.numpy_helper.from_array(np.ascontiguousarray(x).reshape(x.shape), name)


def typed(model):
    """Outputs get the element types that ONNX infers; shapes are left to whoever runs it."""
    if model.graph.node[-1].domain == "com.microsoft":
        return model
    try:
        inferred = onnx.shape_inference.infer_shapes(model)
    except Exception:  # an oracle's refusal is not ours to judge here
        return model
    for mine, its in zip(model.graph.output, inferred.graph.output):
        if its.type.WhichOneof("value") == "tensor_type" and its.type.tensor_type.elem_type:
            mine.type.tensor_type.elem_type = its.type.tensor_type.elem_type
        elif its.type.WhichOneof("value"):
            mine.type.CopyFrom(its.type)
    return model


def declared(model):
    """Element types of a typed model's outputs; None where unknown or no tensor."""
    return [o.type.tensor_type.elem_type or None if o.type.WhichOneof("value") == "tensor_type" else None
            for o in model.graph.output]


def largest(arrays):
    most = 0.0
    for x in arrays:
        if isinstance(x, np.ndarray) and kind(x.dtype) in "fc" and x.size:
            size = np.abs(x.astype(np.complex128 if kind(x.dtype) == "c" else np.float64))
            size = size[np.isfinite(size)]
            most = max(most, float(size.max()) if size.size else 0.0)
    return most


def unit_of(case, dtype):
    """Of the type that is computed in: f16 and bf16 in f32."""
    if dtype in UNIT and UNIT[dtype] < 2.0**-24 and not any(
            x is not None and is_float(x.dtype) and UNIT[x.dtype] > 2.0**-25 for x in case.inputs):
        return UNIT[dtype]
    return 2.0**-24
