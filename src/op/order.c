// SPDX-License-Identifier: Apache-2.0
// order.c - comparing and sorting elements (see order.h).
#include "op/order.h"

static int order_strings(tn_str a, tn_str b) {
    size_t n = a.size < b.size ? a.size : b.size;
    int way = n ? memcmp(a.text, b.text, n) : 0;
    return way ? way : (a.size > b.size) - (a.size < b.size);
}

static int order_doubles(double a, double b) {
    if (isnan(a) || isnan(b)) return (isnan(a) != 0) - (isnan(b) != 0);
    return (a > b) - (a < b);
}

// By the real part, then the imaginary one, as numpy does.
static int order_complex(const tn_tensor *a, int64_t i, const tn_tensor *b, int64_t k) {
    int way = 0;
    for (int part = 0; part < 2 && !way; part++) {
        if (a->dtype == TN_C64)
            way = order_doubles((double)((const float *)a->data)[2 * i + part],
                                (double)((const float *)b->data)[2 * k + part]);
        else
            way = order_doubles(((const double *)a->data)[2 * i + part],
                                ((const double *)b->data)[2 * k + part]);
    }
    return way;
}

int tni_order(const tn_tensor *a, int64_t i, const tn_tensor *b, int64_t k) {
    if (a->dtype == TN_STRING) return order_strings(tni_strings(a)[i], tni_strings(b)[k]);
    if (a->dtype == TN_F32)
        return order_doubles((double)((const float *)a->data)[i], (double)((const float *)b->data)[k]);
    if (TN_COMPLEX >> a->dtype & 1) return order_complex(a, i, b, k);
    if (!((TN_INTEGERS | TN_BIT(TN_BOOL)) >> a->dtype & 1))
        return order_doubles(tni_get(a, i), tni_get(b, k));
    int64_t x = tni_get_int(a, i), y = tni_get_int(b, k);
    if (a->dtype == TN_U64) return ((uint64_t)x > (uint64_t)y) - ((uint64_t)x < (uint64_t)y);
    return (x > y) - (x < y);
}

// from[first, mid) and from[mid, last) into to; equal ones from the left side first.
static void merge(const int64_t *from, int64_t *to, int64_t first, int64_t mid, int64_t last,
                  bool (*less)(const void *, int64_t, int64_t), const void *arg) {
    for (int64_t i = first, k = mid, at = first; at < last; at++)
        to[at] = i < mid && (k >= last || !less(arg, from[k], from[i])) ? from[i++] : from[k++];
}

void tni_sort(int64_t *index, int64_t *spare, int64_t n, bool (*less)(const void *arg, int64_t a, int64_t b),
              const void *arg) {
    int64_t *from = index, *to = spare;
    for (int64_t width = 1; width < n; width *= 2) {
        for (int64_t first = 0; first < n; first += 2 * width) {
            int64_t mid = n - first < width ? n : first + width;
            int64_t last = n - first < 2 * width ? n : first + 2 * width;
            merge(from, to, first, mid, last, less, arg);
        }
        int64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != index && n > 0) memcpy(index, from, (size_t)n * sizeof *index);
}
