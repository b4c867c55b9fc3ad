// SPDX-License-Identifier: Apache-2.0
// exceptions.c - the conformance cases that prove nothing, one row each with the reason. A case of ONNX 1.20
// that has been corrected since is known by the contents of a file and not by its name alone, so that the
// corrected case of the same name does run.
#include "exceptions.h"

#include <string.h>

// -------------------------------------------------------------------------------- corrected expectations

typedef struct withdrawn {
    const char *name, *file; // beneath the case's folder
    uint64_t digest;         // FNV-1a of the file
    const char *reason;
} withdrawn;

#define MODES                                                                                      \
    "this data takes qk_matmul_output_mode 1 for the scores after the mask and 2 for those after " \
    "softcap; newer data has it the other way round, as the operator says"
#define SOFTCAP \
    "this data caps the scores after the mask is added; newer data caps before, as the operator says"
#define NO_NORM "this data expects NaN where all elements are 0; newer data keeps them 0"
#define WRAPPED "this data lets int8 results wrap around; newer data saturates, as the operator says"
#define MODEL "model.onnx"
#define OUTPUT "test_data_set_0/output_0.pb"

static const withdrawn withdrawns[] = {
    {"test_attention_3d_with_past_and_present_qk_matmul_bias", MODEL, 0xed61a19148deaca1, MODES},
    {"test_attention_3d_with_past_and_present_qk_matmul_softcap", MODEL, 0x4c5121fdf5841a8c, SOFTCAP},
    {"test_attention_4d_with_past_and_present_qk_matmul_bias", MODEL, 0xa72f4dbda5b12464, MODES},
    {"test_attention_4d_with_past_and_present_qk_matmul_bias_3d_mask", MODEL, 0xcec53b9659706282, MODES},
    {"test_attention_4d_with_past_and_present_qk_matmul_bias_3d_mask_causal", MODEL, 0x5cdb5e4e7b97b70d,
     MODES},
    {"test_attention_4d_with_past_and_present_qk_matmul_bias_4d_mask", MODEL, 0x5265d8e6e3c58863, MODES},
    {"test_attention_4d_with_past_and_present_qk_matmul_bias_4d_mask_causal", MODEL, 0xd4ff2cb51efd497e,
     MODES},
    {"test_attention_4d_with_qk_matmul_bias", MODEL, 0x296b1846ff7de3d9, MODES},
    {"test_attention_4d_with_qk_matmul_softcap", MODEL, 0x977339e13992edc6, SOFTCAP},
    {"test_l2normalization_axis_0", OUTPUT, 0x38a53707768dd0c2, NO_NORM},
    {"test_qlinearmatmul_2D_int8_float16", OUTPUT, 0x9f7315a3c445571d, WRAPPED},
    {"test_qlinearmatmul_2D_int8_float32", OUTPUT, 0x9f7315a3c445571d, WRAPPED},
    {"test_qlinearmatmul_3D_int8_float16", OUTPUT, 0x5b187789361cd4b9, WRAPPED},
    {"test_qlinearmatmul_3D_int8_float32", OUTPUT, 0xa2044766f73b5add, WRAPPED},
};

static uint64_t digest(const char *path) {
    uint64_t h = 0xcbf29ce484222325;
    FILE *f = fopen(path, "rb");
    if (!f) return 0;
    for (int byte; (byte = getc(f)) != EOF;) h = (h ^ (uint64_t)byte) * 0x100000001b3;
    fclose(f);
    return h;
}

static const char *base_name(const test_case *t) {
    const char *slash = strrchr(t->name, '/');
    return slash ? slash + 1 : t->name;
}

const char *exception_withdrawn(cli *c, const test_case *t) {
    const char *slash = strrchr(t->model, '/');
    for (size_t i = 0; i < sizeof withdrawns / sizeof *withdrawns; i++) {
        const withdrawn *w = &withdrawns[i];
        if (!slash || strcmp(base_name(t), w->name) != 0) continue;
        const char *path = cli_printf(c, "%.*s/%s", (int)(slash - t->model), t->model, w->file);
        if (digest(path) == w->digest) return w->reason;
    }
    return NULL;
}

// ------------------------------------------------------------------------------------ operators not ours

typedef struct foreign {
    const char *op;
    size_t length; // of a prefix; 0: the whole name
    const char *reason;
} foreign;

static const foreign foreigns[] = {
    {"ai.onnx.preview.training.", 25, "this operator trains a network; Tenon runs trained ones"},
    {"ImageDecoder", 0, "decoding picture files belongs in front of the network"},
};

const char *exception_operator(const char *op) {
    for (size_t i = 0; i < sizeof foreigns / sizeof *foreigns; i++) {
        const foreign *f = &foreigns[i];
        if (f->length ? !strncmp(op, f->op, f->length) : !strcmp(op, f->op)) return f->reason;
    }
    return NULL;
}

// ------------------------------------------------------------------------------------------- tolerance

// The absolute tolerance of ONNX' own runner; where the expected zeros are sums of much larger numbers that
// were computed in f32, what they rounded off.
double exception_tolerance(const test_case *t) {
    static const char single_precision[] = "test_dft_inverse"; // zeros beside values up to 54
    return strncmp(base_name(t), single_precision, sizeof single_precision - 1) ? 1e-7 : 4e-6;
}
