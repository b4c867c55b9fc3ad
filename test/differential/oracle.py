# SPDX-License-Identifier: Apache-2.0
"""What the right results are: by a formula in double precision, by ONNX Runtime, by ONNX Runtime in a type that it has, or by
ONNX's reference evaluator. Each either gives results or says why it does not."""
import dataclasses

import numpy as np
import onnx
import onnx.reference
import onnxruntime as ort

from case import declared
from values import BY_NUMBER, NUMBER, UNIT, is_float, kind, limits

ort.set_default_logger_severity(4)
SIMPLE = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}
WIDER = {"float16": ["float32", "float64"], "bfloat16": ["float32", "float64"], "float64": ["float32"],
         "int8": ["int32", "int64", "float32"], "uint8": ["int32", "int64", "float32"], "int16": ["int32", "int64", "float32"],
         "uint16": ["int32", "int64", "float32"], "uint32": ["int64", "float64"], "uint64": ["int64"],
         "int32": ["int64", "float64"], "int64": ["int32"], "bool": ["uint8"]}
NEWEST_OF_ORT = 23


class Refused(Exception):
    """The oracle has no result; the text says why."""


def older(case, model):
    """The model, then the same of earlier forms of the operator that looked alike: ONNX Runtime may have only those."""
    yield model if case.domain or case.opset <= NEWEST_OF_ORT else None
    if case.domain:
        return
    now = onnx.defs.get_schema(case.op, case.opset)
    seen = {now.since_version}
    for opset in range(min(case.opset, NEWEST_OF_ORT), 6, -1):
        try:
            then = onnx.defs.get_schema(case.op, opset)
        except onnx.defs.SchemaError:
            return
        if then.since_version in seen and opset != NEWEST_OF_ORT:
            continue
        seen.add(then.since_version)
        alike = len(case.inputs) <= len(then.inputs) + 64 * any("Variadic" in str(i.option) for i in then.inputs) and set(case.attrs) <= set(then.attributes)
        if not alike or SAME_MEANING.get(case.op, 0) > opset:
            return
        yield dataclasses.replace(case, opset=opset).model()


# Where an earlier form took the same inputs to mean something else: the first opset of the present meaning.
SAME_MEANING = {"Softmax": 13, "LogSoftmax": 13, "Hardmax": 13, "GroupNormalization": 21, "AveragePool": 19, "Resize": 18,
                "BatchNormalization": 14, "LSTM": 14, "GRU": 14, "RNN": 14, "CumSum": 14, "DFT": 20, "Reshape": 14}


def by_ort(case, model):
    if any(NUMBER[x.dtype] not in SIMPLE for _, x in case.named()) or any(t and t not in SIMPLE for t in declared(model)):
        raise Refused("ONNX Runtime's Python does not take the type")
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    first = None
    for form in older(case, model):
        if form is None:
            continue
        try:
            session = ort.InferenceSession(form.SerializeToString(), options, providers=["CPUExecutionProvider"])
            return [plain(x) for x in session.run(None, case.feeds())]  # a single text is a str
        except Exception as error:
            first = first or f"ONNX Runtime: {str(error)[:300]}"
            if "NOT_IMPLEMENTED" not in str(error) and "NotImplemented" not in str(error):
                break
    raise Refused(first or "ONNX Runtime is older than the operator")


def by_reference(case, model):
    try:
        with np.errstate(all="ignore"):
            made = onnx.reference.ReferenceEvaluator(model).run(None, case.feeds())
    except Exception as error:
        raise Refused(f"reference evaluator: {type(error).__name__} {str(error)[:200]}") from None
    made = [plain(x) for x in made]
    for x, t in zip(made, declared(model)):
        if t and isinstance(x, np.ndarray) and x.dtype != BY_NUMBER[t]:
            raise Refused("the reference evaluator gives another type than it should")
    return made


def plain(x):
    """Arrays in the types that everybody else has."""
    if isinstance(x, list):
        return [plain(item) for item in x]
    if x is None:
        return None
    x = np.asarray(x)
    return x.astype(object) if x.dtype.kind in "UT" else x


def variables(case):
    """Name of the type variable of each input, None for types that are given."""
    schema = onnx.defs.get_schema(case.op, case.opset, case.domain)
    names = []
    for k in range(len(case.inputs)):
        formal = schema.inputs[min(k, len(schema.inputs) - 1)]
        names.append(formal.type_str if "(" not in formal.type_str else None)
    return names


def widened(case, dtype, to):
    """The same case with every variable type `dtype` replaced; values must survive."""
    inputs = list(case.inputs)
    for k, (x, name) in enumerate(zip(inputs, variables(case))):
        if x is None or x.dtype != dtype or not name:
            continue
        if kind(to) == "i" and kind(dtype) == "i" and x.size and not all(
                limits(to)[0] <= int(v) <= limits(to)[1] for v in (x.min(), x.max())):
            raise Refused("values do not survive")
        with np.errstate(all="ignore"):
            inputs[k] = x.astype(to)
            back = inputs[k].astype(dtype)
        if not (kind(dtype) == "f" and np.isnan(back.astype(float)).any()) and not np.array_equal(back, x):
            raise Refused("values do not survive")
    return dataclasses.replace(case, inputs=inputs)


def narrowed(x, dtype):
    """A result in the type asked for; integers wrap."""
    if not isinstance(x, np.ndarray) or x.dtype == dtype:
        return x
    with np.errstate(all="ignore"):
        if kind(dtype) == "i" and kind(x.dtype) == "f":
            low, high = limits(dtype)
            if not ((x >= low) & (x <= high)).all():
                raise Refused("a result does not fit the type")
        return x.astype(dtype)


def by_wider(case, model):
    try:
        main = next(x.dtype for x, name in zip(case.inputs, variables(case)) if x is not None and name)
    except (StopIteration, onnx.defs.SchemaError):
        raise Refused("nothing to widen") from None
    why = "nothing wider"
    for to in WIDER.get(main.name, []):
        try:
            wide = widened(case, main, np.dtype(to))
            results = by_ort(wide, wide.model())
            if kind(main) == "f" and not any(np.isinf(x).any() for x in case.inputs if x is not None and kind(x.dtype) == "f") and any(
                    np.isinf(x).any() for x in results if isinstance(x, np.ndarray) and kind(x.dtype) == "f"):
                raise Refused("a result does not fit the type that has it")
            types = [t or (NUMBER[main] if isinstance(x, np.ndarray) and x.dtype == np.dtype(to) else None)
                     for t, x in zip(declared(model), results)]
            return [narrowed(x, BY_NUMBER[t]) if t else x for x, t in zip(results, types)]
        except Refused as refusal:
            why = str(refusal)
    raise Refused(why)


def by_numpy(case, model):
    if not case.numpy:
        raise Refused("no formula")
    with np.errstate(all="ignore"):
        results = case.numpy(case)
        if results is None:
            raise Refused("the formula leaves this open")
        results = [np.asarray(x) if isinstance(x, np.generic) else x for x in (results if isinstance(results, (tuple, list)) else [results])]
        types = declared(model)
        if case.domain not in ("", "ai.onnx.ml", "ai.onnx.preview"):  # no inference: the first input's type, but integers, and floats made of integers, as the formula has them
            own = case.inputs[0].dtype
            stay = (np.int32, np.uint32, np.int64, np.bool_, *([] if is_float(own) else [np.float32]))
            types = [None if getattr(x, "dtype", None) in stay else NUMBER[own] for x in results]
        return [np.asarray(x).astype(BY_NUMBER[t]) if t and isinstance(x, (np.ndarray, np.generic, float, int)) else x
                for x, t in zip(results, types)]


ORACLES = {"numpy": by_numpy, "ort": by_ort, "wide": by_wider, "reference": by_reference}


def ask(case, model, names):
    """[(oracle, outputs)], and why the others have none."""
    heard, why = [], []
    for name in names:
        try:
            made = ORACLES[name](case, model)
            if made is not None:
                heard.append((name, made))
        except Refused as refusal:
            why.append(str(refusal))
    return heard, why


def results(case, model):
    """The formula and ONNX Runtime are both heard; the others only when there is nothing from these."""
    heard, why = ask(case, model, [name for name in case.oracles if name in ("numpy", "ort")])
    for name in case.oracles:
        if not heard and name in ("wide", "reference"):
            more, reasons = ask(case, model, [name])
            heard, why = more, why + reasons
    return heard, why


def second(case, model, asked):
    """What the others say."""
    return ask(case, model, [name for name in case.oracles if name not in asked])[0]


def magnitudes(case, want):
    """Of each output, what its error is measured in; None: it must be the same."""
    by = case.bound.by
    if by == "exact":
        return [None] * len(want)
    if by == "ulps":
        return [abs_of(x) if isinstance(x, np.ndarray) else None for x in want]
    if by == "given":
        with np.errstate(all="ignore"):
            made = case.bound.magnitude(case, want)
        return list(made) if isinstance(made, (list, tuple)) else [made] * len(want)
    if by == "spread":
        from case import largest
        most = largest(case.inputs + list(want))
        return [np.full(x.shape, most) if isinstance(x, np.ndarray) else None for x in want]
    return absolute(case, len(want))


def abs_of(x):
    if kind(x.dtype) not in "fci":
        return None
    return np.abs(x.astype(np.complex128 if kind(x.dtype) == "c" else np.float64))


def absolute(case, n):
    """The operator on absolute values, in single precision: a magnitude needs no more. The formula is asked first: its
    shapes are the right ones."""
    inputs = [np.abs(x.astype(np.float32)) if x is not None and is_float(x.dtype) else x for x in case.inputs]
    plain = dataclasses.replace(case, inputs=inputs)
    model = plain.model()
    for oracle in (by_numpy, by_ort, by_reference):
        try:
            return [x.astype(np.float64) if kind(x.dtype) in "fi" else None for x in oracle(plain, model)]
        except Refused:
            pass
    raise Refused("no magnitude")


def unit(case, dtype):
    from case import unit_of
    return unit_of(case, np.dtype(dtype))


def rounding(dtype):
    return UNIT.get(np.dtype(dtype), 0)
