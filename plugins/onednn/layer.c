// SPDX-License-Identifier: Apache-2.0
// layer.c - primitives of oneDNN, made once for each problem and number of threads.
#define _POSIX_C_SOURCE 200809L
#include "layer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct od_layer {
    od_spec spec;
    int threads;
    const char *why; // it cannot run
    od_handle pd, primitive;
    const void *weights; // pd's own; a strided one's is `weights_md`
    const void *scratch;
    size_t scratch_bytes;
    od_md src, weights_md, bias, dst, term[OD_TERMS];
    od_layer *next;
};

enum { BUCKETS = 1024 };
static od_layer *table[BUCKETS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// ------------------------------------------------------------------------------------------- making

static od_md describe(const od_operand *o) {
    return o->rank ? od_md_new((od_format)o->format, o->rank, o->dim, o->stride) : NULL;
}

static bool append(const od_library *l, const od_spec *s, const od_layer *y, od_handle ops) {
    bool fine = s->scale == 1 || od_append_eltwise(ops, OD_LINEAR, s->scale, 0);
    for (int i = 0; fine && i < s->terms; i++)
        fine = y->term[i] && !l->post_ops_append_binary(ops, OD_BINARY_ADD, y->term[i]);
    for (int i = 0; fine && i < s->acts; i++)
        fine = od_append_eltwise(ops, (od_eltwise)s->act[i].kind, s->act[i].alpha, s->act[i].beta);
    return fine;
}

// Scratch memory is ours; then what happens to the sums. NULL: it failed.
static od_handle attributes(const od_library *l, const od_spec *s, const od_layer *y) {
    od_handle attr = NULL, ops = NULL;
    bool fine = !l->primitive_attr_create(&attr) && !l->post_ops_create(&ops) &&
                !l->primitive_attr_set_scratchpad_mode(attr, OD_USER_SCRATCHPAD) && append(l, s, y, ops) &&
                !l->primitive_attr_set_post_ops(attr, ops);
    if (ops) l->post_ops_destroy(ops);
    if (fine) return attr;
    if (attr) l->primitive_attr_destroy(attr);
    return NULL;
}

static bool is_reference(const od_library *l, const void *pd) {
    const char *info = NULL;
    return !l->primitive_desc_query(pd, OD_QUERY_IMPL_INFO, 0, &info) && info && !strncmp(info, "ref", 3);
}

static const char *make(const od_library *l, od_layer *y, const void *weights) {
    const od_spec *s = &y->spec;
    y->src = describe(&s->src), y->bias = describe(&s->bias), y->dst = describe(&s->dst);
    y->weights_md = weights ? NULL : describe(&s->weights);
    for (int i = 0; i < s->terms; i++) y->term[i] = describe(&s->term[i]);
    od_handle attr = y->src && y->dst ? attributes(l, s, y) : NULL;
    if (!attr) return "oneDNN cannot describe its tensors, or what follows the sum";
    if (!weights) weights = y->weights_md;
    y->pd = s->convolution ? od_conv(&s->window, y->src, weights, y->bias, y->dst, attr)
                           : od_matmul(y->src, weights, y->bias, y->dst, attr);
    l->primitive_attr_destroy(attr);
    if (!y->pd) return "oneDNN has no implementation of it in this layout";
    if (is_reference(l, y->pd)) return "oneDNN has but its reference implementation of it in this layout";
    if (l->primitive_create(&y->primitive, y->pd)) return "oneDNN could not make its code";
    y->weights = l->primitive_desc_query_md(y->pd, OD_QUERY_WEIGHTS_MD, 0);
    y->scratch = l->primitive_desc_query_md(y->pd, OD_QUERY_SCRATCHPAD_MD, 0);
    y->scratch_bytes = y->scratch ? l->memory_desc_get_size(y->scratch) : 0;
    return y->weights ? NULL : "oneDNN did not say how it wants the weights";
}

// What is not needed any more once it is known that it cannot run.
static void unmake(const od_library *l, od_layer *y) {
    if (y->primitive) l->primitive_destroy(y->primitive);
    if (y->pd) l->primitive_desc_destroy(y->pd);
    od_md_free(y->src), od_md_free(y->weights_md), od_md_free(y->bias), od_md_free(y->dst);
    for (int i = 0; i < OD_TERMS; i++) od_md_free(y->term[i]);
    y->primitive = y->pd = NULL;
}

// ------------------------------------------------------------------------------------------ finding

static size_t bucket_of(const od_spec *s, int threads) {
    const unsigned char *p = (const unsigned char *)s;
    uint64_t h = 0xcbf29ce484222325u + (uint64_t)threads;
    for (size_t i = 0; i < sizeof *s; i += 8) {
        uint64_t word = 0;
        memcpy(&word, p + i, sizeof *s - i < 8 ? sizeof *s - i : 8);
        h = (h ^ word) * 0x9e3779b97f4a7c15u;
    }
    return (size_t)(h >> 54) % BUCKETS;
}

static od_layer *find(const od_library *l, const od_spec *s, int threads);

static od_layer *add(const od_library *l, const od_spec *s, int threads, size_t bucket) {
    od_layer *one = NULL, *y = calloc(1, sizeof *y);
    // The weights' order is that of one thread, whatever the number: packed once, they serve all.
    if (y && s->packs && threads > 1) one = find(l, s, 1);
    if (!y) return NULL;
    y->spec = *s;
    y->threads = threads;
    if (one && one->why) y->why = one->why;
    if (l->threads) l->threads(threads);
    if (!y->why) y->why = make(l, y, one ? one->weights : NULL);
    if (y->why) unmake(l, y);
    y->next = table[bucket];
    return table[bucket] = y;
}

static od_layer *find(const od_library *l, const od_spec *s, int threads) {
    size_t bucket = bucket_of(s, threads);
    for (od_layer *y = table[bucket]; y; y = y->next)
        if (y->threads == threads && !memcmp(&y->spec, s, sizeof *s)) return y;
    return add(l, s, threads, bucket);
}

const od_layer *od_layer_get(const od_spec *s, int threads, const char **why) {
    const od_library *l = od_open();
    *why = l->missing;
    if (l->missing) return NULL;
    pthread_mutex_lock(&lock);
    od_layer *y = find(l, s, threads);
    pthread_mutex_unlock(&lock);
    *why = y ? y->why : "out of memory";
    return *why ? NULL : y;
}

size_t od_layer_packed_bytes(const od_layer *y) {
    return y->spec.packs ? od_open()->memory_desc_get_size(y->weights) : 0;
}

size_t od_layer_scratch_bytes(const od_layer *y) { return y->scratch_bytes; }

// ------------------------------------------------------------------------------------------ running

typedef struct arguments {
    const od_library *l;
    od_exec_arg arg[8 + OD_TERMS];
    int n;
    bool failed;
} arguments;

static void give(arguments *a, int arg, const void *md, const void *data) {
    void *bytes;
    memcpy(&bytes, &data, sizeof bytes); // inputs too are handed over as if they were written to
    a->arg[a->n] = (od_exec_arg){arg, NULL};
    if (a->l->memory_create(&a->arg[a->n].memory, md, a->l->engine, bytes))
        a->failed = true;
    else
        a->n++;
}

static bool execute(arguments *a, od_handle primitive) {
    od_handle stream = NULL;
    bool fine = !a->failed && !a->l->stream_create(&stream, a->l->engine, OD_IN_ORDER) &&
                !a->l->primitive_execute(primitive, stream, a->n, a->arg) && !a->l->stream_wait(stream);
    if (stream) a->l->stream_destroy(stream);
    for (int i = 0; i < a->n; i++) a->l->memory_destroy(a->arg[i].memory);
    return fine;
}

bool od_layer_pack(const od_spec *s, const od_layer *y, const void *weights, void *to) {
    arguments a = {.l = od_open()};
    od_operand plain = s->weights;
    plain.format = OD_STRIDED;
    od_md from = describe(&plain);
    od_handle pd = NULL, reorder = NULL;
    bool fine = from &&
                !a.l->reorder_primitive_desc_create(&pd, from, a.l->engine, y->weights, a.l->engine, NULL) &&
                !a.l->primitive_create(&reorder, pd);
    if (fine) {
        give(&a, OD_ARG_SRC, from, weights);
        give(&a, OD_ARG_DST, y->weights, to);
        fine = execute(&a, reorder);
    }
    if (reorder) a.l->primitive_destroy(reorder);
    if (pd) a.l->primitive_desc_destroy(pd);
    od_md_free(from);
    return fine;
}

tn_status od_layer_run(const od_spec *s, const od_layer *y, tn_call *c) {
    arguments a = {.l = od_open()};
    give(&a, OD_ARG_SRC, y->src, c->in[s->src.input]->data);
    give(&a, OD_ARG_WEIGHTS, y->weights, s->packs ? c->packed : c->in[s->weights.input]->data);
    if (y->bias) give(&a, OD_ARG_BIAS, y->bias, c->in[s->bias.input]->data);
    for (int i = 0; i < s->terms; i++)
        give(&a, a.l->arg_post_op * (i + 1 + (s->scale != 1)) | OD_ARG_SRC_1, y->term[i],
             c->in[s->term[i].input]->data);
    if (y->scratch_bytes) give(&a, OD_ARG_SCRATCHPAD, y->scratch, c->workspace);
    give(&a, OD_ARG_DST, y->dst, c->out[0]->data);
    if (a.l->threads) a.l->threads(y->threads);
    return execute(&a, y->primitive) ? TN_OK
                                     : tn_call_fail(c, TN_INTERNAL, "oneDNN failed to run its primitive");
}
