// SPDX-License-Identifier: Apache-2.0
// ranges.c - see ranges.h. The tensors are those of the optimised graph: what fusion leaves inside a kernel
// is never stored, so its range does not matter.
#include "ranges.h"

#include <math.h>
#include <string.h>

// f16 ends at 65504 and loses bits below 2^-14; a little room above for inputs other than these.
static const double f16_most = 60000, f16_least_normal = 0x1p-14;

typedef struct entry {
    const char *name, *type, *op, *where; // where: the line of the user's source, or the node
    size_t tap;                           // among the context's
} entry;

struct ranges {
    cli *c;
    entry *entry;
    size_t count, capacity;
};

// ---- what there is to look at

static const char *copied(cli *c, const char *text) { return text ? cli_copy(c, text, strlen(text)) : NULL; }

static bool is_float_type(const char *type) {
    return !strncmp(type, "f32", 3) || !strncmp(type, "f16", 3) || !strncmp(type, "f64", 3) ||
           !strncmp(type, "bf16", 4);
}

static bool is_listed(const ranges *r, const char *name) {
    for (size_t i = 0; i < r->count; i++)
        if (!strcmp(r->entry[i].name, name)) return true;
    return false;
}

static void note(ranges *r, const tn_edge *e, const char *op, const tn_node *node) {
    if (!e->name || !e->type || !is_float_type(e->type) || is_listed(r, e->name)) return;
    r->entry = cli_grow(r->c, r->entry, &r->capacity, r->count + 1, sizeof *r->entry);
    r->entry[r->count++] = (entry){copied(r->c, e->name), copied(r->c, e->type), copied(r->c, op),
                                   copied(r->c, node->source ? node->source : node->name), 0};
}

static void look_at(void *user, const tn_node *node) {
    for (size_t i = 0; i < node->inputs; i++)
        note(user, &node->input[i], node->input[i].constant ? "constant" : "input", node);
    for (size_t i = 0; i < node->outputs; i++) note(user, &node->output[i], node->op, node);
}

int ranges_tap(cli *c, ranges **to, const tn_plan *plan, tn_context *context) {
    ranges *r = *to = cli_alloc(c, 1, sizeof *r);
    *r = (ranges){.c = c};
    int status = cli_report(c, tn_plan_visit(plan, look_at, r));
    for (size_t i = 0; !status && i < r->count; i++) {
        r->entry[i].tap = tn_context_tap_count(context);
        status = cli_report(c, tn_context_tap(context, r->entry[i].name, c->diags));
    }
    return status;
}

// ---- what the numbers are like

typedef struct range {
    double least, most, smallest;                  // smallest: absolute, of those that are not 0
    int64_t count, nonzero, below, nans, infinite; // below f16's normal numbers
} range;

static range range_of(const tn_tensor *t) {
    range r = {.least = HUGE_VAL, .most = -HUGE_VAL, .smallest = HUGE_VAL, .count = tn_tensor_count(t)};
    for (int64_t i = 0; i < r.count; i++) {
        double x = tn_tensor_get(t, i);
        r.nans += isnan(x) != 0;
        r.infinite += isinf(x) != 0;
        if (!isfinite(x)) continue;
        r.least = fmin(r.least, x);
        r.most = fmax(r.most, x);
        if (x == 0) continue;
        r.nonzero++;
        r.smallest = fmin(r.smallest, fabs(x));
        r.below += fabs(x) < f16_least_normal;
    }
    return r;
}

typedef enum fit { FITS, SMALL, TINY, LARGE, NOT_FINITE } fit;
static const char *const fit_text[] = {
    "fits",
    "fits; some are below 6.1e-05",
    "most are below 6.1e-05, where f16 loses bits",
    "too large: f16 ends at 65504",
    "not finite as it is",
};

static fit fit_of(const range *r) {
    if (r->nans || r->infinite) return NOT_FINITE;
    if (r->most > f16_most || r->least < -f16_most) return LARGE;
    if (r->below * 2 > r->nonzero) return TINY;
    return r->below ? SMALL : FITS;
}

static const tn_tensor *value_of(const tn_context *context, const entry *e) {
    const tn_tensor *t = tn_context_tap_value(context, e->tap);
    return t && tn_tensor_kind(t) == TN_TENSOR && tn_tensor_count(t) ? t : NULL;
}

// ---- telling it

static const char *text_number(cli *c, const range *r, double x) {
    return r->least <= r->most ? cli_printf(c, "%.4g", x) : "-"; // "-": none is finite
}

static void print_row(cli *c, const entry *e, const range *r, fit f) {
    const char *color = !c->color_out || f <= SMALL ? "" : f == TINY ? ANSI_YELLOW : ANSI_RED;
    printf("%11s %11s %11s %9lld %7lld  ", text_number(c, r, r->least), text_number(c, r, r->most),
           text_number(c, r, r->nonzero ? r->smallest : 0), (long long)r->below,
           (long long)(r->nans + r->infinite));
    printf("%s%s%s  %s  %s  %s%s%s\n", color, fit_text[f], *color ? ANSI_OFF : "", safe(c, e->name),
           safe(c, e->type), safe(c, e->op), e->where ? " at " : "", safe(c, e->where));
}

void ranges_print(cli *c, const ranges *r, const tn_context *context) {
    size_t unfit = 0, seen = 0;
    for (size_t i = 0; i < r->count; i++) {
        const tn_tensor *t = value_of(context, &r->entry[i]);
        if (!t) continue;
        range of = range_of(t);
        fit f = fit_of(&of);
        if (!seen++)
            printf("%11s %11s %11s %9s %7s  f16, tensor, type, from\n", "min", "max", "least |x|",
                   "< 6.1e-05", "NaN/inf");
        unfit += f >= TINY;
        if (f >= TINY || !c->quiet) print_row(c, &r->entry[i], &of, f);
    }
    printf("%zu of %zu tensors do not fit f16%s\n", unfit, seen,
           unfit ? "; keep what makes and reads them in f32 or bf16" : "");
}

void ranges_json(json *j, const ranges *r, const tn_context *context) {
    json_open(j, "ranges", '[');
    for (size_t i = 0; i < r->count; i++) {
        const entry *e = &r->entry[i];
        const tn_tensor *t = value_of(context, e);
        if (!t) continue;
        range of = range_of(t);
        json_open(j, NULL, '{');
        json_text(j, "name", e->name);
        json_text(j, "type", e->type);
        json_text(j, "op", e->op);
        json_text(j, "from", e->where);
        json_double(j, "min", of.least);
        json_double(j, "max", of.most);
        json_double(j, "least_abs", of.nonzero ? of.smallest : 0);
        json_int(j, "count", of.count);
        json_int(j, "below_f16_normal", of.below);
        json_int(j, "nans", of.nans);
        json_int(j, "infinite", of.infinite);
        json_bool(j, "fits_f16", fit_of(&of) < TINY);
        json_text(j, "f16", fit_text[fit_of(&of)]);
        json_close(j, '}');
    }
    json_close(j, ']');
}
