// SPDX-License-Identifier: Apache-2.0
// image_png.c - PNG through libpng. What lives across its longjmp is in the struct, not in variables.
#include "op/image.h"

#ifdef TN_PNG
#include <png.h>
#include <setjmp.h>
#include <stdio.h>

typedef struct reader {
    tni_image *m;
    size_t at;
    png_structp png;
    png_infop info;
    png_bytepp rows;
    tn_status status; // of what fails outside libpng
    char message[128];
} reader;

static void on_error(png_structp png, png_const_charp message) {
    reader *r = png_get_error_ptr(png);
    snprintf(r->message, sizeof r->message, "%s", message);
    longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp message) { (void)png, (void)message; }

static void on_read(png_structp png, png_bytep to, size_t n) {
    reader *r = png_get_io_ptr(png);
    if (!ck_range(r->at, n, r->m->size)) png_error(png, "it ends too early");
    memcpy(to, r->m->data + r->at, n);
    r->at += n;
}

// Everything becomes 8 bits, no palette, no alpha. Gamma chunks are not applied.
static void normalise(reader *r) {
    png_set_expand(r->png);
    png_set_strip_16(r->png);
    png_set_strip_alpha(r->png);
    png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
}

static tn_status make_room(reader *r) {
    tni_image *m = r->m;
    int channels = png_get_channels(r->png, r->info);
    uint32_t height = png_get_image_height(r->png, r->info), width = png_get_image_width(r->png, r->info);
    TN_TRY(tni_image_room(m, height, width, channels));
    if (png_get_rowbytes(r->png, r->info) != (size_t)width * (size_t)channels)
        return tni_image_fail(m, "PNG", "its rows are not of whole bytes");
    r->rows = tni_scratch(m->call, m->height, sizeof *r->rows);
    if (!r->rows) return TN_NOMEM;
    for (int64_t y = 0; y < m->height; y++) r->rows[y] = m->pixel + y * m->width * channels;
    return TN_OK;
}

static bool decode(reader *r) {
    if (setjmp(png_jmpbuf(r->png))) return false;
    png_set_read_fn(r->png, r, on_read);
    png_read_info(r->png, r->info);
    normalise(r);
    r->status = make_room(r);
    if (r->status == TN_OK) png_read_image(r->png, r->rows);
    return true;
}

tn_status tni_image_png(tni_image *m) {
    reader r = {.m = m};
    r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning);
    r.info = r.png ? png_create_info_struct(r.png) : NULL;
    bool fine = r.info && decode(&r);
    bool memory = r.info != NULL;
    png_destroy_read_struct(&r.png, &r.info, NULL);
    if (!memory) return TN_NOMEM;
    return fine ? r.status : tni_image_fail(m, "PNG", r.message);
}
#else
tn_status tni_image_png(tni_image *m) { return tni_image_missing(m, "PNG", "libpng", "libpng-dev"); }
#endif
