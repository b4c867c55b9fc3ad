# SPDX-License-Identifier: Apache-2.0
"""Holds Tenon's operators against ONNX' own schemas: every live operator, every version from opset 7 on, every element
type that the schema lists must be accepted.

usage: test_schemas.py TENON [NAME]. For each version of each operator and each of its types a model of one node is written:
with the required inputs only, and with all inputs, all outputs and all attributes at their defaults. `tenon check` must
accept them. Shapes are not given unless the operator asks for a rank. Operators of opset 28, which the installed onnx does not know,
are written out in NEWER. An opset in which the operator did not exist yet, or is deprecated, must be warned of, and no other.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import onnx
import onnx.defs
from onnx import AttributeProto, TensorProto, helper

Option = onnx.defs.OpSchema.FormalParameterOption
TRAINING = "ai.onnx.preview.training"
OLDEST = 7
DTYPES = {"float": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "string": 8, "bool": 9,
          "float16": 10, "double": 11, "uint32": 12, "uint64": 13, "complex64": 14, "complex128": 15, "bfloat16": 16,
          "float8e4m3fn": 17, "float8e4m3fnuz": 18, "float8e5m2": 19, "float8e5m2fnuz": 20, "uint4": 21, "int4": 22,
          "float4e2m1": 23, "float8e8m0": 24, "uint2": 25, "int2": 26}

# Operators newer than the installed onnx: (name, opset, inputs, attributes, types).
NEWER = [("SwiGLU", 28, 2, {"alpha": 1.0}, ["float", "double", "float16", "bfloat16"]),
         ("Celu", 28, 1, {"alpha": 1.0}, ["float", "double", "float16", "bfloat16"])]

# Types that a schema lists and for which the operation does not exist: (operator, type).
NO_MEANING = {(op, t) for op in ("GridSample", "Col2Im") for t in ("string", "complex64", "complex128")}

# Attributes that choose the type of an output; the schema does not say which ones do.
TYPE_ATTRIBUTES = ("to", "dtype", "output_dtype", "output_datatype")


def graph(inputs, outputs, nodes, name="body"):
    return helper.make_graph(nodes, name, inputs, outputs)


def value(name, text):
    """A graph input or output of the type that a schema writes as text."""
    return helper.make_value_info(name, type_proto(text))


def type_proto(text):
    kind, _, rest = text.partition("(")
    inner = rest[:-1]
    if kind == "tensor":
        return helper.make_tensor_type_proto(DTYPES[inner], None)
    if kind == "seq":
        return helper.make_sequence_type_proto(type_proto(inner))
    if kind == "optional":
        return helper.make_optional_type_proto(type_proto(inner))
    if kind == "map":
        key, item = inner.split(",", 1)
        proto = onnx.TypeProto()
        proto.map_type.key_type = DTYPES[key.strip()]
        proto.map_type.value_type.CopyFrom(type_proto(item.strip() if "(" in item else f"tensor({item.strip()})"))
        return proto
    raise ValueError(text)


def scalar(dtype):
    t = TensorProto(data_type=dtype, dims=[1])
    if dtype == TensorProto.STRING:
        t.string_data.append(b"x")
    else:
        t.raw_data = bytes(16 if dtype == 15 else 8 if dtype in (7, 11, 13, 14) else 4 if dtype in (1, 6, 12)
                           else 2 if dtype in (4, 5, 10, 16) else 1)
    return t


def body(op, types, full):
    """The subgraphs of the control operators: they pass their inputs through."""
    t = types.get("V", "tensor(float)")
    identity = lambda a, b: helper.make_node("Identity", [a], [b])
    if op == "If":
        branch = lambda n: graph([], [value(n, t)], [identity("captured", n)], n)
        return {"then_branch": branch("p"), "else_branch": branch("q")}
    if op == "Loop":
        return {"body": graph([value("i", "tensor(int64)"), value("go", "tensor(bool)"), value("s", t)],
                              [value("on", "tensor(bool)"), value("r", t)], [identity("go", "on"), identity("s", "r")])}
    if op == "Scan":
        return {"body": graph([value("s", t)], [value("r", t)], [identity("s", "r")]), "num_scan_inputs": 1}
    if op == "SequenceMap":
        item = types["S"][4:-1]
        second = types["V"] if full else ""
        if second:
            second = second[4:-1] if second.startswith("seq") else second
            return {"body": graph([value("s", item), value("t", second)], [value("r", item)], [identity("s", "r")])}
        return {"body": graph([value("s", item)], [value("r", item)], [identity("s", "r")])}
    return {}


SMALL = {  # attributes that a node cannot do without
    "AveragePool": {"kernel_shape": [2]}, "MaxPool": {"kernel_shape": [2]}, "LpPool": {"kernel_shape": [2]},
    "MaxUnpool": {"kernel_shape": [2]}, "MaxRoiPool": {"pooled_shape": [2, 2]}, "BitShift": {"direction": "LEFT"},
    "Concat": {"axis": 0}, "ConcatFromSequence": {"axis": 0}, "DepthToSpace": {"blocksize": 2},
    "SpaceToDepth": {"blocksize": 2}, "Einsum": {"equation": "...->..."}, "GroupNormalization": {"num_groups": 1},
    "LRN": {"size": 3}, "LinearAttention": {"q_num_heads": 2, "kv_num_heads": 2}, "Pad": {"pads": [0, 0]},
    "RandomNormal": {"shape": [2]}, "RandomUniform": {"shape": [2]}, "Slice": {"starts": [0], "ends": [1]},
    "TopK": {"k": 1}, "Unsqueeze": {"axes": [0]}, "Upsample": {"scales": [1.0]}, "Split": {"num_outputs": 1},
    "RNN": {"hidden_size": 2}, "GRU": {"hidden_size": 2}, "LSTM": {"hidden_size": 2},
    "RegexFullMatch": {"pattern": "a"}, "Cast": {"to": 1}, "BitCast": {"to": 1}, "Mod": {"fmod": 1},
    "TfIdfVectorizer": {"mode": "TF", "min_gram_length": 1, "max_gram_length": 1, "max_skip_count": 0,
                        "ngram_counts": [0], "ngram_indexes": [0]},
    "Attention": {"q_num_heads": 2, "kv_num_heads": 2}, "RotaryEmbedding": {"num_heads": 2},
    "LinearClassifier": {"coefficients": [1.0, 2.0], "classlabels_ints": [0, 1]},
    "LinearRegressor": {"coefficients": [1.0]}, "FeatureVectorizer": {"inputdimensions": [1]},
    "TreeEnsemble": {"n_targets": 1, "tree_roots": [0], "nodes_featureids": [0], "nodes_truenodeids": [0],
                     "nodes_falsenodeids": [0], "nodes_trueleafs": [1], "nodes_falseleafs": [1],
                     "leaf_targetids": [0, 0]},
    "TreeEnsembleRegressor": {"n_targets": 1, "nodes_treeids": [0], "nodes_nodeids": [0], "nodes_featureids": [0],
                              "nodes_values": [0.0], "nodes_modes": ["LEAF"], "nodes_truenodeids": [0],
                              "nodes_falsenodeids": [0], "target_treeids": [0], "target_nodeids": [0],
                              "target_ids": [0], "target_weights": [1.0]},
    "TreeEnsembleClassifier": {"classlabels_int64s": [0, 1], "nodes_treeids": [0], "nodes_nodeids": [0],
                               "nodes_featureids": [0], "nodes_values": [0.0], "nodes_modes": ["LEAF"],
                               "nodes_truenodeids": [0], "nodes_falsenodeids": [0], "class_treeids": [0],
                               "class_nodeids": [0], "class_ids": [0], "class_weights": [1.0]},
    "SVMRegressor": {"coefficients": [1.0], "support_vectors": [1.0], "n_supports": 1, "rho": [0.0],
                     "kernel_type": "RBF", "kernel_params": [1.0, 0.0, 3.0]},
    "SVMClassifier": {"coefficients": [1.0, -1.0], "support_vectors": [1.0, 2.0], "vectors_per_class": [1, 1],
                      "rho": [0.0], "kernel_type": "RBF", "kernel_params": [1.0, 0.0, 3.0],
                      "classlabels_ints": [0, 1]},
    "CategoryMapper": {"cats_strings": ["a"], "cats_int64s": [1]},
    "ZipMap": {"classlabels_int64s": [0, 1]},
}


def attributes(schema, types, full):
    """Attributes for a node of a schema with the given types."""
    name, version = schema.name, schema.since_version
    given = dict(SMALL.get(name, {}))
    given.update(body(name, types, full))
    element = lambda key: types.get(key, "tensor(float)")[7:-1]
    if name == "ConstantOfShape":
        given["value"] = scalar(DTYPES[element("T2")])
    if name == "Constant":
        given["value"] = scalar(DTYPES[element("T")])
    if name == "TfIdfVectorizer":
        given.update({"pool_strings": ["a"]} if element("T") == "string" else {"pool_int64s": [1]})
    if name == "OneHotEncoder":
        given.update({"cats_strings": ["a"]} if element("T") == "string" else {"cats_int64s": [1]})
    if name == "Imputer":
        given.update({"imputed_value_floats": [0.0]} if element("T") in ("float", "double")
                     else {"imputed_value_int64s": [0]})
    if name == "DictVectorizer":
        given.update({"string_vocabulary": ["a"]} if "map(string" in types["T1"] else {"int64_vocabulary": [1]})
    if name == "CastMap":
        given["cast_to"] = {"float": "TO_FLOAT", "string": "TO_STRING", "int64": "TO_INT64"}[element("T2")]
    if name == "LabelEncoder":
        source, target = element("T1"), element("T2")
        if version == 1:
            given["classes_strings"] = ["a"]
        elif version >= 4:
            given.update({"keys_tensor": scalar(DTYPES[source]), "values_tensor": scalar(DTYPES[target]),
                          "default_tensor": scalar(DTYPES[target])})
        else:
            lists = {"string": ("strings", ["a"]), "int64": ("int64s", [1]), "float": ("floats", [1.0])}
            given["keys_" + lists[source][0]] = lists[source][1]
            given["values_" + lists[target][0]] = lists[target][1]
    if name == "TreeEnsemble":
        dtype = DTYPES[element("T")]
        for key in ("nodes_splits", "leaf_weights"):
            t = scalar(dtype)
            n = 1 if key == "nodes_splits" else 2
            given[key] = TensorProto(data_type=dtype, dims=[n], raw_data=t.raw_data * n)
        given["nodes_modes"] = TensorProto(data_type=TensorProto.UINT8, dims=[1], raw_data=b"\0")
    if name.startswith("RandomNormal") or name.startswith("RandomUniform"):
        given.setdefault("dtype", DTYPES[element("T" if not name.endswith("Like") else "T2")])
    for key in TYPE_ATTRIBUTES:
        if key in schema.attributes and schema.outputs:
            output = schema.outputs[0].type_str
            chosen = types.get(output, "")
            if chosen.startswith("tensor(") and output not in [i.type_str for i in schema.inputs]:
                given[key] = DTYPES[element(output)]
    if name == "Cast" and version < 6:
        given["to"] = element("T2").upper()
    if name == "SequenceEmpty":
        given["dtype"] = DTYPES[types["S"][len("seq(tensor("):-2]]
    if name == "Optional" and not full:
        given["type"] = type_proto(types["V"])
    if name == "BatchNormalization" and full:
        given["training_mode"] = 1
    if name == "LinearAttention":
        given["update_rule"] = "gated_delta" if full else "linear"
    given = {k: v for k, v in given.items() if k in schema.attributes}
    if name == "Split" and version < 18:
        given.pop("num_outputs", None)
    made = [helper.make_attribute(k, v) for k, v in given.items()]
    if full:
        for a in schema.attributes.values():
            if a.name not in given and a.default_value.type != AttributeProto.UNDEFINED:
                made.append(a.default_value)
    return made


def resolve(formal, types):
    return types.get(formal.type_str, formal.type_str)


# Inputs that exclude others: left out of the full form.
LEFT_OUT = {"Resize": {3}, "Attention": {6}}


def model(schema, types, opset, full):
    """One node of a schema, or None when this form says nothing that the other did not."""
    inputs, names, extra = [], [], []
    for i, formal in enumerate(schema.inputs):
        wanted = formal.option == Option.Single or (full and i not in LEFT_OUT.get(schema.name, ()))
        if schema.name in ("Optional", "Constant") and not full:
            wanted = False
        if schema.name in ("Loop", "Scan"):
            wanted = not (schema.name == "Scan" and formal.name == "sequence_lens" and not full)
        if not wanted and formal.option == Option.Variadic and formal.min_arity > 0:
            wanted = True
        if schema.name == "Resize" and i == len(schema.inputs) - (2 if schema.since_version > 10 else 1):
            wanted = True  # scales; with sizes, they exclude each other
        if not wanted:
            names.append("")
            continue
        name = f"x{i}"
        names.append(name)
        inputs.append(value(name, resolve(formal, types)))
    while names and not names[-1]:
        names.pop()
    if schema.name == "If":
        inputs.append(value("captured", types.get("V", "tensor(float)")))
    outputs = []
    for i, formal in enumerate(schema.outputs):
        if formal.option == Option.Optional and not full and i > 0:
            break
        if schema.name == "BatchNormalization" and schema.since_version < 14 and i > 0:
            break  # given by training only
        outputs.append(f"y{i}")
    node = helper.make_node(schema.name, names, outputs, name="node", domain=schema.domain)
    node.attribute.extend(attributes(schema, types, full))
    kinds = [value(n, resolve(f, types)) for n, f in zip(outputs, schema.outputs)]
    made = helper.make_graph([node], "g", inputs, kinds)
    imports = [helper.make_opsetid("", opset if not schema.domain else 22)]
    if schema.domain:
        imports.append(helper.make_opsetid(schema.domain, opset))
    return helper.make_model(made, opset_imports=imports, ir_version=10)


def variables(schema):
    return {c.type_param_str: list(c.allowed_type_strs) for c in schema.type_constraints}


def first_choice(allowed):
    for wanted in ("tensor(float)", "seq(tensor(float))", "tensor(int64)", "tensor(bool)"):
        if wanted in allowed:
            return wanted
    return sorted(allowed)[0]


def bound(schema, types):
    """The types that follow from those chosen, for operators whose schema leaves that open."""
    if schema.name == "LabelEncoder" and schema.since_version == 1 or schema.name == "CategoryMapper":
        types["T2"] = "tensor(int64)" if types["T1"] == "tensor(string)" else "tensor(string)"
    if schema.name == "DictVectorizer":
        types["T2"] = "tensor(%s)" % types["T1"][4:-1].split(",")[1].strip().replace("tensor(", "").rstrip(")")
    if schema.name == "SequenceInsert":
        changed = next((v for v in ("S", "T") if types[v] != {"S": "seq(tensor(float))", "T": "tensor(float)"}[v]), "S")
        if changed == "S":
            types["T"] = types["S"][4:-1]
        else:
            types["S"] = f"seq({types['T']})"
    if schema.name == "BitCast":
        changed = next((v for v in ("T1", "T2") if types[v] != "tensor(float)"), "T1")
        types["T1"] = types["T2"] = types[changed]
    return types


def cases(schema, opset):
    """(text, model) for every type of every parameter; the other parameters keep their first choice."""
    free = variables(schema)
    base = {v: first_choice(a) for v, a in free.items()}
    seen = set()
    for variable in list(free) or [None]:
        for choice in sorted(free[variable]) if variable else [None]:
            types = dict(base)
            if choice and (schema.name, choice[7:-1]) in NO_MEANING:
                continue
            if variable:
                types[variable] = choice
            types = bound(schema, types)
            key = tuple(sorted(types.items()))
            if key in seen:
                continue
            seen.add(key)
            for full in (False, True):
                text = f"{schema.name}-{schema.since_version}@{opset} {variable}={choice}{' full' if full else ''}"
                yield text, model(schema, types, opset, full)


def schemas():
    """Every version that some opset from 7 on uses, with the newest opset that uses it."""
    by_name = {}
    for s in onnx.defs.get_all_schemas_with_history():
        if s.domain in ("", "ai.onnx.ml", "ai.onnx.preview"):
            by_name.setdefault((s.domain, s.name), []).append(s)
    newest = {"": onnx.defs.onnx_opset_version(), "ai.onnx.ml": 5, "ai.onnx.preview": 1}
    for (domain, _), versions in sorted(by_name.items()):
        versions.sort(key=lambda s: s.since_version)
        for s, after in zip(versions, versions[1:] + [None]):
            last = after.since_version - 1 if after else newest[domain]
            if s.deprecated or (not domain and last < OLDEST):
                continue
            yield s, last


def newer():
    for name, opset, count, given, types in NEWER:
        for t in types:
            names = [f"x{i}" for i in range(count)]
            node = helper.make_node(name, names, ["y"], **given)
            g = helper.make_graph([node], "g", [value(n, f"tensor({t})") for n in names],
                                  [value("y", f"tensor({t})")])
            m = helper.make_model(g, opset_imports=[helper.make_opsetid("", opset)], ir_version=13)
            yield f"{name}-{opset} {t}", m


def outside():
    """(text, model, what the warning says) for the opset before an operator's first and the one that deprecates it."""
    by_name = {}
    for s in onnx.defs.get_all_schemas_with_history():
        if s.domain in ("", "ai.onnx.ml"):
            by_name.setdefault((s.domain, s.name), []).append(s)
    for versions in by_name.values():
        versions.sort(key=lambda s: s.since_version)
        first, live = versions[0], [s for s in versions if not s.deprecated]
        for schema, opset, says in ((first, first.since_version - 1, f"it came with opset {first.since_version},"),
                                    (live[-1], versions[-1].since_version, f"it is deprecated since opset {versions[-1].since_version},")):
            if opset and (schema is first and says.startswith("it came") or versions[-1].deprecated):
                types = bound(schema, {v: first_choice(a) for v, a in variables(schema).items()})
                yield f"{schema.name}@{opset}", model(schema, types, opset, False), says


OPSET = ("it came with opset", "it is deprecated since opset")


def check(tenon, folder, texts, warned):
    """{file: what `tenon check` says} of what it refuses, and of those with another warning about the opset than `warned`."""
    refused = {}
    for at in range(0, len(texts), 400):
        files = [str(folder / f"{i}.onnx") for i in range(at, min(at + 400, len(texts)))]
        done = subprocess.run([tenon, "check", "--json", *files], capture_output=True, text=True)
        for m in json.loads(done.stdout)["models"]:
            at_file = int(pathlib.Path(m["file"]).stem)
            told = [p["message"] for p in m["problems"] if p["message"].startswith(OPSET)]
            wanted = [warned[at_file]] if at_file in warned else []
            if len(told) != len(wanted) or any(not t.startswith(w) for t, w in zip(told, wanted)):
                refused[at_file] = {"problems": [{"severity": "error", "message": f"told {told} instead of {wanted}"}]}
            elif not m["accepted"] and not wanted:
                refused[at_file] = m
    return refused


def main():
    tenon, only = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        texts = []
        every = [c for s, opset in schemas() if only in (None, s.name) for c in cases(s, opset)]
        every += [c for c in newer() if only in (None, c[0].split("-")[0])]
        every += [c for c in outside() if only in (None, c[0].split("@")[0])]
        warned = {}
        for text, made, *says in every:
            (folder / f"{len(texts)}.onnx").write_bytes(made.SerializeToString())
            warned.update({len(texts): s for s in says})
            texts.append(text)
        refused = check(tenon, folder, texts, warned)
    for i, m in sorted(refused.items()):
        problem = [p for p in m["problems"] if p["severity"] == "error"][:1]
        print(f"FAILED {texts[i]}: {problem[0]['message'] if problem else m}")
    print(f"{len(texts) - len(refused)} passed, {len(refused)} failed")
    return bool(refused) or not texts


if __name__ == "__main__":
    sys.exit(main())
