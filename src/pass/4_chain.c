// SPDX-License-Identifier: Apache-2.0
// 4_chain.c - layers of blocked activations of which each reads the one before become one step, up to three
// of them and the mean behind the last one (tn.BlockedChain): expansion, depthwise layer and projection of an
// inverted residual, and parts of that. A line of such layers is parted where that costs least:
//
//     line   n0 - n1 - n2 - n3        best(k) = least over chains that end at k of best(before it) + its cost
//
// So do the parts of squeeze-and-excitation: its two products over one pixel, and the factors with the 1x1
// layer that reads what they scale.
// Every chain that could be is made, asked about, and goes again unless it was chosen.
#include "pass/pass.h"

#include "ir/attr.h"
#include "ir/blocked.h"
#include "ir/chain.h"
#include "pass/rewrite.h"

#include <math.h>
#include <string.h>

enum {
    LINKS = TNI_LINKS,
    INPUTS = TNI_CHAIN_FACTORS + 1,
    ENDINGS = 2 * LINKS + 1,
    CHAIN_ATTRS = 12,    // more than there are
    LEAST_ROWS = 8,      // of the result: fewer are too few bands for threads
    OWN_CACHE = 1 << 20, // bytes
};

static const double clear_loss = 1.05;

typedef struct chain { // the links before and at its end
    int links;
    bool mean;      // also the mean that is read behind it
    bool scaled;    // also the factors of what it reads
    tni_node *node; // NULL: there is none
    bool chosen;
} chain;

typedef struct place { // a layer
    tni_node *layer, *mean;
    tni_node *scale;       // a Mul whose result nothing else reads
    int factors;           // which of its inputs they are
    int before;            // layers of its line
    chain ending[ENDINGS]; // here
    double least;          // of the line up to here
    chain *best;           // with what it ends then; NULL: with the layer by itself
} place;

typedef struct chainer {
    tn_graph *g;
    const tni_costs *costs;
    tn_diags *diags;
    place *at; // lines one behind the other
    size_t n;
    bool timed; // of the line at hand
} chainer;

// ---- links

static int64_t attr_at(const tni_node *n, const char *name, int i, int64_t otherwise) {
    return tni_ints_at(tni_attrs(n), name, i, otherwise);
}

static int input_rank(const tni_node *n) {
    const tni_value *x = tni_in(n, 0);
    return x ? tni_rank(x) : -1;
}

// Constant weights, and what the operator says without words.
static bool is_layer(const tni_node *n) {
    if (!tni_is(n, "tn.BlockedConv") || tni_dtype(n->out[0]) != TN_F32 || tni_rank(n->out[0]) != 5)
        return false;
    const tn_tensor *w = tni_known_in(n, 1);
    if (!w || w->rank != 4 || (tni_in(n, 2) && !tni_known_in(n, 2))) return false;
    for (int i = 0; i < 4; i++)
        if (attr_at(n, "pads", i, 0) < 0) return false;
    return tn_attr_is(tni_attrs(n), "auto_pad", "NOTSET") && input_rank(n) >= 4;
}

static bool is_depthwise(const tni_node *n) {
    const tn_tensor *w = tni_known_in(n, 1);
    int64_t group = tn_attr_int(tni_attrs(n), "group");
    if (group == 1 || group != w->dim[0] || w->dim[1] != 1 || w->dim[2] * w->dim[3] > TNI_DEPTHWISE_TAPS)
        return false;
    for (int i = 0; i < 2; i++)
        if (attr_at(n, "strides", i, 1) > (w->dim[2 + i] - 1) * attr_at(n, "dilations", i, 1) + 1)
            return false;
    return input_rank(n) == 5;
}

// A pixel of the output is one of the input.
static bool is_pointwise(const tni_node *n) {
    const tn_tensor *w = tni_known_in(n, 1);
    if (tn_attr_int(tni_attrs(n), "group") != 1 || w->dim[2] * w->dim[3] != 1) return false;
    for (int i = 0; i < 4; i++)
        if (attr_at(n, "pads", i, 0) || attr_at(n, "strides", i / 2, 1) != 1) return false;
    return true;
}

static bool is_first_layer(const tni_node *n) { // of an image as it comes
    return input_rank(n) == 4 && tni_known_in(n, 1)->dim[1] <= TNI_STEM_CHANNELS &&
           tn_attr_int(tni_attrs(n), "group") == 1;
}

static bool may_follow(const tni_node *n) { return is_layer(n) && (is_depthwise(n) || is_pointwise(n)); }
static bool may_begin(const tni_node *n) { return may_follow(n) || (is_layer(n) && is_first_layer(n)); }

// The layer that reads what n makes, and nothing else does; n adds nothing of its own in between.
static tni_node *next_layer(const tni_node *n) {
    tni_node *next = tni_read_by(n->out[0], "tn.BlockedConv");
    if (!next || tni_in(n, 3) || next->in[0].value != n->out[0]) return NULL;
    return may_follow(next) ? next : NULL;
}

static bool is_spatial(const tn_tensor *axes) {
    return axes && tn_count(axes) == 2 && tni_get_int(axes, 0) + tni_get_int(axes, 1) == 5 &&
           tni_get_int(axes, 0) * tni_get_int(axes, 1) == 6;
}

static tni_node *mean_of(const tni_node *n) {
    for (const tni_use *u = n->out[0]->uses; u; u = u->next) {
        tni_node *m = u->node;
        if (m && m->graph == n->graph && tni_is(m, "ReduceMean") && tn_attr_int(tni_attrs(m), "keepdims") &&
            is_spatial(tni_known_in(m, 1)))
            return m;
    }
    return NULL;
}

static bool is_one(tn_dim d) { return !d.e && d.k == 1; }

static bool is_one_pixel(const tni_value *v) {
    const tn_type *t = &v->info.type;
    return t->rank == 5 && is_one(t->dim[2]) && is_one(t->dim[3]);
}

// Of x in blocks: a factor for each of its channels.
static bool are_factors(const tni_value *s, const tni_value *x) {
    if (!s || !x) return false;
    const tn_dim *a = s->info.type.dim, *b = x->info.type.dim;
    if (!is_one_pixel(s) || x->info.type.rank != 5 || is_one_pixel(x) || tni_known(s)) return false;
    return tn_dim_equal(a[0], b[0]) && tn_dim_equal(a[1], b[1]) && tn_dim_equal(a[4], b[4]);
}

static void find_scale(place *p) {
    tni_value *x = tni_in(p->layer, 0);
    tni_node *mul = x ? x->def : NULL;
    if (p->before || !is_pointwise(p->layer) || !mul || !tni_is(mul, "Mul") ||
        mul->graph != p->layer->graph || tni_read_by(x, "tn.BlockedConv") != p->layer)
        return;
    for (int i = 0; i < 2; i++)
        if (are_factors(tni_in(mul, i), tni_in(mul, 1 - i))) {
            p->scale = mul;
            p->factors = i;
        }
}

// ---- making a chain

typedef struct lists { // a node's attributes; a link's part of each
    int64_t strides[2 * LINKS], dilations[2 * LINKS], pads[4 * LINKS], groups[LINKS];
    tn_str activations[LINKS];
    float alphas[LINKS], betas[LINKS];
} lists;

static void list(const tni_node *n, int link, lists *to) {
    tn_attrs a = tni_attrs(n);
    const char *name = tn_attr_string(a, "activation");
    for (int i = 0; i < 2; i++) to->strides[2 * link + i] = attr_at(n, "strides", i, 1);
    for (int i = 0; i < 2; i++) to->dilations[2 * link + i] = attr_at(n, "dilations", i, 1);
    for (int i = 0; i < 4; i++) to->pads[4 * link + i] = attr_at(n, "pads", i, 0);
    to->groups[link] = tn_attr_int(a, "group");
    to->activations[link] = (tn_str){.text = name ? name : "", .size = name ? strlen(name) : 0};
    to->alphas[link] = (float)tn_attr_float(a, "activation_alpha");
    to->betas[link] = (float)tn_attr_float(a, "activation_beta");
}

static tn_attr floats(const char *name, const float *list, size_t n) {
    return (tn_attr){.name = name, .kind = TN_ATTR_FLOATS, .present = true, .floats = list, .n = n};
}

// What the first layer reads its image by (ir/blocked.h).
static void list_image(const tni_node *first, tn_attr *attr, size_t *count) {
    static const tn_attr_def rows[] = {TNI_IMAGE_ATTRS};
    tn_attr given[TNI_MAX_ATTRS];
    size_t n = tni_given_attrs(first, given);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
            if (!strcmp(given[i].name, rows[k].name)) attr[(*count)++] = given[i];
}

// In the place of the last one.
static tn_status make(const chainer *c, const place *last, chain *to) {
    tni_value *in[INPUTS] = {0};
    size_t n = (size_t)to->links, count;
    lists *l = tni_arena_zalloc(&c->g->root->arena, sizeof *l);
    if (!l) return TN_NOMEM;
    for (int i = 0; i < to->links; i++) {
        tni_node *layer = last[i + 1 - to->links].layer;
        if (!i) in[0] = to->scaled ? tni_in(last->scale, 1 - last->factors) : tni_in(layer, 0);
        in[tni_link_weights(i)] = tni_in(layer, 1);
        in[tni_link_bias(i)] = tni_in(layer, 2);
        list(layer, i, l);
    }
    in[TNI_CHAIN_RESIDUAL] = tni_in(last->layer, 3);
    if (to->scaled) in[TNI_CHAIN_FACTORS] = tni_in(last->scale, last->factors);
    tn_attr attr[CHAIN_ATTRS] = {
        TN_A_INTS("strides", l->strides, 2 * n),
        TN_A_INTS("dilations", l->dilations, 2 * n),
        TN_A_INTS("pads", l->pads, 4 * n),
        TN_A_INTS("groups", l->groups, n),
        {.name = "activations", .kind = TN_ATTR_STRINGS, .present = true, .strings = l->activations, .n = n},
        floats("activation_alphas", l->alphas, n),
        floats("activation_betas", l->betas, n)};
    for (count = 0; attr[count].name; count++) continue;
    list_image(last[1 - to->links].layer, attr, &count);
    tni_new_node spec = {.op = "tn.BlockedChain",
                         .like = last->layer,
                         .before = last->layer,
                         .nin = to->scaled               ? TNI_CHAIN_FACTORS + 1
                                : in[TNI_CHAIN_RESIDUAL] ? TNI_CHAIN_RESIDUAL + 1
                                                         : 2 * to->links + 1,
                         .nout = to->mean ? 2 : 1,
                         .in = in,
                         .nattr = count,
                         .attr = attr};
    return tni_node_new(&to->node, c->g, &spec, c->diags);
}

// The two products of squeeze-and-excitation: they read weights, each once.
static bool is_gate(const chain *c, const place *last) {
    return c->links == 2 && !c->mean && !c->scaled && last->before && is_one_pixel(last->layer->out[0]) &&
           !tni_in(last->layer, 3) && is_pointwise(last->layer) && is_pointwise(last[-1].layer) &&
           is_one_pixel(last[-1].layer->in[0].value);
}

static bool may_be(const chain *c, const place *last) {
    if (c->scaled) return last->scale != NULL;
    if (is_gate(c, last)) return true;
    const tn_dim *rows = &last->layer->out[0]->info.type.dim[2];
    if ((!rows->e && rows->k < LEAST_ROWS) || c->links > last->before + 1) return false;
    return c->mean ? last->mean && (c->links > 1 || is_depthwise(last->layer)) : c->links > 1;
}

static tn_status make_all(const chainer *c, place *p) {
    for (int i = 0; i < ENDINGS; i++) {
        chain *each = &p->ending[i];
        *each = (chain){.links = i % LINKS + 1, .mean = i / LINKS == 1, .scaled = i / LINKS == 2};
        if (may_be(each, p)) TN_TRY(make(c, p, each));
    }
    return TN_OK;
}

// ---- lines

static bool begins(const tni_node *n) {
    const tni_node *maker = is_layer(n) && tni_in(n, 0) ? tni_in(n, 0)->def : NULL;
    return may_begin(n) && !(maker && may_begin(maker) && next_layer(maker) == n);
}

static tn_status collect(chainer *c) {
    c->at = tni_arena_zalloc(&c->g->root->arena, (c->g->nnodes + 1) * sizeof *c->at);
    if (!c->at) return TN_NOMEM;
    for (tni_node *n = c->g->first; n; n = n->next) {
        if (!begins(n)) continue;
        int before = 0;
        for (tni_node *layer = n; layer; layer = next_layer(layer)) {
            place *p = &c->at[c->n++];
            *p = (place){.layer = layer, .mean = mean_of(layer), .before = before++};
            find_scale(p);
        }
    }
    return TN_OK;
}

// ---- choosing

// Bytes; -1: not known.
static int64_t size_of(const tni_value *v) {
    int64_t dims[TN_MAX_RANK], bytes;
    if (!v || !tni_type_dims(&v->info.type, dims)) return -1;
    bytes = (int64_t)tni_bits(tni_dtype(v)) / 8;
    for (int i = 0; i < v->info.type.rank; i++) bytes *= dims[i];
    return bytes;
}

static double time_of(const chainer *c, const tni_node *n) {
    return n ? c->costs->of(c->costs->user, n, true) : 0;
}

// Where no times are known: what goes through caches beyond a core's own.
static double traffic(const tni_node *n) {
    int64_t in = n ? size_of(tni_in(n, 0)) : 0, out = n ? size_of(n->out[0]) : 0;
    return (double)((in > OWN_CACHE ? in : 0) + (out > OWN_CACHE ? out : 0));
}

static double cost_of(const chainer *c, const tni_node *layer) {
    if (c->timed || !layer) return time_of(c, layer);
    if (tni_is(layer, "Mul")) return traffic(layer) + 2; // a step less is better
    return traffic(layer) + is_one_pixel(layer->out[0]);
}

// What an expansion makes and a depthwise layer reads is where there is something to gain, if it is much.
static bool has_much_to_gain(const place *last, const chain *of) {
    const tni_node *first = last[1 - of->links].layer;
    int64_t between = size_of(first->out[0]);
    return of->links > 1 && !is_depthwise(first) && is_depthwise(last[2 - of->links].layer) &&
           (between < 0 || between > OWN_CACHE / 8);
}

// Weights to be scaled for each number of X.
static double weights_by_pixels(const place *last) {
    int64_t x = size_of(tni_in(last->layer, 0));
    return x > 0 ? (double)tni_known_in(last->layer, 1)->bytes / (double)x : HUGE_VAL;
}

// Not known of factors: what they cost on as many numbers.
static double time_of_chain(const chainer *c, const place *last, const chain *of) {
    double time = time_of(c, of->node);
    if (time > 0 || !of->scaled) return time;
    return time_of(c, last->layer) + time_of(c, last->scale) * weights_by_pixels(last);
}

// Another chain has to be clearly faster, by a time.
static double cost_of_chain(const chainer *c, const place *last, const chain *of) {
    if (!of->node) return 0;
    const tni_costs *costs = c->costs;
    bool much = has_much_to_gain(last, of);
    bool gate = is_gate(of, last);
    if (c->timed) return time_of_chain(c, last, of) * (much || gate || of->scaled ? 1 : clear_loss);
    bool served = !costs || !costs->served || costs->served(costs->user, of->node);
    if (of->scaled) much = weights_by_pixels(last) < 1;
    return (much || gate) && served ? traffic(of->node) + 1 : HUGE_VAL; // it is not for nothing
}

// Of the line that begins here: are all of its layers' times known, and some chain's?
static bool times_known(const chainer *c, size_t first) {
    double chains = 0;
    if (!c->costs) return false;
    for (size_t k = first; k < c->n && (k == first || c->at[k].before); k++) {
        if (!(time_of(c, c->at[k].layer) > 0)) return false;
        if (c->at[k].scale && !(time_of(c, c->at[k].scale) > 0)) return false;
        for (int i = 0; i < ENDINGS; i++) {
            const chain *each = &c->at[k].ending[i];
            if (each->node) chains += time_of_chain(c, &c->at[k], each);
        }
    }
    return chains > 0;
}

static void part(const chainer *c, place *p) {
    double mean = cost_of(c, p->mean);
    p->least = cost_of(c, p->layer) + mean + (p->before ? p[-1].least : cost_of(c, p->scale));
    for (int i = 0; i < ENDINGS; i++) {
        chain *each = &p->ending[i];
        double cost = cost_of_chain(c, p, each);
        if (!(cost > 0)) continue;
        cost += each->mean ? 0 : mean;
        if (each->links <= p->before)
            cost += p[-each->links].least;
        else if (!each->scaled)
            cost += cost_of(c, p[1 - each->links].scale);
        if (cost >= p->least) continue;
        p->least = cost;
        p->best = each;
    }
}

// From the last of a line's layers back.
static void choose(place *last) {
    for (place *p = last;;) {
        int links = p->best ? p->best->links : 1;
        if (p->best) p->best->chosen = true;
        if (links > p->before) return;
        p -= links;
    }
}

static void take(place *p, const chain *chosen, bool *changed) {
    tni_forward(p->layer, chosen->node->out[0], changed);
    if (chosen->mean) tni_forward(p->mean, chosen->node->out[1], changed);
}

// What was not chosen goes first: it reads what those that were replace.
static void settle(const chainer *c, bool *changed) {
    for (int taking = 0; taking < 2; taking++)
        for (size_t k = 0; k < c->n; k++)
            for (int i = 0; i < ENDINGS; i++) {
                const chain *each = &c->at[k].ending[i];
                if (!each->node || each->chosen != taking) continue;
                if (taking)
                    take(&c->at[k], each, changed);
                else
                    tni_node_remove(each->node);
            }
}

// Without costs what makes more between two layers than a core's own cache holds goes together.
static tn_status run_by(tn_graph *g, const tni_costs *costs, bool *changed, tn_diags *diags) {
    chainer c = {.g = g, .costs = costs, .diags = diags};
    tn_status status = TN_OK;
    TN_TRY(collect(&c));
    for (size_t i = 0; i < c.n && status == TN_OK; i++) status = make_all(&c, &c.at[i]);
    if (status == TN_OK && costs && c.n) status = costs->begin(costs->user);
    for (size_t i = 0; i < c.n && status == TN_OK; i++) {
        if (!c.at[i].before) c.timed = times_known(&c, i);
        part(&c, &c.at[i]);
    }
    for (size_t i = 0; i < c.n && status == TN_OK; i++)
        if (i + 1 == c.n || !c.at[i + 1].before) choose(&c.at[i]);
    settle(&c, changed);
    return status;
}

TN_PASS(chain) = {
    TN_HERE,
    .name = "chain",
    .level = 4,
    .run_by = run_by,
    .doc = "takes blocked layers that read each other together, row by row",
};
