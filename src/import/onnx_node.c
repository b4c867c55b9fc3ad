// SPDX-License-Identifier: Apache-2.0
// onnx_node.c - one node into the graph: a function call is inlined, a Constant becomes a constant,
// everything else goes through its operator's definition. A node that fails leaves values of unknown type,
// and what only fails because of them is not reported.
#include "import/onnx_graph.h"

#include "ir/registry.h"
#include "ir/spec.h"

#include <limits.h>
#include <string.h>

// ---- opsets

static const tni_onnx_opset *find_opset(tni_onnx *x, const tni_onnx_opset *list, const char *domain) {
    for (; list; list = list->next)
        if (tni_same_domain(tni_onnx_text(x, &x->temp, list->domain), domain)) return list;
    return NULL;
}

// The opset of `domain` where the node stands. One that is not imported is told once, and taken as the
// newest.
static int opset_of(tni_onnx *x, const tni_onnx_scope *s, const char *domain, const char *op,
                    const tn_diag *where) {
    const tni_onnx_opset *o = NULL;
    for (const tni_onnx_frame *f = s->frame; f && !o; f = f->caller) o = find_opset(x, f->opsets, domain);
    if (o) return o->version > INT_MAX ? INT_MAX : o->version < 1 ? 1 : (int)o->version;
    const char *key = *domain ? tni_arena_text(&x->scratch, domain, strlen(domain)) : "ai.onnx";
    bool known = tni_op_find(x->env, domain, op) != NULL || !*domain;
    if (key && known && !tni_map_get(&x->domains, key, strlen(key))) {
        if (!tni_map_set(&x->domains, key, strlen(key), x)) x->nomem = true;
        tn_diag at = *where;
        if (!*domain)
            tni_onnx_error(x, &at, TN_INVALID, "add it to the model's opset_import",
                           "the model imports no opset of the default domain");
        else
            tni_onnx_warn(x, &at, "add it to the model's opset_import",
                          "the model imports no opset of domain '%s'", domain);
    }
    return *domain ? 1 : TN_OPSET;
}

// ---- the node

static tn_diag describe(tni_onnx *x, const tni_onnx_scope *s, const tni_onnx_node *n, const char *op,
                        const char *domain) {
    tni_arena *keep = &x->graph->root->arena;
    tn_diag d = {.file = x->file};
    tn_str name = n->name.size || !n->nout ? n->name : n->out[0];
    const char *prefix = s->frame->prefix;
    d.node = tni_onnx_text(x, keep, name);
    if (prefix) d.node = tni_arena_printf(keep, "%s/%s", prefix, d.node);
    d.op = *domain ? tni_arena_printf(&x->temp, "%s.%s", domain, op) : op;
    d.source = tni_onnx_source(keep, n->stack, n->doc);
    if (!d.source) d.source = s->frame->source;
    if (!d.node || !d.op) x->nomem = true;
    return d;
}

static void read_inputs(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_node *n, const tn_diag *where,
                        tni_value **in) {
    for (size_t i = 0; i < n->nin; i++) {
        if (!n->in[i].size) continue;
        tni_value *v = tni_onnx_read(x, s, n->in[i], where);
        in[i] = v == &x->omitted ? NULL : v;
    }
}

// A node whose operator nobody knows: what it would make is there, of unknown type, so that the rest can be
// checked.
static void read_unknown(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_node *n, const char *domain,
                         const char *name, const tn_diag *where) {
    tni_unknown u = {.domain = domain, .op = name, .where = *where, .nin = (int)n->nin, .nout = (int)n->nout};
    u.hint = tni_unknown_hint(x->env, &x->temp, domain, name, where->opset);
    u.in = tni_arena_zalloc(&x->temp, (n->nin + 1) * sizeof *u.in);
    u.out = tni_arena_zalloc(&x->temp, (n->nout + 1) * sizeof *u.out);
    if (!u.in || !u.out || !u.hint) {
        x->nomem = true;
        return;
    }
    x->errors++; // told at the end
    read_inputs(x, s, n, where, u.in);
    tni_onnx_define_unknowns(x, s, n);
    for (size_t i = 0; i < n->nout; i++)
        if (n->out[i].size) u.out[i] = tni_onnx_lookup(s, n->out[i]);
    tni_unknowns_add(&x->unknown, &u);
}

static bool read_attrs(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_node *n, const tn_diag *where,
                       tni_spec *spec) {
    const tni_onnx_bound *list = tni_onnx_resolve(x, s, n->attrs), *b;
    bool fine = true;
    for (b = list; b; b = b->next) spec->cattr++;
    spec->attr = tni_arena_zalloc(&x->temp, (spec->cattr + 1) * sizeof *spec->attr);
    if (!spec->attr) return !(x->nomem = true);
    for (b = list; b; b = b->next) {
        tn_status status = tni_onnx_attr_value(x, s, b, where, &spec->attr[spec->nattr]);
        if (status == TN_NOMEM) x->nomem = true;
        if (status == TN_OK)
            spec->nattr++;
        else
            fine = false;
    }
    return fine;
}

// Outputs of a node that is in the graph; what inference does not know is taken from the model.
static void define_outputs(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_node *n, const char *const *names) {
    for (size_t i = 0; i < n->nout; i++) {
        if (!n->out[i].size) continue;
        tni_value *v = tni_value_find(s->graph, names[i]);
        if (!v) {
            tni_onnx_define_unknown(x, s, n->out[i], true);
            continue;
        }
        const tni_onnx_value *declared = tni_map_get(&s->declared, n->out[i].text, n->out[i].size);
        tn_type *t = &v->info.type, type;
        if (t->kind == TN_TENSOR && (t->rank < 0 || t->dtype == TN_UNDEFINED) && declared && declared->type &&
            tni_onnx_type_of(x, declared->type, "", false, NULL, &type) == TN_OK && type.kind == TN_TENSOR) {
            if (t->dtype == TN_UNDEFINED) t->dtype = type.dtype;
            // The sizes may be stale; the number of dimensions hardly ever is.
            for (int k = 0; t->rank < 0 && k < type.rank; k++)
                t->dim[k] = tn_dim_fresh(&x->graph->root->dims);
            if (t->rank < 0) t->rank = type.rank;
        }
        tni_onnx_define(x, s, n->out[i], v);
    }
}

// True when an input's type is unknown because what makes it is in error.
static bool has_unknown_input(const tni_spec *spec) {
    for (int i = 0; i < spec->nin; i++)
        if (spec->in[i] && tni_onnx_is_unknown(spec->in[i])) return true;
    return false;
}

// Adds the node. What it says about inputs of unknown type is a consequence and goes nowhere; what it says of
// its attributes and of how many inputs it has, before any type is looked at, is told.
static void add_node(tni_onnx *x, tni_spec *spec, const tn_op_def *op) {
    bool doubtful = has_unknown_input(spec), upgraded = op->upgrade && spec->opset < op->since;
    tn_diags *quiet = NULL;
    if (doubtful && upgraded && x->errors) return; // an upgrade needs types, and would only say so
    if (doubtful) {
        if (tn_diags_new(&quiet, x->env) != TN_OK) x->nomem = true;
        spec->diags = quiet;
    }
    const char *first = spec->nout ? spec->outs[0] : "";
    tn_status status = tni_spec_add(spec, NULL);
    if (status == TN_NOMEM) x->nomem = true;
    if (status != TN_OK && !doubtful) x->errors++;
    bool early = !upgraded && !(*first && tni_value_find(spec->graph, first));
    if (status != TN_OK && doubtful && (early || !x->errors))
        for (size_t i = 0; i < tn_diags_count(quiet); i++) {
            const tn_diag *d = tn_diags_get(quiet, i);
            if (d->severity == TN_ERROR) tni_onnx_error(x, d, d->status, d->hint, "%s", d->message);
        }
    tn_diags_free(quiet);
    if (status != TN_OK && !x->errors) x->errors++;
}

// What the opset that the model asks for does not have. It is read all the same: fusions write their
// operators into models of any opset.
static void note_opset(tni_onnx *x, const tn_op_def *op, const tn_diag *where) {
    const char *domain = tni_domain(op->domain ? op->domain : "");
    int first = op->first ? op->first : op->since;
    if (*domain && strcmp(domain, "ai.onnx.ml") != 0) return; // the others have one version
    if (where->opset < first)
        tni_onnx_warn(x, where, "other readers refuse it: write the model in that opset",
                      "it came with opset %d, later than the model's, and is read as of then", first);
    else if (op->last && where->opset > op->last)
        tni_onnx_warn(x, where, "other readers refuse it: write the model in an older opset",
                      "it is deprecated since opset %d, and is read as before", op->last + 1);
}

static void read_operator(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_node *n, const tn_op_def *op,
                          const char *domain, const char *name, const tn_diag *where) {
    size_t errors = x->errors;
    tni_spec spec = {.graph = s->graph,
                     .diags = x->diags,
                     .domain = domain,
                     .op = name,
                     .name = where->node,
                     .source = where->source,
                     .module = tni_onnx_module(&x->graph->root->arena, n->scopes),
                     .opset = where->opset,
                     .nin = (int)n->nin,
                     .nout = (int)n->nout};
    spec.in = tni_spec_room(&x->temp, n->nin);
    spec.outs = tni_arena_zalloc(&x->temp, (n->nout + 1) * sizeof(char *));
    const char **names = tni_arena_zalloc(&x->temp, (n->nout + 1) * sizeof(char *));
    if (!spec.in || !spec.outs || !names) {
        x->nomem = true;
        return;
    }
    note_opset(x, op, where);
    read_inputs(x, s, n, where, spec.in);
    for (size_t i = 0; i < n->nin; i++) tni_unknowns_read(&x->unknown, spec.in[i]);
    bool fine = read_attrs(x, s, n, where, &spec);
    for (size_t i = 0; i < n->nout; i++)
        spec.outs[i] = names[i] = n->out[i].size ? tni_onnx_fresh_name(x, s, n->out[i]) : "";
    if (fine && !x->nomem) add_node(x, &spec, op);
    if (x->errors == errors && !x->nomem)
        define_outputs(x, s, n, names);
    else
        tni_onnx_define_unknowns(x, s, n);
}

static void read_constant(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_node *n, const tn_diag *where) {
    tn_tensor *t = NULL;
    if (!n->nout || !n->out[0].size) return;
    if (tni_onnx_constant(x, tni_onnx_resolve(x, s, n->attrs), where, &t) != TN_OK) {
        tni_onnx_define_unknown(x, s, n->out[0], true);
        return;
    }
    tni_value *v = tni_value_const(s->graph, tni_onnx_fresh_name(x, s, n->out[0]), t);
    tni_onnx_define(x, s, n->out[0], v);
}

static void read_named(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_node *n) {
    const char *domain = tni_domain(tni_onnx_text(x, &x->temp, n->domain));
    const char *name = tni_onnx_text(x, &x->temp, n->op);
    tn_diag where = describe(x, s, n, name, domain);
    const tn_op_def *op = tni_op_find(x->env, domain, name);
    const tni_onnx_function *fn = tni_onnx_find_function(x, n);
    bool ours = op && tni_op_plugin(x->env, op); // the user asked for it, and it is the faster way
    if (fn && !ours) {
        tni_onnx_inline(x, s, n, fn, &where);
        return;
    }
    where.opset = opset_of(x, s, domain, name, &where);
    if (!*domain && !strcmp(name, "Constant")) {
        read_constant(x, s, n, &where);
    } else if (op) {
        read_operator(x, s, n, op, domain, name, &where);
    } else {
        read_unknown(x, s, n, domain, name, &where);
    }
}

// ONNX wants the names of nodes to be unique; nothing but messages depends on them, so it is told once.
static void note_name(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_node *n) {
    if (!n->name.size || x->told_name) return;
    if (!tni_map_get(&s->nodes, n->name.text, n->name.size)) {
        if (!tni_map_set(&s->nodes, n->name.text, n->name.size, x)) x->nomem = true;
        return;
    }
    x->told_name = true;
    tni_onnx_warn(x, &(tn_diag){.node = tni_onnx_text(x, &x->temp, n->name)}, NULL,
                  "several nodes have this name; messages cannot tell them apart");
}

void tni_onnx_read_node(tni_onnx *x, tni_onnx_scope *s, const tni_onnx_node *n) {
    if (n->nin > INT_MAX / 2 || n->nout > INT_MAX / 2) {
        tni_onnx_error(x, NULL, TN_LIMIT, NULL, "a node has more inputs or outputs than can be");
        return;
    }
    tni_mark mark = tni_arena_mark(&x->temp);
    note_name(x, s, n);
    read_named(x, s, n);
    tni_arena_reset(&x->temp, mark);
}
