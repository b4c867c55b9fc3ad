// SPDX-License-Identifier: Apache-2.0
// sample.c - the neighbours of a place, one dimension after the other: GridSample-22.
#include "ir/sample.h"

#include <math.h>

static int choice(tn_attrs a, const char *name, const char *const names[3]) {
    for (int i = 0; i < 3; i++)
        if (tn_attr_is(a, name, names[i])) return i;
    return -1;
}

bool tni_sampler_init(tni_sampler *s, tn_attrs attrs, int space, const int64_t *length, const char **wrong) {
    static const char *const modes[] = {"nearest", "linear", "cubic"};
    static const char *const paddings[] = {"zeros", "border", "reflection"};
    int mode = choice(attrs, "mode", modes), padding = choice(attrs, "padding_mode", paddings);
    *wrong = mode < 0 ? "mode" : "padding_mode";
    if (mode < 0 || padding < 0) return false;
    *s = (tni_sampler){.align = tn_attr_int(attrs, "align_corners") != 0, .space = space};
    s->mode = mode == 0 ? TNI_SAMPLE_NEAREST : mode == 1 ? TNI_SAMPLE_LINEAR : TNI_SAMPLE_CUBIC;
    s->padding = padding == 0 ? TNI_SAMPLE_ZEROS : padding == 1 ? TNI_SAMPLE_BORDER : TNI_SAMPLE_REFLECTION;
    for (int d = 0; d < space; d++) s->length[d] = length[d];
    return true;
}

int64_t tni_sampler_taps(const tni_sampler *s) {
    int64_t n = 1;
    for (int d = 0; d < s->space; d++)
        n *= s->mode == TNI_SAMPLE_NEAREST ? 1 : s->mode == TNI_SAMPLE_LINEAR ? 2 : 4;
    return n;
}

// Reflected at the middle of the outermost elements (align), or at their outer edges.
static double reflect(double x, int64_t length, bool align) {
    double low = align ? 0 : -0.5, span = align ? (double)(length - 1) : (double)length;
    if (span == 0) return 0;
    x = fabs(x - low);
    double extra = fmod(x, span), flips = floor(x / span);
    return fmod(flips, 2) == 0 ? extra + low : span - extra + low;
}

static double into_range(const tni_sampler *s, double x, int64_t length) {
    if (s->padding == TNI_SAMPLE_REFLECTION) x = reflect(x, length, s->align);
    return s->padding == TNI_SAMPLE_ZEROS ? x : fmin(fmax(x, 0), (double)(length - 1));
}

// Keys' weights (a = -0.75) of the four neighbours of a point `t` after the second one.
static void cubic_weights(double t, double w[4]) {
    const double a = -0.75;
    double before = t + 1, after = 1 - t, far = 2 - t;
    w[0] = ((a * before - 5 * a) * before + 8 * a) * before - 4 * a;
    w[1] = ((a + 2) * t - (a + 3)) * t * t + 1;
    w[2] = ((a + 2) * after - (a + 3)) * after * after + 1;
    w[3] = ((a * far - 5 * a) * far + 8 * a) * far - 4 * a;
}

// Neighbours along one dimension; those outside are left out.
typedef struct line_taps {
    int n;
    int64_t at[4];
    double weight[4];
} line_taps;

static void add_tap(line_taps *t, double at, int64_t length, double weight) {
    if (!(at >= 0 && at <= (double)(length - 1)) || weight == 0) return;
    t->at[t->n] = (int64_t)at;
    t->weight[t->n++] = weight;
}

static line_taps taps_at(const tni_sampler *s, double g, int64_t length) {
    line_taps t = {0};
    double n = (double)length, x = s->align ? (g + 1) / 2 * (n - 1) : ((g + 1) * n - 1) / 2, w[4];
    if (s->mode == TNI_SAMPLE_CUBIC) {
        double base = floor(x);
        cubic_weights(x - base, w);
        for (int k = 0; k < 4; k++) add_tap(&t, into_range(s, base - 1 + k, length), length, w[k]);
        return t;
    }
    x = into_range(s, x, length);
    if (s->mode == TNI_SAMPLE_NEAREST) {
        add_tap(&t, nearbyint(x), length, 1);
        return t;
    }
    double base = floor(x);
    add_tap(&t, base, length, 1 - (x - base));
    add_tap(&t, base + 1, length, x - base);
    return t;
}

void tni_sample(const tni_sampler *s, const double *place, tni_samples *list) {
    list->n = 1;
    list->at[0] = 0;
    list->weight[0] = 1;
    for (int d = 0; d < s->space; d++) {
        int64_t length = s->length[d];
        line_taps t = taps_at(s, place[s->space - 1 - d], length);
        // From the last on, so that an entry is read before its place is written.
        for (int i = list->n - 1; i >= 0; i--) {
            int64_t at = list->at[i] * length;
            double weight = list->weight[i];
            for (int k = t.n - 1; k >= 0; k--) {
                list->at[i * t.n + k] = at + t.at[k];
                list->weight[i * t.n + k] = weight * t.weight[k];
            }
        }
        list->n *= t.n;
    }
}
