// SPDX-License-Identifier: Apache-2.0
// order.c - see order.h. Places are read front to back and gathered into loops as they come: numbers side by
// side in even steps into a run, runs alike in even steps into a nest of two loops, and so on; each level
// remembers the nest that is growing. The edges of blocks, where fewer numbers are, become nests of their
// own.
#include "plan/order.h"

#include "base/ck.h"

#include <string.h>

enum {
    LOOPS = 8,
    LEVELS = LOOPS - 1 /* above the run */,
    MOST = 256 /* nests; what needs more has no rule */
};

typedef struct loop {
    int64_t turns, from, to; // steps, in elements
} loop;

typedef struct nest {
    int64_t from, to; // where it begins
    int loops;
    loop loop[LOOPS]; // from the innermost out
} nest;

// ---- finding

typedef struct growing { // `turns` nests alike, each a step behind the one before it
    nest first;
    int64_t from, to; // of the last
    loop by;
} growing;

typedef struct finder {
    growing level[LEVELS];
    tni_text *nests; // records
    uint32_t count;
    unsigned char *seen; // a bit for each element of the constant
} finder;

static void put_nest(tni_text *t, const nest *x) {
    tni_put_u64(t, (uint64_t)x->from);
    tni_put_u64(t, (uint64_t)x->to);
    tni_put_u8(t, (uint8_t)x->loops);
    for (int i = 0; i < x->loops; i++) {
        tni_put_u64(t, (uint64_t)x->loop[i].turns);
        tni_put_u64(t, (uint64_t)x->loop[i].from);
        tni_put_u64(t, (uint64_t)x->loop[i].to);
    }
}

static bool alike(const nest *a, const nest *b) {
    return a->loops == b->loops && !memcmp(a->loop, b->loop, (size_t)a->loops * sizeof *a->loop);
}

// Whether `x` is the next turn of what grows.
static bool grow(growing *g, const nest *x) {
    loop step = {g->by.turns + 1, x->from - g->from, x->to - g->to};
    bool fits = g->by.turns == 1 || (step.from == g->by.from && step.to == g->by.to);
    if (!g->by.turns || !fits || !alike(&g->first, x)) return false;
    g->by = step;
    g->from = x->from;
    g->to = x->to;
    return true;
}

static bool add(finder *f, int level, const nest *x);

// What has grown goes one level up, as one nest with one loop more.
static bool pass_on(finder *f, int level) {
    growing *g = &f->level[level];
    nest x = g->first;
    if (!g->by.turns) return true;
    if (g->by.turns > 1) x.loop[x.loops++] = g->by;
    g->by.turns = 0;
    return add(f, level + 1, &x);
}

static bool add(finder *f, int level, const nest *x) {
    if (level == LEVELS) {
        put_nest(f->nests, x);
        return ++f->count <= MOST;
    }
    growing *g = &f->level[level];
    if (grow(g, x)) return true;
    if (!pass_on(f, level)) return false;
    g->first.from = g->from = x->from;
    g->first.to = g->to = x->to;
    g->first.loops = x->loops;
    memcpy(g->first.loop, x->loop, (size_t)x->loops * sizeof *x->loop);
    g->by = (loop){.turns = 1};
    return true;
}

// The run that begins at place i, whose number is one of the constant's.
static nest run_at(const uint32_t *place, size_t i, size_t n, size_t count) {
    nest x;
    int64_t turns = 1, step = 1;
    x.from = (int64_t)i;
    x.to = (int64_t)place[i] - 1;
    for (; i + 1 < n && place[i + 1] && place[i + 1] <= count; i++, turns++) {
        int64_t next = (int64_t)place[i + 1] - place[i];
        if (turns > 1 && next != step) break;
        step = next;
    }
    x.loops = turns > 1;
    if (x.loops) x.loop[0] = (loop){turns, 1, step};
    return x;
}

// False: one of the run's elements was there before.
static bool see(finder *f, const nest *x, size_t turns) {
    int64_t step = x->loops ? x->loop[0].to : 0;
    for (size_t k = 0; k < turns; k++) {
        size_t at = (size_t)(x->to + (int64_t)k * step);
        if (f->seen[at / 8] >> at % 8 & 1) return false;
        f->seen[at / 8] |= (unsigned char)(1u << at % 8);
    }
    return true;
}

static bool gather(finder *f, const uint32_t *place, size_t n, size_t count) {
    size_t found = 0;
    for (size_t i = 0; i < n;) {
        if (!place[i] || place[i] > count) {
            i++;
            continue;
        }
        nest x = run_at(place, i, n, count);
        size_t turns = x.loops ? (size_t)x.loop[0].turns : 1;
        found += turns;
        i += turns;
        if (!see(f, &x, turns) || !add(f, 0, &x)) return false;
    }
    for (int level = 0; level < LEVELS; level++)
        if (!pass_on(f, level)) return false;
    return found == count;
}

bool tni_order_find(tni_text *order, const uint32_t *place, size_t n, size_t count) {
    tni_text nests = {.env = order->env};
    finder f = {.nests = &nests, .seen = tni_calloc(order->env, count / 8 + 1, 1)};
    bool found = f.seen && gather(&f, place, n, count);
    tni_put_u32(order, f.count);
    tni_text_add(order, nests.data, nests.length);
    order->failed |= nests.failed || !f.seen;
    tni_text_free(&nests);
    tni_free(order->env, f.seen);
    return found && !order->failed;
}

// Sixteen columns at a time where that comes out even: they are lines of the transpose, read side by side.
void tni_order_transpose(tni_text *order, size_t rows, size_t columns) {
    int64_t r = (int64_t)rows, c = (int64_t)columns, tile = c % 16 ? c : 16;
    nest x = {.loops = 3, .loop = {{tile, r, 1}, {r, 1, c}, {c / tile, tile * r, tile}}};
    tni_put_u32(order, 1);
    put_nest(order, &x);
}

// ---- following

static nest take_nest(tni_bytes *r) {
    nest x;
    x.from = (int64_t)tni_take_u64(r);
    x.to = (int64_t)tni_take_u64(r);
    x.loops = tni_take_u8(r);
    r->bad |= x.loops > LOOPS;
    for (int i = 0; !r->bad && i < x.loops; i++) {
        x.loop[i].turns = (int64_t)tni_take_u64(r);
        x.loop[i].from = (int64_t)tni_take_u64(r);
        x.loop[i].to = (int64_t)tni_take_u64(r);
    }
    return x;
}

// Whether `turns` steps from [low, high] stay in [0, n); that is where they lead.
static bool step_within(int64_t *low, int64_t *high, int64_t turns, int64_t step, int64_t n) {
    int64_t way;
    if (turns < 1 || !ck_mul64(turns - 1, step, &way) || !ck_add64(way < 0 ? *low : *high, way, &way))
        return false;
    *(way < *low ? low : high) = way < *low || way > *high ? way : *high;
    return *low >= 0 && *high < n;
}

static bool nest_within(const nest *x, int64_t packed, int64_t count, size_t *elements) {
    int64_t from[2] = {x->from, x->from}, to[2] = {x->to, x->to};
    bool within = x->from >= 0 && x->from < packed && x->to >= 0 && x->to < count;
    *elements = 1;
    for (int i = 0; within && i < x->loops; i++)
        within = step_within(&from[0], &from[1], x->loop[i].turns, x->loop[i].from, packed) &&
                 step_within(&to[0], &to[1], x->loop[i].turns, x->loop[i].to, count) &&
                 ck_mul(*elements, (size_t)x->loop[i].turns, elements);
    return within;
}

void tni_order_take(tni_bytes *r, size_t packed, size_t count) {
    size_t made = 0, elements = 0;
    for (size_t n = tni_take_count(r, 17); !r->bad && n > 0; n--) {
        nest x = take_nest(r);
        r->bad |= !nest_within(&x, (int64_t)packed, (int64_t)count, &elements) ||
                  !ck_add(made, elements, &made) || made > count;
    }
    r->bad |= made != count;
}

typedef struct element { // whatever its type is, it is only moved
    unsigned char byte[TNI_ORDER_ELEMENT];
} element;

static const loop *outermost(const nest *x) { return &x->loop[x->loops ? x->loops - 1 : 0]; }

static void make_loop(const loop *l, int loops, const element *from, element *to) {
    if (!loops) *to = *from;
    for (int64_t k = 0; loops && k < l->turns; k++) {
        if (loops > 1)
            make_loop(l - 1, loops - 1, from + k * l->from, to + k * l->to);
        else
            to[k * l->to] = from[k * l->from];
    }
}

static bool same_loop(const loop *l, int loops, const element *from, const element *to) {
    if (!loops) return !memcmp(to, from, sizeof *to);
    for (int64_t k = 0; k < l->turns; k++)
        if (!same_loop(l - 1, loops - 1, from + k * l->from, to + k * l->to)) return false;
    return true;
}

void tni_order_make(tni_bytes order, const void *packed, void *constant) {
    const element *from = packed;
    element *to = constant;
    for (uint32_t n = tni_take_u32(&order); n > 0; n--) {
        nest x = take_nest(&order);
        make_loop(outermost(&x), x.loops, from + x.from, to + x.to);
    }
}

bool tni_order_same(tni_bytes order, const void *packed, const void *constant) {
    const element *from = packed, *to = constant;
    for (uint32_t n = tni_take_u32(&order); n > 0; n--) {
        nest x = take_nest(&order);
        if (!same_loop(outermost(&x), x.loops, from + x.from, to + x.to)) return false;
    }
    return true;
}
