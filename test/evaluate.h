// SPDX-License-Identifier: Apache-2.0
// evaluate.h - operators' tests in one line each: a graph in the text form is run by the reference
// interpreter, and what comes out is text again. See test/unit/op_elementwise.c.
#ifndef TN_TEST_EVALUATE_H
#define TN_TEST_EVALUATE_H

#include "base/str.h"
#include "ir/eval.h"
#include "ir/spec.h"
#include "ir/text.h"

static tni_text evaluate_text; // what the last call returned

static const char *evaluate_problem(tn_diags *diags) {
    const tn_diag *d = tn_diags_count(diags) ? tn_diags_get(diags, 0) : NULL;
    tni_text_printf(&evaluate_text, "error: %s", d ? d->message : "no message");
    return evaluate_text.data;
}

static void evaluate_print(const tn_tensor *t) {
    tni_text *to = &evaluate_text;
    tni_text_printf(to, "%s%s[", to->length ? " " : "", tn_dtype_text(t->dtype));
    for (int d = 0; d < t->rank; d++) tni_text_printf(to, "%s%lld", d ? "," : "", (long long)t->dim[d]);
    tni_text_puts(to, "]{");
    for (int64_t i = 0; i < tn_count(t); i++) {
        tni_text_puts(to, i ? ", " : "");
        const tn_str *s = (const tn_str *)t->data + i;
        if (t->dtype == TN_STRING)
            tni_text_printf(to, "'%.*s'", (int)s->size, s->text);
        else if (t->dtype == TN_U64)
            tni_text_printf(to, "%llu", (unsigned long long)tni_get_int(t, i));
        else if (t->dtype == TN_I64)
            tni_text_printf(to, "%lld", (long long)tni_get_int(t, i));
        else
            tni_text_printf(to, "%.6g", tni_get(t, i));
    }
    tni_text_puts(to, "}");
}

// Runs `g` without inputs; "i32[2]{1, 2}" for each output, or "error: ...".
static const char *evaluate_graph(const tn_graph *g, tn_env *env, tn_diags *diags) {
    const tn_tensor *in[1] = {NULL}, *out[8];
    tni_arena arena;
    tni_arena_init(&arena, env);
    bool fine = tni_eval_graph(g, &arena, in, out, NULL, NULL, NULL, diags) == TN_OK;
    for (size_t i = 0; fine && i < g->noutput; i++) evaluate_print(out[i]);
    tni_arena_free(&arena);
    return fine ? evaluate_text.data : evaluate_problem(diags);
}

// What is inferred of the outputs: "i64[N,2]", and "= 3, N" where elements are known.
static const char *infer_graph(const tn_graph *g) {
    for (size_t i = 0; i < g->noutput; i++) {
        const tn_info *info = &g->output[i]->value->info;
        if (i) tni_text_puts(&evaluate_text, " ");
        tni_type_print(&evaluate_text, &info->type);
        for (size_t k = 0; info->content && k < info->ncontent; k++) {
            tni_text_puts(&evaluate_text, k ? ", " : " = ");
            tni_dim_print(&evaluate_text, info->content[k]);
        }
    }
    return evaluate_text.data;
}

// The lines between the braces of a graph; with `run` what they give, else what is inferred of it.
static const char *evaluate_lines(const char *lines, bool run) {
    static char text[4096];
    tn_env *env = NULL;
    tn_diags *diags = NULL;
    tn_graph *g = NULL;
    tni_text_free(&evaluate_text);
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return "no memory";
    evaluate_text = (tni_text){.env = env};
    snprintf(text, sizeof text, "graph \"test\" {\n%s\n}\n", lines);
    if (tni_graph_parse(&g, env, text, strlen(text), "test", diags) != TN_OK)
        evaluate_problem(diags);
    else if (run)
        evaluate_graph(g, env, diags);
    else
        infer_graph(g);
    snprintf(text, sizeof text, "%s", evaluate_text.data ? evaluate_text.data : "");
    tni_text_free(&evaluate_text);
    tn_graph_free(g);
    tn_diags_free(diags);
    tn_env_free(env);
    return text;
}

static inline const char *evaluate(const char *lines) { return evaluate_lines(lines, true); }
static inline const char *infer(const char *lines) { return evaluate_lines(lines, false); }

#endif
