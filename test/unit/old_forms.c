// SPDX-License-Identifier: Apache-2.0
// old_forms.c - operators as older opsets wrote them, one node a row, held against the sentence of the old
// specification. Forms from opset 7 on are drawn against ONNX Runtime as well (scripts/differential.py); it
// does not read the ones before.
#include "check.h"
#include "evaluate.h"

#include "ir/spec.h"

#include <string.h>

enum { ROOM = 8 };

typedef struct input {
    tn_dtype dtype; // TN_UNDEFINED: omitted
    int rank;
    int64_t dim[4];
    double x[ROOM]; // its elements
} input;

// `out`: which of the outputs is looked at; attributes end with one that has no name.
// one.
typedef struct form {
    const char *op;
    int opset, nin, out;
    input in[5];
    tn_attr attr[4];
    const char *want;
} form;

static tni_value *constant(tn_graph *g, const input *from) {
    if (!from->dtype) return NULL;
    tn_tensor *t = tni_tensor_new(&g->root->arena, from->dtype, from->rank, from->dim);
    for (int64_t i = 0; t && i < tn_count(t); i++) tni_set(t, i, from->x[i]);
    return t ? tni_value_const(g, NULL, t) : NULL;
}

static const char *run_form(tn_env *env, tn_diags *diags, tn_graph *g, const form *f) {
    static const char *const names[] = {"y", "y1", "y2"};
    const char *outs[3] = {NULL, NULL, NULL};
    tn_attr attrs[16];
    size_t nattr = 0;
    tni_value *in[TNI_SPEC_IN] = {NULL};
    for (int i = 0; i < f->nin; i++) in[i] = constant(g, &f->in[i]);
    while (nattr < 4 && f->attr[nattr].name) attrs[nattr] = f->attr[nattr], nattr++;
    for (int i = 0; i <= f->out; i++) outs[i] = names[i];
    tni_spec spec = {.graph = g,
                     .diags = diags,
                     .op = f->op,
                     .opset = f->opset,
                     .nin = f->nin,
                     .nout = f->out + 1,
                     .in = in,
                     .outs = outs,
                     .nattr = nattr,
                     .cattr = 16,
                     .attr = attrs};
    if (tni_spec_add(&spec, NULL) != TN_OK) return evaluate_problem(diags);
    if (tni_graph_add_output(g, tni_value_find(g, names[f->out])) != TN_OK) return "no memory";
    return evaluate_graph(g, env, diags);
}

static void check_forms(const form *f, size_t n) {
    for (size_t i = 0; i < n; i++) {
        tn_env *env = NULL;
        tn_diags *diags = NULL;
        tn_graph *g = NULL;
        CHECK(tn_env_new(&env, NULL) == TN_OK && tn_diags_new(&diags, env) == TN_OK &&
              tni_graph_new(&g, env, "old") == TN_OK);
        tni_text_free(&evaluate_text);
        evaluate_text = (tni_text){.env = env};
        const char *got = run_form(env, diags, g, &f[i]);
        if (strcmp(got, f[i].want)) printf("  %s of opset %d:\n", f[i].op, f[i].opset);
        CHECK_TEXT(got, f[i].want);
        tni_text_free(&evaluate_text);
        tn_graph_free(g);
        tn_diags_free(diags);
        tn_env_free(env);
    }
}
#define CHECK_FORMS(forms) check_forms(forms, sizeof(forms) / sizeof *(forms))

static const int64_t none[1] = {0}, one_two[] = {1, 2}, one_one[] = {1, 1}, two_one[] = {2, 1}, one[] = {1},
                     two[] = {2}, last[] = {-1}, far[] = {INT64_MAX}, far32[] = {INT32_MAX},
                     in_front[] = {0, 1, 0, 0}, behind[] = {0, 0, 0, 1}, zero_two[] = {0, 2};

static void lists_were_attributes(void) {
    const form forms[] = {
        {"Reshape", 1, 1, 0, {{TN_F32, 1, {2}, {5, 6}}}, {TN_A_INTS("shape", two_one, 2)}, "f32[2,1]{5, 6}"},
        {"Slice",
         1,
         1,
         0,
         {{TN_F32, 1, {3}, {5, 6, 7}}},
         {TN_A_INTS("starts", one, 1), TN_A_INTS("ends", far, 1)},
         "f32[2]{6, 7}"},
        {"Slice",
         9,
         1,
         0,
         {{TN_F32, 1, {3}, {5, 6, 7}}},
         {TN_A_INTS("starts", last, 1), TN_A_INTS("ends", far32, 1), TN_A_INTS("axes", none, 1)},
         "f32[1]{7}"},
        {"Split", 2, 1, 1, {{TN_F32, 1, {3}, {5, 6, 7}}}, {TN_A_INTS("split", one_two, 2)}, "f32[2]{6, 7}"},
        {"Split", 12, 1, 1, {{TN_F32, 1, {4}, {5, 6, 7, 8}}}, {{.name = NULL}}, "f32[2]{7, 8}"},
        {"Split", 18, 1, 1, {{TN_F32, 1, {3}, {5, 6, 7}}}, {TN_A_INT("num_outputs", 2)}, "f32[1]{7}"},
        {"Squeeze",
         1,
         1,
         0,
         {{TN_F32, 3, {1, 2, 1}, {5, 6}}},
         {TN_A_INTS("axes", zero_two, 2)},
         "f32[2]{5, 6}"},
        {"Squeeze", 11, 1, 0, {{TN_F32, 3, {1, 2, 1}, {5, 6}}}, {{.name = NULL}}, "f32[2]{5, 6}"},
        {"Unsqueeze",
         1,
         1,
         0,
         {{TN_F32, 1, {2}, {5, 6}}},
         {TN_A_INTS("axes", zero_two, 2)},
         "f32[1,2,1]{5, 6}"},
        {"Unsqueeze", 11, 1, 0, {{TN_F32, 1, {2}, {5, 6}}}, {TN_A_INTS("axes", last, 1)}, "f32[2,1]{5, 6}"},
        {"ReduceSum",
         11,
         1,
         0,
         {{TN_F32, 2, {2, 2}, {5, 6, 7, 8}}},
         {TN_A_INTS("axes", last, 1), TN_A_INT("keepdims", 0)},
         "f32[2]{11, 15}"},
        {"ReduceMax",
         12,
         1,
         0,
         {{TN_F32, 2, {2, 2}, {5, 6, 7, 8}}},
         {TN_A_INTS("axes", none, 1)},
         "f32[1,2]{7, 8}"},
        {"ReduceL2", 1, 1, 0, {{TN_F32, 1, {2}, {3, 4}}}, {{.name = NULL}}, "f32[1]{5}"},
        {"TopK", 1, 1, 1, {{TN_F32, 1, {3}, {5, 7, 7}}}, {TN_A_INT("k", 2)}, "i64[2]{1, 2}"},
        {"TopK",
         10,
         2,
         0,
         {{TN_F32, 1, {3}, {5, 6, 7}}, {TN_I64, 1, {1}, {2}}},
         {{.name = NULL}},
         "f32[2]{7, 6}"},
        {"Pad",
         1,
         1,
         0,
         {{TN_F32, 2, {1, 2}, {5, 6}}},
         {TN_A_INTS("paddings", in_front, 4)},
         "f32[1,3]{0, 5, 6}"},
        {"Pad",
         2,
         1,
         0,
         {{TN_F32, 2, {1, 2}, {5, 6}}},
         {TN_A_INTS("pads", behind, 4), TN_A_FLOAT("value", 9)},
         "f32[1,3]{5, 6, 9}"},
    };
    CHECK_FORMS(forms);
}

static void only_the_second_broadcast(void) {
    const input x = {TN_F32, 2, {2, 2}, {1, 2, 3, 4}}, v = {TN_F32, 1, {2}, {10, 20}};
    const form forms[] = {
        {"Add", 6, 2, 0, {x, v}, {TN_A_INT("broadcast", 1)}, "f32[2,2]{11, 22, 13, 24}"},
        {"Add", 6, 2, 0, {x, v}, {TN_A_INT("broadcast", 1), TN_A_INT("axis", 0)}, "f32[2,2]{11, 12, 23, 24}"},
        {"Sub", 1, 2, 0, {x, x}, {TN_A_INTS("consumed_inputs", zero_two, 2)}, "f32[2,2]{0, 0, 0, 0}"},
        {"Pow", 6, 2, 0, {x, {TN_F32, 1, {2}, {1, 2}}}, {TN_A_INT("broadcast", 1)}, "f32[2,2]{1, 4, 3, 16}"},
        {"Greater",
         1,
         2,
         0,
         {x, {TN_F32, 1, {2}, {1, 3}}},
         {TN_A_INT("broadcast", 1), TN_A_INT("axis", 1)},
         "bool[2,2]{0, 0, 1, 1}"},
        {"Gemm",
         6,
         3,
         0,
         {{TN_F32, 2, {1, 2}, {1, 2}}, x, v},
         {TN_A_INT("broadcast", 1)},
         "f32[1,2]{17, 30}"},
        {"Gemm", 9, 3, 0, {{TN_F32, 2, {1, 2}, {1, 2}}, x, v}, {{.name = NULL}}, "f32[1,2]{17, 30}"},
        {"PRelu",
         6,
         2,
         0,
         {{TN_F32, 3, {1, 2, 2}, {-1, 2, -3, -4}}, {TN_F32, 1, {2}, {1, 2}}},
         {{.name = NULL}},
         "f32[1,2,2]{-1, 2, -6, -8}"},
        {"Sum", 6, 2, 0, {v, v}, {{.name = NULL}}, "f32[2]{20, 40}"},
        {"Max", 1, 2, 0, {v, {TN_F32, 1, {2}, {15, 15}}}, {{.name = NULL}}, "f32[2]{15, 20}"},
    };
    CHECK_FORMS(forms);
}

// Defaults and meanings that have changed.
static void other_meanings(void) {
    const input row = {TN_F32, 2, {1, 2}, {1, 2}};
    const form forms[] = {
        {"Cast", 1, 1, 0, {{TN_F32, 1, {2}, {1.5, -2.5}}}, {TN_A_STRING("to", "INT32")}, "i32[2]{1, -2}"},
        {"Concat", 3, 2, 0, {row, row}, {{.name = NULL}}, "f32[1,4]{1, 2, 1, 2}"},
        {"GlobalLpPool", 1, 1, 0, {{TN_F32, 3, {1, 1, 2}, {3, -4}}}, {TN_A_FLOAT("p", 1)}, "f32[1,1,1]{7}"},
        {"LpPool",
         1,
         1,
         0,
         {{TN_F32, 3, {1, 1, 2}, {3, -4}}},
         {TN_A_FLOAT("p", 2), TN_A_INTS("kernel_shape", two, 1)},
         "f32[1,1,1]{5}"},
        {"AveragePool",
         1,
         1,
         0,
         {{TN_F32, 3, {1, 1, 2}, {3, 5}}},
         {TN_A_INTS("kernel_shape", two, 1), TN_A_INTS("pads", one_one, 2)},
         "f32[1,1,3]{3, 4, 5}"},
        {"Dropout", 6, 1, 0, {row}, {TN_A_FLOAT("ratio", 0.9)}, "f32[1,2]{1, 2}"},
        {"Dropout", 10, 1, 1, {row}, {TN_A_FLOAT("ratio", 0.9)}, "bool[1,2]{1, 1}"},
        {"BatchNormalization",
         6,
         5,
         0,
         {{TN_F32, 3, {1, 1, 2}, {1, 2}},
          {TN_F32, 1, {1}, {2}},
          {TN_F32, 1, {1}, {3}},
          {TN_F32, 1, {1}, {1}},
          {TN_F32, 1, {1}, {4}}},
         {TN_A_INT("is_test", 1), TN_A_FLOAT("epsilon", 0)},
         "f32[1,1,2]{3, 4}"},
        {"Selu", 1, 1, 0, {{TN_F32, 1, {2}, {-1, 1}}}, {{.name = NULL}}, "f32[2]{-1.11129, 1.0507}"},
        {"Selu", 6, 1, 0, {{TN_F32, 1, {2}, {-1, 1}}}, {{.name = NULL}}, "f32[2]{-1.11133, 1.0507}"},
        {"Softmax",
         12,
         1,
         0,
         {{TN_F32, 3, {1, 2, 2}, {1, 1, 1, 1}}},
         {{.name = NULL}},
         "f32[1,2,2]{0.25, 0.25, 0.25, 0.25}"},
        {"Softmax",
         13,
         1,
         0,
         {{TN_F32, 3, {1, 2, 2}, {1, 1, 1, 1}}},
         {{.name = NULL}},
         "f32[1,2,2]{0.5, 0.5, 0.5, 0.5}"},
        {"Scatter",
         9,
         3,
         0,
         {{TN_F32, 1, {3}, {1, 2, 3}}, {TN_I64, 1, {1}, {2}}, {TN_F32, 1, {1}, {9}}},
         {{.name = NULL}},
         "f32[3]{1, 2, 9}"},
        {"Tile",
         1,
         3,
         0,
         {{TN_F32, 1, {2}, {1, 2}}, {TN_F32, 0, {0}, {2}}, {TN_F32, 0, {0}, {0}}},
         {{.name = NULL}},
         "f32[4]{1, 2, 1, 2}"},
        {"Upsample",
         1,
         1,
         0,
         {{TN_F32, 4, {1, 1, 1, 2}, {1, 2}}},
         {TN_A_FLOAT("height_scale", 1), TN_A_FLOAT("width_scale", 2)},
         "f32[1,1,1,4]{1, 1, 2, 2}"},
        {"Upsample",
         9,
         2,
         0,
         {{TN_F32, 4, {1, 1, 1, 2}, {1, 3}}, {TN_F32, 1, {4}, {1, 1, 1, 2}}},
         {TN_A_STRING("mode", "linear")},
         "f32[1,1,1,4]{1, 2, 3, 3}"},
        {"Resize",
         10,
         2,
         0,
         {{TN_F32, 4, {1, 1, 1, 3}, {1, 2, 3}}, {TN_F32, 1, {4}, {1, 1, 1, 1.5}}},
         {{.name = NULL}},
         "f32[1,1,1,4]{1, 1, 2, 3}"},
    };
    CHECK_FORMS(forms);
}

// Negative axes and indices came with opset 11; files of before use them.
static void what_counts_from_the_end_is_read_at_any_opset(void) {
    const input m = {TN_F32, 2, {2, 2}, {1, 2, 3, 4}};
    const form forms[] = {
        {"Concat", 4, 2, 0, {m, m}, {TN_A_INT("axis", -1)}, "f32[2,4]{1, 2, 1, 2, 3, 4, 3, 4}"},
        {"Flatten", 1, 1, 0, {m}, {TN_A_INT("axis", -2)}, "f32[1,4]{1, 2, 3, 4}"},
        {"Gather", 1, 2, 0, {m, {TN_I64, 0, {0}, {-1}}}, {TN_A_INT("axis", -1)}, "f32[2]{2, 4}"},
        {"ArgMax", 1, 1, 0, {m}, {TN_A_INT("axis", -1), TN_A_INT("keepdims", 0)}, "i64[2]{1, 1}"},
        {"ReduceSum", 1, 1, 0, {m}, {TN_A_INTS("axes", last, 1)}, "f32[2,1]{3, 7}"},
        {"Squeeze", 1, 1, 0, {{TN_F32, 2, {2, 1}, {5, 6}}}, {TN_A_INTS("axes", last, 1)}, "f32[2]{5, 6}"},
        {"Split", 2, 1, 1, {m}, {TN_A_INT("axis", -1)}, "f32[2,1]{2, 4}"},
        {"Hardmax", 1, 1, 0, {m}, {TN_A_INT("axis", -1)}, "f32[2,2]{0, 1, 0, 1}"},
        {"OneHot",
         9,
         3,
         0,
         {{TN_I64, 1, {1}, {-1}}, {TN_I64, 0, {0}, {3}}, {TN_F32, 1, {2}, {0, 1}}},
         {{.name = NULL}},
         "f32[1,3]{0, 0, 1}"},
    };
    CHECK_FORMS(forms);
}

// The greatest and least integers of 32 and of 64 bits stand for the ends.
static void ends_beyond_the_end_are_the_end(void) {
    const input x = {TN_F32, 1, {3}, {5, 6, 7}}, back = {TN_I64, 1, {1}, {-1}}, axis = {TN_I64, 1, {1}, {0}};
    const form forms[] = {
        {"Slice",
         10,
         5,
         0,
         {x, {TN_I64, 1, {1}, {0x1p62}}, {TN_I64, 1, {1}, {-0x1p63}}, axis, back},
         {{.name = NULL}},
         "f32[3]{7, 6, 5}"},
        {"Slice",
         10,
         5,
         0,
         {x,
          {TN_I32, 1, {1}, {INT32_MAX}},
          {TN_I32, 1, {1}, {INT32_MIN}},
          {TN_I32, 1, {1}, {0}},
          {TN_I32, 1, {1}, {-2}}},
         {{.name = NULL}},
         "f32[2]{7, 5}"},
        {"Slice",
         13,
         3,
         0,
         {x, {TN_I64, 1, {1}, {-9}}, {TN_I64, 1, {1}, {0x1p62}}},
         {{.name = NULL}},
         "f32[3]{5, 6, 7}"},
    };
    CHECK_FORMS(forms);
}

// Opset 20 renamed the modes; both names are met on both sides of it.
static void modes_of_grid_sample_by_either_name(void) {
    const input x = {TN_F32, 4, {1, 1, 1, 2}, {1, 3}}, grid = {TN_F32, 4, {1, 1, 1, 2}, {0, 0}};
    const form forms[] = {
        {"GridSample", 16, 2, 0, {x, grid}, {TN_A_STRING("mode", "bilinear")}, "f32[1,1,1,1]{2}"},
        {"GridSample", 16, 2, 0, {x, grid}, {TN_A_STRING("mode", "linear")}, "f32[1,1,1,1]{2}"},
        {"GridSample", 20, 2, 0, {x, grid}, {TN_A_STRING("mode", "bilinear")}, "f32[1,1,1,1]{2}"},
        {"GridSample", 22, 2, 0, {x, grid}, {TN_A_STRING("mode", "linear")}, "f32[1,1,1,1]{2}"},
    };
    CHECK_FORMS(forms);
}

// Indices of MaxPool count over the whole tensor, batch and channels included; with storage_order 1 columns
// first.
static void indices_of_max_pool_are_those_of_the_whole_tensor(void) {
    const input x = {TN_F32, 4, {1, 2, 2, 2}, {1, 9, 3, 4, 5, 6, 9, 8}};
    static const int64_t all[] = {2, 2};
    const form forms[] = {
        {"MaxPool", 8, 1, 1, {x}, {TN_A_INTS("kernel_shape", all, 2)}, "i64[1,2,1,1]{1, 6}"},
        {"MaxPool",
         12,
         1,
         1,
         {x},
         {TN_A_INTS("kernel_shape", all, 2), TN_A_INT("storage_order", 1)},
         "i64[1,2,1,1]{2, 5}"},
    };
    CHECK_FORMS(forms);
}

int main(void) {
    RUN(what_counts_from_the_end_is_read_at_any_opset);
    RUN(ends_beyond_the_end_are_the_end);
    RUN(modes_of_grid_sample_by_either_name);
    RUN(indices_of_max_pool_are_those_of_the_whole_tensor);
    RUN(lists_were_attributes);
    RUN(only_the_second_broadcast);
    RUN(other_meanings);
    return DONE();
}
