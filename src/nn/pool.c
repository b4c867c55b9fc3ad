// SPDX-License-Identifier: Apache-2.0
// pool.c - PyTorch's pooling layers.
#include "tenon/nn.h"

typedef struct window {
    tn_hw kernel, stride, padding;
} window;

static window window_of(const tn_pool2d_args *a) {
    window w = {a->kernel_hw, a->stride_hw, a->padding_hw};
    if (!w.kernel.h) w.kernel = (tn_hw){a->kernel, a->kernel};
    if (!w.stride.h) w.stride = a->stride ? (tn_hw){a->stride, a->stride} : w.kernel;
    if (!w.padding.h && !w.padding.w) w.padding = (tn_hw){a->padding, a->padding};
    return w;
}

tn_value *tn_nn_max_pool2d(const tn_site *site, const tn_pool2d_args *a) {
    window w = window_of(a);
    tn_site_push(a->net, site->file, site->line);
    tn_value *y = tn_max_pool(a->net, a->x, .kernel_shape = tn_ints(w.kernel.h, w.kernel.w),
                              .strides = tn_ints(w.stride.h, w.stride.w),
                              .pads = tn_ints(w.padding.h, w.padding.w, w.padding.h, w.padding.w),
                              .ceil_mode = a->ceil_mode);
    tn_site_pop(a->net);
    return y;
}

tn_value *tn_nn_avg_pool2d(const tn_site *site, const tn_pool2d_args *a) {
    window w = window_of(a);
    tn_site_push(a->net, site->file, site->line);
    tn_value *y = tn_average_pool(a->net, a->x, .kernel_shape = tn_ints(w.kernel.h, w.kernel.w),
                                  .strides = tn_ints(w.stride.h, w.stride.w),
                                  .pads = tn_ints(w.padding.h, w.padding.w, w.padding.h, w.padding.w),
                                  .ceil_mode = a->ceil_mode, .count_include_pad = 1);
    tn_site_pop(a->net);
    return y;
}

tn_value *tn_adaptive_avg_pool2d(tn_network *net, tn_value *x, int64_t h, int64_t w) {
    if (h == 1 && w == 1) return tn_global_average_pool(net, x);
    int64_t height = tn_value_dim(x, 2), width = tn_value_dim(x, 3);
    if (h < 1 || w < 1 || height < 0 || width < 0 || height % h || width % w) {
        if (x)
            tn_network_fail(net, "an adaptive pooling to %lldx%lld needs an input that it divides",
                            (long long)h, (long long)w);
        return NULL;
    }
    return tn_avg_pool2d(net, x, .kernel_hw = {height / h, width / w});
}
