// SPDX-License-Identifier: Apache-2.0
// list_ops.c - `tenon list ops --markdown`: a page with a table of each domain's operators; docs/ops.md is
// its output. All of it comes from the registry. It names files and no lines, which change too often.
#include "list.h"

#include <stdlib.h>
#include <string.h>

// Sets of element types that tables call by a name, larger ones first. The page begins with them.
static const struct {
    const char *name, *types;
} sets[] = {
    {"numbers", " f32 u8 i8 u16 i16 i32 i64 f16 f64 u32 u64 bf16"},
    {"integers", " u8 i8 u16 i16 i32 i64 u32 u64"},
    {"f8", " f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz f8e8m0"},
    {"narrow", " u4 i4 f4e2m1 u2 i2"},
    {"floats", " f32 f16 f64 bf16"},
    {"complex", " c64 c128"},
};
enum { SETS = sizeof sets / sizeof *sets };

typedef struct row {
    tn_listing l;
    size_t index;
} row;

static int by_domain_and_name(const void *a, const void *b) {
    const row *x = a, *y = b;
    int domain = strcmp(x->l.domain, y->l.domain);
    return domain ? domain : strcmp(x->l.name, y->l.name);
}

static row *collect(cli *c, const char *kind, size_t *count) {
    size_t n = tn_list_count(c->env);
    row *rows = cli_alloc(c, n + 1, sizeof *rows);
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        row r = {.index = i};
        if (tn_list_get(c->env, i, &r.l) == TN_OK && !strcmp(r.l.kind, kind)) rows[(*count)++] = r;
    }
    qsort(rows, *count, sizeof *rows, by_domain_and_name);
    return rows;
}

// ---- element types

// Removes the words of `set` from the list when all are in it.
static bool take_set(char *list, const char *set) {
    char word[32];
    for (int pass = 0; pass < 2; pass++)
        for (const char *at = set; *at; at += strlen(word)) {
            size_t n = 1 + strcspn(at + 1, " ");
            memcpy(word, at, n);
            word[n] = 0;
            char *found = list;
            while ((found = strstr(found, word)) && found[n] && found[n] != ' ') found++;
            if (!found) return false;
            if (pass) memmove(found, found + n, strlen(found + n) + 1);
        }
    return true;
}

// "T: f32 f64 f16 bf16 bool; I: i64" with sets by their names.
static const char *types_text(cli *c, size_t i) {
    size_t length = tn_list_types(c->env, i, NULL, 0);
    char *all = cli_alloc(c, length + 2, 1);
    const char *text = "";
    tn_list_types(c->env, i, all, length + 1);
    for (char *part = all, *next; part && *part; part = next) {
        if ((next = strstr(part, "; "))) *next = 0, next += 2;
        char *list = strchr(part, ':') + 1;
        const char *names = "";
        for (int s = 0; s < SETS; s++)
            if (take_set(list, sets[s].types)) names = cli_printf(c, "%s %s", names, sets[s].name);
        list[-1] = 0;
        text = cli_printf(c, "%s%s%s:%s%s", text, *text ? "; " : "", part, names, list);
    }
    return text;
}

// ---- kernels

// The element type in an address: "f32" of cpu.avx512.conv.f32.direct; "any" when it names none.
static const char *address_type(cli *c, const char *name) {
    for (const char *at = name; *at; at += strcspn(at, ".:"), at += *at != 0) {
        const char *word = cli_copy(c, at, strcspn(at, ".:"));
        if (!strcmp(word, "int")) return word;
        for (int d = 1; d < TN_DTYPE_COUNT; d++)
            if (!strcmp(word, tn_dtype_text((tn_dtype)d))) return word;
    }
    return "any";
}

typedef struct tally { // kernels of one element type at one CPU level
    const char *type, *isa;
    int count;
} tally;

static size_t count_kernels(cli *c, const row *op, const row *kernel, size_t kernels, tally *t, size_t most) {
    size_t n = 0;
    for (size_t i = 0; i < kernels; i++) {
        const tn_listing *k = &kernel[i].l;
        if (strcmp(k->op, op->l.name) || strcmp(k->domain, op->l.domain)) continue;
        const char *type = address_type(c, k->name);
        size_t at = 0;
        while (at < n && (strcmp(t[at].type, type) || strcmp(t[at].isa, k->isa))) at++;
        if (at == most) continue;
        if (at == n) t[n++] = (tally){type, k->isa, 0};
        t[at].count++;
    }
    return n;
}

// "f32: generic 1, avx2 3; int: generic 1"
static const char *kernels_text(cli *c, const row *op, const row *kernel, size_t kernels) {
    tally t[64];
    size_t n = count_kernels(c, op, kernel, kernels, t, sizeof t / sizeof *t);
    const char *text = "";
    for (size_t i = 0; i < n; i++) {
        if (!t[i].count) continue;
        text = cli_printf(c, "%s%s%s:", text, *text ? "; " : "", t[i].type);
        const char *comma = " ";
        for (size_t k = i; k < n; k++) {
            if (!t[k].count || strcmp(t[k].type, t[i].type)) continue;
            text = cli_printf(c, "%s%s%s %d", text, comma, t[k].isa, t[k].count);
            comma = ", ";
            if (k > i) t[k].count = 0;
        }
    }
    return text;
}

// ---- the page

static void print_head(void) {
    printf(
        "# Operators\n\n"
        "Written by `tenon list ops --markdown` from the definitions themselves; `make docs` renews it.\n\n"
        "*Opsets*: where the operator appeared and where its newest form did; models of any opset from the "
        "first on are read, older forms are rewritten into the newest. *Types*: the element types of each of "
        "the operator's type parameters, all of which the reference kernel takes. *Kernels*: how many there "
        "are that are faster than it, for each element type and CPU level; `tenon list NAME` names "
        "them.\n\n");
    for (int s = 0; s < SETS; s++) printf("- %s:%s\n", sets[s].name, sets[s].types);
}

static const char *opsets_text(cli *c, const tn_listing *l) {
    return l->first == l->since ? cli_printf(c, "%d", l->since) : cli_printf(c, "%d-%d", l->first, l->since);
}

void list_ops_page(cli *c) {
    size_t ops, kernels;
    row *op = collect(c, "op", &ops), *kernel = collect(c, "tactic", &kernels);
    print_head();
    for (size_t i = 0; i < ops; i++) {
        const tn_listing *l = &op[i].l;
        if (!i || strcmp(l->domain, op[i - 1].l.domain))
            printf("\n## %s\n\n| operator | opsets | types | kernels | file |\n|---|---|---|---|---|\n",
                   *l->domain ? safe(c, l->domain) : "ai.onnx");
        printf("| %s | %s | %s | %s | `%s` |\n", safe(c, l->name), opsets_text(c, l),
               types_text(c, op[i].index), kernels_text(c, &op[i], kernel, kernels),
               l->file ? safe(c, l->file) : "");
    }
}
