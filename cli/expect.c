// SPDX-License-Identifier: Apache-2.0
// expect.c - tolerances by type, comparison, and the sentence about the worst element.
#include "expect.h"

#include "files.h"
#include "ties.h"

#include <math.h>

// ---------------------------------------------------------------------------------------- tolerance

// A sum that rounds another way moves an activation to the next of 255 steps, and the steps add up.
static const double quantised_atol = 2e-2; // of the largest |want|, or of the 255 steps

// Relative tolerance, and the absolute one relative to the largest |want|. Types without a row: exact.
static const struct {
    tn_dtype dtype;
    double rtol, atol_of_max;
} tolerances[] = {
    {TN_F64, 1e-3, 1e-4},        {TN_F32, 1e-3, 1e-4},        {TN_C64, 1e-3, 1e-4},
    {TN_C128, 1e-3, 1e-4},       {TN_F16, 1e-2, 5e-3},        {TN_BF16, 5e-2, 2e-2},
    {TN_F8E4M3FN, 5e-2, 2e-2},   {TN_F8E4M3FNUZ, 5e-2, 2e-2}, {TN_F8E5M2, 5e-2, 2e-2},
    {TN_F8E5M2FNUZ, 5e-2, 2e-2},
};

static double largest(const tn_tensor *t) {
    double most = 0;
    for (size_t i = 0; i < tn_tensor_items(t); i++) most = fmax(most, largest(tn_tensor_item(t, i)));
    if (tn_tensor_kind(t) != TN_TENSOR || tn_tensor_dtype(t) == TN_STRING) return most;
    for (int64_t i = 0; i < tn_tensor_count(t); i++) {
        double v = fabs(tn_tensor_get(t, i));
        if (isfinite(v) && v > most) most = v;
    }
    return most;
}

void expect_tolerance(cli *c, const tn_tensor *want, bool quantised, double *rtol, double *atol) {
    *rtol = *atol = 0;
    tn_dtype dtype = tn_tensor_dtype(want);
    if (quantised && (dtype == TN_I8 || dtype == TN_U8)) *atol = quantised_atol * 255;
    for (size_t k = 0; k < sizeof tolerances / sizeof *tolerances; k++)
        if (tolerances[k].dtype == dtype) {
            double of_max = fmax(tolerances[k].atol_of_max, quantised ? quantised_atol : 0);
            *rtol = tolerances[k].rtol;
            *atol = opt_on(&c->o, OPT_ATOL) ? 0 : of_max * largest(want);
        }
    if (opt_on(&c->o, OPT_RTOL)) *rtol = opt_real(&c->o, OPT_RTOL);
    if (opt_on(&c->o, OPT_ATOL)) *atol = opt_real(&c->o, OPT_ATOL);
}

// --------------------------------------------------------------------------------------- comparison

const char *text_tensor(cli *c, const tn_tensor *t) {
    const char *dtype = tn_dtype_text(tn_tensor_dtype(t));
    if (tn_tensor_kind(t) == TN_TENSOR)
        return cli_printf(c, "%s%s", dtype, text_shape(c, tn_tensor_rank(t), tn_tensor_dims(t)));
    const char *kind = tn_tensor_kind(t) == TN_SEQUENCE ? "sequence" : "optional";
    return cli_printf(c, "%s of %zu %s", kind, tn_tensor_items(t), dtype);
}

static tn_io io_like(const char *name, const tn_tensor *t) {
    tn_io io = {.name = name, .kind = tn_tensor_kind(t), .dtype = tn_tensor_dtype(t)};
    io.rank = io.kind == TN_TENSOR ? tn_tensor_rank(t) : 0;
    for (int k = 0; k < io.rank; k++) io.dims[k] = tn_tensor_dims(t)[k];
    return io;
}

int expect_compare(cli *c, outcome *o, const char *name, const tn_tensor *got, const char *file,
                   bool quantised, const tn_tensor *values, const tn_tensor *scores) {
    tn_io io = io_like(name, got);
    tn_tensor *want = NULL;
    *o = (outcome){.file = file, .kept = scores != NULL};
    int status = value_load(c, &want, file, &io, NULL);
    if (status) return status;
    expect_tolerance(c, want, quantised, &o->rtol, &o->atol);
    o->expected_type = text_tensor(c, want);
    tn_status compared = tn_tensor_compare(got, want, o->rtol, o->atol, &o->figures);
    if (compared == TN_MISMATCH && o->figures.equal_type)
        o->ties = scores ? ties_kept(c, got, want, values, scores) : ties_along_axis(got, want, values);
    tn_tensor_free(want);
    if (compared != TN_OK && compared != TN_MISMATCH) return cli_report(c, compared);
    o->passed = o->figures.equal_type && (!o->figures.failures || o->ties > 0);
    return EXIT_FINE;
}

// "[0,3]" of row-major element `i`.
static const char *text_index(cli *c, const tn_tensor *t, int64_t i) {
    int64_t at[TN_MAX_RANK];
    int rank = tn_tensor_kind(t) == TN_TENSOR ? tn_tensor_rank(t) : 0;
    if (!rank) return cli_printf(c, "element %lld", (long long)i);
    for (int k = rank; k-- > 0; i /= tn_tensor_dims(t)[k]) at[k] = i % tn_tensor_dims(t)[k];
    return text_shape(c, rank, at);
}

static const char *text_worst(cli *c, const tn_comparison *f, const tn_tensor *got) {
    if (tn_tensor_dtype(got) == TN_STRING)
        return cli_printf(c, "%lld of %lld elements differ, first at %s", (long long)f->failures,
                          (long long)f->count, text_index(c, got, f->worst_index));
    return cli_printf(c, "%lld of %lld elements out of tolerance, worst at %s: got %.9g, expected %.9g",
                      (long long)f->failures, (long long)f->count, text_index(c, got, f->worst_index),
                      f->worst_got, f->worst_want);
}

static const char *text_measures(cli *c, const tn_comparison *f) {
    return cli_printf(c, "max |d| %.3g, %.3g of the largest |expected|, cosine %.7f", f->max_abs,
                      f->max_abs_over_max, f->cosine);
}

const char *difference(cli *c, const tn_comparison *f, const tn_tensor *got, const tn_tensor *want) {
    if (!f->equal_type) return cli_printf(c, "is %s, expected %s", text_tensor(c, got), text_tensor(c, want));
    if (!f->failures) return NULL;
    return cli_printf(c, "%s; %s", text_worst(c, f, got), text_measures(c, f));
}

static void print_ties(cli *c, const outcome *o, const char *file) {
    long long n = o->ties, count = o->figures.count;
    printf("  %sagrees%s with %s but for ties: ", c->color_out ? ANSI_GREEN : "",
           c->color_out ? ANSI_OFF : "", file);
    if (o->kept)
        printf("the same boxes are kept, %lld stand elsewhere in the list or are one of several equal ones\n",
               n);
    else
        printf("%lld of %lld indices differ and point at equal values\n", n, count);
}

void expect_print(cli *c, const outcome *o, const char *name, const tn_tensor *got) {
    const tn_comparison *f = &o->figures;
    const char *file = safe(c, o->file);
    if (!f->equal_type)
        cli_error(c, "'%s' is %s, but %s holds %s", safe(c, name), text_tensor(c, got), file,
                  o->expected_type);
    else if (!o->passed)
        cli_error(c, "'%s' differs from %s: %s (rtol %.3g, atol %.3g); %s", safe(c, name), file,
                  text_worst(c, f, got), o->rtol, o->atol, text_measures(c, f));
    else if (!c->quiet && !c->json && o->ties > 0)
        print_ties(c, o, file);
    else if (!c->quiet && !c->json)
        printf("  %sagrees%s with %s: %s\n", c->color_out ? ANSI_GREEN : "", c->color_out ? ANSI_OFF : "",
               file, text_measures(c, f));
}

void expect_json(json *j, const outcome *o) {
    const tn_comparison *f = &o->figures;
    json_open(j, "expected", '{');
    json_text(j, "file", o->file);
    json_text(j, "type", o->expected_type);
    json_bool(j, "passed", o->passed);
    json_bool(j, "equal_type", f->equal_type);
    json_double(j, "rtol", o->rtol);
    json_double(j, "atol", o->atol);
    json_int(j, "count", f->count);
    json_int(j, "failures", f->failures);
    json_int(j, "ties", o->ties > 0 ? o->ties : 0);
    json_int(j, "worst_index", f->worst_index);
    json_double(j, "worst_got", f->worst_got);
    json_double(j, "worst_expected", f->worst_want);
    json_double(j, "max_abs", f->max_abs);
    json_double(j, "max_rel", f->max_rel);
    json_double(j, "max_abs_over_max", f->max_abs_over_max);
    json_double(j, "cosine", f->cosine);
    json_close(j, '}');
}
