// SPDX-License-Identifier: Apache-2.0
// onnx_attr.c - AttributeProto into tn_attr: references to a function's attributes are resolved first, then
// each kind is copied into the graph's arena.
#include "import/onnx_graph.h"

#include <string.h>

tni_onnx_bound *tni_onnx_resolve(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_attr *attrs) {
    tni_onnx_bound *list = NULL, **end = &list;
    for (const tni_onnx_attr *a = attrs; a; a = a->next) {
        tni_onnx_bound bound = {a->name, a, s, NULL};
        if (a->ref.size) {
            const tni_onnx_bound *given = s->frame->attrs;
            while (given && !tni_str_equal(given->name, a->ref)) given = given->next;
            if (!given) continue; // not given and without default: left out here too
            bound = (tni_onnx_bound){a->name, given->attr, given->scope, NULL};
        }
        *end = tni_arena_copy(&x->scratch, &bound, sizeof bound);
        if (!*end) {
            x->nomem = true;
            break;
        }
        end = &(*end)->next;
    }
    return list;
}

// ---- values

static tn_status copy_list(tni_onnx *x, const void *from, size_t count, size_t item, const void **to) {
    *to = tni_arena_copy(&x->graph->root->arena, from, count * item);
    return *to ? TN_OK : TN_NOMEM;
}

// Texts get a NUL behind them: operators read them as C strings.
static tn_status copy_text(tni_onnx *x, tn_str from, tn_str *to) {
    to->text = tni_arena_text(&x->graph->root->arena, from.text ? from.text : "", from.size);
    to->size = from.size;
    return to->text ? TN_OK : TN_NOMEM;
}

static tn_status copy_texts(tni_onnx *x, const tni_onnx_attr *a, const tn_str **to) {
    tn_str *list = tni_arena_zalloc(&x->graph->root->arena, (a->nstrings + 1) * sizeof *list);
    for (size_t i = 0; list && i < a->nstrings; i++) TN_TRY(copy_text(x, a->strings[i], &list[i]));
    *to = list;
    return list ? TN_OK : TN_NOMEM;
}

static tn_status type_value(tni_onnx *x, const tni_onnx_attr *a, const tn_diag *where, const tn_type **to) {
    tn_type type, *copy;
    TN_TRY(tni_onnx_type_of(x, a->tp, "", false, where, &type));
    *to = copy = tni_arena_copy(&x->graph->root->arena, &type, sizeof type);
    return copy ? TN_OK : TN_NOMEM;
}

static tn_status missing(tni_onnx *x, const tn_diag *where) {
    return tni_onnx_error(x, where, TN_FORMAT, NULL, "the attribute has a type, but no value");
}

static tn_status tensor_value(tni_onnx *x, const tni_onnx_attr *a, const tn_diag *where, tn_tensor **to) {
    if (a->type == TNI_ONNX_SPARSE ? !a->sparse : !a->t) return missing(x, where);
    size_t before = tni_diags_errors(x->diags);
    tn_status status = a->type == TNI_ONNX_SPARSE ? tni_onnx_decode_sparse(&x->data, a->sparse, where, to)
                                                  : tni_onnx_decode(&x->data, a->t, where, to);
    if (status != TN_OK) x->errors++;
    if (status == TN_NOMEM && tni_diags_errors(x->diags) == before) x->nomem = true;
    return status;
}

static tn_status graph_value(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_bound *b, tn_attr *to) {
    return tni_onnx_read_body(x, b->scope, s->graph, to->name, b->attr->g, &to->graph) ? TN_OK : TN_INVALID;
}

tn_status tni_onnx_attr_value(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_bound *b, const tn_diag *where,
                              tn_attr *to) {
    const tni_onnx_attr *a = b->attr;
    tn_diag at = *where;
    at.tensor = tni_onnx_text(x, &x->temp, b->name);
    tn_tensor *tensor = NULL;
    *to = (tn_attr){.name = at.tensor, .present = true};
    switch (a->type) {
    case TNI_ONNX_FLOAT: return to->kind = TN_ATTR_FLOAT, to->f = (double)a->f, TN_OK;
    case TNI_ONNX_INT: return to->kind = TN_ATTR_INT, to->i = a->i, TN_OK;
    case TNI_ONNX_STRING: return to->kind = TN_ATTR_STRING, copy_text(x, a->s, &to->s);
    case TNI_ONNX_FLOATS:
        to->kind = TN_ATTR_FLOATS;
        return copy_list(x, a->floats, to->n = a->nfloats, sizeof *a->floats, (const void **)&to->floats);
    case TNI_ONNX_INTS:
        to->kind = TN_ATTR_INTS;
        return copy_list(x, a->ints, to->n = a->nints, sizeof *a->ints, (const void **)&to->ints);
    case TNI_ONNX_STRINGS:
        to->kind = TN_ATTR_STRINGS;
        to->n = a->nstrings;
        return copy_texts(x, a, &to->strings);
    case TNI_ONNX_TENSOR:
    case TNI_ONNX_SPARSE:
        to->kind = TN_ATTR_TENSOR;
        TN_TRY(tensor_value(x, a, &at, &tensor));
        return to->tensor = tensor, TN_OK;
    case TNI_ONNX_GRAPH: to->kind = TN_ATTR_GRAPH; return a->g ? graph_value(x, s, b, to) : missing(x, &at);
    case TNI_ONNX_TYPE:
        to->kind = TN_ATTR_TYPE;
        return a->tp ? type_value(x, a, &at, &to->type) : missing(x, &at);
    case 0: return tni_onnx_error(x, &at, TN_FORMAT, NULL, "the attribute has neither a type nor a value");
    default:
        return tni_onnx_error(x, &at, TN_UNSUPPORTED, NULL,
                              "attributes of type %lld (lists of tensors, graphs or types) are not supported",
                              (long long)a->type);
    }
}

// ---- Constant

static tn_tensor *list_tensor(tni_onnx *x, tn_dtype dtype, bool scalar, const void *from, size_t n) {
    tn_tensor *t = tni_tensor_new(&x->graph->root->arena, dtype, !scalar, (int64_t[]){(int64_t)n});
    if (t && t->bytes) memcpy(t->data, from, t->bytes);
    return t;
}

tn_status tni_onnx_constant(tni_onnx *x, const tni_onnx_bound *attrs, const tn_diag *where, tn_tensor **to) {
    *to = NULL;
    if (!attrs || attrs->next)
        return tni_onnx_error(x, where, TN_INVALID, NULL, "a Constant has exactly one value; this one has %s",
                              attrs ? "several" : "none");
    const tni_onnx_attr *a = attrs->attr;
    switch (a->type) {
    case TNI_ONNX_FLOAT: *to = list_tensor(x, TN_F32, true, &a->f, 1); break;
    case TNI_ONNX_FLOATS: *to = list_tensor(x, TN_F32, false, a->floats, a->nfloats); break;
    case TNI_ONNX_INT: *to = list_tensor(x, TN_I64, true, &a->i, 1); break;
    case TNI_ONNX_INTS: *to = list_tensor(x, TN_I64, false, a->ints, a->nints); break;
    case TNI_ONNX_STRING: *to = list_tensor(x, TN_STRING, true, &a->s, 1); break;
    case TNI_ONNX_STRINGS: *to = list_tensor(x, TN_STRING, false, a->strings, a->nstrings); break;
    case TNI_ONNX_TENSOR:
    case TNI_ONNX_SPARSE: return tensor_value(x, a, where, to);
    default:
        return tni_onnx_error(x, where, TN_INVALID, NULL,
                              "its value is of a kind that a Constant cannot have");
    }
    if (!*to) x->nomem = true;
    return *to ? TN_OK : TN_NOMEM;
}
