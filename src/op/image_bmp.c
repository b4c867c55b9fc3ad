// SPDX-License-Identifier: Apache-2.0
// image_bmp.c - BMP of 1 to 32 bits a pixel: with a palette, with masks of bits, from the bottom or from the
// top. Run-length encoded ones are refused.
#include "base/le.h"
#include "op/image.h"

typedef struct bitmap {
    tni_image *m;
    size_t header, palette, colors, entry, pixels; // entry: bytes of a palette's colour
    uint64_t width, height, compression;
    unsigned bits;
    bool from_top;
    uint32_t mask[3]; // of red, green and blue in a pixel of 16 or 32 bits
} bitmap;

static tn_status fail(bitmap *b, const char *why) { return tni_image_fail(b->m, "BMP", why); }

static uint64_t number(const bitmap *b, size_t at, size_t bytes) { return le_load(b->m->data + at, bytes); }

static tn_status read_size(bitmap *b) {
    if (b->header == 12) { // OS/2: 16 bits each
        b->width = number(b, 18, 2);
        b->height = number(b, 20, 2);
        b->bits = (unsigned)number(b, 24, 2);
        return TN_OK;
    }
    int64_t height = (int32_t)number(b, 22, 4);
    b->width = number(b, 18, 4);
    b->from_top = height < 0;
    b->height = (uint64_t)(height < 0 ? -height : height);
    b->bits = (unsigned)number(b, 28, 2);
    b->compression = number(b, 30, 4);
    b->colors = (size_t)number(b, 46, 4);
    return b->width <= INT32_MAX ? TN_OK : fail(b, "its width is negative");
}

// Masks follow a header of 40 bytes, or are part of a longer one: the same place.
static tn_status read_masks(bitmap *b) {
    static const uint32_t usual16[3] = {0x7c00, 0x3e0, 0x1f}, usual32[3] = {0xff0000, 0xff00, 0xff};
    memcpy(b->mask, b->bits == 16 ? usual16 : usual32, sizeof b->mask);
    if (b->compression == 0) return TN_OK;
    if (b->compression != 3 && b->compression != 6)
        return fail(b, "it is compressed; save it uncompressed, or as PNG");
    if (b->bits != 16 && b->bits != 32) return fail(b, "masks go with 16 or 32 bits a pixel");
    if (!ck_range(54, 12, b->m->size)) return fail(b, "it ends before its pixels");
    for (size_t k = 0; k < 3; k++) b->mask[k] = (uint32_t)number(b, 54 + 4 * k, 4);
    if (b->header == 40) b->palette += b->compression == 6 ? 16 : 12;
    return TN_OK;
}

static tn_status read_header(bitmap *b) {
    if (b->m->size < 26) return fail(b, "it ends in its header");
    b->pixels = (size_t)number(b, 10, 4);
    b->header = (size_t)number(b, 14, 4);
    b->entry = b->header == 12 ? 3 : 4;
    if (b->header != 12 && b->header < 40) return fail(b, "its header has an unknown size");
    if (!ck_range(14, b->header, b->m->size)) return fail(b, "it ends in its header");
    b->palette = 14 + b->header;
    TN_TRY(read_size(b));
    TN_TRY(read_masks(b));
    if (b->bits != 1 && b->bits != 4 && b->bits != 8 && b->bits != 16 && b->bits != 24 && b->bits != 32)
        return fail(b, "it has an unknown number of bits a pixel");
    if (b->bits > 8) return TN_OK;
    size_t all = (size_t)1 << b->bits;
    if (b->colors == 0 || b->colors > all) b->colors = all;
    return ck_range(b->palette, b->colors * b->entry, b->m->size) ? TN_OK : fail(b, "it ends in its palette");
}

// The bits under `mask`, stretched to 0..255.
static unsigned char under(uint32_t x, uint32_t mask) {
    if (!mask) return 0;
    int shift = __builtin_ctz(mask);
    uint64_t most = mask >> shift, value = (x & mask) >> shift;
    return (unsigned char)((value * 255 + most / 2) / most);
}

static void pixel(const bitmap *b, const unsigned char *row, size_t x, unsigned char *to) {
    size_t bytes = b->bits / 8;
    if (b->bits <= 8) {
        size_t bit = x * b->bits, shift = 8 - b->bits - bit % 8;
        size_t index = (size_t)row[bit / 8] >> shift & (((size_t)1 << b->bits) - 1);
        if (index >= b->colors) return; // black, as the room is
        row = b->m->data + b->palette + index * b->entry;
    } else if (b->bits != 24) {
        uint32_t word = (uint32_t)le_load(row + x * bytes, bytes);
        for (int k = 0; k < 3; k++) to[k] = under(word, b->mask[k]);
        return;
    } else {
        row += x * bytes;
    }
    for (int k = 0; k < 3; k++) to[k] = row[2 - k];
}

tn_status tni_image_bmp(tni_image *m) {
    bitmap b = {.m = m};
    size_t stride, all;
    TN_TRY(read_header(&b));
    if (!ck_mul((size_t)b.width, b.bits, &stride) || !ck_add(stride, 31, &stride) ||
        !ck_mul(stride / 32 * 4, (size_t)b.height, &all) || !ck_range(b.pixels, all, m->size))
        return fail(&b, "it ends before its last row");
    stride = stride / 32 * 4;
    TN_TRY(tni_image_room(m, b.height, b.width, 3));
    for (size_t y = 0; y < (size_t)b.height; y++) {
        const unsigned char *row = m->data + b.pixels + (b.from_top ? y : (size_t)b.height - 1 - y) * stride;
        for (size_t x = 0; x < (size_t)b.width; x++) pixel(&b, row, x, m->pixel + (y * b.width + x) * 3);
    }
    return TN_OK;
}
