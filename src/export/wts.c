// SPDX-License-Identifier: Apache-2.0
// wts.c - writes TensorRTx's .wts: a line a tensor, every element as the 8 hexadecimal digits of its float.
#include "export/weights.h"

#include <string.h>

static void put_values(tni_save *to, const tn_tensor *t) {
    static const char digits[] = "0123456789abcdef";
    char buffer[9 * 512];
    size_t n = 0;
    for (int64_t i = 0, count = tn_count(t); i < count; i++) {
        uint32_t bits = tni_float_bits((float)tni_get(t, i));
        buffer[n++] = ' ';
        for (int shift = 28; shift >= 0; shift -= 4) buffer[n++] = digits[bits >> shift & 15];
        if (n < sizeof buffer && i + 1 < count) continue;
        tni_save_write(to, buffer, n);
        n = 0;
    }
    tni_save_write(to, "\n", 1);
}

static tn_status put_tensor(tni_weights_out *o, size_t i) {
    const tn_weight_info *w = &o->row[i]->info;
    const tn_tensor *t;
    char line[64];
    if (w->name[strcspn(w->name, " \t\r\n")])
        return tni_error(o->diags, TN_UNSUPPORTED, "tensor '%s': names in a .wts file have no blanks",
                         w->name);
    if (!tni_is_float(w->dtype) && !tni_is_integer(w->dtype))
        return tni_error(o->diags, TN_UNSUPPORTED, "tensor '%s': a .wts file holds floats, not %s", w->name,
                         tn_dtype_text(w->dtype));
    TN_TRY(tni_weights_next(o, i, &t));
    tni_fixed text = {.data = line, .size = sizeof line};
    tni_fixed_printf(&text, " %lld", (long long)tn_count(t));
    tni_save_write(o->to, w->name, strlen(w->name));
    tni_save_write(o->to, line, text.length);
    put_values(o->to, t);
    return TN_OK;
}

tn_status tni_wts_write(tni_weights_out *o) {
    char line[32];
    tni_fixed text = {.data = line, .size = sizeof line};
    tni_fixed_printf(&text, "%zu\n", o->count);
    tni_save_write(o->to, line, text.length);
    for (size_t i = 0; i < o->count; i++) TN_TRY(put_tensor(o, i));
    return TN_OK;
}
