// SPDX-License-Identifier: Apache-2.0
// image.c - pictures are decoded by the operator that does so in models, ImageDecoder: a network of one node.
// Then the way of the pixels into a tensor.
#include "image.h"

#include "tenon/layers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 30 }; // of a picture's file

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

// Two letters are too little to tell a picture from raw numbers: there the name tells.
bool image_is(const char *path) {
    static const char *const names[] = {".bmp", ".jp2", ".pgm", ".pnm", ".ppm", ".tif", ".tiff", ".webp"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof names / sizeof *names; i++)
        if (!strcmp(dot, names[i])) return true;
    return begins(path, "\x89PNG\r\n\x1a\n", 8) || begins(path, "\xff\xd8\xff", 3);
}

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
    if (t->dims[t->channel_axis] >= 0 && !channel_count(t->dims[t->channel_axis]))
        return cli_error(c, "input '%s' has %lld channels; pictures have 1 or 3", safe(c, t->io->name),
                         (long long)t->dims[t->channel_axis]);
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

// Fits a picture of height x width pixels into the target.
static int fit(cli *c, target *t, const char *path, const int64_t *size) {
    int64_t *h = &t->dims[t->height_axis], *w = &t->dims[t->width_axis];
    if ((*h >= 0 && *h != size[0]) || (*w >= 0 && *w != size[1]))
        return cli_error(c, "%s is %lld x %lld (height x width), input '%s' wants %s x %s: resize it first",
                         safe(c, path), (long long)size[0], (long long)size[1], safe(c, t->io->name),
                         *h < 0 ? "any" : cli_printf(c, "%lld", (long long)*h),
                         *w < 0 ? "any" : cli_printf(c, "%lld", (long long)*w));
    *h = size[0];
    *w = size[1];
    return EXIT_FINE;
}

// ----------------------------------------------------------------------------------------- decoding

static int load_bytes(cli *c, tn_tensor **to, const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return cli_error(c, "cannot open %s: %s", safe(c, path), strerror(errno));
    long size = fseek(file, 0, SEEK_END) ? -1 : ftell(file);
    int status = EXIT_FINE;
    if (size < 0 || size > MOST_BYTES || fseek(file, 0, SEEK_SET))
        status = cli_error(c, "%s is no file of up to 1 GiB", safe(c, path));
    if (!status) status = cli_report(c, tn_tensor_new(to, c->env, TN_U8, 1, (const int64_t[]){size}));
    if (!status && fread(tn_tensor_data(*to), 1, (size_t)size, file) != (size_t)size)
        status = cli_error(c, "cannot read %s", safe(c, path));
    fclose(file);
    return status;
}

static tn_status decoder(cli *c, const char *pixels, tn_plan **plan) {
    tn_network *net = NULL;
    tn_graph *graph = NULL;
    tn_status status = tn_network_new(&net, c->env, "picture", c->diags);
    if (status == TN_OK) {
        tn_value *file = tn_input(net, "file", "u8[N]");
        tn_output(net, tn_image_decoder(net, file, .pixel_format = pixels), "pixels");
        status = tn_network_finish(net, &graph);
    }
    if (status == TN_OK)
        status = tn_plan_build(plan, graph, &(tn_build_options){.no_timing = true}, c->diags);
    tn_graph_free(graph);
    tn_network_free(net);
    return status;
}

// A context that has decoded `file`.
static tn_status decode(cli *c, const tn_plan *plan, const tn_tensor *file, tn_context **context) {
    tn_status status = tn_context_new(context, plan, NULL, c->diags);
    if (status == TN_OK) status = tn_context_set_input(*context, 0, file, c->diags);
    return status == TN_OK ? tn_context_run(*context, c->diags) : status;
}

// ------------------------------------------------------------------------------------------ tensor

static void fill(const target *t, const tn_tensor *pixels, tn_tensor *to) {
    const int64_t *size = tn_tensor_dims(pixels);
    const unsigned char *pixel = tn_tensor_const_data(pixels);
    bool planar = t->channel_axis < t->height_axis;
    int64_t plane = size[0] * size[1], n = size[2];
    for (int64_t i = 0; i < plane; i++)
        for (int64_t k = 0; k < n; k++) {
            double v = ((double)pixel[i * n + k] - t->mean[k]) * t->scale[k];
            tn_tensor_set(to, planar ? k * plane + i : i * n + k, v);
        }
}

static int load(cli *c, tn_tensor **to, const char *path, target *t, const tn_tensor *file) {
    tn_plan *plan = NULL;
    tn_context *context = NULL;
    int64_t *channels = &t->dims[t->channel_axis];
    if (*channels < 0) *channels = 3;
    tn_status done = decoder(c, *channels == 1 ? "Grayscale" : t->bgr ? "BGR" : "RGB", &plan);
    if (done == TN_OK) done = decode(c, plan, file, &context);
    int status = done == TN_OK ? EXIT_FINE : cli_report(c, done);
    const tn_tensor *pixels = status ? NULL : tn_context_output(context, 0);
    if (!status) status = fit(c, t, path, tn_tensor_dims(pixels));
    if (!status) status = cli_report(c, tn_tensor_new(to, c->env, t->io->dtype, t->rank, t->dims));
    if (!status) fill(t, pixels, *to);
    tn_context_free(context);
    tn_plan_free(plan);
    return status;
}

int image_load(cli *c, tn_tensor **to, const char *path, const tn_io *io, const tn_shape *shape) {
    target t;
    tn_tensor *file = NULL;
    int status = find_target(c, &t, io, shape);
    if (!status) status = load_bytes(c, &file, path);
    if (!status) status = load(c, to, path, &t, file);
    tn_tensor_free(file);
    return status;
}
