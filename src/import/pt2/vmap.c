// SPDX-License-Identifier: Apache-2.0
// vmap.c - torch.vmap as torch.export leaves it: the calls between two marks see one sample of what was
// batched, and are the body of a Scan over the samples.
//
//     _vmap_increment_nesting(5)                     Scan over 5 samples:
//     a = _add_batch_dim(x, axis, level)                 in a: x without that axis
//     b = aten.sin(a)                                    b = Sin(a)
//     y = _remove_batch_dim(b, level, 5, axis)           out b: y with a new axis
//     _vmap_decrement_nesting()
#include "import/pt2/call.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 64 };

typedef struct samples {
    tn_aten call; // of the Scan
    tni_pt2_scope *body;
    size_t nin, nout;
    tni_value *in[MOST];
    tni_pt2_tensor *sample[MOST]; // of each input
    int64_t in_axis[MOST], out_axis[MOST];
    const char *out[MOST];
} samples;

// One of the marks, by its name.
static bool is_mark(const json_t *node, const char *name) {
    char target[96];
    snprintf(target, sizeof target, "torch._functorch.predispatch.%s", name);
    return !strcmp(tni_pt2_target(node), target);
}

static int64_t number(const json_t *node, size_t i) {
    const json_t *arg = json_object_get(json_array_get(json_object_get(node, "inputs"), i), "arg");
    return json_integer_value(json_object_get(arg, "as_int"));
}

static const char *output(const json_t *node) {
    const char *name = "";
    bool numbers;
    tni_pt2_output_names(node, &name, 1, &numbers);
    return name;
}

// A tensor becomes one of its samples.
static void enter(samples *s, const json_t *node) {
    const char *name = tni_pt2_first_tensor(node);
    tni_pt2_tensor *t = name ? tni_pt2_find(s->call.scope, name) : NULL;
    tni_value *v = t ? tni_pt2_read(s->call.x, t) : NULL;
    int64_t axis = number(node, 1);
    if (!v || axis < 0 || axis >= v->info.type.rank || s->nin == MOST) {
        tni_at_fail(&s->call, NULL, "what torch.vmap walks along has no such dimension");
        return;
    }
    tn_type type = v->info.type;
    memmove(type.dim + axis, type.dim + axis + 1, (size_t)(--type.rank - (int)axis) * sizeof *type.dim);
    tni_value *one = tni_at_body_input(&s->call, s->body->graph, &type);
    s->in[s->nin] = v;
    s->in_axis[s->nin] = axis;
    s->sample[s->nin++] = one ? tni_pt2_define(s->call.x, s->body, output(node), one) : NULL;
}

static void leave(samples *s, const json_t *node) {
    const char *name = tni_pt2_first_tensor(node);
    tni_pt2_tensor *t = name ? tni_pt2_find(s->body, name) : NULL;
    tni_value *v = t ? tni_pt2_read(s->call.x, t) : NULL;
    int64_t axis = number(node, 3);
    if (!v || s->nout == MOST) { // the reason was told where it was
        if (!s->call.x->errors) tni_at_fail(&s->call, NULL, "what torch.vmap gives could not be made");
        s->call.failed = true;
        return;
    }
    s->out[s->nout] = output(node);
    s->out_axis[s->nout++] = axis < 0 ? axis + v->info.type.rank + 1 : axis;
    tni_at_add_output(&s->call, s->body->graph, v);
}

// A sample is a part of what was given: a write to it would be one to that.
static void check_write(samples *s, const json_t *node) {
    const char *name = tni_pt2_first_tensor(node);
    tni_pt2_tensor *t = name ? tni_pt2_find(s->body, name) : NULL;
    bool own = true;
    if (!t || !tni_pt2_functional(s->call.x, tni_pt2_target(node))) return;
    while (t->parent) t = t->parent;
    for (size_t i = 0; i < s->nin; i++) own &= t != s->sample[i];
    if (!own)
        tni_at_fail(&s->call, "let it write to a clone()",
                    "a function under torch.vmap writes to what it was given");
}

static void finish(samples *s) {
    tni_value *out[MOST];
    tn_aten *c = &s->call;
    tni_at_set_graph(c, "body", s->body->graph);
    tni_at_set_int(c, "num_scan_inputs", (int64_t)s->nin);
    tni_at_set_ints(c, "scan_input_axes", s->in_axis, s->nin);
    tni_at_set_ints(c, "scan_output_axes", s->out_axis, s->nout);
    bool made = !c->failed && tni_at_node(c, "Scan", s->nin, s->in, s->nout, out);
    for (size_t i = 0; i < s->nout; i++) {
        tni_pt2_define(c->x, c->scope, s->out[i], made ? out[i] : NULL);
        if (made && !tni_pt2_rename(c->x, out[i], s->out[i])) c->x->nomem = true;
    }
}

static size_t vmap(tni_pt2 *x, tni_pt2_scope *scope, const json_t *nodes, size_t i) {
    samples s = {.call = tni_pt2_call_at(x, scope, json_array_get(nodes, i), NULL)};
    tn_graph *g = tni_at_new_body(&s.call, "body");
    s.body = g ? tni_pt2_scope_new(x, scope, g, scope->json) : NULL;
    for (i++; s.body && i < json_array_size(nodes) && !x->nomem; i++) {
        const json_t *node = json_array_get(nodes, i);
        if (is_mark(node, "_vmap_decrement_nesting")) break;
        if (s.call.failed) continue;
        if (is_mark(node, "_add_batch_dim")) {
            enter(&s, node);
        } else if (is_mark(node, "_remove_batch_dim")) {
            leave(&s, node);
        } else {
            check_write(&s, node);
            i = tni_pt2_step(x, s.body, nodes, i);
        }
    }
    if (s.body) finish(&s);
    return i;
}

size_t tni_pt2_step(tni_pt2 *x, tni_pt2_scope *s, const json_t *nodes, size_t i) {
    if (is_mark(json_array_get(nodes, i), "_vmap_increment_nesting")) return vmap(x, s, nodes, i);
    tni_pt2_call(x, s, json_array_get(nodes, i), json_array_get(nodes, i + 1));
    return i;
}
