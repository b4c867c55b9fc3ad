// SPDX-License-Identifier: Apache-2.0
// npy.c - writes NumPy's .npy, version 1.0: a magic, a header that is a Python dictionary, then the elements.
#include "export/npy.h"

#include "base/le.h"
#include "base/str.h"
#include "ir/numpy.h"

// How an element type is written: its own NumPy type, or bytes.
static void written_as(tn_dtype dtype, char *kind, size_t *width) {
    for (int i = 0; i < TNI_NUMPY_TYPES; i++)
        if (tni_numpy_types[i].dtype == dtype) {
            *kind = tni_numpy_types[i].kind;
            *width = tni_numpy_types[i].width;
            return;
        }
    *kind = dtype == TN_I4 || dtype == TN_I2 ? 'i' : 'u';
    *width = 1;
}

static void write_header(tni_text *text, const tn_tensor *t) {
    char kind;
    size_t width;
    written_as(t->dtype, &kind, &width);
    tni_text_printf(text, "{'descr': '%c%c%zu', 'fortran_order': False, 'shape': (",
                    width == 1 || kind == 'V' ? '|' : '<', kind, width);
    for (int i = 0; i < t->rank; i++) tni_text_printf(text, "%lld, ", (long long)t->dim[i]);
    tni_text_puts(text, "), }");
    while (!text->failed && (10 + text->length + 1) % 64) tni_text_puts(text, " ");
    tni_text_puts(text, "\n");
}

static void put_narrow(const tni_npy_sink *to, const tn_tensor *t) {
    unsigned char buffer[4096];
    size_t n = 0;
    bool bits = t->dtype == TN_F4E2M1;
    for (int64_t i = 0, count = tn_count(t); i < count; i++) {
        buffer[n++] = bits ? (unsigned char)(((const uint8_t *)t->data)[i / 2] >> (i % 2 * 4) & 15)
                           : (unsigned char)tni_get_int(t, i);
        if (n < sizeof buffer && i + 1 < count) continue;
        to->put(to->user, buffer, n);
        n = 0;
    }
}

static const char *no_form(const tn_tensor *t) {
    if (t->kind != TN_TENSOR) return "a .npy file holds one tensor";
    return t->dtype == TN_STRING ? "strings have no .npy form" : NULL;
}

tn_status tni_npy_pieces(const tn_tensor *t, tn_env *env, const tni_npy_sink *to, tn_diags *diags) {
    unsigned char start[10] = "\x93NUMPY\1"; // version 1.0, then the header's length
    const char *why = no_form(t);
    if (why) return tni_error(diags, TN_UNSUPPORTED, "cannot write an array: %s", why);
    tni_text text = {.env = env};
    write_header(&text, t);
    tn_status status = text.failed ? TN_NOMEM : TN_OK;
    if (status == TN_OK) {
        le_store(start + 8, text.length, 2);
        to->put(to->user, start, sizeof start);
        to->put(to->user, text.data, text.length);
    }
    tni_text_free(&text);
    if (status != TN_OK) return status;
    if (tn_dtype_bits(t->dtype) < 8)
        put_narrow(to, t);
    else
        to->put(to->user, t->data, t->bytes);
    return TN_OK;
}

static void save(void *user, const void *data, size_t size) { tni_save_write(user, data, size); }

tn_status tni_npy_write(const tn_tensor *t, tn_env *env, const char *path, tn_diags *diags) {
    const char *why = no_form(t);
    if (why) return tni_error(diags, TN_UNSUPPORTED, "cannot write '%s': %s", path, why);
    tni_save s;
    TN_TRY(tni_save_begin(&s, env, path, diags));
    tn_status status = tni_npy_pieces(t, env, &(tni_npy_sink){save, &s}, diags);
    if (status != TN_OK) s.status = status;
    tn_status saved = tni_save_end(&s, diags);
    return status != TN_OK ? status : saved;
}
