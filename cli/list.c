// SPDX-License-Identifier: Apache-2.0
// list.c - `tenon list`: operators, kernels (tactics) and passes, and the file and line where each lives.
#include "list.h"

#include "json.h"

#include <string.h>
#include <strings.h>

typedef struct query {
    const char *kind; // "op", "tactic", "pass"; NULL: all
    const char *name; // NULL: all
} query;

static int parse_query(cli *c, query *q) {
    static const char *const plural[][2] = {{"ops", "op"},
                                            {"kernels", "tactic"},
                                            {"kernel", "tactic"},
                                            {"tactics", "tactic"},
                                            {"passes", "pass"}};
    size_t i = 0;
    for (size_t k = 0; k < sizeof plural / sizeof *plural && c->o.operands; k++)
        if (!strcmp(c->o.operand[0], plural[k][0]) || !strcmp(c->o.operand[0], plural[k][1])) {
            q->kind = plural[k][1];
            i = 1;
        }
    if (c->o.operands > i + 1)
        return cli_usage(c, "'%s' is none of ops, kernels, passes", safe(c, c->o.operand[0]));
    if (i < c->o.operands) q->name = c->o.operand[i];
    return EXIT_FINE;
}

// By its own name (with the domain too), by the operator it computes, or, of an address like
// cpu.avx512.conv.f32.direct, by its beginning.
static bool matches(const query *q, const tn_listing *l) {
    if (q->kind && strcmp(q->kind, l->kind)) return false;
    if (!q->name) return true;
    size_t n = strlen(q->name), domain = l->domain ? strlen(l->domain) : 0;
    if (!strcasecmp(l->name, q->name) || (l->op && !strcasecmp(l->op, q->name))) return true;
    if (domain && n > domain && !strncmp(q->name, l->domain, domain) && q->name[domain] == '.' &&
        !strcasecmp(q->name + domain + 1, l->name))
        return true;
    return !strncmp(l->name, q->name, n) && l->name[n] == '.';
}

static const char *full_name(cli *c, const tn_listing *l) {
    bool in_domain = !strcmp(l->kind, "op") && l->domain && *l->domain;
    return in_domain ? cli_printf(c, "%s.%s", l->domain, l->name) : l->name;
}

static const char *place(cli *c, const tn_listing *l) { return cli_printf(c, "%s:%d", l->file, l->line); }

static void print_row(cli *c, const tn_listing *l) {
    const char *about = l->doc ? l->doc : "";
    if (!strcmp(l->kind, "op")) about = cli_printf(c, "(opset %d) %s", l->since, about);
    if (l->op) about = cli_printf(c, "%s: %s", l->op, about);
    if (l->plugin) about = cli_printf(c, "%s (plug-in %s)", about, safe(c, l->plugin));
    printf("%-6s %-36s %-36s %s\n", l->kind, full_name(c, l), place(c, l), about);
}

static void markdown_row(cli *c, const tn_listing *l) {
    printf("| %s | `%s` | ", l->kind, full_name(c, l));
    if (!strcmp(l->kind, "op")) printf("%d", l->since);
    printf(" | %s | `%s` |\n", l->doc ? l->doc : "", place(c, l));
}

static void json_op(cli *c, json *j, const tn_listing *l, size_t i) {
    size_t length = tn_list_types(c->env, i, NULL, 0);
    char *types = cli_alloc(c, length + 1, 1);
    tn_list_types(c->env, i, types, length + 1);
    json_text(j, "domain", *l->domain ? l->domain : "ai.onnx");
    json_int(j, "opset", l->since);
    json_int(j, "first_opset", l->first);
    json_text(j, "types", types);
}

static void json_row(cli *c, json *j, const tn_listing *l, size_t i) {
    json_open(j, NULL, '{');
    json_text(j, "kind", l->kind);
    json_text(j, "name", full_name(c, l));
    if (!strcmp(l->kind, "op")) json_op(c, j, l, i);
    if (!strcmp(l->kind, "pass")) json_int(j, "level", l->since);
    if (l->op) json_text(j, "op", l->op);
    if (l->isa) json_text(j, "cpu", l->isa);
    if (l->plugin) json_text(j, "plugin", l->plugin);
    if (l->id) json_text(j, "id", l->id);
    json_text(j, "doc", l->doc);
    json_text(j, "file", l->file);
    json_int(j, "line", l->line);
    json_close(j, '}');
}

static size_t print_rows(cli *c, const query *q, json *j) {
    size_t found = 0;
    for (size_t i = 0; i < tn_list_count(c->env); i++) {
        tn_listing l;
        if (tn_list_get(c->env, i, &l) != TN_OK || !matches(q, &l)) continue;
        found++;
        if (c->json)
            json_row(c, j, &l, i);
        else if (opt_on(&c->o, OPT_MARKDOWN))
            markdown_row(c, &l);
        else
            print_row(c, &l);
    }
    return found;
}

static const char *nearest(const cli *c, const char *name) {
    const char *best = NULL;
    size_t least = strlen(name) / 2 + 1;
    for (size_t i = 0; i < tn_list_count(c->env); i++) {
        tn_listing l;
        if (tn_list_get(c->env, i, &l) != TN_OK) continue;
        size_t d = edit_distance(l.name, name);
        if (d < least) least = d, best = l.name;
    }
    return best;
}

int run_list(cli *c) {
    query q = {0};
    int status = parse_query(c, &q);
    if (status) return status;
    json j = {0};
    if (q.kind && !strcmp(q.kind, "op") && !q.name && opt_on(&c->o, OPT_MARKDOWN) && !c->json) {
        list_ops_page(c);
        return EXIT_FINE;
    }
    if (c->json) {
        j = json_begin(c);
        json_open(&j, NULL, '[');
    } else if (opt_on(&c->o, OPT_MARKDOWN)) {
        printf("| kind | name | opset | what | where |\n|---|---|---|---|---|\n");
    }
    size_t found = print_rows(c, &q, &j);
    if (c->json) json_close(&j, ']');
    if (found || !q.name) return EXIT_FINE;
    const char *near = nearest(c, q.name);
    return cli_error(c, "there is no %s '%s'%s%s%s", q.kind ? q.kind : "operator, kernel or pass",
                     safe(c, q.name), near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}
