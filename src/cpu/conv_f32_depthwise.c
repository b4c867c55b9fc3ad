// SPDX-License-Identifier: Apache-2.0
// conv_f32_depthwise.c - convolution of each channel by itself. A task loads one channel's plane with its
// padding into the worker's workspace and computes SLOTS vectors of output at a time, each window element
// multiplied into all of them. Of a volume as many planes are there as a window reaches over; that at depth z
// is number z % ring.
//
//     workspace of a worker: | off[taps] | weights[taps] | planes[ring] | results, if not f32 or not clamped
//     only |
#include "cpu/isa.h"

#include "cpu/kern/conv.inl"

typedef struct depthwise {
    conv v;
    plane p;
    int64_t channels; // of a task
    int64_t ring;     // planes
} depthwise;

enum { MOST_TAPS = 1024, TASK_TAPS = 1 << 16 };

static void depthwise_setup(const tn_problem *p, void *params) {
    depthwise *d = params;
    *d = (depthwise){0};
    conv_setup_shape(p, &d->v);
    d->p = conv_plane(&d->v);
    const conv *v = &d->v;
    d->channels = max64(1, TASK_TAPS / max64(1, v->od * v->oh * v->ow * v->kd * v->kh * v->kw));
    d->ring = min64(v->d, (v->kd - 1) * v->dd + 1);
}

static const char *depthwise_reject(const tn_problem *p) {
    const char *why = conv_reject_volumes(p);
    if (why) return why;
    const tn_tensor *w = p->in[1];
    if (w->dim[1] != 1 || tn_attr_int(p->attrs, "group") == 1) return "not depthwise";
    if (tn_count_range(w, 2, w->rank) > MOST_TAPS) return "a kernel of more than 1024 elements";
    depthwise d;
    depthwise_setup(p, &d);
    return plane_fits(&d.p) ? NULL : "a plane with its padding is too large";
}

typedef struct depthwise_room {
    int64_t off, plane, result, all;
} depthwise_room;

static depthwise_room depthwise_sizes(const depthwise *d) {
    depthwise_room r = {.off = ceil_div(d->v.kd * d->v.kh * d->v.kw, 16) * 32, .plane = plane_floats(&d->p)};
    r.result = ceil_div(2 * d->v.oh * d->v.ow, 16) * 16;
    r.all = r.off + d->ring * r.plane + r.result;
    return r;
}

static size_t depthwise_workspace(const tn_problem *p, int threads) {
    depthwise d;
    depthwise_setup(p, &d);
    return d.v.oh * d.v.ow > 0 ? (size_t)(depthwise_sizes(&d).all * threads) * 4 : 0;
}

typedef struct depthwise_run {
    const depthwise *d;
    const void *x, *w, *bias, *z;
    void *y;
    float *workspace;
} depthwise_run;

// One plane: y = clamp(sum of taps + bias); added in the order of the matrix product, so that the choice
// between the two changes no bit.
static void depthwise_plane(const plane *p, const float *x, const int32_t *off, const float *w, int64_t taps,
                            float bias, float lo, float hi, float *y) {
    slots s = {0};
    while (plane_slots(p, &s)) {
        vf acc[SLOTS];
        const float *in[SLOTS];
        for (int j = 0; j < SLOTS; j++) acc[j] = (vf){0}, in[j] = x + s.in[j];
        for (int64_t k = 0; k < taps; k++) {
            vf tap = v_set(w[k]);
            for (int j = 0; j < SLOTS; j++) acc[j] = v_fma(tap, v_load(in[j] + off[k]), acc[j]);
        }
        vf out[SLOTS]; // indexed by a variable: acc itself stays in registers
        for (int j = 0; j < SLOTS; j++) out[j] = v_clamp(acc[j] + bias, v_set(lo), v_set(hi));
        for (int j = 0; j < s.count; j++) {
            if (s.lanes[j] == VL)
                v_store(y + s.out[j], out[j]);
            else
                v_store_n(y + s.out[j], out[j], s.lanes[j]);
        }
    }
}

// Residual, activation and conversion of a finished plane: from `sum` to y.
static void depthwise_finish(const depthwise_run *r, int64_t at, int64_t n, float bias, float *sum,
                             float *line) {
    tn_dtype type = r->d->v.type;
    if (r->z) {
        row_from(type, r->z, at, line, n);
        for (int64_t i = 0; i < n; i++) sum[i] = sum[i] + line[i] + bias;
    }
    act_row(r->d->v.act, sum, sum, n);
    row_to(type, sum, r->y, at, n);
}

// A channel on its way through the depth.
typedef struct depthwise_walk {
    int32_t *off;
    float *weights, *planes, *result;
    int64_t from, loaded; // first plane of the input channel, and how many of them have been loaded
    int64_t at;           // of the output
    float bias;
} depthwise_walk;

// Loads what slice oz reads, and says where its taps are; how many of them lie in the volume.
static int64_t depthwise_taps(const depthwise_run *r, depthwise_walk *o, int64_t oz, int64_t *first) {
    const conv *v = &r->d->v;
    int64_t area = v->kh * v->kw, z0 = oz * v->sd - v->front, apart = depthwise_sizes(r->d).plane;
    inside in = inside_of(z0, v->dd, v->d, v->kd);
    for (int64_t k = in.lo; k < in.hi; k++) {
        int64_t z = z0 + k * v->dd, at = z % r->d->ring * apart;
        o->loaded = max64(o->loaded, z0); // what lies before is not read any more
        for (; o->loaded <= z; o->loaded++)
            plane_load(&r->d->p, v->type, r->x, (o->from + o->loaded) * v->h * v->w, 0,
                       o->planes + o->loaded % r->d->ring * apart);
        for (int64_t i = 0; i < area; i++)
            o->off[k * area + i] = (int32_t)(at + plane_offset(&r->d->p, i / v->kw, i % v->kw));
    }
    *first = in.lo * area;
    return (in.hi - in.lo) * area;
}

static void depthwise_slice(const depthwise_run *r, depthwise_walk *o, int64_t oz) {
    const conv *v = &r->d->v;
    int64_t first, n = v->oh * v->ow, taps = depthwise_taps(r, o, oz, &first), at = o->at + oz * n;
    bool plain = v->act.kind == ACT_NONE || v->act.kind == ACT_CLAMP;
    bool direct = v->type == TN_F32 && !r->z && plain, clamps = direct && v->act.kind == ACT_CLAMP;
    depthwise_plane(&r->d->p, o->planes, o->off + first, o->weights + first, taps, r->z ? 0 : o->bias,
                    clamps ? v->act.alpha : -INFINITY, clamps ? v->act.beta : INFINITY,
                    direct ? (float *)r->y + at : o->result);
    if (!direct) depthwise_finish(r, at, n, o->bias, o->result, o->result + n);
}

static void depthwise_channel(const depthwise_run *r, int64_t image, int64_t channel, float *space) {
    const conv *v = &r->d->v;
    depthwise_room room = depthwise_sizes(r->d);
    int64_t taps = v->kd * v->kh * v->kw, input = channel / (v->oc / v->c);
    depthwise_walk o = {.off = (int32_t *)(void *)space,
                        .weights = space + room.off / 2,
                        .planes = space + room.off,
                        .result = space + room.off + r->d->ring * room.plane,
                        .from = (image * v->c + input) * v->d,
                        .at = (image * v->oc + channel) * v->od * v->oh * v->ow,
                        .bias = r->bias ? scalar_from(v->type, r->bias, channel) : 0};
    row_from(v->type, r->w, channel * taps, o.weights, taps);
    for (int64_t oz = 0; oz < v->od; oz++) depthwise_slice(r, &o, oz);
}

static void depthwise_task(void *arg, int64_t i, int worker) {
    const depthwise_run *r = arg;
    const depthwise *d = r->d;
    int64_t first = i * d->channels, last = min64(first + d->channels, d->v.n * d->v.oc);
    for (int64_t c = first; c < last; c++)
        depthwise_channel(r, c / d->v.oc, c % d->v.oc, r->workspace + worker * depthwise_sizes(d).all);
}

static tn_status depthwise_call(tn_call *c) {
    const depthwise *d = c->params;
    const tn_tensor *bias = conv_bias(c->nin, c->in), *z = conv_residual(c->nin, c->in);
    if (d->v.od * d->v.oh * d->v.ow == 0) return TN_OK;
    depthwise_run r = {d,
                       c->in[0]->data,
                       c->in[1]->data,
                       bias ? bias->data : NULL,
                       z ? z->data : NULL,
                       c->out[0]->data,
                       c->workspace};
    tn_call_parallel(c, ceil_div(d->v.n * d->v.oc, d->channels), depthwise_task, &r);
    return TN_OK;
}

#define CONV_DEPTHWISE(name_, op_, domain_, inplace_)                                                     \
    {                                                                                                     \
        TN_HERE, .name = name_, .op = op_, .domain = domain_, .isa = ISA, .rank = ISA_RANK + 40,          \
                 .doc = "each channel's plane with its padding written out, vectors along the width",     \
                 .reject = depthwise_reject, .params_bytes = sizeof(depthwise), .setup = depthwise_setup, \
                 .workspace = depthwise_workspace, .run = depthwise_call, .inplace = inplace_,            \
    }

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(conv_f32_depthwise) = CONV_DEPTHWISE(AT("conv.f32.depthwise:Conv"), "Conv", NULL, 0);
TN_KERNEL(conv_f32_depthwise_fused) = CONV_DEPTHWISE(AT("conv.f32.depthwise:tn.Conv"), "Conv", "tn", 1u << 3);
