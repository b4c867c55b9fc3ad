// SPDX-License-Identifier: Apache-2.0
// image_jpeg.c - JPEG through libjpeg with its exact inverse transform and smooth upsampling of colour, as
// ONNX asks. What lives across its longjmp is in the struct, not in variables.
#include "op/image.h"

#ifdef TN_JPEG
#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include <jerror.h>

enum { MAX_SCANS = 500 }; // of a progressive file: more only cost time

typedef struct reader {
    struct jpeg_error_mgr errors; // first: libjpeg hands it back
    struct jpeg_decompress_struct jpeg;
    struct jpeg_progress_mgr progress;
    jmp_buf leave;
    tni_image *m;
    unsigned char *line; /* [width,4] of CMYK */
    tn_status status;    // of what fails outside libjpeg
    char message[JMSG_LENGTH_MAX];
} reader;

static void on_error(j_common_ptr common) {
    reader *r = (reader *)(void *)common->err;
    common->err->format_message(common, r->message);
    longjmp(r->leave, 1);
}

// libjpeg fills what is missing up with grey and warns; that is an error here.
static void on_message(j_common_ptr common, int level) {
    int code = common->err->msg_code;
    if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE ||
                      code == JWRN_ARITH_BAD_CODE))
        on_error(common);
}

static void on_output(j_common_ptr common) { (void)common; }

static void on_progress(j_common_ptr common) {
    reader *r = (reader *)(void *)common->err;
    if (r->jpeg.input_scan_number <= MAX_SCANS) return;
    snprintf(r->message, sizeof r->message, "it has more than %d scans", MAX_SCANS);
    longjmp(r->leave, 1);
}

static void begin(reader *r) {
    jpeg_create_decompress(&r->jpeg);
    r->progress.progress_monitor = on_progress;
    r->jpeg.progress = &r->progress;
    jpeg_mem_src(&r->jpeg, r->m->data, (unsigned long)r->m->size);
    jpeg_read_header(&r->jpeg, TRUE);
    int n = r->jpeg.num_components;
    r->jpeg.out_color_space = n == 1 ? JCS_GRAYSCALE : n == 4 ? JCS_CMYK : JCS_RGB;
    r->jpeg.dct_method = JDCT_ISLOW;
    r->jpeg.do_fancy_upsampling = TRUE;
}

// Inks to light; Adobe's files have light in place of ink already.
static void from_cmyk(const reader *r, unsigned char *to) {
    unsigned inverted = r->jpeg.saw_Adobe_marker ? 0 : 255;
    const unsigned char *from = r->line;
    for (int64_t x = 0; x < r->m->width; x++, from += 4, to += 3)
        for (int k = 0; k < 3; k++)
            to[k] = (unsigned char)(((from[k] ^ inverted) * (from[3] ^ inverted) + 127) / 255);
}

static void read_lines(reader *r) {
    tni_image *m = r->m;
    while (r->jpeg.output_scanline < r->jpeg.output_height) {
        unsigned char *to = m->pixel + (int64_t)r->jpeg.output_scanline * m->width * m->channels;
        JSAMPROW row = r->line ? r->line : to;
        if (jpeg_read_scanlines(&r->jpeg, &row, 1) == 1 && r->line) from_cmyk(r, to);
    }
}

static bool decode(reader *r) {
    if (setjmp(r->leave)) return false;
    begin(r);
    r->status =
        tni_image_room(r->m, r->jpeg.image_height, r->jpeg.image_width, r->jpeg.num_components == 1 ? 1 : 3);
    if (r->status != TN_OK) return true;
    if (r->jpeg.out_color_space == JCS_CMYK) {
        r->line = tni_scratch(r->m->call, r->m->width, 4);
        if (!r->line) return r->status = TN_NOMEM, true;
    }
    jpeg_start_decompress(&r->jpeg);
    read_lines(r);
    return true;
}

tn_status tni_image_jpeg(tni_image *m) {
    reader r = {.m = m};
    r.jpeg.err = jpeg_std_error(&r.errors);
    r.errors.error_exit = on_error;
    r.errors.emit_message = on_message;
    r.errors.output_message = on_output;
    bool fine = decode(&r);
    jpeg_destroy_decompress(&r.jpeg);
    return fine ? r.status : tni_image_fail(m, "JPEG", r.message);
}
#else
tn_status tni_image_jpeg(tni_image *m) {
    return tni_image_missing(m, "JPEG", "libjpeg", "libjpeg62-turbo-dev");
}
#endif
