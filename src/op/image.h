// SPDX-License-Identifier: Apache-2.0
// image.h - what the readers of picture files have in common: bytes in, 8 bits a channel out, grey or RGB.
// Each format has one file; those that stand on a library work without it by saying what is missing.
#ifndef TN_OP_IMAGE_H
#define TN_OP_IMAGE_H

#include "op/op.h"

#define TNI_IMAGE_PIXELS (INT64_C(1) << 28) // larger pictures are taken for an attack

typedef struct tni_image {
    tn_call *call;
    const unsigned char *data; /* [size] the file */
    size_t size;
    int64_t height, width;
    int channels;         // 1 grey, 3 RGB
    unsigned char *pixel; /* [height,width,channels], the call's memory */
} tni_image;

// Sets the size and makes room for the pixels, zeroed; fails when there are none or too many.
tn_status tni_image_room(tni_image *m, uint64_t height, uint64_t width, int channels);
// Fails the call: "the BMP picture: ...".
tn_status tni_image_fail(tni_image *m, const char *format, const char *why);
// Fails the call because this build has no `library`.
tn_status tni_image_missing(tni_image *m, const char *format, const char *library, const char *package);

tn_status tni_image_bmp(tni_image *m);
tn_status tni_image_pnm(tni_image *m);
tn_status tni_image_png(tni_image *m);
tn_status tni_image_jpeg(tni_image *m);
tn_status tni_image_tiff(tni_image *m);
tn_status tni_image_webp(tni_image *m);
tn_status tni_image_jpeg2000(tni_image *m);

#endif
