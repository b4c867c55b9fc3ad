// SPDX-License-Identifier: Apache-2.0
// samples.c - the inputs that a model was exported with, which torch.export.save keeps as torch.save's pickle
// of (args, kwargs). Nothing needs them: what is damaged, or does not suit the inputs one by one, is left
// alone. Only memory that ends is an error, so that a model has its examples or is not read.
#include "import/pt2/pt2.h"

#include "import/torch_file.h"

#include <string.h>

typedef struct samples {
    tni_pt2 *x;
    size_t count, capacity;
    struct sample {
        tn_tensor *tensor; // or
        const tni_pickle *number;
    } * sample;
} samples;

static struct sample *next_sample(samples *s) {
    if (!tni_arena_grow(&s->x->scratch, &s->sample, s->count, &s->capacity, sizeof *s->sample)) return NULL;
    s->sample[s->count] = (struct sample){0};
    return &s->sample[s->count++];
}

static tn_status take(void *user, const char *name, const tni_storage_view *view, const char *why) {
    samples *s = user;
    (void)name;
    if (why) return TN_UNSUPPORTED;
    struct sample *to = next_sample(s);
    return to ? tni_storage_tensor(&to->tensor, &s->x->graph->root->arena, view) : TN_NOMEM;
}

static tn_status take_number(void *user, const tni_pickle *v) {
    struct sample *to = next_sample(user);
    if (!to) return TN_NOMEM;
    to->number = v;
    return TN_OK;
}

static bool suits(const tni_value *v, const tn_tensor *t) {
    const tn_type *type = &v->info.type;
    bool fits = type->kind == TN_TENSOR && type->dtype == t->dtype && type->rank == t->rank;
    for (int d = 0; fits && d < t->rank; d++) fits = type->dim[d].e || type->dim[d].k == t->dim[d];
    return fits;
}

// A number as the scalar that the input takes: an int, a float or a bool. NULL: it is of another kind.
static tn_tensor *scalar(samples *s, tn_dtype dtype, const tni_pickle *v) {
    if (v->kind != (dtype == TN_I64 ? TNI_PICKLE_INT : dtype == TN_F64 ? TNI_PICKLE_FLOAT : TNI_PICKLE_BOOL))
        return NULL;
    tn_tensor *t = tni_tensor_new(&s->x->graph->root->arena, dtype, 0, NULL);
    if (!t)
        s->x->nomem = true;
    else if (dtype == TN_I64)
        *(int64_t *)t->data = v->as.i;
    else
        tni_set(t, 0, dtype == TN_F64 ? v->as.f : v->as.yes);
    return t;
}

// Which kind of argument an input is: a tensor, a number that may change, or one that the program took as it
// was. None and strings were not told of.
typedef enum argument_kind { NOTHING, TENSOR, NUMBER, CONSTANT } argument_kind;

static argument_kind kind_of(const json_t *spec, const char **name) {
    const char *tag = "", *as = "";
    const json_t *in = tni_json_union(spec, &tag);
    bool constant = !strcmp(tag, "constant_input");
    if (!constant && strcmp(tag, "user_input")) return NOTHING;
    const json_t *value = tni_json_union(json_object_get(in, constant ? "value" : "arg"), &as);
    if (json_is_number(value) || (json_is_boolean(value) && strcmp(as, "as_none"))) return CONSTANT;
    bool tensor = !strcmp(as, "as_tensor");
    *name = tni_json_text(value, tensor ? "name" : "as_name");
    return tensor ? TENSOR : !strncmp(as, "as_sym_", 7) ? NUMBER : NOTHING;
}

// False: it does not suit.
static bool give_one(samples *s, argument_kind kind, const char *name, const struct sample *from,
                     bool really) {
    if ((kind == TENSOR) != (from->tensor != NULL)) return false;
    if (kind == CONSTANT) return true;
    tni_value *v = tni_value_find(s->x->graph, name);
    if (!v || !v->is_input) return false;
    tn_tensor *t = kind == TENSOR ? from->tensor : scalar(s, v->info.type.dtype, from->number);
    if (!t || !suits(v, t)) return false;
    if (really && tni_graph_give(s->x->graph, name, NULL, t) != TN_OK) s->x->nomem = true;
    return true;
}

// By the arguments' order, which is that of what was saved; state is not among it.
static void give(samples *s) {
    const json_t *signature = json_object_get(json_object_get(s->x->program, "graph_module"), "signature"),
                 *specs = json_object_get(signature, "input_specs");
    for (int round = 0; round < 2; round++) { // nothing is given before all is known to fit
        size_t n = 0;
        for (size_t i = 0; i < json_array_size(specs) && !s->x->nomem; i++) {
            const char *name = "";
            argument_kind kind = kind_of(json_array_get(specs, i), &name);
            if (kind == NOTHING) continue;
            if (n == s->count || !give_one(s, kind, name, &s->sample[n], round)) return;
            n++;
        }
        if (n != s->count) return;
    }
}

void tni_pt2_read_samples(tni_pt2 *x) {
    const tni_zip_member *m = x->samples ? tni_pt2_member(x, x->samples) : NULL;
    samples to = {.x = x};
    tni_torch_file file;
    tn_str bytes;
    tni_arena *a = &x->graph->root->arena;
    tn_status status = m ? tni_zip_read(&x->zip, m, a, &bytes, NULL) : TN_INVALID;
    if (status == TN_OK) {
        status = tni_torch_open(&file, a, bytes.text, bytes.size, x->samples, NULL);
        if (status == TN_OK) status = tni_torch_each(&file, &(tni_torch_walk){take, &to, take_number}, NULL);
        if (status == TN_OK) give(&to);
        tni_torch_close(&file);
    }
    x->nomem |= status == TN_NOMEM;
}
