// SPDX-License-Identifier: Apache-2.0
// program_f32.c - tn.Program: elementwise nodes run one behind the other on pieces of at most 1024
// elements, so that what lies between them never leaves the nearest cache. Each instruction is a row of the
// function that computes the node by itself (rows_f32.inl), so the bits are the same; program_setup.inl makes
// them.
//
//     plane   what is walked in one go: the innermost axis, or the two innermost ones where it is short
//     piece   of a plane, at most 1024 elements, none of whose inputs needs more than a row:
//             all of it, one element, or a bank: a row on the stack, filled from what repeats or is no f32
#include "cpu/isa.h"

#include "cpu/kern/program_setup.inl"

typedef struct program_run {
    const program *s;
    const void *x[TNI_PROGRAM_IN];
    void *y[TNI_PROGRAM_OUT];
} program_run;

typedef struct operand { // of an instruction: all of a piece, or one element for all
    const float *x;
    bool steps;
} operand;

typedef struct program_state { // of a task
    const program_run *r;
    int64_t plane, first[TNI_PROGRAM_IN]; // elements of the inputs at its beginning
    int64_t loaded[TNI_PROGRAM_IN];       // what lies in their banks begins there
    operand at[TNI_PROGRAM_IN + PROGRAM_BANKS];
    float bank[PROGRAM_BANKS][PROGRAM_PIECE] __attribute__((aligned(64)));
} program_state;

// ---------------------------------------------------------------------------------------- rows of masks

// Masks are floats whose bits are all ones or zeros.
INLINE vi compare_vector(compare_kind kind, vf a, vf b) {
    switch (kind) {
    case COMPARE_EQUAL: return a == b;
    case COMPARE_GREATER: return a > b;
    case COMPARE_GREATER_EQUAL: return a >= b;
    case COMPARE_LESS: return a < b;
    case COMPARE_LESS_EQUAL: return a <= b;
    case COMPARE_AND: return (vi)a & (vi)b;
    case COMPARE_OR: return (vi)a | (vi)b;
    case COMPARE_XOR: return (vi)a ^ (vi)b;
    case COMPARE_SAME: return ~((vi)a ^ (vi)b);
    }
    return (vi)a;
}

// `one`: what repeats; it is read before anything is written, which may be where it lies.
INLINE vf operand_vector(operand o, vf one, int64_t i, int64_t n) {
    return !o.steps ? one : n == VL ? v_load(o.x + i) : v_load_n(o.x + i, n);
}

INLINE void compare_loop(compare_kind kind, operand a, operand b, float *y, int64_t n) {
    vf one_a = v_set(*a.x), one_b = v_set(*b.x);
    int64_t i = 0;
    for (; i + VL <= n; i += VL)
        v_store(y + i,
                (vf)compare_vector(kind, operand_vector(a, one_a, i, VL), operand_vector(b, one_b, i, VL)));
    if (i == n) return;
    vf last =
        (vf)compare_vector(kind, operand_vector(a, one_a, i, n - i), operand_vector(b, one_b, i, n - i));
    v_store_n(y + i, last, n - i);
}

static void compare_rows_of(compare_kind kind, operand a, operand b, float *y, int64_t n) {
    switch (kind) {
#define COMPARE_CASE(kind_) \
    case kind_: compare_loop(kind_, a, b, y, n); return;
        COMPARE_CASE(COMPARE_EQUAL)
        COMPARE_CASE(COMPARE_GREATER)
        COMPARE_CASE(COMPARE_GREATER_EQUAL)
        COMPARE_CASE(COMPARE_LESS)
        COMPARE_CASE(COMPARE_LESS_EQUAL)
        COMPARE_CASE(COMPARE_AND)
        COMPARE_CASE(COMPARE_OR)
        COMPARE_CASE(COMPARE_XOR)
        COMPARE_CASE(COMPARE_SAME)
#undef COMPARE_CASE
    }
}

static void select_row(operand mask, operand yes, operand no, float *y, int64_t n) {
    vf one_mask = v_set(*mask.x), one_yes = v_set(*yes.x), one_no = v_set(*no.x);
    for (int64_t i = 0; i < n; i += VL) {
        int64_t m = min64(VL, n - i);
        vf x = v_select((vi)operand_vector(mask, one_mask, i, m), operand_vector(yes, one_yes, i, m),
                        operand_vector(no, one_no, i, m));
        if (m == VL)
            v_store(y + i, x);
        else
            v_store_n(y + i, x, m);
    }
}

static void mask_row(program_what what, const float *x, float *y, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, 4);
        if (what == DO_REAL) {
            y[i] = bits ? 1 : 0;
            continue;
        }
        bits = what == DO_NOT ? ~bits : x[i] == 0 ? 0 : UINT32_MAX; // NaN is true
        memcpy(y + i, &bits, 4);
    }
}

// ---------------------------------------------------------------------------------------- what goes in and
// out

// Elements first, first + 1, ... as floats, or as masks.
static void load_row(tn_dtype type, const void *x, int64_t first, float *to, int64_t n) {
    if (type != TN_BOOL) {
        cast_to_reals(type, x, first, to, n);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits = ((const uint8_t *)x + first)[i] ? UINT32_MAX : 0;
        memcpy(to + i, &bits, 4);
    }
}

static void store_row(const program_output *o, const float *x, void *y, int64_t first, int64_t n) {
    if (!o->mask) {
        cast_from_reals(o->type, x, y, first, n);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, 4);
        ((uint8_t *)y + first)[i] = bits != 0;
    }
}

static void fill(float *to, float x, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] = x;
}

// The row is there up to `have`; again and again up to n.
static void repeat_row(float *row, int64_t have, int64_t n) {
    while (have < n) {
        int64_t more = min64(have, n - have);
        memcpy(row + have, row, (size_t)more * sizeof *row);
        have += more;
    }
}

// Each of the elements, `times` times, up to n in all.
static void spread_row(const float *from, int64_t times, float *to, int64_t n) {
    for (int64_t i = 0; i < n; i += times) fill(to + i, from[i / times], min64(times, n - i));
}

// ---------------------------------------------------------------------------------------- planes and pieces

// At the beginning of a plane: where each input is, and the banks that serve for all of the plane.
static void program_seek(program_state *t, int64_t plane) {
    const program *s = t->r->s;
    for (int k = 0; k < s->inputs; k++) t->first[k] = 0;
    for (int d = s->rank - 1; d >= 0; plane /= s->walk.dim[d--]) {
        int64_t i = plane % s->walk.dim[d];
        for (int k = 0; k < s->inputs; k++) t->first[k] += i * s->walk.step[k][d];
    }
    for (int k = 0; k < s->inputs; k++) {
        const program_input *in = &s->input[k];
        if (in->reach != REACH_ONE && in->reach != REACH_PERIOD) continue;
        bool one = in->reach == REACH_ONE;
        t->at[k] = (operand){(const float *)t->r->x[k] + t->first[k], false};
        if (in->bank < 0) continue;
        float *row = t->bank[in->bank];
        t->at[k] = (operand){row, !one};
        if (t->loaded[k] == t->first[k]) continue;
        t->loaded[k] = t->first[k];
        load_row(in->type, t->r->x[k], t->first[k], row, one ? 1 : s->walk.inner);
        if (!one) repeat_row(row, s->walk.inner, s->piece);
    }
}

static void program_load(program_state *t, int64_t at, int64_t n) {
    const program *s = t->r->s;
    float some[PROGRAM_PIECE];
    for (int k = 0; k < s->inputs; k++) {
        const program_input *in = &s->input[k];
        if (in->reach == REACH_ALL && in->bank < 0) {
            t->at[k] = (operand){(const float *)t->r->x[k] + t->first[k] + at, true};
        } else if (in->reach == REACH_ALL) {
            load_row(in->type, t->r->x[k], t->first[k] + at, t->bank[in->bank], n);
            t->at[k] = (operand){t->bank[in->bank], true};
        } else if (in->reach == REACH_RUNS) {
            int64_t inner = s->walk.inner;
            load_row(in->type, t->r->x[k], t->first[k] + at / inner, some, ceil_div(n, inner));
            spread_row(some, inner, t->bank[in->bank], n);
            t->at[k] = (operand){t->bank[in->bank], true};
        }
    }
}

// Where an instruction writes: its bank, or the output that it makes.
static float *program_to(program_state *t, const instruction *i, int64_t at) {
    if (i->out >= 0) return (float *)t->r->y[i->out] + at;
    return t->bank[i->to - t->r->s->inputs];
}

static void program_do(program_state *t, const instruction *i, int64_t at, int64_t n) {
    operand a = t->at[i->in[0]], b = t->at[i->in[1]], c = t->at[i->in[2]];
    float *y = program_to(t, i, at);
    bool steps = a.steps || b.steps || c.steps;
    if (!steps) n = 1;
    switch ((program_what)i->what) {
    case DO_ACT: act_row(i->act, a.x, y, n); break;
    case DO_BINARY: binary_row((binary_kind)i->kind, a.x, a.steps, b.x, b.steps, y, n); break;
    case DO_POW: pow_row_by(a.x, true, i->act.alpha, y, n); break;
    case DO_COMPARE: compare_rows_of((compare_kind)i->kind, a, b, y, n); break;
    case DO_WHERE: select_row(a, b, c, y, n); break;
    case DO_REAL:
    case DO_MASK:
    case DO_NOT: mask_row((program_what)i->what, a.x, y, n); break;
    }
    t->at[i->to] = (operand){y, steps};
}

// Output 0, which may lie over an input, is the last one.
static void program_store(program_state *t, int64_t at, int64_t n) {
    const program *s = t->r->s;
    float all[PROGRAM_PIECE];
    for (int k = s->outputs - 1; k >= 0; k--) {
        const program_output *o = &s->output[k];
        operand x = t->at[o->operand];
        if (!t->r->y[k] || (o->direct && x.steps)) continue;
        if (!x.steps) fill(all, *x.x, n);
        store_row(o, x.steps ? x.x : all, t->r->y[k], at, n);
    }
}

static void program_task(void *arg, int64_t i, int worker) {
    const program_run *r = arg;
    const program *s = r->s;
    program_state t; // the banks begin as they are
    int64_t each = s->pieces, end = min64((i + 1) * s->task, s->planes * each);
    (void)worker;
    t.r = r;
    for (int k = 0; k < s->inputs; k++) t.loaded[k] = -1;
    for (int64_t p = i * s->task; p < end; p++) {
        int64_t in = p % each * s->piece, at = p / each * s->plane + in, n = min64(s->piece, s->plane - in);
        if (!in || p == i * s->task) program_seek(&t, p / each);
        program_load(&t, in, n);
        for (int k = 0; k < s->count; k++) program_do(&t, &s->step[k], at, n);
        program_store(&t, at, n);
    }
}

static tn_status program_call(tn_call *c) {
    const program *s = c->params;
    program_run r = {.s = s};
    for (int k = 0; k < s->inputs; k++) r.x[k] = c->in[k]->data;
    for (int k = 0; k < s->outputs; k++) r.y[k] = c->out[k] ? c->out[k]->data : NULL;
    tn_call_parallel(c, ceil_div(s->planes * s->pieces, s->task), program_task, &r);
    return TN_OK;
}

TN_ISAS(generic, avx2, avx512);

TN_KERNEL(program_f32) = {
    TN_HERE,
    .name = AT("program.f32:Program"),
    .op = "Program",
    .domain = "tn",
    .isa = ISA,
    .rank = ISA_RANK,
    .doc = "pieces of 1024 elements, node by node",
    .inplace = (1u << TNI_PROGRAM_IN) - 1,
    .reject = program_reject,
    .params_bytes = sizeof(program),
    .setup = program_setup,
    .run = program_call,
};
