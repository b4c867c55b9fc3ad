// SPDX-License-Identifier: Apache-2.0
// aten_fallback.c - org.pytorch.aten ATen: what PyTorch's TorchScript exporter writes, when asked for a
// fallback, where it has no ONNX for an operator: the operator's name as an attribute, its arguments in the
// schema's order as inputs. Some have a counterpart here and are read as a formula; of the others the error
// says which operator it is.
#include "op/formula.h"

#include <stdio.h>

enum { NUMBERS = 3 };

// `constants`: the inputs whose numbers stand at @0, @1, @2 of the formula; 0 ends them (input 0 is data).
static const struct {
    const char *op;
    int constants[NUMBERS];
    const char *formula;
} known[] = {
    {"embedding", {0}, "= Gather(#0, #1)"},
    {"inverse", {0}, "= com.microsoft.Inverse(#0)"},
    {"linalg_inv", {0}, "= com.microsoft.Inverse(#0)"},
    {"det", {0}, "= Det(#0)"},
    {"linalg_det", {0}, "= Det(#0)"},
    {"alias", {0}, "= Identity(#0)"},
    {"clone", {0}, "= Identity(#0)"},
    {"contiguous", {0}, "= Identity(#0)"},
    {"detach", {0}, "= Identity(#0)"},
    {"lift_fresh", {0}, "= Identity(#0)"},
    {"fmod", {0}, "b = CastLike(#1, #0); = Mod(#0, b){fmod=1}"},
    {"gather", {1}, "= GatherElements(#0, #2){axis=@0}"},
    {"take_along_dim", {2}, "= GatherElements(#0, #1){axis=@0}"},
    {"index_select", {1}, "= Gather(#0, #2){axis=@0}"},
    {"unfold", {1, 2, 3}, "= com.microsoft.UnfoldTensor(#0){dim=@0, size=@1, step=@2}"},
    {"affine_grid_generator", {2}, "s = Cast(#1){to=7}; = AffineGrid(#0, s){align_corners=@0}"},
};

static tn_status grid_sampler(tni_spec *s, const int64_t number[NUMBERS]) {
    static const char *const modes[] = {"linear", "nearest", "cubic"}, *const pads[] = {"zeros", "border",
                                                                                        "reflection"};
    if (number[0] < 0 || number[0] > 2 || number[1] < 0 || number[1] > 2)
        return tni_spec_fail(s, NULL, "interpolation and padding of grid_sampler must be 0, 1 or 2");
    return tni_formula(s, "= GridSample(#0, #1){mode='%s', padding_mode='%s', align_corners=%d}",
                       modes[number[0]], pads[number[1]], number[2] != 0);
}

static tn_status with_numbers(tni_spec *s, const char *formula, const int64_t number[NUMBERS]) {
    char text[256];
    size_t n = 0;
    for (const char *p = formula; *p; p++)
        if (*p == '@')
            n += (size_t)snprintf(text + n, sizeof text - n, "%lld", (long long)number[*++p - '0']);
        else
            text[n++] = *p;
    text[n] = 0;
    return tni_formula(s, "%s", text);
}

static tn_status read_numbers(tni_spec *s, const char *op, const int inputs[NUMBERS], int64_t to[NUMBERS]) {
    for (int i = 0; i < NUMBERS && inputs[i]; i++)
        if (!tni_spec_has(s, inputs[i]) || !tni_const_int(&s->in[inputs[i]]->info, &to[i]))
            return tni_spec_fail(s, NULL, "argument %d of aten::%s must be a constant number", inputs[i], op);
    return TN_OK;
}

static tn_status upgrade(tni_spec *s) {
    const char *op = tni_spec_string(s, "operator", ""), *overload = tni_spec_string(s, "overload_name", "");
    int64_t number[NUMBERS] = {0};
    tni_spec_drop(s, "operator");
    tni_spec_drop(s, "overload_name");
    if (!strcmp(op, "grid_sampler") || !strcmp(op, "grid_sampler_2d") || !strcmp(op, "grid_sampler_3d")) {
        TN_TRY(read_numbers(s, op, (const int[NUMBERS]){2, 3, 4}, number));
        return grid_sampler(s, number);
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].op, op) != 0) continue;
        TN_TRY(read_numbers(s, op, known[i].constants, number));
        return with_numbers(s, known[i].formula, number);
    }
    return tni_spec_fail(
        s,
        "export with torch.onnx.export(..., dynamo=True), or save the program with "
        "torch.export.save and read the .pt2 file",
        "PyTorch's aten::%s%s%s was left as it is by the exporter, and is not read from ONNX files", op,
        *overload ? "." : "", overload);
}

TN_OP(aten_fallback) = {
    TN_HERE,
    .name = "ATen",
    .domain = "org.pytorch.aten",
    .since = 1,
    .doc = "an operator of PyTorch that its exporter left as it is",
    .in = {{"arguments", "T", TN_VARIADIC | TN_MIXED}},
    .out = {{"results", "R", TN_VARIADIC | TN_MIXED}},
    .types = {{"T", TN_ANY_DTYPE}, {"R", TN_ANY_DTYPE}},
    .attrs = {{"operator", TN_ATTR_STRING, TN_REQUIRED}, {"overload_name", TN_ATTR_STRING, .s = ""}},
    .upgrade = upgrade,
};
