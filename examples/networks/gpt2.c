// SPDX-License-Identifier: Apache-2.0
// gpt2.c - a decoder with a cache of keys and values, as transformers' GPT2LMHeadModel has it: S new tokens
// after P old ones, whose keys and values go in; those of all of them come out, for the next step. The check
// runs a tiny one (two layers of width 64); with a checkpoint it is GPT-2.
#include "network.h"

typedef struct sizes {
    int64_t vocabulary, positions, width, heads;
    int layers;
} sizes;

static const sizes tiny = {100, 32, 64, 4, 2}, small = {50257, 1024, 768, 12, 12};

// The size of one dimension as an i64 scalar.
static tn_value *size_of(tn_network *net, tn_value *x, int64_t axis) {
    return tn_squeeze(net, tn_shape_of(net, x, .start = axis, .end = axis + 1), tn_index(net, 0));
}

static tn_value *to_heads(tn_network *net, const sizes *z, tn_value *x) { // [N,heads,S,D]
    return tn_permute(net, tn_view(net, x, 0, 0, z->heads, z->width / z->heads), 0, 2, 1, 3);
}

// 0 for what a token may see, far below zero for what comes after it: [S,P+S].
static tn_value *causal(tn_network *net, tn_value *tokens, tn_value *past, tn_value *all) {
    tn_value *axis = tn_index(net, 0);
    tn_value *shape =
        tn_concat(net, tn_list(tn_unsqueeze(net, tokens, axis), tn_unsqueeze(net, all, axis)), .axis = 0);
    tn_value *hidden = tn_expand(net, tn_scalar(net, TN_F32, -1e9), shape);
    return tn_trilu(net, hidden, tn_add(net, past, tn_scalar(net, TN_I64, 1)), .upper = 1);
}

typedef struct cache { // of one layer, [N,heads,*,D]
    tn_value *key, *value;
} cache;

static tn_value *attention(tn_network *net, const sizes *z, tn_value *x, tn_value *mask, cache *c) {
    tn_value *part[3]; // q, k, v
    int64_t depth = z->width / z->heads;
    x = tn_linear(net, x, "c_attn", 3 * z->width, .transposed = true);
    tn_split(net, x, .axis = -1, .num_outputs = 3, .outs = tn_outs(part));
    c->key = tn_concat(net, tn_list(c->key, to_heads(net, z, part[1])), .axis = 2);
    c->value = tn_concat(net, tn_list(c->value, to_heads(net, z, part[2])), .axis = 2);
    tn_value *q = tn_mul(net, to_heads(net, z, part[0]), tn_scalar(net, TN_F32, 1 / sqrt((double)depth)));
    tn_value *scores = tn_add(net, tn_matmul(net, q, tn_permute(net, c->key, 0, 1, 3, 2)), mask);
    x = tn_matmul(net, tn_softmax(net, scores, .axis = -1), c->value);
    x = tn_view(net, tn_permute(net, x, 0, 2, 1, 3), 0, 0, z->width);
    return tn_linear(net, x, "c_proj", z->width, .transposed = true);
}

static tn_value *block(tn_network *net, const sizes *z, tn_value *x, tn_value *mask, int i, cache *c) {
    tn_scope_push(net, "transformer.h.%d", i);
    tn_value *h = tn_layer_norm(net, x, "ln_1");
    tn_scope_push(net, "attn");
    x = tn_add(net, x, attention(net, z, h, mask, c));
    tn_scope_pop(net);
    h = tn_linear(net, tn_layer_norm(net, x, "ln_2"), "mlp.c_fc", 4 * z->width, .transposed = true);
    h = tn_activation(net, h, "gelu_tanh");
    x = tn_add(net, x, tn_linear(net, h, "mlp.c_proj", z->width, .transposed = true));
    tn_scope_pop(net);
    return x;
}

// past_key_0, past_value_0, past_key_1...: [N,heads,P,D].
static tn_value *past_input(tn_network *net, const sizes *z, const char *what, int i) {
    char name[32], type[64];
    snprintf(name, sizeof name, "past_%s_%d", what, i);
    snprintf(type, sizeof type, "f32[N,%lld,P,%lld]", (long long)z->heads, (long long)(z->width / z->heads));
    return tn_input(net, name, type);
}

static void decoder(tn_network *net, const sizes *z) {
    enum { MAX_LAYERS = 48 };
    cache c[MAX_LAYERS];
    char name[32];
    tn_value *ids = tn_input(net, "input_ids", "i64[N,S]");
    for (int i = 0; i < z->layers; i++) {
        c[i].key = past_input(net, z, "key", i);
        c[i].value = past_input(net, z, "value", i);
    }
    tn_value *tokens = size_of(net, ids, 1), *past = size_of(net, c[0].key, 2),
             *all = tn_add(net, past, tokens);
    tn_value *x = tn_embedding(net, ids, "transformer.wte", z->vocabulary, z->width);
    tn_value *at = tn_range(net, past, all, tn_scalar(net, TN_I64, 1));
    x = tn_add(net, x, tn_embedding(net, at, "transformer.wpe", z->positions, z->width));
    tn_value *mask = causal(net, tokens, past, all);
    for (int i = 0; i < z->layers; i++) x = block(net, z, x, mask, i, &c[i]);
    x = tn_layer_norm(net, x, "transformer.ln_f");
    x = tn_matmul(net, x, tn_permute(net, tn_weight(net, "transformer.wte.weight", NULL), 1, 0)); // tied
    tn_output(net, x, "logits");
    for (int i = 0; i < z->layers; i++) {
        snprintf(name, sizeof name, "present_key_%d", i);
        tn_output(net, c[i].key, name);
        snprintf(name, sizeof name, "present_value_%d", i);
        tn_output(net, c[i].value, name);
    }
}

static void gpt2_tiny(tn_network *net) { decoder(net, &tiny); }
static void gpt2(tn_network *net) { decoder(net, &small); }

int main(int argc, char **argv) {
    return network_main(
        argc, argv,
        &(network){.name = "gpt2", .build = gpt2_tiny, .full = gpt2, .vocabulary = 100, .sizes = {{"S", 4}}});
}
