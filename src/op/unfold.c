// SPDX-License-Identifier: Apache-2.0
// unfold.c - com.microsoft UnfoldTensor: the windows of a dimension, PyTorch's Tensor.unfold: `size` elements
// every `step`, the window's elements in a new last dimension. Read as Gather by a table of indices.
#include "op/formula.h"

#include <stdio.h>

static tn_status upgrade(tni_spec *s) {
    int rank = s->in[0]->info.type.rank;
    long long dim = tni_spec_int(s, "dim", -1), size = tni_spec_int(s, "size", 0),
              step = tni_spec_int(s, "step", 1);
    char perm[8 * TN_MAX_RANK] = "";
    size_t n = 0;
    if (rank < 1 || rank >= TN_MAX_RANK || dim < -rank || dim >= rank)
        return tni_spec_fail(s, NULL, "dim is %lld, which an input of rank %d does not have", dim, rank);
    if (size < 1 || step < 1)
        return tni_spec_fail(s, NULL, "size is %lld and step %lld, expected 1 or more", size, step);
    if (dim < 0) dim += rank;
    for (int d = 0; d <= rank; d++) // the window's dimension stands behind `dim`: it goes to the end
        if (d != dim + 1) n += (size_t)snprintf(perm + n, sizeof perm - n, "%d,", d);
    snprintf(perm + n, sizeof perm - n, "%lld", dim + 1);
    s->nattr = 0;
    return tni_formula(
        s,
        "n = Shape(#0){start=%lld, end=%lld}; m = Reshape(n, []); k = Sub(m, %lldi);"
        "a = Range(0i, k, %lldi); b = Range(0i, %lldi, 1i); u = Unsqueeze(a, [1]); i = Add(u, b);"
        "g = Gather(#0, i){axis=%lld}; = Transpose(g){perm=[%s]}",
        dim, dim + 1, size - 1, step, size, dim, perm);
}

TN_OP(ms_unfold_tensor) = {
    TN_HERE,
    .name = "UnfoldTensor",
    .domain = "com.microsoft",
    .since = 1,
    .doc = "windows of a dimension, their elements in a new last one",
    .in = {{"input", "T"}},
    .out = {{"output", "T"}},
    .types = {{"T", TN_ANY_DTYPE}},
    .attrs = {{"dim", TN_ATTR_INT, .i = -1},
              {"size", TN_ATTR_INT, TN_REQUIRED},
              {"step", TN_ATTR_INT, .i = 1}},
    .upgrade = upgrade,
};
