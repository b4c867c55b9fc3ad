// SPDX-License-Identifier: Apache-2.0
// col2im.c - Col2Im: blocks laid out as columns are added back into an image (PyTorch's fold).
//
//     in  [N, C * block_0 * block_1 ..., L]    L = number of block positions
//     out [N, C, image_0, image_1, ...]
#include "op/move.h"

static tn_status shape_list(tn_infer *c, int i, const char *what, tn_dim *v, int *n, bool *known) {
    tn_dim list[TN_MAX_CONTENT];
    size_t count = 0;
    TN_TRY(tni_want_rank(c, i, what, 1, 1));
    *known = tni_content(c->in[i], list, &count);
    int64_t length = *known ? (int64_t)count : tni_known_length(c, i);
    if (length > TN_MAX_RANK - 2)
        return tn_infer_fail(c, "%s has %lld entries, the limit is %d", what, (long long)length,
                             TN_MAX_RANK - 2);
    for (size_t k = 0; k < count; k++) {
        v[k] = list[k];
        if (!v[k].e && v[k].k < 1)
            return tn_infer_fail(c, "entry %zu of %s is %lld, not above 0", k, what, (long long)v[k].k);
    }
    *n = (int)length;
    return TN_OK;
}

static tn_status check_window(tn_infer *c, int space) {
    static const char *const names[] = {"strides", "dilations", "pads"};
    for (int i = 0; i < 3; i++) {
        size_t n, want = (size_t)(i == 2 ? 2 * space : space);
        tn_attr_ints(c->attrs, names[i], &n);
        if (n && n != want) return tn_infer_fail(c, "%s has %zu entries, %zu are needed", names[i], n, want);
    }
    return TN_OK;
}

static tn_status col2im_infer(tn_infer *c) {
    const tn_type *in = &c->in[0]->type;
    tn_dim image[TN_MAX_RANK], block[TN_MAX_RANK], dim[TN_MAX_RANK];
    int n, nblock;
    bool image_known, block_known;
    if (!((TN_NUMBERS | TN_BIT(TN_BOOL)) >> in->dtype & 1))
        return tn_infer_fail(c, "elements of type %s cannot be added", tn_dtype_text(in->dtype));
    TN_TRY(tni_want_rank(c, 0, "the input", 3, 3));
    TN_TRY(shape_list(c, 1, "image_shape", image, &n, &image_known));
    TN_TRY(shape_list(c, 2, "block_shape", block, &nblock, &block_known));
    if (n < 0) n = nblock;
    if (n < 0) {
        tni_shape_unknown(c, 0, in->dtype);
        return TN_OK;
    }
    if (nblock >= 0 && nblock != n)
        return tn_infer_fail(c, "image_shape has %d entries, block_shape %d", n, nblock);
    TN_TRY(check_window(c, n));
    dim[0] = in->rank < 0 ? tn_dim_fresh(c->dims) : in->dim[0];
    dim[1] = tn_dim_fresh(c->dims);
    if (in->rank == 3 && block_known) {
        tn_dim size = tni_dim_product(c, block, 0, n);
        if (!size.e && size.k < 1) return tn_infer_fail(c, "block_shape is too large");
        if (!in->dim[1].e && !size.e && in->dim[1].k % size.k)
            return tn_infer_fail(c,
                                 "dimension 1 of the input, %lld, is no multiple of a block's %lld elements",
                                 (long long)in->dim[1].k, (long long)size.k);
        dim[1] = tn_dim_div(c->dims, in->dim[1], size);
    }
    for (int d = 0; d < n; d++) dim[2 + d] = image_known ? image[d] : tn_dim_fresh(c->dims);
    tni_shape_out(c, 0, in->dtype, n + 2, dim);
    return TN_OK;
}

typedef struct fold {
    int space;
    int64_t image[TN_MAX_RANK], block[TN_MAX_RANK], positions[TN_MAX_RANK];
    int64_t stride[TN_MAX_RANK], dilation[TN_MAX_RANK], pad[TN_MAX_RANK];
    int64_t elements, total; // of a block, of positions
} fold;

static int64_t entry(tn_attrs a, const char *name, int i, int64_t otherwise) {
    size_t n;
    const int64_t *v = tn_attr_ints(a, name, &n);
    return (size_t)i < n ? v[i] : otherwise;
}

// How many positions a block has along dimension d; false: none, or the numbers do not fit.
static bool count_positions(fold *f, int d, int64_t pad_end) {
    int64_t room, reach;
    if (!ck_add64(f->image[d], f->pad[d], &room) || !ck_add64(room, pad_end, &room)) return false;
    if (!ck_mul64(f->dilation[d], f->block[d] - 1, &reach) || !ck_sub64(room, reach, &room)) return false;
    if (room < 1) return false;
    f->positions[d] = (room - 1) / f->stride[d] + 1;
    return true;
}

static tn_status read_fold(tn_call *c, fold *f) {
    const tn_tensor *in = c->in[0], *out = c->out[0];
    f->space = out->rank - 2;
    f->elements = f->total = 1;
    for (int d = 0; d < f->space; d++) {
        f->image[d] = out->dim[2 + d];
        f->block[d] = tni_get_int(c->in[2], d);
        f->stride[d] = entry(c->attrs, "strides", d, 1);
        f->dilation[d] = entry(c->attrs, "dilations", d, 1);
        f->pad[d] = entry(c->attrs, "pads", d, 0);
        if (!count_positions(f, d, entry(c->attrs, "pads", f->space + d, 0)))
            return tn_call_fail(c, TN_INVALID, "the blocks do not fit dimension %d of the image", d);
        if (!ck_mul64(f->elements, f->block[d], &f->elements) ||
            !ck_mul64(f->total, f->positions[d], &f->total))
            return TN_LIMIT;
    }
    if (f->total != in->dim[2] || f->elements * out->dim[1] != in->dim[1])
        return tn_call_fail(
            c, TN_INVALID, "the blocks have %lld positions of %lld elements, the input [%lld, %lld]",
            (long long)f->total, (long long)f->elements, (long long)in->dim[1], (long long)in->dim[2]);
    return TN_OK;
}

// Where element e of the block at position p lies in the image; -1: in the padding.
static int64_t image_at(const fold *f, const int64_t *e, const int64_t *p) {
    int64_t at = 0;
    for (int d = 0; d < f->space; d++) {
        int64_t i = p[d] * f->stride[d] - f->pad[d] + e[d] * f->dilation[d];
        if (i < 0 || i >= f->image[d]) return -1;
        at = at * f->image[d] + i;
    }
    return at;
}

// One channel: sums in double, or in wrapping integers.
static void fold_channel(const fold *f, const tn_tensor *in, int64_t from, double *sum, uint64_t *whole) {
    int64_t e[TN_MAX_RANK] = {0};
    do {
        int64_t p[TN_MAX_RANK] = {0};
        do {
            int64_t at = image_at(f, e, p);
            if (at >= 0 && whole) whole[at] += (uint64_t)tni_get_int(in, from);
            if (at >= 0 && !whole) sum[at] += tni_get(in, from);
            from++;
        } while (tni_next_index(f->space, f->positions, p));
    } while (tni_next_index(f->space, f->block, e));
}

static tn_status col2im_ref(tn_call *c) {
    const tn_tensor *in = c->in[0];
    tn_tensor *out = c->out[0];
    fold f = {0};
    if (!out || tn_count(out) == 0) return TN_OK;
    TN_TRY(read_fold(c, &f));
    int64_t size = tn_count_range(out, 2, out->rank), channels = out->dim[0] * out->dim[1];
    bool is_whole = !tni_is_float(in->dtype);
    void *sum = tn_call_scratch(c, (size_t)size * 8 + 8);
    if (!sum) return TN_NOMEM;
    for (int64_t k = 0; k < channels; k++) {
        memset(sum, 0, (size_t)size * 8);
        fold_channel(&f, in, k * f.elements * f.total, sum, is_whole ? sum : NULL);
        if (is_whole)
            tni_store_int(out, k * size, 1, size, sum);
        else
            tni_store(out, k * size, 1, size, sum);
    }
    return TN_OK;
}

TN_OP(col2im) = {
    TN_HERE,
    .name = "Col2Im",
    .since = 18,
    .doc = "Columns of blocks added back into an image",
    .in = {{"input", "T"}, {"image_shape", "i64"}, {"block_shape", "i64"}},
    .out = {{"output", "T"}},
    .types = {{"T", TNI_MOVABLE}},
    .attrs = {{"dilations", TN_ATTR_INTS, TN_ONES, .min = 1, .max = INT32_MAX},
              {"pads", TN_ATTR_INTS, TN_ZEROS, .min = 0, .max = INT32_MAX},
              {"strides", TN_ATTR_INTS, TN_ONES, .min = 1, .max = INT32_MAX}},
    .infer = col2im_infer,
    .ref = col2im_ref,
};
