// SPDX-License-Identifier: Apache-2.0
// import.c - ONNX models into graphs, and what is said about those that are wrong. Tensors: import_tensors.c.
#include "import_model.h"

#include "import/onnx.h"

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

// Everything unknown in one report: operators once each, regions with what enters and leaves them.
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
    if (!import_begin()) return 2;
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
    RUN(out_of_memory_everywhere);
    return import_end();
}
