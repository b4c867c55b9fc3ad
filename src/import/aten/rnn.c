// SPDX-License-Identifier: Apache-2.0
// rnn.c - PyTorch's recurrent layers: one node of the graph a layer. PyTorch has the gates of an LSTM in the
// order i f g o and of a GRU r z n; ONNX i o f g and z r n, both directions in one tensor.
#include "import/aten/aten.h"

#include "ir/dim.h"

#include <string.h>

typedef struct kind {
    const char *op;
    int gates;
    const int *order; // of PyTorch's gates in ONNX
} kind;

typedef struct layers {
    tni_value *weight[TNI_AT_LIST];
    size_t n, each; // tensors of one direction of one layer
    bool biases, both;
    bool projected; // what it gives is the last of them times o * tanh(c)
    bool begun;     // of projected layers: their first h may be other than 0
    int64_t count, hidden;
    kind kind;
} layers;

// Projections. The operator knows none, but with m = o * tanh(c), which is what it gives, h = W_hr m, so that
// W_hh h = (W_hh W_hr) m: a layer without a projection, projected afterwards. The first h is of no m; it goes
// in with the first x, as more elements of it, that W_hh stands beside W_ih for; the other direction's are
// apart.
static tni_value *projected_weight(tn_aten *c, const layers *l, tni_value *const *w, size_t which, size_t d) {
    if (which == 1) return tni_at_expr(c, "MatMul($0, $1)", w[1], w[l->each - 1]);
    if (which != 0 || !l->begun) return w[which];
    if (!l->both) return tni_at_expr(c, "Concat($0, $1){axis=1}", w[0], w[1]);
    tni_value *none = tni_at_expr(c, "Mul($0, 0)", w[1]);
    return tni_at_expr(c, "Concat($0, $1, $2){axis=1}", w[0], d ? none : w[1], d ? w[1] : none);
}

// Weight `which` of layer `i`, its directions one after the other along a new first dimension, the gates of
// each in ONNX's order. Biases come in pairs.
static tni_value *stacked(tn_aten *c, const layers *l, int64_t i, size_t which) {
    tni_value *part[4], *all;
    size_t directions = l->both ? 2 : 1, n = 0, same = which == 2 ? 2 : 1;
    for (size_t d = 0; d < directions; d++) {
        tni_value *const *w = &l->weight[((size_t)i * directions + d) * l->each];
        for (size_t k = 0; k < same; k++)
            part[n++] = l->projected ? projected_weight(c, l, w, which + k, d) : w[which + k];
    }
    tni_at_clear(c);
    tni_at_set_int(c, "axis", 0);
    all = n == 1 ? part[0] : tni_at_list(c, "Concat", n, part);
    tni_at_clear(c);
    int64_t apart[] = {(int64_t)n, l->kind.gates, -1}, order[4];
    for (int g = 0; g < l->kind.gates; g++) order[g] = l->kind.order[g];
    if (l->kind.gates > 1)
        all = tni_at_expr(c, "Gather(Reshape($0, $1), $2){axis=1}", all, tni_at_vector(c, apart, 3),
                          tni_at_vector(c, order, (size_t)l->kind.gates));
    int64_t shape[] = {(int64_t)directions, which == 2 ? -1 : l->kind.gates * l->hidden, -1};
    return tni_at_expr(c, "Reshape($0, $1)", all, tni_at_vector(c, shape, which == 2 ? 2 : 3));
}

// The states of layer `i` out of those of all layers.
static tni_value *state_of(tn_aten *c, const layers *l, tni_value *all, int64_t i) {
    int64_t n = l->both ? 2 : 1, from = i * n, to = from + n;
    if (l->count == 1) return all;
    return tni_at_expr(c, "Slice($0, $1, $2)", all, tni_at_vector(c, &from, 1), tni_at_vector(c, &to, 1));
}

// The input of projected layers whose first state is `h`.
static tni_value *with_first(tn_aten *c, const layers *l, tni_value *x, tni_value *h) {
    if (!l->begun) return x;
    tni_value *later = tni_at_expr(c, "Sub(Gather(Shape($0), [0]), [1])", x);
    const char *first = "Pad(Slice($0, [0], [1]), Concat([0, 0, 0], $1, [0, 0]){axis=0})",
               *last = "Pad(Slice($0, [1], [2]), Concat($1, [0, 0, 0, 0, 0]){axis=0})";
    if (!l->both) return tni_at_expr(c, "Concat($0, $1){axis=2}", x, tni_at_expr(c, first, h, later));
    return tni_at_expr(c, "Concat($0, $1, $2){axis=2}", x, tni_at_expr(c, first, h, later),
                       tni_at_expr(c, last, h, later));
}

// Layer `i`'s projections, [directions, H, P]: what it gives is [T, directions, B, H] and [directions, B, H].
static tni_value *projection(tn_aten *c, const layers *l, int64_t i) {
    size_t directions = l->both ? 2 : 1;
    tni_value *const *w = &l->weight[((size_t)i * directions + 1) * l->each - 1];
    if (!l->both) return tni_at_expr(c, "Transpose($0){perm=[1, 0]}", w[0]);
    int64_t shape[] = {2, -1, l->hidden};
    return tni_at_expr(c, "Transpose(Reshape(Concat($0, $1){axis=0}, $2)){perm=[0, 2, 1]}", w[0], w[l->each],
                       tni_at_vector(c, shape, 3));
}

static bool is_zero(const tni_value *v) { // as torch.zeros makes it
    const tn_tensor *of = v && v->def && tni_is(v->def, "Expand") ? tni_constant(tni_in(v->def, 0)) : NULL;
    return of && tni_get(of, 0) == 0;
}

// `cell`: of an LSTM, else NULL. Its size is that of the layers; that of `h` another one where they are
// projected.
static bool read_layers(tn_aten *c, layers *l, kind k, const tni_value *h, const tni_value *cell) {
    const tni_value *state = cell ? cell : h;
    l->kind = k;
    l->n = tni_at_tensors(c, "params", l->weight);
    l->biases = tni_at_bool(c, "has_biases");
    l->both = tni_at_bool(c, "bidirectional");
    l->count = tni_at_int(c, "num_layers");
    if (c->failed || !h || tni_at_rank(c, h) != 3 || tni_at_rank(c, state) != 3 ||
        state->info.type.dim[2].e) {
        tni_at_fail(c, NULL, "its hidden state has no known size");
        return false;
    }
    l->hidden = state->info.type.dim[2].k;
    l->projected = !tn_dim_equal(h->info.type.dim[2], state->info.type.dim[2]);
    l->begun = l->projected && !is_zero(h);
    l->each = (l->biases ? 4U : 2U) + l->projected;
    if (l->count < 1 || (size_t)l->count > l->n || l->n != l->each * (size_t)l->count * (l->both ? 2 : 1)) {
        tni_at_fail(c, NULL, "its weights do not fit its number of layers");
        return false;
    }
    if (tni_at_bool(c, "train") && tni_at_float(c, "dropout") > 0 && l->count > 1)
        tni_at_fail(c, "export the model in evaluation: model.eval()", "it drops elements at random");
    return !c->failed;
}

static void set_attributes(tn_aten *c, const layers *l, const char *activation) {
    static const tn_str tanh2[] = {{"Tanh", 4}, {"Tanh", 4}}, relu2[] = {{"Relu", 4}, {"Relu", 4}};
    tni_at_clear(c);
    tni_at_set_int(c, "hidden_size", l->hidden);
    tni_at_set_text(c, "direction", l->both ? "bidirectional" : "forward");
    if (!strcmp(l->kind.op, "GRU")) tni_at_set_int(c, "linear_before_reset", 1);
    if (activation)
        tni_at_set_texts(c, "activations", !strcmp(activation, "Relu") ? relu2 : tanh2, l->both ? 2 : 1);
}

// [T, directions, B, H] to [T, B, directions * H]
static tni_value *joined(tn_aten *c, tni_value *y) {
    tni_at_clear(c);
    return tni_at_expr(c, "Reshape(Transpose($0){perm=[0, 2, 1, 3]}, [0, 0, -1])", y);
}

static void run_layers(tn_aten *c, layers *l, tni_value *x, tni_value *h, tni_value *cell,
                       const char *activation) {
    tni_value *last_h[TNI_AT_LIST], *last_c[TNI_AT_LIST];
    for (int64_t i = 0; i < l->count && !c->failed; i++) {
        tni_value *first = state_of(c, l, h, i);
        tni_value *in[] = {with_first(c, l, x, first),
                           stacked(c, l, i, 0),
                           stacked(c, l, i, 1),
                           l->biases ? stacked(c, l, i, 2) : NULL,
                           NULL,
                           l->projected ? NULL : first,
                           cell ? state_of(c, l, cell, i) : NULL};
        tni_value *out[3];
        set_attributes(c, l, activation);
        if (!tni_at_node(c, l->kind.op, cell ? 7 : 6, in, cell ? 3 : 2, out)) return;
        tni_at_clear(c);
        tni_value *w = l->projected ? projection(c, l, i) : NULL;
        x = joined(c, w ? tni_at_expr(c, "MatMul($0, $1)", out[0], w) : out[0]);
        last_h[i] = w ? tni_at_expr(c, "MatMul($0, $1)", out[1], w) : out[1];
        last_c[i] = cell ? out[2] : NULL;
    }
    tni_at_clear(c);
    tni_at_set_int(c, "axis", 0);
    size_t n = (size_t)l->count;
    tni_at_give(c, 1, n == 1 ? last_h[0] : tni_at_list(c, "Concat", n, last_h));
    if (cell) tni_at_give(c, 2, n == 1 ? last_c[0] : tni_at_list(c, "Concat", n, last_c));
    tni_at_clear(c);
    tni_at_give(c, 0, x);
}

// Input as [T, B, in], whatever the call has; a missing batch is put in and taken out again.
static void recurrent(tn_aten *c, kind k, const char *activation) {
    layers l = {0};
    tni_value *x = tni_at_tensor(c, "input"), *hx[TNI_AT_LIST] = {NULL, NULL};
    bool lstm = !strcmp(k.op, "LSTM"), first = tni_at_bool(c, "batch_first");
    if (lstm)
        tni_at_tensors(c, "hx", hx);
    else
        hx[0] = tni_at_tensor(c, "hx");
    bool single = tni_at_rank(c, x) == 2;
    for (int i = 0; single && i < 1 + lstm; i++) hx[i] = tni_at_expr(c, "Unsqueeze($0, [1])", hx[i]);
    if (single) x = tni_at_expr(c, "Unsqueeze($0, [1])", x);
    if (first && !single) x = tni_at_expr(c, "Transpose($0){perm=[1, 0, 2]}", x);
    if (!read_layers(c, &l, k, hx[0], lstm ? hx[1] : NULL)) return;
    run_layers(c, &l, x, hx[0], lstm ? hx[1] : NULL, activation);
    if (first && !single) tni_at_give(c, 0, tni_at_expr(c, "Transpose($0){perm=[1, 0, 2]}", c->result[0]));
    for (size_t i = 0; single && i < 2 + (size_t)lstm; i++)
        tni_at_give(c, i, tni_at_expr(c, "Squeeze($0, [1])", c->result[i]));
}

static void lstm(tn_aten *c) {
    static const int order[] = {0, 3, 1, 2};
    recurrent(c, (kind){"LSTM", 4, order}, NULL);
}

static void gru(tn_aten *c) {
    static const int order[] = {1, 0, 2};
    recurrent(c, (kind){"GRU", 3, order}, NULL);
}

static void rnn(tn_aten *c) {
    static const int order[] = {0};
    recurrent(c, (kind){"RNN", 1, order}, strstr(c->target, "relu") ? "Relu" : "Tanh");
}

// ---- one step: what the input and what the state make of all gates, [N, gates * hidden]

static tni_value *gates(tn_aten *c, tni_value *x, const char *weight, const char *bias) {
    tni_value *w = tni_at_tensor(c, weight);
    if (!tni_at_has(c, bias)) return tni_at_expr(c, "MatMul($0, Transpose($1){perm=[1, 0]})", x, w);
    return tni_at_expr(c, "Add(MatMul($0, Transpose($1){perm=[1, 0]}), $2)", x, w, tni_at_tensor(c, bias));
}

static bool apart(tn_aten *c, tni_value *v, size_t n, tni_value *out[4]) {
    tni_at_set_int(c, "axis", -1);
    tni_at_set_int(c, "num_outputs", (int64_t)n);
    bool fine = tni_at_node(c, "Split", 1, &v, n, out);
    tni_at_clear(c);
    return fine;
}

static void gru_cell(tn_aten *c) {
    tni_value *h = tni_at_tensor(c, "hx"), *x[4], *y[4];
    if (!apart(c, gates(c, tni_at_tensor(c, "input"), "w_ih", "b_ih"), 3, x) ||
        !apart(c, gates(c, h, "w_hh", "b_hh"), 3, y))
        return;
    tni_value *r = tni_at_expr(c, "Sigmoid(Add($0, $1))", x[0], y[0]);
    tni_value *z = tni_at_expr(c, "Sigmoid(Add($0, $1))", x[1], y[1]);
    tni_value *n = tni_at_expr(c, "Tanh(Add($0, Mul($1, $2)))", x[2], r, y[2]);
    tni_at_give(c, 0, tni_at_expr(c, "Add(Mul(Sub($0, $1), $2), $1)", h, n, z));
}

static void lstm_cell(tn_aten *c) {
    tni_value *state[TNI_AT_LIST], *g[4];
    if (tni_at_tensors(c, "hx", state) != 2) return;
    tni_value *x = gates(c, tni_at_tensor(c, "input"), "w_ih", "b_ih"),
              *h = gates(c, state[0], "w_hh", "b_hh");
    if (!apart(c, tni_at_expr(c, "Add($0, $1)", x, h), 4, g)) return; // input, forget, cell, output
    tni_value *kept = tni_at_expr(c, "Mul(Sigmoid($0), $1)", g[1], state[1]);
    tni_value *cell = tni_at_expr(c, "Add($0, Mul(Sigmoid($1), Tanh($2)))", kept, g[0], g[2]);
    tni_at_give(c, 0, tni_at_expr(c, "Mul(Sigmoid($0), Tanh($1))", g[3], cell));
    tni_at_give(c, 1, cell);
}

static void rnn_cell(tn_aten *c) {
    tni_value *x = gates(c, tni_at_tensor(c, "input"), "w_ih", "b_ih");
    tni_value *h = gates(c, tni_at_tensor(c, "hx"), "w_hh", "b_hh");
    bool relu = strstr(c->target, "relu") != NULL;
    tni_at_give(c, 0, tni_at_expr(c, relu ? "Relu(Add($0, $1))" : "Tanh(Add($0, $1))", x, h));
}

TN_ATEN(rnn) = {
    {"aten.gru_cell", NULL, gru_cell, 0},
    {"aten.lstm_cell", NULL, lstm_cell, 0},
    {"aten.rnn_tanh_cell", NULL, rnn_cell, 0},
    {"aten.rnn_relu_cell", NULL, rnn_cell, 0},
    {"aten.lstm.input", NULL, lstm, 0},
    {"aten.gru.input", NULL, gru, 0},
    {"aten.rnn_tanh.input", NULL, rnn, 0},
    {"aten.rnn_relu.input", NULL, rnn, 0},
    {0},
};
