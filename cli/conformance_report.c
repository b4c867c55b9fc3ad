// SPDX-License-Identifier: Apache-2.0
// conformance_report.c - how the cases went: a table by operator, every failure's and skip's reason, the sum.
#include "conformance.h"

#include <stdlib.h>
#include <string.h>

typedef struct op_row {
    const char *op;
    size_t count[VERDICTS];
} op_row;

typedef struct op_table {
    op_row *row;
    size_t count, capacity;
} op_table;

static op_row *find_row(cli *c, op_table *t, const char *op) {
    for (size_t i = 0; i < t->count; i++)
        if (!strcmp(t->row[i].op, op)) return &t->row[i];
    t->row = cli_grow(c, t->row, &t->capacity, t->count + 1, sizeof *t->row);
    t->row[t->count] = (op_row){.op = op};
    return &t->row[t->count++];
}

static int by_op(const void *a, const void *b) {
    return strcmp(((const op_row *)a)->op, ((const op_row *)b)->op);
}

static op_table count_ops(cli *c, const test_list *list) {
    op_table t = {0};
    for (size_t i = 0; i < list->count; i++) {
        const test_case *test = &list->test[i];
        if (test->verdict == LEFT_OUT) continue;
        for (size_t k = 0; k < test->ops; k++) find_row(c, &t, test->op[k])->count[test->verdict]++;
        if (!test->ops) find_row(c, &t, "(not readable)")->count[test->verdict]++;
    }
    if (t.count) qsort(t.row, t.count, sizeof *t.row, by_op);
    return t;
}

static void print_table(cli *c, const op_table *t) {
    printf("%-32s %7s %7s %7s\n", "operator", "passed", "failed", "skipped");
    for (size_t i = 0; i < t->count; i++) {
        const op_row *r = &t->row[i];
        const char *color = c->color_out && r->count[FAILED] ? ANSI_RED : "";
        printf("%s%-32s %7zu %7zu %7zu%s\n", color, safe(c, r->op), r->count[PASSED], r->count[FAILED],
               r->count[SKIPPED], *color ? ANSI_OFF : "");
    }
}

static void print_reasons(cli *c, const test_list *list, verdict which, const char *word) {
    for (size_t i = 0; i < list->count; i++)
        if (list->test[i].verdict == which)
            printf("%s %s: %s\n", word, safe(c, list->test[i].name), safe(c, list->test[i].reason));
}

static void json_report(cli *c, const test_list *list, const op_table *t, const size_t *sum) {
    static const char *const word[VERDICTS] = {"", "passed", "failed", "skipped"};
    json j = json_begin(c);
    json_open(&j, NULL, '{');
    for (int v = PASSED; v < VERDICTS; v++) json_int(&j, word[v], (int64_t)sum[v]);
    json_open(&j, "operators", '[');
    for (size_t i = 0; i < t->count; i++) {
        json_open(&j, NULL, '{');
        json_text(&j, "op", t->row[i].op);
        for (int v = PASSED; v < VERDICTS; v++) json_int(&j, word[v], (int64_t)t->row[i].count[v]);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_open(&j, "cases", '[');
    for (size_t i = 0; i < list->count; i++) {
        const test_case *test = &list->test[i];
        if (test->verdict == LEFT_OUT) continue;
        json_open(&j, NULL, '{');
        json_text(&j, "name", test->name);
        json_text(&j, "verdict", word[test->verdict]);
        json_text(&j, "reason", test->reason);
        json_open(&j, "operators", '[');
        for (size_t k = 0; k < test->ops; k++) json_text(&j, NULL, test->op[k]);
        json_close(&j, ']');
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
}

int cases_report(cli *c, const test_list *list) {
    size_t sum[VERDICTS] = {0};
    for (size_t i = 0; i < list->count; i++) sum[list->test[i].verdict]++;
    op_table table = count_ops(c, list);
    if (c->json) {
        json_report(c, list, &table, sum);
    } else {
        if (!c->quiet && table.count) print_table(c, &table);
        print_reasons(c, list, SKIPPED, "skipped");
        print_reasons(c, list, FAILED, "FAILED");
    }
    size_t all = sum[PASSED] + sum[FAILED] + sum[SKIPPED];
    if (!all) cli_error(c, "there is no such case under %s", safe(c, c->o.operand[0]));
    fprintf(c->json ? stderr : stdout, "%zu passed, %zu failed, %zu skipped\n", sum[PASSED], sum[FAILED],
            sum[SKIPPED]);
    return sum[FAILED] || !all ? EXIT_PROBLEM : EXIT_FINE;
}
