// SPDX-License-Identifier: Apache-2.0
// aten.h - what converters of PyTorch's operators work with: one call's arguments, and templates that make
// the nodes. The first failure sticks to the call; after it everything returns NULL or 0, so that a converter
// reads straight through.
//
// A template is an expression over operators of the graph:
//     Op(a, b){name=value, ...}   a node; its first output
//     self, dim                   an argument of the call, as a tensor: numbers become scalars of the type
//                                 that is computed in, lists of integers i64 vectors, None an omitted input
//     eps?1e-5                    an argument that the file may leave out, and what it is then
//     $0, $1                      the values given with the template
//     0.5, 2                      a scalar of the type that is computed in
//     [1, dim]                    an i64 vector
//     _                           an omitted input
//     a; b                        two results (of a row)
//     f32(x), i64(x), out(x)...   a cast; `out` is the type of the call's output
// Values of attributes are numbers, 'texts', [lists] of integers, arguments, and what tni_at_set_* set.
#ifndef TN_IMPORT_ATEN_ATEN_H
#define TN_IMPORT_ATEN_ATEN_H

#include "import/pt2/pt2.h"

enum { TNI_AT_OUT = 256, TNI_AT_LIST = 256 };

struct tn_aten {
    tni_pt2 *x;
    tni_pt2_scope *scope;
    tn_graph *graph;
    const json_t *call; // the node in the file
    const tn_aten_def *def;
    const char *target; // "aten.relu.default"; of an in-place call, the functional target
    const char *name, *source, *module;
    tn_dtype out;     // element type of the first output, by the file
    tn_dtype compute; // of scalars in templates
    tn_attr local[16];
    size_t nlocal;
    size_t nout;                         // tensors that the file wants
    const json_t *want_meta;             // TensorMeta of the first; NULL: none
    tni_value *result[TNI_AT_OUT];       // then what the call wrote to, where its row says so
    size_t output;                       // in putting a view back: which of them
    const tni_pt2_tensor *instead_of[2]; // for these tensors other values are taken:
    tni_value *instead[2];
    tni_pt2_tensor *complex[2]; // different operands that are complex
    size_t ncomplex;            // more than two are counted
    size_t complex_uses;        // places where they stand: x @ x has two
    bool failed;
};

// Of the env's plug-ins first, then built in. NULL: nobody converts it.
const tn_aten_def *tni_aten_find(const tn_env *env, const char *target);
// The row for a target that an operator names itself (its `.aten`). NULL: none does.
const tn_aten_def *tni_aten_operator(const tn_env *env, const char *target);

// Makes the call's results as its row says.
void tni_at_convert(tn_aten *c);
// The call cannot be converted; the reason is told with its place.
void tni_at_fail(tn_aten *c, const char *hint, const char *message, ...) TN_PRINTF(3, 4);

// ---- arguments, by PyTorch's names, or by place ("#0") where they have none; what the file leaves out has
// PyTorch's default
bool tni_at_has(tn_aten *c, const char *name);          // given and not None
tn_attr_kind tni_at_kind(tn_aten *c, const char *name); // TENSOR, INT, FLOAT, STRING, INTS
tni_value *tni_at_tensor(tn_aten *c, const char *name); // NULL: None, or failed
size_t tni_at_tensors(tn_aten *c, const char *name, tni_value *to[TNI_AT_LIST]); // None is NULL
int64_t tni_at_int(tn_aten *c, const char *name); // known when importing, or it fails
bool tni_at_bool(tn_aten *c, const char *name);
double tni_at_float(tn_aten *c, const char *name);
bool tni_at_complex_number(tn_aten *c, const char *name, double *re, double *im); // false: it is none
const char *tni_at_string(tn_aten *c, const char *name);                          // "" for None
tn_dtype tni_at_dtype(tn_aten *c, const char *name, tn_dtype none);
size_t tni_at_ints(tn_aten *c, const char *name, int64_t to[TNI_AT_LIST]);
size_t tni_at_floats(tn_aten *c, const char *name, double to[TNI_AT_LIST]);
// A list of `n` integers; one stands for all.
void tni_at_spatial(tn_aten *c, const char *name, int n, int64_t *to);
bool tni_at_is_tensor(tn_aten *c, const char *name);
bool tni_at_is_plain(tn_aten *c, const char *name); // a number that stands in the file
bool tni_at_is_dense(tn_aten *c, const char *name); // row-major when it was exported, as far as the file says
// Integers that may depend on sizes: as dimensions (false: on data), or as i64 values.
bool tni_at_dim(tn_aten *c, const char *name, tn_dim *to);
tni_value *tni_at_size(tn_aten *c, const char *name); // a vector (of one, for a single integer)
// A number or a tensor as a tensor of type `dtype`.
tni_value *tni_at_number(tn_aten *c, const char *name, tn_dtype dtype);
int tni_at_axis(tn_aten *c, const char *name, int rank);                             // made non-negative
size_t tni_at_axes(tn_aten *c, const char *name, int rank, int64_t to[TN_MAX_RANK]); // a list of them
const json_t *tni_at_graph(tn_aten *c, const char *name);
// What PyTorch would compute in for these arguments (tensors or numbers).
tn_dtype tni_at_promote(tn_aten *c, const char *a, const char *b);

// ---- what is known of values
int tni_at_rank(tn_aten *c, const tni_value *v); // fails when it is not known
tni_value *tni_at_of_rank(tn_aten *c, tni_value *v,
                          int rank); // with dimensions of 1 in front, if it has fewer
static inline tn_dtype tni_at_type(const tni_value *v) { return v ? v->info.type.dtype : TN_UNDEFINED; }

// ---- making nodes
tni_value *tni_at_expr(tn_aten *c, const char *format, ...);
void tni_at_exprs(tn_aten *c, const char *format); // gives what each says: "Relu(x); Neg(x)"
tni_value *tni_at_cast(tn_aten *c, tni_value *v, tn_dtype dtype);
// Integers as f64, for operators that know floats only, and what they make as integers again (c->out): exact
// while it stays below 2^53. Floats pass.
tni_value *tni_at_as_real(tn_aten *c, tni_value *v);
tni_value *tni_at_as_out(tn_aten *c, tni_value *v);
tni_value *tni_at_scalar(tn_aten *c, tn_dtype dtype, double value);
tni_value *tni_at_vector(tn_aten *c, const int64_t *v, size_t n);
// Several outputs, or a list of inputs: attributes are the locals.
bool tni_at_node(tn_aten *c, const char *op, size_t nin, tni_value *const *in, size_t nout, tni_value **out);
tni_value *tni_at_list(tn_aten *c, const char *op, size_t nin, tni_value *const *in); // one output
void tni_at_set_int(tn_aten *c, const char *name, int64_t v);
void tni_at_set_float(tn_aten *c, const char *name, double v);
void tni_at_set_text(tn_aten *c, const char *name, const char *v);
void tni_at_set_ints(tn_aten *c, const char *name, const int64_t *v, size_t n);
void tni_at_set_graph(tn_aten *c, const char *name, tn_graph *v);
void tni_at_set_texts(tn_aten *c, const char *name, const tn_str *v, size_t n);
void tni_at_clear(tn_aten *c); // forgets what was set

// v's shape with the dimensions [first, last] replaced by those in the vector `middle`.
tni_value *tni_at_reshaped_dims(tn_aten *c, tni_value *v, int first, int last, tni_value *middle);

// exp(x) - 1 and log(1 + x), exact near 0.
tni_value *tni_at_expm1(tn_aten *c, tni_value *x);
tni_value *tni_at_log1p(tn_aten *c, tni_value *x);

// How many of the boundaries, a row of them (or one for each row of v), lie below each element of v.
tni_value *tni_at_below(tn_aten *c, tni_value *boundaries, tni_value *v, bool or_at);

// An antialiased resize with align_corners, of images, to these sizes.
void tni_at_resize_to_corners(tn_aten *c, tni_value *x, tni_value *sizes);

// A graph of an attribute, what goes in, and what it gives.
tn_graph *tni_at_new_body(tn_aten *c, const char *attr); // NULL: failed
tni_value *tni_at_body_input(tn_aten *c, tn_graph *g, const tn_type *type);
void tni_at_add_output(tn_aten *c, tn_graph *g, tni_value *v);

// A Loop over `carried`, which becomes what is left at the end. `step` makes the next values from the present
// ones and says whether to go on; `trips` NULL: as long as it does.
enum { TNI_AT_CARRIED = 4 };
typedef tni_value *(*tni_at_step)(tn_aten *c, tni_value **carried);
bool tni_at_loop(tn_aten *c, tni_value *trips, size_t n, tni_value **carried, tni_at_step step);

// Matrices, in the last two dimensions. A triangle has zeros elsewhere, with `unit` ones on the diagonal.
tni_value *tni_at_transposed(tn_aten *c, tni_value *a);
tni_value *tni_at_triangle(tn_aten *c, tni_value *a, bool upper, bool unit);

// `parent` with `v` in place of the piece that the call's arguments start, step or index name along `axis`.
tni_value *tni_at_put_slice(tn_aten *c, tni_value *parent, tni_value *v, int axis);
tni_value *tni_at_put_index(tn_aten *c, tni_value *parent, tni_value *v, int axis);

// The call's tensor `i` (lists count on). The first must be given; those that are not can be read by nobody.
void tni_at_give(tn_aten *c, size_t i, tni_value *v);

#endif
