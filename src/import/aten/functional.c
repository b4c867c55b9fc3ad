// SPDX-License-Identifier: Apache-2.0
// functional.c - custom operators that write to their inputs, as decomposing a program leaves them: the call
// gives what each memory holds afterwards. It is read as torch.export had it: as a call that writes.
//
//     auto_functionalized_v2(my.mix.default, y, _x_base_index=0, _x_slice_dim=0..., _all_bases=[a]) -> none,
//     a'
//         a is memory of its own; x = slice(a, 0...); my.mix.default(x, y); a' = a
//     auto_functionalized(my.mix.default, x=a, y) -> none, a'
#include "import/pt2/call.h"

#include <stdio.h>
#include <string.h>

typedef struct replay {
    tn_aten *c;
    tni_pt2_scope *scope;
    const char *target;            // "my.mix.default"
    json_t *call;                  // as it was
    const json_t *bases;           // NULL: the older form
    const char *name[TNI_AT_LIST]; // of what is written to
    size_t n;
} replay;

static const json_t *input_named(const replay *r, const char *arg, const char *what) {
    const json_t *inputs = json_object_get(r->c->call, "inputs");
    char name[160];
    snprintf(name, sizeof name, "%s%s%s%s", *arg ? "_" : "", arg, *arg ? "_" : "", what);
    for (size_t i = 0; i < json_array_size(inputs); i++)
        if (!strcmp(tni_json_text(json_array_get(inputs, i), "name"), name))
            return json_object_get(json_array_get(inputs, i), "arg");
    return NULL;
}

// A call that stands in no file lives as long as the import.
static json_t *new_call(replay *r, const char *target) {
    tni_pt2 *x = r->c->x;
    json_t *call =
        json_pack("{s:s, s:s, s:[], s:[], s:O?}", "target", target, "name", tni_json_text(r->c->call, "name"),
                  "inputs", "outputs", "metadata", json_object_get(r->c->call, "metadata"));
    if (!x->made) x->made = json_array();
    if (!call || !x->made || json_array_append_new(x->made, call)) x->nomem = r->c->failed = true;
    return x->nomem ? NULL : call;
}

static void add_input(replay *r, json_t *call, bool front, const char *name, const json_t *arg) {
    json_t *inputs = json_object_get(call, "inputs"), *copy = json_deep_copy(arg);
    json_t *input = json_pack("{s:s, s:o?, s:i}", "name", name, "arg", copy, "kind", 1);
    if (!input || !copy || json_array_insert_new(inputs, front ? 0 : json_array_size(inputs), input))
        r->c->x->nomem = r->c->failed = true;
}

static void add_tensor(replay *r, json_t *call, const char *arg, const char *tensor) {
    json_t *value = json_pack("{s:{s:s}}", "as_tensor", "name", tensor);
    if (value) add_input(r, call, true, arg, value);
    if (!value) r->c->x->nomem = r->c->failed = true;
    json_decref(value);
}

// The piece of a memory that the operator gets.
static const char *view_of(replay *r, const char *arg, const char *base) {
    static const struct {
        const char *target, *arg[3], *ours[3];
    } views[] = {
        {"torch.ops.aten.slice.Tensor", {"dim", "start", "end"}, {"slice_dim", "slice_start", "slice_end"}},
        {"torch.ops.aten.as_strided.default",
         {"size", "stride", "storage_offset"},
         {"size", "stride", "storage_offset"}},
    };
    for (size_t k = 0; k < 2; k++) {
        if (!input_named(r, arg, views[k].ours[0])) continue;
        json_t *view = new_call(r, views[k].target);
        char *name = tni_arena_printf(&r->c->x->scratch, "%s.%s", base, arg);
        for (int i = 2; view && i >= 0; i--) {
            const json_t *given = input_named(r, arg, views[k].ours[i]);
            if (given) add_input(r, view, true, views[k].arg[i], given);
        }
        if (view) add_tensor(r, view, "self", base);
        json_t *out = name ? json_pack("[{s:{s:s}}]", "as_tensor", "name", name) : NULL;
        if (!view || !out || json_object_set_new(view, "outputs", out))
            return r->c->x->nomem = r->c->failed = true, NULL;
        tni_pt2_call(r->c->x, r->scope, view, NULL);
        return name;
    }
    return base;
}

// Memory that is written to is another one inside, with the same name.
static void renew(replay *r, const char *name) {
    tni_pt2_tensor *t = name ? tni_pt2_find(r->c->scope, name) : NULL;
    tni_value *v = t ? tni_pt2_read(r->c->x, t) : NULL;
    if (!v || r->n == TNI_AT_LIST)
        tni_at_fail(r->c, NULL, "nothing is known of what it writes to");
    else if (tni_pt2_define(r->c->x, r->scope, name, v))
        r->name[r->n++] = name;
    else
        r->c->failed = true;
}

// Arguments that are pieces of memories come first, in the signature's order if there is one.
static void take_bases(replay *r) {
    const json_t *inputs = json_object_get(r->c->call, "inputs");
    for (size_t i = 0; i < json_array_size(r->bases); i++)
        renew(r, tni_json_text(json_array_get(r->bases, i), "name"));
    for (size_t i = json_array_size(inputs); i-- > 1 && !r->c->failed;) {
        const json_t *input = json_array_get(inputs, i);
        const char *name = tni_json_text(input, "name"), *end = strstr(name, "_base_index");
        if (*name != '_') add_input(r, r->call, true, name, json_object_get(input, "arg"));
        if (*name != '_' || !end || end[11]) continue;
        char *arg = tni_arena_text(&r->c->x->scratch, name + 1, (size_t)(end - name) - 1);
        const json_t *index = json_object_get(json_object_get(input, "arg"), "as_int");
        size_t at = (size_t)json_integer_value(index);
        if (!arg || at >= r->n)
            tni_at_fail(r->c, NULL, "its memories are not told");
        else
            add_tensor(r, r->call, arg, view_of(r, arg, r->name[at]));
    }
}

// The inputs as a signature has them, "(x!, y)"; what it does not name stays behind.
static void put_in_order(replay *r, const char *signature) {
    json_t *inputs = json_object_get(r->call, "inputs");
    size_t done = 0;
    for (const char *at = signature; *at && *at != ')'; at += strspn(at, " ,!")) {
        size_t n = strcspn(at, " ,!)");
        for (size_t i = done; i < json_array_size(inputs); i++) {
            json_t *input = json_array_get(inputs, i);
            const char *name = tni_json_text(input, "name");
            if (strlen(name) != n || memcmp(name, at, n)) continue;
            json_incref(input);
            if (json_array_remove(inputs, i) || json_array_insert_new(inputs, done++, input))
                r->c->x->nomem = r->c->failed = true;
            break;
        }
        at += n;
    }
}

// The older form: what is written to is known by the operator's row only.
static void take_arguments(replay *r, const tn_aten_def *def, bool first) {
    const json_t *inputs = json_object_get(r->c->call, "inputs");
    const char *written[TNI_PT2_WRITTEN] = {NULL};
    for (size_t i = 1; i < json_array_size(inputs) && !r->c->failed; i++)
        add_input(r, r->call, false, tni_json_text(json_array_get(inputs, i), "name"),
                  json_object_get(json_array_get(inputs, i), "arg"));
    size_t n = tni_pt2_written(tni_pt2_signature(r->c->x, def, r->target), r->call, written);
    if (first) written[0] = tni_pt2_first_tensor(r->call), n = 1;
    for (size_t i = 0; i < n && !r->c->failed; i++) renew(r, written[i]);
}

static void give(replay *r) {
    tn_aten *c = r->c;
    const char *out[TNI_AT_OUT];
    bool numbers;
    size_t n = tni_pt2_output_names(c->call, out, TNI_AT_OUT, &numbers);
    if (c->nout < r->n) tni_at_fail(c, NULL, "it gives less than it writes to");
    for (size_t i = 0; i < n && !c->failed; i++) {
        tni_pt2_tensor *t = tni_pt2_find(r->scope, i < n - r->n ? out[i] : r->name[i - (n - r->n)]);
        tni_value *v = t ? tni_pt2_read(c->x, t) : NULL;
        if (!v) c->failed = true; // told where it happened
        tni_at_give(c, i, v);
    }
}

static void functionalized(tn_aten *c) {
    const json_t *first = json_array_get(json_object_get(c->call, "inputs"), 0);
    const char *name = tni_json_text(json_object_get(first, "arg"), "as_operator");
    replay r = {.c = c, .scope = tni_pt2_scope_new(c->x, c->scope, c->graph, c->scope->json)};
    int depth = 0;
    for (const tni_pt2_scope *p = r.scope; p; p = p->parent) depth++;
    if (!r.scope || depth > TNI_MAX_DEPTH || !(r.call = new_call(&r, name))) {
        tni_at_fail(c, NULL, "its graphs are nested too deeply");
        return;
    }
    const char *plain = tni_pt2_functional(c->x, tni_pt2_target(r.call));
    r.target = plain ? plain : tni_pt2_target(r.call);
    r.bases = json_object_get(input_named(&r, "", "_all_bases"), "as_tensors");
    const tn_aten_def *def = tni_aten_find(c->x->env, r.target);
    if (r.bases)
        take_bases(&r);
    else
        take_arguments(&r, def, plain != NULL);
    put_in_order(&r, tni_pt2_signature(c->x, def, r.target));
    json_t *outputs = json_deep_copy(json_object_get(c->call, "outputs"));
    for (size_t i = 0; outputs && i < r.n; i++) json_array_remove(outputs, json_array_size(outputs) - 1);
    if (!outputs || json_object_set_new(r.call, "outputs", outputs)) c->x->nomem = c->failed = true;
    if (c->failed) return;
    tni_pt2_call(c->x, r.scope, r.call, NULL);
    give(&r);
}

TN_ATEN(functional) = {
    {"higher_order.auto_functionalized", NULL, functionalized, 0},
    {"higher_order.auto_functionalized_v2", NULL, functionalized, 0},
    {0},
};
