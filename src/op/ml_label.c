// SPDX-License-Identifier: Apache-2.0
// ml_label.c - LabelEncoder and CategoryMapper (a LabelEncoder between texts and numbers), OneHotEncoder:
// elements looked up in a list.
#include "op/ml.h"

// ----------------------------------------------------------------------------------------- LabelEncoder

static bool keys_of(tn_attrs a, tn_tensor *to) {
    const tn_tensor *t = tn_attr_tensor(a, "keys_tensor");
    if (t) return *to = *t, true;
    return tni_ml_list(a, "keys_int64s", "keys_floats", "keys_strings", to);
}

static bool values_of(tn_attrs a, tn_tensor *to) {
    const tn_tensor *t = tn_attr_tensor(a, "values_tensor");
    if (t) return *to = *t, true;
    return tni_ml_list(a, "values_int64s", "values_floats", "values_strings", to);
}

// What elements become that are not among the keys, in `room`.
typedef union default_room {
    int64_t whole;
    double real;
    tn_str text;
} default_room;

static tn_tensor default_of(tn_attrs a, tn_dtype dtype, default_room *room) {
    const tn_tensor *given = tn_attr_tensor(a, "default_tensor");
    if (given) return *given;
    tn_tensor t = {.kind = TN_TENSOR, .dtype = dtype, .data = room, .bytes = tni_bits(dtype) / 8};
    if (dtype == TN_STRING) {
        const char *text = tn_attr_string(a, "default_string");
        room->text = (tn_str){text, strlen(text)};
    } else if (tni_is_float(dtype)) {
        tni_set(&t, 0, tn_attr_float(a, "default_float"));
    } else {
        tni_set_int(&t, 0, tn_attr_int(a, "default_int64"));
    }
    return t;
}

static tn_status encoder_infer(tn_infer *c) {
    tn_tensor keys, values;
    const tn_tensor *other = tn_attr_tensor(c->attrs, "default_tensor");
    const tn_type *x = &c->in[0]->type;
    if (!keys_of(c->attrs, &keys)) return tn_infer_fail(c, "none of the attributes keys_* is given");
    if (!values_of(c->attrs, &values)) return tn_infer_fail(c, "none of the attributes values_* is given");
    if (keys.dtype != x->dtype)
        return tn_infer_fail(c, "the keys are %s, the input is %s", tn_dtype_text(keys.dtype),
                             tn_dtype_text(x->dtype));
    if (tn_count(&keys) != tn_count(&values))
        return tn_infer_fail(c, "there are %lld keys for %lld values", (long long)tn_count(&keys),
                             (long long)tn_count(&values));
    if (other && (tn_count(other) != 1 || other->dtype != values.dtype))
        return tn_infer_fail(c, "default_tensor must be one %s", tn_dtype_text(values.dtype));
    if (x->rank < 0)
        tni_shape_unknown(c, 0, values.dtype);
    else
        tni_shape_out(c, 0, values.dtype, x->rank, x->dim);
    return TN_OK;
}

static tn_status encoder_ref(tn_call *c) {
    tn_tensor keys, values;
    tni_ml_table table;
    default_room room;
    if (!c->out[0]) return TN_OK;
    if (!keys_of(c->attrs, &keys) || !values_of(c->attrs, &values)) return TN_INVALID;
    tn_tensor other = default_of(c->attrs, values.dtype, &room);
    TN_TRY(tni_ml_table_new(c, &table, &keys));
    for (int64_t i = 0; i < tn_count(c->in[0]); i++) {
        int64_t at = tni_ml_find(&table, c->in[0], i);
        tni_copy(c->out[0], i, at < 0 ? &other : &values, at < 0 ? 0 : at, 1, 1);
    }
    return TN_OK;
}

// Version 1 maps between texts and their places in a list; the input's type says which way.
static tn_status encoder_upgrade(tni_spec *s) {
    tn_attr *classes = tni_spec_attr(s, "classes_strings");
    if (s->opset >= 2 || !classes || classes->kind != TN_ATTR_STRINGS) return TN_OK;
    size_t n = classes->n;
    bool from_text = s->nin > 0 && s->in[0] && s->in[0]->info.type.dtype == TN_STRING;
    int64_t *places = tni_arena_alloc(&s->graph->root->arena, (n + 1) * sizeof *places);
    if (!places) return TN_NOMEM;
    for (size_t i = 0; i < n; i++) places[i] = (int64_t)i;
    classes->name = from_text ? "keys_strings" : "values_strings";
    return tni_spec_put(s, TN_A_INTS(from_text ? "values_int64s" : "keys_int64s", places, n));
}

#define LABELS (TN_BIT(TN_STRING) | TNI_ML_NUMBERS | TN_BIT(TN_I16))

TN_OP(ml_label_encoder) = {
    TN_HERE,
    .name = "LabelEncoder",
    TNI_ML,
    .since = 4,
    .first = 1,
    .doc = "elements replaced by what a table says",
    .traits = TN_ELEMENTWISE,
    .in = {{"X", "T1"}},
    .out = {{"Y", "T2"}},
    .types = {{"T1", LABELS}, {"T2", LABELS}},
    .attrs = {{"keys_strings", TN_ATTR_STRINGS},
              {"keys_int64s", TN_ATTR_INTS},
              {"keys_floats", TN_ATTR_FLOATS},
              {"keys_tensor", TN_ATTR_TENSOR},
              {"values_strings", TN_ATTR_STRINGS},
              {"values_int64s", TN_ATTR_INTS},
              {"values_floats", TN_ATTR_FLOATS},
              {"values_tensor", TN_ATTR_TENSOR},
              {"default_string", TN_ATTR_STRING, .s = "_Unused"},
              {"default_int64", TN_ATTR_INT, .i = -1},
              {"default_float", TN_ATTR_FLOAT, .f = -0.0},
              {"default_tensor", TN_ATTR_TENSOR}},
    .infer = encoder_infer,
    .ref = encoder_ref,
    .upgrade = encoder_upgrade,
};

// --------------------------------------------------------------------------------------- CategoryMapper

// Texts and numbers are the keys and the values, the way that the input's type says.
static tn_status mapper_upgrade(tni_spec *s) {
    tn_attr *texts = tni_spec_attr(s, "cats_strings"), *ints = tni_spec_attr(s, "cats_int64s");
    if (!texts || !ints) return tni_spec_fail(s, NULL, "cats_strings and cats_int64s must be given");
    bool from_text = s->nin > 0 && s->in[0] && s->in[0]->info.type.dtype == TN_STRING;
    texts->name = from_text ? "keys_strings" : "values_strings";
    ints->name = from_text ? "values_int64s" : "keys_int64s";
    s->op = "LabelEncoder";
    s->opset = 4;
    return TN_OK;
}

TN_OP(ml_category_mapper) = {
    TN_HERE,
    .name = "CategoryMapper",
    TNI_ML,
    .since = 1,
    .doc = "texts to numbers or back: read as LabelEncoder",
    .in = {{"X", "T1"}},
    .out = {{"Y", "T2"}},
    .types = {{"T1", TN_BIT(TN_STRING) | TN_BIT(TN_I64)}, {"T2", TN_BIT(TN_STRING) | TN_BIT(TN_I64)}},
    .upgrade = mapper_upgrade,
};

// ---------------------------------------------------------------------------------------- OneHotEncoder

static bool categories(tn_attrs a, tn_tensor *to) {
    tni_ml_labels l = tni_ml_labels_of(a, "cats_int64s", "cats_strings");
    *to = (tn_tensor){.kind = TN_TENSOR, .dtype = l.ints ? TN_I64 : TN_STRING, .rank = 1};
    to->data = (void *)(uintptr_t)(l.ints ? (const void *)l.ints : (const void *)l.texts);
    to->dim[0] = (int64_t)l.n;
    return l.n > 0;
}

static tn_status one_hot_infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    tn_tensor list;
    tn_dim dim[TN_MAX_RANK];
    if (!categories(c->attrs, &list)) return tn_infer_fail(c, "none of the attributes cats_* is given");
    if ((x->dtype == TN_STRING) != (list.dtype == TN_STRING))
        return tn_infer_fail(c, "the categories are %s, the input is %s", tn_dtype_text(list.dtype),
                             tn_dtype_text(x->dtype));
    if (x->rank < 0) return tni_shape_unknown(c, 0, TN_F32), TN_OK;
    if (x->rank == TN_MAX_RANK)
        return tn_infer_fail(c, "the result would have rank %d, the limit is %d", TN_MAX_RANK + 1,
                             TN_MAX_RANK);
    memcpy(dim, x->dim, (size_t)x->rank * sizeof *dim);
    dim[x->rank] = tn_k(list.dim[0]);
    tni_shape_out(c, 0, TN_F32, x->rank + 1, dim);
    return TN_OK;
}

static tn_status one_hot_ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *y = c->out[0];
    tn_tensor list, whole = {.kind = TN_TENSOR, .dtype = TN_I64, .rank = 0};
    tni_ml_table table;
    int64_t value;
    if (!y) return TN_OK;
    categories(c->attrs, &list);
    TN_TRY(tni_ml_table_new(c, &table, &list));
    if (y->bytes) memset(y->data, 0, y->bytes);
    for (int64_t i = 0; i < tn_count(x); i++) {
        if (x->dtype != TN_STRING) value = tni_get_int(x, i); // numbers are cut off to whole ones
        whole.data = &value;
        int64_t at = x->dtype == TN_STRING ? tni_ml_find(&table, x, i) : tni_ml_find(&table, &whole, 0);
        if (at >= 0)
            ((float *)y->data)[i * list.dim[0] + at] = 1;
        else if (!tn_attr_int(c->attrs, "zeros"))
            return tn_call_fail(c, TN_INVALID, "element %lld is none of the categories", (long long)i);
    }
    return TN_OK;
}

TN_OP(ml_one_hot_encoder) = {
    TN_HERE,
    .name = "OneHotEncoder",
    TNI_ML,
    .since = 1,
    .doc = "a new dimension with a 1 at each element's category",
    .in = {{"X", "T"}},
    .out = {{"Y", "f32"}},
    .types = {{"T", TN_BIT(TN_STRING) | TNI_ML_NUMBERS}},
    .attrs = {{"cats_int64s", TN_ATTR_INTS},
              {"cats_strings", TN_ATTR_STRINGS},
              {"zeros", TN_ATTR_INT, .i = 1}},
    .infer = one_hot_infer,
    .ref = one_hot_ref,
};
