// SPDX-License-Identifier: Apache-2.0
// codegen_preset.c - what the model says of its inputs beyond their types: sizes that have a range or a usual
// value, and inputs that are state.
#include "export/codegen_writer.h"

#include <string.h>

static bool is_zero(const tn_tensor *t) {
    const char *byte = t->data;
    for (size_t i = 0; i < t->bytes; i++)
        if (byte[i]) return false;
    return true;
}

tn_status cg_presets(codegen *c) {
    tn_graph *g = c->g;
    c->first = cg_alloc(c, (g->ninput + 1) * sizeof *c->first);
    for (size_t i = 0, output; i < g->ninput && !c->nomem; i++) {
        const tni_preset *state = tni_graph_state(g, i, &output);
        if (!state || is_zero(state->value)) continue;
        c->first[i] = tni_value_const(g, cg_print(c, "%s.first", state->input), state->value);
        c->nomem |= !c->first[i];
    }
    return c->nomem ? TN_NOMEM : TN_OK;
}

void cg_put_known_sizes(codegen *c, tni_text *t) {
    tni_size s;
    for (size_t at = 0; tni_graph_next_size(c->g, &at, &s);)
        cg_put(c, t, "tn_open_size(net, $, $, $, $);\n", "net.open_size($, $, $, $)\n",
               cg_string(c, s.name, strlen(s.name)), cg_integer(c, s.usual), cg_integer(c, s.least),
               cg_integer(c, s.most));
}

void cg_put_state(cg_writer *w) {
    codegen *c = w->c;
    for (size_t i = 0, output; i < c->g->ninput; i++) {
        const tni_preset *state = tni_graph_state(c->g, i, &output);
        if (!state) continue;
        cg_put(c, &w->t, "tn_state(net, $, $, ", "net.state($, $, ",
               cg_string(c, state->input, strlen(state->input)),
               cg_string(c, state->next, strlen(state->next)));
        cg_put_operand(w, NULL, 0, c->first[i], "first");
        cg_put(c, &w->t, ");\n", ")\n");
    }
}
