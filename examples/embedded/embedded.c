// SPDX-License-Identifier: Apache-2.0
// embedded.c - the digits network within a program, and of the library only what it takes: pictures of 8x8
// floats from standard input, their ten logits each to standard output. Nothing is read from a file, and
// nothing is found out at run time. CMakeLists.txt beside it says how it is put together.
#include "digits.h"

#include <stdio.h>
#include <tenon.h>

enum { PIXELS = 64 };

static int fail(tn_diags *diags, tn_status status) {
    char text[512];
    for (size_t i = 0; i < tn_diags_count(diags); i++) {
        tn_diags_format(diags, i, text, sizeof text);
        fprintf(stderr, "%s\n", text);
    }
    fprintf(stderr, "%s\n", tn_status_text(status));
    return 1;
}

int main(void) {
    static float pixels[PIXELS];
    const int64_t shape[] = {1, 1, 8, 8};
    tn_env *env;
    tn_diags *diags;
    tn_plan *plan;
    tn_context *context;
    tn_tensor *picture;
    if (tn_env_new(&env, NULL) || tn_diags_new(&diags, env)) return 1;
    tn_status s = tn_plan_wrap(&plan, env, digits, digits_size, "digits", diags);
    if (s) return fail(diags, s);
    s = tn_context_new(&context, plan, NULL, diags);
    if (!s) s = tn_tensor_wrap(&picture, env, TN_F32, 4, shape, pixels);
    if (!s) s = tn_context_set_input(context, 0, picture, diags);
    while (!s && fread(pixels, sizeof pixels, 1, stdin) == 1) {
        s = tn_context_run(context, diags);
        const tn_tensor *logits = tn_context_output(context, 0);
        if (!s) fwrite(tn_tensor_const_data(logits), tn_tensor_bytes(logits), 1, stdout);
    }
    if (s) return fail(diags, s);
    tn_context_free(context);
    tn_tensor_free(picture);
    tn_plan_free(plan);
    tn_diags_free(diags);
    tn_env_free(env);
    return 0;
}
