// SPDX-License-Identifier: Apache-2.0
// codegen_call.c - calls of modules, and loops: alike modules in a row, each fed by the one before it.
#include "export/codegen_writer.h"

#include <ctype.h>
#include <string.h>

// ---- calls

static void put_call_text(tni_cg_writer *w, const tni_cg_item *item, const char *name) {
    const tni_cg_module *m = item->call;
    tni_text_puts(&w->t, CG_FUNCTION "(net");
    for (size_t i = 0; i < m->nin; i++) tni_text_printf(&w->t, ", %s", w->var[m->in[i]->id]);
    if (!m->part) tni_text_printf(&w->t, ", %s", name);
}

static void end_call(tni_cg_writer *w, const tni_cg_item *item) {
    const tni_cg_module *m = item->call;
    for (size_t i = 1; i < m->nout && !w->c->python; i++)
        tni_text_printf(&w->t, ", &%s", w->var[m->out[i]->id]);
    tni_text_puts(&w->t, CG_ARGUMENTS);
    tni_cg_put(w->c, &w->t, ");\n", ")\n");
    tni_cg_leave_open(w, CG_CALL, "", "", item->call);
}

static void put_one(tni_cg_writer *w, const tni_cg_item *item) {
    const tni_cg_module *m = item->call;
    tni_cg_writer call = *w;
    call.t = (tni_text){.env = w->t.env};
    put_call_text(&call, item, tni_cg_string(w->c, m->name, strlen(m->name)));
    for (size_t i = 0; i < m->nin; i++) tni_cg_release(w, m->in[i], m->end);
    for (size_t i = 0; i < m->nout; i++) {
        tni_cg_name_value(w, m->out[i]);
        tni_cg_declare(w, m->out[i]);
    }
    tni_text_puts(&w->t, w->var[m->out[0]->id]);
    for (size_t i = 1; i < m->nout && w->c->python; i++)
        tni_text_printf(&w->t, ", %s", w->var[m->out[i]->id]);
    tni_text_printf(&w->t, " = %s", call.t.data ? call.t.data : "");
    w->c->nomem |= call.t.failed;
    tni_text_free(&call.t);
    end_call(w, item);
}

// ---- loops

static bool is_alike(const tni_cg_module *a, const tni_cg_module *b) {
    if (a->type != b->type || a->nopen != b->nopen) return false;
    for (size_t i = 0; i < a->nopen; i++) {
        if (a->open[i].kind == CG_CALL ? !is_alike(a->open[i].callee, b->open[i].callee)
                                       : strcmp(a->open[i].text, b->open[i].text) != 0)
            return false;
    }
    return true;
}

// The input of `b` that is the output of `a`, when everything else is the same; or -1.
static int chained(const codegen *c, const tni_cg_module *a, const tni_cg_module *b) {
    int at = -1;
    if (a->nout != 1 || b->nout != 1 || a->nin != b->nin || tni_cg_read_from(c, a->out[0], b->end)) return -1;
    for (size_t i = 0; i < a->nin; i++) {
        if (b->in[i] == a->out[0] && at < 0)
            at = (int)i;
        else if (b->in[i] != a->in[i])
            return -1;
    }
    return at;
}

// "layer.3" is 3 behind "layer."; -1 when there is no number at the end.
static int split_number(const char *name, size_t *prefix) {
    size_t n = strlen(name);
    int value = 0;
    *prefix = n;
    while (*prefix && isdigit((unsigned char)name[*prefix - 1])) --*prefix;
    if (*prefix == n || n - *prefix > 6 || (name[*prefix] == '0' && n - *prefix > 1)) return -1;
    for (size_t i = *prefix; i < n; i++) value = value * 10 + (name[i] - '0');
    return value;
}

static bool follows(const codegen *c, const tni_cg_module *a, const tni_cg_module *b, int at) {
    size_t pa, pb;
    int ia = split_number(a->name, &pa), ib = split_number(b->name, &pb);
    return ia >= 0 && ib == ia + 1 && pa == pb && !strncmp(a->name, b->name, pa) &&
           !strpbrk(a->name, "%{}\"\\") && is_alike(a, b) && chained(c, a, b) == at;
}

void tni_cg_find_runs(codegen *c, tni_cg_module *m) {
    size_t to = 0;
    for (size_t i = 0, j; i < m->items; i = j) {
        tni_cg_item item = m->item[i];
        j = i + 1;
        if (item.call) {
            int at = j < m->items && m->item[j].call ? chained(c, item.call, m->item[j].call) : -1;
            while (at >= 0 && j < m->items && m->item[j].call &&
                   follows(c, m->item[j - 1].call, m->item[j].call, at))
                j++;
            item.count = j - i;
            item.run = tni_cg_alloc(c, item.count * sizeof *item.run);
            for (size_t k = 0; item.run && k < item.count; k++) item.run[k] = m->item[i + k].call;
        }
        m->item[to++] = item;
    }
    m->items = to;
}

// The variable that goes round: the input's when nobody needs that any more.
static const char *loop_variable(tni_cg_writer *w, const tni_value *in, const tni_value *out, size_t end) {
    const char *fed = w->var[in->id];
    bool output = false;
    for (size_t i = 0; w->m && i < w->m->nout; i++) output |= w->m->out[i] == in;
    if (w->slot[in->id] >= 0 && !tni_cg_is_read(w, in, end) && !output) {
        w->slot[out->id] = w->slot[in->id];
        w->slot[in->id] = -1;
        return w->var[out->id] = fed;
    }
    tni_cg_name_value(w, out);
    tni_cg_declare(w, out);
    tni_cg_put(w->c, &w->t, "$ = $;\n", "$ = $\n", w->var[out->id], fed);
    return w->var[out->id];
}

static void put_loop(tni_cg_writer *w, const tni_cg_item *item) {
    codegen *c = w->c;
    const tni_cg_module *first = item->call, *last = item->run[item->count - 1];
    size_t prefix;
    int from = split_number(first->name, &prefix), at = chained(c, first, item->run[1]);
    const tni_value *in = first->in[at], *out = last->out[0];
    const char *fed = w->var[in->id], *round = loop_variable(w, in, out, last->end);
    const char *begin = tni_cg_print(c, "%d", from),
               *stem = tni_cg_print(c, "%.*s", (int)prefix, first->name);
    tni_cg_put(c, &w->t, "for (int i = $; i < ", from ? "for i in range($, " : "for i in range(", begin);
    tni_cg_leave_open(w, CG_COUNT, "count", tni_cg_print(c, "%d", from + (int)item->count), NULL);
    tni_cg_put(c, &w->t, "; i++)\n" CG_MORE "$ = ", "):\n" CG_MORE "$ = ", round);
    w->var[in->id] = round;
    tni_text name = {.env = w->t.env};
    tni_cg_put(c, &name, "tn_path(net, \"$%d\", i)", *stem ? "f\"${i}\"" : "str(i)", stem);
    put_call_text(w, item, tni_cg_keep(c, &name));
    w->var[in->id] = fed;
    end_call(w, item);
    for (size_t i = 0; i < first->nin; i++) tni_cg_release(w, first->in[i], last->end);
}

void tni_cg_put_call(tni_cg_writer *w, const tni_cg_item *item) {
    if (item->count > 1)
        put_loop(w, item);
    else
        put_one(w, item);
}
