// SPDX-License-Identifier: Apache-2.0
// encoding.c - the freedoms that protobuf and ONNX leave a writer: each row is one model said in an unusual
// way, and reads like the usual one.
#include "check.h"

#include "import/import.h"
#include "ir/text.h"
#include "onnx_writer.h"

static tn_env *env;
static tn_diags *diags;
static tn_graph *graph;
static bytes file;
static tni_text text;

static void forget(void) {
    tn_graph_free(graph);
    graph = NULL;
    free(file.data);
    file = (bytes){0};
    tn_diags_clear(diags);
    tni_text_free(&text);
    text = (tni_text){.env = env};
}

// The model around one graph, opset 25, as text; what is said of it where it cannot be read.
static const char *read_graph(bytes g) {
    forget();
    put_int(&file, 1, 8);
    put_message(&file, 8, opset("", 25));
    put_message(&file, 7, g);
    if (tni_import_memory(&graph, env, file.data, file.size, "m", NULL, NULL, diags) != TN_OK)
        return tn_diags_count(diags) ? tn_diags_get(diags, 0)->message : "no message";
    tni_graph_print(&text, graph, false);
    return text.data;
}

// x: f32[2] -> node -> y.
static bytes around(bytes node_) {
    bytes g = {0};
    put_message(&g, 11, value("x", TN_F32, "2"));
    put_message(&g, 1, node_);
    put_message(&g, 12, value("y", TN_F32, NULL));
    return g;
}

static bytes with(bytes node_, bytes attr) {
    put_message(&node_, 5, attr);
    return node_;
}

static bytes number(const char *name, int64_t v) {
    bytes b = {0};
    put_text(&b, 1, name);
    put_int(&b, 3, v);
    return b;
}

static void an_attribute_may_say_no_type(void) {
    CHECK(
        strstr(read_graph(around(with(node("Concat", "x x", "y"), number("axis", 0)))), "{axis=0} : f32[4]"));
    bytes alpha = {0}, perm = {0};
    put_text(&alpha, 1, "alpha");
    put_float(&alpha, 2, 0.5f);
    CHECK(strstr(read_graph(around(with(node("Elu", "x", "y"), alpha))), "{alpha=0.5}"));
    put_text(&perm, 1, "perm");
    put_int(&perm, 8, 0);
    CHECK(strstr(read_graph(around(with(node("Transpose", "x", "y"), perm))), "{perm=[0]}"));
}

static void the_last_of_a_field_counts(void) {
    bytes axis = attr_int("axis", 7);
    put_int(&axis, 3, 0);
    CHECK(strstr(read_graph(around(with(node("Concat", "x x", "y"), axis))), "{axis=0} : f32[4]"));
    bytes n = node("Relu", "x", "y");
    put_text(&n, 4, "Neg");
    CHECK(strstr(read_graph(around(n)), "%y = Neg(%x)"));
}

static void numbers_of_a_list_come_packed_singly_or_mixed(void) {
    bytes mixed = {0}, packed = {0};
    put_varint(&packed, 0);
    put_varint(&packed, 1);
    put_text(&mixed, 1, "perm");
    put_message(&mixed, 8, packed);
    put_int(&mixed, 8, 2);
    put_int(&mixed, 20, 7);
    bytes g = {0};
    put_message(&g, 11, value("x", TN_F32, "2 3 4"));
    put_message(&g, 1, with(node("Transpose", "x", "y"), mixed));
    put_message(&g, 12, value("y", TN_F32, NULL));
    CHECK(strstr(read_graph(g), "{perm=[0,1,2]}"));
}

static void fields_that_nobody_knows_are_skipped(void) {
    bytes n = node("Relu", "x", "y"), g;
    put_int(&n, 1000, 5);
    put_text(&n, 1001, "of the future");
    put_float(&n, 1002, 1);
    g = around(n);
    put_text(&g, 999, "as well");
    CHECK(strstr(read_graph(g), "%y = Relu(%x)"));
}

static bytes bits(int64_t dtype, const char *dims, const int64_t *v, size_t n) {
    bytes b = tensor("w", dtype, dims);
    for (size_t i = 0; i < n; i++) put_int(&b, 5, v[i]);
    return b;
}

// f16, bf16 and f8 lie in int32_data as bit patterns, not as numbers.
static void narrow_numbers_are_bit_patterns(void) {
    static const struct {
        int64_t dtype, bits[2];
        double is[2];
    } rows[] = {
        {TN_F16, {0x3c00, 0xfbff}, {1, -65504}},  {TN_BF16, {0x3f80, 0xc000}, {1, -2}},
        {TN_F8E4M3FN, {0x38, 0xfe}, {1, -448}},   {TN_F8E5M2, {0x3c, 0xfb}, {1, -57344}},
        {TN_F8E4M3FNUZ, {0x40, 0xff}, {1, -240}}, {TN_F8E5M2FNUZ, {0x40, 0xff}, {1, -57344}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bytes g = around(node("Relu", "x", "y"));
        put_message(&g, 5, bits(rows[i].dtype, "2", rows[i].bits, 2));
        read_graph(g);
        const tni_value *w = graph ? tni_value_find(graph, "w") : NULL;
        const tn_tensor *t = w ? tni_constant(w) : NULL;
        CHECK(t && t->dtype == (tn_dtype)rows[i].dtype);
        CHECK(t && tni_get(t, 0) == rows[i].is[0] && tni_get(t, 1) == rows[i].is[1]);
    }
}

static void a_tensor_in_two_pieces_is_one(void) {
    static const float numbers[] = {3, 4};
    bytes first = {0}, second = {0}, attr = {0};
    put_int(&first, 1, 2);
    put_int(&first, 2, TN_F32);
    put_bytes(&second, 9, numbers, sizeof numbers);
    put_text(&attr, 1, "value");
    put_int(&attr, 20, 4);
    put_message(&attr, 5, first);
    put_message(&attr, 5, second);
    bytes g = around(with(node("Constant", "", "c"), attr));
    put_message(&g, 1, node("Add", "x c", "y"));
    CHECK(strstr(read_graph(g), "const %c: f32[2] = {3, 4}"));
}

// Names belong to their graph: siblings may use one for different things.
static void bodies_may_use_the_same_names(void) {
    bytes then = {0}, otherwise = {0}, g;
    put_message(&then, 1, node("Neg", "x", "t"));
    put_message(&then, 1, node("Abs", "t", "r"));
    put_message(&then, 12, value("r", TN_F32, NULL));
    put_message(&otherwise, 1, node("Exp", "x", "t"));
    put_message(&otherwise, 1, node("Sqrt", "t", "r"));
    put_message(&otherwise, 12, value("r", TN_F32, NULL));
    g = around(with(with(node("If", "go", "y"), attr_message("then_branch", 6, 5, then)),
                    attr_message("else_branch", 6, 5, otherwise)));
    put_message(&g, 11, value("go", TN_BOOL, ""));
    const char *got = read_graph(g);
    CHECK(strstr(got, "Neg(%x)") && strstr(got, "Exp(%x)") && tn_diags_count(diags) == 0);
    CHECK(graph && tni_verify(graph, diags) == TN_OK);
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 1;
    RUN(an_attribute_may_say_no_type);
    RUN(the_last_of_a_field_counts);
    RUN(numbers_of_a_list_come_packed_singly_or_mixed);
    RUN(fields_that_nobody_knows_are_skipped);
    RUN(narrow_numbers_are_bit_patterns);
    RUN(a_tensor_in_two_pieces_is_one);
    RUN(bodies_may_use_the_same_names);
    forget();
    tni_text_free(&text);
    tn_diags_free(diags);
    tn_env_free(env);
    return DONE();
}
