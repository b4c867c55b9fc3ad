// SPDX-License-Identifier: Apache-2.0
// dim.c - symbolic dimensions: arithmetic on expressions. Atoms and expressions are interned, so equal ones
// share one address.
#include "ir/dim_expr.h"

#include "base/ck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TERMS = 48, MAX_ATOMS = 16 }; // per expression, per term; beyond them a fresh symbol stands in

void tni_dims_init(tn_dims *pool, tn_env *env) {
    *pool = (tn_dims){.env = env, .symbols = {.env = env}};
    tni_arena_init(&pool->arena, env);
}

void tni_dims_free(tn_dims *pool) {
    tni_map_free(&pool->symbols);
    tni_free(pool->env, pool->table);
    tni_arena_free(&pool->arena);
    tni_dims_init(pool, pool->env);
}

void tni_dims_reset(tn_dims *pool) {
    tni_map_clear(&pool->symbols);
    if (pool->table) memset(pool->table, 0, pool->capacity * sizeof *pool->table);
    tni_arena_reset(&pool->arena, (tni_mark){0});
    pool->count = 0;
    pool->fresh = 0;
    pool->status = TN_OK;
}

tn_dim tni_dim_stuck(tn_dims *pool, tn_status why) {
    if (pool->status == TN_OK) pool->status = why;
    return tn_k(0);
}

// ---- interning

static int compare_terms(const term *a, const term *b) {
    if (a->natoms != b->natoms) return a->natoms > b->natoms ? -1 : 1; // higher degrees first
    for (unsigned i = 0; i < a->natoms; i++)
        if (a->atom[i] != b->atom[i]) return a->atom[i]->id < b->atom[i]->id ? -1 : 1;
    return 0;
}

static uint64_t hash_terms(const term *t, size_t n) {
    uint64_t h = n;
    for (size_t i = 0; i < n; i++) {
        h = tni_hash(&t[i].coefficient, sizeof t[i].coefficient, h);
        for (unsigned j = 0; j < t[i].natoms; j++)
            h = tni_hash(&t[i].atom[j]->id, sizeof t[i].atom[j]->id, h);
    }
    return h;
}

static bool same_terms(const tn_expr *e, const term *t, size_t n) {
    if (e->nterms != n) return false;
    for (size_t i = 0; i < n; i++)
        if (e->term[i].coefficient != t[i].coefficient || compare_terms(&e->term[i], &t[i])) return false;
    return true;
}

static bool grow_table(tn_dims *pool) {
    size_t capacity = pool->capacity ? pool->capacity * 2 : 64;
    const tn_expr **table = tni_calloc(pool->env, capacity, sizeof *table);
    if (!table) return false;
    for (size_t i = 0; i < pool->capacity; i++) {
        const tn_expr *e = pool->table[i];
        if (!e) continue;
        size_t at = e->hash & (capacity - 1);
        while (table[at]) at = (at + 1) & (capacity - 1);
        table[at] = e;
    }
    tni_free(pool->env, pool->table);
    pool->table = table;
    pool->capacity = capacity;
    return true;
}

static tn_expr *make_expr(tn_dims *pool, const term *t, size_t n, uint64_t hash) {
    tn_expr *e = tni_arena_zalloc(&pool->arena, sizeof *e);
    term *copy = tni_arena_copy(&pool->arena, t, n * sizeof *t);
    if (!e || !copy) return NULL;
    for (size_t i = 0; i < n; i++) {
        copy[i].atom = tni_arena_copy(&pool->arena, t[i].atom, t[i].natoms * sizeof *t[i].atom);
        if (!copy[i].atom) return NULL;
        for (unsigned j = 0; j < t[i].natoms; j++) e->data |= t[i].atom[j]->data;
    }
    e->hash = hash;
    e->nterms = (unsigned)n;
    e->term = copy;
    if (n == 1 && copy->coefficient == 1 && copy->natoms == 1) e->alone = copy->atom[0];
    return e;
}

// The one expression with these sorted, combined terms.
static tn_dim intern(tn_dims *pool, const term *t, size_t n) {
    if (n == 0) return tn_k(0);
    if (n == 1 && t->natoms == 0) return tn_k(t->coefficient);
    if (pool->count * 2 >= pool->capacity && !grow_table(pool)) return tni_dim_stuck(pool, TN_NOMEM);
    uint64_t hash = hash_terms(t, n);
    size_t at = hash & (pool->capacity - 1);
    for (; pool->table[at]; at = (at + 1) & (pool->capacity - 1))
        if (pool->table[at]->hash == hash && same_terms(pool->table[at], t, n))
            return (tn_dim){0, pool->table[at]};
    tn_expr *e = make_expr(pool, t, n, hash);
    if (!e) return tni_dim_stuck(pool, TN_NOMEM);
    pool->table[at] = e;
    pool->count++;
    return (tn_dim){0, e};
}

static tn_dim atom_dim(tn_dims *pool, const atom *a) { return intern(pool, &(term){1, 1, &a}, 1); }

static atom *new_atom(tn_dims *pool, atom_kind kind) {
    atom *a = tni_arena_zalloc(&pool->arena, sizeof *a);
    if (!a) return NULL;
    a->kind = kind;
    a->id = ++pool->fresh;
    return a;
}

tn_dim tn_dim_symbol(tn_dims *pool, const char *name) {
    size_t size = strlen(name);
    atom *a = tni_map_get(&pool->symbols, name, size);
    if (a) return atom_dim(pool, a);
    a = new_atom(pool, SYMBOL);
    char *copy = tni_arena_text(&pool->arena, name, size);
    if (!a || !copy) return tni_dim_stuck(pool, TN_NOMEM);
    a->name = copy;
    a->data = *name == '?';
    a->sized = true;
    tn_dim d = atom_dim(pool, a);
    if (d.e && !tni_map_set(&pool->symbols, copy, size, a)) return tni_dim_stuck(pool, TN_NOMEM);
    return d;
}

tn_dim tn_dim_fresh(tn_dims *pool) {
    char *name;
    do name = tni_arena_printf(&pool->arena, "?%u", pool->fresh++);
    while (name && tni_map_get(&pool->symbols, name, strlen(name)));
    return name ? tn_dim_symbol(pool, name) : tni_dim_stuck(pool, TN_NOMEM);
}

// ---- facts

void tni_dim_set_usual(tn_dims *pool, const char *symbol, int64_t size) {
    atom *a = tni_map_get(&pool->symbols, symbol, strlen(symbol));
    if (a) a->usual = size;
}

int64_t tni_dim_usual(const tn_dims *pool, const char *symbol) {
    const atom *a = tni_map_get(&pool->symbols, symbol, strlen(symbol));
    return a ? a->usual : 0;
}

void tni_dim_set_range(tn_dims *pool, const char *symbol, int64_t least, int64_t most) {
    atom *a = tni_map_get(&pool->symbols, symbol, strlen(symbol));
    if (a) a->least = least, a->most = most;
}

void tni_dim_range(const tn_dims *pool, tn_dim d, int64_t *least, int64_t *most) {
    const char *symbol;
    int64_t factor;
    *least = 0;
    *most = INT64_MAX;
    if (!tni_dim_is_multiple(d, &symbol, &factor)) return;
    const atom *a = tni_map_get(&pool->symbols, symbol, strlen(symbol));
    if (!a) return;
    if (!ck_mul64(a->least, factor, least)) *least = 0;
    if (!a->most || !ck_mul64(a->most, factor, most)) *most = INT64_MAX;
}

void tni_dim_range_text(char *to, size_t size, int64_t least, int64_t most) {
    if (most == INT64_MAX)
        snprintf(to, size, "at least %lld", (long long)least);
    else if (least == 0)
        snprintf(to, size, "at most %lld", (long long)most);
    else
        snprintf(to, size, "%lld to %lld", (long long)least, (long long)most);
}

bool tni_dim_is_multiple(tn_dim d, const char **symbol, int64_t *factor) {
    if (!d.e || d.e->nterms != 1 || d.e->term[0].natoms != 1) return false;
    const atom *a = d.e->term[0].atom[0];
    *symbol = a->name;
    *factor = d.e->term[0].coefficient;
    return a->kind == SYMBOL && *factor > 0;
}

static bool sized(tn_dim d) { // known to be >= 0: symbols are
    if (!d.e) return d.k >= 0;
    for (unsigned i = 0; i < d.e->nterms; i++) {
        if (d.e->term[i].coefficient < 0) return false;
        for (unsigned j = 0; j < d.e->term[i].natoms; j++)
            if (!d.e->term[i].atom[j]->sized) return false;
    }
    return true;
}

bool tni_dim_depends_on_data(tn_dim d) { return d.e && d.e->data; }
const char *tni_dim_symbol_name(tn_dim d) {
    return d.e && d.e->alone && d.e->alone->kind == SYMBOL ? d.e->alone->name : NULL;
}

// The atom floor(a/b), max(a,b) or min(a,b), found among the known ones or made.
static tn_dim function(tn_dims *pool, atom_kind kind, tn_dim a, tn_dim b) {
    for (size_t i = 0; i < pool->capacity; i++) {
        const atom *known = pool->table[i] ? pool->table[i]->alone : NULL;
        if (known && known->kind == kind && tn_dim_equal(known->a, a) && tn_dim_equal(known->b, b))
            return (tn_dim){0, pool->table[i]};
    }
    atom *f = new_atom(pool, kind);
    if (!f) return tni_dim_stuck(pool, TN_NOMEM);
    f->a = a;
    f->b = b;
    f->data = tni_dim_depends_on_data(a) || tni_dim_depends_on_data(b);
    f->sized = kind == MAX ? sized(a) || sized(b) : sized(a) && sized(b);
    return atom_dim(pool, f);
}

// ---- arithmetic

typedef struct sum {
    term term[MAX_TERMS];
    const atom *atoms[MAX_TERMS][MAX_ATOMS];
    size_t n;
    bool too_large, overflow;
} sum;

static void sum_term(sum *s, int64_t c, const atom *const *x, unsigned nx, const atom *const *y,
                     unsigned ny) {
    if (s->n == MAX_TERMS || nx + ny > MAX_ATOMS) {
        s->too_large = true;
        return;
    }
    const atom **to = s->atoms[s->n];
    unsigned i = 0, j = 0, n = 0;
    while (i < nx || j < ny) to[n++] = j == ny || (i < nx && x[i]->id <= y[j]->id) ? x[i++] : y[j++];
    term t = {c, n, to};
    for (size_t k = 0; k < s->n; k++)
        if (!compare_terms(&s->term[k], &t)) {
            if (!ck_add64(s->term[k].coefficient, c, &s->term[k].coefficient)) s->overflow = true;
            return;
        }
    s->term[s->n++] = t;
}

// Adds scale * d.
static void sum_dim(sum *s, tn_dim d, int64_t scale) {
    const term constant = {d.k, 0, NULL};
    const term *t = d.e ? d.e->term : &constant;
    for (unsigned i = 0, n = d.e ? d.e->nterms : 1; i < n; i++) {
        int64_t c;
        if (!ck_mul64(t[i].coefficient, scale, &c))
            s->overflow = true;
        else
            sum_term(s, c, t[i].atom, t[i].natoms, NULL, 0);
    }
}

static int by_terms(const void *a, const void *b) { return compare_terms(a, b); }

static tn_dim sum_finish(tn_dims *pool, sum *s) {
    if (s->overflow) return tni_dim_stuck(pool, TN_LIMIT);
    if (s->too_large) return tn_dim_fresh(pool);
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->term[i].coefficient) s->term[n++] = s->term[i];
    qsort(s->term, n, sizeof *s->term, by_terms);
    return intern(pool, s->term, n);
}

static tn_dim combine(tn_dims *pool, tn_dim a, int64_t sa, tn_dim b, int64_t sb) {
    sum s;
    s.n = 0, s.too_large = s.overflow = false;
    sum_dim(&s, a, sa);
    sum_dim(&s, b, sb);
    return sum_finish(pool, &s);
}

tn_dim tn_dim_add(tn_dims *pool, tn_dim a, tn_dim b) {
    if (a.e || b.e) return combine(pool, a, 1, b, 1);
    return ck_add64(a.k, b.k, &a.k) ? a : tni_dim_stuck(pool, TN_LIMIT);
}

tn_dim tn_dim_sub(tn_dims *pool, tn_dim a, tn_dim b) {
    if (a.e || b.e) return combine(pool, a, 1, b, -1);
    return ck_sub64(a.k, b.k, &a.k) ? a : tni_dim_stuck(pool, TN_LIMIT);
}

tn_dim tn_dim_mul(tn_dims *pool, tn_dim a, tn_dim b) {
    if (!a.e && !b.e) return ck_mul64(a.k, b.k, &a.k) ? a : tni_dim_stuck(pool, TN_LIMIT);
    const term ka = {a.k, 0, NULL}, kb = {b.k, 0, NULL};
    const term *ta = a.e ? a.e->term : &ka, *tb = b.e ? b.e->term : &kb;
    sum s;
    s.n = 0, s.too_large = s.overflow = false;
    for (unsigned i = 0, na = a.e ? a.e->nterms : 1; i < na; i++)
        for (unsigned j = 0, nb = b.e ? b.e->nterms : 1; j < nb; j++) {
            int64_t c;
            if (!ck_mul64(ta[i].coefficient, tb[j].coefficient, &c))
                s.overflow = true;
            else
                sum_term(&s, c, ta[i].atom, ta[i].natoms, tb[j].atom, tb[j].natoms);
        }
    return sum_finish(pool, &s);
}

static int64_t floor_div(int64_t a, int64_t b) {
    if (b == -1) return a == INT64_MIN ? INT64_MAX : -a;
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

// t / d as terms, when d divides it: removes d's atoms from t's.
static bool divide_term(sum *s, const term *t, const term *d) {
    if (t->coefficient % d->coefficient || t->natoms < d->natoms) return false;
    const atom *left[MAX_ATOMS];
    unsigned n = 0, j = 0;
    for (unsigned i = 0; i < t->natoms; i++) {
        if (j < d->natoms && t->atom[i] == d->atom[j])
            j++;
        else
            left[n++] = t->atom[i];
    }
    if (j != d->natoms) return false;
    sum_term(s, t->coefficient / d->coefficient, left, n, NULL, 0);
    return true;
}

// Long division by a divisor of any number of terms: subtract quotient terms until nothing is left.
bool tni_dim_divide(tn_dims *pool, tn_dim a, tn_dim b, tn_dim *quotient) {
    if (!b.e) {
        if (b.k == 0 || b.k == -1) return false;
        if (!a.e) return *quotient = tn_k(a.k / b.k), a.k % b.k == 0;
    }
    const term kb = {b.k, 0, NULL};
    const term *lead = b.e ? &b.e->term[0] : &kb;
    tn_dim q = tn_k(0);
    for (int round = 0; round < MAX_TERMS; round++) {
        if (tn_dim_is(a, 0)) return *quotient = q, pool->status == TN_OK;
        const term ka = {a.k, 0, NULL};
        sum s;
        s.n = 0, s.too_large = s.overflow = false;
        if (!divide_term(&s, a.e ? &a.e->term[0] : &ka, lead)) return false;
        tn_dim part = sum_finish(pool, &s);
        q = tn_dim_add(pool, q, part);
        a = tn_dim_sub(pool, a, tn_dim_mul(pool, part, b));
        if (pool->status != TN_OK) return false;
    }
    return false;
}

// floor((b*q + r)/b) = q + floor(r/b): takes the divisible terms out.
tn_dim tn_dim_div(tn_dims *pool, tn_dim a, tn_dim b) {
    if (tn_dim_is(b, 0)) return tni_dim_stuck(pool, TN_INVALID);
    if (!a.e && !b.e) return tn_k(floor_div(a.k, b.k));
    tn_dim q = tn_k(0);
    if (tni_dim_divide(pool, a, b, &q)) return q;
    q = tn_k(0);
    if (b.e || !a.e) return function(pool, FLOOR_DIV, a, b);
    sum whole, rest;
    whole.n = rest.n = 0;
    whole.too_large = whole.overflow = rest.too_large = rest.overflow = false;
    for (unsigned i = 0; i < a.e->nterms; i++) {
        const term *t = &a.e->term[i];
        int64_t c = floor_div(t->coefficient, b.k), left = t->coefficient - c * b.k;
        if (t->natoms && left) c = 0, left = t->coefficient;
        sum_term(&whole, c, t->atom, t->natoms, NULL, 0);
        sum_term(&rest, left, t->atom, t->natoms, NULL, 0);
    }
    tn_dim r = sum_finish(pool, &rest);
    q = sum_finish(pool, &whole);
    tn_dim f = r.e ? function(pool, FLOOR_DIV, r, b) : tn_k(floor_div(r.k, b.k));
    return tn_dim_add(pool, q, f);
}

tn_dim tn_dim_ceil_div(tn_dims *pool, tn_dim a, tn_dim b) {
    tn_dim up = tn_dim_sub(pool, tn_dim_add(pool, a, b), tn_k(1));
    if (!b.e && b.k > 0) return tn_dim_div(pool, up, b);
    return tn_dim_sub(pool, tn_k(0), tn_dim_div(pool, tn_dim_sub(pool, tn_k(0), a), b));
}

tn_dim tn_dim_mod(tn_dims *pool, tn_dim a, tn_dim b) {
    return tn_dim_sub(pool, a, tn_dim_mul(pool, b, tn_dim_div(pool, a, b)));
}

// b is the opposite extreme of a and something: max(a, min(a, x)) = a. Broadcasting writes such.
static bool absorbs(tn_dim a, tn_dim b, atom_kind kind) {
    const atom *f = b.e ? b.e->alone : NULL;
    return f && f->kind == (kind == MAX ? MIN : MAX) && (tn_dim_equal(f->a, a) || tn_dim_equal(f->b, a));
}

static tn_dim extreme(tn_dims *pool, tn_dim a, tn_dim b, atom_kind kind) {
    if (tn_dim_equal(a, b) || absorbs(a, b, kind)) return a;
    if (absorbs(b, a, kind)) return b;
    if (!a.e && !b.e) return (a.k > b.k) == (kind == MAX) ? a : b;
    tn_status before = pool->status; // a difference that is too large says nothing; no error of the model
    bool above = sized(tn_dim_sub(pool, a, b)) && pool->status == before;
    bool below = !above && sized(tn_dim_sub(pool, b, a)) && pool->status == before;
    if (pool->status == TN_LIMIT) pool->status = before;
    if (above || below) return above == (kind == MAX) ? a : b;
    bool swap = a.e && b.e ? a.e->hash > b.e->hash : !a.e; // one order for both ways of writing it
    return swap ? function(pool, kind, b, a) : function(pool, kind, a, b);
}

tn_dim tn_dim_max(tn_dims *pool, tn_dim a, tn_dim b) { return extreme(pool, a, b, MAX); }
tn_dim tn_dim_min(tn_dims *pool, tn_dim a, tn_dim b) { return extreme(pool, a, b, MIN); }

// ---- evaluation

typedef tn_dim (*leaf)(tn_dims *pool, const atom *symbol, void *user);

static tn_dim rebuild(tn_dims *pool, tn_dim d, leaf get, void *user);

static tn_dim rebuild_atom(tn_dims *pool, const atom *a, leaf get, void *user) {
    if (a->kind == SYMBOL) return get(pool, a, user);
    tn_dim x = rebuild(pool, a->a, get, user), y = rebuild(pool, a->b, get, user);
    if (a->kind == FLOOR_DIV) return tn_dim_is(y, 0) ? tn_k(0) : tn_dim_div(pool, x, y);
    return extreme(pool, x, y, a->kind);
}

static tn_dim rebuild(tn_dims *pool, tn_dim d, leaf get, void *user) {
    if (!d.e) return d;
    tn_dim total = tn_k(0);
    for (unsigned i = 0; i < d.e->nterms; i++) {
        tn_dim product = tn_k(d.e->term[i].coefficient);
        for (unsigned j = 0; j < d.e->term[i].natoms; j++)
            product = tn_dim_mul(pool, product, rebuild_atom(pool, d.e->term[i].atom[j], get, user));
        total = tn_dim_add(pool, total, product);
    }
    return total;
}

typedef struct lookup {
    bool (*get_value)(void *user, const char *symbol, int64_t *value);
    bool (*get_dim)(void *user, const char *symbol, tn_dim *value);
    void *user;
    bool unknown;
} lookup;

static tn_dim leaf_value(tn_dims *pool, const atom *a, void *user) {
    (void)pool;
    lookup *l = user;
    int64_t k = 0;
    if (!l->get_value(l->user, a->name, &k)) l->unknown = true;
    return tn_k(k);
}

static tn_dim leaf_dim(tn_dims *pool, const atom *a, void *user) {
    lookup *l = user;
    tn_dim d;
    return l->get_dim(l->user, a->name, &d) ? d : atom_dim(pool, a);
}

// Constants alone never touch the pool's memory, so one on the stack serves.
bool tni_dim_eval(tn_dim d, bool (*get)(void *user, const char *symbol, int64_t *value), void *user,
                  int64_t *to) {
    tn_dims none = {0};
    lookup l = {.get_value = get, .user = user};
    tn_dim value = rebuild(&none, d, leaf_value, &l);
    *to = value.k;
    return !l.unknown && none.status == TN_OK;
}

tn_dim tni_dim_substitute(tn_dims *pool, tn_dim d, bool (*get)(void *user, const char *symbol, tn_dim *value),
                          void *user) {
    lookup l = {.get_dim = get, .user = user};
    return rebuild(pool, d, leaf_dim, &l);
}
