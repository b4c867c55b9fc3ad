// SPDX-License-Identifier: Apache-2.0
// image_pnm.c - the portable formats P1 to P6: bits, greys or colours, as text or as bytes.
#include "op/image.h"

typedef struct reader {
    tni_image *m;
    size_t at;
    uint64_t most; // the value that is white
    char kind;     // '1' to '6'
} reader;

static tn_status fail(reader *r, const char *why) { return tni_image_fail(r->m, "PNM", why); }

static bool is_space(unsigned char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static void skip_space(reader *r) {
    const tni_image *m = r->m;
    for (; r->at < m->size; r->at++) {
        if (m->data[r->at] == '#')
            while (r->at + 1 < m->size && m->data[r->at] != '\n' && m->data[r->at] != '\r') r->at++;
        else if (!is_space(m->data[r->at]))
            return;
    }
}

// A number as text, at most `digits` long: bits need no space between them.
static bool number(reader *r, int digits, uint64_t *to) {
    const tni_image *m = r->m;
    int n = 0;
    skip_space(r);
    for (*to = 0; n < digits && r->at < m->size && m->data[r->at] >= '0' && m->data[r->at] <= '9'; n++)
        *to = *to * 10 + (uint64_t)(m->data[r->at++] - '0');
    return n > 0;
}

static unsigned char scaled(const reader *r, uint64_t value) {
    if (value > r->most) value = r->most;
    return (unsigned char)((value * 255 + r->most / 2) / r->most);
}

static tn_status read_text(reader *r, size_t count) {
    bool bits = r->kind == '1';
    for (size_t i = 0; i < count; i++) {
        uint64_t value;
        if (!number(r, bits ? 1 : 9, &value)) return fail(r, "it ends before its last pixel");
        r->m->pixel[i] = bits ? (value ? 0 : 255) : scaled(r, value);
    }
    return TN_OK;
}

static void read_bytes(reader *r, size_t count, size_t width) {
    const unsigned char *from = r->m->data + r->at;
    size_t stride = (width + 7) / 8;
    for (size_t i = 0; i < count; i++) {
        if (r->kind == '4') // a row begins with a byte, 1 is black
            r->m->pixel[i] = from[i / width * stride + i % width / 8] >> (7 - i % width % 8) & 1 ? 0 : 255;
        else if (r->most < 256)
            r->m->pixel[i] = scaled(r, from[i]);
        else
            r->m->pixel[i] = scaled(r, (uint64_t)from[2 * i] << 8 | from[2 * i + 1]);
    }
}

tn_status tni_image_pnm(tni_image *m) {
    reader r = {.m = m, .at = 2, .most = 1, .kind = (char)m->data[1]};
    bool bits = r.kind == '1' || r.kind == '4', color = r.kind == '3' || r.kind == '6';
    uint64_t width, height;
    if (!number(&r, 9, &width) || !number(&r, 9, &height) || (!bits && !number(&r, 9, &r.most)))
        return fail(&r, "its header wants the width, the height and the largest value as numbers");
    if (r.most < 1 || r.most > 65535) return fail(&r, "its largest value is not in 1..65535");
    size_t row = bits ? (size_t)(width + 7) / 8 : (size_t)width * (color ? 3 : 1) * (r.most > 255 ? 2 : 1),
           all;
    if (r.kind <= '3') row = (size_t)width; // every pixel takes a character at least
    if (!ck_mul(row, (size_t)height, &all) || !ck_range(r.at + (r.kind > '3'), all, m->size))
        return fail(&r, "it ends before its last pixel");
    TN_TRY(tni_image_room(m, height, width, color ? 3 : 1));
    size_t count = (size_t)(height * width) * (color ? 3 : 1);
    if (r.kind <= '3') return read_text(&r, count);
    r.at++; // one space, and then bytes
    read_bytes(&r, count, (size_t)width);
    return TN_OK;
}
