// SPDX-License-Identifier: Apache-2.0
// cast.c - Cast and CastLike: from every element type to every other. Numbers pass through rows of double, or
// of int64 when they come from integers; each is rounded once.
#include "op/op.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

typedef enum rounding { UP, DOWN, NEAREST } rounding; // to powers of two

typedef struct cast {
    bool saturate;
    rounding mode;
} cast;

// ------------------------------------------------------------------------------------------- numbers

// The power of two that stands for x > 0, as its exponent + 127 (OCP MX specification 1.0, 5.4.1).
static uint8_t to_e8m0(double x, const cast *how) {
    enum { LARGEST = 0xfe, NONE = 0xff };
    if (isnan(x)) return NONE;
    x = fabs(x);
    if (x < 0x1p-127) return how->saturate ? 0 : NONE;
    if (isinf(x)) return how->saturate ? LARGEST : NONE;
    int e;
    double f = frexp(x, &e); // x = f * 2^e, 1/2 <= f < 1
    bool up = how->mode == UP ? f > 0.5 : how->mode == NEAREST && f >= 0.75;
    int code = e - 1 + 127 + up;
    if (code > LARGEST) return how->saturate ? LARGEST : NONE;
    return (uint8_t)code;
}

static bool is_float8(tn_dtype t) { return TN_FLOAT8S >> t & 1; }

static void store_float8(const tn_tensor *out, int64_t at, int64_t n, const double *x, const cast *how) {
    uint8_t *y = (uint8_t *)out->data + at;
    for (int64_t k = 0; k < n; k++)
        y[k] = out->dtype == TN_F8E8M0 ? to_e8m0(x[k], how)
                                       : tni_float_to_f8((int)out->dtype, (float)x[k], how->saturate);
}

static void store_doubles(const tn_tensor *out, int64_t at, int64_t n, const double *x, const cast *how) {
    if (is_float8(out->dtype))
        store_float8(out, at, n, x, how);
    else
        tni_store(out, at, 1, n, x);
}

// An integer as a double that rounds to narrower types as the integer would: bits below the 53rd are kept as
// one sticky bit.
static double sticky(int64_t v, bool is_u64) {
    bool negative = !is_u64 && v < 0;
    uint64_t u = negative ? 0 - (uint64_t)v : (uint64_t)v;
    if (u >> 53) u = (u & ~UINT64_C(0xfff)) | (u & 0xfff ? 0x800 : 0);
    return negative ? -(double)u : (double)u;
}

static void store_ints(const tn_tensor *out, int64_t at, int64_t n, const int64_t *x, bool is_u64,
                       const cast *how) {
    double row[TNI_ROW];
    if (!tni_is_float(out->dtype) && !is_float8(out->dtype) && out->dtype != TN_F4E2M1) {
        tni_store_int(out, at, 1, n, x);
        return;
    }
    for (int64_t k = 0; k < n; k++)
        row[k] = out->dtype != TN_F64 ? sticky(x[k], is_u64) : is_u64 ? (double)(uint64_t)x[k] : (double)x[k];
    store_doubles(out, at, n, row, how);
}

static void cast_numbers(const tn_tensor *in, const tn_tensor *out, const cast *how) {
    int64_t count = tn_count(out), ints[TNI_ROW];
    double row[TNI_ROW];
    bool whole = tni_is_integer(in->dtype);
    for (int64_t at = 0; at < count; at += TNI_ROW) {
        int64_t n = count - at < TNI_ROW ? count - at : TNI_ROW;
        if (whole) {
            tni_load_int(ints, in, at, 1, n);
            store_ints(out, at, n, ints, in->dtype == TN_U64, how);
        } else {
            tni_load(row, in, at, 1, n);
            store_doubles(out, at, n, row, how);
        }
    }
}

// ------------------------------------------------------------------------------------------- strings

enum { NUMBER_TEXT = 64 };

// The C library reads and writes numbers with the locale's decimal point.
static void swap_point(char *text, char from, char to) {
    char *p = from == to ? NULL : strchr(text, from);
    if (p) *p = to;
}

static bool parse_number(tn_str s, const tn_tensor *out, int64_t at, const cast *how) {
    char text[NUMBER_TEXT], *end;
    if (s.size == 0 || s.size >= sizeof text) return false;
    memcpy(text, s.text, s.size);
    text[s.size] = 0;
    if (tni_is_integer(out->dtype)) {
        errno = 0;
        int64_t v = out->dtype == TN_U64 ? (int64_t)strtoull(text, &end, 10) : strtoll(text, &end, 10);
        if (!*end && end != text && !errno) return store_ints(out, at, 1, &v, false, how), true;
    }
    swap_point(text, '.', *localeconv()->decimal_point);
    double x = out->dtype == TN_F32 ? (double)strtof(text, &end) : strtod(text, &end);
    if (*end || end == text) return false;
    store_doubles(out, at, 1, &x, how);
    return true;
}

static tn_status cast_from_strings(tn_call *c, const cast *how) {
    const tn_str *in = tni_strings(c->in[0]);
    int64_t count = tn_count(c->in[0]);
    for (int64_t i = 0; i < count; i++)
        if (!parse_number(in[i], c->out[0], i, how))
            return tn_call_fail(c, TN_INVALID, "element %lld, '%.*s', is not a number", (long long)i,
                                in[i].size < NUMBER_TEXT ? (int)in[i].size : NUMBER_TEXT, in[i].text);
    return TN_OK;
}

// The shortest decimal form that reads back as the same value of a type with up to `digits` digits.
static void print_float(char *text, double x, tn_dtype dtype) {
    int digits = dtype == TN_F64 ? 17 : 9;
    if (isnan(x) || isinf(x)) {
        snprintf(text, NUMBER_TEXT, "%s", isnan(x) ? "NaN" : x > 0 ? "INF" : "-INF");
        return;
    }
    for (int precision = 1; precision <= digits; precision++) {
        snprintf(text, NUMBER_TEXT, "%.*g", precision, x);
        if (dtype == TN_F64 ? strtod(text, NULL) == x : strtof(text, NULL) == (float)x) break;
    }
    swap_point(text, *localeconv()->decimal_point, '.');
}

static void print_element(char *text, const tn_tensor *t, int64_t i) {
    if (t->dtype == TN_BOOL)
        snprintf(text, NUMBER_TEXT, "%s", tni_get_int(t, i) ? "True" : "False");
    else if (t->dtype == TN_U64)
        snprintf(text, NUMBER_TEXT, "%llu", (unsigned long long)tni_get_int(t, i));
    else if (tni_is_integer(t->dtype))
        snprintf(text, NUMBER_TEXT, "%lld", (long long)tni_get_int(t, i));
    else
        print_float(text, tni_get(t, i), t->dtype);
}

static tn_status cast_to_strings(tn_call *c) {
    tn_str *out = c->out[0]->data;
    int64_t count = tn_count(c->in[0]);
    for (int64_t i = 0; i < count; i++) {
        char text[NUMBER_TEXT];
        print_element(text, c->in[0], i);
        size_t size = strlen(text);
        char *copy = tn_call_text(c, size + 1);
        if (!copy) return TN_NOMEM;
        memcpy(copy, text, size + 1);
        out[i] = (tn_str){copy, size};
    }
    return TN_OK;
}

// --------------------------------------------------------------------------------------- definitions

static tn_status cast_ref(tn_call *c) {
    const tn_tensor *in = c->in[0], *out = c->out[0];
    if (!out) return TN_OK;
    if (in->dtype == out->dtype) return tn_call_assign(c, 0, in);
    if (out->dtype == TN_STRING) return cast_to_strings(c);
    cast how = {.saturate = tn_attr_int(c->attrs, "saturate") != 0,
                .mode = tn_attr_is(c->attrs, "round_mode", "down")      ? DOWN
                        : tn_attr_is(c->attrs, "round_mode", "nearest") ? NEAREST
                                                                        : UP};
    if (in->dtype == TN_STRING) return cast_from_strings(c, &how);
    cast_numbers(in, out, &how);
    return TN_OK;
}

static tn_status infer_to(tn_infer *c, tn_dtype to) {
    const char *mode = tn_attr_string(c->attrs, "round_mode");
    if (strcmp(mode, "up") != 0 && strcmp(mode, "down") != 0 && strcmp(mode, "nearest") != 0)
        return tn_infer_fail(c, "round_mode must be 'up', 'down' or 'nearest', not '%s'", mode);
    TN_TRY(tn_infer_same(c));
    if (!c->out[0]) return TN_OK;
    c->out[0]->type.dtype = to;
    tn_dim x[TN_MAX_CONTENT];
    size_t n;
    if (!tni_countable(to) || !tni_content(c->in[0], x, &n)) return TN_OK;
    bool large = to == TN_I64 || to == TN_I32 || to == TN_F32 || to == TN_F64; // holds any size
    for (size_t k = 0; k < n; k++) {
        bool fits = x[k].e ? large : !tni_is_float(to) || (x[k].k >= -(1 << 24) && x[k].k <= 1 << 24);
        if (!fits) return TN_OK;
        if (to == TN_BOOL)
            x[k].k = x[k].k != 0;
        else if (!x[k].e && !tni_is_float(to))
            x[k].k = tni_wrap(to, x[k].k);
    }
    tn_infer_content(c, 0, x, n);
    return TN_OK;
}

static tn_status cast_infer(tn_infer *c) {
    int64_t to = tn_attr_int(c->attrs, "to");
    if (to <= 0 || to >= TN_DTYPE_COUNT || to == TN_C64 || to == TN_C128)
        return tn_infer_fail(c, "to = %lld is not an element type to cast to", (long long)to);
    return infer_to(c, (tn_dtype)to);
}

static tn_status cast_like_infer(tn_infer *c) { return infer_to(c, c->in[1]->type.dtype); }

// What is out of a 4-bit integer's range is undefined; ONNX' own implementation takes the nearest element
// up to opset 23 and lets it wrap from 24 on, and so do its tests.
static tn_status clip_to_nibble(tni_spec *s) {
    const tn_attr *to = tni_spec_attr(s, "to");
    if (s->opset >= 24 || !to || (to->i != TN_U4 && to->i != TN_I4) || s->nin < 1 || !s->in[0]) return TN_OK;
    tn_dtype from = s->in[0]->info.type.dtype;
    if (!tni_is_float(from)) return TN_OK;
    tni_value *x = s->in[0];
    TN_TRY(tni_spec_input_scalar(s, 1, from, to->i == TN_I4 ? -8 : 0));
    TN_TRY(tni_spec_input_scalar(s, 2, from, to->i == TN_I4 ? 7 : 15));
    tni_value *in[] = {x, s->in[1], s->in[2]};
    s->nin = 1;
    tni_value *clipped = tni_spec_emit(s, "Clip", 3, in, 0, NULL);
    return clipped ? tni_spec_input(s, 0, clipped) : TN_INVALID;
}

// Before opset 6 the type is spelt: "FLOAT".
static tn_status cast_upgrade(tni_spec *s) {
    static const char *const names[] = {"",       "FLOAT",  "UINT8",     "INT8",      "UINT16",  "INT16",
                                        "INT32",  "INT64",  "STRING",    "BOOL",      "FLOAT16", "DOUBLE",
                                        "UINT32", "UINT64", "COMPLEX64", "COMPLEX128"};
    const tn_attr *to = tni_spec_attr(s, "to");
    if (s->opset >= 6 || !to || to->kind != TN_ATTR_STRING) return clip_to_nibble(s);
    for (size_t k = 1; k < sizeof names / sizeof *names; k++)
        if (strcmp(to->s.text, names[k]) == 0) {
            tni_spec_drop(s, "to");
            return tni_spec_put(s, TN_A_INT("to", (int64_t)k));
        }
    return tni_spec_fail(s, NULL, "'%s' is not the name of an element type", to->s.text);
}

// A Cast, when the type is known already (it always is, but for values that failed to be inferred).
static tn_status cast_like_upgrade(tni_spec *s) {
    if (s->nin < 2 || !s->in[1] || s->in[1]->info.type.dtype == TN_UNDEFINED) return TN_OK;
    TN_TRY(tni_spec_put(s, TN_A_INT("to", (int64_t)s->in[1]->info.type.dtype)));
    s->op = "Cast";
    s->nin = 1;
    return TN_OK;
}

#define CASTABLE (TN_ANY_DTYPE & ~TN_COMPLEX)

TN_OP(cast) = {
    TN_HERE,
    .name = "Cast",
    .since = 28,
    .first = 1,
    .doc = "elements converted to the type 'to'",
    .traits = TN_ELEMENTWISE,
    .in = {{"input", "T1"}},
    .out = {{"output", "T2"}},
    .types = {{"T1", CASTABLE}, {"T2", CASTABLE}},
    .attrs = {{"to", TN_ATTR_INT, TN_REQUIRED},
              {"saturate", TN_ATTR_INT, .i = 1},
              {"round_mode", TN_ATTR_STRING, .s = "up"}},
    .infer = cast_infer,
    .ref = cast_ref,
    .upgrade = cast_upgrade,
};

TN_OP(cast_like) = {
    TN_HERE,
    .name = "CastLike",
    .since = 25,
    .first = 15,
    .doc = "elements converted to the type of in 1",
    .traits = TN_ELEMENTWISE,
    .in = {{"input", "T1"}, {"target_type", "T2"}},
    .out = {{"output", "T2"}},
    .types = {{"T1", CASTABLE}, {"T2", CASTABLE}},
    .attrs = {{"saturate", TN_ATTR_INT, .i = 1}, {"round_mode", TN_ATTR_STRING, .s = "up"}},
    .infer = cast_like_infer,
    .ref = cast_ref,
    .upgrade = cast_like_upgrade,
};
