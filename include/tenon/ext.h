// SPDX-License-Identifier: Apache-2.0
// tenon/ext.h - everything an extender needs: operators (TN_OP), kernels (TN_TACTIC) and passes (TN_PASS).
// The built-in ones are written with exactly these macros. A definition is one constant, its macro stands at
// the start of a line, and the build finds it: nobody keeps a list. A plug-in (TN_PLUGIN, at the end) is one
// C file with such definitions, compiled by its user and loaded at run time.
#ifndef TENON_EXT_H
#define TENON_EXT_H

#include "tenon.h"

#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

// ------------------------------------------------------------------------------------------ tensors

// A value at run time. Built-in kernels read the fields; `data` is 64-byte aligned unless it is a view.
struct tn_tensor {
    tn_kind kind;
    tn_dtype dtype; // of the tensor, or of the items
    int rank;
    int64_t dim[TN_MAX_RANK];
    void *data;       // dense, row-major; NULL: only the shape is known
    size_t bytes;     // of data
    tn_tensor **item; // sequence and optional: the items
    size_t nitems;
    bool pinned;   // data outlives the call: items may be shared instead of copied
    bool has_item; // optional: holds something (an optional sequence may hold an empty one)
    void *owner;   // private: what tn_tensor_free releases
};

TN_API int64_t tn_count(const tn_tensor *t);                            // elements
TN_API int64_t tn_count_range(const tn_tensor *t, int first, int last); // product of dim[first..last)

// ------------------------------------------------------------------------------------------- shapes

// A dimension: the constant k, or an expression over named symbols when `e` is set. Equal expressions are
// the same pointer. Expressions are polynomials over symbols, floor divisions, remainders, max and min.
typedef struct tn_expr tn_expr;
typedef struct tn_dim {
    int64_t k;
    const tn_expr *e;
} tn_dim;

// Where expressions live. Errors stick to it (overflow, memory) and are reported after the inference.
typedef struct tn_dims tn_dims;

static inline tn_dim tn_k(int64_t k) {
    tn_dim d = {k, NULL};
    return d;
}
static inline bool tn_dim_is(tn_dim d, int64_t k) { return !d.e && d.k == k; }
static inline bool tn_dim_equal(tn_dim a, tn_dim b) { return a.e == b.e && (a.e || a.k == b.k); }
TN_API tn_dim tn_dim_add(tn_dims *pool, tn_dim a, tn_dim b);
TN_API tn_dim tn_dim_sub(tn_dims *pool, tn_dim a, tn_dim b);
TN_API tn_dim tn_dim_mul(tn_dims *pool, tn_dim a, tn_dim b);
TN_API tn_dim tn_dim_div(tn_dims *pool, tn_dim a, tn_dim b);      // floor(a / b), b != 0
TN_API tn_dim tn_dim_ceil_div(tn_dims *pool, tn_dim a, tn_dim b); // ceil(a / b), b != 0
TN_API tn_dim tn_dim_mod(tn_dims *pool, tn_dim a, tn_dim b);      // a - b * floor(a / b)
TN_API tn_dim tn_dim_max(tn_dims *pool, tn_dim a, tn_dim b);
TN_API tn_dim tn_dim_min(tn_dims *pool, tn_dim a, tn_dim b);
TN_API tn_dim tn_dim_symbol(tn_dims *pool, const char *name); // the named symbol
TN_API tn_dim tn_dim_fresh(tn_dims *pool);                    // a size only the data will tell

typedef struct tn_type {
    tn_kind kind;
    tn_dtype dtype;
    int rank; // -1: not known
    tn_dim dim[TN_MAX_RANK];
} tn_type;

// What is known of a value before it runs: its type, its data when constant, and the contents of small
// integer tensors (rank 0 or 1, at most TN_MAX_CONTENT elements) as expressions, so that shape arithmetic
// folds away. `content` is also set for constant integer tensors of that size.
#define TN_MAX_CONTENT 256
typedef struct tn_info {
    tn_type type;
    const tn_tensor *constant;
    const tn_dim *content; // NULL: not known
    size_t ncontent;
} tn_info;

// --------------------------------------------------------------------------------------- attributes

typedef enum tn_attr_kind {
    TN_ATTR_NONE,
    TN_ATTR_INT,
    TN_ATTR_FLOAT,
    TN_ATTR_STRING,
    TN_ATTR_INTS,
    TN_ATTR_FLOATS,
    TN_ATTR_STRINGS,
    TN_ATTR_TENSOR,
    TN_ATTR_GRAPH,
    TN_ATTR_TYPE,
} tn_attr_kind;

enum {
    TN_REQUIRED = 1,
    TN_PRESENCE = 2, // absent means something else than any value: tn_attr_has is asked
    TN_ONES = 4,     // of INTS: absent is ones, as many as there are to be
    TN_ZEROS = 8,    // of INTS: absent is zeros
};

// Attribute of an operator. Absent INTS, FLOATS, STRINGS have n == 0; absent TENSOR, GRAPH, TYPE are NULL.
typedef struct tn_attr_def {
    const char *name;
    tn_attr_kind kind;
    unsigned flags;   // TN_REQUIRED | ...
    int64_t i;        // default
    double f;         // default
    const char *s;    // default
    int64_t min, max; // range of INT and of each of INTS, checked once at import; both 0: any
} tn_attr_def;

// Attribute of a node. Which members mean something depends on `kind`.
typedef struct tn_attr {
    const char *name;
    tn_attr_kind kind;
    bool present; // given by the model, not the default
    int64_t i;
    double f;
    tn_str s; // NUL-terminated as well
    size_t n;
    const int64_t *ints;
    const float *floats;
    const tn_str *strings;
    const tn_tensor *tensor;
    tn_graph *graph;
    const tn_type *type;
} tn_attr;

typedef struct tn_op_def tn_op_def;
struct tni_spec;
struct tni_costs;

// A node's attributes, one slot per row of its operator's table, defaults filled in.
typedef struct tn_attrs {
    const tn_op_def *op;
    const tn_attr *slot;
} tn_attrs;

// The name must be in the operator's table (asserted).
TN_API bool tn_attr_has(tn_attrs a, const char *name);
TN_API int64_t tn_attr_int(tn_attrs a, const char *name);
TN_API double tn_attr_float(tn_attrs a, const char *name);
TN_API const char *tn_attr_string(tn_attrs a, const char *name);
TN_API bool tn_attr_is(tn_attrs a, const char *name, const char *text); // string attribute equals text
TN_API const int64_t *tn_attr_ints(tn_attrs a, const char *name, size_t *n);
TN_API const float *tn_attr_floats(tn_attrs a, const char *name, size_t *n);
TN_API const tn_str *tn_attr_strings(tn_attrs a, const char *name, size_t *n);
TN_API const tn_tensor *tn_attr_tensor(tn_attrs a, const char *name);
TN_API tn_graph *tn_attr_graph(tn_attrs a, const char *name);
TN_API const tn_type *tn_attr_type(tn_attrs a, const char *name);

// ---------------------------------------------------------------------------------------- operators

// One inference: fill the out's types (and contents where known) from the in's.
typedef struct tn_infer {
    tn_attrs attrs;
    int nin, nout;
    const tn_info *const *in; // NULL: omitted
    tn_info *const *out;      // NULL: nobody wants it
    tn_dims *dims;
    struct tn_infer_host *host; // private
} tn_infer;

// Records why the inputs are wrong; returns TN_INVALID to be returned on.
TN_API tn_status tn_infer_fail(tn_infer *c, const char *message, ...) TN_PRINTF(2, 3);
// The same with a way out for the person.
TN_API tn_status tn_infer_hint(tn_infer *c, const char *hint, const char *message, ...) TN_PRINTF(3, 4);
TN_API void tn_infer_warn(tn_infer *c, const char *message, ...) TN_PRINTF(2, 3);
// Memory that lives as long as what is being inferred. NULL when there is none (the error sticks).
TN_API void *tn_infer_alloc(tn_infer *c, size_t bytes);
// Sets out i's contents; `content` is copied. Ignored when n > TN_MAX_CONTENT.
TN_API void tn_infer_content(tn_infer *c, int i, const tn_dim *content, size_t n);
// Infers the subgraph in an attribute: its inputs get `in`, its outputs' infos are copied to `out`.
TN_API tn_status tn_infer_graph(tn_infer *c, const char *attr, int nin, const tn_info *const *in, int nout,
                                tn_info *out);

// Common inferences, to be put into `.infer`.
TN_API tn_status tn_infer_same(tn_infer *c);      // out 0 as in 0
TN_API tn_status tn_infer_broadcast(tn_infer *c); // out 0: in 0's type, all inputs' broadcast shape
TN_API tn_status tn_infer_compare(tn_infer *c);   // the same, bool
// Broadcasts two shapes into `to` (rank and dims only).
TN_API tn_status tn_broadcast_dims(tn_infer *c, const tn_type *a, const tn_type *b, tn_type *to);
// An axis in [-rank, rank) made non-negative; fails with a message naming it otherwise. `rank` >= 0.
TN_API tn_status tn_infer_axis(tn_infer *c, int64_t axis, int rank, int *to);

// One execution of one node, by the reference kernel or a tactic. Outputs of operators without
// TN_DATA_SHAPE have their shape and memory already; the others get them by tn_call_resize.
typedef struct tn_call {
    tn_attrs attrs;
    int nin, nout;
    const tn_tensor *const *in; // NULL: omitted
    tn_tensor *const *out;      // NULL: nobody wants it
    const void *params;         // tactics: what setup wrote
    const void *packed;         // tactics: what pack wrote, 64-byte aligned
    void *workspace;            // tactics: as much as asked for, 64-byte aligned, contents undefined
    struct tn_call_host *host;  // private
} tn_call;

TN_API tn_status tn_call_fail(tn_call *c, tn_status status, const char *message, ...) TN_PRINTF(3, 4);
// Gives out i (a tensor) its shape and memory.
TN_API tn_status tn_call_resize(tn_call *c, int i, int rank, const int64_t *dims);
// Gives out i (a sequence or optional) its items; pinned ones are shared, the others copied.
TN_API tn_status tn_call_items(tn_call *c, int i, size_t n, const tn_tensor *const *items);
// Makes out i the value of `from` (any kind).
TN_API tn_status tn_call_assign(tn_call *c, int i, const tn_tensor *from);
// Memory until the call returns; NULL when there is none.
TN_API void *tn_call_scratch(tn_call *c, size_t bytes);
// Memory until the run ends, for the text of string elements.
TN_API char *tn_call_text(tn_call *c, size_t bytes);
// Runs the subgraph in an attribute. `out` gets values that live until the next tn_call_graph on the same
// attribute returns for the second time: one iteration's results may be the next one's inputs.
TN_API tn_status tn_call_graph(tn_call *c, const char *attr, int nin, const tn_tensor *const *in, int nout,
                               const tn_tensor **out);
// Calls fn(arg, i, worker) for i in [0, n), spread over the context's threads; worker < tn_call_threads().
// What is computed for an i must not depend on the thread that does it.
TN_API void tn_call_parallel(tn_call *c, int64_t n, void (*fn)(void *arg, int64_t i, int worker), void *arg);
TN_API int tn_call_threads(const tn_call *c);

// What a kernel is asked to do: shapes and types; `data` is set for constants only.
typedef struct tn_problem {
    tn_attrs attrs;
    int nin, nout;
    const tn_tensor *const *in;  // NULL: omitted
    const tn_tensor *const *out; // NULL: nobody wants it
} tn_problem;

// Sets of element types.
#define TN_BIT(dtype) (UINT64_C(1) << (dtype))
#define TN_FLOATS (TN_BIT(TN_F32) | TN_BIT(TN_F64) | TN_BIT(TN_F16) | TN_BIT(TN_BF16))
#define TN_SIGNED (TN_BIT(TN_I8) | TN_BIT(TN_I16) | TN_BIT(TN_I32) | TN_BIT(TN_I64))
#define TN_UNSIGNED (TN_BIT(TN_U8) | TN_BIT(TN_U16) | TN_BIT(TN_U32) | TN_BIT(TN_U64))
#define TN_INTEGERS (TN_SIGNED | TN_UNSIGNED)
#define TN_NUMBERS (TN_FLOATS | TN_INTEGERS)
#define TN_INDEXES (TN_BIT(TN_I32) | TN_BIT(TN_I64))
#define TN_COMPLEX (TN_BIT(TN_C64) | TN_BIT(TN_C128))
#define TN_FLOAT8S                                                                             \
    (TN_BIT(TN_F8E4M3FN) | TN_BIT(TN_F8E4M3FNUZ) | TN_BIT(TN_F8E5M2) | TN_BIT(TN_F8E5M2FNUZ) | \
     TN_BIT(TN_F8E8M0))
#define TN_NARROWS (TN_BIT(TN_U4) | TN_BIT(TN_I4) | TN_BIT(TN_F4E2M1) | TN_BIT(TN_U2) | TN_BIT(TN_I2))
#define TN_ANY_KIND (1u << TN_TENSOR | 1u << TN_SEQUENCE | 1u << TN_OPTIONAL | 1u << TN_OPTIONAL_SEQUENCE)
#define TN_ANY_DTYPE (TN_NUMBERS | TN_BIT(TN_BOOL) | TN_BIT(TN_STRING) | TN_COMPLEX | TN_FLOAT8S | TN_NARROWS)

// Input or output of an operator. `type` is the name of a row of `types`, or an element type ("i64").
// Inputs and outputs of the same row have the same type.
enum { TN_OPTIONAL_IN = 1, TN_VARIADIC = 2, TN_MIXED = 4 /* variadic whose types may differ */ };
typedef struct tn_param {
    const char *name;
    const char *type;
    unsigned flags;
} tn_param;

typedef struct tn_type_set {
    const char *name;
    uint64_t dtypes; // TN_BIT(...) | ...
    unsigned kinds;  // bits 1 << tn_kind, or TN_ANY_KIND; 0: tensors only
} tn_type_set;

enum tn_trait {
    TN_RANDOM = 1,      // not a function of its inputs: never folded, never merged
    TN_DATA_SHAPE = 2,  // the output's size depends on the data: `ref` calls tn_call_resize
    TN_COMMUTATIVE = 4, // in 0 and in 1 may be swapped
    TN_ELEMENTWISE = 8, // out[i] depends on in[..][i] after broadcasting only
    TN_SHAPE_ONLY = 16, // reads its inputs' shapes, not their data
    TN_CONTROL = 32,    // runs subgraphs
    TN_SAME_DATA = 64,  // output has in 0's elements in in 0's order: a view (Reshape, Squeeze, Identity)
};

// One ONNX (or tn, or com.microsoft) operator: its newest form, and the way there from older ones.
struct tn_op_def {
    const char *name;
    const char *domain; // NULL: ai.onnx
    int since;          // the opset whose form this is: the newest in which it changed
    int first;          // the opset in which it appeared, `upgrade` leads from there; 0: as `since`
    int last;           // deprecated after this opset; 0: alive
    const char *doc;    // one line
    unsigned traits;
    tn_param in[16], out[8];
    tn_type_set types[8];
    tn_attr_def attrs[32];
    tn_status (*infer)(tn_infer *c);
    tn_status (*ref)(tn_call *c); // plain and exact; NULL only for operators that `upgrade` always replaces
    // Rewrites the form of an older opset into this one; see src/ir/spec.h.
    tn_status (*upgrade)(struct tni_spec *spec);
    // True when out `out` is a dense piece of in 0 for these shapes: then *offset (bytes) is where.
    bool (*view)(const tn_problem *p, int out, size_t *offset);
    // True when in `in` may be computed in place inside out 0 for these shapes: then *offset is where.
    // Kernels then find some inputs there already, and copy the others.
    bool (*embed)(const tn_problem *p, int in, size_t *offset);
    // The ATen target that means this operator, "my::foo.default": tensors in the schema's order are its
    // inputs, the other arguments its attributes by name. NULL: none, or a converter of its own.
    const char *aten;
    const char *file;
    int line;
};

#define TN_OP(id)                      \
    extern const tn_op_def tn_op_##id; \
    const tn_op_def tn_op_##id
// First line of every definition's initialiser, so that `tenon list` can say where it lives.
#define TN_HERE .file = __FILE__, .line = __LINE__

// ------------------------------------------------------------------------------------------ tactics

// CPU features a tactic needs, or'ed.
enum tn_isa {
    TN_ISA_AVX2 = 1,   // with FMA and F16C
    TN_ISA_AVX512 = 2, // F, BW, DQ, VL, CD
    TN_ISA_VNNI = 4,
    TN_ISA_BF16 = 8,
    TN_ISA_FP16 = 16,
    TN_ISA_AMX = 32,
};

// One kernel. The tester runs every tactic against the operator's reference over generated problems.
typedef struct tn_tactic_def {
    const char *name; // its address: "cpu.avx512.conv.f32.direct" is src/cpu/avx512/conv_f32_direct.c
    const char *op;
    const char *domain; // NULL: ai.onnx
    const char *doc;
    unsigned isa;
    int rank; // preferred order without timing: higher first
    // How far results may be from the plain sum, relative to the root mean square of the output; 0: no
    // further than another order of the same sum. A build that asks for exact kernels leaves the others out.
    double error;
    unsigned inplace; // bit i: out 0 may be in i's memory when their byte sizes are equal
    const char *(*reject)(const tn_problem *p); // NULL: it fits; else the reason, in words
    size_t params_bytes;
    void (*setup)(const tn_problem *p, void *params);
    size_t (*pack_bytes)(const tn_problem *p);   // NULL or 0: nothing to pack
    void (*pack)(const tn_problem *p, void *to); // from constant inputs; numbers only, never offsets
    size_t (*workspace)(const tn_problem *p, int threads);
    tn_status (*run)(tn_call *c);
    const char *file;
    int line;
} tn_tactic_def;

#define TN_TACTIC(id)                          \
    extern const tn_tactic_def tn_tactic_##id; \
    const tn_tactic_def tn_tactic_##id

// ------------------------------------------------------------------------------------------- passes

// One pass. Passes of a level run in the order of their files' names, again and again until none changes
// anything; then the next level.
typedef struct tn_pass_def {
    const char *name;
    int level; // 0 canonicalise, 1 simplify, 2 fuse, 3 precision, 4 place
    const char *doc;
    tn_status (*run)(tn_graph *g, bool *changed, tn_diags *diags);
    // Instead of `run`, of passes that take what is faster; costs: NULL where none are known. Private, see
    // src/pass/pass.h.
    tn_status (*run_by)(tn_graph *g, const struct tni_costs *costs, bool *changed, tn_diags *diags);
    const char *file;
    int line;
} tn_pass_def;

#define TN_PASS(id)                        \
    extern const tn_pass_def tn_pass_##id; \
    const tn_pass_def tn_pass_##id

// ------------------------------------------------------------------------------- PyTorch's operators

// How a call in a `.pt2` file becomes operators of the graph, by its target: "aten.silu.default", or
// "aten.silu" for all overloads, or "my.op(x!, y)", which writes to x. Mostly a template does: "Swish(self)",
// "Add(self, Mul(other, alpha))", "Softmax(self){axis=dim}"; docs/pt2.md has its rules. A table ends with
// {0}. An operator that takes the call's tensors as inputs and the rest as attributes of the same names needs
// none of this: its `.aten` is enough.
enum tn_aten_flag {
    TN_ATEN_OUT = 1,       // tensors are cast to the output's element type first
    TN_ATEN_COMPARE = 2,   // tensors are cast to what PyTorch promotes `self` and `other` to
    TN_ATEN_VIEW = 4,      // the output is a view of the first input: writing to it writes there
    TN_ATEN_MAY_VIEW = 8,  // it is one where the strides allow
    TN_ATEN_SAME_TYPE = 16 // it is one (the very tensor) when the element types are equal
};

typedef struct tn_aten tn_aten; // one call on its way in: src/import/aten/aten.h

typedef struct tn_aten_def {
    const char *target;
    const char *as;              // the template, or
    void (*convert)(tn_aten *c); // what makes the nodes
    unsigned flags;
} tn_aten_def;

#define TN_ATEN(id)                          \
    extern const tn_aten_def tn_aten_##id[]; \
    const tn_aten_def tn_aten_##id[]

// ---------------------------------------------------------------------------------------- plug-ins

// What a plug-in brings, said once at the end of its file:
//
//     TN_PLUGIN = {
//         TN_PLUGIN_HERE, .name = "hat", .version = "1",
//         .ops = TN_OPS(&tn_op_hat), .tactics = TN_TACTICS(&tn_tactic_hat_f32),
//     };
//
//     cc -O2 -shared -fPIC hat.c -o hat.so        tenon run model.onnx --plugin ./hat.so
//
// It needs no library: the functions of this header are those of the program that loads it. Its operators
// belong into a domain of their own, and are taken before a function of the same name in the model.
#define TN_PLUGIN_ABI 1 // another number whenever something above changes its meaning
typedef struct tn_plugin {
    unsigned abi;
    unsigned short op_bytes, tactic_bytes, pass_bytes, infer_bytes, call_bytes, tensor_bytes;
    const char *tenon;           // version of the header
    const char *name;            // engines remember it
    const char *version;         // engines built with another one choose their kernels anew; NULL: ""
    const tn_op_def *const *ops; // these three end with NULL; NULL: none
    const tn_tactic_def *const *tactics;
    const tn_pass_def *const *passes;
    const tn_aten_def *atens; // a table, which ends with {0}; NULL: none
} tn_plugin;

#define TN_PLUGIN                             \
    TN_API extern const tn_plugin tn_plugin_; \
    const tn_plugin tn_plugin_
#define TN_PLUGIN_HERE                                                                                 \
    .abi = TN_PLUGIN_ABI, .op_bytes = sizeof(tn_op_def), .tactic_bytes = sizeof(tn_tactic_def),        \
    .pass_bytes = sizeof(tn_pass_def), .infer_bytes = sizeof(tn_infer), .call_bytes = sizeof(tn_call), \
    .tensor_bytes = sizeof(tn_tensor), .tenon = TN_VERSION
#define TN_OPS(...) \
    (const tn_op_def *const[]) { __VA_ARGS__, NULL }
#define TN_TACTICS(...) \
    (const tn_tactic_def *const[]) { __VA_ARGS__, NULL }
#define TN_PASSES(...) \
    (const tn_pass_def *const[]) { __VA_ARGS__, NULL }

// Attaches a plug-in that is part of the program itself, as tn_env_plugin does one from a file. `plugin`
// outlives the env.
TN_API tn_status tn_env_extend(tn_env *env, const tn_plugin *plugin, tn_diags *diags);

#ifdef __cplusplus
}
#endif
#endif
