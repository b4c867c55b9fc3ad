// SPDX-License-Identifier: Apache-2.0
// time_warping.c - com.microsoft DynamicTimeWarping: the cheapest path through a matrix of costs from its
// first element to its last, by steps down, to the right, or both (Whisper aligns words with sounds by it).
#include "op/op.h"

enum step { BOTH, DOWN, RIGHT };

static tn_status infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    TN_TRY(tni_want_rank(c, 0, "the costs", 2, 3));
    if (x->rank == 3) TN_TRY(tni_want_dim(c, x->dim[0], tn_k(1), "first dimension of the costs"));
    tn_dim dim[] = {tn_k(2), tn_dim_fresh(c->dims)};
    tni_shape_out(c, 0, TN_I32, 2, dim);
    return TN_OK;
}

// How each element [rows, columns] is reached. Equal sums: to the right, as ONNX Runtime has it. `sums` holds
// two rows of columns + 1.
static void walk(const tn_tensor *x, int64_t rows, int64_t columns, float *sums, uint8_t *from) {
    float *above = sums, *here = sums + columns + 1;
    for (int64_t c = 0; c <= columns; c++) above[c] = c ? (float)INFINITY : 0;
    for (int64_t r = 0; r < rows; r++) {
        here[0] = (float)INFINITY;
        for (int64_t c = 0; c < columns; c++) {
            float both = above[c], down = above[c + 1], right = here[c], least = right;
            uint8_t step = RIGHT;
            if (both < down && both < right)
                least = both, step = BOTH;
            else if (down < both && down < right)
                least = down, step = DOWN;
            here[c + 1] = least + (float)tni_get(x, r * columns + c);
            from[r * columns + c] = step;
        }
        float *swap = above;
        above = here;
        here = swap;
    }
}

// The path backwards, into `path` (row, column); its length.
static int64_t trace(const uint8_t *from, int64_t rows, int64_t columns, int32_t *path) {
    int64_t r = rows - 1, c = columns - 1, n = 0;
    for (;; n++) {
        path[2 * n] = (int32_t)r;
        path[2 * n + 1] = (int32_t)c;
        if (r == 0 && c == 0) return n + 1;
        enum step step = r == 0 ? RIGHT : c == 0 ? DOWN : (enum step)from[r * columns + c];
        r -= step != RIGHT;
        c -= step != DOWN;
    }
}

static tn_status ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    int64_t rows = x->dim[x->rank - 2], columns = x->dim[x->rank - 1], n = 0;
    if (!c->out[0]) return TN_OK;
    if (rows > INT32_MAX / 4 || columns > INT32_MAX / 4)
        return tn_call_fail(c, TN_LIMIT, "%lld by %lld costs are too many", (long long)rows,
                            (long long)columns);
    float *sums = tni_scratch(c, 2 * (columns + 1), sizeof *sums);
    uint8_t *from = tni_scratch(c, rows * columns, 1);
    int32_t *path = tni_scratch(c, 2 * (rows + columns), sizeof *path);
    if (!sums || !from || !path) return TN_NOMEM;
    if (rows && columns) {
        walk(x, rows, columns, sums, from);
        n = trace(from, rows, columns, path);
    }
    int64_t dim[] = {2, n};
    TN_TRY(tn_call_resize(c, 0, 2, dim));
    for (int64_t i = 0; i < n; i++) {
        tni_set_int(c->out[0], i, path[2 * (n - 1 - i)]);
        tni_set_int(c->out[0], n + i, path[2 * (n - 1 - i) + 1]);
    }
    return TN_OK;
}

TN_OP(ms_dynamic_time_warping) = {
    TN_HERE,
    .name = "DynamicTimeWarping",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "the cheapest path through a matrix of costs",
    .traits = TN_DATA_SHAPE,
    .in = {{"input", "F"}},
    .out = {{"output", "i32"}},
    .types = {{"F", TN_BIT(TN_F32)}},
    .infer = infer,
    .ref = ref,
};
