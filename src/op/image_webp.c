// SPDX-License-Identifier: Apache-2.0
// image_webp.c - WebP, lossy and lossless, through libwebp. Animations are refused.
#include "op/image.h"

#ifdef TN_WEBP
#include <webp/decode.h>

static const char *reason(VP8StatusCode code) {
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY: return "libwebp found no memory";
    case VP8_STATUS_UNSUPPORTED_FEATURE: return "it uses what libwebp does not support";
    case VP8_STATUS_NOT_ENOUGH_DATA: return "it ends too early";
    default: return "its data is damaged";
    }
}

tn_status tni_image_webp(tni_image *m) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return tni_image_fail(m, "WebP", "libwebp is of another version");
    VP8StatusCode code = WebPGetFeatures(m->data, m->size, &config.input);
    if (code != VP8_STATUS_OK) return tni_image_fail(m, "WebP", reason(code));
    if (config.input.has_animation) return tni_image_fail(m, "WebP", "it is an animation, not a picture");
    TN_TRY(tni_image_room(m, (uint64_t)config.input.height, (uint64_t)config.input.width, 3));
    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = m->pixel;
    config.output.u.RGBA.stride = (int)(m->width * 3);
    config.output.u.RGBA.size = (size_t)(m->height * m->width * 3);
    code = WebPDecode(m->data, m->size, &config);
    WebPFreeDecBuffer(&config.output);
    return code == VP8_STATUS_OK ? TN_OK : tni_image_fail(m, "WebP", reason(code));
}
#else
tn_status tni_image_webp(tni_image *m) { return tni_image_missing(m, "WebP", "libwebp", "libwebp-dev"); }
#endif
