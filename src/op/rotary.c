// SPDX-License-Identifier: Apache-2.0
// rotary.c - RotaryEmbedding (Su et al., "RoFormer"): turns pairs of elements of each head by angles that
// depend on the position; pairs are halves of the head, or neighbours when interleaved.
#include "op/rotary.h"

static tn_status infer(tn_infer *c) {
    const tn_type *x = &c->in[0]->type;
    int64_t heads = tn_attr_int(c->attrs, "num_heads"), part = tn_attr_int(c->attrs, "rotary_embedding_dim");
    TN_TRY(tni_want_rank(c, 0, "the input", 3, 4));
    TN_TRY(tni_want_rank(c, 1, "cos_cache", tni_given(c, 3) ? 2 : 3, tni_given(c, 3) ? 2 : 3));
    TN_TRY(tni_want_rank(c, 2, "sin_cache", tni_given(c, 3) ? 2 : 3, tni_given(c, 3) ? 2 : 3));
    if (c->out[0]) c->out[0]->type = *x;
    if (x->rank < 0) return TN_OK;
    if (x->rank == 3 && heads <= 0) return tn_infer_fail(c, "a rank-3 input needs the attribute num_heads");
    tn_dim width = x->dim[x->rank - 1];
    if (x->rank == 3) {
        if (!width.e && width.k % heads)
            return tn_infer_fail(c, "%lld elements do not divide into %lld heads", (long long)width.k,
                                 (long long)heads);
        width = tn_dim_div(c->dims, width, tn_k(heads));
    }
    tn_dim turned = part ? tn_k(part) : width;
    if (!turned.e && (turned.k % 2 || (!width.e && turned.k > width.k)))
        return tn_infer_fail(c, "%lld elements of a head of %lld cannot be turned in pairs",
                             (long long)turned.k, (long long)width.k);
    tn_dim pairs = tn_dim_div(c->dims, turned, tn_k(2));
    for (int i = 1; i <= 2; i++) {
        if (!tni_ranked(c, i)) continue;
        const tn_type *t = &c->in[i]->type;
        TN_TRY(tni_want_dim(c, t->dim[t->rank - 1], pairs, "number of angles in a cache's row"));
        if (t->rank < 3) continue;
        TN_TRY(tni_want_dim(c, t->dim[0], x->dim[0], "batch of a cache"));
        TN_TRY(tni_want_dim(c, t->dim[1], x->dim[x->rank == 3 ? 1 : 2], "length of a cache"));
    }
    if (!tni_ranked(c, 3)) return TN_OK;
    TN_TRY(tni_want_rank(c, 3, "position_ids", 2, 2));
    TN_TRY(tni_want_dim(c, c->in[3]->type.dim[0], x->dim[0], "batch of position_ids"));
    return tni_want_dim(c, c->in[3]->type.dim[1], x->dim[x->rank == 3 ? 1 : 2], "length of position_ids");
}

void tni_rotary_turn(double *x, const double *cosine, const double *sine, int64_t pairs, bool interleaved) {
    for (int64_t k = 0; k < pairs; k++) {
        double *a = x + (interleaved ? 2 * k : k), *b = x + (interleaved ? 2 * k + 1 : k + pairs);
        double real = cosine[k] * *a - sine[k] * *b, imaginary = sine[k] * *a + cosine[k] * *b;
        *a = real;
        *b = imaginary;
    }
}

static tn_status ref(tn_call *c) {
    const tn_tensor *x = c->in[0], *ids = tni_arg(c, 3), *y = tni_result(c, 0);
    bool flat = x->rank == 3, interleaved = tn_attr_int(c->attrs, "interleaved") != 0;
    int64_t batch = x->dim[0], heads = flat ? tn_attr_int(c->attrs, "num_heads") : x->dim[1];
    int64_t rows = x->dim[flat ? 1 : 2], width = flat ? x->dim[2] / heads : x->dim[3];
    int64_t part = tn_attr_int(c->attrs, "rotary_embedding_dim"), pairs = (part ? part : width) / 2;
    int64_t known = c->in[1]->dim[0] < c->in[2]->dim[0] ? c->in[1]->dim[0] : c->in[2]->dim[0];
    double *row = tni_scratch(c, width + 2 * pairs, sizeof *row);
    if (!y) return TN_OK;
    if (!row) return TN_NOMEM;
    double *cosine = row + width, *sine = cosine + pairs;
    for (int64_t br = 0; br < batch * rows; br++) {
        int64_t at = ids ? tni_get_int(ids, br) : br;
        if (ids && (at < 0 || at >= known))
            return tn_call_fail(c, TN_INVALID, "position %lld is outside the caches' %lld rows",
                                (long long)at, (long long)known);
        tni_load(cosine, c->in[1], at * pairs, 1, pairs);
        tni_load(sine, c->in[2], at * pairs, 1, pairs);
        for (int64_t h = 0; h < heads; h++) {
            int64_t b = br / rows, i = br % rows;
            int64_t first = flat ? (br * heads + h) * width : ((b * heads + h) * rows + i) * width;
            tni_load(row, x, first, 1, width);
            tni_rotary_turn(row, cosine, sine, pairs, interleaved);
            tni_store(y, first, 1, width, row);
        }
    }
    return TN_OK;
}

TN_OP(rotary_embedding) = {
    TN_HERE,
    .name = "RotaryEmbedding",
    .since = 23,
    .doc = "Turns pairs of elements of each head by the position's angles",
    .in = {{"X", "T"}, {"cos_cache", "T"}, {"sin_cache", "T"}, {"position_ids", "i64", TN_OPTIONAL_IN}},
    .out = {{"Y", "T"}},
    .types = {{"T", TN_FLOATS}},
    .attrs = {{.name = "interleaved", .kind = TN_ATTR_INT, .max = 1},
              {.name = "num_heads", .kind = TN_ATTR_INT, .max = INT32_MAX},
              {.name = "rotary_embedding_dim", .kind = TN_ATTR_INT, .max = INT32_MAX}},
    .infer = infer,
    .ref = ref,
};
