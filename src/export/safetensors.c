// SPDX-License-Identifier: Apache-2.0
// safetensors.c - writes safetensors: a header of names, types, shapes and places, then the bytes. The header
// is padded with blanks so that the bytes begin at a multiple of 64.
#include "export/weights.h"

#include "base/le.h"

#include <string.h>

static const struct {
    tn_dtype dtype;
    const char *name;
} types[] = {{TN_F32, "F32"},
             {TN_F16, "F16"},
             {TN_BF16, "BF16"},
             {TN_F64, "F64"},
             {TN_I64, "I64"},
             {TN_I32, "I32"},
             {TN_I16, "I16"},
             {TN_I8, "I8"},
             {TN_U64, "U64"},
             {TN_U32, "U32"},
             {TN_U16, "U16"},
             {TN_U8, "U8"},
             {TN_BOOL, "BOOL"},
             {TN_C64, "C64"},
             {TN_F8E4M3FN, "F8_E4M3"},
             {TN_F8E5M2, "F8_E5M2"},
             {TN_F8E4M3FNUZ, "F8_E4M3FNUZ"},
             {TN_F8E5M2FNUZ, "F8_E5M2FNUZ"},
             {TN_F8E8M0, "F8_E8M0"},
             {TN_F4E2M1, "F4"}};

static const char *type_name(tn_dtype dtype) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].dtype == dtype) return types[i].name;
    return NULL;
}

static void put_string(tni_text *text, const char *s) {
    tni_text_puts(text, "\"");
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            tni_text_printf(text, "\\%c", *s);
        else if ((unsigned char)*s < ' ')
            tni_text_printf(text, "\\u%04x", (unsigned)*s);
        else
            tni_text_add(text, s, 1);
    }
    tni_text_puts(text, "\"");
}

static void put_entry(tni_text *text, const tn_weight_info *w, size_t at) {
    tni_text_puts(text, ",");
    put_string(text, w->name);
    tni_text_printf(text, ":{\"dtype\":\"%s\",\"shape\":[", type_name(w->dtype));
    for (int i = 0; i < w->rank; i++) tni_text_printf(text, i ? ",%lld" : "%lld", (long long)w->dims[i]);
    tni_text_printf(text, "],\"data_offsets\":[%zu,%zu]}", at, at + w->bytes);
}

// {"format":"pt"} is what readers of PyTorch weights ask for: transformers refuses files without it.
static tn_status make_header(const tni_weights_out *o, tni_text *text) {
    size_t at = 0;
    tni_text_puts(text, "{\"__metadata__\":{\"format\":\"pt\"}");
    for (size_t i = 0; i < o->count; i++) {
        const tn_weight_info *w = &o->row[i]->info;
        if (!type_name(w->dtype))
            return tni_error(o->diags, TN_UNSUPPORTED, "tensor '%s': safetensors has no element type %s",
                             w->name, tn_dtype_text(w->dtype));
        put_entry(text, w, at);
        at += w->bytes;
    }
    tni_text_puts(text, "}");
    while (!text->failed && (8 + text->length) % 64) tni_text_puts(text, " ");
    return text->failed ? TN_NOMEM : TN_OK;
}

tn_status tni_safetensors_write(tni_weights_out *o) {
    tni_text header = {.env = o->w->env};
    unsigned char length[8];
    tn_status status = make_header(o, &header);
    if (status == TN_OK) {
        le_store(length, header.length, 8);
        tni_save_write(o->to, length, 8);
        tni_save_write(o->to, header.data, header.length);
    }
    tni_text_free(&header);
    for (size_t i = 0; i < o->count && status == TN_OK; i++) {
        const tn_tensor *t;
        status = tni_weights_next(o, i, &t);
        if (status == TN_OK) tni_save_write(o->to, t->data, t->bytes);
    }
    return status;
}
