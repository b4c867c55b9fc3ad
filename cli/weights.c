// SPDX-License-Identifier: Apache-2.0
// weights.c - `tenon weights`: what lies in a weight file, the same in another format, and how two differ.
#include "json.h"

#include <string.h>

static int open_weights(cli *c, tn_weights **w, const char *path) {
    return cli_report(c, tn_weights_open(w, c->env, path, c->diags));
}

static int64_t elements(const tn_weight_info *w) {
    int64_t n = 1;
    for (int i = 0; i < w->rank; i++) n *= w->dims[i];
    return n;
}

static const char *type_text(cli *c, const tn_weight_info *w) {
    return cli_printf(c, "%s%s", tn_dtype_text(w->dtype), text_shape(c, w->rank, w->dims));
}

// ---- ls

typedef struct total {
    int64_t elements;
    double bytes;
} total;

static total add_up(const tn_weights *w) {
    total t = {0};
    for (size_t i = 0; i < tn_weights_count(w); i++) {
        t.elements += elements(tn_weights_get(w, i));
        t.bytes += (double)tn_weights_get(w, i)->bytes;
    }
    return t;
}

static void list_text(cli *c, const tn_weights *w) {
    total t = add_up(w);
    for (size_t i = 0; i < tn_weights_count(w); i++) {
        const tn_weight_info *row = tn_weights_get(w, i);
        printf("%-48s %-24s %s\n", safe(c, row->name), type_text(c, row), text_bytes(c, (double)row->bytes));
    }
    printf("%s: %zu tensors, %lld elements, %s\n", tn_weights_format(w), tn_weights_count(w),
           (long long)t.elements, text_bytes(c, t.bytes));
}

static void json_weight(json *j, const char *key, const tn_weight_info *w) {
    json_open(j, key, '{');
    json_text(j, "name", w->name);
    json_text(j, "type", tn_dtype_text(w->dtype));
    json_dims(j, "shape", w->rank, w->dims);
    json_int(j, "bytes", (int64_t)w->bytes);
    json_close(j, '}');
}

static void list_json(cli *c, const tn_weights *w, const char *path) {
    total t = add_up(w);
    json j = json_begin(c);
    json_open(&j, NULL, '{');
    json_text(&j, "file", path);
    json_text(&j, "format", tn_weights_format(w));
    json_int(&j, "elements", t.elements);
    json_double(&j, "bytes", t.bytes);
    json_open(&j, "tensors", '[');
    for (size_t i = 0; i < tn_weights_count(w); i++) json_weight(&j, NULL, tn_weights_get(w, i));
    json_close(&j, ']');
    json_close(&j, '}');
}

static int list(cli *c, const char *path) {
    tn_weights *w;
    int status = open_weights(c, &w, path);
    if (status) return status;
    if (c->json)
        list_json(c, w, path);
    else
        list_text(c, w);
    tn_weights_free(w);
    return EXIT_FINE;
}

// ---- convert

static int convert(cli *c, const char *path) {
    const char *to = opt_text(&c->o, OPT_OUTPUT);
    tn_weights *w;
    if (!to) return cli_usage(c, "weights convert wants -o FILE.safetensors, FILE.npz or FILE.wts");
    int status = open_weights(c, &w, path);
    if (status) return status;
    cli_save_begin();
    status = cli_report(c, tn_weights_save(w, to, c->diags));
    cli_save_end();
    if (!status && !c->quiet) printf("%s: %zu tensors\n", safe(c, to), tn_weights_count(w));
    tn_weights_free(w);
    return status;
}

// ---- diff

typedef struct difference {
    cli *c;
    tn_weights *a, *b;
    json j;
    size_t equal, differ, missing;
} difference;

// One tensor of both: how far apart, unless they are not comparable.
static void tell(difference *d, const tn_weight_info *a, const tn_weight_info *b, const tn_comparison *r) {
    d->differ++;
    if (d->c->json) {
        json_open(&d->j, NULL, '{');
        json_text(&d->j, "name", a->name);
        json_weight(&d->j, "a", a);
        json_weight(&d->j, "b", b);
        if (r) json_int(&d->j, "differing", r->failures);
        if (r) json_double(&d->j, "max_abs", r->max_abs);
        if (r) json_double(&d->j, "max_rel", r->max_rel);
        json_close(&d->j, '}');
        return;
    }
    const char *name = safe(d->c, a->name);
    if (!r)
        printf("%-40s %s and %s\n", name, type_text(d->c, a), type_text(d->c, b));
    else
        printf("%-40s %lld of %lld elements differ: max abs %.3g, max rel %.3g\n", name,
               (long long)r->failures, (long long)r->count, r->max_abs, r->max_rel);
}

static void tell_missing(difference *d, const tn_weight_info *w, const char *where) {
    d->missing++;
    if (!d->c->json) {
        printf("%-40s only in %s: %s\n", safe(d->c, w->name), safe(d->c, where), type_text(d->c, w));
        return;
    }
    json_open(&d->j, NULL, '{');
    json_text(&d->j, "name", w->name);
    json_text(&d->j, "only_in", where);
    json_close(&d->j, '}');
}

// A .wts file has no shapes: its tensors are compared with the others' elements in a row.
static tn_status flatten(difference *d, const tn_tensor *t, tn_tensor **flat) {
    int64_t n = tn_tensor_count(t);
    tn_status status = tn_tensor_new(flat, d->c->env, tn_tensor_dtype(t), 1, &n);
    if (status == TN_OK && tn_tensor_bytes(t))
        memcpy(tn_tensor_data(*flat), tn_tensor_const_data(t), tn_tensor_bytes(t));
    return status;
}

static bool is_flat(const tn_weights *w) { return !strcmp(tn_weights_format(w), "wts"); }

static tn_status compare(difference *d, const tn_weight_info *a, const tn_weight_info *b) {
    const tn_tensor *x, *y;
    tn_tensor *left = NULL, *right = NULL;
    tn_comparison r = {0};
    tn_status status = tn_weights_tensor(d->a, a->name, &x, d->c->diags);
    if (status == TN_OK) status = tn_weights_tensor(d->b, b->name, &y, d->c->diags);
    if (status == TN_OK && (is_flat(d->a) || is_flat(d->b))) {
        status = flatten(d, x, &left);
        if (status == TN_OK) status = flatten(d, y, &right);
        x = left;
        y = right;
    }
    if (status == TN_OK) {
        status = tn_tensor_compare(y, x, 0, 0, &r);
        if (status == TN_MISMATCH) status = TN_OK;
    }
    tn_tensor_free(left);
    tn_tensor_free(right);
    if (status != TN_OK) return status;
    if (!r.equal_type)
        tell(d, a, b, NULL);
    else if (r.failures)
        tell(d, a, b, &r);
    else
        d->equal++;
    return TN_OK;
}

static tn_status compare_all(difference *d) {
    const char *const *path = d->c->o.operand;
    for (size_t i = 0; i < tn_weights_count(d->a); i++) {
        const tn_weight_info *a = tn_weights_get(d->a, i), *b = tn_weights_find(d->b, a->name);
        tn_status status = TN_OK;
        if (b)
            status = compare(d, a, b);
        else
            tell_missing(d, a, path[1]);
        if (status != TN_OK) return status;
    }
    for (size_t i = 0; i < tn_weights_count(d->b); i++) {
        const tn_weight_info *b = tn_weights_get(d->b, i);
        if (!tn_weights_find(d->a, b->name)) tell_missing(d, b, path[2]);
    }
    return TN_OK;
}

static int print_differences(difference *d) {
    if (d->c->json) {
        d->j = json_begin(d->c);
        json_open(&d->j, NULL, '{');
        json_open(&d->j, "differences", '[');
    }
    tn_status status = compare_all(d);
    if (d->c->json) {
        json_close(&d->j, ']');
        json_int(&d->j, "equal", (int64_t)d->equal);
        json_int(&d->j, "different", (int64_t)d->differ);
        json_int(&d->j, "missing", (int64_t)d->missing);
        json_close(&d->j, '}');
    } else if (status == TN_OK) {
        printf("%zu equal, %zu different, %zu in one file only\n", d->equal, d->differ, d->missing);
    }
    int result = cli_report(d->c, status);
    return result ? result : d->differ || d->missing ? EXIT_PROBLEM : EXIT_FINE;
}

static int diff(cli *c, const char *a, const char *b) {
    difference d = {.c = c};
    int status = open_weights(c, &d.a, a);
    if (!status) status = open_weights(c, &d.b, b);
    if (!status) status = print_differences(&d);
    tn_weights_free(d.a);
    tn_weights_free(d.b);
    return status;
}

int run_weights(cli *c) {
    const char *verb = c->o.operand[0], *path = c->o.operand[1];
    bool two = c->o.operands == 3;
    if (!strcmp(verb, "diff"))
        return two ? diff(c, path, c->o.operand[2]) : cli_usage(c, "weights diff wants two files");
    if (two) return cli_usage(c, "weights %s wants one file", safe(c, verb));
    if (!strcmp(verb, "ls")) return list(c, path);
    if (!strcmp(verb, "convert")) return convert(c, path);
    return cli_usage(c, "weights: '%s' is none of ls, convert, diff", safe(c, verb));
}
