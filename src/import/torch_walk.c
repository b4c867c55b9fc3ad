// SPDX-License-Identifier: Apache-2.0
// torch_walk.c - all tensors of a checkpoint with the names that state_dict() gives them, whatever they lie
// in: a state dict, a training checkpoint around one, a whole pickled module, a TorchScript module.
#include "import/torch_file.h"

#include <string.h>

// A pickle is a graph: the same value may be reached in many ways, even from within itself.
enum { MOST_VISITS = 1 << 22, MOST_DEPTH = 128, LONGEST_NAME = 4096 };

typedef struct walk {
    tni_torch_file *f;
    const tni_torch_walk *to;
    tn_diags *diags;
    const tni_pickle *path[MOST_DEPTH];
    int depth;
    size_t visits, length;
    char name[LONGEST_NAME + 1];
} walk;

static tn_status visit(walk *w, const tni_pickle *v);

static tn_status limit(const walk *w, const char *what) {
    return tni_error(w->diags, TN_LIMIT, "cannot read '%s': %s", w->f->name, what);
}

static bool is_word(tn_str s) {
    for (size_t i = 0; i < s.size; i++)
        if ((unsigned char)s.text[i] < ' ') return false;
    return s.size > 0;
}

// Goes to `v` with `part` added to the name. Parts with control characters are no names.
static tn_status descend(walk *w, tn_str part, const tni_pickle *v) {
    size_t length = w->length;
    if (!is_word(part)) return TN_OK;
    if (part.size + 1 > LONGEST_NAME - length) return limit(w, "a name in it is too long");
    if (length) w->name[w->length++] = '.';
    memcpy(w->name + w->length, part.text, part.size);
    w->length += part.size;
    tn_status status = visit(w, v);
    w->length = length;
    return status;
}

static tn_status descend_number(walk *w, int64_t i, const tni_pickle *v) {
    char digits[24];
    tni_fixed part = {.data = digits, .size = sizeof digits};
    tni_fixed_printf(&part, "%lld", (long long)i);
    return descend(w, (tn_str){digits, part.length}, v);
}

static tn_status visit_pairs(walk *w, const tni_pickle *dict) {
    const tni_pickle *key, *value;
    for (size_t i = 0; tni_pickle_pair(dict, i, &key, &value); i++) {
        if (key->kind == TNI_PICKLE_TEXT) TN_TRY(descend(w, key->as.text, value));
        if (key->kind == TNI_PICKLE_INT) TN_TRY(descend_number(w, key->as.i, value));
    }
    return TN_OK;
}

static tn_status visit_items(walk *w, const tni_pickle *list) {
    for (size_t i = 0; i < list->count; i++) TN_TRY(descend_number(w, (int64_t)i, list->as.list.item[i]));
    return TN_OK;
}

static bool holds(const tni_pickle *set, const tni_pickle *key) {
    if (set && set->kind == TNI_PICKLE_OBJECT) // set([...]), as protocol 2 writes it
        set = tni_pickle_item(set->as.call->args, 0);
    if (!set || (set->kind != TNI_PICKLE_SET && set->kind != TNI_PICKLE_LIST)) return false;
    for (size_t i = 0; i < set->count; i++) {
        const tni_pickle *v = set->as.list.item[i];
        if (v->kind == TNI_PICKLE_TEXT && tni_str_equal(v->as.text, key->as.text)) return true;
    }
    return false;
}

// As Module.state_dict(): parameters, persistent buffers, then the modules within.
static tn_status visit_module(walk *w, const tni_pickle *state) {
    const tni_pickle *key, *value, *hidden = tni_pickle_get(state, "_non_persistent_buffers_set");
    const tni_pickle *buffers = tni_pickle_get(state, "_buffers");
    TN_TRY(visit_pairs(w, tni_pickle_get(state, "_parameters")));
    for (size_t i = 0; tni_pickle_pair(buffers, i, &key, &value); i++)
        if (key->kind == TNI_PICKLE_TEXT && !holds(hidden, key)) TN_TRY(descend(w, key->as.text, value));
    return visit_pairs(w, tni_pickle_get(state, "_modules"));
}

// The state is the object's __dict__, or a pair of that and its slots.
static tn_status visit_object(walk *w, const tni_pickle *v) {
    const tni_pickle *state = v->as.call->state;
    if (tni_pickle_is_dict(v)) return visit_pairs(w, v);
    if (state && state->kind == TNI_PICKLE_TUPLE) state = tni_pickle_item(state, 0);
    if (tni_pickle_is_dict(tni_pickle_get(state, "_modules"))) return visit_module(w, state);
    return visit_pairs(w, state);
}

static tn_status visit_container(walk *w, const tni_pickle *v) {
    switch (v->kind) {
    case TNI_PICKLE_DICT: return visit_pairs(w, v);
    case TNI_PICKLE_LIST:
    case TNI_PICKLE_TUPLE: return visit_items(w, v);
    case TNI_PICKLE_OBJECT: return visit_object(w, v);
    case TNI_PICKLE_INT:
    case TNI_PICKLE_FLOAT:
    case TNI_PICKLE_BOOL: return w->to->number ? w->to->number(w->to->user, v) : TN_OK;
    default: return TN_OK;
    }
}

static tn_status visit(walk *w, const tni_pickle *v) {
    tni_storage_view view;
    const char *why = NULL;
    if (++w->visits > MOST_VISITS) return limit(w, "its values refer to each other in too many ways");
    switch (tni_torch_tensor(w->f, v, &view, &why)) {
    case TNI_TORCH_TENSOR:
    case TNI_TORCH_UNUSABLE:
        if (w->f->nomem) return TN_NOMEM;
        w->name[w->length] = 0;
        return w->to->found(w->to->user, w->name, why ? NULL : &view, why);
    case TNI_TORCH_OTHER: break;
    }
    for (int i = 0; i < w->depth; i++)
        if (w->path[i] == v) return TN_OK; // within itself
    if (w->depth == MOST_DEPTH) return limit(w, "its values are nested too deeply");
    w->path[w->depth++] = v;
    tn_status status = visit_container(w, v);
    w->depth--;
    return status;
}

tn_status tni_torch_each(tni_torch_file *f, const tni_torch_walk *to, tn_diags *diags) {
    walk *w = tni_arena_zalloc(f->to, sizeof *w);
    if (!w) return TN_NOMEM;
    w->f = f;
    w->to = to;
    w->diags = diags;
    return visit(w, f->root);
}
