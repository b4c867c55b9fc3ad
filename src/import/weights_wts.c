// SPDX-License-Identifier: Apache-2.0
// weights_wts.c - TensorRTx's .wts: text. How many tensors, then a line each: name, element count, and every
// float as 8 hexadecimal digits. There are no shapes; a tensor is [count].
#include "base/ck.h"
#include "import/weights.h"

#include <string.h>

typedef struct cursor {
    const char *at, *end;
} cursor;

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static tn_str next_word(cursor *c) {
    while (c->at < c->end && is_blank(*c->at)) c->at++;
    const char *from = c->at;
    while (c->at < c->end && !is_blank(*c->at)) c->at++;
    return (tn_str){from, (size_t)(c->at - from)};
}

static bool read_count(tn_str word, uint64_t *to) {
    *to = 0;
    for (size_t i = 0; i < word.size; i++) {
        unsigned digit = (unsigned)(unsigned char)word.text[i] - '0';
        if (digit > 9 || i == 18) return false;
        *to = *to * 10 + digit;
    }
    return word.size > 0;
}

static bool read_hex(tn_str word, uint32_t *to) {
    *to = 0;
    for (size_t i = 0; i < word.size; i++) {
        char c = word.text[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16 || i == 8) return false;
        *to = *to << 4 | digit;
    }
    return word.size > 0;
}

// A number alone on the first line, and a second line that begins as a tensor's does.
bool tni_wts_is(const tni_file *f) {
    cursor c = {(const char *)f->data, (const char *)f->data + (f->size < 4096 ? f->size : 4096)};
    uint64_t count;
    uint32_t bits;
    if (!f->size || !read_count(next_word(&c), &count) || (count && c.at == c.end)) return false;
    if (!count) return next_word(&c).size == 0;
    if (*c.at != '\n' && *c.at != '\r') return false;
    next_word(&c);
    return read_count(next_word(&c), &count) && (!count || read_hex(next_word(&c), &bits));
}

static tn_status make_values(tn_weights *w, const tni_weight *row, tni_arena *to, tn_tensor **t,
                             tn_diags *diags) {
    const tn_str *text = row->source;
    cursor c = {text->text, text->text + text->size};
    *t = tni_tensor_new(to, TN_F32, 1, row->dim);
    if (!*t) return TN_NOMEM;
    uint32_t *value = (*t)->data;
    for (int64_t i = 0; i < row->dim[0]; i++)
        if (!read_hex(next_word(&c), &value[i]))
            return tni_error(diags, TN_FORMAT,
                             "'%s': value %lld of '%s' is not 8 hexadecimal digits of a float", w->path,
                             (long long)i, row->info.name);
    return TN_OK;
}

// Past the values: nearly always one blank and 8 digits each, else word by word.
static bool skip_values(cursor *c, uint64_t count) {
    size_t bytes;
    if (ck_mul((size_t)count, 9, &bytes) && bytes <= (size_t)(c->end - c->at) &&
        (c->at + bytes == c->end || c->at[bytes] == '\n')) {
        c->at += bytes;
        return true;
    }
    if (count > (size_t)(c->end - c->at)) return false;
    while (count--)
        if (!next_word(c).size) return false;
    return true;
}

static tn_status read_line(tn_weights *w, cursor *c, tn_diags *diags) {
    tni_weight *row;
    uint64_t count;
    tn_str word = next_word(c), *text = tni_arena_alloc(&w->arena, sizeof *text);
    const char *name = tni_arena_text(&w->arena, word.text, word.size);
    if (!name || !text) return TN_NOMEM;
    bool fine = word.size && read_count(next_word(c), &count);
    text->text = c->at;
    if (!fine || !skip_values(c, count))
        return tni_error(diags, TN_FORMAT, "'%s' is truncated or damaged at tensor %zu ('%.99s')", w->path,
                         w->count, name);
    text->size = (size_t)(c->at - text->text);
    TN_TRY(tni_weights_add(w, name, TN_F32, 1, (int64_t[]){(int64_t)count}, &row, diags));
    row->make = make_values;
    row->source = text;
    return TN_OK;
}

tn_status tni_wts_read(tn_weights *w, const tni_file *f, tn_diags *diags) {
    cursor c = {(const char *)f->data, (const char *)f->data + f->size};
    uint64_t count;
    w->format = "wts";
    if (!read_count(next_word(&c), &count)) return TN_FORMAT;
    for (uint64_t i = 0; i < count; i++) TN_TRY(read_line(w, &c, diags));
    if (!next_word(&c).size) return TN_OK;
    return tni_error(diags, TN_FORMAT, "'%s' goes on after its %llu tensors", w->path,
                     (unsigned long long)count);
}
