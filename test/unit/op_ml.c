// SPDX-License-Identifier: Apache-2.0
// op_ml.c - classical models and ONNX Runtime's fused attention: tables, trees that are broken, two classes
// of one score, caches that do not fit, packed weights.
#include "check.h"
#include "evaluate.h"

// -------------------------------------------------------------------------------------------------- tables

static void last_of_equal_keys_counts_and_nan_is_a_key(void) {
    CHECK_TEXT(evaluate("const %x: f32[4] = {nan, 1, 2, -0.0}\n"
                        "%y = ai.onnx.ml.LabelEncoder(%x) {keys_floats=[1.0, nan, 1.0, 0.0],"
                        " values_int64s=[10, 20, 30, 40], default_int64=-5}\nout %y"),
               "i64[4]{20, 30, -5, 40}");
    CHECK_TEXT(evaluate("const %x: string[2] = {\"b\", \"z\"}\n"
                        "%y = ai.onnx.ml.LabelEncoder(%x) {keys_strings=[\"a\", \"b\"],"
                        " values_strings=[\"A\", \"B\"]}\nout %y"),
               "string[2]{'B', '_Unused'}");
    CHECK(strstr(infer("in %x: i64[2]\n%y = ai.onnx.ml.LabelEncoder(%x) {keys_strings=[\"a\"],"
                       " values_int64s=[1]}\nout %y"),
                 "the keys are string, the input is i64"));
    CHECK(strstr(infer("in %x: i64[2]\n%y = ai.onnx.ml.LabelEncoder(%x) {keys_int64s=[1, 2],"
                       " values_int64s=[1]}\nout %y"),
                 "there are 2 keys for 1 values"));
}

static void categories_that_are_missing(void) {
    CHECK_TEXT(evaluate("const %x: f32[2] = {2.9, 7}\n"
                        "%y = ai.onnx.ml.OneHotEncoder(%x) {cats_int64s=[1, 2]}\nout %y"),
               "f32[2,2]{0, 1, 0, 0}");
    CHECK(strstr(evaluate("const %x: i64[2] = {1, 7}\n"
                          "%y = ai.onnx.ml.OneHotEncoder(%x) {cats_int64s=[1, 2], zeros=0}\nout %y"),
                 "element 1 is none of the categories"));
}

static void features_by_column(void) {
    CHECK_TEXT(
        evaluate("const %x: f32[2,2] = {nan, 1, 2, nan}\n"
                 "%y = ai.onnx.ml.Imputer(%x) {imputed_value_floats=[5.0, 6.0], replaced_value_float=nan}\n"
                 "%z = ai.onnx.ml.Scaler(%y) {offset=[1.0], scale=[2.0, 3.0]}\nout %y\nout %z"),
        "f32[2,2]{5, 1, 2, 6} f32[2,2]{8, 0, 2, 15}");
    CHECK_TEXT(evaluate("const %x: f32[2,2] = {0, 0, -3, 4}\n%a = ai.onnx.ml.Normalizer(%x) {norm=\"L1\"}\n"
                        "%b = ai.onnx.ml.Normalizer(%x) {norm=\"L2\"}\nout %a\nout %b"),
               "f32[2,2]{0, 0, -0.428571, 0.571429} f32[2,2]{0, 0, -0.6, 0.8}");
    CHECK(strstr(infer("in %x: f32[2,3]\n%y = ai.onnx.ml.Scaler(%x) {scale=[1.0, 2.0]}\nout %y"),
                 "'scale' has 2 entries for 3 features"));
    CHECK(strstr(evaluate("const %x: f32[3] = {1, 2, 3}\nconst %i: i64[1] = {3}\n"
                          "%y = ai.onnx.ml.ArrayFeatureExtractor(%x, %i)\nout %y"),
                 "index 3 is outside [-3, 3)"));
}

// ---------------------------------------------------------------------------------------------------- maps

static void a_map_is_values_and_keys(void) {
    CHECK_TEXT(evaluate("const %m: f32[3] = {5, 6, 7}\nconst %k: string[3] = {\"b\", \"a\", \"z\"}\n"
                        "%y = ai.onnx.ml.DictVectorizer(%m, %k) {string_vocabulary=[\"a\", \"c\", \"b\"]}\n"
                        "out %y"),
               "f32[1,3]{6, 0, 5}");
    CHECK_TEXT(evaluate("const %m: f32[3] = {5, 6, 7}\nconst %k: i64[3] = {4, 0, 2}\n"
                        "%a = ai.onnx.ml.CastMap(%m, %k) {cast_to=\"TO_INT64\"}\n"
                        "%b = ai.onnx.ml.CastMap(%m, %k) {map_form=\"SPARSE\", max_map=4}\nout %a\nout %b"),
               "i64[1,3]{6, 7, 5} f32[1,4]{6, 0, 7, 0}");
    CHECK(strstr(evaluate("const %m: f32[1] = {5}\nconst %k: i64[1] = {-1}\n"
                          "%a = ai.onnx.ml.CastMap(%m, %k) {map_form=\"SPARSE\"}\nout %a"),
                 "key -1 is negative"));
    CHECK(strstr(infer("in %m: f32[3]\nin %k: i64[2]\n%a = ai.onnx.ml.CastMap(%m, %k)\nout %a"),
                 "number of keys must be 3, but is 2"));
    CHECK(strstr(infer("in %x: f32[N,3]\n%z = ai.onnx.ml.ZipMap(%x) {classlabels_int64s=[1, 2]}\nout %z"),
                 "there are 2 class labels for 3 columns"));
}

// --------------------------------------------------------------------------------------------------- words

static void texts_become_words(void) {
    CHECK_TEXT(evaluate("const %x: string[2] = {\"a bc  d\", \"xy\"}\n"
                        "%y = com.microsoft.Tokenizer(%x) {tokenexp=\"[a-z]+\", pad_value=\"#\"}\nout %y"),
               "string[2,3]{'a', 'bc', 'd', 'xy', '#', '#'}");
    CHECK_TEXT(
        evaluate("const %x: string[1] = {\"a-bc, d\"}\n"
                 "%y = com.microsoft.Tokenizer(%x) {separators=[\", \", \"-\"], mincharnum=2}\nout %y"),
        "string[1,1]{'bc'}");
    CHECK_TEXT(evaluate("const %x: string[1,1] = {\"ab\"}\n"
                        "%y = com.microsoft.Tokenizer(%x) {separators=[\"\"], mark=1}\nout %y"),
               "string[1,1,4]{'\x02', 'a', 'b', '\x03'}");
    CHECK(strstr(infer("in %x: string[N]\n%y = com.microsoft.Tokenizer(%x) {tokenexp=\"(\"}\nout %y"),
                 "'(', at character"));
}

// --------------------------------------------------------------------------------------------------- trees

// One node: x0 <= 0.5 ? leaf 0 : leaf 1.
#define TREE(rest)                                                                                     \
    "const %x: f32[3,1] = {0, 1, nan}\n%y = ai.onnx.ml.TreeEnsemble(%x) {tree_roots=[0], n_targets=1," \
    " nodes_modes=tensor u8[1] = {0}, nodes_splits=tensor f32[1] = {0.5}, nodes_truenodeids=[0],"      \
    " nodes_trueleafs=[1], nodes_falseleafs=[1], leaf_targetids=[0, 0],"                               \
    " leaf_weights=tensor f32[2] = {10, 20}, " rest "}\nout %y"

static void missing_values_go_where_they_are_told(void) {
    CHECK_TEXT(evaluate(TREE("nodes_featureids=[0], nodes_falsenodeids=[1]")), "f32[3,1]{10, 20, 20}");
    CHECK_TEXT(
        evaluate(TREE("nodes_featureids=[0], nodes_falsenodeids=[1], nodes_missing_value_tracks_true=[1]")),
        "f32[3,1]{10, 20, 10}");
}

static void broken_trees_are_refused(void) {
    CHECK(strstr(evaluate(TREE("nodes_featureids=[1], nodes_falsenodeids=[1]")),
                 "a node compares feature 1 of 1"));
    CHECK(strstr(evaluate(TREE("nodes_featureids=[0], nodes_falsenodeids=[2]")),
                 "a node's branch leads out of the tree"));
    CHECK(strstr(evaluate(TREE("nodes_featureids=[0], nodes_falsenodeids=[-1]")),
                 "node 0 has a negative branch"));
    CHECK(strstr(evaluate(TREE("nodes_featureids=[0, 0], nodes_falsenodeids=[1]")),
                 "'nodes_truenodeids' has 1 entries, expected 2"));
    CHECK(strstr(
        evaluate("const %x: f32[1,1] = {0}\n%y = ai.onnx.ml.TreeEnsemble(%x) {tree_roots=[0], n_targets=1,"
                 " nodes_modes=tensor u8[1] = {0}, nodes_splits=tensor f32[1] = {0.5}, nodes_featureids=[0],"
                 " nodes_truenodeids=[0], nodes_falsenodeids=[0], nodes_trueleafs=[0],"
                 " nodes_falseleafs=[0], leaf_targetids=[0], leaf_weights=tensor f32[1] = {1}}\nout %y"),
        "the nodes of a tree run in a circle"));
}

// Two trees of one node each, for class 0 of two: x0 <= 0 ? a : b.
#define FOREST(labels, weights)                                                                            \
    "const %x: f32[2,1] = {-1, 1}\n%y, %z = ai.onnx.ml.TreeEnsembleClassifier(%x) {" labels                \
    ", nodes_treeids=[0, 0, 0], nodes_nodeids=[0, 1, 2], nodes_featureids=[0, 0, 0],"                      \
    " nodes_values=[0.0, 0.0, 0.0], nodes_modes=[\"BRANCH_LEQ\", \"LEAF\", \"LEAF\"],"                     \
    " nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0], class_treeids=[0, 0], class_nodeids=[1, " \
    "2],"                                                                                                  \
    " class_ids=[0, 0], class_weights=[" weights "]}\nout %y\nout %z"

static void one_score_decides_between_two_classes(void) {
    CHECK_TEXT(evaluate(FOREST("classlabels_int64s=[3, 4]", "0.25, 0.75")),
               "i64[2]{3, 4} f32[2,2]{0.75, 0.25, 0.25, 0.75}");
    CHECK_TEXT(evaluate(FOREST("classlabels_strings=[\"n\", \"p\"]", "-2.0, 3.0")),
               "string[2]{'n', 'p'} f32[2,2]{2, -2, -3, 3}");
    CHECK(strstr(infer(FOREST("classlabels_int64s=[3]", "1.0, 1.0")), "at least two are needed"));
    CHECK(strstr(infer(FOREST("classlabels_int64s=[3, 4], post_transform=\"TANH\"", "1.0, 1.0")),
                 "post_transform must be"));
}

static void linear_models(void) {
    CHECK_TEXT(evaluate("const %x: f32[1,2] = {1, 2}\n"
                        "%a = ai.onnx.ml.LinearRegressor(%x) {coefficients=[1.0, 10.0, 2.0, 20.0], targets=2,"
                        " intercepts=[0.5, 0.25]}\n"
                        "%b, %c = ai.onnx.ml.LinearClassifier(%x) {coefficients=[1.0, 10.0, 2.0, 20.0],"
                        " classlabels_ints=[7, 8]}\nout %a\nout %b\nout %c"),
               "f32[1,2]{21.5, 42.25} i64[1]{8} f32[1,2]{21, 42}");
    CHECK(strstr(
        infer("in %x: f32[1,3]\n%a = ai.onnx.ml.LinearRegressor(%x) {coefficients=[1.0, 2.0]}\nout %a"),
        "there are 2 coefficients for 1 results of 3 features"));
}

// ------------------------------------------------------------------------------- ONNX Runtime's own
// operators

static void caches_that_do_not_fit_are_refused(void) {
#define GROUPS(past, lengths, total)                                                            \
    "const %q: f32[1,1,2] = {1, 1}\nconst %k: f32[1,1,1] = {1}\nconst %p: f32[1,1," past "\n"   \
    "const %l: i32[1] = {" lengths "}\nconst %t: i32[] = {" total "}\n"                         \
    "%y, %a, %b = com.microsoft.GroupQueryAttention(%q, %k, %k, %p, %p, %l, %t) {num_heads=2, " \
    "kv_num_heads=1}\n"                                                                         \
    "out %y\nout %a"
    CHECK_TEXT(evaluate(GROUPS("2,1] = {3, 4}", "2", "3")),
               "f32[1,1,2]{3.63515, 3.63515} f32[1,1,3,1]{3, 4, 1}");
    CHECK(strstr(evaluate(GROUPS("2,1] = {3, 4}", "5", "6")),
                 "it does not fit a cache of 2 and a longest of 6"));
    CHECK(strstr(evaluate(GROUPS("2,1] = {3, 4}", "2", "2")),
                 "it does not fit a cache of 2 and a longest of 2"));
    CHECK(strstr(evaluate(GROUPS("2,1] = {3, 4}", "-2", "2")), "has -1 tokens"));
    CHECK(strstr(evaluate("const %q: f32[1,1,2] = {1, 1}\nconst %k: f32[1,1,1] = {1}\n"
                          "const %l: i32[1] = {0}\nconst %t: i32[0] = {}\n"
                          "%y = com.microsoft.GroupQueryAttention(%q, %k, %k, _, _, %l, %t) {num_heads=2, "
                          "kv_num_heads=1}\nout %y"),
                 "total_sequence_length must be one number"));
}

static void packed_inputs_are_taken_apart(void) {
    // the same numbers, packed [B,S,heads,3,width] and apart: softmax over one key is 1
    CHECK_TEXT(evaluate("const %q: f32[1,1,2,3,1] = {1, 2, 3, 4, 5, 6}\n"
                        "%y = com.microsoft.MultiHeadAttention(%q) {num_heads=2}\nout %y"),
               "f32[1,1,2]{3, 6}");
    CHECK(strstr(infer("in %q: f32[1,1,4]\n%y = com.microsoft.MultiHeadAttention(%q) {num_heads=2}\nout %y"),
                 "the input key is missing"));
    CHECK(strstr(
        infer("in %q: f32[1,1,5]\n%y = com.microsoft.MultiHeadAttention(%q, %q, %q) {num_heads=2}\nout %y"),
        "5 elements do not divide into 2 heads"));
}

static void packed_weights_begin_at_the_low_bits(void) {
    CHECK_TEXT(
        evaluate("const %a: f32[1,16] = {1, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}\n"
                 "const %b: u8[1,1,8] = {169, 0, 0, 0, 0, 0, 0, 0}\nconst %s: f32[1,1] = {0.5}\n"
                 "%y = com.microsoft.MatMulNBits(%a, %b, %s) {K=16, N=1, bits=4, block_size=16}\nout %y"),
        "f32[1,1]{10.5}"); // 0xA9: (9 - 8) / 2 + 10 * (10 - 8) / 2
    CHECK(strstr(infer("in %a: f32[1,16]\nin %b: u8[1,1,7]\nin %s: f32[1,1]\n"
                       "%y = com.microsoft.MatMulNBits(%a, %b, %s) {K=16, N=1, block_size=16}\nout %y"),
                 "B has 7 elements, expected 8"));
    CHECK(strstr(infer("in %a: f32[1,16]\nin %b: u8[1,1,8]\nin %s: f32[1,1]\n"
                       "%y = com.microsoft.MatMulNBits(%a, %b, %s) {K=16, N=1, block_size=24}\nout %y"),
                 "block_size is 24, expected a power of two"));
}

int main(void) {
    RUN(last_of_equal_keys_counts_and_nan_is_a_key);
    RUN(categories_that_are_missing);
    RUN(features_by_column);
    RUN(a_map_is_values_and_keys);
    RUN(texts_become_words);
    RUN(missing_values_go_where_they_are_told);
    RUN(broken_trees_are_refused);
    RUN(one_score_decides_between_two_classes);
    RUN(linear_models);
    RUN(caches_that_do_not_fit_are_refused);
    RUN(packed_inputs_are_taken_apart);
    RUN(packed_weights_begin_at_the_low_bits);
    return DONE();
}
