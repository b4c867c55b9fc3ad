// SPDX-License-Identifier: Apache-2.0
// image_jpeg2000.c - JPEG 2000, in a JP2 file or as a bare codestream, through OpenJPEG: grey, RGB or YCC of
// any depth, planes of a lower resolution included.
#include "op/image.h"

#ifdef TN_JPEG2000
#include <openjpeg.h>

typedef struct reader {
    tni_image *m;
    size_t at;
    tn_status status; // of what fails outside OpenJPEG
    opj_stream_t *stream;
    opj_codec_t *codec;
    opj_image_t *image;
    char message[160];
} reader;

static void on_error(const char *message, void *user) {
    reader *r = user;
    if (*r->message) return; // the first is the cause
    snprintf(r->message, sizeof r->message, "%s", message);
    r->message[strcspn(r->message, "\n")] = 0;
}

static void on_notice(const char *message, void *user) { (void)message, (void)user; }

static OPJ_SIZE_T on_read(void *to, OPJ_SIZE_T n, void *user) {
    reader *r = user;
    size_t left = r->m->size - r->at;
    if (!left) return (OPJ_SIZE_T)-1;
    if (n > left) n = left;
    memcpy(to, r->m->data + r->at, n);
    r->at += n;
    return n;
}

static OPJ_OFF_T on_skip(OPJ_OFF_T n, void *user) {
    reader *r = user;
    if (n < 0) return -1;
    size_t left = r->m->size - r->at, some = (uint64_t)n < left ? (size_t)n : left;
    r->at += some;
    return some || !n ? (OPJ_OFF_T)some : -1;
}

static OPJ_BOOL on_seek(OPJ_OFF_T to, void *user) {
    reader *r = user;
    if (to < 0 || (uint64_t)to > r->m->size) return OPJ_FALSE;
    r->at = (size_t)to;
    return OPJ_TRUE;
}

static bool begin(reader *r) {
    opj_dparameters_t parameters;
    r->codec = opj_create_decompress(r->m->data[0] == 0xff ? OPJ_CODEC_J2K : OPJ_CODEC_JP2);
    r->stream = opj_stream_default_create(OPJ_TRUE);
    if (!r->codec || !r->stream) return r->status = TN_NOMEM, false;
    opj_set_error_handler(r->codec, on_error, r);
    opj_set_warning_handler(r->codec, on_notice, r);
    opj_set_info_handler(r->codec, on_notice, r);
    opj_set_default_decoder_parameters(&parameters);
    opj_stream_set_read_function(r->stream, on_read);
    opj_stream_set_skip_function(r->stream, on_skip);
    opj_stream_set_seek_function(r->stream, on_seek);
    opj_stream_set_user_data(r->stream, r, NULL);
    opj_stream_set_user_data_length(r->stream, r->m->size);
    return opj_setup_decoder(r->codec, &parameters) && opj_read_header(r->stream, r->codec, &r->image);
}

// The size is checked before anything is decoded.
static bool make_room(reader *r) {
    const opj_image_t *p = r->image;
    if (p->numcomps < 1 || p->numcomps > 5)
        return on_error("it has no channels, or more than five", r), false;
    if (p->x1 <= p->x0 || p->y1 <= p->y0) return on_error("it has no pixels", r), false;
    r->status = tni_image_room(r->m, p->y1 - p->y0, p->x1 - p->x0, 3);
    return r->status == TN_OK;
}

// 8 bits of channel k at a pixel, whatever its plane's resolution, depth and sign.
static int sample(const reader *r, int k, int64_t y, int64_t x) {
    const opj_image_comp_t *c = &r->image->comps[k];
    int64_t row = y / c->dy, column = x / c->dx;
    if (row >= c->h) row = (int64_t)c->h - 1;
    if (column >= c->w) column = (int64_t)c->w - 1;
    int64_t v = c->data[row * c->w + column];
    if (c->sgnd) v += INT64_C(1) << (c->prec - 1);
    v = c->prec > 8 ? v >> (c->prec - 8) : v * (1 << (8 - c->prec));
    return v < 0 ? 0 : v > 255 ? 255 : (int)v;
}

static unsigned char clamp(double v) { return v <= 0 ? 0 : v >= 255 ? 255 : (unsigned char)(v + 0.5); }

static void from_ycc(unsigned char *to, int y, int cb, int cr) {
    to[0] = clamp(y + 1.402 * (cr - 128));
    to[1] = clamp(y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128));
    to[2] = clamp(y + 1.772 * (cb - 128));
}

static bool planes_are_there(const reader *r) {
    for (uint32_t k = 0; k < r->image->numcomps; k++) {
        const opj_image_comp_t *c = &r->image->comps[k];
        if (!c->data || !c->w || !c->h || !c->dx || !c->dy || c->prec < 1 || c->prec > 31) return false;
    }
    return r->image->numcomps > 0;
}

static void give(const reader *r) {
    unsigned char *to = r->m->pixel;
    int color = r->image->numcomps >= 3;
    bool ycc = color && r->image->color_space == OPJ_CLRSPC_SYCC;
    for (int64_t y = 0; y < r->m->height; y++)
        for (int64_t x = 0; x < r->m->width; x++, to += 3) {
            int v[3];
            for (int k = 0; k < 3; k++) v[k] = sample(r, color ? k : 0, y, x);
            for (int k = 0; k < 3; k++) to[k] = (unsigned char)v[k];
            if (ycc) from_ycc(to, v[0], v[1], v[2]);
        }
}

static bool decode(reader *r) {
    if (!begin(r) || !make_room(r)) return false;
    if (!opj_decode(r->codec, r->stream, r->image) || !opj_end_decompress(r->codec, r->stream)) return false;
    if (!planes_are_there(r)) return on_error("a channel has no data", r), false;
    give(r);
    return true;
}

tn_status tni_image_jpeg2000(tni_image *m) {
    reader r = {.m = m};
    bool fine = decode(&r);
    if (r.image) opj_image_destroy(r.image);
    if (r.codec) opj_destroy_codec(r.codec);
    if (r.stream) opj_stream_destroy(r.stream);
    if (fine || r.status != TN_OK) return r.status;
    return tni_image_fail(m, "JPEG 2000", *r.message ? r.message : "its data is damaged");
}
#else
tn_status tni_image_jpeg2000(tni_image *m) {
    return tni_image_missing(m, "JPEG 2000", "libopenjp2", "libopenjp2-7-dev");
}
#endif
