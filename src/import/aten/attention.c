// SPDX-License-Identifier: Apache-2.0
// attention.c - PyTorch's scaled dot-product attention, whole, under the names it has on its way through
// exports and decompositions.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <string.h>

// [L, E], [B, L, E] or more before the heads: to four dimensions and back.
static tni_value *four(tn_aten *c, tni_value *v, int rank) {
    if (rank == 4) return v;
    if (rank == 2) return tni_at_expr(c, "Unsqueeze($0, [0, 1])", v);
    if (rank == 3) return tni_at_expr(c, "Unsqueeze($0, [1])", v);
    return tni_at_expr(c, "Reshape($0, $1){allowzero=1}", v,
                       tni_at_reshaped_dims(c, v, 0, rank - 4, tni_at_vector(c, (int64_t[]){-1}, 1)));
}

static void attention(tn_aten *c) {
    tni_value *q = tni_at_tensor(c, "query"), *k = tni_at_tensor(c, "key"), *v = tni_at_tensor(c, "value"),
              *y = NULL;
    const char *name = tni_at_has(c, "attn_mask") ? "attn_mask" : "attn_bias";
    tni_value *mask = tni_at_has(c, name) ? tni_at_tensor(c, name) : NULL;
    int rank = tni_at_rank(c, q);
    if (mask && rank == 3 && tni_at_rank(c, mask) == 3) mask = tni_at_expr(c, "Unsqueeze($0, [1])", mask);
    if (mask && rank > 4 && tni_at_rank(c, mask) > 4) mask = four(c, mask, tni_at_rank(c, mask));
    if (tni_at_has(c, "dropout_p") && tni_at_float(c, "dropout_p") > 0)
        tni_at_fail(c, "export the model in evaluation: model.eval()", "it drops elements at random");
    tni_at_set_int(c, "is_causal", tni_at_bool(c, "is_causal"));
    if (tni_at_has(c, "scale")) tni_at_set_float(c, "scale", tni_at_float(c, "scale"));
    tni_at_node(c, "Attention", mask ? 4 : 3,
                (tni_value *[]){four(c, q, rank), four(c, k, rank), four(c, v, rank), mask}, 1, &y);
    tni_at_clear(c);
    if (!y) return;
    if (rank == 2) y = tni_at_expr(c, "Squeeze($0, [0, 1])", y);
    if (rank == 3) y = tni_at_expr(c, "Squeeze($0, [1])", y);
    if (rank > 4) {
        tni_value *before =
            tni_at_expr(c, "Slice(Shape($0), [0], $1)", q, tni_at_vector(c, (int64_t[]){rank - 3}, 1));
        y = tni_at_expr(c, "Reshape($0, $1){allowzero=1}", y, tni_at_reshaped_dims(c, y, 0, 0, before));
    }
    tni_at_give(c, 0, y); // the others are what only training reads
}

TN_ATEN(attention) = {
    {"aten.scaled_dot_product_attention", NULL, attention, 0},
    {"aten._scaled_dot_product_flash_attention_for_cpu", NULL, attention, 0},
    {"aten._scaled_dot_product_flash_attention", NULL, attention, 0},
    {"aten._scaled_dot_product_efficient_attention", NULL, attention, 0},
    {"aten._scaled_dot_product_attention_math", NULL, attention, 0},
    {"aten._scaled_dot_product_attention_math_for_mps", NULL, attention, 0},
    {"aten._scaled_dot_product_fused_attention_overrideable", NULL, attention, 0},
    {0},
};
