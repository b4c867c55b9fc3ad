// SPDX-License-Identifier: Apache-2.0
// image.c - decoding through libpng and libjpeg, both optional at build time, and the way of the pixels into
// a tensor. Sizes are checked against the input before anything is decoded.
#include "image.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#ifdef TN_PNG
#include <png.h>
#endif
#ifdef TN_JPEG
#include <jpeglib.h>
#endif

// Where the pixels go: 8 bits a channel, rows from the top, channels interleaved.
typedef struct picture {
    int64_t height, width, channels; // channels: 1 or 3, as the input wants them
    unsigned char *pixel;            /* [height,width,channels] */
} picture;

// How the input wants its picture.
typedef struct target {
    const tn_io *io;
    int64_t dims[TN_MAX_RANK]; // -1: open
    int rank, channel_axis, height_axis, width_axis;
    double mean[3], scale[3];
    bool bgr;
} target;

static bool begins(const char *path, const char *magic, size_t size) {
    char head[8] = {0};
    FILE *f = fopen(path, "rb");
    if (!f) return false;
    size_t n = fread(head, 1, size, f);
    fclose(f);
    return n == size && !memcmp(head, magic, size);
}

static bool is_png(const char *path) { return begins(path, "\x89PNG\r\n\x1a\n", 8); }
static bool is_jpeg(const char *path) { return begins(path, "\xff\xd8\xff", 3); }

bool image_is(const char *path) { return is_png(path) || is_jpeg(path); }

// ------------------------------------------------------------------------------------------ target

// One number for all channels, or three.
static bool parse_channels(const char *text, double v[3]) {
    char *end;
    v[0] = v[1] = v[2] = strtod(text, &end);
    if (end == text) return false;
    for (int k = 1; *end == ',' && k < 3; k++) {
        text = end + 1;
        v[k] = strtod(text, &end);
        if (end == text || (k == 1 && *end != ',')) return false;
    }
    return !*end;
}

static bool channel_count(int64_t d) { return d == 1 || d == 3; }

// Which axis holds the channels: asked for, or the only one that can.
static int find_layout(cli *c, target *t) {
    const char *layout = opt_text(&c->o, OPT_IMAGE_LAYOUT);
    int first = t->rank - 3, last = t->rank - 1;
    bool nchw = channel_count(t->dims[first]), nhwc = channel_count(t->dims[last]);
    if (layout && strcmp(layout, "nchw") && strcmp(layout, "nhwc"))
        return cli_usage(c, "--image-layout is nchw or nhwc, not '%s'", safe(c, layout));
    if (!layout && nchw == nhwc)
        return cli_usage(c, "input '%s' has shape %s: say --image-layout nchw or nhwc", safe(c, t->io->name),
                         text_shape(c, t->rank, t->dims));
    bool channels_first = layout ? !strcmp(layout, "nchw") : nchw;
    t->channel_axis = channels_first ? first : last;
    t->height_axis = channels_first ? first + 1 : first;
    t->width_axis = t->height_axis + 1;
    return EXIT_FINE;
}

static int find_target(cli *c, target *t, const tn_io *io, const tn_shape *shape) {
    const char *color = opt_text(&c->o, OPT_IMAGE_COLOR);
    *t = (target){.io = io, .rank = shape ? shape->rank : io->rank, .bgr = !strcmp(color, "bgr")};
    if (t->rank != 3 && t->rank != 4)
        return cli_error(c, "input '%s' is no picture: its shape is %s", safe(c, io->name),
                         text_io_shape(c, io));
    memcpy(t->dims, shape ? shape->dims : io->dims, sizeof t->dims);
    if (!t->bgr && strcmp(color, "rgb"))
        return cli_usage(c, "--image-color is rgb or bgr, not '%s'", safe(c, color));
    if (!parse_channels(opt_text(&c->o, OPT_IMAGE_MEAN), t->mean))
        return cli_usage(c, "--image-mean wants one number or three, such as 123.7,116.3,103.5");
    if (!parse_channels(opt_text(&c->o, OPT_IMAGE_SCALE), t->scale))
        return cli_usage(c, "--image-scale wants one number or three, such as 0.0171,0.0175,0.0174");
    if (t->rank == 4 && t->dims[0] < 0) t->dims[0] = 1;
    if (t->rank == 4 && t->dims[0] != 1)
        return cli_error(c, "input '%s' holds %lld pictures; a file holds one: feed a .npy",
                         safe(c, io->name), (long long)t->dims[0]);
    return find_layout(c, t);
}

#if defined TN_PNG || defined TN_JPEG
// Fits a picture of `height` x `width` and `channels` channels in the file to the target, before decoding.
static int fit(cli *c, target *t, picture *p, const char *path, int64_t height, int64_t width, int channels) {
    int64_t *h = &t->dims[t->height_axis], *w = &t->dims[t->width_axis], *n = &t->dims[t->channel_axis];
    if ((*h >= 0 && *h != height) || (*w >= 0 && *w != width))
        return cli_error(c, "%s is %lld x %lld (height x width), input '%s' wants %s x %s: resize it first",
                         safe(c, path), (long long)height, (long long)width, safe(c, t->io->name),
                         *h < 0 ? "any" : cli_printf(c, "%lld", (long long)*h),
                         *w < 0 ? "any" : cli_printf(c, "%lld", (long long)*w));
    if (height > 1 << 14 || width > 1 << 14)
        return cli_error(c, "%s: larger than 16384 x 16384", safe(c, path));
    if (*n < 0) *n = channels == 1 ? 1 : 3;
    if (!channel_count(*n))
        return cli_error(c, "input '%s' has %lld channels; pictures have 1 or 3", safe(c, t->io->name),
                         (long long)*n);
    *h = height;
    *w = width;
    *p = (picture){height, width, *n, NULL};
    p->pixel = malloc((size_t)(height * width * *n));
    return p->pixel ? EXIT_FINE : cli_error(c, "out of memory");
}
#endif

// --------------------------------------------------------------------------------------------- PNG

#ifdef TN_PNG
typedef struct png_reader {
    FILE *file;
    png_structp png;
    png_infop info;
    char message[128];
} png_reader;

static void png_fail(png_structp png, png_const_charp message) {
    png_reader *r = png_get_error_ptr(png);
    snprintf(r->message, sizeof r->message, "%s", message);
    longjmp(png_jmpbuf(png), 1);
}

static void png_quiet(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static bool png_head(png_reader *r) {
    if (setjmp(png_jmpbuf(r->png))) return false;
    png_init_io(r->png, r->file);
    png_read_info(r->png, r->info);
    return true;
}

// Everything becomes 8 bits, no palette, no alpha, with the channels wanted. Gamma chunks are not applied.
static bool png_body(png_reader *r, const picture *p, png_bytepp rows) {
    if (setjmp(png_jmpbuf(r->png))) return false;
    png_set_expand(r->png);
    png_set_strip_16(r->png);
    png_set_strip_alpha(r->png);
    bool color = png_get_color_type(r->png, r->info) & PNG_COLOR_MASK_COLOR;
    if (p->channels == 3 && !color) png_set_gray_to_rgb(r->png);
    if (p->channels == 1 && color) png_set_rgb_to_gray_fixed(r->png, PNG_ERROR_ACTION_NONE, 29900, 58700);
    png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    if (png_get_rowbytes(r->png, r->info) != (size_t)(p->width * p->channels)) return false;
    png_read_image(r->png, rows);
    return true;
}

static int png_decode(cli *c, png_reader *r, const char *path, target *t, picture *p) {
    if (!png_head(r)) return cli_error(c, "%s: not a readable PNG: %s", safe(c, path), safe(c, r->message));
    int64_t height = png_get_image_height(r->png, r->info), width = png_get_image_width(r->png, r->info);
    bool color = png_get_color_type(r->png, r->info) & PNG_COLOR_MASK_COLOR;
    int status = fit(c, t, p, path, height, width, color ? 3 : 1);
    if (status) return status;
    png_bytepp rows = cli_alloc(c, (size_t)height, sizeof *rows);
    for (int64_t y = 0; y < height; y++) rows[y] = p->pixel + y * width * p->channels;
    if (!png_body(r, p, rows)) return cli_error(c, "%s: damaged PNG: %s", safe(c, path), safe(c, r->message));
    return EXIT_FINE;
}

static int png_load(cli *c, FILE *file, const char *path, target *t, picture *p) {
    png_reader r = {.file = file};
    r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, png_fail, png_quiet);
    r.info = r.png ? png_create_info_struct(r.png) : NULL;
    int status = r.info ? png_decode(c, &r, path, t, p) : cli_error(c, "out of memory");
    png_destroy_read_struct(&r.png, &r.info, NULL);
    return status;
}
#else
static int png_load(cli *c, FILE *file, const char *path, target *t, picture *p) {
    (void)file, (void)t, (void)p;
    return cli_error(c, "%s: this build reads no PNG (it was made without libpng)", safe(c, path));
}
#endif

// -------------------------------------------------------------------------------------------- JPEG

#ifdef TN_JPEG
typedef struct jpeg_reader {
    struct jpeg_error_mgr errors; // first: libjpeg hands it back
    struct jpeg_decompress_struct jpeg;
    jmp_buf leave;
    char message[JMSG_LENGTH_MAX];
} jpeg_reader;

static void jpeg_fail(j_common_ptr common) {
    jpeg_reader *r = (jpeg_reader *)(void *)common->err;
    common->err->format_message(common, r->message);
    longjmp(r->leave, 1);
}

static void jpeg_quiet(j_common_ptr common) { (void)common; }

static bool jpeg_head(jpeg_reader *r, FILE *file) {
    if (setjmp(r->leave)) return false;
    jpeg_create_decompress(&r->jpeg);
    jpeg_stdio_src(&r->jpeg, file);
    return jpeg_read_header(&r->jpeg, TRUE) == JPEG_HEADER_OK;
}

static bool jpeg_body(jpeg_reader *r, const picture *p) {
    if (setjmp(r->leave)) return false;
    r->jpeg.out_color_space = p->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&r->jpeg);
    if (r->jpeg.output_components != (int)p->channels) return false;
    while (r->jpeg.output_scanline < r->jpeg.output_height) {
        JSAMPROW row = p->pixel + (int64_t)r->jpeg.output_scanline * p->width * p->channels;
        jpeg_read_scanlines(&r->jpeg, &row, 1);
    }
    // A file cut short is filled up with grey by libjpeg, which only warns.
    return !r->jpeg.err->num_warnings;
}

static int jpeg_decode(cli *c, jpeg_reader *r, FILE *file, const char *path, target *t, picture *p) {
    if (!jpeg_head(r, file))
        return cli_error(c, "%s: not a readable JPEG: %s", safe(c, path), safe(c, r->message));
    int status = fit(c, t, p, path, r->jpeg.image_height, r->jpeg.image_width, r->jpeg.num_components);
    if (!status && !jpeg_body(r, p))
        status = cli_error(c, "%s: damaged JPEG: %s", safe(c, path),
                           *r->message ? safe(c, r->message) : "its data is incomplete or corrupt");
    return status;
}

static int jpeg_load(cli *c, FILE *file, const char *path, target *t, picture *p) {
    jpeg_reader r = {0};
    r.jpeg.err = jpeg_std_error(&r.errors);
    r.errors.error_exit = jpeg_fail;
    r.errors.output_message = jpeg_quiet;
    int status = jpeg_decode(c, &r, file, path, t, p);
    jpeg_destroy_decompress(&r.jpeg);
    return status;
}
#else
static int jpeg_load(cli *c, FILE *file, const char *path, target *t, picture *p) {
    (void)file, (void)t, (void)p;
    return cli_error(c, "%s: this build reads no JPEG (it was made without libjpeg)", safe(c, path));
}
#endif

// ------------------------------------------------------------------------------------------ tensor

static void fill(const target *t, const picture *p, tn_tensor *to) {
    bool planar = t->channel_axis < t->height_axis;
    int64_t plane = p->height * p->width, n = p->channels;
    for (int64_t i = 0; i < plane; i++)
        for (int64_t k = 0; k < n; k++) {
            int64_t from = t->bgr ? n - 1 - k : k;
            double v = ((double)p->pixel[i * n + from] - t->mean[k]) * t->scale[k];
            tn_tensor_set(to, planar ? k * plane + i : i * n + k, v);
        }
}

int image_load(cli *c, tn_tensor **to, const char *path, const tn_io *io, const tn_shape *shape) {
    target t;
    picture p = {0};
    int status = find_target(c, &t, io, shape);
    if (status) return status;
    FILE *file = fopen(path, "rb");
    if (!file) return cli_error(c, "cannot open %s: %s", safe(c, path), strerror(errno));
    status = is_png(path) ? png_load(c, file, path, &t, &p) : jpeg_load(c, file, path, &t, &p);
    fclose(file);
    if (!status) status = cli_report(c, tn_tensor_new(to, c->env, io->dtype, t.rank, t.dims));
    if (!status) fill(&t, &p, *to);
    free(p.pixel);
    return status;
}
