// SPDX-License-Identifier: Apache-2.0
// import.c - ONNX models into graphs, and what is said about those that are wrong.
#define _DEFAULT_SOURCE
#include "check.h"

#include "import/import.h"
#include "import/onnx.h"
#include "ir/text.h"
#include "onnx_writer.h"

#include <sys/stat.h>
#include <unistd.h>

static tn_env *env;
static tn_diags *diags;
static tn_graph *graph;
static bytes file;
static char text[8192];

// ---- loading

static void forget(void) {
    tn_graph_free(graph);
    graph = NULL;
    free(file.data);
    file = (bytes){0};
    tn_diags_clear(diags);
}

// Loads `b`, which is kept until the next one.
static tn_status load(bytes b) {
    forget();
    file = b;
    return tni_import_memory(&graph, env, b.data, b.size, "m", NULL, NULL, diags);
}

static const char *print(void) {
    tni_text t = {.env = env};
    snprintf(text, sizeof text, "%s", "(none)");
    if (graph) tni_graph_print(&t, graph, false);
    if (t.data) snprintf(text, sizeof text, "%s", t.data);
    tni_text_free(&t);
    return text;
}

static const char *complaints(void) {
    size_t n = 0;
    text[0] = 0;
    for (size_t i = 0; i < tn_diags_count(diags) && n < sizeof text - 600; i++) {
        n += tn_diags_format(diags, i, text + n, sizeof text - n);
        n += (size_t)snprintf(text + n, sizeof text - n, "\n");
    }
    return text;
}

static size_t count(tn_severity severity) {
    size_t n = 0;
    for (size_t i = 0; i < tn_diags_count(diags); i++) n += tn_diags_get(diags, i)->severity == severity;
    return n;
}

// ---- graphs

static void add(bytes *graph_, bytes node_) { put_message(graph_, 1, node_); }
static void input(bytes *g, const char *name, const char *dims) {
    put_message(g, 11, value(name, TN_F32, dims));
}
static void output(bytes *g, const char *name) { put_message(g, 12, value(name, TN_F32, NULL)); }

static bytes with(bytes node_, bytes attr) {
    put_message(&node_, 5, attr);
    return node_;
}

static bytes named(bytes node_, const char *name) {
    put_text(&node_, 3, name);
    return node_;
}

// x: f32[N,2] -> nodes -> y.
static bytes around(const bytes *nodes, size_t n) {
    bytes g = {0};
    input(&g, "x", "N 2");
    for (size_t i = 0; i < n; i++) add(&g, nodes[i]);
    output(&g, "y");
    return g;
}
#define AROUND(...) around((bytes[]){__VA_ARGS__}, sizeof((bytes[]){__VA_ARGS__}) / sizeof(bytes))

static const float two_floats[] = {0.5f, 2};

static void a_small_model(void) {
    bytes g = AROUND(node("Add", "x w", "s"), node("Relu", "s", "y"));
    put_message(&g, 5, tensor_raw("w", TN_F32, "2", two_floats, sizeof two_floats));
    put_text(&g, 2, "small");
    CHECK(load(model(g, 17)) == TN_OK);
    CHECK_TEXT(print(), "graph \"small\" {\n"
                        "  in %x: f32[N,2]\n"
                        "  const %w: f32[2] = {0.5, 2}\n"
                        "  %s = Add(%x, %w) : f32[N,2]\n"
                        "  %y = Relu(%s) : f32[N,2]\n"
                        "  out %y\n"
                        "}\n");
    CHECK(tn_diags_count(diags) == 0);
}

static void an_input_with_an_initializer_is_a_constant(void) {
    bytes g = AROUND(node("Add", "x w", "y"));
    input(&g, "w", "2");
    put_message(&g, 5, tensor_raw("w", TN_F32, "2", two_floats, sizeof two_floats));
    CHECK(load(model(g, 17)) == TN_OK);
    CHECK(graph && graph->ninput == 1 && tni_constant(tni_value_find(graph, "w")));
}

static void unknown_dimensions_become_symbols(void) {
    bytes g = {0};
    input(&g, "in put", "-1 _ ? 0 7");
    add(&g, node("Relu", "in_put", "y"));
    output(&g, "y");
    free(g.data);
    g = (bytes){0};
    input(&g, "in:put", "-1 _ ? 0 7");
    add(&g, node("Relu", "in:put", "y"));
    output(&g, "y");
    CHECK(load(model(g, 17)) == TN_OK);
    CHECK(strstr(print(), "f32[in_put.0,in_put.1,in_put.2,0,7]"));
}

static void nodes_out_of_order_are_sorted(void) {
    CHECK(load(model(AROUND(node("Relu", "b", "y"), node("Abs", "a", "b"), node("Neg", "x", "a")), 17)) ==
          TN_OK);
    CHECK(strstr(print(), "Neg(%x) : f32[N,2]\n  %b = Abs(%a) : f32[N,2]\n  %y = Relu(%b)"));
    CHECK(count(TN_WARNING) == 1 && strstr(complaints(), "not in an order of running"));
}

static void circles_are_told_once(void) {
    CHECK(load(model(AROUND(named(node("Add", "x b", "a"), "first"), named(node("Neg", "a", "b"), "second"),
                            node("Relu", "a", "y")),
                     17)) == TN_INVALID);
    CHECK(count(TN_ERROR) == 1 && strstr(complaints(), "in a circle: 'first' -> 'second' -> 'first'"));
    CHECK(load(model(AROUND(node("Relu", "y", "y")), 17)) == TN_INVALID);
    CHECK(count(TN_ERROR) == 1);
}

static void every_problem_is_told_and_no_consequence(void) {
    CHECK(load(model(AROUND(named(node("Frobnicate", "x", "a"), "one"), node("Relu", "a", "b"),
                            named(with(node("Softmax", "x", "c"), attr_int("axes", 1)), "two"),
                            named(node("Add", "x nowhere", "d"), "three"), node("Mul", "d b", "e"),
                            named(node("Concat", "e", "f"), "four"), node("Sum", "c f", "y")),
                     17)) != TN_OK);
    const char *all = complaints();
    CHECK(count(TN_ERROR) == 4);
    CHECK(strstr(all, "error: m: Frobnicate: node 'one' (opset 17): there is no operator 'Frobnicate'"));
    CHECK(strstr(all, "node 'two' (opset 17), tensor 'axes': the operator has no attribute 'axes'"));
    CHECK(strstr(all, "node 'three' (opset 17), tensor 'nowhere': the node reads 'nowhere', which nothing"));
    CHECK(strstr(all, "node 'four' (opset 17), tensor 'axis': attribute 'axis' is required"));
}

static void an_unknown_operator_is_told_once_with_its_nodes(void) {
    bytes g = {0};
    char name[16];
    input(&g, "x", "2");
    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "y%d", i);
        add(&g, node("Frobnicate", "x", name));
    }
    output(&g, "y3");
    CHECK(load(model(g, 17)) == TN_UNSUPPORTED);
    CHECK(count(TN_ERROR) == 1);
    CHECK(strstr(complaints(), "30 nodes use it: 'y0', 'y1', 'y2', 'y3', 'y4', 'y5' and 24 more"));
    CHECK(count(TN_NOTE) == 9 && strstr(complaints(), "there are 22 more such regions"));
}

static bytes in_domain(bytes node, const char *domain) {
    put_text(&node, 7, domain);
    return node;
}

// Everything unknown in one report: operators once each, regions with what enters and leaves them.
static void what_is_left_out_on_purpose_says_what_to_do_instead(void) {
    bytes g = {0}, m;
    input(&g, "x", "N 4");
    add(&g, in_domain(node("BeamSearch", "x", "y"), "com.microsoft"));
    add(&g, in_domain(node("EPContext", "x", "z"), "com.microsoft"));
    add(&g, in_domain(node("Beam", "x", "w"), "com.microsoft")); // no name of one that is
    output(&g, "y");
    m = model(g, 17);
    put_message(&m, 8, opset("com.microsoft", 1));
    CHECK(load(m) != TN_OK);
    CHECK(strstr(complaints(), "hint: a generation loop belongs into the program"));
    CHECK(strstr(complaints(), "hint: it holds a program for another processor"));
    CHECK(strstr(complaints(), "hint: write it as a plug-in"));
}

static void unknown_operators_are_told_with_their_boundary(void) {
    bytes g = {0}, body = {0}, other = {0}, m;
    input(&g, "x", "N 4");
    put_message(&g, 5, tensor_raw("w", TN_F32, "2", two_floats, 8));
    add(&g, node("Relu", "x", "a"));
    add(&g, in_domain(named(node("Foo", "a w", "b"), "foo1"), "com.test"));
    add(&g, in_domain(named(node("Bar", "b a", "c d"), "bar1"), "com.test"));
    add(&g, node("Neg", "c", "e"));
    add(&g, in_domain(named(node("Foo", "x w", "f"), "foo2"), "com.test"));
    add(&body, in_domain(named(node("Baz", "e", "inner"), "baz"), "com.test")); // reads the outer graph
    put_message(&body, 12, value("inner", TN_F32, NULL));
    add(&other, node("Abs", "e", "inner"));
    put_message(&other, 12, value("inner", TN_F32, NULL));
    put_message(&g, 5, tensor_raw("yes", TN_BOOL, "", "\1", 1));
    add(&g, with(with(node("If", "yes", "g"), attr_message("then_branch", 6, 5, body)),
                 attr_message("else_branch", 6, 5, other)));
    put_message(&g, 12, value("f", TN_F32, "N 4"));
    output(&g, "e");
    m = model(g, 17);
    put_message(&m, 8, opset("com.test", 1));
    CHECK(load(m) != TN_OK);
    const char *all = complaints();
    CHECK(strstr(all, "com.test.Foo: node 'foo1' (opset 1): there is no operator 'Foo' in domain 'com.test'; "
                      "2 nodes use it: 'foo1', 'foo2'"));
    CHECK(strstr(all, "com.test.Bar: node 'bar1' (opset 1): there is no operator 'Bar'"));
    CHECK(strstr(all, "com.test.Baz: node 'baz' (opset 1): there is no operator 'Baz'"));
    CHECK(strstr(all, "hint: write it as a plug-in") &&
          !strstr(strstr(all, "hint: write") + 9, "hint: write"));
    CHECK(strstr(all,
                 "is 2 nodes, 'foo1' (com.test.Foo), 'bar1' (com.test.Bar); into it go 'a' f32[N,4], 'w' "
                 "f32[2] (constant); out of it comes 'c'\n"));
    CHECK(strstr(all,
                 "is 1 node, 'foo2' (com.test.Foo); into it go 'x' f32[N,4], 'w' f32[2] (constant); out of "
                 "it comes 'f' f32["));
    CHECK(strstr(all, "is 1 node, 'baz' (com.test.Baz); into it goes 'e'"));
    CHECK(count(TN_NOTE) == 3);
}

static void names_must_be_unique(void) {
    CHECK(load(model(AROUND(node("Relu", "x", "y"), node("Abs", "x", "y")), 17)) == TN_INVALID);
    CHECK(strstr(complaints(), "tensor 'y': two tensors have this name"));
    bytes g = AROUND(node("Relu", "x", "y"));
    input(&g, "x", "N 2");
    CHECK(load(model(g, 17)) == TN_INVALID);
    CHECK(strstr(complaints(), "tensor 'x': two tensors have this name"));
}

static void nodes_of_one_name_are_told_once(void) {
    CHECK(load(model(AROUND(named(node("Relu", "x", "a"), "n"), named(node("Abs", "a", "b"), "n"),
                            named(node("Neg", "b", "y"), "n")),
                     17)) == TN_OK);
    CHECK(count(TN_WARNING) == 1 && strstr(complaints(), "node 'n': several nodes have this name"));
}

static void an_output_that_nothing_makes(void) {
    CHECK(load(model(AROUND(node("Relu", "x", "z")), 17)) == TN_INVALID);
    CHECK(strstr(complaints(), "tensor 'y': nothing produces this output"));
}

static void omitted_inputs_stay_omitted(void) {
    bytes g = AROUND(node("Clip", "x _ high", "y"));
    put_message(&g, 5, tensor_raw("high", TN_F32, "", two_floats, 4));
    CHECK(load(model(g, 17)) == TN_OK);
    CHECK(strstr(print(), "Clip(%x, _, %high)"));
}

static void constants_of_every_kind(void) {
    bytes t = tensor_raw("t", TN_F32, "2", two_floats, sizeof two_floats);
    CHECK(load(model(AROUND(with(node("Constant", "", "c"), attr_message("value", 5, 4, t)),
                            with(node("Constant", "", "d"), attr_float("value_float", 3)),
                            node("Sum", "x c d", "y")),
                     17)) == TN_OK);
    CHECK(tni_constant(tni_value_find(graph, "c")) &&
          tni_get(tni_constant(tni_value_find(graph, "d")), 0) == 3);
    CHECK(load(model(AROUND(node("Constant", "", "c"), node("Sum", "x c", "y")), 17)) == TN_INVALID);
    CHECK(count(TN_ERROR) == 1 && strstr(complaints(), "exactly one value; this one has none"));
}

// ---- tensors

// The initializer `t` as the model's constant w.
static const tn_tensor *constant(bytes t) {
    bytes g = AROUND(node("Relu", "x", "y"));
    put_message(&g, 5, t);
    return load(model(g, 25)) == TN_OK ? tni_constant(tni_value_find(graph, "w")) : NULL;
}

static bytes ints32(const char *dims, int64_t dtype, const int64_t *v, size_t n) {
    bytes b = tensor("w", dtype, dims), packed = {0};
    for (size_t i = 0; i < n; i++) put_varint(&packed, (uint64_t)v[i]);
    put_message(&b, 5, packed);
    return b;
}

static void typed_fields(void) {
    const tn_tensor *t = constant(ints32("2", TN_F16, (int64_t[]){0x3c00, 0xc000}, 2));
    CHECK(t && tni_get(t, 0) == 1 && tni_get(t, 1) == -2);
    t = constant(ints32("3", TN_I4, (int64_t[]){0x71, 0x0f}, 2));
    CHECK(t && tni_get_int(t, 0) == 1 && tni_get_int(t, 1) == 7 && tni_get_int(t, 2) == -1);
    t = constant(ints32("5", TN_U2, (int64_t[]){0xe4, 2}, 2));
    CHECK(t && tni_get_int(t, 1) == 1 && tni_get_int(t, 3) == 3 && tni_get_int(t, 4) == 2);
    t = constant(ints32("2", TN_BOOL, (int64_t[]){2, 0}, 2));
    CHECK(t && ((const unsigned char *)t->data)[0] == 1);
    t = constant(ints32("2", TN_I8, (int64_t[]){-3, 4}, 2));
    CHECK(t && tni_get_int(t, 0) == -3);
    bytes b = tensor("w", TN_F32, "2");
    put_float(&b, 4, 1);
    put_float(&b, 4, 2); // not packed
    t = constant(b);
    CHECK(t && tni_get(t, 1) == 2);
    b = tensor("w", TN_STRING, "2");
    put_text(&b, 6, "ab");
    put_text(&b, 6, "");
    t = constant(b);
    CHECK(t && ((const tn_str *)t->data)[0].size == 2 && ((const tn_str *)t->data)[1].size == 0);
}

// Weights are not touched when a model is read; those that lie unaligned are copied when somebody needs them.
static void large_weights_stay_in_the_file(void) {
    enum { SIZE = 1 << 20 };
    unsigned char *data = calloc(1, SIZE);
    bool moved = false;
    memcpy(data + SIZE - 4, two_floats, 4);
    for (size_t shift = 1; shift <= 4; shift++) { // one of four names puts the data at an odd place
        bytes g = {0};
        put_bytes(&g, 2, "name", shift);
        put_message(&g, 5, tensor_raw("w", TN_F32, "262144", data, SIZE));
        input(&g, "x", "N 262144");
        add(&g, node("Add", "x w", "y"));
        output(&g, "y");
        size_t before = tn_env_bytes(env);
        CHECK(load(model(g, 17)) == TN_OK);
        const tn_tensor *w = tni_constant(tni_value_find(graph, "w"));
        CHECK(tn_env_bytes(env) < before + SIZE);
        CHECK(w && (unsigned char *)w->data > file.data && (unsigned char *)w->data < file.data + file.size);
        bool odd = w && (uintptr_t)w->data % 4 != 0;
        CHECK(tni_graph_align(graph) == TN_OK);
        w = tni_constant(tni_value_find(graph, "w"));
        CHECK(w && (uintptr_t)w->data % 4 == 0 && tni_get(w, 262143) == 0.5);
        moved = moved || odd;
    }
    CHECK(moved);
    free(data);
}

static void sizes_that_lie_cost_nothing(void) {
    size_t before = tn_env_peak_bytes(env);
    CHECK(!constant(tensor("w", TN_F32, "1000000000 1000")));
    CHECK(strstr(complaints(), "need 1000000000000 values, but the file holds 0"));
    CHECK(!constant(tensor_raw("w", TN_F32, "3", two_floats, sizeof two_floats)));
    CHECK(strstr(complaints(), "tensor 'w': its shape and type f32 need 12 bytes, but the file holds 8"));
    CHECK(!constant(tensor_raw("w", TN_F32, "-1", two_floats, sizeof two_floats)));
    CHECK(!constant(tensor_raw("w", 77, "2", two_floats, sizeof two_floats)));
    CHECK(!constant(tensor("w", TN_F32, "1 1 1 1 1 1 1 1 1 1 1 1 1")));
    CHECK(!constant(tensor("w", TN_F32, "9223372036854775807 4")));
    CHECK(tn_env_peak_bytes(env) < before + (1 << 20));
}

static void sparse_initializers_become_dense(void) {
    const int64_t index[] = {1, 0}, outside[] = {1, 9};
    for (int i = 0; i < 2; i++) {
        bytes sparse = {0}, g = AROUND(node("Relu", "x", "y"));
        put_message(&sparse, 1, tensor_raw("w", TN_F32, "1", two_floats, 4));
        put_message(&sparse, 2, tensor_raw("", TN_I64, "1 2", i ? outside : index, 16));
        put_int(&sparse, 3, 2);
        put_int(&sparse, 3, 3);
        put_message(&g, 15, sparse);
        tn_status status = load(model(g, 17));
        const tn_tensor *t = status == TN_OK ? tni_constant(tni_value_find(graph, "w")) : NULL;
        CHECK(i ? status == TN_FORMAT : t && tni_get(t, 3) == 0.5 && tni_get(t, 0) == 0);
    }
}

// ---- functions

static bytes function(const char *name, const char *ins, const char *outs, bytes body) {
    bytes f = {0};
    put_text(&f, 1, name);
    put_words(&f, 4, ins);
    put_words(&f, 5, outs);
    put_message(&f, 7, body);
    put_message(&f, 9, opset("", 17));
    put_message(&f, 9, opset("own", 1));
    put_text(&f, 10, "own");
    return f;
}

static bytes call(const char *op, const char *ins, const char *outs) {
    bytes n = node(op, ins, outs);
    put_text(&n, 7, "own");
    return n;
}

static void functions_are_inlined(void) {
    bytes leaky =
        function("Leaky", "a", "r", with(node("LeakyRelu", "a", "t"), attr_ref("alpha", "slope", 1)));
    put_message(&leaky, 7, node("Neg", "t", "r"));
    bytes m = model(AROUND(named(with(call("Leaky", "x", "h"), attr_float("slope", 0.25f)), "one"),
                           call("Leaky", "h", "y")),
                    17);
    put_message(&m, 25, leaky);
    CHECK(load(m) == TN_OK);
    CHECK(strstr(print(), "%one/t = LeakyRelu(%x) {alpha=0.25} : f32[N,2]\n  %h = Neg(%one/t) : f32[N,2]\n"
                          "  %y/t = LeakyRelu(%h) : f32[N,2]\n  %y = Neg(%y/t) : f32[N,2]\n"));
    CHECK(tni_verify(graph, diags) == TN_OK);
}

static void functions_that_call_themselves_are_refused(void) {
    bytes m = model(AROUND(call("F", "x", "y")), 17);
    put_message(&m, 25, function("F", "a", "r", call("G", "a", "r")));
    put_message(&m, 25, function("G", "a", "r", call("F", "a", "r")));
    CHECK(load(m) == TN_INVALID);
    CHECK(count(TN_ERROR) == 1 && strstr(complaints(), "the function calls itself through another one"));
}

static void functions_that_multiply_are_refused(void) {
    bytes m = model(AROUND(call("F0", "x", "y")), 17);
    for (int i = 0; i < 24; i++) {
        char name[8], next[8];
        snprintf(name, sizeof name, "F%d", i);
        snprintf(next, sizeof next, "F%d", i + 1);
        bytes f = function(name, "a", "r", call(next, "a", "b"));
        put_message(&f, 7, call(next, "b", "r"));
        put_message(&m, 25, f);
    }
    put_message(&m, 25, function("F24", "a", "r", node("Neg", "a", "r")));
    tn_status status = load(m);
    CHECK(status == TN_LIMIT || status == TN_NOMEM);
}

// ---- bodies

static void bodies_see_their_parents(void) {
    bytes then = {0}, otherwise = {0};
    add(&then, node("Neg", "s", "r"));
    output(&then, "r");
    output(&otherwise, "s"); // straight from outside
    bytes choose = with(with(node("If", "c", "y"), attr_message("then_branch", 6, 5, then)),
                        attr_message("else_branch", 6, 5, otherwise));
    bytes g = AROUND(choose, node("Abs", "x", "s"));
    put_message(&g, 11, value("c", TN_BOOL, ""));
    CHECK(load(model(g, 17)) == TN_OK);
    CHECK(strstr(complaints(), "sorted")); // what a body reads counts as read by its node
    CHECK(strstr(print(), "Neg(%s)") && strstr(print(), "Identity(%s)"));
    CHECK(tni_verify(graph, diags) == TN_OK);
}

// A TypeProto with nothing in it, as onnx-simplifier leaves behind, and an element type of 0.
static void types_that_say_nothing_are_no_types(void) {
    bytes empty = {0}, none = {0}, g = AROUND(node("Relu", "x", "s"), node("Neg", "s", "y"));
    put_text(&empty, 1, "s");
    put_text(&empty, 2, "");
    put_message(&g, 13, empty);
    put_text(&none, 1, "w");
    put_text(&none, 2, "");
    put_message(&g, 11, none);
    CHECK(load(model(g, 17)) != TN_OK);
    CHECK(count(TN_ERROR) == 1 && strstr(complaints(), "tensor 'w': the model does not say its type"));
    bytes body = {0}, other = {0}, odd = {0};
    add(&body, node("Relu", "x", "r"));
    put_message(&body, 12, value("r", 0, NULL));
    put_text(&odd, 1, "r");
    put_text(&odd, 2, "");
    add(&other, node("Squeeze", "unknown", "r"));
    put_message(&other, 12, odd);
    bytes choose = with(with(node("If", "c", "y"), attr_message("then_branch", 6, 5, body)),
                        attr_message("else_branch", 6, 5, other));
    g = AROUND(choose);
    put_message(&g, 11, value("c", TN_BOOL, ""));
    CHECK(load(model(g, 17)) != TN_OK);
    CHECK(count(TN_ERROR) == 1 && strstr(complaints(), "'unknown', which nothing produces"));
}

// ---- the file

static void versions(void) {
    CHECK(load(model(AROUND(node("Relu", "x", "y")), 99)) == TN_OK);
    CHECK(count(TN_WARNING) == 1 && strstr(complaints(), "its opset 99 is newer than"));
    bytes m = {0};
    put_int(&m, 1, 2);
    put_message(&m, 7, AROUND(node("Relu", "x", "y")));
    put_message(&m, 8, opset("", 6));
    CHECK(load(m) == TN_UNSUPPORTED && strstr(complaints(), "IR version is 2"));
    m = (bytes){0};
    put_int(&m, 1, 8);
    put_message(&m, 7, AROUND(node("Relu", "x", "y")));
    CHECK(load(m) == TN_INVALID && strstr(complaints(), "imports no opset of the default domain"));
}

static void a_graph_in_two_pieces_is_merged(void) {
    bytes first = AROUND(node("Neg", "x", "a")), second = {0};
    add(&second, node("Relu", "a", "y"));
    bytes m = model(first, 17);
    put_message(&m, 7, second);
    CHECK(load(m) == TN_OK && graph->nnodes == 2);
}

static void other_files_are_recognised(void) {
    static const struct {
        const char *start, *word;
    } files[] = {{"PK\3\4..............", "a zip archive"},
                 {"\x89HDF\r\n\x1a\n........", "an HDF5 file"},
                 {"version https://git-lfs", "a Git LFS pointer"},
                 {"\x80\2}q.............", "a Python pickle"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        bytes b = {0};
        put(&b, files[i].start, strlen(files[i].start));
        CHECK(load(b) == TN_UNSUPPORTED && strstr(complaints(), files[i].word));
    }
    CHECK(load((bytes){0}) == TN_FORMAT);
    bytes t = {0};
    const char source[] = "# text\ngraph \"t\" {\n  in %x: f32[2]\n  %y = Relu(%x)\n  out %y\n}\n";
    put(&t, source, sizeof source - 1);
    CHECK(load(t) == TN_OK && graph->nnodes == 1);
}

static void a_cut_file_is_told_where(void) {
    bytes m = model(AROUND(node("Relu", "x", "y")), 17);
    m.size -= 4;
    CHECK(load(m) == TN_FORMAT && strstr(complaints(), "truncated or damaged"));
}

static void source_lines(void) {
    tni_arena a;
    tni_arena_init(&a, env);
    static const char stack[] =
        "File \"net.py\", line 12, in forward\n    x = self.conv(x)\n"
        "File \"blocks.py\", line 7, in forward\n"
        "File \"/usr/lib/site-packages/torch/nn/modules/conv.py\", line 4, in forward\n";
    static const char doc[] = "/usr/lib/site-packages/torch/nn/functional.py(9): relu\nnet.py(31): forward\n";
    CHECK_TEXT(tni_onnx_source(&a, (tn_str){stack, sizeof stack - 1}, (tn_str){0}), "blocks.py:7");
    CHECK_TEXT(tni_onnx_source(&a, (tn_str){0}, (tn_str){doc, sizeof doc - 1}), "net.py:31");
    CHECK(!tni_onnx_source(&a, (tn_str){0}, (tn_str){"a Conv", 6}));
    tni_arena_free(&a);
    bytes n = node("Frobnicate", "x", "y");
    put_message(&n, 9, pair("pkg.torch.onnx.stack_trace", stack));
    CHECK(load(model(AROUND(n), 17)) == TN_UNSUPPORTED);
    CHECK(strstr(complaints(), "(opset 17, from blocks.py:7)"));
}

// ---- external data

static char folder[] = "/tmp/tenon-import-XXXXXX";

static void write_file(const char *name, const void *data, size_t size) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(data, 1, size, f) == size);
    if (f) fclose(f);
}

static tn_status load_external(const char *location, const char *offset, const char *length, bool follow) {
    bytes t = tensor("w", TN_F32, "2"), g = AROUND(node("Add", "x w", "y"));
    put_message(&t, 13, pair("location", location));
    put_message(&t, 13, pair("offset", offset));
    if (length) put_message(&t, 13, pair("length", length));
    put_int(&t, 14, 1);
    put_message(&g, 5, t);
    bytes m = model(g, 17);
    char path[256];
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    write_file("model.onnx", m.data, m.size);
    free(m.data);
    forget();
    return tni_import_file(&graph, env, path, &(tn_load_options){.follow_external = follow}, diags);
}

static void external_data(void) {
    unsigned char weights[16] = {0};
    memcpy(weights + 5, two_floats, 8); // not aligned
    CHECK(mkdtemp(folder) != NULL);
    char link[256], path[256];
    snprintf(link, sizeof link, "%s/link", folder);
    write_file("weights", weights, sizeof weights);
    CHECK(load_external("weights", "5", "8", false) == TN_OK);
    CHECK(graph && tni_get(tni_constant(tni_value_find(graph, "w")), 1) == 2);
    CHECK(load_external("weights", "5", NULL, false) == TN_OK);
    CHECK(load_external("weights", "9", "8", false) == TN_FORMAT);
    CHECK(load_external("weights", "18446744073709551615", "8", false) == TN_FORMAT);
    CHECK(load_external("weights", "five", "8", false) == TN_FORMAT);
    CHECK(load_external("weights", "5", "4", false) == TN_FORMAT);
    CHECK(load_external("nowhere", "0", "8", false) == TN_IO);
    CHECK(load_external("../weights", "0", "8", false) == TN_INVALID);
    CHECK(load_external("/etc/passwd", "0", "8", false) == TN_INVALID);
    CHECK(!symlink("weights", link));
    CHECK(load_external("link", "5", "8", false) == TN_INVALID);
    CHECK(strstr(complaints(),
                 "tensor 'w': external data 'link' refused: the path goes through a symbolic link"));
    CHECK(load_external("link", "5", "8", true) == TN_OK);
    forget();
    static const char *const made[] = {"model.onnx", "weights", "link"};
    for (size_t i = 0; i < 3; i++) snprintf(path, sizeof path, "%s/%s", folder, made[i]), unlink(path);
    CHECK(!rmdir(folder));
}

// ---- memory

// Every budget from nothing to enough: out of memory is an error, never a crash or a leak.
static void out_of_memory_everywhere(void) {
    bytes leaky =
        function("Leaky", "a", "r", with(node("LeakyRelu", "a", "r"), attr_ref("alpha", "slope", 1)));
    bytes then = {0}, otherwise = {0};
    add(&then, node("Neg", "x", "r"));
    output(&then, "r");
    add(&otherwise, node("Abs", "x", "r"));
    output(&otherwise, "r");
    bytes g = AROUND(with(with(node("If", "c", "h"), attr_message("then_branch", 6, 5, then)),
                          attr_message("else_branch", 6, 5, otherwise)),
                     call("Leaky", "h", "y"));
    put_message(&g, 11, value("c", TN_BOOL, ""));
    bytes m = model(g, 17);
    put_message(&m, 25, leaky);
    bool done = false;
    for (size_t budget = 64; !done && budget < 4 << 20; budget += budget / 16) {
        tn_env *small;
        tn_graph *made = NULL;
        if (tn_env_new(&small, &(tn_env_options){.max_bytes = budget}) != TN_OK) continue;
        tn_status status = tni_import_memory(&made, small, m.data, m.size, "m", NULL, NULL, NULL);
        done = status == TN_OK;
        CHECK(status == TN_OK || status == TN_NOMEM);
        tn_graph_free(made);
        CHECK(tn_env_bytes(small) == 0);
        tn_env_free(small);
    }
    CHECK(done);
    free(m.data);
}

int main(void) {
    if (tn_env_new(&env, &(tn_env_options){.max_bytes = (size_t)1 << 30}) != TN_OK) return 2;
    if (tn_diags_new(&diags, env) != TN_OK) return 2;
    RUN(a_small_model);
    RUN(an_input_with_an_initializer_is_a_constant);
    RUN(unknown_dimensions_become_symbols);
    RUN(nodes_out_of_order_are_sorted);
    RUN(circles_are_told_once);
    RUN(every_problem_is_told_and_no_consequence);
    RUN(an_unknown_operator_is_told_once_with_its_nodes);
    RUN(what_is_left_out_on_purpose_says_what_to_do_instead);
    RUN(unknown_operators_are_told_with_their_boundary);
    RUN(names_must_be_unique);
    RUN(nodes_of_one_name_are_told_once);
    RUN(an_output_that_nothing_makes);
    RUN(omitted_inputs_stay_omitted);
    RUN(constants_of_every_kind);
    RUN(typed_fields);
    RUN(large_weights_stay_in_the_file);
    RUN(sizes_that_lie_cost_nothing);
    RUN(sparse_initializers_become_dense);
    RUN(functions_are_inlined);
    RUN(functions_that_call_themselves_are_refused);
    RUN(functions_that_multiply_are_refused);
    RUN(bodies_see_their_parents);
    RUN(types_that_say_nothing_are_no_types);
    RUN(versions);
    RUN(a_graph_in_two_pieces_is_merged);
    RUN(other_files_are_recognised);
    RUN(a_cut_file_is_told_where);
    RUN(source_lines);
    RUN(external_data);
    RUN(out_of_memory_everywhere);
    forget();
    tn_diags_free(diags);
    if (tn_env_bytes(env)) return printf("leaked %zu bytes\n", tn_env_bytes(env)), 1;
    tn_env_free(env);
    return DONE();
}
