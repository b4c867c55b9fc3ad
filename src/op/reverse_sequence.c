// SPDX-License-Identifier: Apache-2.0
// reverse_sequence.c - ReverseSequence: of each sequence in the batch, the first sequence_lens[i] steps
// backwards.
#include "op/move.h"

static tn_status reverse_sequence_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    int64_t batch = tn_attr_int(c->attrs, "batch_axis"), time = tn_attr_int(c->attrs, "time_axis");
    if (batch + time != 1 || batch * time != 0)
        return tn_infer_fail(c,
                             "batch_axis and time_axis must be 0 and 1 in some order, but are %lld and %lld",
                             (long long)batch, (long long)time);
    TN_TRY(tni_want_rank(c, 0, "the input", 2, TN_MAX_RANK));
    TN_TRY(tni_want_rank(c, 1, "sequence_lens", 1, 1));
    if (in->rank >= 0 && tni_ranked(c, 1))
        TN_TRY(tni_want_dim(c, c->in[1]->type.dim[0], in->dim[batch], "length of sequence_lens"));
    return tn_infer_same(c);
}

static tn_status reverse_sequence_ref(tn_call *c) {
    const tn_tensor *in = c->in[0];
    if (!c->out[0]) return TN_OK;
    int64_t batch = tn_attr_int(c->attrs, "batch_axis"), inner = tn_count_range(in, 2, in->rank);
    int64_t steps = in->dim[1 - batch], cols = in->dim[1];
    for (int64_t b = 0; b < in->dim[batch]; b++) {
        int64_t n = tni_get_int(c->in[1], b);
        if (n < 0 || n > steps)
            return tn_call_fail(c, TN_INVALID, "sequence length %lld is outside [0, %lld]", (long long)n,
                                (long long)steps);
        for (int64_t t = 0; t < steps; t++) {
            int64_t from = t < n ? n - 1 - t : t;
            int64_t to_at = batch == 0 ? b * cols + t : t * cols + b;
            int64_t from_at = batch == 0 ? b * cols + from : from * cols + b;
            tni_copy(c->out[0], to_at * inner, in, from_at * inner, 1, inner);
        }
    }
    return TN_OK;
}

TN_OP(reverse_sequence) = {
    TN_HERE,
    .name = "ReverseSequence",
    .since = 28,
    .first = 10,
    .doc = "The first steps of each sequence backwards, each sequence by its own length",
    .in = {{"input", "T"}, {"sequence_lens", "i64"}},
    .out = {{"Y", "T"}},
    .types = {{"T", TNI_MOVABLE}},
    .attrs = {{"batch_axis", TN_ATTR_INT, .i = 1, .min = 0, .max = 1},
              {"time_axis", TN_ATTR_INT, .min = 0, .max = 1}},
    .infer = reverse_sequence_infer,
    .ref = reverse_sequence_ref,
};
