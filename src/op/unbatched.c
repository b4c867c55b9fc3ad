// SPDX-License-Identifier: Apache-2.0
// unbatched.c - windows over [C,...] without a batch. PyTorch takes such tensors, and its TorchScript
// exporter writes the pool as it stands, which no ONNX operator means; what was meant is a batch of one.
#include "op/op.h"

// Spatial dimensions that the node says it has: those of kernel_shape, or of the weights; -1: it does not
// say.
static int spatial(tni_spec *s) {
    const tn_attr *kernel = tni_spec_attr(s, "kernel_shape");
    if (kernel && kernel->kind == TN_ATTR_INTS) return kernel->n < TN_MAX_RANK ? (int)kernel->n : -1;
    int rank = s->nin > 1 && s->in[1] ? s->in[1]->info.type.rank : -1;
    return rank >= 2 ? rank - 2 : -1;
}

tn_status tni_upgrade_unbatched(tni_spec *s) {
    static const int64_t first[] = {0};
    int n = spatial(s);
    const tn_type *x = s->nin && s->in[0] ? &s->in[0]->info.type : NULL;
    if (n < 1 || !x || x->kind != TN_TENSOR || x->rank != n + 1 || s->nout != 1) return TN_OK;
    tni_spec_warn(
        s,
        "the input has %d dimensions, one less than ONNX asks for with %d spatial ones; it is taken "
        "as one image without a batch, as PyTorch does",
        x->rank, n);
    TN_TRY(tni_emit_ints(s, "Unsqueeze", s->in[0], first, 1, &s->in[0]));
    tni_value *y = tni_spec_emit(s, s->op, s->nin, s->in, s->nattr, s->attr);
    if (!y) return TN_INVALID;
    s->op = "Squeeze";
    s->nin = 0;
    s->nattr = 0;
    TN_TRY(tni_spec_input(s, 0, y));
    return tni_spec_input_ints(s, 1, first, 1);
}
