// SPDX-License-Identifier: Apache-2.0
// tenon.h - everything a user of Tenon needs.
//
//     model file --tn_graph_load--> tn_graph --tn_plan_build--> tn_plan --tn_context_new--> tn_context
//
// A graph is mutable and says what the model says. A plan is immutable and says what will run; saved, it is
// the engine file. A context runs a plan; any number of contexts may share one plan, one thread each.
//
// Conventions, for every function below:
//   - what `_new`, `_load`, `_open`, `_build`, `_parse` or `_wrap` hands out is owned by the caller and has
//     one `_free` (which accepts NULL); everything else is borrowed and lives as long as its owner;
//   - sizes are bytes (`size_t`), dimensions `int64_t`; text is UTF-8 and NUL-terminated;
//   - a `tn_status` other than TN_OK means nothing was changed and nothing leaked; the sentences for the
//     person are in the `tn_diags` list, which may be NULL when nobody reads it;
//   - unless said otherwise a function is safe to call from any thread as long as no two threads use the
//     same object at once. A `tn_env` and a `tn_plan` may be shared freely.
#ifndef TENON_H
#define TENON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TN_VERSION "0.1.0"
#define TN_MAX_RANK 12

#if defined(__GNUC__)
#define TN_API __attribute__((visibility("default")))
#define TN_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define TN_API
#define TN_PRINTF(f, a)
#endif

// ------------------------------------------------------------------------------------------- status

// What a program needs to know of a failure: X(name, text).
#define TN_STATUS_TABLE(X)                   \
    X(OK, "fine")                            \
    X(NOMEM, "out of memory")                \
    X(INVALID, "invalid argument or model")  \
    X(FORMAT, "malformed or truncated file") \
    X(UNSUPPORTED, "not supported")          \
    X(LIMIT, "a limit was exceeded")         \
    X(IO, "input/output error")              \
    X(DEVICE, "device error")                \
    X(MISMATCH, "results differ")            \
    X(INTERNAL, "internal error: please report it")

typedef enum tn_status {
#define TN_STATUS_ENUM(name, text) TN_##name,
    TN_STATUS_TABLE(TN_STATUS_ENUM)
#undef TN_STATUS_ENUM
} tn_status;

TN_API const char *tn_status_text(tn_status status);
TN_API const char *tn_version(void);
TN_API const char *tn_features(void); // optional parts of this build, with commas: "zlib,json"

// ---------------------------------------------------------------------------------------------- env

// Memory comes from here. `resize` behaves like realloc; size 0 frees and returns NULL. It may return NULL
// at any time. It is called from any thread.
typedef struct tn_allocator {
    void *(*resize)(void *user, void *block, size_t bytes);
    void *user;
} tn_allocator;

typedef struct tn_env_options {
    tn_allocator allocator; // all zero: the C library's
    size_t max_bytes;       // the most memory held at once; 0: no limit
    const char *isa;        // highest CPU level used: "generic", "avx2", "avx512"...; NULL: TENON_CPU or all
} tn_env_options;

// The surroundings: allocator, memory budget, CPU level. Outlives everything made with it.
typedef struct tn_env tn_env;
TN_API tn_status tn_env_new(tn_env **env, const tn_env_options *options);
TN_API void tn_env_free(tn_env *env);
TN_API size_t tn_env_bytes(const tn_env *env);      // held now
TN_API size_t tn_env_peak_bytes(const tn_env *env); // the most held at once so far
TN_API const char *tn_env_isa(const tn_env *env);   // the CPU level in use

typedef struct tn_diags tn_diags;
// Loads a plug-in: a shared library with operators, kernels or passes, written against tenon/ext.h. It stays
// while the env lives. To be called before the models that need it are read, and while no other thread uses
// the env. Loading one again does nothing. A plug-in is code: load only what you would run.
TN_API tn_status tn_env_plugin(tn_env *env, const char *path, tn_diags *diags);

// ------------------------------------------------------------------------------------------- diags

typedef enum tn_severity { TN_NOTE, TN_WARNING, TN_ERROR } tn_severity;

// One thing worth telling a person. Any text may be NULL when it does not apply.
typedef struct tn_diag {
    tn_severity severity;
    tn_status status;
    const char *file;    // the model, as it was named to us
    const char *node;    // the node's name in the model
    const char *op;      // "Resize", "com.microsoft.Gelu"
    int opset;           // the opset the model asked for, 0: does not apply
    const char *tensor;  // the tensor or attribute concerned
    const char *source;  // the line of the user's PyTorch source, where the file carries it
    const char *message; // what was wrong and why
    const char *hint;    // what to do
} tn_diag;

TN_API tn_status tn_diags_new(tn_diags **diags, tn_env *env);
TN_API void tn_diags_free(tn_diags *diags);
TN_API size_t tn_diags_count(const tn_diags *diags);
TN_API const tn_diag *tn_diags_get(const tn_diags *diags, size_t i); // borrowed until the next change
TN_API void tn_diags_clear(tn_diags *diags);
// Writes diagnostic `i` as one or two lines of text (with a hint line when there is one), as snprintf would.
TN_API size_t tn_diags_format(const tn_diags *diags, size_t i, char *text, size_t size);

// ------------------------------------------------------------------------------------------ tensors

// Element types, with ONNX's numbers: X(NAME, onnx number, bits, "text").
#define TN_DTYPE_TABLE(X)              \
    X(F32, 1, 32, "f32")               \
    X(U8, 2, 8, "u8")                  \
    X(I8, 3, 8, "i8")                  \
    X(U16, 4, 16, "u16")               \
    X(I16, 5, 16, "i16")               \
    X(I32, 6, 32, "i32")               \
    X(I64, 7, 64, "i64")               \
    X(STRING, 8, 128, "string")        \
    X(BOOL, 9, 8, "bool")              \
    X(F16, 10, 16, "f16")              \
    X(F64, 11, 64, "f64")              \
    X(U32, 12, 32, "u32")              \
    X(U64, 13, 64, "u64")              \
    X(C64, 14, 64, "c64")              \
    X(C128, 15, 128, "c128")           \
    X(BF16, 16, 16, "bf16")            \
    X(F8E4M3FN, 17, 8, "f8e4m3fn")     \
    X(F8E4M3FNUZ, 18, 8, "f8e4m3fnuz") \
    X(F8E5M2, 19, 8, "f8e5m2")         \
    X(F8E5M2FNUZ, 20, 8, "f8e5m2fnuz") \
    X(U4, 21, 4, "u4")                 \
    X(I4, 22, 4, "i4")                 \
    X(F4E2M1, 23, 4, "f4e2m1")         \
    X(F8E8M0, 24, 8, "f8e8m0")         \
    X(U2, 25, 2, "u2")                 \
    X(I2, 26, 2, "i2")

typedef enum tn_dtype {
    TN_UNDEFINED = 0,
#define TN_DTYPE_ENUM(name, number, bits, text) TN_##name = number,
    TN_DTYPE_TABLE(TN_DTYPE_ENUM)
#undef TN_DTYPE_ENUM
        TN_DTYPE_COUNT
} tn_dtype;

TN_API const char *tn_dtype_text(tn_dtype dtype);
TN_API size_t tn_dtype_bits(tn_dtype dtype);

// What a value is. Optionals hold nothing or one item; sequences any number.
typedef enum tn_kind { TN_TENSOR, TN_SEQUENCE, TN_OPTIONAL, TN_OPTIONAL_SEQUENCE } tn_kind;

// An element of a TN_STRING tensor: `size` bytes, not NUL-terminated.
typedef struct tn_str {
    const char *text;
    size_t size;
} tn_str;

// A value: a tensor, or a sequence or optional of them. Tensors are dense and row-major; types narrower
// than a byte are packed, first element in the low bits.
typedef struct tn_tensor tn_tensor;

// New tensors are zeroed. `dims` has `rank` entries, each >= 0; rank 0 is a scalar.
TN_API tn_status tn_tensor_new(tn_tensor **t, tn_env *env, tn_dtype dtype, int rank, const int64_t *dims);
// Borrows `data` (dense, row-major, aligned to the element) until the tensor is freed.
TN_API tn_status tn_tensor_wrap(tn_tensor **t, tn_env *env, tn_dtype dtype, int rank, const int64_t *dims,
                                void *data);
TN_API void tn_tensor_free(tn_tensor *t);
TN_API tn_kind tn_tensor_kind(const tn_tensor *t);
TN_API tn_dtype tn_tensor_dtype(const tn_tensor *t);
TN_API int tn_tensor_rank(const tn_tensor *t);
TN_API const int64_t *tn_tensor_dims(const tn_tensor *t);
TN_API int64_t tn_tensor_count(const tn_tensor *t); // elements
TN_API size_t tn_tensor_bytes(const tn_tensor *t);
TN_API void *tn_tensor_data(tn_tensor *t);
TN_API const void *tn_tensor_const_data(const tn_tensor *t);
TN_API size_t tn_tensor_items(const tn_tensor *t); // of a sequence or optional
TN_API const tn_tensor *tn_tensor_item(const tn_tensor *t, size_t i);
// Element `i` (row-major) as a double; 0 for strings. For printing and checking, not for speed.
TN_API double tn_tensor_get(const tn_tensor *t, int64_t i);
// Stores `value` rounded to the tensor's type.
TN_API void tn_tensor_set(tn_tensor *t, int64_t i, double value);

// Reads a value from `.npy`, `.npz` (as "FILE.npz:NAME"; the only member when no name is given) or `.pb`
// (an ONNX TensorProto; SequenceProto or OptionalProto when `kind` says so). `expect` may be TN_UNDEFINED;
// otherwise a file without its own type (raw) is read as it, with `rank` and `dims`.
typedef struct tn_tensor_format {
    tn_kind kind;
    tn_dtype dtype;      // of raw files, else TN_UNDEFINED
    int rank;            // of raw files
    const int64_t *dims; // of raw files
} tn_tensor_format;
TN_API tn_status tn_tensor_load(tn_tensor **t, tn_env *env, const char *path, const tn_tensor_format *format,
                                tn_diags *diags);
// Writes `.npy` atomically: the old file or the whole new one is there, never a part.
TN_API tn_status tn_tensor_save(const tn_tensor *t, tn_env *env, const char *path, tn_diags *diags);

// How far `got` is from `want`: element i passes when |got - want| <= atol + rtol * |want|, or when both are
// NaN or the same infinity. Integers, strings and booleans are held to the same rule.
typedef struct tn_comparison {
    bool equal_type;     // same kind, element type and shape; when false the rest is zero
    int64_t count;       // elements compared
    int64_t failures;    // elements outside the tolerance
    int64_t worst_index; // row-major index of the worst element
    double worst_got, worst_want;
    double max_abs;          // largest |got - want|
    double max_rel;          // largest |got - want| / |want|
    double max_abs_over_max; // max_abs / largest |want|: the honest figure for a network's output
    double cosine;           // cosine similarity
} tn_comparison;
TN_API tn_status tn_tensor_compare(const tn_tensor *got, const tn_tensor *want, double rtol, double atol,
                                   tn_comparison *result);

// ------------------------------------------------------------------------------------------ weights

// Named tensors, as checkpoints hold them. Opening reads names, types and shapes; numbers are the mapped
// file's own bytes wherever those can be used, and are made when asked for where they cannot (compressed,
// transposed, in the other byte order, written as text).
typedef struct tn_weights tn_weights;

typedef struct tn_weight_info {
    const char *name;
    tn_dtype dtype;
    int rank;
    const int64_t *dims;
    size_t bytes; // dense
} tn_weight_info;

// Opens safetensors, PyTorch's checkpoints (.pth, .pt, .bin: nothing in them is executed), .npz, .npy, .wts
// (TensorRTx) or an ONNX model's initializers, told apart by content; or the folder or index.json of a
// checkpoint in several files. Nested names are joined with ".".
TN_API tn_status tn_weights_open(tn_weights **w, tn_env *env, const char *path, tn_diags *diags);
TN_API tn_status tn_weights_new(tn_weights **w, tn_env *env); // empty, to add to
// `value` is borrowed until `w` is freed; an earlier one of that name is replaced.
TN_API tn_status tn_weights_add(tn_weights *w, const char *name, const tn_tensor *value);
TN_API void tn_weights_free(tn_weights *w);
TN_API const char *tn_weights_format(const tn_weights *w); // "safetensors"
TN_API size_t tn_weights_count(const tn_weights *w);
TN_API const tn_weight_info *tn_weights_get(const tn_weights *w, size_t i);          // in the file's order
TN_API const tn_weight_info *tn_weights_find(const tn_weights *w, const char *name); // NULL: there is none
// The tensor, borrowed until `w` is freed.
TN_API tn_status tn_weights_tensor(tn_weights *w, const char *name, const tn_tensor **t, tn_diags *diags);
// Writes .safetensors, .npz or .wts, as the name ends; atomically, sorted by name, the same bytes every time.
TN_API tn_status tn_weights_save(tn_weights *w, const char *path, tn_diags *diags);

// -------------------------------------------------------------------------------------------- graph

typedef struct tn_graph tn_graph;

typedef struct tn_load_options {
    bool follow_external; // external data may leave the model's folder and pass through links
    bool check_only;      // report problems, skip what only building needs
} tn_load_options;

// Reads a model: ONNX, or Tenon's text form (`.tnt`), told apart by content. All problems are reported, not
// the first one. The file stays mapped while the graph lives; weights are not copied.
TN_API tn_status tn_graph_load(tn_graph **graph, tn_env *env, const char *path,
                               const tn_load_options *options, tn_diags *diags);
// The same from memory, borrowed until the graph is freed. `name` is used in messages; external data is
// looked for in `folder`, or refused when that is NULL.
TN_API tn_status tn_graph_load_memory(tn_graph **graph, tn_env *env, const void *data, size_t size,
                                      const char *name, const char *folder, const tn_load_options *options,
                                      tn_diags *diags);
TN_API void tn_graph_free(tn_graph *graph);

// What goes in or comes out. A dimension that depends on the inputs is -1 and `expr` says how.
typedef struct tn_io {
    const char *name;
    tn_kind kind;
    tn_dtype dtype;
    int rank; // -1: not known before it runs
    int64_t dims[TN_MAX_RANK];
    const char *expr[TN_MAX_RANK]; // "N", "2*H+1"; NULL for constants
    int64_t tuned[TN_MAX_RANK];    // of an input: the sizes its kernels are chosen for; -1: not known
    int64_t least[TN_MAX_RANK], most[TN_MAX_RANK]; // of an input: the sizes the model is made for
    const char *next; // of an input that is the model's own state (a buffer that it writes to): the output
                      // that it holds in the next run. NULL: it is none
} tn_io;
TN_API size_t tn_graph_input_count(const tn_graph *graph);
TN_API size_t tn_graph_output_count(const tn_graph *graph);
TN_API const tn_io *tn_graph_input(const tn_graph *graph, size_t i);
TN_API const tn_io *tn_graph_output(const tn_graph *graph, size_t i);
TN_API size_t tn_graph_node_count(const tn_graph *graph);
// The value that the model's file keeps as an example of input `i`, borrowed from the graph. NULL: none.
TN_API const tn_tensor *tn_graph_sample(const tn_graph *graph, size_t i);

// A value a node reads or writes.
typedef struct tn_edge {
    const char *name; // NULL: an omitted input, or an output nobody wants
    const char *type; // "f32[N,3,224,224]"
    bool constant;
    int64_t count; // elements of a constant
    size_t bytes;  // of a constant
} tn_edge;

// One node, as the graph has it now.
typedef struct tn_node {
    const char *name;
    const char *op;     // "Conv", "com.microsoft.Gelu"
    const char *source; // the user's PyTorch line, or NULL
    int depth;          // 0: the main graph; 1 and more: inside bodies of If, Loop, Scan
    size_t inputs, outputs;
    const tn_edge *input, *output;
} tn_node;

// Calls `visit` for every node in the order of running; a body's nodes follow the node they belong to. What
// `node` points to is valid during the call.
TN_API tn_status tn_graph_visit(const tn_graph *graph, void (*visit)(void *user, const tn_node *node),
                                void *user);

// Fixes an input's shape before passes run; -1 leaves a dimension as it is.
TN_API tn_status tn_graph_set_shape(tn_graph *graph, const char *input, int rank, const int64_t *dims,
                                    tn_diags *diags);
// Makes an input a constant before passes run: it is asked for no longer. `value` is copied; it has the
// input's element type, and a shape that suits it.
TN_API tn_status tn_graph_set_value(tn_graph *graph, const char *input, const tn_tensor *value,
                                    tn_diags *diags);

typedef struct tn_pass_options {
    const char *only;    // comma-separated pass names to run; NULL: all
    const char *disable; // comma-separated pass names to leave out
    const char *after;   // stop after this pass has run once
    // Called after every pass with the graph's text, or with "(unchanged)".
    void (*dump)(void *user, const char *pass, const char *text);
    void *user;
} tn_pass_options;
TN_API tn_status tn_graph_optimize(tn_graph *graph, const tn_pass_options *options, tn_diags *diags);

// Writes the graph as ONNX, in the oldest opset from 21 on that has what it uses; atomically. With
// `external`, and when the model would be larger than 2 GiB, weights lie in "PATH.data". A graph that holds
// operators of fusion passes (domain tn) is refused, except that tn.Dims becomes ONNX's own operators, in
// `graph` too.
TN_API tn_status tn_graph_save(tn_graph *graph, const char *path, bool external, tn_diags *diags);
// Cuts `graph` down to what computes `to` from `from`: those become its outputs and inputs, in this order.
// Without `from` the inputs are those that are needed. Values are named as in the model.
TN_API tn_status tn_graph_extract(tn_graph *graph, const char *const *from, size_t from_count,
                                  const char *const *to, size_t to_count, tn_diags *diags);

// The text form; it parses back. `elide` leaves large constants out (the text is then for people only).
// `*text` is owned by the graph and valid until the next call or change.
TN_API tn_status tn_graph_text(tn_graph *graph, bool elide, const char **text);
TN_API tn_status tn_graph_parse(tn_graph **graph, tn_env *env, const char *text, const char *name,
                                tn_diags *diags);

// --------------------------------------------------------------------------------------------- plan

// A plan: what will run. Immutable; share it between threads freely. Saved, it is the engine file.
typedef struct tn_plan tn_plan;

// The shape of one input for one of the three corners of a profile.
typedef struct tn_shape {
    const char *input;
    int rank;
    int64_t dims[TN_MAX_RANK];
} tn_shape;

typedef struct tn_build_options {
    const tn_shape *min_shapes, *opt_shapes, *max_shapes; // steer tuning; none is mandatory
    size_t min_count, opt_count, max_count;
    int threads;              // tuned for; 0: all cores
    const char *timing_cache; // file read and updated; NULL: none
    bool no_timing;           // take the tactics' own order instead of timing them
    bool exact; // no kernels that round more than a plain sum (Winograd's F(4x4,3x3) is one: about 1e-5)
    const char *tactics; // comma-separated patterns ("cpu.avx2.*") of the kernels that may be chosen, beside
                         // the reference kernels; "ref": only those; NULL: all
    const tn_pass_options *passes;
    // Called as work goes on: phase, what is done, out of how many.
    void (*progress)(void *user, const char *phase, size_t done, size_t total);
    // Called once per candidate of a node: chosen or not, its best time in nanoseconds (0: not timed), and
    // why it was rejected (NULL: it fits).
    void (*explain)(void *user, const char *node, const char *op, const char *tactic, bool chosen, double ns,
                    const char *reason);
    void *user;
    const char
        *engine; // where the engine is written while it is built, so that its weights are never in memory all
                 // at once; the plan is that file, mapped. NULL: kept in memory, for tn_plan_save
} tn_build_options;

// Optimises `graph` in place and freezes it. The graph may be freed afterwards.
TN_API tn_status tn_plan_build(tn_plan **plan, tn_graph *graph, const tn_build_options *options,
                               tn_diags *diags);
TN_API tn_status tn_plan_save(const tn_plan *plan, const char *path, tn_diags *diags);
// Reads an engine, checks its digest and then every record as if the digest were forged. With `map` the file
// is mapped instead of read: it must then not be truncated while the plan lives, and its weights are held
// against their digest when they are first needed, by tn_context_run. So it is with tn_plan_wrap.
TN_API tn_status tn_plan_load(tn_plan **plan, tn_env *env, const char *path, bool map, tn_diags *diags);
TN_API tn_status tn_plan_load_memory(tn_plan **plan, tn_env *env, const void *data, size_t size,
                                     const char *name, tn_diags *diags);
// The same without the copy: `data`, aligned to 64 bytes, must stay until the plan is freed ('tenon embed').
TN_API tn_status tn_plan_wrap(tn_plan **plan, tn_env *env, const void *data, size_t size, const char *name,
                              tn_diags *diags);
// Holds all of the engine against its digests now: TN_FORMAT when it is damaged.
TN_API tn_status tn_plan_verify(const tn_plan *plan, tn_diags *diags);
TN_API void tn_plan_free(tn_plan *plan);
TN_API bool tn_file_is_plan(const char *path); // looks at the first bytes only
TN_API size_t tn_plan_bytes(const tn_plan *plan);
TN_API size_t tn_plan_input_count(const tn_plan *plan);
TN_API size_t tn_plan_output_count(const tn_plan *plan);
TN_API const tn_io *tn_plan_input(const tn_plan *plan, size_t i);
TN_API const tn_io *tn_plan_output(const tn_plan *plan, size_t i);
TN_API int tn_plan_threads(const tn_plan *plan);

// One step of the plan's main program, in the order of running.
typedef struct tn_step {
    const char *node;   // its name in the model
    const char *op;     // "Conv", "tn.Conv"
    const char *tactic; // "cpu.avx512.conv.f32.direct", "ref"
    const char *source; // the user's PyTorch line, or NULL
    const char *output; // name of its first output
    double ns;          // last run's time (contexts with profile on), else 0
    double flops;       // multiply-adds count two; 0 when not known
    double bytes;       // read and written once each
} tn_step;
TN_API size_t tn_plan_step_count(const tn_plan *plan);
TN_API tn_status tn_plan_step(const tn_plan *plan, size_t i, tn_step *step);
// A plug-in that the plan needs: its operators or kernels run in it.
typedef struct tn_plan_plugin {
    const char *name, *version;
    const char *operators; // "com.example.Hat, com.example.Cap"; "" when only kernels are taken from it
} tn_plan_plugin;
TN_API size_t tn_plan_plugin_count(const tn_plan *plan);
TN_API const tn_plan_plugin *tn_plan_plugin_get(const tn_plan *plan, size_t i);
// Whether running the plan takes what tn_list_get says of `i`: its operators, the kernels chosen, and where
// sizes were not known, all that may be picked.
TN_API bool tn_plan_needs(const tn_plan *plan, size_t i);
// The optimised graph as text, as tn_graph_text. Owned by the plan.
TN_API tn_status tn_plan_text(tn_plan *plan, const char **text);
// The optimised graph's nodes, as tn_graph_visit: what runs, with the names that tn_context_tap takes.
TN_API tn_status tn_plan_visit(const tn_plan *plan, void (*visit)(void *user, const tn_node *node),
                               void *user);

// ------------------------------------------------------------------------------------------ context

typedef struct tn_context tn_context;

typedef struct tn_context_options {
    int threads;  // 0: as the plan was tuned for. Results do not depend on it.
    bool no_spin; // workers sleep at once instead of spinning briefly between layers
    bool profile; // measure every step
} tn_context_options;

// `plan` must outlive the context. One thread at a time may use a context.
TN_API tn_status tn_context_new(tn_context **context, const tn_plan *plan, const tn_context_options *options,
                                tn_diags *diags);
TN_API void tn_context_free(tn_context *context);
// Binds input `i`; `value` is borrowed until the next bind of the same input or the context's end. State
// (tn_io.next) needs no value: it begins as the model has it and is kept from run to run. Given one, it is
// copied and held for the next run; it may be an output of the last one.
TN_API tn_status tn_context_set_input(tn_context *context, size_t i, const tn_tensor *value, tn_diags *diags);
// Keeps a tensor readable after the run, by its name in the model, without changing what is fused. One in a
// body (of a Loop, say) has its value of the body's last time.
TN_API tn_status tn_context_tap(tn_context *context, const char *tensor, tn_diags *diags);
// Runs. Allocates nothing once the same input shapes have been seen. Leaves the caller's floating-point
// control and status words as they were.
TN_API tn_status tn_context_run(tn_context *context, tn_diags *diags);
// Output `i` of the last run; borrowed, valid until the next run. NULL before the first run.
TN_API const tn_tensor *tn_context_output(const tn_context *context, size_t i);
// Taps in the order they were asked for. The value is NULL when its body did not run.
TN_API size_t tn_context_tap_count(const tn_context *context);
TN_API const char *tn_context_tap_name(const tn_context *context, size_t i);
TN_API const tn_tensor *tn_context_tap_value(const tn_context *context, size_t i);
TN_API size_t tn_context_bytes(const tn_context *context); // arena and workspace of the bound shapes
// Step `i` with the last run's time and the bound shapes' flops and bytes.
TN_API tn_status tn_context_step(const tn_context *context, size_t i, tn_step *step);

// --------------------------------------------------------------------------------------------- list

// What there is, for `tenon list` and for programs that want to know: what is built in, then what the env's
// plug-ins bring. `env` NULL: only what is built in.
typedef struct tn_listing {
    const char *kind;   // "op", "tactic", "pass"
    const char *name;   // "Resize", "cpu.avx512.conv.f32.direct", "fold_const"
    const char *domain; // of an operator, or of a tactic's; "" is ai.onnx
    const char *op;     // of a tactic: the operator it computes
    const char *isa;    // of a tactic: the CPU level it needs, "generic", "avx2"...
    int since;          // of an operator: the opset of the form it implements; of a pass: its level
    int first;          // of an operator: the oldest opset whose form is read
    const char *plugin; // the plug-in it comes from; NULL: built in
    const char *id;     // its name in TN_ONLY_OPS; NULL: not built in
    const char *doc;    // one line
    const char *file;   // where it lives, from the project's root
    int line;
} tn_listing;
TN_API size_t tn_list_count(const tn_env *env);
TN_API tn_status tn_list_get(const tn_env *env, size_t i, tn_listing *listing);
// Writes the element types an operator takes, as snprintf would: "T: f32 f64; I: i64".
TN_API size_t tn_list_types(const tn_env *env, size_t i, char *text, size_t size);

// The machine, as measured now: fused multiply-add rate of one thread in GFLOP/s at the CPU level in use, and
// memory read bandwidth of one thread in GB/s. Takes some tens of milliseconds.
typedef struct tn_machine {
    char cpu[64];
    const char *isa;
    int cores;
    double gflops;
    double gbytes;
} tn_machine;
TN_API tn_status tn_machine_measure(tn_env *env, tn_machine *machine);

#ifdef __cplusplus
}
#endif
#endif
