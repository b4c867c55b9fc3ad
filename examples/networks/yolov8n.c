// SPDX-License-Identifier: Apache-2.0
// yolov8n.c - YOLOv8-nano with everything in the engine: backbone, neck, head, the decoding of boxes and
// non-maximum suppression. Outputs: boxes as corners, scores, and the chosen (image, class, box) triples.
#include "network.h"

enum { CLASSES = 80, BINS = 16, MAX_BOXES = 300 };

static tn_value *conv(tn_network *net, tn_value *x, int at, int64_t out) {
    char name[32];
    snprintf(name, sizeof name, "model.%d", at);
    return tn_yolo_conv(net, x, name, out, .kernel = 3, .stride = 2);
}

static tn_value *c2f(tn_network *net, tn_value *x, int at, int64_t out, int64_t n, bool shortcut) {
    char name[32];
    snprintf(name, sizeof name, "model.%d", at);
    return tn_c2f(net, x, name, out, .n = n, .shortcut = shortcut);
}

static tn_value *up_and_join(tn_network *net, tn_value *x, tn_value *with) {
    return tn_concat(net, tn_list(tn_interpolate(net, x, .scale = 2), with), .axis = 1);
}

// The pyramid that the head works on: strides 8, 16 and 32.
static void backbone_and_neck(tn_network *net, tn_value *x, tn_value *pyramid[3]) {
    x = c2f(net, conv(net, conv(net, x, 0, 16), 1, 32), 2, 32, 1, true);
    tn_value *p3 = c2f(net, conv(net, x, 3, 64), 4, 64, 2, true);
    tn_value *p4 = c2f(net, conv(net, p3, 5, 128), 6, 128, 2, true);
    tn_value *p5 = c2f(net, conv(net, p4, 7, 256), 8, 256, 1, true);
    p5 = tn_sppf(net, p5, "model.9", 256);
    tn_value *n4 = c2f(net, up_and_join(net, p5, p4), 12, 128, 1, false);
    pyramid[0] = c2f(net, up_and_join(net, n4, p3), 15, 64, 1, false);
    x = tn_concat(net, tn_list(conv(net, pyramid[0], 16, 64), n4), .axis = 1);
    pyramid[1] = c2f(net, x, 18, 128, 1, false);
    x = tn_concat(net, tn_list(conv(net, pyramid[1], 19, 128), p5), .axis = 1);
    pyramid[2] = c2f(net, x, 21, 256, 1, false);
}

// One branch of the head at one level: two convolutions and a projection, [N,out,H*W].
static tn_value *branch(tn_network *net, tn_value *x, const char *name, int level, int64_t hidden,
                        int64_t out) {
    tn_scope_push(net, "model.22.%s.%d", name, level);
    x = tn_yolo_conv(net, x, "0", hidden, .kernel = 3);
    x = tn_yolo_conv(net, x, "1", hidden, .kernel = 3);
    x = tn_view(net, tn_conv2d(net, x, "2", out), 0, out, -1);
    tn_scope_pop(net);
    return x;
}

// The centres of a level's cells [2,H*W], x first, and its stride for each [1,H*W].
static tn_value *centres(tn_network *net, const tn_value *x) {
    int64_t h = tn_value_dim(x, 2), w = tn_value_dim(x, 3), n = h > 0 && w > 0 ? h * w : 0;
    float *at = malloc((size_t)(2 * n + 1) * sizeof *at);
    for (int64_t i = 0; at && i < n; i++) {
        at[i] = (float)(i % w) + 0.5f;
        at[n + i] = (float)(i / w) + 0.5f;
    }
    tn_value *v = at ? tn_const_data(net, "centres", TN_F32, 2, (int64_t[]){2, n}, at) : NULL;
    free(at);
    return v;
}

static tn_value *strides(tn_network *net, const tn_value *x, int level) {
    tn_value *shape = tn_index(net, 1, tn_value_dim(x, 2) * tn_value_dim(x, 3));
    return tn_expand(net, tn_scalar(net, TN_F32, 8 << level), shape);
}

// Each side's distance is the mean of its bins; corners are a centre minus and plus them, in pixels.
static tn_value *decode(tn_network *net, tn_value *box, tn_value *centre, tn_value *stride) {
    float bin[BINS];
    tn_value *part[2]; // left and top, right and bottom
    for (int i = 0; i < BINS; i++) bin[i] = (float)i;
    tn_value *bins = tn_const_data(net, "bins", TN_F32, 4, (int64_t[]){1, 1, BINS, 1}, bin);
    box = tn_softmax(net, tn_view(net, box, 0, 4, BINS, -1), .axis = 2); // [N,4,16,A]
    box = tn_reduce_sum(net, tn_mul(net, box, bins), tn_index(net, 2), .keepdims = 0);
    tn_split(net, box, .axis = 1, .num_outputs = 2, .outs = tn_outs(part));
    box = tn_concat(net, tn_list(tn_sub(net, centre, part[0]), tn_add(net, centre, part[1])), .axis = 1);
    return tn_mul(net, box, stride);
}

static void yolov8n(tn_network *net) {
    tn_value *pyramid[3], *box[3], *score[3], *centre[3], *stride[3];
    backbone_and_neck(net, tn_input(net, "images", "f32[1,3,64,64]"), pyramid);
    for (int i = 0; i < 3; i++) {
        box[i] = branch(net, pyramid[i], "cv2", i, 64, 4 * BINS);
        score[i] = branch(net, pyramid[i], "cv3", i, CLASSES, CLASSES);
        centre[i] = centres(net, pyramid[i]);
        stride[i] = strides(net, pyramid[i], i);
    }
    tn_value *boxes = decode(net, tn_concat(net, {3, box}, .axis = 2), tn_concat(net, {3, centre}, .axis = 1),
                             tn_concat(net, {3, stride}, .axis = 1));
    tn_value *scores = tn_sigmoid(net, tn_concat(net, {3, score}, .axis = 2));
    tn_value *chosen = tn_non_max_suppression(net, tn_permute(net, boxes, 0, 2, 1), scores,
                                              tn_scalar(net, TN_I64, MAX_BOXES), tn_scalar(net, TN_F32, 0.7),
                                              tn_scalar(net, TN_F32, 0.25));
    tn_output(net, boxes, "boxes");   // [1,4,A]
    tn_output(net, scores, "scores"); // [1,80,A]
    tn_output(net, chosen, "chosen"); // [K,3]
}

int main(int argc, char **argv) {
    return network_main(argc, argv, &(network){.name = "yolov8n", .build = yolov8n});
}
