// SPDX-License-Identifier: Apache-2.0
// type.c - TensorMeta: element types by PyTorch's serialised numbers, sizes, strides.
#include "import/pt2/pt2.h"

tn_dtype tni_pt2_dtype(int64_t scalar_type) {
    static const unsigned char table[] = {
        [1] = TN_U8,          [2] = TN_I8,          [3] = TN_I16,     [4] = TN_I32,       [5] = TN_I64,
        [6] = TN_F16,         [7] = TN_F32,         [8] = TN_F64,     [10] = TN_C64,      [11] = TN_C128,
        [12] = TN_BOOL,       [13] = TN_BF16,       [28] = TN_U16,    [29] = TN_F8E4M3FN, [30] = TN_F8E5M2,
        [31] = TN_F8E4M3FNUZ, [32] = TN_F8E5M2FNUZ, [33] = TN_F8E8M0, [34] = TN_U32,      [35] = TN_U64,
    };
    return scalar_type > 0 && scalar_type < (int64_t)sizeof table ? (tn_dtype)table[scalar_type]
                                                                  : TN_UNDEFINED;
}

bool tni_pt2_type(tni_pt2 *x, const json_t *meta, tn_type *to) {
    const json_t *sizes = json_object_get(meta, "sizes");
    *to = (tn_type){.dtype = tni_pt2_dtype(json_integer_value(json_object_get(meta, "dtype"))), .rank = -1};
    if (!to->dtype || !json_is_array(sizes) || json_array_size(sizes) > TN_MAX_RANK) return false;
    for (size_t i = 0; i < json_array_size(sizes); i++) {
        if (!tni_pt2_dim(x, json_array_get(sizes, i), &to->dim[i])) return false;
        if (!to->dim[i].e && to->dim[i].k < 0) return false;
    }
    to->rank = (int)json_array_size(sizes);
    return true;
}

// The number, or what it was when the model was exported.
static bool hinted(const json_t *symint, int64_t *to) {
    const char *tag;
    const json_t *value = tni_json_union(symint, &tag), *hint = json_object_get(value, "hint");
    if (tni_json_int(value, to)) return true;
    return hint && tni_json_int(json_object_get(hint, "as_int"), to);
}

bool tni_pt2_strides(const tni_pt2 *x, const json_t *meta, int64_t *size, int64_t *stride, int *rank) {
    (void)x;
    const json_t *sizes = json_object_get(meta, "sizes"), *strides = json_object_get(meta, "strides");
    size_t n = json_array_size(sizes);
    if (n > TN_MAX_RANK || json_array_size(strides) != n) return false;
    *rank = (int)n;
    for (size_t i = 0; i < n; i++)
        if (!hinted(json_array_get(sizes, i), &size[i]) || !hinted(json_array_get(strides, i), &stride[i]))
            return false;
    return true;
}
