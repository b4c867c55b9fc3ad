// SPDX-License-Identifier: Apache-2.0
// svg.c - a layered drawing (after Sugiyama, Tagawa, Toda 1981): each node one layer below its latest input;
// edges that pass layers get a bend in each; two kinds of sweeps put neighbours under each other: first the
// order in a layer (barycentre), then the places. Very long edges would bury the picture: both their ends
// carry the tensor's name instead.
#include "view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum shape { BOX, INPUT, OUTPUT, BEND } shape;

enum { LONGEST = 24, SWEEPS = 12, HEIGHT = 34, LAYER = 62, GAP = 18, MARGIN = 30 };

typedef struct vertex {
    shape shape;
    const tn_node *node;        // of a BOX
    const char *label, *detail; // two lines of text; detail may be NULL
    int64_t layer;
    double x, want, width;        // x: the middle
    int64_t first_up, first_down; // edges, chained; -1: none
} vertex;

typedef struct line {
    size_t from, to;
    int64_t next_up, next_down;
    const char *cut; // a name to write at both ends instead of drawing
} line;

typedef struct layer {
    size_t *vertex; // [count], left to right
    size_t count;
} layer;

typedef struct drawing {
    cli *c;
    vertex *vertex;
    size_t vertices, vertex_capacity;
    line *line;
    size_t lines, line_capacity;
    layer *layer;
    size_t layers;
    view_map made; // value name -> vertex
} drawing;

// ------------------------------------------------------------------------------------------ graph

static size_t add_vertex(drawing *d, vertex v) {
    d->vertex = cli_grow(d->c, d->vertex, &d->vertex_capacity, d->vertices + 1, sizeof v);
    v.first_up = v.first_down = -1;
    d->vertex[d->vertices] = v;
    return d->vertices++;
}

static void add_line(drawing *d, size_t from, size_t to, const char *cut) {
    d->line = cli_grow(d->c, d->line, &d->line_capacity, d->lines + 1, sizeof *d->line);
    d->line[d->lines] = (line){from, to, d->vertex[to].first_up, d->vertex[from].first_down, cut};
    d->vertex[to].first_up = d->vertex[from].first_down = (int64_t)d->lines++;
}

static double text_width(const char *text) { return text ? 7.2 * (double)strlen(text) + 20 : 0; }

static vertex make_vertex(shape s, const tn_node *node, const char *label, const char *detail) {
    double width = fmax(text_width(label), 0.85 * text_width(detail));
    return (vertex){.shape = s, .node = node, .label = label, .detail = detail, .width = fmax(width, 50)};
}

static bool joined(const drawing *d, size_t from, size_t to) {
    for (int64_t e = d->vertex[to].first_up; e >= 0; e = d->line[e].next_up)
        if (d->line[e].from == from) return true;
    return false;
}

static void join(drawing *d, const char *name, size_t to) {
    int64_t from = name ? view_get(&d->made, name) : VIEW_NONE;
    if (from == VIEW_NONE || (size_t)from == to || joined(d, (size_t)from, to)) return;
    add_line(d, (size_t)from, to, NULL);
}

// A body's nodes are drawn as part of their owner, whose inputs are what they take from outside.
static void collect(drawing *d, const view *v, const tn_graph *graph) {
    for (size_t i = 0; i < tn_graph_input_count(graph); i++) {
        const tn_io *io = tn_graph_input(graph, i);
        const char *name = cli_copy(d->c, io->name, strlen(io->name));
        view_set(d->c, &d->made, name, add_vertex(d, make_vertex(INPUT, NULL, name, text_io(d->c, io))));
    }
    size_t owner = 0;
    for (size_t i = 0; i < v->nodes; i++) {
        const tn_node *n = &v->node[i];
        if (!n->depth)
            owner = add_vertex(d, make_vertex(BOX, n, n->op, n->outputs ? n->output[0].type : NULL));
        for (size_t k = 0; k < n->inputs; k++) join(d, n->input[k].name, owner);
        for (size_t k = 0; k < n->outputs && !n->depth; k++)
            if (n->output[k].name) view_set(d->c, &d->made, n->output[k].name, owner);
    }
    for (size_t i = 0; i < tn_graph_output_count(graph); i++) {
        const tn_io *io = tn_graph_output(graph, i);
        const char *name = cli_copy(d->c, io->name, strlen(io->name));
        join(d, name, add_vertex(d, make_vertex(OUTPUT, NULL, name, text_io(d->c, io))));
    }
}

// ----------------------------------------------------------------------------------------- layers

// Vertices come in an order of running, so one pass does; then sources sink to just above their first reader.
static void find_layers(drawing *d) {
    for (size_t i = 0; i < d->vertices; i++)
        for (int64_t e = d->vertex[i].first_up; e >= 0; e = d->line[e].next_up) {
            int64_t above = d->vertex[d->line[e].from].layer;
            if (above >= d->vertex[i].layer) d->vertex[i].layer = above + 1;
        }
    for (size_t i = 0; i < d->vertices; i++) {
        vertex *v = &d->vertex[i];
        int64_t lowest = -1;
        for (int64_t e = v->first_down; v->first_up < 0 && e >= 0; e = d->line[e].next_down) {
            int64_t below = d->vertex[d->line[e].to].layer;
            if (lowest < 0 || below < lowest) lowest = below;
        }
        if (lowest > 0) v->layer = lowest - 1;
    }
}

static const char *line_name(const drawing *d, const line *l) {
    const vertex *v = &d->vertex[l->from];
    if (v->shape != BOX || !v->node->outputs || !v->node->output[0].name) return v->label;
    return v->node->output[0].name;
}

static void add_bends(drawing *d) {
    for (size_t i = 0, n = d->lines; i < n; i++) {
        line *l = &d->line[i];
        size_t from = l->from, to = l->to;
        int64_t low = d->vertex[to].layer, high = d->vertex[from].layer;
        if (low - high > LONGEST) {
            l->cut = line_name(d, l);
            continue;
        }
        if (low - high < 2) continue;
        l->cut = ""; // replaced by a chain of short ones
        for (int64_t k = high + 1; k < low; k++) {
            size_t bend = add_vertex(d, (vertex){.shape = BEND, .layer = k, .width = 6});
            add_line(d, from, bend, NULL);
            from = bend;
        }
        add_line(d, from, to, NULL);
    }
}

static void fill_layers(drawing *d) {
    for (size_t i = 0; i < d->vertices; i++)
        if ((size_t)d->vertex[i].layer >= d->layers) d->layers = (size_t)d->vertex[i].layer + 1;
    d->layer = cli_alloc(d->c, d->layers, sizeof *d->layer);
    for (size_t i = 0; i < d->vertices; i++) d->layer[d->vertex[i].layer].count++;
    for (size_t k = 0; k < d->layers; k++) {
        d->layer[k].vertex = cli_alloc(d->c, d->layer[k].count, sizeof(size_t));
        d->layer[k].count = 0;
    }
    for (size_t i = 0; i < d->vertices; i++) {
        layer *l = &d->layer[d->vertex[i].layer];
        d->vertex[i].x = (double)l->count;
        l->vertex[l->count++] = i;
    }
}

// ----------------------------------------------------------------------------------------- places

// The mean place of the neighbours above or below; where it is now when there are none.
static double mean_neighbour(const drawing *d, const vertex *v, bool up) {
    double sum = 0;
    int n = 0;
    for (int64_t e = up ? v->first_up : v->first_down; e >= 0;
         e = up ? d->line[e].next_up : d->line[e].next_down) {
        if (d->line[e].cut) continue;
        sum += d->vertex[up ? d->line[e].from : d->line[e].to].x;
        n++;
    }
    return n ? sum / n : v->x;
}

// Insertion sort: stable, and layers are nearly in order after the first sweeps.
static void sort_layer(drawing *d, layer *l, bool up) {
    for (size_t i = 0; i < l->count; i++) {
        vertex *v = &d->vertex[l->vertex[i]];
        v->want = mean_neighbour(d, v, up);
    }
    for (size_t i = 1; i < l->count; i++) {
        size_t moved = l->vertex[i], k = i;
        for (; k && d->vertex[l->vertex[k - 1]].want > d->vertex[moved].want; k--)
            l->vertex[k] = l->vertex[k - 1];
        l->vertex[k] = moved;
    }
    for (size_t i = 0; i < l->count; i++) d->vertex[l->vertex[i]].x = (double)i - (double)(l->count - 1) / 2;
}

static double apart(const drawing *d, const layer *l, size_t i) { // of the middles of i - 1 and i
    return (d->vertex[l->vertex[i - 1]].width + d->vertex[l->vertex[i]].width) / 2 + GAP;
}

// Everyone as near as possible to where it wants to be: the mean of packing from the left and from the right.
static void place_layer(drawing *d, const layer *l, bool up) {
    for (size_t i = 0; i < l->count; i++) {
        vertex *v = &d->vertex[l->vertex[i]];
        v->want = mean_neighbour(d, v, up);
    }
    double at = -HUGE_VAL;
    for (size_t i = 0; i < l->count; i++) {
        vertex *v = &d->vertex[l->vertex[i]];
        at = i ? fmax(v->want, at + apart(d, l, i)) : v->want;
        v->x = at;
    }
    for (size_t i = l->count; i-- > 0;) {
        vertex *v = &d->vertex[l->vertex[i]];
        at = i + 1 < l->count ? fmin(v->want, at - apart(d, l, i + 1)) : v->want;
        v->x = (v->x + at) / 2;
    }
}

static void spread(drawing *d) { // a first place for everyone, in the order found
    for (size_t k = 0; k < d->layers; k++) {
        const layer *l = &d->layer[k];
        double at = 0;
        for (size_t i = 0; i < l->count; i++) d->vertex[l->vertex[i]].x = at += i ? apart(d, l, i) : 0;
        for (size_t i = 0; i < l->count; i++) d->vertex[l->vertex[i]].x -= at / 2;
    }
}

static void arrange(drawing *d) {
    for (int s = 0; s < SWEEPS; s++)
        for (size_t k = 0; k < d->layers; k++)
            sort_layer(d, &d->layer[s % 2 ? d->layers - 1 - k : k], !(s % 2));
    spread(d);
    for (int s = 0; s < SWEEPS; s++)
        for (size_t k = 0; k < d->layers; k++)
            place_layer(d, &d->layer[s % 2 ? d->layers - 1 - k : k], !(s % 2));
}

// ---------------------------------------------------------------------------------------- writing

static void xml(FILE *to, const char *text) {
    for (const unsigned char *p = (const unsigned char *)(text ? text : ""); *p;) {
        unsigned code;
        size_t n = utf8_length(p, &code);
        if (!n || code < 0x20 || code == 0xFFFE || code == 0xFFFF)
            fputs("&#xFFFD;", to);
        else if (strchr("<>&\"'", (int)*p))
            fprintf(to, "&#%u;", code);
        else
            fwrite(p, 1, n, to);
        p += n ? n : 1;
    }
}

static const char *fill_of(const vertex *v) {
    static const char *const family[][2] = {
        {"Conv", "#cfe3ff"},   {"MatMul", "#cfe3ff"},  {"Gemm", "#cfe3ff"},      {"Attention", "#cfe3ff"},
        {"LSTM", "#cfe3ff"},   {"GRU", "#cfe3ff"},     {"RNN", "#cfe3ff"},       {"Pool", "#d9f2d9"},
        {"Reduce", "#d9f2d9"}, {"Norm", "#fff0c9"},    {"Softmax", "#fff0c9"},   {"Reshape", "#ececec"},
        {"Slice", "#ececec"},  {"Concat", "#ececec"},  {"Transpose", "#ececec"}, {"Gather", "#ececec"},
        {"queeze", "#ececec"}, {"Flatten", "#ececec"}, {"Shape", "#ececec"},     {"Split", "#ececec"},
    };
    if (v->shape != BOX) return "#ffffff";
    for (size_t i = 0; i < sizeof family / sizeof *family; i++)
        if (strstr(v->label, family[i][0])) return family[i][1];
    return "#fbe3da";
}

static double top_of(const vertex *v) { return MARGIN + (double)v->layer * LAYER; }

static void draw_vertex(FILE *to, const vertex *v, double left) {
    if (v->shape == BEND) return;
    double x = v->x - left, y = top_of(v);
    fputs("<g><title>", to);
    xml(to, v->node ? v->node->name : v->label);
    if (v->node && v->node->source) {
        fputs(" - ", to);
        xml(to, v->node->source);
    }
    fprintf(to, "</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"%d\" fill=\"%s\"/>",
            x - v->width / 2, y, v->width, HEIGHT, v->shape == BOX ? 4 : HEIGHT / 2, fill_of(v));
    fprintf(to, "<text x=\"%.1f\" y=\"%.1f\" class=\"a\">", x, y + (v->detail ? 15 : 21));
    xml(to, v->label);
    fputs("</text>", to);
    if (v->detail) {
        fprintf(to, "<text x=\"%.1f\" y=\"%.1f\" class=\"b\">", x, y + 28);
        xml(to, v->detail);
        fputs("</text>", to);
    }
    fputs("</g>\n", to);
}

static void draw_line(FILE *to, const drawing *d, const line *l, double left) {
    const vertex *a = &d->vertex[l->from], *b = &d->vertex[l->to];
    double x1 = a->x - left, x2 = b->x - left, y1 = top_of(a) + HEIGHT, y2 = top_of(b);
    if (a->shape == BEND) y1 -= HEIGHT; // a bend passes its layer straight down
    if (l->cut) {
        if (!*l->cut) return;
        fprintf(to, "<text x=\"%.1f\" y=\"%.1f\" class=\"c\">", x1, y1 + 10);
        xml(to, l->cut);
        fprintf(to, "</text><text x=\"%.1f\" y=\"%.1f\" class=\"c\">", x2, y2 - 3);
        xml(to, l->cut);
        fputs("</text>\n", to);
        return;
    }
    double bend = (y2 - y1) / 2;
    fprintf(to, "<path d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f\"%s/>\n", x1, y1, x1, y1 + bend, x2,
            y2 - bend, x2, y2, b->shape == BEND ? "" : " marker-end=\"url(#t)\"");
}

static void write_svg(FILE *to, const drawing *d, const char *title) {
    double left = 0, right = 0;
    for (size_t i = 0; i < d->vertices; i++) {
        left = fmin(left, d->vertex[i].x - d->vertex[i].width / 2);
        right = fmax(right, d->vertex[i].x + d->vertex[i].width / 2);
    }
    left -= MARGIN;
    double width = right - left + MARGIN, height = 2 * MARGIN + (double)d->layers * LAYER;
    fprintf(
        to,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
        "font-family=\"sans-serif\">\n<title>",
        width, height, width, height);
    xml(to, title);
    fputs(
        "</title>\n<style>rect{stroke:#666}path{fill:none;stroke:#888}text{text-anchor:middle}"
        ".a{font-size:12px;font-weight:bold}.b{font-size:10px;fill:#444}.c{font-size:8px;fill:#999}</style>\n"
        "<defs><marker id=\"t\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
        "markerHeight=\"7\" "
        "orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" style=\"fill:#888\"/></marker></defs>\n"
        "<rect width=\"100%\" height=\"100%\" style=\"fill:#fff;stroke:none\"/>\n",
        to);
    for (size_t i = 0; i < d->lines; i++) draw_line(to, d, &d->line[i], left);
    for (size_t i = 0; i < d->vertices; i++) draw_vertex(to, &d->vertex[i], left);
    fputs("</svg>\n", to);
}

void view_svg(FILE *to, const view *v, const tn_graph *graph, const char *title) {
    drawing d = {.c = v->c};
    collect(&d, v, graph);
    find_layers(&d);
    add_bends(&d);
    fill_layers(&d);
    arrange(&d);
    write_svg(to, &d, title);
}
