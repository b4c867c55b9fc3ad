// SPDX-License-Identifier: Apache-2.0
// call.c - one call of PyTorch's graph: which converter makes it, what its outputs are called, which of them
// are views, and what an in-place call writes to.
#include "import/pt2/call.h"

#include "ir/registry.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// ---- what a call is

const char *tni_pt2_target(const json_t *node) {
    const char *target = tni_json_text(node, "target");
    return strncmp(target, "torch.ops.", 10) ? target : target + 10;
}

// The underscore of "aten.add_.Tensor"; NULL: it is not in-place.
static const char *in_place_mark(const char *target) {
    const char *packet = strchr(target, '.'), *end = packet ? strchr(packet + 1, '.') : NULL;
    return !end || end - packet < 3 || end[-1] != '_' || end[-2] == '_' ? NULL : end - 1;
}

// The "i" of "aten.__iand__.Tensor": x &= y.
static const char *in_place_letter(const char *target) {
    return !strncmp(target, "aten.__i", 8) && strstr(target, "__.") ? target + 7 : NULL;
}

const char *tni_pt2_functional(tni_pt2 *x, const char *target) {
    const char *letter = in_place_letter(target), *mark = letter ? letter : in_place_mark(target);
    if (!mark) return NULL;
    const char *name = tni_arena_printf(&x->scratch, "%.*s%s", (int)(mark - target), target, mark + 1);
    if (!name) x->nomem = true;
    return name;
}

// Nodes refer to their names: they live as long as the graph.
static const char *kept(tni_pt2 *x, const char *name) {
    const char *copy = tni_arena_text(&x->graph->root->arena, name, strlen(name));
    if (!copy) x->nomem = true;
    return copy ? copy : "";
}

const char *tni_pt2_first_tensor(const json_t *node) {
    const json_t *input = json_array_get(json_object_get(node, "inputs"), 0);
    const char *tag = "";
    const json_t *value = tni_json_union(json_object_get(input, "arg"), &tag);
    return value && !strcmp(tag, "as_tensor") ? tni_json_text(value, "name") : NULL;
}

static tni_pt2_tensor *first_tensor(const tni_pt2_scope *s, const json_t *node) {
    const char *name = tni_pt2_first_tensor(node);
    return name ? tni_pt2_find(s, name) : NULL;
}

size_t tni_pt2_output_names(const json_t *node, const char **name, size_t room, bool *numbers) {
    const json_t *outputs = json_object_get(node, "outputs");
    size_t n = 0;
    *numbers = false;
    for (size_t i = 0; i < json_array_size(outputs); i++) {
        const char *tag = "";
        const json_t *value = tni_json_union(json_array_get(outputs, i), &tag);
        if (!strcmp(tag, "as_tensor") && n < room) name[n++] = tni_json_text(value, "name");
        for (size_t k = 0; !strcmp(tag, "as_tensors") && k < json_array_size(value) && n < room; k++)
            name[n++] = tni_json_text(json_array_get(value, k), "name");
        *numbers |= !strncmp(tag, "as_sym", 6);
    }
    return n;
}

// What only checks, or asks for sizes, which the file tells as expressions.
static bool is_check(const char *target) {
    static const char *const checks[] = {"aten._assert_",
                                         "aten.sym_constrain_range",
                                         "aten._functional_assert",
                                         "aten.sym_size",
                                         "aten.sym_numel",
                                         "aten.sym_stride",
                                         "aten.sym_storage_offset",
                                         "torchvision._cuda_version",
                                         "aten.sym_is_contiguous",
                                         "aten._linalg_check_errors",
                                         "torch._functorch.predispatch.lazy_load_decompositions",
                                         "aten._print"};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (!strncmp(target, checks[i], strlen(checks[i]))) return true;
    return false;
}

// A check that is kept in its place among other effects by a token, which is a tensor to the file only.
static bool is_ordered_check(const json_t *node, const char *target) {
    const char *tag = "";
    const json_t *inner = json_array_get(json_object_get(node, "inputs"), 1);
    const char *name = json_string_value(tni_json_union(json_object_get(inner, "arg"), &tag));
    return !strcmp(target, "higher_order.with_effects") && name && !strncmp(name, "torch.ops.", 10) &&
           is_check(name + 10);
}

// Those, and arithmetic on symbolic numbers, which stands in the file as well.
static bool says_nothing(const char *target, size_t tensors, bool numbers) {
    if (tensors) return false;
    if (is_check(target)) return true;
    return numbers && (!strncmp(target, "_operator.", 10) || !strncmp(target, "math.", 5) ||
                       !strncmp(target, "torch.", 6) || !strncmp(target, "builtins.", 9));
}

static const json_t *declared(const tni_pt2_scope *s, const char *name) {
    const json_t *meta = NULL;
    for (; s && !meta; s = s->parent) meta = json_object_get(json_object_get(s->json, "tensor_values"), name);
    return meta;
}

typedef struct reads { // what a call takes
    tni_value *value[TNI_AT_LIST];
    size_t n;
} reads;

// Values of their own stand for what it would make, so that what comes behind is looked at too; what it would
// write to stays as it is.
static void note_unknown(tn_aten *c, const char *target, const char *const *name, tni_pt2_tensor *to,
                         const reads *in) {
    tni_value *out[TNI_AT_OUT] = {NULL};
    tni_pt2 *x = c->x;
    for (size_t i = 0; i < c->nout; i++) {
        tn_type type;
        bool known = !to && tni_pt2_type(x, declared(c->scope, name[i]), &type);
        out[i] = known ? tni_value_new(c->graph, name[i], &type) : NULL;
        if (!to) tni_pt2_define(x, c->scope, name[i], out[i]);
        if (to && !tni_map_set(&c->scope->tensors, name[i], strlen(name[i]), to)) x->nomem = true;
    }
    tn_diag where = {.file = x->file, .node = c->name, .op = target, .source = c->source};
    tni_unknown u = {.op = target, .where = where, .nin = (int)in->n, .nout = (int)c->nout};
    u.hint = "a plug-in can say what it means: an operator's .aten, or TN_ATEN, in tenon/ext.h";
    u.in = tni_mutable(in->value);
    u.out = out;
    tni_unknowns_add(&x->unknown, &u);
    x->errors++;
}

// ---- results

void tni_at_fail(tn_aten *c, const char *hint, const char *message, ...) {
    va_list args;
    if (c->failed) return;
    c->failed = true;
    c->x->errors++;
    tn_diag d = {.severity = TN_ERROR,
                 .status = TN_UNSUPPORTED,
                 .file = c->x->file,
                 .node = c->name,
                 .op = c->target,
                 .source = c->source,
                 .hint = hint};
    va_start(args, message);
    tni_vdiag(c->x->diags, &d, message, args);
    va_end(args);
}

void tni_at_give(tn_aten *c, size_t i, tni_value *v) {
    if (i < TNI_AT_OUT) c->result[i] = v;
}

// A name for what the call made. What it only passes on keeps its own.
static void give_name(tn_aten *c, size_t i, tni_value *v, unsigned first) {
    if (!v->def || v->graph != c->graph || v->id < first) return;
    const char *name = c->nout == 1 ? c->name : tni_arena_printf(&c->x->scratch, "%s.%zu", c->name, i);
    if (!name) c->x->nomem = true;
    if (name && tni_pt2_rename(c->x, v, name) && i == 0) v->def->name = v->name;
}

// The element type is what the file says; the number of dimensions must be.
static tni_value *as_declared(tn_aten *c, const tni_pt2_tensor *t, tni_value *v) {
    const json_t *sizes = json_object_get(t->meta, "sizes");
    tn_dtype dtype = tni_pt2_dtype(json_integer_value(json_object_get(t->meta, "dtype")));
    if (!t->meta) return v;
    if (dtype && v->info.type.kind == TN_TENSOR && v->info.type.dtype != dtype) v = tni_at_cast(c, v, dtype);
    if (!v) return NULL;
    if (v->info.type.rank >= 0 && v->info.type.rank != (int)json_array_size(sizes)) {
        tni_at_fail(c, NULL, "the result has %d dimensions, the file says %zu", v->info.type.rank,
                    json_array_size(sizes));
        return NULL;
    }
    for (size_t d = 0; d < json_array_size(sizes); d++)
        tni_pt2_bind_dim(c->x, json_array_get(sizes, d), v, (int)d);
    return v;
}

void tni_at_convert(tn_aten *c) {
    if (c->def->convert)
        c->def->convert(c);
    else
        tni_at_exprs(c, c->def->as);
}

// ---- views

static bool is_view(const tn_aten *c, const tni_pt2_tensor *of, const tni_pt2_tensor *t) {
    unsigned flags = c->def->flags;
    if (flags & TN_ATEN_VIEW) return true;
    if (flags & TN_ATEN_SAME_TYPE) return c->result[t->output] == of->value;
    return flags & TN_ATEN_MAY_VIEW && tni_pt2_views(c->x, of->meta, t->meta);
}

tn_aten tni_pt2_call_of(tni_pt2 *x, const tni_pt2_tensor *t) {
    const char *name[TNI_AT_OUT];
    bool numbers;
    tn_aten c = {.x = x,
                 .scope = t->scope,
                 .graph = t->scope->graph,
                 .call = t->call,
                 .def = t->def,
                 .target = tni_pt2_target(t->call),
                 .name = kept(x, t->name),
                 .source = tni_pt2_source(x, t->call),
                 .module = tni_pt2_module(x, t->call)};
    const char *plain = tni_pt2_functional(x, c.target);
    if (plain) c.target = plain;
    c.nout = tni_pt2_output_names(t->call, name, TNI_AT_OUT, &numbers);
    c.out = c.compute =
        t->meta ? tni_pt2_dtype(json_integer_value(json_object_get(t->meta, "dtype"))) : TN_UNDEFINED;
    return c;
}

tni_value *tni_pt2_call_again(tni_pt2 *x, tni_pt2_tensor *t, const tni_pt2_tensor *parent, tni_value *value) {
    tn_aten c = tni_pt2_call_of(x, t);
    if (!value) return NULL;
    c.instead_of[0] = parent;
    c.instead[0] = value;
    if (value->info.type.dtype != c.out) c.out = c.compute = value->info.type.dtype; // an iota
    tni_at_convert(&c);
    if (!c.failed && !c.result[t->output] && !x->nomem)
        tni_at_fail(&c, NULL, "the view cannot be made again");
    return c.result[t->output];
}

// ---- operators that write to what their signature says: "my.mix.default(a!, b, cache!)"

const char *tni_pt2_signature(const tni_pt2 *x, const tn_aten_def *def, const char *target) {
    const tn_op_def *op = def && def->target ? NULL : tni_op_find_aten(x->env, target);
    const char *text = def && def->target ? def->target : op ? op->aten : "";
    const char *open = strchr(text, '(');
    return open ? open + 1 : "";
}

static const char *argument_tensor(const json_t *node, const char *name, size_t n) {
    const json_t *inputs = json_object_get(node, "inputs");
    for (size_t i = 0; i < json_array_size(inputs); i++) {
        const json_t *input = json_array_get(inputs, i);
        const char *own = tni_json_text(input, "name"), *tag = "";
        const json_t *value = tni_json_union(json_object_get(input, "arg"), &tag);
        if (strlen(own) == n && !memcmp(own, name, n) && !strcmp(tag, "as_tensor"))
            return tni_json_text(value, "name");
    }
    return NULL;
}

size_t tni_pt2_written(const char *signature, const json_t *node, const char *tensor[TNI_PT2_WRITTEN]) {
    size_t count = 0;
    for (const char *at = signature; *at && *at != ')' && count < TNI_PT2_WRITTEN; at++) {
        size_t n = strcspn(at, " ,!)");
        if (n && at[n] == '!') tensor[count++] = argument_tensor(node, at, n);
        at += n;
        if (!*at || *at == ')') break;
    }
    return count;
}

// ---- the whole

static void define_outputs(tn_aten *c, const char *const *name, unsigned first) {
    tni_pt2_tensor *of = first_tensor(c->scope, c->call);
    for (size_t i = 0; i < c->nout && !c->x->nomem; i++) {
        tni_value *v = c->failed ? NULL : c->result[i];
        tni_pt2_tensor *t = tni_pt2_define(c->x, c->scope, name[i], v);
        if (!t || !v) continue;
        t->output = i;
        if (of && is_view(c, of, t) && !tni_pt2_make_view(c->x, t, of, c, i))
            tni_at_fail(c, NULL, "the chain of views is too long");
        t->value = as_declared(c, t, v);
        if (t->value) give_name(c, i, t->value, first);
    }
}

// The result, in the type and shape of what it is written to.
static tni_value *fitted(tn_aten *c, tni_value *v, const tni_value *to) {
    if (!v || c->failed) return NULL;
    v = tni_at_cast(c, v, to->info.type.dtype);
    bool same = v && v->info.type.rank == to->info.type.rank;
    for (int d = 0; same && d < v->info.type.rank; d++)
        same = tn_dim_equal(v->info.type.dim[d], to->info.type.dim[d]);
    return same ? v : tni_at_expr(c, "Expand($0, Shape($1))", v, to);
}

// A graph that runs once, several times or never cannot change what the one around it holds.
static bool may_write(tn_aten *c, const tni_pt2_tensor *t) {
    while (t->parent) t = t->parent;
    if (t->scope->graph == c->graph) return true;
    tni_at_fail(c, "let it write to a clone()", "it writes to what the graph around its own holds");
    return false;
}

static void write_result(tn_aten *c, tni_pt2_tensor *to, const char *const *name, unsigned first) {
    bool resized = !strncmp(c->target, "aten.resize", 11);
    tni_value *before = tni_pt2_read(c->x, to), *v = NULL;
    if (before) v = resized ? c->result[0] : fitted(c, c->result[0], before);
    if (v) give_name(c, 0, v, first);
    if (may_write(c, to)) tni_pt2_write(c->x, to, v);
    for (size_t i = 0; i < c->nout; i++)
        if (!tni_map_set(&c->scope->tensors, name[i], strlen(name[i]), to)) c->x->nomem = true;
}

// Behind its outputs a call gives what it wrote.
static void write_declared(tn_aten *c) {
    const char *name[TNI_PT2_WRITTEN];
    size_t n = tni_pt2_written(tni_pt2_signature(c->x, c->def, c->target), c->call, name);
    for (size_t i = 0; i < n && !c->failed; i++) {
        tni_pt2_tensor *t = name[i] ? tni_pt2_find(c->scope, name[i]) : NULL;
        tni_value *before = t ? tni_pt2_read(c->x, t) : NULL, *v = NULL;
        if (c->nout + i < TNI_AT_OUT) v = c->result[c->nout + i];
        if (!before || !v)
            tni_at_fail(c, "behind its outputs a row gives what each argument marked with ! holds then",
                        "what it writes to is no tensor of the call, or its row does not give it");
        else if (may_write(c, t))
            tni_pt2_write(c->x, t, fitted(c, v, before));
    }
}

static void bind_numbers(tn_aten *c) {
    const json_t *outputs = json_object_get(c->call, "outputs");
    for (size_t i = 0; i < json_array_size(outputs) && c->result[0]; i++) {
        const char *tag = "";
        const char *name = tni_json_text(tni_json_union(json_array_get(outputs, i), &tag), "as_name");
        char *key = tni_arena_text(&c->x->scratch, name, strlen(name));
        if (strncmp(tag, "as_sym", 6)) continue;
        if (!strcmp(tag, "as_sym_int")) tni_pt2_bind_scalar(c->x, tni_pt2_sym(c->scope, name), c->result[0]);
        if (!key || !tni_map_set(&c->scope->scalars, key, strlen(key), c->result[0])) c->x->nomem = true;
    }
}

// Notes an operand that is complex, once, and that it stands there.
static void note_complex(tn_aten *c, tni_pt2_tensor *t, const tni_value *v) {
    if (v->info.type.kind != TN_TENSOR || !(TN_COMPLEX >> v->info.type.dtype & 1)) return;
    c->complex_uses++;
    for (size_t i = 0; i < c->ncomplex && i < 2; i++)
        if (c->complex[i] == t) return;
    if (c->ncomplex < 2) c->complex[c->ncomplex] = t;
    c->ncomplex++;
}

// What it reads, into `in`. True: something of it could not be made.
static bool takes_unknown(tn_aten *c, reads *in) {
    tni_pt2 *x = c->x;
    tni_pt2_scope *s = c->scope;
    const json_t *node = c->call;
    const json_t *inputs = json_object_get(node, "inputs");
    for (size_t i = 0; i < json_array_size(inputs); i++) {
        const char *tag = "";
        const json_t *value = tni_json_union(json_object_get(json_array_get(inputs, i), "arg"), &tag);
        bool list = !strcmp(tag, "as_tensors");
        size_t n = list ? json_array_size(value) : !strcmp(tag, "as_tensor");
        for (size_t k = 0; k < n; k++) {
            const char *name = tni_json_text(list ? json_array_get(value, k) : value, "name");
            tni_pt2_tensor *t = tni_pt2_find(s, name);
            if (!t) {
                tni_pt2_error(x, &(tn_diag){.node = tni_json_text(node, "name"), .tensor = name}, TN_INVALID,
                              "is the file damaged?", "nothing produces this input of the node");
                return true;
            }
            const tni_value *v = tni_pt2_read(x, t);
            if (v) {
                note_complex(c, t, v);
                if (in->n < TNI_AT_LIST) in->value[in->n++] = tni_mutable(v);
                continue;
            }
            if (!x->errors)
                tni_pt2_error(x, &(tn_diag){.node = tni_json_text(node, "name"), .tensor = name},
                              TN_UNSUPPORTED, NULL,
                              "it reads what another operator computes for training only");
            return true;
        }
    }
    return false;
}

static const tn_aten_def *find_def(tn_aten *c) {
    const tn_aten_def *def = NULL;
    if (c->ncomplex || TN_COMPLEX >> c->out & 1) {
        const char *name = strchr(c->target, '.');
        char *target = tni_arena_printf(&c->x->scratch, "complex%s", name ? name : "");
        if (!target) return c->x->nomem = true, NULL;
        def = tni_aten_find(c->x->env, target);
    }
    if (!def) def = tni_aten_find(c->x->env, c->target);
    if (!def) def = tni_aten_find(c->x->env, tni_pt2_target(c->call)); // by its own name, with the underscore
    return def ? def : tni_aten_operator(c->x->env, c->target);
}

bool tni_pt2_reads(const tn_env *env, const char *target) {
    char plain[128];
    const char *mark = in_place_mark(target);
    if (is_check(target) || tni_aten_find(env, target) || tni_aten_operator(env, target)) return true;
    if (!mark || strlen(target) >= sizeof plain) return false;
    snprintf(plain, sizeof plain, "%.*s%s", (int)(mark - target), target, mark + 1);
    return tni_aten_find(env, plain) != NULL;
}

tn_aten tni_pt2_call_at(tni_pt2 *x, tni_pt2_scope *s, const json_t *node, const json_t *next) {
    return (tn_aten){.x = x,
                     .scope = s,
                     .graph = s->graph,
                     .call = node,
                     .target = tni_pt2_target(node),
                     .name = kept(x, tni_pt2_node_name(x, node, next)),
                     .source = tni_pt2_source(x, node),
                     .module = tni_pt2_module(x, node)};
}

// transpose_, squeeze_ and the like write nothing: what they were given is a view of itself from then on.
bool tni_pt2_writes(const tn_aten_def *def) { return !def || !(def->flags & TN_ATEN_VIEW); }

void tni_pt2_call(tni_pt2 *x, tni_pt2_scope *s, const json_t *node, const json_t *next) {
    const char *name[TNI_AT_OUT];
    bool numbers;
    const char *target = tni_pt2_target(node), *plain = tni_pt2_functional(x, target);
    size_t nout = tni_pt2_output_names(node, name, TNI_AT_OUT, &numbers);
    if (says_nothing(target, nout, numbers) || is_ordered_check(node, target)) return;
    tn_aten c = tni_pt2_call_at(x, s, node, next);
    c.nout = nout;
    if (plain) c.target = plain;
    c.want_meta = nout ? declared(s, name[0]) : NULL;
    c.out = c.compute = tni_pt2_dtype(json_integer_value(json_object_get(c.want_meta, "dtype")));
    reads in = {.n = 0};
    bool skip = takes_unknown(&c, &in);
    if (!c.out && in.n) c.out = c.compute = tni_at_type(in.value[0]); // it only writes
    c.def = find_def(&c);
    tni_pt2_tensor *to = plain && tni_pt2_writes(c.def) ? first_tensor(s, node) : NULL;
    if (!c.def) {
        note_unknown(&c, target, name, to, &in);
        return;
    }
    for (size_t i = 0; i < in.n; i++) tni_unknowns_read(&x->unknown, in.value[i]);
    c.failed = skip;
    unsigned first = x->graph->root->nvalues;
    if (!c.failed) tni_at_convert(&c);
    if (!c.failed && !c.result[0] && !x->nomem && nout) tni_at_fail(&c, NULL, "it could not be converted");
    if (c.failed) memset(c.result, 0, sizeof c.result);
    if (to)
        write_result(&c, to, name, first);
    else
        define_outputs(&c, name, first);
    if (!to) write_declared(&c);
    bind_numbers(&c);
}
