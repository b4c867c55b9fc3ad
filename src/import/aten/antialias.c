// SPDX-License-Identifier: Apache-2.0
// antialias.c - PyTorch's antialiased resizes with align_corners: their scale is that of the corners, their
// middles of pixels are those of half a pixel. No mode of Resize says so, so rows and columns are multiplied
// by what each pixel takes of the others.
#include "import/aten/aten.h"

#include <math.h>
#include <string.h>

// How much a pixel `x` away counts; the cubic one is PIL's (a = -1/2).
static double kernel_at(double x, bool cubic) {
    x = fabs(x);
    if (!cubic) return x < 1 ? 1 - x : 0;
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

// [out, in]: each row sums up to 1.
static void fill(tn_tensor *t, int64_t out, int64_t in, bool cubic) {
    double scale = out > 1 ? (double)(in - 1) / (double)(out - 1) : 0, wide = scale > 1 ? scale : 1;
    double reach = (cubic ? 2 : 1) * wide;
    for (int64_t i = 0; i < out; i++) {
        double middle = scale * ((double)i + 0.5), sum = 0;
        double first = floor(fmax(middle - reach + 0.5, 0)),
               end = fmin(floor(middle + reach + 0.5), (double)in);
        for (int64_t j = (int64_t)first; j < (int64_t)end; j++)
            sum += kernel_at(((double)j + 0.5 - middle) / wide, cubic);
        for (int64_t j = (int64_t)first; j < (int64_t)end; j++)
            tni_set(t, i * in + j, kernel_at(((double)j + 0.5 - middle) / wide, cubic) / sum);
    }
}

static tni_value *shares(tn_aten *c, tn_dim in, const tni_value *sizes, size_t at, bool cubic) {
    enum { MOST = 1 << 14 };
    bool known =
        sizes && sizes->info.ncontent == 2 && sizes->info.content && !sizes->info.content[at].e && !in.e;
    int64_t shape[] = {known ? sizes->info.content[at].k : 0, in.k};
    if (!known || shape[0] < 1 || shape[1] < 1 || shape[0] > MOST || shape[1] > MOST) {
        tni_at_fail(c, "export it with fixed sizes, or with align_corners=False",
                    "antialiasing with align_corners needs sizes that are known");
        return NULL;
    }
    tn_tensor *t = tni_tensor_new(&c->graph->root->arena, c->out, 2, shape); // of zeros
    if (!t) return c->x->nomem = c->failed = true, NULL;
    fill(t, shape[0], shape[1], cubic);
    return tni_value_const(c->graph, NULL, t);
}

void tni_at_resize_to_corners(tn_aten *c, tni_value *x, tni_value *sizes) {
    bool cubic = strstr(c->target, "bicubic") != NULL;
    if (tni_at_rank(c, x) != 4) tni_at_fail(c, NULL, "antialiasing needs an image");
    if (c->failed) return;
    tni_value *rows = shares(c, x->info.type.dim[2], sizes, 0, cubic);
    tni_value *columns = c->failed ? NULL : shares(c, x->info.type.dim[3], sizes, 1, cubic);
    tni_at_clear(c);
    if (columns)
        tni_at_give(c, 0,
                    tni_at_expr(c, "MatMul($0, MatMul($1, $2))", rows, x, tni_at_transposed(c, columns)));
}
