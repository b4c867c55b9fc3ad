// SPDX-License-Identifier: Apache-2.0
// chain.c - layers taken together (the pass `chain`, tn.BlockedChain): a line is parted where the costs say,
// and what comes out has the bits that the layers one after the other have, for any number of threads, over
// made-up lines of layers of odd sizes.
#include "pass/pass.h"

#include "check.h"
#include "ir/registry.h"
#include "ir/text.h"

#include <stdlib.h>

static tn_env *env;
static tn_diags *diags;

static tn_graph *parse(const char *text) {
    tn_graph *g = NULL;
    CHECK(tni_graph_parse(&g, env, text, strlen(text), "test", diags) == TN_OK);
    return g;
}

// ---------------------------------------------------------------------------------- where a line is parted

static const char line[] = "graph \"\" {\n"
                           "  in %x: f32[1,2,48,48,16]\n"
                           "  const %wide: f32[64,32,1,1] = {0.01...}\n"
                           "  const %each: f32[64,1,3,3] = {0.01...}\n"
                           "  const %narrow: f32[32,64,1,1] = {0.01...}\n"
                           "  const %axes: i64[2] = {2, 3}\n"
                           "  %a = tn.BlockedConv(%x, %wide)\n"
                           "  %b = tn.BlockedConv(%a, %each) {group=64, pads=[1,1,1,1]}\n"
                           "  %c = tn.BlockedConv(%b, %narrow)\n"
                           "  %d = tn.BlockedConv(%c, %wide)\n"
                           "  %e = tn.BlockedConv(%d, %each) {group=64, pads=[1,1,1,1]}\n"
                           "  %m = ReduceMean(%e, %axes)\n"
                           "  out %e\n"
                           "  out %m\n"
                           "}\n";

typedef struct prices { // of a chain, by its links; of the mean with it
    double of[4], mean;
} prices;

static tn_status begin(void *user) { return (void)user, TN_OK; }

static double price_of(void *user, const tni_node *n, bool measured) {
    const prices *p = user;
    (void)measured;
    if (tni_is(n, "ReduceMean")) return 10;
    if (!tni_is(n, "tn.BlockedChain")) return 100;
    int links = n->nin > 5 && n->in[5].value ? 3 : n->nin > 3 && n->in[3].value ? 2 : 1;
    return p->of[links] + (n->nout > 1 ? p->mean : 0);
}

// The operators that are left, one letter each: C a chain, L a layer, M a mean.
static void parted(prices p, const char *want) {
    tn_graph *g = parse(line);
    const tni_costs costs = {begin, price_of, &p, NULL};
    bool changed = false;
    char got[20] = "";
    CHECK(tni_pass_find(env, "chain", 5)->run_by(g, &costs, &changed, diags) == TN_OK &&
          tni_verify(g, diags) == TN_OK);
    for (const tni_node *n = g->first; n; n = n->next)
        strcat(got, tni_is(n, "tn.BlockedChain") ? "C" : tni_is(n, "ReduceMean") ? "M" : "L");
    CHECK_TEXT(got, want);
    CHECK(changed == (strchr(want, 'C') != NULL));
    CHECK_TEXT(g->output[0]->value->name, "e");
    tn_graph_free(g);
}

static void a_line_is_parted_where_it_costs_least(void) {
    parted((prices){{0, 100, 200, 300}, 10}, "LLLLLM");
    parted((prices){{0, 100, 190, 300}, 10}, "CLCM");
    parted((prices){{0, 100, 190, 270}, 10}, "CCM");
    parted((prices){{0, 100, 200, 250}, 20}, "CLLM");
    parted((prices){{0, 95, 190, 280}, 2}, "CC");
}

static void what_costs_are_not_known_of_stays(void) { parted((prices){{0}, 0}, "LLLLLM"); }

// -------------------------------------------------------------------------------------------- the same bits

static unsigned seed = 1;
static int any(int from, int to) {
    seed = seed * 1664525u + 1013904223u;
    return from + (int)((seed >> 8) % (unsigned)(to - from + 1));
}

enum { ROOM = 1 << 20 };
typedef struct writer {
    char *text;
    size_t n;
} writer;

#define PUT(w, ...)                                                          \
    do {                                                                     \
        int put_ = snprintf((w)->text + (w)->n, ROOM - (w)->n, __VA_ARGS__); \
        if (put_ < 0 || (size_t)put_ >= ROOM - (w)->n) abort();              \
        (w)->n += (size_t)put_;                                              \
    } while (0)

static void put_constant(writer *w, const char *name, int link, int m, int c, int kh, int kw) {
    PUT(w, c ? "  const %%%s%d: f32[%d,%d,%d,%d] = hex\"" : "  const %%%s%d: f32[%d] = hex\"", name, link, m,
        c, kh, kw);
    for (int i = 0; i < m * (c ? c * kh * kw : 1); i++) {
        float x = (float)any(-1000, 1000) * 0.001f;
        unsigned char byte[4];
        memcpy(byte, &x, 4);
        PUT(w, "%02x%02x%02x%02x", byte[0], byte[1], byte[2], byte[3]);
    }
    PUT(w, "\"\n");
}

typedef struct layer {
    bool depthwise;
    int c, m, kh, kw, sh, sw, dh, dw, pad[4];
    const char *activation;
} layer;

static int places(int in, int before, int behind, int k, int stride, int dilation) {
    int room = in + before + behind - (k - 1) * dilation - 1;
    return room < 0 ? 0 : room / stride + 1;
}

static layer any_layer(bool depthwise, bool window, int c) {
    static const char *const activations[] = {
        "", "activation=\"Relu\"", "activation=\"Silu\"", "activation=\"HardSwish\"",
        "activation=\"Clip\", activation_alpha=-0.5, activation_beta=2.0"};
    layer l = {depthwise, c, depthwise ? c : any(1, 70), 1, 1, 1, 1, 1, 1, {0}, activations[any(0, 4)]};
    if (!depthwise && !window) return l;
    bool odd = any(0, 3) == 0;
    l.kh = odd ? any(1, 4) : 2 * any(1, 2) + 1;
    l.kw = odd ? any(1, 4) : l.kh;
    l.sh = any(1, l.kh < 2 ? 1 : 2);
    l.sw = odd ? any(1, l.kw < 2 ? 1 : 2) : l.sh > l.kw ? 1 : l.sh;
    l.dh = odd ? any(1, 2) : 1;
    l.dw = odd ? any(1, 3) : 1;
    for (int i = 0; i < 4; i++) l.pad[i] = odd ? any(0, 3) : l.kh / 2;
    return l;
}

// An image as it comes (ir/blocked.h): how the first layer reads it.
typedef struct image {
    const char *type; // NULL: plain floats
    bool last;
} image;

static void put_image(writer *w, image m, int c) {
    if (m.last) PUT(w, ", channels_last=1");
    for (int list = 0; list < 2 && m.type; list++)
        for (int k = 0; k < c; k++)
            PUT(w, "%s%.3f%s",
                k      ? ","
                : list ? ", shift=["
                       : ", scale=[",
                any(-20, 20) * 0.001, k + 1 == c ? "]" : "");
}

static void put_layer(writer *w, const layer *l, int i, bool residual, image m) {
    PUT(w, "  %%y%d = tn.BlockedConv(%%y%d, %%w%d, %%b%d%s) {group=%d, strides=[%d,%d], dilations=[%d,%d], ",
        i + 1, i, i, i, residual ? ", %z" : "", l->depthwise ? l->c : 1, l->sh, l->sw, l->dh, l->dw);
    PUT(w, "pads=[%d,%d,%d,%d]%s%s", l->pad[0], l->pad[1], l->pad[2], l->pad[3], *l->activation ? ", " : "",
        l->activation);
    put_image(w, m, l->c);
    PUT(w, "}\n");
}

// Up to three layers; the first may be one of a plain image. False: the sizes do not fit.
static bool any_line(writer *w) {
    layer l[3];
    int links = any(2, 3), h = any(8, 40), wide = any(1, 40), n = any(1, 2);
    bool stem = any(0, 2) == 0, residual = any(0, 1);
    static const char *const types[] = {NULL, "u8", "i8"};
    image m = {stem ? types[any(0, 2)] : NULL, stem && any(0, 1)};
    w->n = 0;
    PUT(w, "graph \"\" {\n");
    int c = stem ? any(1, 4) : any(2, 70), rows = h, columns = wide;
    for (int i = 0; i < links; i++) {
        bool depthwise = stem && !i ? false : any(0, 1);
        l[i] = any_layer(depthwise && c > 1, stem && !i, c);
        c = l[i].m;
        rows = places(rows, l[i].pad[0], l[i].pad[2], l[i].kh, l[i].sh, l[i].dh);
        columns = places(columns, l[i].pad[1], l[i].pad[3], l[i].kw, l[i].sw, l[i].dw);
    }
    if (rows < 8 || columns < 1) return false;
    if (m.last)
        PUT(w, "  in %%y0: %s[%d,%d,%d,%d]\n", m.type ? m.type : "f32", n, h, wide, l[0].c);
    else if (stem)
        PUT(w, "  in %%y0: %s[%d,%d,%d,%d]\n", m.type ? m.type : "f32", n, l[0].c, h, wide);
    else
        PUT(w, "  in %%y0: f32[%d,%d,%d,%d,16]\n", n, (l[0].c + 15) / 16, h, wide);
    if (residual) PUT(w, "  in %%z: f32[%d,%d,%d,%d,16]\n", n, (c + 15) / 16, rows, columns);
    for (int i = 0; i < links; i++) {
        put_constant(w, "w", i, l[i].m, l[i].depthwise ? 1 : l[i].c, l[i].kh, l[i].kw);
        put_constant(w, "b", i, l[i].m, 0, 0, 0);
    }
    for (int i = 0; i < links; i++) put_layer(w, &l[i], i, residual && i + 1 == links, i ? (image){0} : m);
    PUT(w, "  out %%y%d\n}\n", links);
    return true;
}

// Lanes behind the last channel are zero, as whoever makes blocked activations leaves them.
static tn_tensor *any_input(const tn_io *io, int channels) {
    tn_tensor *t = NULL;
    CHECK(tn_tensor_new(&t, env, io->dtype, io->rank, io->dims) == TN_OK);
    if (io->dtype != TN_F32) {
        for (int64_t i = 0; i < tn_tensor_count(t); i++)
            ((unsigned char *)tn_tensor_data(t))[i] = (unsigned char)any(0, 255);
        return t;
    }
    int64_t plane = io->rank == 5 ? io->dims[2] * io->dims[3] * 16 : 1;
    for (int64_t i = 0; i < tn_tensor_count(t); i++) {
        int64_t channel = i / plane % io->dims[1] * 16 + i % 16;
        bool real = io->rank == 4 || channel < channels;
        ((float *)tn_tensor_data(t))[i] = real ? (float)any(-1000, 1000) * 0.001f : 0;
    }
    return t;
}

static tn_plan *plan_of(tn_graph *g) {
    const tn_pass_options passes = {.only = "dead"};
    // without products of parts on tiles, whose bits are others
    tn_build_options o = {.no_timing = true, .tactics = "*.conv.f32.blocked*,!*.split*", .passes = &passes};
    tn_plan *plan = NULL;
    CHECK(tn_plan_build(&plan, g, &o, diags) == TN_OK);
    return plan;
}

// The output, to be freed.
static float *run(const tn_plan *plan, int threads, tn_tensor *const *in, size_t *bytes) {
    tn_context *context = NULL;
    const tn_context_options o = {.threads = threads};
    CHECK(tn_context_new(&context, plan, &o, diags) == TN_OK);
    for (size_t i = 0; i < tn_plan_input_count(plan); i++)
        CHECK(tn_context_set_input(context, i, in[i], diags) == TN_OK);
    CHECK(tn_context_run(context, diags) == TN_OK);
    const tn_tensor *y = tn_context_output(context, 0);
    *bytes = tn_tensor_bytes(y);
    float *copy = malloc(*bytes + 1);
    if (!copy) abort();
    memcpy(copy, tn_tensor_const_data(y), *bytes);
    tn_context_free(context);
    return copy;
}

static bool whole_chain(const tn_graph *g) { return g->nnodes == 1 && tni_is(g->first, "tn.BlockedChain"); }

// Of a layer's weights: how many channels come in (0) and go out (1).
static int channels(const tni_node *n, bool out) {
    const tn_tensor *w = tni_constant(n->in[1].value);
    if (!w) abort();
    return (int)(out ? w->dim[0] : w->dim[1] * tn_attr_int(tni_attrs(n), "group"));
}

static void compare(const char *text) {
    tn_graph *apart = parse(text), *together = parse(text);
    prices cheap = {{0, 300, 100, 100}, 0};
    const tni_costs costs = {begin, price_of, &cheap, NULL};
    bool changed = false;
    const tn_pass_def *chain = tni_pass_find(env, "chain", 5);
    CHECK(chain->run_by(together, &costs, &changed, diags) == TN_OK && whole_chain(together));
    int c = channels(apart->first, false), m = channels(apart->last, true);
    tn_plan *a = plan_of(apart), *b = plan_of(together);
    tn_tensor *in[2] = {any_input(tn_plan_input(a, 0), c)};
    if (tn_plan_input_count(a) > 1) in[1] = any_input(tn_plan_input(a, 1), m);
    size_t want_bytes, bytes;
    float *want = run(a, 1, in, &want_bytes);
    for (int threads = 1; threads <= 3; threads++) {
        float *got = run(b, threads, in, &bytes);
        bool same = bytes == want_bytes && !memcmp(got, want, bytes);
        CHECK(same);
        if (!same) printf("  %d threads: %.400s ...\n%s", threads, text, strstr(text, "  %y1"));
        free(got);
    }
    free(want);
    tn_tensor_free(in[0]), tn_tensor_free(in[1]);
    tn_plan_free(a), tn_plan_free(b);
    tn_graph_free(apart), tn_graph_free(together);
}

static void chains_have_the_bits_of_their_layers(void) {
    writer w = {malloc(ROOM), 0};
    if (!w.text) abort();
    int done = 0;
    while (done < 300)
        if (any_line(&w)) compare(w.text), done++;
    free(w.text);
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 2;
    RUN(a_line_is_parted_where_it_costs_least);
    RUN(what_costs_are_not_known_of_stays);
    RUN(chains_have_the_bits_of_their_layers);
    char text[500];
    for (size_t i = 0; i < tn_diags_count(diags); i++) {
        tn_diags_format(diags, i, text, sizeof text);
        printf("  %s\n", text);
    }
    tn_diags_free(diags);
    tn_env_free(env);
    return DONE();
}
