// SPDX-License-Identifier: Apache-2.0
// codegen_node.c - a node as the statement that calls its layer.
#include "export/codegen_writer.h"

#include "ir/text.h"
#include "net/net.h"

#include <string.h>

static bool is_wanted(const tni_cg_writer *w, const tni_value *v) {
    return v && tni_cg_read_from(w->c, v, 0);
}

// Inputs that are read for the last time give their variables to what is made.
static void release_inputs(tni_cg_writer *w, const tni_node *n) {
    for (int i = 0; i < n->nin; i++) tni_cg_release(w, n->in[i].value, w->c->behind[n->mark]);
}

static const char *array_name(tni_cg_writer *w, const tni_node *n) {
    char name[TNI_FUNCTION];
    return tni_cg_print(w->c, "%s%d", tni_layer_name(n->op, name), ++w->arrays);
}

// The outputs of a call that makes several, where each is asked for. What is made and not read still has to
// be.
static bool is_asked_for(const tni_cg_writer *w, const tni_node *n, int i) {
    return n->out[i] && w->var[n->out[i]->id] && (i || is_wanted(w, n->out[i]));
}

static void put_outputs(tni_cg_writer *w, const tni_node *n, const char *array) {
    char field[TNI_FUNCTION];
    codegen *c = w->c;
    bool any = false;
    if (array) {
        tni_cg_put_comma(w);
        tni_cg_put(c, &w->t, ".outs = tn_outs($)", "outs=$",
                   c->python ? tni_cg_print(c, "%d", n->nout) : array);
        return;
    }
    for (int i = 1; i < n->nout; i++) any |= is_asked_for(w, n, i);
    if (c->python && any) {
        tni_cg_put_comma(w);
        tni_text_puts(&w->t, "outs=[");
    }
    for (int i = c->python ? 0 : 1, k = 0; any && i < n->nout; i++) {
        if (!is_asked_for(w, n, i)) continue;
        if (c->python)
            tni_cg_put(c, &w->t, "", k++ ? ", \"$\"" : "\"$\"", n->op->out[i].name);
        else
            tni_cg_put(c, &w->t, ", .out_$ = &$", "", tni_field_name(n->op, n->op->out[i].name, false, field),
                       w->var[n->out[i]->id]);
    }
    if (c->python && any) tni_text_puts(&w->t, "]");
}

// Names for everything that is made; a declaration that has to stand before the call.
static const char *prepare_outputs(tni_cg_writer *w, const tni_node *n, bool list) {
    const char *array = list ? array_name(w, n) : NULL;
    release_inputs(w, n);
    if (list) {
        tni_cg_put(w->c, &w->t, "tn_value *$[$];\n", "", array, tni_cg_print(w->c, "%d", n->nout));
        for (int i = 0; i < n->nout; i++)
            if (n->out[i]) w->var[n->out[i]->id] = tni_cg_print(w->c, "%s[%d]", array, i);
        return array;
    }
    for (int i = 0; i < n->nout; i++) {
        const tni_value *v = n->out[i];
        if (!v || (!i && !is_wanted(w, v))) continue;
        tni_cg_name_value(w, v);
        tni_cg_declare(w, v);
    }
    return NULL;
}

// What stands before the call: "x = ", in Python "y, h = " and "split3 = " too.
static void put_left(tni_cg_writer *w, const tni_node *n, const char *array) {
    int count = 0, last = 0;
    for (int i = 0; i < n->nout && !array; i++)
        if (is_asked_for(w, n, i) && (!i || w->c->python)) count++, last = i;
    if (array && w->c->python) tni_text_printf(&w->t, "%s = ", array);
    if (!count) return;
    bool alone = count == 1 && last; // a tuple of one
    if (alone) tni_text_puts(&w->t, "(");
    for (int i = 0, k = 0; i <= last; i++)
        if (is_asked_for(w, n, i)) tni_text_printf(&w->t, "%s%s", k++ ? ", " : "", w->var[n->out[i]->id]);
    tni_text_puts(&w->t, alone ? ",) = " : " = ");
}

static void put_function(tni_cg_writer *w, const tni_node *n) {
    char name[TNI_FUNCTION], word[TNI_FUNCTION];
    tni_function_name(n->op, name);
    if (w->c->python) tni_python_name(name, word);
    tni_cg_put(w->c, &w->t, "tn_$($", "$.$(", w->c->python ? w->net : name, w->c->python ? word : w->net);
    tni_cg_put_inputs(w, n, false);
    tni_cg_put_attributes(w, n);
}

// tn_batch_norm(net, x, "bn1"), tn_linear(net, x, "fc").
static void put_block(tni_cg_writer *w, const tni_node *n, const char *owner) {
    codegen *c = w->c;
    tni_cg_put(c, &w->t, "tn_$($, ", "$.$(", c->python ? w->net : w->block->function,
               c->python ? w->block->function : w->net);
    tni_cg_put_operand(w, n, 0, n->in[0].value, tni_cg_role(c, n, 0));
    tni_text_puts(&w->t, ", ");
    tni_cg_put_own(w, "layer", owner);
    if (!w->block->matrix) tni_cg_put_attributes(w, n);
}

static void put_by_name(tni_cg_writer *w, const tni_node *n) {
    char op[96];
    codegen *c = w->c;
    tni_text attrs = {.env = w->t.env};
    tni_cg_put(c, &w->t, "tn_layer($, \"$\"", "$.layer(\"$\"", w->net, tni_op_text(n->op, op));
    tni_cg_put_inputs(w, n, true);
    tni_attrs_print(&attrs, n);
    if (attrs.length) tni_cg_put(c, &w->t, ", $", ", $", tni_cg_string(c, attrs.data, attrs.length));
    c->nomem |= attrs.failed;
    tni_text_free(&attrs);
}

void tni_cg_put_sizes(tni_cg_writer *w, const tni_node *n) {
    const char *text = tni_cg_sizes_of(w->c, n);
    tni_cg_put(w->c, &w->t, "tn_sizes($, ", "$.sizes(", w->net);
    tni_cg_leave_open(w, CG_TEXT, "sizes", tni_cg_string(w->c, text, strlen(text)), NULL);
}

// tn_linear(net, x, "fc").
void tni_cg_put_linear(tni_cg_writer *w, const tni_cg_item *item) {
    codegen *c = w->c;
    tni_node *const node[] = {item->node, item->rest[0], item->rest[1]};
    const tni_node *product = node[1], *last = node[item->nrest];
    const char *owner = tni_cg_linear_of(c, w->m, node, item->nrest + 1);
    tni_value *x = product->in[0].value, *y = last->out[0];
    tni_cg_writer call = *w;
    call.t = (tni_text){.env = w->t.env};
    tni_cg_put_operand(&call, product, 0, x, tni_cg_role(c, product, 0));
    const char *from = tni_cg_keep(c, &call.t);
    tni_cg_release(w, x, c->behind[last->mark]);
    if (tni_cg_read_from(c, y, 0)) {
        tni_cg_name_value(w, y);
        tni_cg_declare(w, y);
        tni_text_printf(&w->t, "%s = ", w->var[y->id]);
    }
    tni_cg_put(c, &w->t, "tn_linear(net, $, ", "net.linear($, ", from);
    tni_cg_put_own(w, "layer", owner);
    if (item->nrest < 2) tni_cg_put(c, &w->t, ", .no_bias = true", ", no_bias=True");
    tni_cg_put(c, &w->t, ");\n", ")\n");
    tni_cg_release(w, y, (size_t)last->mark + 1);
}

// The operands are read before the outputs get their names, which may be the same.
void tni_cg_put_node(tni_cg_writer *w, tni_node *n) {
    bool function = tni_has_function(n->op);
    bool list = n->nout > 1 && (!function || tni_cg_is_variadic(n->op->out, CG_MAX_OUT, n->nout - 1));
    tni_cg_put_bodies(w, n);
    const char *owner;
    tni_cg_writer call = *w; // its text, apart
    call.t = (tni_text){.env = w->t.env};
    call.block = tni_cg_block_of(w->c, w->m, n, &owner);
    if (tni_cg_sizes_of(w->c, n))
        tni_cg_put_sizes(&call, n);
    else if (call.block)
        put_block(&call, n, owner);
    else if (function)
        put_function(&call, n);
    else
        put_by_name(&call, n);
    const char *array = prepare_outputs(w, n, list);
    put_left(w, n, array);
    tni_text_puts(&w->t, call.t.data ? call.t.data : "");
    w->c->nomem |= call.t.failed;
    tni_text_free(&call.t);
    put_outputs(w, n, array);
    tni_cg_put(w->c, &w->t, ");\n", ")\n");
    for (int i = 0; !list && i < n->nout; i++) tni_cg_release(w, n->out[i], (size_t)n->mark + 1);
}
