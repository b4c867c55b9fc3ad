// SPDX-License-Identifier: Apache-2.0
// weight.c - weights by their PyTorch names, from wherever they come, or made up: element i of a weight is a
// hash of its name and i, so that a script on another machine makes the same ones.
#include "net/net.h"

#include "ir/text.h"

#include <math.h>
#include <string.h>

void tn_network_weights(tn_network *net, tn_weights *weights) {
    if (net) net->root->weights = weights;
}

void tn_network_find_weights(tn_network *net, tn_weight_find find, void *user) {
    if (!net) return;
    net->root->find = find;
    net->root->user = user;
}

void tn_network_random(tn_network *net, uint64_t seed) {
    if (!net) return;
    net->root->random = true;
    net->root->seed = seed;
}

// ---- made-up weights

static uint64_t mix(uint64_t z) { // the output function of splitmix64
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

// value = scale * (u + shift), u in [0, 1) with 24 bits; all in f32.
typedef struct range {
    float scale, shift;
} range;

static bool ends_in(const char *name, const char *end) {
    size_t n = strlen(name), m = strlen(end);
    return n >= m && !strcmp(name + n - m, end);
}

// Matrices keep the size of what goes through them, normalisations stay near 1, the rest is small.
static range range_of(const char *name, const tn_tensor *t) {
    double fan_in = 1;
    for (int i = 1; i < t->rank; i++) fan_in *= (double)t->dim[i];
    if (t->rank >= 2)
        return (range){(float)(2 * sqrt((t->rank > 2 ? 6 : 3) / (fan_in > 0 ? fan_in : 1))), -0.5f};
    if (ends_in(name, "weight") || ends_in(name, "running_var")) return (range){1, 0.5f};
    return (range){0.2f, -0.5f};
}

static void fill(tn_tensor *t, const char *name, uint64_t seed) {
    uint64_t key = tni_hash(name, strlen(name), 0) ^ mix(seed);
    range r = range_of(name, t);
    for (int64_t i = 0, n = tn_count(t); i < n; i++) {
        uint64_t bits = mix(key + (uint64_t)(i + 1) * 0x9e3779b97f4a7c15u);
        float value = r.scale * ((float)(bits >> 40) * 0x1p-24f + r.shift);
        if (t->dtype == TN_F32)
            ((float *)t->data)[i] = value;
        else
            tni_set(t, i, (double)value);
    }
}

// ---- looking up

static const tn_tensor *look_up(tn_network *net, const char *path) {
    const tni_net_root *r = net->root;
    const tn_tensor *t = NULL;
    if (r->weights && tn_weights_find(r->weights, path)) {
        tn_status status = tn_weights_tensor(r->weights, path, &t, r->diags);
        if (status != TN_OK) tni_net_fail(net, status, NULL, path, "weight '%s' cannot be read", path);
        return status == TN_OK ? t : NULL;
    }
    return r->find ? r->find(r->user, path) : NULL;
}

static bool fits(const tn_tensor *t, const tn_type *want) {
    int64_t dims[TN_MAX_RANK] = {0};
    if (!want) return true;
    if (t->kind != TN_TENSOR || t->dtype != want->dtype || t->rank != want->rank ||
        !tni_type_dims(want, dims))
        return false;
    return !memcmp(dims, t->dim, (size_t)t->rank * sizeof *dims);
}

static void tell_misfit(tn_network *net, const char *path, const tn_tensor *t, const tn_type *want) {
    tni_text is = {.env = net->root->env}, should = {.env = net->root->env};
    tn_type type = tni_tensor_type(t);
    tni_type_print(&is, &type);
    tni_type_print(&should, want);
    tni_net_fail(net, TN_INVALID, NULL, path, "weight '%s' is %s, expected %s", path, is.data ? is.data : "",
                 should.data ? should.data : "");
    tni_text_free(&is);
    tni_text_free(&should);
}

static const tn_tensor *make_up(tn_network *net, const char *path, const tn_type *type) {
    int64_t dims[TN_MAX_RANK] = {0};
    if (!type || !tni_type_dims(type, dims)) {
        tni_net_fail(net, TN_INVALID, NULL, path, "a made-up weight '%s' needs a type of known size", path);
        return NULL;
    }
    tn_tensor *t = tni_tensor_new(tni_net_arena(net), type->dtype, type->rank, dims);
    if (t)
        fill(t, path, net->root->seed);
    else
        tni_net_fail(net, TN_NOMEM, NULL, path, "out of memory");
    return t;
}

// Weights belong to the main network, whichever body asks: two bodies that ask for one share it.
static tn_network *owner(tn_network *net) {
    while (net->outer) net = net->outer;
    return net;
}

static tni_value *known(tn_network *net, const char *path) {
    return tni_map_get(&owner(net)->known, path, strlen(path));
}

static tn_value *weight(tn_network *net, const char *name, const tn_type *type) {
    net = owner(net);
    const char *path = tni_net_path(net, name);
    tni_value *v = path ? known(net, path) : NULL;
    const tn_tensor *t = v ? v->info.constant : path ? look_up(net, path) : NULL;
    if (path && !t && net->root->random) t = make_up(net, path, type);
    if (net->root->status != TN_OK) return NULL;
    if (!t) {
        tni_net_fail(net, TN_INVALID, NULL, path, "there is no weight '%s'", path ? path : name);
        return NULL;
    }
    if (!fits(t, type)) return tell_misfit(net, path, t, type), NULL;
    if (v) return v;
    v = tni_net_constant(net, tni_net_unique(net, path), t);
    if (v && tni_map_set(&net->known, path, strlen(path), v)) return v;
    tni_net_fail(net, TN_NOMEM, NULL, path, "out of memory");
    return NULL;
}

tn_value *tn_weight(tn_network *net, const char *name, const char *type) {
    if (!tni_net_given(net, name, "a weight has no name")) return NULL;
    tn_type t;
    if (!type) return weight(net, name, NULL);
    tn_status status = tni_type_parse(net->graph, type, &t, net->root->diags);
    if (status == TN_OK) return weight(net, name, &t);
    tni_net_fail(net, status, NULL, name, "weight '%s' has no type that can be read: '%s'", name, type);
    return NULL;
}

tn_value *tn_weight_f32(tn_network *net, const char *name, int rank, const int64_t *dims) {
    if (!tni_net_given(net, name, "a weight has no name")) return NULL;
    if (rank > 0 && !tni_net_given(net, dims, "a weight has no dimensions")) return NULL;
    tn_type t = {.dtype = TN_F32, .rank = rank};
    if (rank < 0 || rank > TN_MAX_RANK)
        return tni_net_fail(net, TN_INVALID, NULL, name, "weight '%s' cannot have rank %d", name, rank), NULL;
    for (int i = 0; i < rank; i++) t.dim[i] = tn_k(dims[i]);
    return weight(net, name, &t);
}

bool tn_has_weight(tn_network *net, const char *name) {
    if (!tni_net_given(net, name, "a weight has no name")) return false;
    const char *path = tni_net_path(net, name);
    return path && (known(net, path) || look_up(net, path));
}
