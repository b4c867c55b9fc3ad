// SPDX-License-Identifier: Apache-2.0
// op_factor.c - decompositions of matrices whose squares do not fit a double.
#include "check.h"
#include "evaluate.h"

static void eigenvalues_of_huge_and_tiny_matrices(void) {
    CHECK_TEXT(
        evaluate("const %a: f64[3,2,2] = {3e200, 4e200, 4e200, -3e200, 3e-200, 4e-200, 4e-200, -3e-200,"
                 " 6e307, 8e307, 8e307, -6e307}\n"
                 "%w, %v = tn.Eigh(%a)\nconst %one: i64[1] = {1}\n%row = Unsqueeze(%w, %one)\n"
                 "%vw = Mul(%v, %row)\n%t = Transpose(%v) {perm=[0,2,1]}\n"
                 "%back = MatMul(%vw, %t)\nout %w\nout %back"),
        "f64[3,2]{-5e+200, 5e+200, -5e-200, 5e-200, -1e+308, 1e+308} "
        "f64[3,2,2]{3e+200, 4e+200, 4e+200, -3e+200, 3e-200, 4e-200, 4e-200, -3e-200, "
        "6e+307, 8e+307, 8e+307, -6e+307}");
}

static void singular_values_of_huge_and_tiny_matrices(void) {
    CHECK_TEXT(
        evaluate("const %a: f64[3,2,2] = {3e100, 0, 4e100, 5e100, 3e-200, 0, 4e-200, 5e-200,"
                 " 3e300, 0, 4e300, 5e300}\n"
                 "%u, %s, %vh = tn.SVD(%a)\nconst %one: i64[1] = {1}\n%row = Unsqueeze(%s, %one)\n"
                 "%us = Mul(%u, %row)\n%back = MatMul(%us, %vh)\n%size = Abs(%back)\nout %s\nout %size"),
        "f64[3,2]{6.7082e+100, 2.23607e+100, 6.7082e-200, 2.23607e-200, 6.7082e+300, 2.23607e+300} "
        "f64[3,2,2]{3e+100, 0, 4e+100, 5e+100, 3e-200, 0, 4e-200, 5e-200, 3e+300, 0, 4e+300, 5e+300}");
}

static void qr_of_huge_and_tiny_matrices(void) {
    CHECK_TEXT(
        evaluate("const %a: f64[2,2,2] = {3e300, 1e300, 4e300, 2e300, 3e-200, 1e-200, 4e-200, 2e-200}\n"
                 "%q, %r = tn.QR(%a)\nout %q\nout %r"),
        "f64[2,2,2]{-0.6, -0.8, -0.8, 0.6, -0.6, -0.8, -0.8, 0.6} "
        "f64[2,2,2]{-5e+300, -2.2e+300, 0, 4e+299, -5e-200, -2.2e-200, 0, 4e-201}");
}

static void what_is_not_finite_is_nan_and_nothing_is_nothing(void) {
    CHECK_TEXT(evaluate("const %a: f64[2,2] = {inf, 0, 0, 1}\nconst %z: f32[2,2] = {0, 0, 0, 0}\n"
                        "const %e: f32[0,2,2] = {}\n%u, %s, %v = tn.SVD(%a)\n%w, %x = tn.Eigh(%z)\n"
                        "%y, %n, %o = tn.SVD(%e)\nout %s\nout %w\nout %n"),
               "f64[2]{nan, nan} f32[2]{0, 0} f32[0,2]{}");
}

int main(void) {
    RUN(eigenvalues_of_huge_and_tiny_matrices);
    RUN(singular_values_of_huge_and_tiny_matrices);
    RUN(qr_of_huge_and_tiny_matrices);
    RUN(what_is_not_finite_is_nan_and_nothing_is_nothing);
    return DONE();
}
