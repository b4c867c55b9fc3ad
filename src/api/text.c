// SPDX-License-Identifier: Apache-2.0
// text.c - a graph as text.
#include "ir/text.h"

tn_status tn_graph_text(tn_graph *graph, bool elide, const char **text) {
    if (!elide) TN_TRY(tni_graph_align(graph));
    tni_text *t = &graph->root->text;
    tni_text_free(t);
    tni_graph_print(t, graph, elide);
    if (t->failed) return TN_NOMEM;
    *text = t->data;
    return TN_OK;
}
