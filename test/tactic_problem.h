// SPDX-License-Identifier: Apache-2.0
// tactic_problem.h - the problems that every tactic is tried on, from test/tactic/*.t: one a line (a line
// that begins with a space goes on with the one before), and how exact operators are held to be, which are
// else held to the same bits. A problem reads like a node of the text form with types for its arguments:
//
//     Conv(f32[1,3,9,9], f32[5,3,3,3]) {pads=[1,1,1,1]}      y, z = Split(f32[4], i64{1,3}) {axis=0}
//     within 16 products: Conv, MatMul
//
// i64{...} is a constant of that content, i64[2,2]{...} of that shape; _ an omitted input. From the text
// comes a graph of one node with inputs, what its reference kernel makes of them, and the comparison with it.
#ifndef TN_TEST_TACTIC_PROBLEM_H
#define TN_TEST_TACTIC_PROBLEM_H

#include "base/str.h"
#include "ir/blocked.h"
#include "ir/eval.h"
#include "ir/registry.h"
#include "ir/text.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ARGS = 16, MAX_PROBLEMS = 4000, MAX_BOUNDS = 400 };

typedef enum fill { PLAIN, SPECIAL, WHOLE, EIGHT_BITS } fill;

// What a difference is measured in.
typedef enum measure {
    EXACT,    // same bits (any NaN is any NaN)
    ULPS,     // units in the last place of the result
    PRODUCTS, // u * sum |a b|: the operator run on absolute values
    LENGTHS,  // u * number of products, for inputs within [-1, 1] (fused activations)
    SPREAD,   // u * largest finite |x| among the inputs and results: sums of many
} measure;
static const char *const measures[] = {"exact", "ulps", "products", "lengths", "spread"};
enum { MEASURES = sizeof measures / sizeof *measures };

typedef struct exactness {
    char op[60];
    measure by;
    double allowed;
} exactness;

static tn_env *env;
static tn_diags *diags;
static char *problems[MAX_PROBLEMS];
static size_t problem_count, bound_count;
static exactness bound_of[MAX_BOUNDS];

// --------------------------------------------------------------------------------------- problems as files

// "within 4 ulps: Exp, Log"
static bool read_bounds(char *line) {
    char by[16];
    double allowed;
    int end = 0, kind = 0;
    if (sscanf(line, "within %lf %15[a-z]: %n", &allowed, by, &end) != 2 || !end) return false;
    while (kind < MEASURES && strcmp(measures[kind], by) != 0) kind++;
    if (kind == MEASURES) return false;
    for (char *op = strtok(line + end, ", "); op; op = strtok(NULL, ", ")) {
        if (bound_count == MAX_BOUNDS || strlen(op) >= sizeof bound_of->op) return false;
        exactness *e = &bound_of[bound_count++];
        *e = (exactness){.by = (measure)kind, .allowed = allowed};
        memcpy(e->op, op, strlen(op) + 1);
    }
    return true;
}

static bool read_line(char *line) {
    line[strcspn(line, "\n")] = 0;
    if (!*line || *line == '#') return true;
    if (!strncmp(line, "within ", 7)) return read_bounds(line);
    bool more = *line == ' ';
    if (more ? !problem_count : problem_count == MAX_PROBLEMS || !strchr(line, '(')) return false;
    char **to = &problems[more ? problem_count - 1 : problem_count++];
    size_t length = more ? strlen(*to) : 0;
    line += more ? strspn(line, " ") - 1 : 0; // one space stays
    *to = realloc(*to, length + strlen(line) + 1);
    if (*to) memcpy(*to + length, line, strlen(line) + 1);
    return *to != NULL;
}

static bool read_file(const char *path) {
    FILE *f = fopen(path, "r");
    char line[400];
    bool fine = f != NULL;
    for (int number = 1; fine && fgets(line, sizeof line, f); number++) {
        fine = read_line(line);
        if (!fine) printf("%s:%d: neither a problem nor a bound\n", path, number);
    }
    if (f) fclose(f);
    return fine;
}

static int is_problems(const struct dirent *d) {
    size_t n = strlen(d->d_name);
    return n > 2 && !strcmp(d->d_name + n - 2, ".t");
}

// Every file of the folder.
static bool read_problems(const char *folder) {
    struct dirent **file;
    int count = scandir(folder, &file, is_problems, alphasort);
    bool fine = count > 0;
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, file[i]->d_name);
        fine = read_file(path) && fine;
        free(file[i]);
    }
    if (count >= 0) free(file);
    return fine;
}

static void forget_problems(void) {
    while (problem_count) free(problems[--problem_count]);
}

// NULL: to the same bits.
static const exactness *exactness_of(const char *op, size_t length) {
    for (size_t i = 0; i < bound_count; i++)
        if (strlen(bound_of[i].op) == length && !memcmp(bound_of[i].op, op, length)) return &bound_of[i];
    return NULL;
}

// Products are compared with ordinary values only: an infinite weight meets the padding in some kernels.
static bool takes_special(const char *text) {
    const char *open = strchr(text, '('), *op = strstr(text, " = ");
    op = op && op < open ? op + 3 : text;
    const exactness *e = exactness_of(op, (size_t)(open - op));
    return !e || e->by == EXACT || e->by == ULPS;
}

// ---------------------------------------------------------------------------------- problems as graphs

typedef struct problem {
    const char *text;
    tn_graph *graph;
    const tni_node *node;
    tni_arena arena;
    int nin, nout;
    const tn_tensor *in[MAX_ARGS];
    tn_tensor *want[MAX_ARGS];
    bool given[MAX_ARGS]; // a constant in the text
    measure by;
    double allowed, scale; // the bound is allowed * u * scale (or * bound[i])
    tn_tensor *bound;
    double rms, error; // of the results; of the kernel that is tried (tn_tactic_def.error)
} problem;

// "Conv(f32[1,2], i64{3}) {...}" as a graph of one node.
static void expand(const char *text, tni_text *graph) {
    const char *equals = strstr(text, " = "), *open = strchr(text, '(');
    const char *outs = equals && equals < open ? text : NULL, *op = outs ? equals + 3 : text;
    tni_text args = {.env = env};
    tni_text_puts(graph, "graph \"problem\" {\n");
    int depth = 0, n = 0;
    const char *p = open + 1, *start = p;
    for (; *p; p++) {
        if (strchr("[{", *p)) depth++;
        if (strchr("]}", *p)) depth--;
        if (depth || (*p != ',' && *p != ')')) continue;
        while (*start == ' ') start++;
        int size = (int)(p - start);
        const char *brace = memchr(start, '{', (size_t)size);
        tni_text_puts(&args, n ? ", " : "");
        if (size == 1 && *start == '_') {
            tni_text_puts(&args, "_");
        } else if (brace) {
            int count = brace[1] != '}';
            for (const char *c = brace; c < p; c++) count += *c == ',';
            tni_text_printf(graph, "  const %%a%d: %.*s", n, (int)(brace - start), start);
            if (brace[-1] != ']') tni_text_printf(graph, "[%d]", count);
            tni_text_printf(graph, " = %.*s\n", (int)(p - brace), brace);
            tni_text_printf(&args, "%%a%d", n);
        } else if (size) {
            tni_text_printf(graph, "  in %%a%d: %.*s\n", n, size, start);
            tni_text_printf(&args, "%%a%d", n);
        }
        n++;
        start = p + 1;
        if (*p == ')') break;
    }
    tni_text names = {.env = env};
    if (!outs) tni_text_puts(&names, "%y");
    for (const char *c = outs; c && c < equals; c++) {
        if (c == outs || c[-1] == ' ') tni_text_puts(&names, "%");
        tni_text_add(&names, c, 1);
    }
    tni_text_printf(graph, "  %s = %.*s(%s)%s\n", names.data, (int)(open - op), op, args.data, p + 1);
    for (char *name = strtok(names.data, ", "); name; name = strtok(NULL, ", "))
        tni_text_printf(graph, "  out %s\n", name);
    tni_text_puts(graph, "}\n");
    tni_text_free(&args);
    tni_text_free(&names);
}

static uint64_t seed;
static double uniform(void) { // [-1, 1)
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(int64_t)(seed >> 11 << 11) * 0x1p-63;
}

static double special(void) {
    static const float odd[] = {NAN,    INFINITY, -INFINITY, 0.0F, -0.0F, 1.0F,  -1.0F,     1e-30F, 3e38F,
                                -3e38F, 88.5F,    -87.0F,    0.5F, 1.5F,  -2.5F, 8388609.F, 1e-3F,  -100.F};
    double x = uniform();
    if (x > 0.7) return (double)odd[(size_t)(fabs(uniform()) * 18) % 18];
    return x * (x < 0 ? 1 : 40);
}

// A tensor that ends where its memory ends, so that a sanitizer sees a read behind it.
static tn_tensor *exact_tensor(tni_arena *a, tn_dtype dtype, int rank, const int64_t *dims) {
    tn_tensor *t = tni_arena_zalloc(a, sizeof *t);
    *t = (tn_tensor){.kind = TN_TENSOR, .dtype = dtype, .rank = rank};
    memcpy(t->dim, dims, sizeof(int64_t) * (size_t)rank);
    if (!tni_tensor_size(dtype, rank, dims, &t->bytes)) return NULL;
    if (posix_memalign(&t->data, 64, t->bytes + !t->bytes)) return NULL;
    return t;
}

static void fill_tensor(tn_tensor *t, fill how) {
    int64_t parts = t->dtype == TN_C64 || t->dtype == TN_C128 ? 2 : 1; // real and imaginary
    for (int64_t i = 0; i < parts * tn_count(t); i++) {
        double x = how == SPECIAL ? special() : how == WHOLE ? trunc(uniform() * 9) : uniform();
        if (how == EIGHT_BITS) x = i % 8 ? trunc(x * 128) : 127; // what a block is rounded to
        if (tni_is_float(t->dtype))
            tni_set(t, i, x);
        else
            tni_set_int(t, i, (int64_t)(uniform() * 100));
    }
}

static const tn_tensor *absolute(tni_arena *a, const tn_tensor *t) {
    tn_tensor *b = tni_tensor_copy(a, t);
    for (int64_t i = 0; i < tn_count(t); i++) tni_set(b, i, fabs(tni_get(t, i)));
    return b;
}

static double spread(const tn_tensor *t, double largest) {
    for (int64_t i = 0; t && tni_is_float(t->dtype) && i < tn_count(t); i++) {
        double x = fabs(tni_get(t, i));
        if (isfinite(x) && x > largest) largest = x;
    }
    return largest;
}

static bool reference(problem *p, const tn_tensor *const *in, tn_tensor **out) {
    tn_status status = tni_eval_node(p->node, &p->arena, in, out, NULL, NULL, NULL, diags);
    if (status == TN_OK) return true;
    char line[500] = "";
    if (tn_diags_count(diags)) tn_diags_format(diags, 0, line, sizeof line);
    printf("  %s: the reference failed: %s\n", p->text, line);
    return false;
}

static double root_mean_square(const tn_tensor *t) {
    double sum = 0;
    for (int64_t i = 0; t && tni_is_float(t->dtype) && i < tn_count(t); i++) {
        double x = tni_get(t, i);
        if (isfinite(x)) sum += x * x / (double)tn_count(t);
    }
    return sqrt(sum);
}

// Of an image as it comes (ir/blocked.h), once it is normalised; 1 for other inputs.
static double brightest(const problem *p) {
    tn_attrs a = tni_attrs(p->node);
    double most = 1;
    if (!tni_has_row(a, "channels_last") || p->in[0]->rank != 4) return 1;
    for (int c = 0; c < TNI_STEM_CHANNELS; c++) {
        double scale = fabs((double)tni_floats_at(a, "scale", c, 1)),
               x = tni_is_float(p->in[0]->dtype) ? 1 : 255;
        most = fmax(most, x * scale + fabs((double)tni_floats_at(a, "shift", c, 0)));
    }
    return most;
}

static bool bounds(problem *p) {
    char buffer[96];
    const char *name = tni_op_text(p->node->op, buffer);
    const exactness *e = exactness_of(name, strlen(name));
    p->by = e ? e->by : EXACT;
    p->allowed = e ? e->allowed : 0;
    p->scale = 1;
    p->rms = root_mean_square(p->want[0]);
    if (p->by == LENGTHS) { // a filter's elements; of a product [m,k][k,n] = [m,n], k
        double a = (double)tn_count(p->in[0]), b = (double)tn_count(p->in[1]),
               y = (double)tn_count(p->want[0]);
        bool product = strstr(name, "Gemm");
        int out = strstr(name, "Transpose") != NULL; // which of the weights' dimensions the filters are
        p->scale = 4 + (product ? sqrt(a * b / y) : b / (double)p->in[1]->dim[out]);
        p->scale *= brightest(p);
        if (strstr(name, "NBits")) // of numbers up to 2^bits
            p->scale = (double)p->in[0]->dim[p->in[0]->rank - 1] *
                       exp2((double)tn_attr_int(tni_attrs(p->node), "bits"));
    }
    if (p->by == SPREAD) {
        p->scale = 0;
        for (int k = 0; k < p->nin; k++) p->scale = spread(p->in[k], p->scale);
        for (int k = 0; k < p->nout; k++) p->scale = spread(p->want[k], p->scale);
    }
    tn_attrs attrs = tni_attrs(p->node);
    bool rounds_a = !strcmp(name, "tn.Gemm") && tn_attr_int(attrs, "rounds_a");
    bool rounds_both = !strcmp(name, "tn.Conv") && tn_attr_int(attrs, "bf16");
    if (rounds_a || rounds_both) { // to 8 bits: by 2^-8 of each product
        p->by = PRODUCTS;
        p->allowed += rounds_a ? 0x1p16 : 0x2.01p16;
    }
    if (p->by != PRODUCTS) return true;
    const tn_tensor *in[MAX_ARGS] = {0};
    tn_tensor *out[MAX_ARGS] = {0};
    for (int k = 0; k < p->nin; k++) in[k] = p->in[k] ? absolute(&p->arena, p->in[k]) : NULL;
    bool fine = reference(p, in, out);
    p->bound = out[0];
    return fine;
}

static bool problem_open(problem *p, const char *text, fill how) {
    *p = (problem){.text = text};
    tni_arena_init(&p->arena, env);
    tni_text graph = {.env = env};
    expand(text, &graph);
    tn_status status = tni_graph_parse(&p->graph, env, graph.data, graph.length, text, diags);
    if (status != TN_OK) {
        char line[500] = "";
        if (tn_diags_count(diags)) tn_diags_format(diags, 0, line, sizeof line);
        printf("  %s: %s\n%s", text, line, graph.data);
    }
    tni_text_free(&graph);
    if (status != TN_OK) return false;
    p->node = p->graph->first;
    p->nin = p->node->nin;
    p->nout = p->node->nout;
    seed = tni_hash(text, strlen(text), 7);
    for (int i = 0; i < p->nin; i++) {
        const tni_value *v = tni_in(p->node, i);
        if (!v) continue;
        p->given[i] = v->info.constant;
        p->in[i] = v->info.constant;
        if (p->in[i]) continue;
        int64_t dims[TN_MAX_RANK];
        for (int d = 0; d < v->info.type.rank; d++) dims[d] = v->info.type.dim[d].k;
        tn_tensor *t = exact_tensor(&p->arena, v->info.type.dtype, v->info.type.rank, dims);
        if (!t) return false;
        fill_tensor(t, how);
        p->in[i] = t;
    }
    if (!reference(p, p->in, p->want) || !bounds(p)) return false;
    if (how == WHOLE) p->by = EXACT;
    if (how == EIGHT_BITS)
        p->scale *= 127 * 127; // activations and scales
    else if (strstr(text, "accuracy_level=4"))
        p->allowed += 0x1p24 / 254;
    return true;
}

static void problem_close(problem *p) {
    for (int i = 0; i < p->nin; i++)
        if (p->in[i] && !p->given[i]) free(p->in[i]->data);
    tn_graph_free(p->graph);
    tni_arena_free(&p->arena);
    tn_diags_clear(diags);
}

// ------------------------------------------------------------------------------------------- comparing

static double unit(tn_dtype t) { return t == TN_F16 ? 0x1p-11 : t == TN_BF16 ? 0x1p-8 : 0x1p-24; }

static bool close_enough(const problem *p, const tn_tensor *want, int64_t i, double got) {
    double x = tni_get(want, i);
    if (isnan(x) || isnan(got)) return isnan(x) && isnan(got);
    if (isinf(x) || isinf(got)) {
        if (x == got) return true;
        return p->by != EXACT && fabs(isinf(x) ? got : x) > 3.4e38 * (want->dtype == TN_F32); // rounds over
    }
    if (p->by == EXACT) return x == got;
    double bound = p->by == ULPS ? 2 * p->allowed * fabs(x) * 0x1p-24 : p->allowed * 0x1p-24 * p->scale;
    if (p->bound) bound = p->allowed * 0x1p-24 * tni_get(p->bound, i);
    bound += p->error * p->rms;
    if (want->dtype != TN_F32) bound += 1.01 * unit(want->dtype) * 2 * fabs(x) + 0x1p-24;
    return fabs(got - x) <= bound + 0x1p-126; // results below the normal numbers are flushed
}

// The index of the first element that is wrong, or -1.
static int64_t first_wrong(const problem *p, const tn_tensor *want, const void *data) {
    if (!tni_is_float(want->dtype)) return memcmp(want->data, data, want->bytes) ? 0 : -1;
    tn_tensor got = *want;
    memcpy(&got.data, &data, sizeof data);
    for (int64_t i = 0; i < tn_count(want); i++)
        if (!close_enough(p, want, i, tni_get(&got, i))) return i;
    return -1;
}

#endif
