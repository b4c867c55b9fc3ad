// SPDX-License-Identifier: Apache-2.0
// codegen_names.c - names.txt: what everything will be called when the source runs, beside the model's name
// for it. The source is gone through in the order in which it will run, names are handed out by the function
// that the running network uses, and src/net/names.c reads what is written here.
#include "export/codegen.h"

#include "net/net.h"

#include <string.h>

typedef struct namer {
    codegen *c;
    tni_map taken;
    const char **here; // of layers, by number
    tni_text *consts;
    tni_map seen; // keys
} namer;

static const char *unique(namer *s, const char *path) {
    const char *name = tni_unique_name(&s->taken, s->c->arena, path);
    if (!name) s->c->nomem = true;
    return name ? name : "";
}

static const char *below(namer *s, const tni_cg_module *m, const char *name) {
    return *m->path ? tni_cg_print(s->c, "%s.%s", m->path, name) : name;
}

static void put_field(tni_text *t, const char *text) {
    tni_text_puts(t, "\t");
    for (const char *p = text ? text : ""; *p; p++) {
        if (*p == '\t')
            tni_text_puts(t, "\\t");
        else if (*p == '\n')
            tni_text_puts(t, "\\n");
        else if (*p == '\\')
            tni_text_puts(t, "\\\\");
        else
            tni_text_add(t, p, 1);
    }
}

static void name_constant(namer *s, const tni_cg_module *m, const tni_node *n, int i, const tni_value *v) {
    static const char nameless[] = "const";
    const tni_cg_constant *k = tni_cg_constant_of(s->c, n, i, v);
    if (!k || (k->key && tni_map_get(&s->seen, k->key, strlen(k->key)))) return;
    if (k->key && !tni_map_set(&s->seen, k->key, strlen(k->key), s)) s->c->nomem = true;
    bool told = tni_cg_form_of(k) == CG_CONST;
    const char *role = !told ? nameless : n ? tni_cg_role(s->c, n, i) : "output";
    const char *here = unique(s, k->key ? k->key : below(s, m, role));
    bool alone = k == s->c->constant[v->id] && !k->next;
    if (alone && !strcmp(here, v->name)) return;
    tni_text_puts(s->consts, "const");
    put_field(s->consts, here);
    put_field(s->consts, v->name);
    tni_text_puts(s->consts, "\n");
}

static void name_node(namer *s, const tni_cg_module *m, const tni_node *n, const char *owner);

static void name_graph(namer *s, const tni_cg_module *m, const tn_graph *g) {
    for (const tni_node *n = g->first; n; n = n->next) name_node(s, m, n, NULL);
    for (size_t i = 0; i < g->noutput; i++) name_constant(s, m, NULL, 0, g->output[i]->value);
}

// `owner`: of the linear layer that it is a part of; NULL: it is none.
static void name_node(namer *s, const tni_cg_module *m, const tni_node *n, const char *owner) {
    tn_graph *body;
    char name[TNI_FUNCTION];
    const char *layer = tni_layer_name(n->op, name);
    for (size_t i = 0; (body = tni_next_body(n, &i));) name_graph(s, m, body);
    for (int i = 0; i < n->nin; i++) name_constant(s, m, n, i, n->in[i].value);
    if (owner || tni_cg_block_of(s->c, m, n, &owner)) layer = tni_cg_print(s->c, "%s.%s", owner, layer);
    s->here[n->mark] = unique(s, below(s, m, layer));
    if (s->here[n->mark] == name) s->here[n->mark] = tni_cg_print(s->c, "%s", name);
}

static void name_item(namer *s, const tni_cg_module *m, const tni_cg_item *item) {
    tni_node *const node[] = {item->node, item->rest[0], item->rest[1]};
    const char *owner = item->nrest ? tni_cg_linear_of(s->c, m, node, item->nrest + 1) : NULL;
    for (int i = 0; i <= item->nrest; i++) name_node(s, m, node[i], owner);
}

static void name_module(namer *s, const tni_cg_module *m) {
    for (size_t i = 0; i < m->items; i++) {
        const tni_cg_item *item = &m->item[i];
        if (item->node) name_item(s, m, item);
        for (size_t k = 0; !item->node && k < item->count; k++) name_module(s, item->run[k]);
    }
}

static void put_layers(namer *s, tni_text *t, const tn_graph *g) {
    char op[96];
    for (const tni_node *n = g->first; n; n = n->next) {
        tn_graph *body;
        tni_text_puts(t, "layer");
        put_field(t, s->here[n->mark]);
        put_field(t, tni_op_text(n->op, op));
        tni_text_printf(t, "\t%d", n->opset);
        put_field(t, n->name);
        put_field(t, n->module);
        put_field(t, n->source);
        for (int i = 0; i < n->nout; i++) put_field(t, n->out[i] ? n->out[i]->name : "");
        tni_text_puts(t, "\n");
        for (size_t i = 0; (body = tni_next_body(n, &i));) put_layers(s, t, body);
    }
}

tn_status tni_cg_names(codegen *c, tni_text *names) {
    tni_text consts = {.env = c->g->root->env};
    namer s = {
        .c = c, .taken = {.env = c->g->root->env}, .consts = &consts, .seen = {.env = c->g->root->env}};
    s.here = tni_cg_alloc(c, (c->nodes + 1) * sizeof *s.here);
    if (!c->nomem) {
        name_module(&s, c->main);
        for (size_t i = 0; i < c->g->noutput; i++)
            name_constant(&s, c->main, NULL, 0, c->g->output[i]->value);
    }
    if (!c->nomem) {
        tni_text_puts(names,
                      "# The model's names for what the source makes: tn_network_names puts them back.\n");
        put_layers(&s, names, c->g);
        tni_text_puts(names, consts.data ? consts.data : "");
    }
    bool failed = c->nomem || names->failed || consts.failed;
    tni_text_free(&consts);
    tni_map_free(&s.taken);
    tni_map_free(&s.seen);
    return failed ? TN_NOMEM : TN_OK;
}
