// SPDX-License-Identifier: Apache-2.0
// crnn.c - text recognition: seven convolutions bring a line of text to one row, two bidirectional LSTMs read
// it; the output is the scores of each character at each step, for CTC.
#include "network.h"

enum { HIDDEN = 256, CHARACTERS = 37 };

static tn_value *convolutions(tn_network *net, tn_value *x) {
    static const int64_t channels[] = {64, 128, 256, 256, 512, 512, 512};
    char conv[32], norm[32];
    tn_scope_push(net, "cnn");
    for (int i = 0; i < 7; i++) {
        snprintf(conv, sizeof conv, "conv%d", i);
        snprintf(norm, sizeof norm, "batchnorm%d", i);
        x = tn_conv2d(net, x, conv, channels[i], .kernel = i < 6 ? 3 : 2, .padding = i < 6);
        if (i == 2 || i == 4 || i == 6) x = tn_batch_norm(net, x, norm);
        x = tn_relu(net, x);
        if (i < 2) x = tn_max_pool2d(net, x, .kernel = 2);
        if (i == 3 || i == 5) // wide steps down, narrow steps along the line
            x = tn_max_pool2d(net, x, .kernel = 2, .stride_hw = {2, 1}, .padding_hw = {0, 1});
    }
    tn_scope_pop(net);
    return x;
}

// PyTorch's gates are input, forget, cell, output; ONNX's input, output, forget, cell.
static tn_value *gates(tn_network *net, const char *name, int64_t width) {
    tn_value *g[4], *w = width ? tn_weight_f32(net, name, 2, (int64_t[]){4 * HIDDEN, width})
                               : tn_weight_f32(net, name, 1, (int64_t[]){4 * HIDDEN});
    tn_split(net, w, .axis = 0, .num_outputs = 4, .outs = tn_outs(g));
    return tn_concat(net, tn_list(g[0], g[3], g[1], g[2]), .axis = 0);
}

// Both directions of one kind of weight: [2,4*HIDDEN,width].
static tn_value *directions(tn_network *net, const char *kind, int64_t width) {
    char reverse[32];
    snprintf(reverse, sizeof reverse, "%s_reverse", kind);
    tn_value *axis = tn_index(net, 0), *forward = tn_unsqueeze(net, gates(net, kind, width), axis);
    return tn_concat(net, tn_list(forward, tn_unsqueeze(net, gates(net, reverse, width), axis)), .axis = 0);
}

// [T,N,C] to [T,N,out].
static tn_value *bidirectional(tn_network *net, tn_value *x, int i, int64_t out) {
    tn_scope_push(net, "rnn.%d", i);
    tn_scope_push(net, "rnn");
    tn_value *w = directions(net, "weight_ih_l0", tn_value_dim(x, -1));
    tn_value *r = directions(net, "weight_hh_l0", HIDDEN);
    tn_value *b = tn_concat(net, tn_list(directions(net, "bias_ih_l0", 0), directions(net, "bias_hh_l0", 0)),
                            .axis = 1);
    tn_scope_pop(net);
    x = tn_lstm(net, x, w, r, b, .hidden_size = HIDDEN, .direction = "bidirectional"); // [T,2,N,H]
    x = tn_view(net, tn_permute(net, x, 0, 2, 1, 3), 0, 0, 2 * HIDDEN);
    x = tn_linear(net, x, "embedding", out);
    tn_scope_pop(net);
    return x;
}

static void crnn(tn_network *net) {
    tn_value *x = convolutions(net, tn_input(net, "line", "f32[N,1,32,W]")); // [N,512,1,T]
    x = tn_permute(net, tn_squeeze(net, x, tn_index(net, 2)), 2, 0, 1);
    x = bidirectional(net, x, 0, HIDDEN);
    tn_output(net, bidirectional(net, x, 1, CHARACTERS), "characters");
}

int main(int argc, char **argv) {
    return network_main(argc, argv, &(network){.name = "crnn", .build = crnn, .sizes = {{"W", 40}}});
}
