// SPDX-License-Identifier: Apache-2.0
// image_decoder.c - ImageDecoder: a picture file as pixels [H,W,C]. The format is told by the first bytes.
// Alpha is dropped, palettes are resolved, 16 bits become 8. Where ONNX would return an empty tensor for a
// damaged file, the run fails and says why.
#include "op/image.h"

tn_status tni_image_fail(tni_image *m, const char *format, const char *why) {
    return tn_call_fail(m->call, TN_INVALID, "the %s picture: %s", format, why);
}

tn_status tni_image_missing(tni_image *m, const char *format, const char *library, const char *package) {
    return tn_call_fail(m->call, TN_UNSUPPORTED,
                        "the picture is a %s, and this build has no %s: install %s (Debian's name) and build "
                        "again, or convert the picture to PNM or BMP",
                        format, library, package);
}

tn_status tni_image_room(tni_image *m, uint64_t height, uint64_t width, int channels) {
    if (!height || !width) return tn_call_fail(m->call, TN_INVALID, "the picture has no pixels");
    if (width > (uint64_t)TNI_IMAGE_PIXELS || height > (uint64_t)TNI_IMAGE_PIXELS / width)
        return tn_call_fail(m->call, TN_INVALID,
                            "the picture says it is %llu x %llu; at most 2^28 pixels are read",
                            (unsigned long long)width, (unsigned long long)height);
    m->height = (int64_t)height;
    m->width = (int64_t)width;
    m->channels = channels;
    m->pixel = tni_scratch(m->call, m->height * m->width, (size_t)channels);
    if (!m->pixel) return TN_NOMEM;
    memset(m->pixel, 0, (size_t)(m->height * m->width * channels));
    return TN_OK;
}

// ------------------------------------------------------------------------------------------------ formats

typedef struct format {
    size_t at, length;
    const char *magic;
    tn_status (*read)(tni_image *m);
} format;

static const format formats[] = {
    {0, 8, "\x89PNG\r\n\x1a\n", tni_image_png},
    {0, 3, "\xff\xd8\xff", tni_image_jpeg},
    {0, 2, "BM", tni_image_bmp},
    {0, 4, "II*\0", tni_image_tiff},
    {0, 4, "MM\0*", tni_image_tiff},
    {0, 4, "II+\0", tni_image_tiff},
    {0, 4, "MM\0+", tni_image_tiff},
    {8, 4, "WEBP", tni_image_webp},
    {4, 8, "jP  \r\n\x87\n", tni_image_jpeg2000},
    {0, 4, "\xff\x4f\xff\x51", tni_image_jpeg2000},
};

static tn_status read_picture(tni_image *m) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const format *f = &formats[i];
        if (m->size >= f->at + f->length && !memcmp(m->data + f->at, f->magic, f->length)) return f->read(m);
    }
    if (m->size > 2 && m->data[0] == 'P' && m->data[1] >= '1' && m->data[1] <= '6') return tni_image_pnm(m);
    return tn_call_fail(
        m->call, TN_INVALID,
        "the %zu bytes are no picture: they begin like none of BMP, JPEG, JPEG 2000, PNG, PNM, "
        "TIFF and WebP",
        m->size);
}

// ------------------------------------------------------------------------------------------------- pixels

// Luma of ITU-R 601 in 16 bits of fraction, rounded.
static unsigned char grey(const unsigned char *p) {
    return (unsigned char)((19595u * p[0] + 38470u * p[1] + 7471u * p[2] + 0x8000u) >> 16);
}

static void give(const tni_image *m, bool bgr, int channels, unsigned char *to) {
    const unsigned char *from = m->pixel;
    for (int64_t i = 0; i < m->height * m->width; i++, from += m->channels, to += channels) {
        if (channels == 1) to[0] = m->channels == 1 ? from[0] : grey(from);
        for (int k = 0; channels == 3 && k < 3; k++) to[k] = from[m->channels == 1 ? 0 : bgr ? 2 - k : k];
    }
}

static tn_status image_decoder_ref(tn_call *c) {
    const tn_tensor *x = c->in[0];
    tni_image m = {.call = c, .data = x->data, .size = (size_t)tn_count(x)};
    int channels = tn_attr_is(c->attrs, "pixel_format", "Grayscale") ? 1 : 3;
    TN_TRY(read_picture(&m));
    TN_TRY(tn_call_resize(c, 0, 3, (int64_t[]){m.height, m.width, channels}));
    if (c->out[0]) give(&m, tn_attr_is(c->attrs, "pixel_format", "BGR"), channels, c->out[0]->data);
    return TN_OK;
}

static tn_status image_decoder_infer(tn_infer *c) {
    const char *pixels = tn_attr_string(c->attrs, "pixel_format");
    bool grey_wanted = !strcmp(pixels, "Grayscale");
    TN_TRY(tni_want_rank(c, 0, "the encoded stream", 1, 1));
    if (!grey_wanted && strcmp(pixels, "RGB") != 0 && strcmp(pixels, "BGR") != 0)
        return tn_infer_fail(c, "pixel_format is 'RGB', 'BGR' or 'Grayscale', not '%s'", pixels);
    tn_dim height = tn_dim_fresh(c->dims), width = tn_dim_fresh(c->dims);
    tni_shape_out(c, 0, TN_U8, 3, (tn_dim[]){height, width, tn_k(grey_wanted ? 1 : 3)});
    return TN_OK;
}

TN_OP(image_decoder) = {
    TN_HERE,
    .name = "ImageDecoder",
    .since = 20,
    .doc = "A BMP, JPEG, JPEG 2000, PNG, PNM, TIFF or WebP file as pixels [H,W,C]",
    .traits = TN_DATA_SHAPE,
    .in = {{"encoded_stream", "u8"}},
    .out = {{"image", "u8"}},
    .attrs = {{"pixel_format", TN_ATTR_STRING, .s = "RGB"}},
    .infer = image_decoder_infer,
    .ref = image_decoder_ref,
};
