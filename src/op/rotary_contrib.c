// SPDX-License-Identifier: Apache-2.0
// rotary_contrib.c - com.microsoft RotaryEmbedding, older than ONNX': positions come first and may be one
// number, where all sequences begin.
#include "op/rotary.h"

static tn_status upgrade(tni_spec *s) {
    const tn_attr *scale = tni_spec_attr(s, "scale");
    if (tni_spec_int(s, "is_packed_batching", 0) || (scale && scale->kind == TN_ATTR_FLOAT && scale->f != 1))
        return tni_spec_fail(s, NULL, "packed batches and a scale are not supported");
    return TN_OK;
}

typedef struct layout {
    int64_t batch, heads, rows, width, pairs, batch_step, head_step, row_step;
} layout;

// Heads are as wide as the caches say, unless a part of them is turned.
static layout layout_of(const tn_call *c) {
    const tn_tensor *x = c->in[0];
    bool flat = x->rank == 3;
    int64_t given = tn_attr_int(c->attrs, "num_heads"), pairs = c->in[2]->dim[1];
    layout l = {.batch = x->dim[0], .rows = x->dim[flat ? 1 : 2], .pairs = pairs};
    l.heads = !flat ? x->dim[1] : given ? given : x->dim[2] / (2 * pairs);
    l.width = !flat ? x->dim[3] : x->dim[2] / l.heads;
    l.batch_step = l.heads * l.rows * l.width;
    l.head_step = flat ? l.width : l.rows * l.width;
    l.row_step = flat ? l.heads * l.width : l.width;
    return l;
}

static tn_status check_caches(tn_infer *c, const tn_type *x) {
    int64_t part = tn_attr_int(c->attrs, "rotary_embedding_dim"), heads = tn_attr_int(c->attrs, "num_heads");
    if (part && x->rank == 3 && !heads) return tn_infer_fail(c, "rotary_embedding_dim needs num_heads");
    for (int i = 2; i <= 3; i++) TN_TRY(tni_want_rank(c, i, "cos_cache and sin_cache", 2, 2));
    if (tni_ranked(c, 2) && tni_ranked(c, 3))
        TN_TRY(tni_want_dim(c, c->in[3]->type.dim[1], c->in[2]->type.dim[1], "width of sin_cache"));
    for (int i = 2; i <= 3; i++) {
        if (!tni_ranked(c, i)) continue;
        tn_dim pairs = c->in[i]->type.dim[1], last = x->dim[x->rank - 1];
        if (part) TN_TRY(tni_want_dim(c, pairs, tn_k(part / 2), "number of angles in a cache's row"));
        if (pairs.e || last.e) continue;
        int64_t width = x->rank == 4 ? last.k : heads ? last.k / heads : 2 * pairs.k;
        if (pairs.k < 1 || pairs.k > width / 2 || last.k % width || (x->rank == 3 && heads && last.k % heads))
            return tn_infer_fail(c, "%lld pairs do not fit into heads of %lld", (long long)pairs.k,
                                 (long long)width);
    }
    return TN_OK;
}

static tn_status infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    TN_TRY(tni_want_rank(c, 0, "the input", 3, 4));
    TN_TRY(tni_want_rank(c, 1, "position_ids", 1, 2));
    TN_TRY(tn_infer_same(c));
    if (tni_ranked(c, 1) && c->in[1]->type.rank == 1)
        TN_TRY(tni_want_dim(c, c->in[1]->type.dim[0], tn_k(1), "length of rank-1 position_ids"));
    if (x->rank < 0) return TN_OK;
    if (tni_ranked(c, 1) && c->in[1]->type.rank == 2) {
        TN_TRY(tni_want_dim(c, c->in[1]->type.dim[0], x->dim[0], "batch of position_ids"));
        TN_TRY(tni_want_dim(c, c->in[1]->type.dim[1], x->dim[x->rank - 2], "length of position_ids"));
    }
    return check_caches(c, x);
}

static tn_status ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *ids = c->in[1], *cosine = c->in[2], *sine = c->in[3], *y = c->out[0];
    int64_t known = cosine->dim[0] < sine->dim[0] ? cosine->dim[0] : sine->dim[0];
    bool interleaved = tn_attr_int(c->attrs, "interleaved") != 0;
    if (!y || tn_count(x) == 0) return TN_OK;
    layout l = layout_of(c);
    double *row = tni_scratch(c, l.width + 2 * l.pairs, sizeof *row), *angles = row + l.width;
    if (!row) return TN_NOMEM;
    for (int64_t b = 0; b < l.batch; b++)
        for (int64_t r = 0; r < l.rows; r++) {
            int64_t at = ids->rank == 1 ? tni_get_int(ids, 0) + r : tni_get_int(ids, b * l.rows + r);
            if (at < 0 || at >= known)
                return tn_call_fail(c, TN_INVALID, "position %lld is outside the caches' %lld rows",
                                    (long long)at, (long long)known);
            tni_load(angles, cosine, at * l.pairs, 1, l.pairs);
            tni_load(angles + l.pairs, sine, at * l.pairs, 1, l.pairs);
            for (int64_t h = 0; h < l.heads; h++) {
                int64_t first = b * l.batch_step + h * l.head_step + r * l.row_step;
                tni_load(row, x, first, 1, l.width);
                tni_rotary_turn(row, angles, angles + l.pairs, l.pairs, interleaved);
                tni_store(y, first, 1, l.width, row);
            }
        }
    return TN_OK;
}

TN_OP(ms_rotary_embedding) = {
    TN_HERE,
    .name = "RotaryEmbedding",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "Turns pairs of elements of each head by the position's angles",
    .in = {{"input", "T"}, {"position_ids", "i64"}, {"cos_cache", "T"}, {"sin_cache", "T"}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{.name = "interleaved", .kind = TN_ATTR_INT, .max = 1},
              {.name = "num_heads", .kind = TN_ATTR_INT, .max = INT32_MAX},
              {.name = "rotary_embedding_dim", .kind = TN_ATTR_INT, .max = INT32_MAX},
              {.name = "is_packed_batching", .kind = TN_ATTR_INT},
              {.name = "scale", .kind = TN_ATTR_FLOAT, .f = 1}},
    .infer = infer,
    .ref = ref,
    .upgrade = upgrade,
};
