// SPDX-License-Identifier: Apache-2.0
// op_special.c - special functions where their parts overflow, vanish or run out of terms; the numbers are
// SciPy's.
#include "check.h"
#include "evaluate.h"

static void bessel_functions_far_out(void) {
    CHECK_TEXT(evaluate("const %x: f64[5] = {1e308, -1e308, 713, inf, nan}\n%a = tn.BesselI0(%x)\n"
                        "%b = tn.BesselI1(%x)\n%c = tn.BesselI0e(%x)\n%d = tn.BesselI1e(%x)\n"
                        "out %a\nout %b\nout %c\nout %d"),
               "f64[5]{inf, inf, 6.70513e+307, inf, nan} f64[5]{inf, -inf, 6.70042e+307, inf, nan} "
               "f64[5]{3.98942e-155, 3.98942e-155, 0.0149431, 0, nan} "
               "f64[5]{3.98942e-155, -3.98942e-155, 0.0149326, 0, nan}");
}

// Whether y is `want` to within a relative `most`, which text of six digits does not tell.
static const char *near(const char *op, const char *x, const char *want, const char *most) {
    static char lines[1024];
    snprintf(
        lines, sizeof lines,
        "const %%x: f64[3] = {%s}\nconst %%want: f64[3] = {%s}\nconst %%most: f64[1] = {%s}\n"
        "const %%one: f64[1] = {1}\n%%y = %s(%%x)\n%%part = Div(%%y, %%want)\n%%off = Sub(%%part, %%one)\n"
        "%%size = Abs(%%off)\n%%fine = Less(%%size, %%most)\nout %%fine\n",
        x, want, most, op);
    return evaluate(lines);
}

static void error_functions_have_all_terms(void) {
    CHECK_TEXT(near("tn.Erfcx", "24.9999, 25, 26.5",
                    "0.0225496624875470631, 0.0225495724326413589, 0.021275046685371106", "3e-13"),
               "bool[3]{1, 1, 1}");
    CHECK_TEXT(near("tn.LogNdtr", "-36, -100, -1e150",
                    "-652.50322759379839685, -5005.5242086942050886, -5e299", "1e-15"),
               "bool[3]{1, 1, 1}");
}

static void the_normal_distribution_is_inverted_to_its_ends(void) {
    CHECK_TEXT(near("tn.Ndtri", "1e-302, 1e-100, 0.25",
                    "-37.171104514286078, -21.273453560965322, -0.67448975019608171", "1e-15"),
               "bool[3]{1, 1, 1}");
    CHECK_TEXT(evaluate("const %x: f64[4] = {0, 1, -0.1, nan}\n%y = tn.Ndtri(%x)\nout %y"),
               "f64[4]{-inf, inf, nan, nan}");
}

int main(void) {
    RUN(bessel_functions_far_out);
    RUN(error_functions_have_all_terms);
    RUN(the_normal_distribution_is_inverted_to_its_ends);
    return DONE();
}
