// SPDX-License-Identifier: Apache-2.0
// bert_base.c - BERT as transformers' BertModel has it. The check runs a tiny one (two layers of width 64);
// with a checkpoint it is BERT-base.
#include "network.h"

typedef struct sizes {
    int64_t vocabulary, positions, width, heads, feedforward;
    int layers;
} sizes;

static const sizes tiny = {100, 32, 64, 4, 128, 2}, base = {30522, 512, 768, 12, 3072, 12};

static const double eps = 1e-12;

// Words, positions and kinds of sentence, summed.
static tn_value *embeddings(tn_network *net, const sizes *z, tn_value *ids) {
    tn_scope_push(net, "embeddings");
    tn_value *x = tn_embedding(net, ids, "word_embeddings", z->vocabulary, z->width);
    tn_value *length = tn_squeeze(net, tn_shape_of(net, ids, .start = 1, .end = 2), tn_index(net, 0));
    tn_value *at = tn_range(net, tn_scalar(net, TN_I64, 0), length, tn_scalar(net, TN_I64, 1));
    tn_value *kind = tn_embedding(net, tn_index(net, 0), "token_type_embeddings", 2, z->width);
    x = tn_add(net, x, tn_embedding(net, at, "position_embeddings", z->positions, z->width));
    x = tn_layer_norm(net, tn_add(net, x, kind), "LayerNorm", .eps = eps);
    tn_scope_pop(net);
    return x;
}

static tn_value *layer(tn_network *net, const sizes *z, tn_value *x, tn_value *mask, int i) {
    tn_scope_push(net, "encoder.layer.%d", i);
    tn_value *q = tn_linear(net, x, "attention.self.query", z->width);
    tn_value *k = tn_linear(net, x, "attention.self.key", z->width);
    tn_value *v = tn_linear(net, x, "attention.self.value", z->width);
    tn_value *y = tn_linear(net, tn_attend(net, q, k, v, z->heads, mask), "attention.output.dense", z->width);
    x = tn_layer_norm(net, tn_add(net, y, x), "attention.output.LayerNorm", .eps = eps);
    y = tn_gelu(net, tn_linear(net, x, "intermediate.dense", z->feedforward));
    y = tn_linear(net, y, "output.dense", z->width);
    x = tn_layer_norm(net, tn_add(net, y, x), "output.LayerNorm", .eps = eps);
    tn_scope_pop(net);
    return x;
}

// 0 where the attention mask is 1, far below zero where it is 0: [N,1,1,S].
static tn_value *additive(tn_network *net, tn_value *mask) {
    tn_value *m = tn_unsqueeze(net, tn_cast(net, mask, .to = TN_F32), tn_index(net, 1, 2));
    m = tn_sub(net, tn_scalar(net, TN_F32, 1), m);
    return tn_mul(net, m, tn_scalar(net, TN_F32, -3.4028234663852886e38));
}

static void bert(tn_network *net, const sizes *z, tn_value *ids, tn_value *mask) {
    tn_value *x = embeddings(net, z, ids);
    for (int i = 0; i < z->layers; i++) x = layer(net, z, x, additive(net, mask), i);
    tn_output(net, x, "last_hidden_state");
    tn_value *first = tn_gather(net, x, tn_scalar(net, TN_I64, 0), .axis = 1);
    tn_output(net, tn_tanh(net, tn_linear(net, first, "pooler.dense", z->width)), "pooler_output");
}

static void bert_base(tn_network *net) {
    bert(net, &base, tn_input(net, "input_ids", "i64[N,S]"), tn_input(net, "attention_mask", "i64[N,S]"));
}

static void bert_tiny(tn_network *net) { // the second sentence is shorter
    tn_value *mask = tn_const(net, "attention_mask", "i64[2,8] = {1,1,1,1,1,1,1,1, 1,1,1,1,1,1,0,0}");
    bert(net, &tiny, tn_input(net, "input_ids", "i64[2,8]"), mask);
}

int main(int argc, char **argv) {
    return network_main(
        argc, argv,
        &(network){.name = "bert_base", .build = bert_tiny, .full = bert_base, .vocabulary = 100});
}
