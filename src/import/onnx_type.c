// SPDX-License-Identifier: Apache-2.0
// onnx_type.c - TypeProto into tn_type. A graph input's named dimensions become symbols of that name; unnamed
// ones, and the -1, "?" and "None" that exporters write for them, become symbols named after the input.
#include "import/onnx_graph.h"

#include <stdio.h>
#include <string.h>

static bool is_unnamed(tn_str s) {
    static const char *const none[] = {"", "?", "None", "-1", "unk"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (tni_str_is(s, none[i])) return true;
    return false;
}

// "input.0", made of characters that every symbol may have, and not yet taken.
static tn_dim name_dim(tni_onnx *x, const char *input, int axis) {
    tn_dims *dims = &x->graph->root->dims;
    char name[80];
    size_t n = 0;
    for (; input[n] && n < 48; n++) {
        char c = input[n];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        bool later = (c >= '0' && c <= '9') || c == '.';
        name[n] = letter || (later && n) ? c : '_';
    }
    if (!n) name[n++] = 'd';
    int end = snprintf(name + n, sizeof name - n, ".%d", axis);
    size_t length = n + (size_t)end;
    while (tni_map_get(&dims->symbols, name, length))
        length = n + (size_t)snprintf(name + n, sizeof name - n, ".%d.%u", axis, ++x->unnamed);
    return tn_dim_symbol(dims, name);
}

static tn_dim one_dim(tni_onnx *x, const tni_onnx_dim *d, const char *name, int axis, bool symbols) {
    tn_dims *dims = &x->graph->root->dims;
    if (d->kind == TNI_DIM_VALUE && d->value >= 0) return tn_k(d->value);
    if (!symbols) return tn_dim_fresh(dims);
    if (d->kind == TNI_DIM_PARAM && !is_unnamed(d->param))
        return tn_dim_symbol(dims, tni_onnx_text(x, &x->temp, d->param));
    return name_dim(x, name, axis);
}

static const char *kind_name(int kind) {
    switch (kind) {
    case TNI_TYPE_MAP: return "a map";
    case TNI_TYPE_SPARSE: return "a sparse tensor";
    case TNI_TYPE_OPAQUE: return "an opaque value";
    default: return "a sequence or optional of something else than tensors";
    }
}

// The tensor type at the bottom of `t`, and what is around it.
static const tni_onnx_type *tensor_of(const tni_onnx_type *t, tn_kind *kind) {
    *kind = TN_TENSOR;
    if (t && t->kind == TNI_TYPE_OPTIONAL) {
        *kind = TN_OPTIONAL;
        t = t->item;
    }
    if (t && t->kind == TNI_TYPE_SEQUENCE) {
        *kind = *kind == TN_OPTIONAL ? TN_OPTIONAL_SEQUENCE : TN_SEQUENCE;
        t = t->item;
    }
    return t;
}

// Says what is wrong with a type that cannot be used.
static tn_status refuse(tni_onnx *x, const tni_onnx_type *tensor, const tn_diag *where) {
    int kind = tensor ? (int)tensor->kind : TNI_TYPE_NONE;
    if (kind == TNI_TYPE_NONE)
        return tni_onnx_error(x, where, TN_INVALID, NULL, "the model does not say its type");
    if (kind != TNI_TYPE_TENSOR)
        return tni_onnx_error(x, where, TN_UNSUPPORTED,
                              "only tensors, and sequences and optionals of them, can be used", "it is %s",
                              kind_name(kind));
    if (tensor->rank > TN_MAX_RANK)
        return tni_onnx_error(x, where, TN_LIMIT, NULL, "it has %zu dimensions; %d are the most",
                              tensor->rank, TN_MAX_RANK);
    return tni_onnx_error(x, where, TN_UNSUPPORTED, NULL, "its element type %lld is not known",
                          (long long)tensor->dtype);
}

tn_status tni_onnx_type_of(tni_onnx *x, const tni_onnx_type *t, const char *name, bool symbols,
                           const tn_diag *where, tn_type *to) {
    *to = (tn_type){.rank = -1};
    const tni_onnx_type *tensor = tensor_of(t, &to->kind);
    if (!tensor || tensor->kind != TNI_TYPE_TENSOR || tensor->rank > TN_MAX_RANK ||
        tensor->dtype <= TN_UNDEFINED || tensor->dtype >= TN_DTYPE_COUNT)
        return where ? refuse(x, tensor, where) : TN_UNSUPPORTED;
    to->dtype = (tn_dtype)tensor->dtype;
    if (to->kind != TN_TENSOR || !tensor->has_shape) return TN_OK; // the items of a sequence may differ
    to->rank = (int)tensor->rank;
    for (int i = 0; i < to->rank; i++) to->dim[i] = one_dim(x, &tensor->dim[i], name, i, symbols);
    return TN_OK;
}

void tni_onnx_check_declared(tni_onnx *x, const tni_onnx_type *declared, const tni_value *v) {
    const tn_type *t = &v->info.type;
    tn_kind kind;
    const tni_onnx_type *tensor = tensor_of(declared, &kind);
    if (!tensor || tensor->kind != TNI_TYPE_TENSOR || t->dtype == TN_UNDEFINED) return;
    bool differs = kind != t->kind || tensor->dtype != (int64_t)t->dtype;
    if (!differs && kind == TN_TENSOR && tensor->has_shape && t->rank >= 0) {
        differs = tensor->rank != (size_t)t->rank;
        for (int i = 0; !differs && i < t->rank; i++)
            differs = tensor->dim[i].kind == TNI_DIM_VALUE && tensor->dim[i].value > 0 && !t->dim[i].e &&
                      tensor->dim[i].value != t->dim[i].k;
    }
    if (!differs) return;
    tni_text is = {.env = x->env};
    tni_type_print(&is, t);
    tni_onnx_warn(x, &(tn_diag){.tensor = v->name}, NULL,
                  "the model declares another type than it computes, %s", is.data ? is.data : "");
    tni_text_free(&is);
}
