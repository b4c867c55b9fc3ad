// SPDX-License-Identifier: Apache-2.0
// feed.c - input values. Random ones come from splitmix64 over (seed, input, element): the same on every
// machine, and no input's values depend on another's.
#include "feed.h"

#include "files.h"

#include <stdlib.h>
#include <string.h>

// Sebastiano Vigna's splitmix64 finaliser.
static uint64_t mix(uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static bool is_float(tn_dtype t) {
    return t == TN_F32 || t == TN_F64 || t == TN_F16 || t == TN_BF16 ||
           (t >= TN_F8E4M3FN && t <= TN_F8E5M2FNUZ) || t == TN_F4E2M1 || t == TN_F8E8M0 || t == TN_C64 ||
           t == TN_C128;
}

// 24 random bits: exact in a float. Bytes are pictures; other integers are tokens, segments, masks and
// labels, for all of which 0 and 1 hold, while 2 may lie outside of what they index.
static double random_value(tn_dtype dtype, uint64_t bits) {
    if (is_float(dtype)) return (double)(bits >> 40) / (1 << 23) - 1;
    bool byte = dtype == TN_U8 || dtype == TN_I8;
    return (double)((bits >> 33) % (byte ? 256 : 2)) - (dtype == TN_I8 ? 128 : 0);
}

static void fill_texts(cli *c, tn_tensor *t, uint64_t key) {
    tn_str *text = tn_tensor_data(t);
    for (int64_t i = 0; i < tn_tensor_count(t); i++) {
        text[i].text = cli_printf(c, "s%d", (int)random_value(TN_U8, mix(key + (uint64_t)i)));
        text[i].size = strlen(text[i].text);
    }
}

static void fill_random(tn_tensor *t, uint64_t key) {
    tn_dtype dtype = tn_tensor_dtype(t);
    int64_t n = tn_tensor_count(t);
    float *f32 = dtype == TN_F32 ? tn_tensor_data(t) : NULL;
    for (int64_t i = 0; i < n; i++) {
        double v = random_value(dtype, mix(key + (uint64_t)i));
        if (f32)
            f32[i] = (float)v;
        else
            tn_tensor_set(t, i, v);
    }
}

// A text tensor borrows its array, as the elements belong to the command's memory.
static tn_status new_tensor(cli *c, tn_tensor **t, tn_dtype dtype, int rank, const int64_t *dims) {
    if (dtype != TN_STRING) return tn_tensor_new(t, c->env, dtype, rank, dims);
    size_t n = 1;
    for (int k = 0; k < rank; k++) n *= (size_t)(dims[k] < 1 << 20 ? dims[k] : 1 << 20);
    return tn_tensor_wrap(t, c->env, dtype, rank, dims, cli_alloc(c, n, sizeof(tn_str)));
}

// The shape of a random input: --shape, or the model's with what is open as the engine was tuned for.
static int random_shape(cli *c, const cli_model *m, const tn_io *io, int *rank, int64_t *dims) {
    const tn_shape *shape = model_shape(m, io->name);
    *rank = shape ? shape->rank : io->rank;
    if (*rank < 0)
        return cli_error(c, "input '%s' has no rank: say its shape with --shape", safe(c, io->name));
    bool open = false;
    for (int k = 0; k < *rank; k++) {
        dims[k] = shape ? shape->dims[k] : io->dims[k];
        if (dims[k] < 0) dims[k] = io->tuned[k] > 0 ? io->tuned[k] : 1, open = true;
    }
    if (open)
        cli_warn(c, "input '%s' is %s; --random takes %s, --shape would choose", safe(c, io->name),
                 text_io_shape(c, io), text_shape(c, *rank, dims));
    return EXIT_FINE;
}

static int random_input(cli *c, const cli_model *m, size_t i, tn_tensor **t) {
    const tn_io *io = model_input(m, i);
    int64_t dims[TN_MAX_RANK];
    int rank;
    if (io->kind != TN_TENSOR)
        return cli_error(c, "input '%s' (%s) is no plain tensor; feed it from a .pb file", safe(c, io->name),
                         text_io(c, io));
    int status = random_shape(c, m, io, &rank, dims);
    if (!status) status = cli_report(c, new_tensor(c, t, io->dtype, rank, dims));
    if (status) return status;
    uint64_t key = mix((uint64_t)opt_int(&c->o, OPT_RANDOM) + mix(i));
    if (io->dtype == TN_STRING)
        fill_texts(c, *t, key);
    else
        fill_random(*t, key);
    return EXIT_FINE;
}

// The example that the model's file keeps, unless the person asked for something else.
static const tn_tensor *sample_of(cli *c, const cli_model *m, size_t i) {
    if (m->engine || !m->graph || opt_on(&c->o, OPT_RANDOM) || model_shape(m, model_input(m, i)->name))
        return NULL;
    return tn_graph_sample(m->graph, i);
}

static int sample_input(cli *c, const tn_tensor *sample, tn_tensor **t) {
    tn_status status =
        tn_tensor_new(t, c->env, tn_tensor_dtype(sample), tn_tensor_rank(sample), tn_tensor_dims(sample));
    size_t bytes = tn_tensor_bytes(sample);
    if (status == TN_OK && bytes) memcpy(tn_tensor_data(*t), tn_tensor_const_data(sample), bytes);
    return cli_report(c, status);
}

// The program whose examples were taken last: most often it has them all.
typedef struct examples {
    const char *path;
    tn_graph *graph;
} examples;

static int open_examples(cli *c, examples *e, const char *path) {
    if (e->path && !strcmp(e->path, path)) return EXIT_FINE;
    tn_graph_free(e->graph);
    *e = (examples){.path = path};
    return cli_report(c, tn_graph_load(&e->graph, c->env, path, NULL, c->diags));
}

static const tn_tensor *example_of(const examples *e, const char *name) {
    for (size_t i = 0; i < tn_graph_input_count(e->graph); i++)
        if (!strcmp(tn_graph_input(e->graph, i)->name, name)) return tn_graph_sample(e->graph, i);
    return NULL;
}

// Whether the model brings a value for it.
static bool has_value(cli *c, const cli_model *m, size_t i) {
    return model_input(m, i)->next || sample_of(c, m, i);
}

static int missing(cli *c, const cli_model *m, const ports *p) {
    const char *list = "";
    for (size_t i = 0; i < p->count; i++)
        if (!p->file[i] && !has_value(c, m, i))
            list = cli_printf(c, "%s\n  %s: %s", list, safe(c, p->name[i]), text_io(c, model_input(m, i)));
    return cli_usage(
        c, "these inputs have no value (--input FILE feeds one, --random SEED makes values up):%s", list);
}

// A number that a model is given has no example: files keep those of tensors.
static int from_examples(cli *c, const cli_model *m, size_t i, const char *path, examples *e, tn_tensor **t) {
    const char *name = model_input(m, i)->name;
    int status = open_examples(c, e, path);
    const tn_tensor *sample = status ? NULL : example_of(e, name);
    if (status) return status;
    if (sample) return sample_input(c, sample, t);
    if (opt_on(&c->o, OPT_RANDOM)) return random_input(c, m, i, t);
    return cli_error(
        c, "%s holds no example for the input '%s': --input %s=FILE feeds it, --random SEED makes it up",
        safe(c, path), safe(c, name), safe(c, name));
}

static int from_file(cli *c, const cli_model *m, size_t i, const char *path, examples *e, tn_tensor **t) {
    const tn_io *io = model_input(m, i);
    if (!is_program(path)) return value_load(c, t, path, io, model_shape(m, io->name));
    return io->next ? EXIT_FINE : from_examples(c, m, i, path, e, t);
}

static int fill(cli *c, const cli_model *m, size_t i, tn_tensor **t) {
    const tn_tensor *sample = sample_of(c, m, i);
    if (model_input(m, i)->next) return EXIT_FINE; // state begins as the model has it
    return sample ? sample_input(c, sample, t) : random_input(c, m, i, t);
}

int feed_load(cli *c, feed *f, const cli_model *m, bool random) {
    size_t n = model_input_count(m), without = 0;
    ports p = ports_new(c, "input", n);
    *f = (feed){n, p.name, cli_alloc(c, n, sizeof *f->value)};
    for (size_t i = 0; i < n; i++) { // copied: building the plan may replace the graph's
        const char *name = model_input(m, i)->name;
        p.name[i] = cli_copy(c, name, strlen(name));
    }
    int status = files_assign(c, OPT_INPUT, &p);
    for (size_t i = 0; i < n; i++) without += !p.file[i] && !has_value(c, m, i);
    if (!status && without && !random && !opt_on(&c->o, OPT_RANDOM)) status = missing(c, m, &p);
    examples e = {NULL};
    for (size_t i = 0; !status && i < n; i++)
        status = p.file[i] ? from_file(c, m, i, p.file[i], &e, &f->value[i]) : fill(c, m, i, &f->value[i]);
    tn_graph_free(e.graph);
    return status;
}

const tn_tensor *feed_value(const feed *f, const char *name) {
    for (size_t i = 0; i < f->count; i++)
        if (!strcmp(f->name[i], name)) return f->value[i];
    return NULL;
}

int feed_bind(cli *c, const feed *f, const tn_plan *plan, tn_context *context) {
    for (size_t i = 0; i < tn_plan_input_count(plan); i++) {
        const tn_tensor *value = feed_value(f, tn_plan_input(plan, i)->name);
        if (!value && tn_plan_input(plan, i)->next) continue;
        if (!value)
            return cli_error(c, "the engine has an input '%s' that the model has not",
                             safe(c, tn_plan_input(plan, i)->name));
        int status = cli_report(c, tn_context_set_input(context, i, value, c->diags));
        if (status) return status;
    }
    return EXIT_FINE;
}

void feed_free(feed *f) {
    for (size_t i = 0; i < f->count; i++) tn_tensor_free(f->value[i]);
    f->count = 0;
}
