// SPDX-License-Identifier: Apache-2.0
// exceptions.c - the conformance cases that prove nothing, one row each with the reason. A case of ONNX 1.12
// to 1.20 that has been corrected since is known by the contents of a file and not by its name alone, so that
// the corrected case of the same name does run.
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
#define ROWS                                                                                  \
    "this data splits the rows of a rank-3 input into heads without moving the heads ahead; " \
    "newer data moves them, as the operator says"
#define GROUPS                                                                                 \
    "this data repeats all key heads in turn; newer data repeats each one next to itself, as " \
    "grouped-query attention is defined"
#define CEIL                                                                                     \
    "this data counts what a window of ceil_mode has beyond the padding as padding; newer data " \
    "leaves it out, as PyTorch does"
#define NAN_F4 "this data expects 6 of NaN in a type without NaN; newer data expects 0"
#define SUM "this data misses one of the columns that overlap; newer data has it"
#define ANGLES \
    "this data gives caches for the whole head and turns a part; newer data has one angle a turned pair"
#define CUT "this data cuts the lower half of a float off; newer data rounds to the nearest bf16"
#define LIKE "this data gives one element to an input that the model declares as [3,4]"
#define MODEL "model.onnx"
#define INPUT_1 "test_data_set_0/input_1.pb"
#define OUTPUT "test_data_set_0/output_0.pb"

static const withdrawn withdrawns[] = {
    {"test_attention_3d", OUTPUT, 0xb626de2e4928d7b5, ROWS},
    {"test_attention_3d_attn_mask", OUTPUT, 0x7f0bf1ee33112b23, ROWS},
    {"test_attention_3d_causal", OUTPUT, 0x11a3bc475b177e66, ROWS},
    {"test_attention_3d_diff_heads_sizes", OUTPUT, 0x2d35e24cb1f86149, ROWS},
    {"test_attention_3d_diff_heads_sizes_attn_mask", OUTPUT, 0x0f1713bf4d378d55, ROWS},
    {"test_attention_3d_diff_heads_sizes_causal", OUTPUT, 0x1ab79ece8d0ab54e, ROWS},
    {"test_attention_3d_diff_heads_sizes_scaled", OUTPUT, 0xd34d5cac124a0e50, ROWS},
    {"test_attention_3d_diff_heads_sizes_softcap", OUTPUT, 0x7450752a1020c336, ROWS},
    {"test_attention_3d_diff_heads_with_past_and_present", OUTPUT, 0xa428427ba8bed064, ROWS},
    {"test_attention_3d_gqa", OUTPUT, 0x3ed1b171cf23b026, GROUPS},
    {"test_attention_3d_gqa_attn_mask", OUTPUT, 0x0a51e9f650bd79fc, GROUPS},
    {"test_attention_3d_gqa_causal", OUTPUT, 0x17a252be83f3d6f6, GROUPS},
    {"test_attention_3d_gqa_scaled", OUTPUT, 0xe5fb56a2ec614c9e, GROUPS},
    {"test_attention_3d_gqa_softcap", OUTPUT, 0x4cca90e9e29167a6, GROUPS},
    {"test_attention_3d_gqa_with_past_and_present", OUTPUT, 0x1f37d506ccb3c3cc, GROUPS},
    {"test_attention_3d_scaled", OUTPUT, 0x7802fcaf4426ae07, ROWS},
    {"test_attention_3d_softcap", OUTPUT, 0xaba212c6f3be1aa4, ROWS},
    {"test_attention_3d_with_past_and_present", OUTPUT, 0x41af52d36bb98e02, ROWS},
    {"test_attention_3d_with_past_and_present_qk_matmul", OUTPUT, 0x41af52d36bb98e02, ROWS},
    {"test_attention_3d_with_past_and_present_qk_matmul_bias", MODEL, 0xed61a19148deaca1, MODES},
    {"test_attention_3d_with_past_and_present_qk_matmul_softcap", MODEL, 0x4c5121fdf5841a8c, SOFTCAP},
    {"test_attention_3d_with_past_and_present_qk_matmul_softmax", OUTPUT, 0x41af52d36bb98e02, ROWS},
    {"test_attention_4d_gqa", OUTPUT, 0x88c1bb3687c5db95, GROUPS},
    {"test_attention_4d_gqa_attn_mask", OUTPUT, 0xb800e282e39e121f, GROUPS},
    {"test_attention_4d_gqa_causal", OUTPUT, 0x5594bd0462576f59, GROUPS},
    {"test_attention_4d_gqa_scaled", OUTPUT, 0x5c138d2a725fd3cd, GROUPS},
    {"test_attention_4d_gqa_softcap", OUTPUT, 0x2f83e4d65d334e52, GROUPS},
    {"test_attention_4d_gqa_with_past_and_present", OUTPUT, 0xf3b5c8eddcacf923, GROUPS},
    {"test_attention_4d_with_past_and_present_qk_matmul_bias", MODEL, 0xa72f4dbda5b12464, MODES},
    {"test_attention_4d_with_past_and_present_qk_matmul_bias_3d_mask", MODEL, 0xcec53b9659706282, MODES},
    {"test_attention_4d_with_past_and_present_qk_matmul_bias_3d_mask_causal", MODEL, 0x5cdb5e4e7b97b70d,
     MODES},
    {"test_attention_4d_with_past_and_present_qk_matmul_bias_4d_mask", MODEL, 0x5265d8e6e3c58863, MODES},
    {"test_attention_4d_with_past_and_present_qk_matmul_bias_4d_mask_causal", MODEL, 0xd4ff2cb51efd497e,
     MODES},
    {"test_attention_4d_with_qk_matmul_bias", MODEL, 0x296b1846ff7de3d9, MODES},
    {"test_attention_4d_with_qk_matmul_softcap", MODEL, 0x977339e13992edc6, SOFTCAP},
    {"test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True", OUTPUT,
     0x29dfe5e5295b9315, CEIL},
    {"test_cast_FLOAT16_to_FLOAT4E2M1", OUTPUT, 0x630ba6a77a12e2b7, NAN_F4},
    {"test_cast_FLOAT_to_BFLOAT16", OUTPUT, 0x9d049563e06a25c1, CUT},
    {"test_cast_FLOAT_to_FLOAT4E2M1", OUTPUT, 0x630ba6a77a12e2b7, NAN_F4},
    {"test_castlike_BFLOAT16_to_FLOAT", INPUT_1, 0xc6f7f3c3960cfdcd, LIKE},
    {"test_castlike_BFLOAT16_to_FLOAT_expanded", INPUT_1, 0xc6f7f3c3960cfdcd, LIKE},
    {"test_castlike_FLOAT_to_BFLOAT16", OUTPUT, 0x9d049563e06a25c1, CUT},
    {"test_castlike_FLOAT_to_BFLOAT16_expanded", OUTPUT, 0x9d049563e06a25c1, CUT},
    {"test_col2im_pads", OUTPUT, 0xec5ef7e70e91e44f, SUM},
    {"test_l2normalization_axis_0", OUTPUT, 0x38a53707768dd0c2, NO_NORM},
    {"test_qlinearmatmul_2D_int8_float16", OUTPUT, 0x9f7315a3c445571d, WRAPPED},
    {"test_qlinearmatmul_2D_int8_float32", OUTPUT, 0x9f7315a3c445571d, WRAPPED},
    {"test_qlinearmatmul_3D_int8_float16", OUTPUT, 0x5b187789361cd4b9, WRAPPED},
    {"test_qlinearmatmul_3D_int8_float32", OUTPUT, 0xa2044766f73b5add, WRAPPED},
    {"test_rotary_embedding_no_position_ids_rotary_dim", MODEL, 0x2d9b95848dea1ef9, ANGLES},
    {"test_rotary_embedding_with_interleaved_rotary_dim", MODEL, 0x6739f6f8a2800a89, ANGLES},
    {"test_rotary_embedding_with_rotary_dim", MODEL, 0xc1b42fbb1c13f1ad, ANGLES},
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
