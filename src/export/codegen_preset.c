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

tn_status tni_cg_presets(codegen *c) {
    tn_graph *g = c->g;
    c->first = tni_cg_alloc(c, (g->ninput + 1) * sizeof *c->first);
    for (size_t i = 0, output; i < g->ninput && !c->nomem; i++) {
        const tni_preset *state = tni_graph_state(g, i, &output);
        if (!state || is_zero(state->value)) continue;
        c->first[i] = tni_value_const(g, tni_cg_print(c, "%s.first", state->input), state->value);
        c->nomem |= !c->first[i];
    }
    return c->nomem ? TN_NOMEM : TN_OK;
}

void tni_cg_put_known_sizes(codegen *c, tni_text *t) {
    tni_size s;
    for (size_t at = 0; tni_graph_next_size(c->g, &at, &s);)
        tni_cg_put(c, t, "tn_open_size(net, $, $, $, $);\n", "net.open_size($, $, $, $)\n",
                   tni_cg_string(c, s.name, strlen(s.name)), tni_cg_integer(c, s.usual),
                   tni_cg_integer(c, s.least), tni_cg_integer(c, s.most));
}

void tni_cg_put_state(tni_cg_writer *w) {
    codegen *c = w->c;
    for (size_t i = 0, output; i < c->g->ninput; i++) {
        const tni_preset *state = tni_graph_state(c->g, i, &output);
        if (!state) continue;
        tni_cg_put(c, &w->t, "tn_state(net, $, $, ", "net.state($, $, ",
                   tni_cg_string(c, state->input, strlen(state->input)),
                   tni_cg_string(c, state->next, strlen(state->next)));
        tni_cg_put_operand(w, NULL, 0, c->first[i], "first");
        tni_cg_put(c, &w->t, ");\n", ")\n");
    }
}
