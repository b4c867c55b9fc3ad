// SPDX-License-Identifier: Apache-2.0
// image_tiff.c - TIFF through libtiff: the first picture of the file. Errors go to this reader and not to
// libtiff's global handlers, which needs version 4.5.
#include "op/image.h"

#ifdef TN_TIFF
#include <stdio.h>
#include <tiffio.h>

typedef struct reader {
    tni_image *m;
    uint64_t at;
    tn_status status;
    char message[1024]; // as long as TIFFRGBAImageOK wants it
} reader;

TN_PRINTF(4, 0)
static int on_error(TIFF *tiff, void *user, const char *module, const char *format, va_list values) {
    reader *r = user;
    (void)tiff, (void)module;
    if (!*r->message) vsnprintf(r->message, sizeof r->message, format, values); // the first is the cause
    return 1;
}

static int on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list values) {
    (void)tiff, (void)user, (void)module, (void)format, (void)values;
    return 1;
}

static tmsize_t on_read(thandle_t user, void *to, tmsize_t n) {
    reader *r = user;
    uint64_t left = r->at < r->m->size ? r->m->size - r->at : 0, some = n < 0 ? 0 : (uint64_t)n;
    if (some > left) some = left;
    memcpy(to, r->m->data + (some ? r->at : 0), (size_t)some);
    r->at += some;
    return (tmsize_t)some;
}

static tmsize_t on_write(thandle_t user, void *from, tmsize_t n) {
    return (void)user, (void)from, (void)n, 0;
}

static toff_t on_seek(thandle_t user, toff_t offset, int whence) {
    reader *r = user;
    uint64_t base = whence == SEEK_CUR ? r->at : whence == SEEK_END ? r->m->size : 0;
    if (!__builtin_add_overflow(base, offset, &base)) r->at = base;
    return r->at;
}

static int on_close(thandle_t user) { return (void)user, 0; }

static toff_t on_size(thandle_t user) { return ((reader *)user)->m->size; }

static TIFF *open_tiff(reader *r) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, r);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, r);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, TNI_IMAGE_PIXELS * 4);
    TIFF *tiff = TIFFClientOpenExt("picture", "rm", r, on_read, on_write, on_seek, on_close, on_size, NULL,
                                   NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

// False when libtiff fails; what fails outside it is in `status`.
static bool decode(reader *r, TIFF *tiff) {
    tni_image *m = r->m;
    uint32_t height = 0, width = 0;
    if (!TIFFRGBAImageOK(tiff, r->message)) return false;
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
    r->status = tni_image_room(m, height, width, 3);
    if (r->status != TN_OK) return true;
    uint32_t *raster = tni_scratch(m->call, m->height * m->width, sizeof *raster); /* [height,width] */
    if (!raster) return r->status = TN_NOMEM, true;
    if (!TIFFReadRGBAImageOriented(tiff, width, height, raster, ORIENTATION_TOPLEFT, 1)) return false;
    for (int64_t i = 0; i < m->height * m->width; i++) {
        m->pixel[3 * i] = (unsigned char)TIFFGetR(raster[i]);
        m->pixel[3 * i + 1] = (unsigned char)TIFFGetG(raster[i]);
        m->pixel[3 * i + 2] = (unsigned char)TIFFGetB(raster[i]);
    }
    return true;
}

tn_status tni_image_tiff(tni_image *m) {
    reader r = {.m = m};
    TIFF *tiff = open_tiff(&r);
    bool fine = tiff && decode(&r, tiff);
    if (tiff) TIFFClose(tiff);
    return fine ? r.status : tni_image_fail(m, "TIFF", *r.message ? r.message : "libtiff cannot read it");
}
#else
tn_status tni_image_tiff(tni_image *m) { return tni_image_missing(m, "TIFF", "libtiff 4.5", "libtiff-dev"); }
#endif
