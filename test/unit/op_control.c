// SPDX-License-Identifier: Apache-2.0
// op_control.c - bodies, sequences, recurrent networks and quantisation at the edges: no trips, shapes that
// change from trip to trip, positions out of range, ties and saturation.
#include "check.h"
#include "evaluate.h"

static void a_loop_of_no_trips_passes_its_values_on(void) {
    CHECK_TEXT(evaluate("const %m: i64[] = {0}\nconst %x: f32[2] = {1, 2}\n"
                        "%y, %s = Loop(%m, _, %x) {body=graph {\n in %i: i64[]\n in %c: bool[]\n"
                        " in %v: f32[2]\n %w = Add(%v, %v)\n out %c\n out %w\n out %w\n}}\nout %y\nout %s"),
               "f32[2]{1, 2} f32[0,2]{}");
}

static void a_carried_value_may_grow(void) {
    const char *loop =
        "const %m: i64[] = {3}\nconst %x: f32[1] = {1}\n"
        "%y, %s = Loop(%m, _, %x) {body=graph {\n in %i: i64[]\n in %c: bool[]\n"
        " in %v: f32[1]\n %w = Concat(%v, %v) {axis=0}\n out %c\n out %w\n out %i\n}}\nout %y\nout %s";
    CHECK_TEXT(evaluate(loop), "f32[8]{1, 1, 1, 1, 1, 1, 1, 1} i64[3]{0, 1, 2}");
    CHECK(strstr(infer(loop), "f32["));
}

static void scan_outputs_must_keep_their_shape(void) {
    CHECK(strstr(
        evaluate(
            "const %m: i64[] = {2}\nconst %x: f32[1] = {1}\n"
            "%y, %s = Loop(%m, _, %x) {body=graph {\n in %i: i64[]\n in %c: bool[]\n"
            " in %v: f32[1]\n %w = Concat(%v, %v) {axis=0}\n out %c\n out %w\n out %w\n}}\nout %y\nout %s"),
        "error: a scan output has another shape in trip 1 than before"));
}

static void carried_types_must_not_change(void) {
    CHECK(strstr(infer("in %m: i64[]\nin %x: f32[1]\n"
                       "%y = Loop(%m, _, %x) {body=graph {\n in %i: i64[]\n in %c: bool[]\n"
                       " in %v: f32[1]\n %w = Cast(%v) {to=7}\n out %c\n out %w\n}}\nout %y"),
                 "error: carried value 0 goes in as f32 and comes out as i64"));
}

static void a_known_condition_picks_its_branch(void) {
    CHECK_TEXT(infer("const %c: bool[] = {1}\nin %x: f32[2]\nin %z: f32[3]\n"
                     "%y = If(%c) {then_branch=graph {\n %a = Neg(%x)\n out %a\n},"
                     " else_branch=graph {\n %b = Neg(%z)\n out %b\n}}\nout %y"),
               "f32[2]");
}

static void branches_of_different_shapes_join(void) {
    const char *text = infer("in %c: bool[]\nin %x: f32[2,3]\nin %z: f32[2,4]\n"
                             "%y = If(%c) {then_branch=graph {\n %a = Neg(%x)\n out %a\n},"
                             " else_branch=graph {\n %b = Neg(%z)\n out %b\n}}\nout %y");
    CHECK(!strncmp(text, "f32[2,", 6) && strcmp(text, "f32[2,3]") && strcmp(text, "f32[2,4]"));
}

static void a_branch_that_cannot_run_says_nothing_of_the_type(void) {
    const char *text = infer("in %c: bool[]\nin %x: f32[2]\nin %z: f32[3]\n"
                             "%y = If(%c) {then_branch=graph {\n %a = Neg(%x)\n out %a\n},"
                             " else_branch=graph {\n %b = Add(%x, %z)\n %d = Neg(%b)\n out %d\n}}\nout %y");
    CHECK_TEXT(text, "f32[2]");
    CHECK(strstr(evaluate("const %c: bool[] = {0}\nconst %x: f32[2] = {1, 2}\nconst %z: f32[3] = {1, 2, 3}\n"
                          "%y = If(%c) {then_branch=graph {\n %a = Neg(%x)\n out %a\n},"
                          " else_branch=graph {\n %b = Add(%x, %z)\n out %b\n}}\nout %y"),
                 "error: shapes do not broadcast"));
}

static void scan_goes_along_any_axis_and_back(void) {
    CHECK_TEXT(
        evaluate("const %h: f32[] = {0}\nconst %x: f32[1,3] = {1, 2, 3}\n"
                 "%y, %s = Scan(%h, %x) {num_scan_inputs=1, scan_input_axes=[1], scan_input_directions=[1],"
                 " scan_output_directions=[1], body=graph {\n in %a: f32[]\n in %b: f32[1]\n"
                 " %r = ReduceSum(%b) {keepdims=0}\n %n = Add(%a, %r)\n out %n\n out %n\n}}\nout %y\nout %s"),
        "f32[]{6} f32[3]{6, 5, 3}");
}

static void positions_are_checked(void) {
    CHECK_TEXT(evaluate("const %x: f32[2] = {1, 2}\nconst %p: i64[] = {-2}\n%s = SequenceConstruct(%x, %x)\n"
                        "%y = SequenceAt(%s, %p)\nout %y"),
               "f32[2]{1, 2}");
    CHECK_TEXT(evaluate("const %x: f32[2] = {1, 2}\nconst %p: i64[] = {2}\n%s = SequenceConstruct(%x, %x)\n"
                        "%y = SequenceAt(%s, %p)\nout %y"),
               "error: position 2 is outside a sequence of 2 items");
    CHECK_TEXT(evaluate("%s = SequenceEmpty()\n%e = SequenceErase(%s)\n%y = SequenceLength(%e)\nout %y"),
               "error: the sequence is empty: nothing to erase");
    CHECK(strstr(
        evaluate("const %x: f32[3] = {1, 2, 3}\nconst %p: i64[2] = {1, 1}\n%s = SplitToSequence(%x, %p)\n"
                 "%y = SequenceLength(%s)\nout %y"),
        "error: the pieces add up to 2, the dimension has 3"));
}

static void quantisation_rounds_to_even_and_saturates(void) {
    CHECK_TEXT(evaluate("const %x: f32[5] = {0.5, 1.5, -0.5, 1000, -1000}\nconst %s: f32[] = {1}\n"
                        "const %z: i8[] = {0}\n%y = QuantizeLinear(%x, %s, %z)\nout %y"),
               "i8[5]{0, 2, 0, 127, -128}");
    CHECK_TEXT(
        evaluate("const %x: f32[2] = {nan, 3}\nconst %s: f32[] = {0}\n%y = QuantizeLinear(%x, %s)\nout %y"),
        "u8[2]{0, 255}");
    CHECK(strstr(infer("in %x: f32[2,3]\nin %s: f32[2]\n%y = QuantizeLinear(%x, %s)\nout %y"),
                 "error: the number of scales or zero points must be 3, but is 2"));
    CHECK(strstr(infer("in %x: f32[4,4]\nin %s: f32[2,4]\n%y = QuantizeLinear(%x, %s) {axis=0}\nout %y"),
                 "expected 0 or 1"));
}

static void blocks_along_an_axis_may_end_early(void) {
    CHECK_TEXT(evaluate("const %x: i8[3,2] = {1, 1, 1, 1, 1, 1}\nconst %s: f32[2,2] = {1, 2, 3, 4}\n"
                        "%y = DequantizeLinear(%x, %s) {axis=0, block_size=2}\nout %y"),
               "f32[3,2]{1, 2, 1, 2, 3, 4}");
}

static void short_sequences_leave_zeros(void) {
    CHECK_TEXT(
        evaluate(
            "const %x: f32[2,2,1] = {1, 1, 1, 1}\nconst %w: f32[1,1,1] = {1}\nconst %r: f32[1,1,1] = {1}\n"
            "const %l: i32[2] = {1, 2}\n"
            "%y, %h = RNN(%x, %w, %r, _, %l) {activations=[\"Relu\"], hidden_size=1}\nout %y\nout %h"),
        "f32[2,1,2,1]{1, 1, 0, 2} f32[1,2,1]{1, 2}");
    CHECK(strstr(
        evaluate("const %x: f32[2,1,1] = {1, 1}\nconst %w: f32[1,1,1] = {1}\nconst %r: f32[1,1,1] = {1}\n"
                 "const %l: i32[1] = {3}\n%y = RNN(%x, %w, %r, _, %l) {hidden_size=1}\nout %y"),
        "error: sequence_lens[0] is 3, outside [0, 2]"));
    CHECK(strstr(
        infer("in %x: f32[2,1,1]\nin %w: f32[1,4,1]\nin %r: f32[1,3,1]\n%y = LSTM(%x, %w, %r)\nout %y"),
        "error: dimension 1 of R is 3, expected 4"));
}

int main(void) {
    RUN(a_loop_of_no_trips_passes_its_values_on);
    RUN(a_carried_value_may_grow);
    RUN(scan_outputs_must_keep_their_shape);
    RUN(carried_types_must_not_change);
    RUN(a_known_condition_picks_its_branch);
    RUN(branches_of_different_shapes_join);
    RUN(a_branch_that_cannot_run_says_nothing_of_the_type);
    RUN(scan_goes_along_any_axis_and_back);
    RUN(positions_are_checked);
    RUN(quantisation_rounds_to_even_and_saturates);
    RUN(blocks_along_an_axis_may_end_early);
    RUN(short_sequences_leave_zeros);
    return DONE();
}
