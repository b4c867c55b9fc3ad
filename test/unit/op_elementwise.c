// SPDX-License-Identifier: Apache-2.0
// op_elementwise.c - what element-wise operators do at the edges: wrapping, division by zero, wide shifts,
// NaN, crossed bounds, casts; and what shape arithmetic knows.
#include "check.h"
#include "evaluate.h"

static void integer_division_by_zero_gives_zero(void) {
    CHECK_TEXT(
        evaluate("const %a: i32[4] = {7, -7, 0, -2147483648}\nconst %b: i32[4] = {0, 2, 0, -1}\n"
                 "%q = Div(%a, %b)\n%r = Mod(%a, %b)\n%f = Mod(%a, %b) {fmod=1}\nout %q\nout %r\nout %f"),
        "i32[4]{0, -3, 0, -2.14748e+09} i32[4]{0, 1, 0, 0} i32[4]{0, -1, 0, 0}");
    CHECK_TEXT(evaluate("const %a: i64[1] = {-9223372036854775808}\nconst %b: i64[1] = {-1}\n"
                        "%q = Div(%a, %b)\n%n = Neg(%a)\n%m = Abs(%a)\nout %q\nout %n\nout %m"),
               "i64[1]{-9223372036854775808} i64[1]{-9223372036854775808} i64[1]{-9223372036854775808}");
}

static void integers_wrap(void) {
    CHECK_TEXT(evaluate("const %a: u8[2] = {200, 3}\nconst %b: u8[2] = {100, 5}\n"
                        "%s = Add(%a, %b)\n%d = Sub(%a, %b)\n%p = Mul(%a, %b)\nout %s\nout %d\nout %p"),
               "u8[2]{44, 8} u8[2]{100, 254} u8[2]{32, 15}");
    CHECK_TEXT(
        evaluate("const %a: i32[3] = {3, 2, 0}\nconst %b: i32[3] = {40, -1, 0}\n%p = Pow(%a, %b)\nout %p"),
        "i32[3]{6.89957e+08, 0, 1}"); // 3^40 modulo 2^32, as two's complement
}

static void shifts_past_the_width_leave_the_sign(void) {
    CHECK_TEXT(evaluate("const %a: i8[4] = {-128, -1, 64, 1}\nconst %b: i8[4] = {1, 9, 8, -1}\n"
                        "%r = BitShift(%a, %b) {direction=\"RIGHT\"}\n"
                        "%l = BitShift(%a, %b) {direction=\"LEFT\"}\nout %r\nout %l"),
               "i8[4]{-64, -1, 0, 0} i8[4]{0, 0, 0, 0}");
    CHECK_TEXT(evaluate("const %a: u8[1] = {1}\n%r = BitShift(%a, %a) {direction=\"UP\"}\nout %r"),
               "error: direction must be 'LEFT' or 'RIGHT', not 'UP'");
}

static void nan_is_greatest_and_stays(void) {
    const char *in = "const %a: f32[3] = {nan, 1, 2}\nconst %b: f32[3] = {3, nan, 1}\n";
    char text[400];
    snprintf(
        text, sizeof text, "%s%s", in,
        "%x = Max(%a, %b)\n%n = Min(%a, %b)\n%r = Relu(%a)\n%i = ArgMax(%a)\nout %x\nout %n\nout %r\nout %i");
    CHECK_TEXT(evaluate(text), "f32[3]{nan, nan, 2} f32[3]{nan, nan, 1} f32[3]{nan, 1, 2} i64[1]{0}");
}

static void crossed_clip_bounds_give_the_upper(void) {
    CHECK_TEXT(evaluate("const %x: f32[4] = {-5, 0, 5, nan}\nconst %a: f32[] = {3}\nconst %b: f32[] = {1}\n"
                        "%y = Clip(%x, %a, %b)\n%z = Clip(%x, _, %b)\nout %y\nout %z"),
               "f32[4]{1, 1, 1, nan} f32[4]{-5, 0, 1, nan}");
    CHECK_TEXT(evaluate("const %x: u64[2] = {1, 18446744073709551615}\nconst %a: u64[] = {2}\n"
                        "%y = Clip(%x, %a)\nout %y"),
               "u64[2]{2, 18446744073709551615}");
}

static void casts_truncate_and_wrap(void) {
    CHECK_TEXT(
        evaluate("const %x: f32[5] = {2.9, -2.9, 300, nan, inf}\n%y = Cast(%x) {to=6}\n%z = Cast(%x) {to=2}\n"
                 "%b = Cast(%x) {to=9}\nout %y\nout %z\nout %b"),
        "i32[5]{2, -2, 300, 0, -1} u8[5]{2, 254, 44, 0, 255} bool[5]{1, 1, 1, 1, 1}");
    CHECK_TEXT(evaluate("const %x: u64[1] = {18446744073709551615}\n%y = Cast(%x) {to=11}\nout %y"),
               "f64[1]{1.84467e+19}");
    CHECK_TEXT(evaluate("const %x: f32[3] = {0.1, 100000, nan}\n%y = Cast(%x) {to=8}\nout %y"),
               "string[3]{'0.1', '1e+05', 'NaN'}");
    CHECK_TEXT(evaluate("const %x: f32[1] = {1}\n%y = Cast(%x) {to=99}\nout %y"),
               "error: to = 99 is not an element type to cast to");
}

// 2^24 + 1 lies between two floats; so does 2^63 - 1, which must not be rounded twice.
static void integers_round_once_to_float(void) {
    CHECK_TEXT(evaluate("const %x: i64[2] = {16777217, 9007199791611905}\n%y = Cast(%x) {to=1}\n"
                        "%z = Cast(%y) {to=7}\nout %z"),
               "i64[2]{16777216, 9007200328482816}");
}

static void comparisons_of_u64_are_unsigned(void) {
    CHECK_TEXT(evaluate("const %a: u64[2] = {18446744073709551615, 1}\nconst %b: u64[] = {2}\n"
                        "%g = Greater(%a, %b)\n%m = Max(%a, %b)\nout %g\nout %m"),
               "bool[2]{1, 0} u64[2]{18446744073709551615, 2}");
}

static void shapes_that_do_not_broadcast_are_refused(void) {
    CHECK(strstr(infer("in %a: f32[2,3]\nin %b: f32[4]\n%y = Add(%a, %b)\nout %y"),
                 "error: shapes do not broadcast"));
    CHECK_TEXT(infer("in %a: f32[2,3]\nin %b: f32[2,1]\nin %c: bool[3]\n%y = Where(%c, %a, %b)\nout %y"),
               "f32[2,3]");
    CHECK(strstr(infer("in %x: f32[1,4,8,8]\nin %s: f32[4]\n%y = PRelu(%x, %s)\nout %y"),
                 "error: dimension 0 of in 1 is 4, which does not broadcast to 8"));
}

// The exporter's `-1 where equal` idiom must vanish whatever N is.
static void shape_arithmetic_is_decided(void) {
    CHECK_TEXT(
        infer(
            "in %x: f32[N,6]\nconst %m: i64[1] = {-1}\nconst %one: i64[1] = {1}\nconst %two: i64[1] = {2}\n"
            "%s = Shape(%x)\n%e = Equal(%s, %m)\n%w = Where(%e, %one, %s)\n%p = ReduceProd(%s) {keepdims=0}\n"
            "%h = Div(%s, %two)\n%g = Greater(%s, %m)\nout %e\nout %w\nout %p\nout %h\nout %g"),
        "bool[2] = 0, 0 i64[2] = N, 6 i64[] = 6*N i64[2] = floor(N, 2), 3 bool[2] = 1, 1");
}

// interpolate(scale_factor=2): sizes go through f32, times 2, floored. Halves are not whole and end it.
static void sizes_scaled_in_floating_point_are_known(void) {
    CHECK_TEXT(infer("in %x: f32[N,6]\nconst %t: f32[] = {2.0}\nconst %h: f32[] = {0.5}\n%s = Shape(%x)\n"
                     "%f = Cast(%s) {to=1}\n%m = Mul(%f, %t)\n%g = Floor(%m)\n%i = Cast(%g) {to=7}\n"
                     "%q = Div(%m, %f)\n%p = Mul(%f, %h)\nout %i\nout %q\nout %p"),
               "i64[2] = 2*N, 12 f32[2] = 2, 2 f32[2]");
    CHECK_TEXT(
        infer(
            "const %a: f32[1] = {16777216.0}\nconst %b: f32[1] = {3.0}\n%y = Mul(%a, %b)\n%z = Div(%a, %b)\n"
            "out %y\nout %z"),
        "f32[1] f32[1]");
}

int main(void) {
    RUN(integer_division_by_zero_gives_zero);
    RUN(integers_wrap);
    RUN(shifts_past_the_width_leave_the_sign);
    RUN(nan_is_greatest_and_stays);
    RUN(crossed_clip_bounds_give_the_upper);
    RUN(casts_truncate_and_wrap);
    RUN(integers_round_once_to_float);
    RUN(comparisons_of_u64_are_unsigned);
    RUN(shapes_that_do_not_broadcast_are_refused);
    RUN(shape_arithmetic_is_decided);
    RUN(sizes_scaled_in_floating_point_are_known);
    return DONE();
}
