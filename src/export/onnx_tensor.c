// SPDX-License-Identifier: Apache-2.0
// onnx_tensor.c - tensors and types as ONNX's messages. Numbers are raw_data, the machine's own bytes, or lie
// in the file beside the model.
#include "export/onnx.h"

#include "base/ck.h"

#include <stdio.h>
#include <string.h>

enum { EXTERNAL_BYTES = 1024, PAGE = 4096, ALIGN = 64 }; // smaller tensors stay in the model

// Large weights begin on a page, so that readers can map them.
static void put_external(tni_onnx_out *o, tni_proto *p, const tn_tensor *t) {
    static const char zeros[PAGE];
    uint64_t align = t->bytes < 64 << 10 ? ALIGN : PAGE, pad = (align - o->data_at % align) % align;
    char number[2][24];
    tni_save_write(&o->data, zeros, (size_t)pad);
    o->data_at += pad;
    snprintf(number[0], sizeof number[0], "%llu", (unsigned long long)o->data_at);
    snprintf(number[1], sizeof number[1], "%zu", t->bytes);
    const char *const entry[][2] = {{"location", o->data_name}, {"offset", number[0]}, {"length", number[1]}};
    for (int i = 0; i < 3; i++) {
        tni_proto e = tni_proto_new(&o->a);
        tni_proto_text(&e, 1, entry[i][0]);
        tni_proto_text(&e, 2, entry[i][1]);
        tni_proto_message(p, 13, &e);
    }
    tni_proto_int(p, 14, 1);
    tni_save_write(&o->data, t->data, t->bytes);
    o->data_at += t->bytes;
}

// TensorProto: dims 1, data_type 2, string_data 6, name 8, raw_data 9, external_data 13, data_location 14.
tn_status tni_onnx_put_tensor(tni_onnx_out *o, tni_proto *to, unsigned field, const char *name,
                              const tn_tensor *t, bool may_be_external) {
    tni_proto p = tni_proto_new(&o->a);
    tni_proto_ints(&p, 1, t->dim, (size_t)t->rank);
    tni_proto_int(&p, 2, t->dtype);
    if (name) tni_proto_text(&p, 8, name);
    if (t->dtype == TN_STRING) {
        const tn_str *s = t->data;
        for (int64_t i = 0; i < tn_count(t); i++) tni_proto_bytes(&p, 6, s[i].text, s[i].size);
    } else if (may_be_external && o->external && t->bytes >= EXTERNAL_BYTES) {
        put_external(o, &p, t);
    } else {
        tni_proto_borrow(&p, 9, t->data, t->bytes);
    }
    tni_proto_message(to, field, &p);
    return to->failed ? TN_NOMEM : TN_OK;
}

// TensorShapeProto: dim 1; Dimension: dim_value 1, dim_param 2. What is computed from symbols is left open.
static void put_shape(tni_onnx_out *o, tni_proto *to, const tn_type *t) {
    tni_proto shape = tni_proto_new(&o->a);
    for (int i = 0; i < t->rank; i++) {
        tni_proto dim = tni_proto_new(&o->a);
        const char *symbol = tni_dim_symbol_name(t->dim[i]);
        if (!t->dim[i].e)
            tni_proto_int(&dim, 1, t->dim[i].k);
        else if (symbol && !tni_dim_depends_on_data(t->dim[i]))
            tni_proto_text(&dim, 2, symbol);
        tni_proto_message(&shape, 1, &dim);
    }
    tni_proto_message(to, 2, &shape);
}

// TypeProto: tensor_type 1 (elem_type 1, shape 2), sequence_type 4, optional_type 9 (both: elem_type 1).
tni_proto tni_onnx_type(tni_onnx_out *o, const tn_type *t) {
    tni_proto tensor = tni_proto_new(&o->a), type = tni_proto_new(&o->a);
    tni_proto_int(&tensor, 1, t->dtype);
    if (t->kind == TN_TENSOR && t->rank >= 0) put_shape(o, &tensor, t);
    tni_proto_message(&type, 1, &tensor);
    static const unsigned around[][2] = {
        [TN_SEQUENCE] = {4, 0}, [TN_OPTIONAL] = {9, 0}, [TN_OPTIONAL_SEQUENCE] = {4, 9}};
    for (int i = 0; t->kind != TN_TENSOR && i < 2 && around[t->kind][i]; i++) {
        tni_proto inner = tni_proto_new(&o->a), outer = tni_proto_new(&o->a);
        tni_proto_message(&inner, 1, &type);
        tni_proto_message(&outer, around[t->kind][i], &inner);
        type = outer;
    }
    return type;
}

// ValueInfoProto: name 1, type 2.
void tni_onnx_put_value(tni_onnx_out *o, tni_proto *to, unsigned field, const tni_value *v) {
    tni_proto p = tni_proto_new(&o->a), type = tni_onnx_type(o, &v->info.type);
    tni_proto_text(&p, 1, v->name);
    if (v->info.type.dtype != TN_UNDEFINED) tni_proto_message(&p, 2, &type);
    tni_proto_message(to, field, &p);
}
