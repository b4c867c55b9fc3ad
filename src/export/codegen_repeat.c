// SPDX-License-Identifier: Apache-2.0
// codegen_repeat.c - statements that a module makes several times, with no module of their own in the model:
// the heads of a detector over each of its maps. They become a part, a function without a scope, so that all
// in it is called and found as in the module itself. Sequences of alike statements are candidates, what saves
// most lines first; those whose functions come out as the same text are one.
#include "export/codegen_writer.h"

#include <string.h>

enum {
    SHORTEST = 4,    // statements
    SAVED = 8,       // lines, at least
    FRAME = 6,       // lines of a function around its statements
    ARGUMENTS = 12,  // at most
    IN_A_LINE = 8,   // arguments
    A_LINE = 100,    // characters
    ROUNDS = 16,     // of looking for the best one
    LONGEST = 4096,  // module that is looked at, in statements
    OCCURRENCES = 64 // of one part
};

// `alike` has a number for each item: the same for those that may be one statement.
typedef struct finder {
    codegen *c;
    tni_cg_module *m;
    size_t *alike;
    size_t fresh;
    tni_map known;
} finder;

typedef struct repeat {
    size_t at, length, turns; // may begin as much later
    size_t count, saved;
} repeat;

// ---- which statements are alike

static void put_input(const finder *f, tni_text *t, const tni_node *n, int i) {
    const tni_value *v = n->in[i].value;
    const tni_cg_constant *k = tni_cg_constant_of(f->c, n, i, v);
    if (!k) {
        tni_text_puts(t, v ? " v" : " -");
        return;
    }
    tni_cg_form form = tni_cg_form_of(k);
    int64_t count = form == CG_INDEX ? tn_count(v->info.constant) : 0;
    tni_text_printf(t, " %d/%lld", (int)form, (long long)count);
}

static bool has_body(const tni_node *n) {
    size_t at = 0;
    return tni_next_body(n, &at);
}

static size_t number_of(finder *f, const tni_cg_item *item) {
    tni_text t = {.env = f->c->g->root->env};
    const tni_node *n = item->node;
    if (!n) {
        tni_text_printf(&t, "%p %s", (void *)item->call->type, item->call->name);
    } else {
        tni_text_printf(&t, "%s.%s %d %d", n->op->domain, n->op->name, n->nout, item->nrest);
        for (int i = 0; i < n->nin; i++) put_input(f, &t, n, i);
    }
    const char *key = tni_cg_keep(f->c, &t); // the map has no copy
    size_t number = (size_t)(uintptr_t)tni_map_get(&f->known, key, strlen(key));
    if (number && !(n && has_body(n))) return number;
    number = ++f->fresh;
    if (!tni_map_set(&f->known, key, strlen(key), (void *)(uintptr_t)number)) f->c->nomem = true;
    return number;
}

// ---- the sequence that saves most

static size_t occurrences(const finder *f, size_t at, size_t length, size_t *where) {
    size_t count = 0, n = f->m->items;
    for (size_t i = 0; i + length <= n && count < OCCURRENCES;) {
        bool same =
            f->alike[i] == f->alike[at] && !memcmp(&f->alike[i], &f->alike[at], length * sizeof *f->alike);
        if (same && where) where[count] = i;
        count += same;
        i += same ? length : 1;
    }
    return count;
}

static size_t saved_by(size_t count, size_t lines, size_t arguments, size_t results) {
    size_t all = count * lines, with = lines + FRAME + results + count * (1 + arguments / IN_A_LINE);
    return count > 1 && all > with ? all - with : 0;
}

static size_t lines_of(const tni_cg_module *part) {
    size_t lines = 0, column = 0;
    for (const char *p = part->text; *p; p++) {
        column = *p == '\n' ? 0 : column + 1;
        lines += !column || column % A_LINE == 0;
    }
    return lines;
}

static void consider(const finder *f, repeat r, repeat *best) {
    if (r.length < SHORTEST) return;
    r.count = occurrences(f, r.at, r.length, NULL);
    r.saved = saved_by(r.count, r.length, 0, 0);
    if (r.saved > best->saved) *best = r;
}

// Where the statements at a distance are alike: one after the other, or with others in between.
static repeat best_of(const finder *f) {
    repeat best = {0};
    size_t n = f->m->items;
    for (size_t far = 1; far < n; far++)
        for (size_t i = 0, run = 0; i + far <= n; i++) {
            if (i + far < n && f->alike[i] == f->alike[i + far]) {
                run++;
                continue;
            }
            size_t length = run < far ? run : far;
            if (run) consider(f, (repeat){i - run, length, run < far ? 0 : run % far, 0, 0}, &best);
            run = 0;
        }
    return best;
}

// ---- parts

static size_t begin_of(const tni_cg_item *item) {
    return item->node ? (size_t)item->node->mark : item->call->begin;
}

static size_t end_of(const codegen *c, const tni_cg_item *item) {
    if (!item->node) return item->call->end;
    return c->behind[(item->nrest ? item->rest[item->nrest - 1] : item->node)->mark];
}

static tni_cg_module *part_of(codegen *c, tni_cg_module *m, size_t at, size_t length) {
    tni_cg_module *part = tni_cg_alloc(c, sizeof *part);
    if (!part) return NULL;
    part->parent = m;
    part->part = true;
    part->path = m->path;
    part->name = "";
    part->ops = part->items = part->citems = length;
    part->begin = begin_of(&m->item[at]);
    part->end = end_of(c, &m->item[at + length - 1]);
    part->item = tni_cg_alloc(c, length * sizeof *part->item);
    if (!part->item) return NULL;
    memcpy(part->item, &m->item[at], length * sizeof *part->item);
    return part;
}

// The turn of alike statements in a row that needs fewest values from outside and leaves fewest.
static size_t best_turn(const finder *f, const repeat *r) {
    size_t best = r->at, least = SIZE_MAX;
    for (size_t at = r->at; at <= r->at + r->turns && !f->c->nomem; at++) {
        tni_cg_module *part = part_of(f->c, f->m, at, r->length);
        if (!part) break;
        tni_cg_find_edges(f->c, part);
        if (part->nin + part->nout < least) least = part->nin + part->nout, best = at;
    }
    return best;
}

static bool same_text(const tni_cg_module *a, const tni_cg_module *b, size_t open) {
    return a->open[open].kind == CG_CALL || !strcmp(a->open[open].text, b->open[open].text);
}

static bool same_in_all(tni_cg_module *const *part, size_t count, size_t open) {
    for (size_t i = 1; i < count; i++)
        if (!same_text(part[0], part[i], open)) return false;
    return true;
}

// What would be passed, about: things that differ in the same way are passed once.
static size_t arguments(tni_cg_module *const *part, size_t count) {
    size_t n = part[0]->nin + part[0]->nout;
    for (size_t a = 0; a < part[0]->nopen; a++) {
        bool known = same_in_all(part, count, a);
        for (size_t b = 0; b < a && !known; b++) {
            known = part[0]->open[b].kind == part[0]->open[a].kind;
            for (size_t i = 0; i < count && known; i++)
                known = !strcmp(part[i]->open[a].text, part[i]->open[b].text);
        }
        n += !known;
    }
    return n;
}

// Those of the parts that come out as most of them do, to the front.
static size_t alike_parts(codegen *c, tni_cg_module **part, size_t *where, size_t count) {
    const char *key[OCCURRENCES];
    size_t most = 0, of = 0, to = 0;
    for (size_t i = 0; i < count; i++) key[i] = part[i]->nout ? tni_cg_key(c, part[i]) : "";
    for (size_t i = 0; i < count; i++) {
        size_t same = 0;
        for (size_t k = 0; k < count; k++) same += *key[i] && !strcmp(key[i], key[k]);
        if (same > most) most = same, of = i;
    }
    const char *chosen = key[of];
    for (size_t i = 0; i < count && most; i++)
        if (!strcmp(key[i], chosen)) part[to] = part[i], where[to++] = where[i];
    return to;
}

// What was found out while a part was written is forgotten.
static void forget_inlined(codegen *c, const tni_cg_module *part) {
    for (size_t i = 0; i < part->items; i++)
        if (part->item[i].node) c->inlined[part->item[i].node->mark] = false;
}

static void put_in(finder *f, tni_cg_module *const *part, const size_t *where, size_t count, size_t length) {
    tni_cg_module *m = f->m;
    size_t to = 0, next = 0;
    for (size_t i = 0; i < m->items; to++) {
        bool here = next < count && where[next] == i;
        if (here) {
            m->item[to] = (tni_cg_item){.call = part[next++], .count = 1};
            f->alike[to] = number_of(f, &m->item[to]);
        } else {
            m->item[to] = m->item[i];
            f->alike[to] = f->alike[i];
        }
        i += here ? length : 1;
    }
    m->items = to;
}

static bool take(finder *f, const repeat *r) {
    codegen *c = f->c;
    tni_cg_module *part[OCCURRENCES];
    size_t where[OCCURRENCES], count = occurrences(f, best_turn(f, r), r->length, where);
    for (size_t i = 0; i < count && !c->nomem; i++) {
        part[i] = part_of(c, f->m, where[i], r->length);
        if (part[i]) tni_cg_write(c, part[i]);
        if (part[i]) forget_inlined(c, part[i]);
    }
    size_t alike = c->nomem ? 0 : alike_parts(c, part, where, count);
    size_t passed = alike > 1 ? arguments(part, alike) : 0;
    if (!passed || passed > ARGUMENTS) return false;
    size_t saved = saved_by(alike, lines_of(part[0]), passed, part[0]->nout - 1);
    if (saved < SAVED || 2 * saved < 3 * passed) return false; // many arguments for little
    for (size_t i = 0; i < alike; i++) tni_cg_class_of(c, part[i]);
    if (!c->nomem) put_in(f, part, where, alike, r->length);
    return true;
}

void tni_cg_find_repeats(codegen *c, tni_cg_module *m) {
    finder f = {.c = c, .m = m, .known = {.env = c->g->root->env}};
    if (m->items > LONGEST) return;
    f.alike = tni_cg_alloc(c, (m->items + 1) * sizeof *f.alike);
    for (size_t i = 0; i < m->items && !c->nomem; i++) f.alike[i] = number_of(&f, &m->item[i]);
    for (int round = 0; round < ROUNDS && !c->nomem; round++) {
        repeat best = best_of(&f);
        if (!best.saved) break;
        if (!take(&f, &best)) f.alike[best.at] = ++f.fresh; // not this one again
    }
    tni_map_free(&f.known);
}
