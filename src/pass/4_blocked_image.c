// SPDX-License-Identifier: Apache-2.0
// 4_blocked_image.c - what makes an image ready for the first layer goes into that layer (ir/blocked.h):
//
//     u8[N,H,W,3] --Cast--Transpose--Div 255--Sub mean--Div std--> tn.BlockedConv
//
// in any order, with any number of steps that scale and shift by channel. They are gone through from the
// layer up, as long as nobody else reads what is between; where bytes are reached, all of it goes. Floats
// keep their arithmetic (a difference of large numbers would be rounded otherwise), and only a transpose
// right before the layer goes.
#include "pass/pass.h"

#include "ir/blocked.h"
#include "pass/affine.h"

#include <math.h>

enum { STEPS = 16 };

// What the layer's X is of the value at hand: dimension i is its dimension perm[i], times and plus by
// channel.
typedef struct source {
    tni_value *x;
    int perm[4];
    bool bytes, normal;
    double scale[TNI_STEM_CHANNELS], shift[TNI_STEM_CHANNELS];
    int64_t channels;
    int steps; // gone through
    const tni_node *step[STEPS];
} source;

static bool is_first_layer(const tni_node *n) {
    const tni_value *x = tni_in(n, 0);
    if (!tni_is(n, "tn.BlockedConv") || !x || tni_rank(x) != 4 || tni_dtype(x) != TN_F32) return false;
    const tn_tensor *w = tni_known_in(n, 1);
    return w && w->dtype == TN_F32 && w->dim[1] <= TNI_STEM_CHANNELS &&
           tn_attr_int(tni_attrs(n), "group") == 1 && !tni_image_raw(tni_attrs(n), TN_F32, TN_F32);
}

static bool take_cast(source *s, const tni_node *n) {
    tn_dtype from = tni_dtype(n->in[0].value);
    if (s->bytes || !tni_is(n, "Cast") || (from != TN_U8 && from != TN_I8)) return false;
    return s->bytes = true;
}

static bool take_transpose(source *s, const tni_node *n) {
    int perm[TN_MAX_RANK], rank;
    if (!tni_is(n, "Transpose") || !tni_perm(n, perm, &rank) || rank != 4) return false;
    for (int i = 0; i < 4; i++) s->perm[i] = perm[s->perm[i]];
    return true;
}

// `input`: which one of the node's goes on.
static bool take_arithmetic(source *s, const tni_node *n, tni_arena *a, int *input, tn_status *status) {
    tni_affine f;
    if (s->bytes || !tni_affine_read(n, s->perm[1], a, &f, status) || f.n != s->channels) return false;
    for (int64_t c = 0; c < f.n; c++) {
        s->shift[c] += s->scale[c] * f.shift[c];
        s->scale[c] *= f.scale[c];
    }
    *input = f.input;
    return s->normal = true;
}

// One node further up.
static bool go_up(source *s, tni_arena *a, tn_status *status) {
    const tni_node *n = s->x->def;
    int input = 0;
    if (s->steps == STEPS || !n || n->graph != s->x->graph || !tni_used_once(s->x)) return false;
    if (!n->nin || !n->in[0].value) return false;
    if (!take_cast(s, n) && !take_transpose(s, n) && !take_arithmetic(s, n, a, &input, status)) return false;
    s->step[s->steps++] = n;
    s->x = n->in[input].value;
    return true;
}

static bool channels_last(const source *s) {
    return s->perm[0] == 0 && s->perm[1] == 3 && s->perm[2] == 1 && s->perm[3] == 2;
}

// Whether the layer can read the value at hand.
static bool may_be_read(const source *s) {
    bool in_order = s->perm[0] == 0 && s->perm[1] == 1 && s->perm[2] == 2 && s->perm[3] == 3;
    for (int64_t c = 0; c < s->channels; c++)
        if (!isfinite((float)s->scale[c]) || !isfinite((float)s->shift[c])) return false;
    return (in_order || channels_last(s)) && (s->bytes || (!s->normal && tni_dtype(s->x) == TN_F32));
}

// The furthest value that it can read.
static source find(const tni_node *layer, tni_arena *a, tn_status *status) {
    source s = {.x = tni_in(layer, 0), .perm = {0, 1, 2, 3}, .scale = {1, 1, 1, 1}};
    s.channels = tni_known_in(layer, 1)->dim[1];
    source best = s;
    while (go_up(&s, a, status) && *status == TN_OK)
        if (may_be_read(&s)) best = s;
    return best;
}

static void put_list(const char *name, const double *from, int64_t n, float *room, tn_attr *to) {
    for (int64_t c = 0; c < n; c++) room[c] = (float)from[c];
    *to = (tn_attr){.name = name, .kind = TN_ATTR_FLOATS, .present = true, .floats = room, .n = (size_t)n};
}

// The layer on what was found, before the one that is there.
static tn_status make(tni_node *layer, const source *s, tni_node **made, tn_diags *diags) {
    tn_attr attr[TNI_MAX_ATTRS];
    float scale[TNI_STEM_CHANNELS], shift[TNI_STEM_CHANNELS];
    size_t n = tni_given_attrs(layer, attr);
    tni_value *in[4];
    for (int i = 0; i < layer->nin && i < 4; i++) in[i] = tni_in(layer, i);
    in[0] = s->x;
    if (channels_last(s)) attr[n++] = TN_A_INT("channels_last", 1);
    if (s->normal) {
        put_list("scale", s->scale, s->channels, scale, &attr[n++]);
        put_list("shift", s->shift, s->channels, shift, &attr[n++]);
    }
    tni_new_node spec = {.op = "tn.BlockedConv",
                         .like = layer,
                         .before = layer,
                         .nin = layer->nin,
                         .nout = 1,
                         .in = in,
                         .nattr = n,
                         .attr = attr};
    return tni_node_new(made, layer->graph, &spec, diags);
}

// False where it is known that the steps and the layer by themselves are faster.
static bool pays(const tni_costs *costs, const source *s, const tni_node *layer, const tni_node *made) {
    if (!costs) return true;
    if (costs->served && !costs->served(costs->user, made)) return false;
    double together = costs->of(costs->user, made, true), apart = costs->of(costs->user, layer, true);
    bool known = together > 0 && apart > 0;
    for (int i = 0; i < s->steps && known; i++) {
        double ns = costs->of(costs->user, s->step[i], true);
        known = ns > 0;
        apart += ns;
    }
    return !known || together < apart;
}

static tn_status take_image(tni_node *layer, const tni_costs *costs, tni_arena *a, bool *changed,
                            tn_diags *diags) {
    tn_status status = TN_OK;
    tni_node *made;
    source s = find(layer, a, &status);
    if (status != TN_OK || !s.steps) return status;
    TN_TRY(make(layer, &s, &made, diags));
    if (costs) TN_TRY(costs->begin(costs->user));
    if (pays(costs, &s, layer, made))
        tni_forward(layer, made->out[0], changed);
    else
        tni_node_remove(made);
    return TN_OK;
}

// Without costs it always reads the image as it comes.
static tn_status run_by(tn_graph *g, const tni_costs *costs, bool *changed, tn_diags *diags) {
    tni_arena a;
    tn_status status = TN_OK;
    tni_arena_init(&a, g->root->env);
    for (tni_node *n = g->first, *next; n && status == TN_OK; n = next) {
        next = n->next;
        tni_mark mark = tni_arena_mark(&a);
        if (is_first_layer(n)) status = take_image(n, costs, &a, changed, diags);
        tni_arena_reset(&a, mark);
    }
    tni_arena_free(&a);
    return status;
}

TN_PASS(blocked_image) = {
    TN_HERE,
    .name = "blocked_image",
    .level = 4,
    .run_by = run_by,
    .doc = "lets a first layer read its image as it comes: bytes, channels last, not normalised yet",
};
