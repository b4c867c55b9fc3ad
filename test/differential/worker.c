// SPDX-License-Identifier: Apache-2.0
// worker.c - runs one-operator models in every way that Tenon has for them, for scripts/differential.py. A
// request on standard input is a model and its inputs; the answer on standard output is what each way gave:
//
//     ref         no passes, reference kernels only
//     default     all passes, the kernels' own order
//     ref+passes  all passes, reference kernels only
//     NAME        all passes, and of the kernels only the one of that name; for each that fits
//
// Numbers are little-endian u32 unless said otherwise, texts and blobs have their length before them.
//     request  model, inputs, then for each: name, value
//     answer   for each way: 1, name, status, message, and with status 0: outputs, then for each: value
//              0 at the end
//     value    kind; a tensor: dtype, rank, dims (i64), and a blob, or for strings a text each;
//              a sequence or optional: items, then for each: value
#include "tenon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WAYS = 64, MOST_INPUTS = 64, NAME = 64 };
static const size_t memory = (size_t)1 << 30;

typedef struct request {
    void *model;
    size_t size, inputs;
    char *name[MOST_INPUTS];
    tn_tensor *value[MOST_INPUTS];
} request;

typedef struct ways {
    size_t n;
    char name[MOST_WAYS][NAME];
} ways;

static tn_env *env;
static tn_diags *diags;

// ------------------------------------------------------------------------------------------- reading

// The other side's end is the end of this one.
static void get(void *to, size_t size) {
    if (size && fread(to, size, 1, stdin) != 1) exit(0);
}

static uint32_t get_number(void) {
    uint32_t n;
    get(&n, sizeof n);
    return n;
}

static void *allocate(size_t size) {
    void *p = calloc(1, size + 1);
    if (!p) exit(3);
    return p;
}

static void *get_blob(size_t *size) {
    *size = get_number();
    void *data = allocate(*size);
    get(data, *size);
    return data;
}

static tn_tensor *get_tensor(void) {
    size_t size;
    get_number(); // inputs are tensors
    tn_dtype dtype = (tn_dtype)get_number();
    int rank = (int)get_number();
    int64_t dims[TN_MAX_RANK];
    if (rank > TN_MAX_RANK) exit(4);
    get(dims, sizeof *dims * (size_t)rank);
    tn_tensor *t;
    if (tn_tensor_new(&t, env, dtype, rank, dims) != TN_OK) exit(3);
    if (dtype == TN_STRING) {
        tn_str *to = tn_tensor_data(t);
        for (int64_t i = 0; i < tn_tensor_count(t); i++) to[i].text = get_blob(&to[i].size);
        return t;
    }
    size = get_number();
    if (size != tn_tensor_bytes(t)) exit(4);
    get(tn_tensor_data(t), size);
    return t;
}

static void get_request(request *r) {
    size_t size;
    r->model = get_blob(&r->size);
    r->inputs = get_number();
    if (r->inputs > MOST_INPUTS) exit(4);
    for (size_t i = 0; i < r->inputs; i++) {
        r->name[i] = get_blob(&size);
        r->value[i] = get_tensor();
    }
}

static void free_request(request *r) {
    for (size_t i = 0; i < r->inputs; i++) {
        tn_tensor *t = r->value[i];
        const tn_str *text = tn_tensor_dtype(t) == TN_STRING ? tn_tensor_const_data(t) : NULL;
        for (int64_t k = 0; text && k < tn_tensor_count(t); k++) {
            void *block;
            memcpy(&block, &text[k].text, sizeof block);
            free(block);
        }
        tn_tensor_free(t);
        free(r->name[i]);
    }
    free(r->model);
}

// ------------------------------------------------------------------------------------------- writing

static void put(const void *data, size_t size) {
    if (size && fwrite(data, size, 1, stdout) != 1) exit(5);
}

static void put_number(size_t n) {
    uint32_t number = (uint32_t)n;
    put(&number, sizeof number);
}

static void put_blob(const void *data, size_t size) {
    put_number(size);
    put(data, size);
}

static void put_text(const char *text) { put_blob(text, strlen(text)); }

static void put_dense(const tn_tensor *t) {
    put_number(tn_tensor_dtype(t));
    put_number((size_t)tn_tensor_rank(t));
    put(tn_tensor_dims(t), sizeof(int64_t) * (size_t)tn_tensor_rank(t));
    if (tn_tensor_dtype(t) != TN_STRING) {
        put_blob(tn_tensor_const_data(t), tn_tensor_bytes(t));
        return;
    }
    const tn_str *text = tn_tensor_const_data(t);
    for (int64_t i = 0; i < tn_tensor_count(t); i++) put_blob(text[i].text, text[i].size);
}

static void put_value(const tn_tensor *t) {
    put_number(tn_tensor_kind(t));
    if (tn_tensor_kind(t) == TN_TENSOR) {
        put_dense(t);
        return;
    }
    put_number(tn_tensor_items(t));
    for (size_t i = 0; i < tn_tensor_items(t); i++) put_value(tn_tensor_item(t, i));
}

static void put_failure(tn_status status) {
    char line[2000] = "";
    for (size_t i = tn_diags_count(diags); i-- > 0 && !*line;)
        if (tn_diags_get(diags, i)->severity == TN_ERROR) tn_diags_format(diags, i, line, sizeof line);
    put_number(status);
    put_text(*line ? line : tn_status_text(status));
}

static void put_outputs(const tn_context *context, size_t n) {
    put_number(TN_OK);
    put_text("");
    put_number(n);
    for (size_t i = 0; i < n; i++) put_value(tn_context_output(context, i));
}

// ------------------------------------------------------------------------------------------- running

// Kernels that fit some node become ways of their own.
static void note(void *user, const char *node, const char *op, const char *tactic, bool chosen, double ns,
                 const char *reason) {
    (void)node, (void)op, (void)chosen, (void)ns;
    ways *w = user;
    if (reason || w->n == MOST_WAYS) return;
    for (size_t i = 0; i < w->n; i++)
        if (!strcmp(w->name[i], tactic)) return;
    snprintf(w->name[w->n++], NAME, "%s", tactic);
}

static tn_status build(tn_plan **plan, const request *r, const char *way, ways *w) {
    tn_graph *graph;
    tn_pass_options passes = {.only = ""};
    bool is_ref = !strcmp(way, "ref"), is_default = !strcmp(way, "default");
    tn_build_options options = {.threads = 1, .no_timing = true, .tactics = way, .user = w};
    if (is_ref) options.passes = &passes;
    if (is_default) options.tactics = NULL, options.explain = note;
    if (!strcmp(way, "ref+passes")) options.tactics = "ref";
    tn_status status = tn_graph_load_memory(&graph, env, r->model, r->size, "model", NULL, NULL, diags);
    if (status != TN_OK) return status;
    status = tn_plan_build(plan, graph, &options, diags);
    tn_graph_free(graph);
    return status;
}

static tn_status bind(tn_context *context, const tn_plan *plan, const request *r) {
    for (size_t i = 0; i < tn_plan_input_count(plan); i++) {
        size_t k = 0;
        while (k < r->inputs && strcmp(r->name[k], tn_plan_input(plan, i)->name)) k++;
        if (k == r->inputs) return TN_INVALID;
        tn_status status = tn_context_set_input(context, i, r->value[k], diags);
        if (status != TN_OK) return status;
    }
    return TN_OK;
}

static void run_way(const request *r, const char *way, ways *w) {
    tn_plan *plan = NULL;
    tn_context *context = NULL;
    tn_context_options options = {.threads = 1};
    tn_diags_clear(diags);
    tn_status status = build(&plan, r, way, w);
    if (status == TN_OK) status = tn_context_new(&context, plan, &options, diags);
    if (status == TN_OK) status = bind(context, plan, r);
    if (status == TN_OK) status = tn_context_run(context, diags);
    put_text(way);
    if (status == TN_OK)
        put_outputs(context, tn_plan_output_count(plan));
    else
        put_failure(status);
    tn_context_free(context);
    tn_plan_free(plan);
}

static void answer(const request *r) {
    ways w = {0};
    const char *first[] = {"ref", "default", "ref+passes"};
    for (size_t i = 0; i < 3; i++) put_number(1), run_way(r, first[i], &w);
    for (size_t i = 0; i < w.n; i++) put_number(1), run_way(r, w.name[i], NULL);
    put_number(0);
    fflush(stdout);
}

int main(void) {
    tn_env_options options = {.max_bytes = memory};
    if (tn_env_new(&env, &options) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 3;
    for (;;) {
        request r = {0};
        get_request(&r);
        answer(&r);
        free_request(&r);
    }
}
