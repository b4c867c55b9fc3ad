// SPDX-License-Identifier: Apache-2.0
// dim_text.c - dimensions as text: "2*H*W+H+3", "floor(W+1, 2)", "max(H, W)"; printed, and parsed back.
#include "base/ck.h"
#include "ir/dim_expr.h"

#include <ctype.h>
#include <string.h>

static bool plain_name(const char *name) {
    if (!isalpha((unsigned char)*name) && *name != '_' && *name != '?') return false;
    while (*++name)
        if (!isalnum((unsigned char)*name) && *name != '_' && *name != '.') return false;
    return true;
}

static void print_atom(tni_text *t, const atom *a) {
    static const char *const word[] = {"", "floor", "max", "min"};
    if (a->kind == SYMBOL) {
        tni_text_printf(t, plain_name(a->name) ? "%s" : "'%s'", a->name);
        return;
    }
    tni_text_printf(t, "%s(", word[a->kind]);
    tni_dim_print(t, a->a);
    tni_text_puts(t, ", ");
    tni_dim_print(t, a->b);
    tni_text_puts(t, ")");
}

void tni_dim_print(tni_text *t, tn_dim d) {
    if (!d.e) {
        tni_text_printf(t, "%lld", (long long)d.k);
        return;
    }
    for (unsigned i = 0; i < d.e->nterms; i++) {
        const term *m = &d.e->term[i];
        int64_t c = m->coefficient;
        if (i)
            tni_text_puts(t, c < 0 ? "-" : "+");
        else if (c < 0)
            tni_text_puts(t, "-");
        uint64_t size = c < 0 ? -(uint64_t)c : (uint64_t)c;
        bool bare = size == 1 && m->natoms;
        if (!bare) tni_text_printf(t, "%llu", (unsigned long long)size);
        for (unsigned j = 0; j < m->natoms; j++) {
            if (j || !bare) tni_text_puts(t, "*");
            print_atom(t, m->atom[j]);
        }
    }
}

typedef struct reader {
    tn_dims *pool;
    const char *at;
    int depth;
    bool bad;
    bool (*get)(void *user, const char *symbol, size_t size, tn_dim *value); // NULL: symbols stay
    void *user;
} reader;

static tn_dim read_sum(reader *r);

static void skip(reader *r) {
    while (*r->at == ' ') r->at++;
}

static bool take(reader *r, char c) {
    skip(r);
    if (*r->at != c) return false;
    r->at++;
    return true;
}

static tn_dim bad(reader *r) {
    r->bad = true;
    return tn_k(0);
}

static tn_dim read_pair(reader *r, const char *name, size_t n) {
    tn_dim a = read_sum(r);
    if (!take(r, ',')) return bad(r);
    tn_dim b = read_sum(r);
    if (!take(r, ')')) return bad(r);
    if (n == 5 && !memcmp(name, "floor", 5)) return tn_dim_is(b, 0) ? bad(r) : tn_dim_div(r->pool, a, b);
    if (n == 3 && !memcmp(name, "max", 3)) return tn_dim_max(r->pool, a, b);
    if (n == 3 && !memcmp(name, "min", 3)) return tn_dim_min(r->pool, a, b);
    return bad(r);
}

static tn_dim read_name(reader *r) {
    bool quoted = *r->at == '\'';
    const char *name = r->at += quoted, *end = name;
    if (quoted)
        end = strchr(name, '\'');
    else
        while (isalnum((unsigned char)*end) || *end == '_' || *end == '.' || *end == '?') end++;
    if (!end || end == name) return bad(r);
    size_t n = (size_t)(end - name);
    r->at = end + quoted;
    if (!quoted && *r->at == '(') {
        r->at++;
        return read_pair(r, name, n);
    }
    if (n == 1 && *name == '?' && !r->get)
        return tn_dim_fresh(r->pool); // a size of its own, known when it runs
    if (r->get) {
        tn_dim d;
        return r->get(r->user, name, n, &d) ? d : bad(r);
    }
    char *copy = tni_arena_text(&r->pool->arena, name, n);
    return copy ? tn_dim_symbol(r->pool, copy) : tni_dim_stuck(r->pool, TN_NOMEM);
}

static tn_dim read_factor(reader *r) {
    skip(r);
    if (isdigit((unsigned char)*r->at)) {
        int64_t k = 0;
        for (; isdigit((unsigned char)*r->at); r->at++)
            if (!ck_mul64(k, 10, &k) || !ck_add64(k, *r->at - '0', &k)) return bad(r);
        return tn_k(k);
    }
    if (take(r, '(')) {
        tn_dim d = read_sum(r);
        return take(r, ')') ? d : bad(r);
    }
    return read_name(r);
}

static tn_dim read_product(reader *r) {
    tn_dim d = read_factor(r);
    while (!r->bad && take(r, '*')) d = tn_dim_mul(r->pool, d, read_factor(r));
    return d;
}

static tn_dim read_sum(reader *r) {
    if (++r->depth > 32) return bad(r);
    bool negative = take(r, '-');
    tn_dim d = read_product(r);
    if (negative) d = tn_dim_sub(r->pool, tn_k(0), d);
    while (!r->bad) {
        if (take(r, '+'))
            d = tn_dim_add(r->pool, d, read_product(r));
        else if (take(r, '-'))
            d = tn_dim_sub(r->pool, d, read_product(r));
        else
            break;
    }
    r->depth--;
    return d;
}

tn_status tni_dim_parse(tn_dims *pool, const char **text, tn_dim *to) {
    reader r = {.pool = pool, .at = *text};
    *to = read_sum(&r);
    *text = r.at;
    return r.bad ? TN_FORMAT : pool->status;
}

tn_status tni_dim_parse_with(tn_dims *pool, const char *text,
                             bool (*get)(void *user, const char *symbol, size_t size, tn_dim *value),
                             void *user, tn_dim *to) {
    tn_dims none = {0};
    reader r = {.pool = pool ? pool : &none, .at = text, .get = get, .user = user};
    *to = read_sum(&r);
    skip(&r);
    return r.bad || *r.at ? TN_FORMAT : r.pool->status;
}
