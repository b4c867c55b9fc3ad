# SPDX-License-Identifier: Apache-2.0
"""Texts, sequences, optionals, control flow, random numbers and classical models."""
import numpy as np
import onnx
from onnx import TensorProto, helper

from case import EXACT, Bound, Case, given, products, spread
from recipes import CONTRIB, ML, NOT_DRAWN, recipe
from values import NUMBER, TEXTS, is_float, kind


# ---------------------------------------------------------------------------------------------------- texts

@recipe("StringConcat")
def string_concat(d):
    full = d.shape(None, 200)
    return Case(d.name, [d.array(full, object), d.array(d.broadcast(full), object)])


@recipe("StringSplit")
def string_split(d):
    return Case(d.name, [d.array(d.shape(d.int(0, 3), 60), object)],
                {"delimiter": d.maybe(d.pick([" ", ",", "b", "ab"])), "maxsplit": d.maybe(d.int(1, 3), 0.3)}, outputs=2)


@recipe("RegexFullMatch")
def regex(d):
    patterns = ["a*", "[a-z]+", ".*@.*", r"\w+@\w+\.\w+", "", "(a|b)+c?", r"-?\d+(\.\d+)?", "[^a]*", r"\s?a", "The|the", "a.c", "x{1,2}.*"]
    return Case(d.name, [d.array(d.shape(d.int(0, 3), 60), object)], {"pattern": d.pick(patterns)})


@recipe("StringNormalizer")
def string_normalizer(d):
    made = {"locale": "C", "case_change_action": d.maybe(d.pick(["LOWER", "UPPER", "NONE"])), "is_case_sensitive": d.maybe(d.int(0, 1)),
            "stopwords": d.maybe(d.picks(["a", "the", "The", "b", "1"], 2))}
    ascii_ = [t for t in TEXTS if t.isascii()]
    x = np.array([d.pick(ascii_) for _ in range(d.int(1, 8))], object)
    return Case(d.name, [x if d.chance(0.6) else x.reshape(1, -1)], made, oracles=("ort",))


@recipe("TfIdfVectorizer")
def tfidf(d):
    words = list(range(8))
    ones, twos = d.picks(words, 4), [x for pair in (d.picks(words, 2) for _ in range(3)) for x in pair]
    made = {"mode": d.pick(["TF", "IDF", "TFIDF"]), "min_gram_length": d.int(1, 2), "max_gram_length": 2, "max_skip_count": d.int(0, 3),
            "ngram_counts": [0, 4], "ngram_indexes": d.picks(range(7), 7), "pool_int64s": ones + twos,
            "weights": d.maybe([d.real(0.1, 2) for _ in range(7)])}
    pairs = {tuple(twos[k:k + 2]) for k in (0, 2, 4)}
    if len(pairs) < 3:
        made.update(ngram_indexes=d.picks(range(4), 4), pool_int64s=ones, weights=None, ngram_counts=[0, 4])
        made["max_gram_length"] = made["min_gram_length"] = 1
        made["ngram_counts"] = [0]
    shape = (d.int(1, 20),) if d.chance(0.6) else (d.int(1, 3), d.int(1, 12))
    return Case(d.name, [d.ints(shape, d.pick([np.int64, np.int32]), 0, 8)], made, bound=spread(8))


# ------------------------------------------------------------------------------------ sequences and optionals

def sequence(count, then=None):
    """Puts SequenceConstruct before the node: its first `count` inputs become one sequence."""
    def pre(nodes, names):
        nodes.append(helper.make_node("SequenceConstruct", names[:count], ["seq"]))
        return ["seq"] + names[count:]
    return pre


@recipe("SequenceConstruct", "SequenceLength", "SequenceAt", "SequenceErase", "SequenceInsert", "ConcatFromSequence")
def sequences(d):
    dtype = d.type("T", ["float", "int64", "bool", "string", "double", "uint8"]) if d.name in ("SequenceConstruct",) else np.dtype(
        d.pick([np.float32, np.int64, np.float64]))
    n = d.int(1, 4)
    shape = d.shape(d.int(1, 3), 50)
    parts = [d.array(shape if d.name == "ConcatFromSequence" else d.shape(d.int(0, 3), 50), dtype) for _ in range(n)]
    if d.name == "SequenceConstruct":
        return Case(d.name, parts)
    inputs, made = list(parts), {}
    at = d.int(-n, n - 1)
    if d.name == "SequenceInsert":
        inputs.append(d.array(d.shape(d.int(0, 3), 50), dtype))
        at = d.int(-n, n)
    if d.name == "ConcatFromSequence":
        made["new_axis"] = d.maybe(d.int(0, 1))
        made["axis"] = d.int(0, len(shape) - 1)
    if d.name in ("SequenceAt", "SequenceErase", "SequenceInsert") and (d.name == "SequenceAt" or d.chance(0.8)):
        inputs.append(np.array(at, d.pick([np.int64, np.int32])))
    return Case(d.name, inputs, made, pre=sequence(n), oracles=("ort", "reference"))


@recipe("SequenceEmpty")
def sequence_empty(d):
    return Case(d.name, [], {"dtype": d.pick([1, 7, 9, None])})


@recipe("SplitToSequence")
def split_to_sequence(d):
    shape = [max(n, 1) for n in d.shape(d.int(1, 3), 100)]
    axis = d.int(0, len(shape) - 1)
    form, split = d.int(0, 2), None
    if form == 1:
        split = np.array(d.int(1, shape[axis]), np.int64)
    elif form == 2:
        cut = d.int(0, shape[axis])
        split = np.array([cut, shape[axis] - cut], np.int64)
    return Case(d.name, [d.array(shape, d.type("T", ["float", "int64", "double"])), split],
                {"axis": axis - len(shape) if d.chance(0.3) else axis, "keepdims": d.maybe(d.int(0, 1))})


@recipe("SequenceMap")
def sequence_map(d):
    body = helper.make_graph([helper.make_node("Neg", ["e"], ["m"])], "body", [helper.make_tensor_value_info("e", 1, None)],
                             [helper.make_tensor_value_info("m", 1, None)])
    n = d.int(1, 4)
    return Case(d.name, [d.floats(d.shape(d.int(0, 3), 50), odd=False) for _ in range(n)], {"body": body}, pre=sequence(n),
                oracles=("ort", "reference"))


@recipe("Optional")
def optional(d):
    return Case(d.name, [d.array(d.shape(None, 100), d.pick([np.float32, np.int64]))], oracles=("ort", "reference"))


@recipe("OptionalHasElement", "OptionalGetElement")
def optional_element(d):
    def pre(nodes, names):
        nodes.append(helper.make_node("Optional", names, ["opt"]))
        return ["opt"]
    return Case(d.name, [d.array(d.shape(None, 100), d.pick([np.float32, np.int64]))], pre=pre if d.opset < 18 or d.chance(0.6) else None,
                oracles=("ort", "reference"))


# ------------------------------------------------------------------------------------------------- control

@recipe("If")
def if_(d):
    def branch(name, op):
        return helper.make_graph([helper.make_node(op, ["i1"], [name])], name + "_g", [], [helper.make_tensor_value_info(name, 1, None)])

    def pre(nodes, names):
        return names[:1]
    return Case(d.name, [np.array(d.chance(0.5)), d.floats(d.shape(None, 200), odd=False)],
                {"then_branch": branch("t", "Neg"), "else_branch": branch("e", "Abs")}, pre=pre)


@recipe("Loop")
def loop(d):
    shape = d.shape(d.int(0, 3), 50)
    info = helper.make_tensor_value_info
    nodes = [helper.make_node("Add", ["a", "a"], ["b"]), helper.make_node("Identity", ["c"], ["k"]), helper.make_node("Neg", ["b"], ["s"])]
    body = helper.make_graph(nodes, "body", [info("n", 7, []), info("c", 9, []), info("a", 1, shape)],
                             [info("k", 9, []), info("b", 1, shape), info("s", 1, shape)])
    trips = d.maybe(np.array(d.int(0, 5), np.int64), 0.9)
    condition = d.maybe(np.array(d.chance(0.8))) if trips is not None else np.array(False)
    return Case(d.name, [trips, condition, d.floats(shape, odd=False)], {"body": body}, outputs=2)


@recipe("Scan")
def scan(d):
    if d.opset < 9:
        d.opset = 9
    info, n = helper.make_tensor_value_info, d.int(1, 6)
    shape = [d.int(1, 4) for _ in range(d.int(0, 2))]
    nodes = [helper.make_node("Add", ["a", "x"], ["b"]), helper.make_node("Mul", ["b", "x"], ["s"])]
    body = helper.make_graph(nodes, "body", [info("a", 1, shape), info("x", 1, shape)], [info("b", 1, shape), info("s", 1, shape)])
    made = {"body": body, "num_scan_inputs": 1, "scan_input_directions": d.maybe([d.int(0, 1)]), "scan_output_directions": d.maybe([d.int(0, 1)])}
    return Case(d.name, [d.floats(shape, odd=False), d.floats([n] + shape, odd=False)], made, outputs=2, bound=spread(16))


# -------------------------------------------------------------------------------------------------- random

def range_of(low, high, mean=None):
    def check(case, got):
        x = got[0].astype(np.float64)
        if not np.isfinite(x).all() or (x < low).any() or (x > high).any():
            return f"values outside [{low}, {high}]"
        if mean is not None and x.size > 500 and abs(x.mean() - mean) > 0.2 * (min(high, 4) - max(low, -4)):
            return f"the mean of {x.size} is {x.mean()}, not about {mean}"
        return None
    return check


@recipe("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike")
def random_values(d):
    like, shape = d.name.endswith("Like"), [max(n, 1) for n in d.shape(None, 2000)]
    uniform = "Uniform" in d.name
    low, high = d.real(-2, 0), d.real(0.5, 2)
    made = {"low": low, "high": high} if uniform else {"mean": low, "scale": high}
    made["seed"] = d.maybe(float(d.int(1, 100)))
    made["dtype"] = d.pick([1, 10, 11])
    if not like:
        made["shape"] = shape or None
        if not shape:
            made["shape"] = [1]
    check = range_of(low - 0.01, high + 0.01, (low + high) / 2) if uniform else range_of(low - 12 * high, low + 12 * high)
    return Case(d.name, [d.floats(shape, odd=False)] if like else [], made, check=check)


@recipe("Bernoulli")
def bernoulli(d):
    return Case(d.name, [d.floats(d.shape(), d.type("T1", ["float", "double"]), 0, 1)], {"seed": d.maybe(3.0)}, check=range_of(0, 1))


@recipe("Multinomial")
def multinomial(d):
    classes = d.int(1, 8)
    return Case(d.name, [d.floats((d.int(1, 4), classes), d.type("T1", ["float", "double"]), -2, 2)],
                {"sample_size": d.int(1, 20), "seed": d.maybe(3.0), "dtype": d.pick([6, 7])}, check=range_of(0, classes - 1))


# --------------------------------------------------------------------------------------------- ai.onnx.ml

ML_ORACLES = ("ort", "reference")


def ml_input(d, columns=None, among=("float", "double", "int64", "int32")):
    dtype = np.dtype({"float": np.float32, "double": np.float64, "int64": np.int64, "int32": np.int32}[d.pick(among)])
    shape = (d.int(1, 6), columns or d.int(1, 6))
    return d.floats(shape, dtype, odd=False) if is_float(dtype) else d.array(shape, dtype, -9, 9)


@recipe("Binarizer", domain=ML)
def binarizer(d):
    return Case(d.name, [ml_input(d, None, ("float", "float", "double"))], {"threshold": d.maybe(d.real(-1, 1))}, oracles=ML_ORACLES)


@recipe("Scaler", domain=ML)
def scaler(d):
    x = ml_input(d)
    n = d.pick([1, x.shape[1]])
    return Case(d.name, [x], {"offset": [d.real(-1, 1) for _ in range(n)], "scale": [d.real(0.2, 2) for _ in range(n)]},
                bound=spread(4), oracles=ML_ORACLES)


@recipe("Normalizer", domain=ML)
def normalizer(d):
    return Case(d.name, [ml_input(d)], {"norm": d.pick(["MAX", "L1", "L2"])}, bound=spread(8), oracles=("ort",))


@recipe("Imputer", domain=ML)
def imputer(d):
    floats = d.chance(0.6)
    x = ml_input(d, None, ("float",) if floats else ("int64",))
    n = d.pick([1, x.shape[1]])
    if floats:
        x = np.where(d.random.random(x.shape) < 0.3, np.float32(np.nan), x)
        return Case(d.name, [x], {"imputed_value_floats": [d.real(-1, 1) for _ in range(n)], "replaced_value_float": float("nan")}, oracles=ML_ORACLES)
    return Case(d.name, [x], {"imputed_value_int64s": d.ints_in(n, -5, 5), "replaced_value_int64": d.int(-3, 3)}, oracles=ML_ORACLES)


@recipe("ArrayFeatureExtractor", domain=ML)
def array_feature(d):
    x = ml_input(d)
    return Case(d.name, [x, d.ints((d.int(1, 4),), np.int64, 0, x.shape[1] - 1)], oracles=ML_ORACLES)


@recipe("FeatureVectorizer", domain=ML)
def feature_vectorizer(d):
    n, rows = d.int(1, 3), d.int(1, 4)
    parts = [d.floats((rows, d.int(1, 4)), odd=False) for _ in range(n)]
    return Case(d.name, parts, {"inputdimensions": [p.shape[1] for p in parts]}, oracles=ML_ORACLES)


@recipe("LabelEncoder", domain=ML)
def label_encoder(d):
    if d.opset < 2:
        names = ["a", "b", "the", "x"]
        if d.chance(0.5):
            return Case(d.name, [d.array((d.int(1, 6),), object)], {"classes_strings": names, "default_int64": d.int(-5, -1)}, oracles=ML_ORACLES)
        return Case(d.name, [d.ints((d.int(1, 6),), np.int64, 0, 6)], {"classes_strings": names, "default_string": "?"}, oracles=ML_ORACLES)
    form = d.pick(["si", "is", "sf", "ff", "ii", "fi"])
    keys = {"s": d.picks([t for t in ["a", "b", "ab", "the", "x,y", "1"]], 3), "i": d.picks(range(8), 3), "f": [0.0, 1.0, 2.5]}[form[0]]
    values = {"s": ["p", "q", "r"], "i": d.ints_in(3, -9, 9), "f": [d.real(-2, 2) for _ in range(3)]}[form[1]]
    name = {"s": "strings", "i": "int64s", "f": "floats"}
    shape = d.shape(d.int(1, 3), 40)
    x = {"s": lambda: d.array(shape, object), "i": lambda: d.ints(shape, np.int64, 0, 8), "f": lambda: np.round(d.floats(shape, np.float32, 0, 3) * 2) / 2}[form[0]]()
    default = {"s": ("default_string", "?"), "i": ("default_int64", -7), "f": ("default_float", 0.5)}[form[1]]
    return Case(d.name, [x.astype(np.float32) if form[0] == "f" else x], {"keys_" + name[form[0]]: keys, "values_" + name[form[1]]: values, default[0]: default[1]},
                oracles=ML_ORACLES)


@recipe("CategoryMapper", domain=ML)
def category_mapper(d):
    made = {"cats_int64s": [1, 2, 5], "cats_strings": ["a", "b", "the"], "default_int64": -3, "default_string": "?"}
    x = d.array((d.int(1, 6),), object) if d.chance(0.5) else d.ints((d.int(1, 6),), np.int64, 0, 6)
    return Case(d.name, [x], made, oracles=ML_ORACLES)


@recipe("OneHotEncoder", domain=ML)
def one_hot_encoder(d):
    if d.chance(0.4):
        return Case(d.name, [d.array((d.int(1, 5),), object)], {"cats_strings": ["a", "b", "the"], "zeros": 1}, oracles=ML_ORACLES)
    x = d.ints((d.int(1, 4), d.int(1, 3)), d.pick([np.int64, np.int32]), 0, 5)
    return Case(d.name, [x], {"cats_int64s": [0, 1, 3, 4], "zeros": 1}, oracles=ML_ORACLES)


@recipe("LinearRegressor", domain=ML)
def linear_regressor(d):
    x, targets = ml_input(d, None, ("float",)), d.int(1, 3)
    return Case(d.name, [x], {"coefficients": [d.real(-1, 1) for _ in range(x.shape[1] * targets)], "targets": targets,
                              "intercepts": d.maybe([d.real(-1, 1) for _ in range(targets)]), "post_transform": d.pick(["NONE", "NONE", "LOGISTIC", "SOFTMAX"])},
                bound=spread(64), numpy=linear_formula, oracles=("numpy", "ort"))


def linear_formula(case):
    a, x = case.attrs, case.inputs[0].astype(np.float64)
    y = x @ np.array(a["coefficients"], np.float64).reshape(a["targets"], -1).T + np.array(a.get("intercepts") or [0] * a["targets"])
    if a["post_transform"] == "LOGISTIC":
        y = 1 / (1 + np.exp(-y))
    if a["post_transform"] == "SOFTMAX":
        e = np.exp(y - y.max(-1, keepdims=True))
        y = e / e.sum(-1, keepdims=True)
    return y.astype(np.float32)


@recipe("LinearClassifier", domain=ML)
def linear_classifier(d):
    x, classes = ml_input(d, None, ("float",)), d.int(2, 4)
    labels = {"classlabels_ints": d.picks(range(10), classes)} if d.chance(0.6) else {"classlabels_strings": d.picks(["a", "b", "c", "d", "e"], classes)}
    return Case(d.name, [x], {"coefficients": [d.real(-1, 1) for _ in range(x.shape[1] * classes)], "intercepts": [d.real(-1, 1) for _ in range(classes)],
                              "post_transform": d.pick(["NONE", "LOGISTIC", "SOFTMAX"]), "multi_class": d.maybe(d.int(0, 1)), **labels},
                outputs=2, bound=spread(64), oracles=("ort",))


def forest(d, prefix, columns, outputs):
    """Trees of depth two: a root, two inner nodes, four leaves."""
    trees, modes = d.int(1, 4), ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]
    mode = d.pick(modes)
    made = {k: [] for k in ("nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_values", "nodes_modes", "nodes_truenodeids",
                            "nodes_falsenodeids", "nodes_missing_value_tracks_true")}
    leaves = {k: [] for k in ("treeids", "nodeids", "ids", "weights")}
    for t in range(trees):
        for n in range(7):
            leaf = n > 2
            made["nodes_treeids"].append(t)
            made["nodes_nodeids"].append(n)
            made["nodes_featureids"].append(0 if leaf else d.int(0, columns - 1))
            made["nodes_values"].append(0.0 if leaf else float(d.int(-3, 3)))
            made["nodes_modes"].append("LEAF" if leaf else mode)
            made["nodes_truenodeids"].append(0 if leaf else 2 * n + 1)
            made["nodes_falsenodeids"].append(0 if leaf else 2 * n + 2)
            made["nodes_missing_value_tracks_true"].append(0 if leaf else d.int(0, 1))
            if leaf:
                for o in range(outputs):
                    leaves["treeids"].append(t)
                    leaves["nodeids"].append(n)
                    leaves["ids"].append(o)
                    leaves["weights"].append(d.real(-1, 1))
    made.update({f"{prefix}_{k}": v for k, v in leaves.items()})
    return made


@recipe("TreeEnsembleRegressor", domain=ML)
def tree_regressor(d):
    x, targets = ml_input(d, None, ("float",)), d.int(1, 3)
    made = forest(d, "target", x.shape[1], targets)
    made.update(n_targets=targets, aggregate_function=d.pick(["SUM", "AVERAGE", "MIN", "MAX"]), base_values=d.maybe([d.real(-1, 1) for _ in range(targets)]))
    return Case(d.name, [np.round(x).astype(np.float32) if d.chance(0.5) else x], made, bound=spread(64), oracles=("ort",))


@recipe("TreeEnsembleClassifier", domain=ML)
def tree_classifier(d):
    x, classes = ml_input(d, None, ("float",)), d.int(3, 4)
    made = forest(d, "class", x.shape[1], classes)
    made.update(classlabels_int64s=d.picks(range(10), classes), post_transform=d.pick(["NONE", "SOFTMAX", "LOGISTIC"]))
    return Case(d.name, [np.round(x).astype(np.float32) if d.chance(0.5) else x], made, outputs=2, bound=spread(64), oracles=("ort",))


NOT_DRAWN.update({
    ("ai.onnx.preview", "FlexAttention"): "a preview with bodies for scores and masks: ONNX's own cases cover it, no runtime here has it",
    ("", "ImageDecoder"): "reads picture files: ONNX's own cases and test/unit/op_image.c cover it",
    ("", "LinearAttention"): "newer than any runtime here, and the reference evaluator expands it: ONNX's own cases cover it",
    ("", "SwiGLU"): "not in the newest released ONNX: test/unit covers it",
    ("", "SimplifiedLayerNormalization"): "no schema in ONNX: an alias of RMSNormalization that exporters of ONNX Runtime write",
    ("", "Affine"): "experimental, removed before opset 7: test/unit covers it",
    ("", "Crop"): "experimental, removed before opset 7: test/unit covers it",
    ("", "ImageScaler"): "experimental, removed before opset 7: test/unit covers it",
    (ML, "TreeEnsemble"): "newer than ONNX Runtime here has it: ONNX's own cases cover it; the two older forms are rewritten into it",
})
