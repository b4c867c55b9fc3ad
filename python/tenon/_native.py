# SPDX-License-Identifier: Apache-2.0
"""The library as the headers describe it: tenon.h, network.h and nn.h lie beside this file, and their structs and
prototypes become ctypes' here. Nothing of the C interface is written down a second time."""
import ctypes
import os
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
NUMBERS = {"int": ctypes.c_int, "unsigned": ctypes.c_uint, "bool": ctypes.c_bool, "char": ctypes.c_char,
           "double": ctypes.c_double, "float": ctypes.c_float, "size_t": ctypes.c_size_t, "int64_t": ctypes.c_int64,
           "uint64_t": ctypes.c_uint64, "void": None}

structs = {}  # by name, "tn_io"
blocks = {}   # of nn.h: "conv2d" to Block
dtypes = {}   # "f32" to ONNX's number


class Block:
    """A function of nn.h. `struct` is NULL when its arguments stand in order."""

    def __init__(self, function, struct, fixed, arguments, doc):
        self.function, self.struct, self.fixed, self.arguments, self.doc = function, struct, fixed, arguments, doc


def find_library():
    """TENON_LIBRARY, or the libtenon.so next to the package: in a build, or in the prefix it is installed to."""
    if os.environ.get("TENON_LIBRARY"):
        return os.environ["TENON_LIBRARY"]
    for folder in (HERE, *HERE.parents):
        for name in ("libtenon.so.0", "lib/libtenon.so.0"):
            if (folder / name).exists():
                return str(folder / name)
    return "libtenon.so.0"  # where the system looks


def type_of(text, names):
    """The ctypes type of `const char *`, `tn_hw`, `tn_graph **`; enumerations are ints."""
    words = text.replace("*", " * ").split()
    stars, base = words.count("*"), [w for w in words if w not in ("*", "const", "struct")][0]
    if stars == 1 and base == "char":
        return ctypes.c_char_p
    if stars:
        return ctypes.c_void_p
    if base in NUMBERS:
        return NUMBERS[base]
    return names[base] if base in names else ctypes.c_int


def declarators(text, names):
    """The (name, type) pairs of one member, "int64_t kernel, stride" or "const char *expr[TN_MAX_RANK]"."""
    if "(*" in text:  # a callback
        return [(re.search(r"\(\*(\w+)\)", text).group(1), ctypes.c_void_p)]
    match = re.match(r"((?:const |struct )*\w+(?: const)?)\s*(.*)", text)
    base, pairs = match.group(1), []
    for each in match.group(2).split(","):
        stars, name, size = re.match(r"([\s*]*(?:const)?[\s*]*)(\w+)(?:\[(\w+)\])?$", each.strip()).groups()
        kind = type_of(base + stars, names)
        if size:
            kind = kind * (int(size) if size.isdigit() else constants[size])
        pairs.append((name, kind))
    return pairs


constants = {}


def read_structs(text):
    for match in re.finditer(r"typedef struct (\w+) \{(.*?)\} (\w+);", text, re.S):
        body = re.sub(r"//[^\n]*", "", match.group(2))
        members = [" ".join(m.split()) for m in body.split(";") if m.strip()]
        fields = [pair for member in members for pair in declarators(member, structs)]
        structs[match.group(3)] = type(match.group(3), (ctypes.Structure,), {"_fields_": fields})


def read_prototypes(library, text):
    """Gives every function its types; returns the parameters' names by function."""
    parameters = {}
    bare = re.sub(r"//[^\n]*", "", text)
    for match in re.finditer(r"TN_API ([\w\s*]+?)(\w+)\(((?:[^()]|\([^()]*\))*)\)[^;]*;", bare):
        result, name, inside = match.groups()
        function = getattr(library, name, None)
        given = [" ".join(p.split()) for p in re.split(r",(?![^()]*\))", inside)]
        given = [p for p in given if p not in ("void", "...")]
        if function is None:
            continue
        pairs = [declarators(p, structs)[0] for p in given]
        function.restype = type_of(result, structs)
        function.argtypes = [kind for _, kind in pairs]
        parameters[name] = [name for name, _ in pairs]
    return parameters


def comment_before(text, at):
    """The lines of // that stand right before a position."""
    lines = []
    for line in reversed(text[:at].rstrip().splitlines()):
        if not line.startswith("//") or line.startswith("// ---"):
            break
        lines.insert(0, line[2:].strip())
    return " ".join(lines)


def read_blocks(text, parameters):
    macro = r"#define tn_(\w+)\(\.\.\.\) TN_BLOCK_\((\w+), (\w+), __VA_ARGS__((?:, \.\w+ = \w+)*)\)"
    for match in re.finditer(macro, text):
        name, function, struct, fixed = match.groups()
        fixed = {k: v == "true" for k, v in re.findall(r"\.(\w+) = (\w+)", fixed)}
        names = [field for field, _ in structs[struct]._fields_][2:]  # without args_ and net
        at = text.rfind("typedef struct " + struct, 0, match.start())
        doc = comment_before(text, match.start()) or comment_before(text, at)
        blocks[name] = Block(function, structs[struct], fixed, [n for n in names if n not in fixed], doc)
    for match in re.finditer(r"TN_API tn_value \*tn_(\w+)\(tn_network \*net", text):
        name = match.group(1)
        doc = comment_before(text, match.start())
        blocks[name] = Block("tn_" + name, None, {}, parameters["tn_" + name][1:], doc)


def load():
    library = ctypes.CDLL(find_library())
    text = {name: (HERE / "headers" / name).read_text() for name in ("tenon.h", "network.h", "nn.h")}
    constants["TN_MAX_RANK"] = int(re.search(r"#define TN_MAX_RANK (\d+)", text["tenon.h"]).group(1))
    for match in re.finditer(r"X\(\w+, (\d+), \d+, \"(\w+)\"\)", text["tenon.h"]):
        dtypes[match.group(2)] = int(match.group(1))
    for name in text:
        read_structs(text[name])
        parameters = read_prototypes(library, text[name])
    read_blocks(text["nn.h"], parameters)
    return library


lib = load()
