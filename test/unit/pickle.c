// SPDX-License-Identifier: Apache-2.0
// pickle.c - pickles become inert trees; hostile ones too, or they are refused. Nothing is ever executed: the
// reader has no way to. The bytes are written out as Python's pickle module would write them.
#include "check.h"

#include "import/pickle.h"

#include <stdlib.h>

static tn_env *env;
static tn_diags *diags;
static tni_arena arena;
static tni_pickle_tree tree;

static const tni_pickle *read_sized(const char *data, size_t size) {
    tn_diags_clear(diags);
    return tni_pickle_read(&tree, &arena, data, size, "p", diags) == TN_OK ? tree.root : NULL;
}

#define READ(literal) read_sized(literal, sizeof literal - 1)

static const char *complaint(void) {
    return tn_diags_count(diags) ? tn_diags_get(diags, 0)->message : "(nothing)";
}

static void numbers_of_every_size(void) {
    const tni_pickle *v = READ("\x80\2(K\xffM\1\2J\xff\xff\xff\xff\x8a\0\x8a\1\x80\x8a\2\0\1t.");
    static const int64_t want[] = {255, 513, -1, 0, -128, 256};
    CHECK(v && v->kind == TNI_PICKLE_TUPLE && v->count == 6);
    for (size_t i = 0; v && i < 6; i++) {
        int64_t n = 99;
        CHECK(tni_pickle_int(tni_pickle_item(v, i), &n) && n == want[i]);
    }
    v = READ("\x80\2\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."); // PyTorch's old magic number
    CHECK(v && v->kind == TNI_PICKLE_LONG && v->as.text.size == 10);
    v = READ("\x80\2G\xbf\xf8\0\0\0\0\0\0.");
    CHECK(v && v->kind == TNI_PICKLE_FLOAT && v->as.f == -1.5);
}

static void containers_and_the_memo(void) {
    const tni_pickle *v = READ("\x80\4\x95\0\0\0\0\0\0\0\0}\x94(\x8c\1a\x94]\x94(K\1K\2e\x8c\1bh\1h\2\x85u.");
    CHECK(v == NULL && strstr(complaint(), "no value")); // three keys and two values
    v = READ("\x80\4\x95\0\0\0\0\0\0\0\0}\x94(\x8c\1a\x94]\x94(K\1K\2e\x8c\1bh\2u.");
    const tni_pickle *a = tni_pickle_get(v, "a");
    CHECK(tni_pickle_is_dict(v) && a && a == tni_pickle_get(v, "b") && a->count == 2);
    CHECK(!tni_pickle_get(v, "c") && !tni_pickle_get(a, "a") && !tni_pickle_get(NULL, "a"));
    CHECK(tree.used == 33);
    v = READ("\x80\2X\1\0\0\0kN\x88\x89\x87.");
    CHECK(v && v->count == 3);
}

static void an_ordered_dict_in_both_spellings(void) {
    const tni_pickle *v = READ("\x80\2ccollections\nOrderedDict\n)RX\1\0\0\0kK\7s.");
    int64_t n = 0;
    CHECK(tni_pickle_is_dict(v) && tni_pickle_int(tni_pickle_get(v, "k"), &n) && n == 7);
    v = READ("\x80\2ccollections\nOrderedDict\n]](U\1kK\7ea\x85R.");
    CHECK(tni_pickle_is_dict(v) && tni_pickle_int(tni_pickle_get(v, "k"), &n) && n == 7);
}

static void what_would_run_stays_an_object(void) {
    const tni_pickle *v = READ("cm\nsystem\nX\4\0\0\0ohno\x85R.");
    CHECK(v && v->kind == TNI_PICKLE_OBJECT && tni_str_is(tni_pickle_class(v), "m.system"));
    CHECK(v && tni_pickle_is_text(tni_pickle_item(v->as.call->args, 0), "ohno"));
    v = READ("\x80\4\x8c\x08"
             "builtins\x8c\4vars\x93\x8c\3" // vars(...)() with a state
             "1+1\x85R)R}b.");
    CHECK(v && v->kind == TNI_PICKLE_OBJECT && tni_pickle_class(v).size == 0); // a call's result was called
    CHECK(v && tni_str_is(tni_pickle_class(v->as.call->what), "builtins.vars") && v->as.call->state);
    v = READ("\x80\2X\3\0\0\0key\x85Q.");
    CHECK(v && v->kind == TNI_PICKLE_PERSISTENT && tree.persistents == 1 && tree.persistent[0] == v);
}

// What checkpoints of training frameworks name beside tensors: classes of configurations, paths, sets,
// members.
static void names_of_checkpoints_are_no_attacks(void) {
    static const char *const names[] = {"torch._utils\n_rebuild_tensor_v2",
                                        "torch.storage\n_load_from_bytes",
                                        "__builtin__\nset",
                                        "__builtin__\ngetattr",
                                        "builtins\nprint",
                                        "_codecs\nencode",
                                        "copyreg\n_reconstructor",
                                        "io\nBytesIO",
                                        "collections\ndefaultdict",
                                        "argparse\nNamespace",
                                        "pathlib\nPosixPath",
                                        "datetime\ndatetime",
                                        "functools\npartial",
                                        "operator\nitemgetter",
                                        "typing\nAny",
                                        "types\nSimpleNamespace",
                                        "numpy.core.multiarray\n_reconstruct",
                                        "omegaconf.dictconfig\nDictConfig",
                                        "omegaconf.base\nContainerMetadata",
                                        "ultralytics.nn.tasks\nDetectionModel",
                                        "ultralytics.utils\nIterableSimpleNamespace",
                                        "models.yolo\nModel",
                                        "code.models\nNet",
                                        "fairseq.data.dictionary\nDictionary",
                                        "detectron2.config.config\nCfgNode",
                                        "pytorch_lightning.callbacks.model_checkpoint\nModelCheckpoint"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[128];
        int n = snprintf(text, sizeof text, "\x80\2c%s\n.", names[i]);
        const tni_pickle *v = read_sized(text, (size_t)n);
        CHECK(v && v->kind == TNI_PICKLE_GLOBAL);
    }
}

static void a_container_may_hold_itself(void) {
    const tni_pickle *v = READ("\x80\2]q\0h\0a.");
    CHECK(v && tni_pickle_item(v, 0) == v);
}

static void malformed_pickles_are_refused_with_the_reason(void) {
    static const struct {
        const char *data, *want;
        size_t size;
    } bad[] = {
#define BAD(data, want) {data, want, sizeof data - 1}
        BAD("", "truncated"),
        BAD("\x80\2", "truncated"),
        BAD("\x80\6.", "newer than 5"),
        BAD("\x80\2.", "stack runs empty"),
        BAD("\x80\2N(.", "mark is left over"),
        BAD("\x80\2(a.", "stack runs empty"),
        BAD("\x80\2t.", "lacks a mark"),
        BAD("\x80\2\x87.", "stack runs empty"),
        BAD("\x80\2h\0.", "never remembered"),
        BAD("\x80\2Nr\xff\xff\xff\x7f.", "far too large"),
        BAD("\x80\2X\xff\xff\xff\xff.", "truncated"),
        BAD("\x80\4\x8e\xff\xff\xff\xff\xff\xff\xff\xff.", "truncated"),
        BAD("\x80\2\x8b\xff\xff\xff\xff.", "truncated"),
        BAD("\x80\2\x8a\xff\1.", "truncated"),
        BAD("\x80\2K\1K\2s.", "stack runs empty"),
        BAD("\x80\2K\1K\2a.", "has none"),
        BAD("\x80\2K\1Nb.", "has none"),
        BAD("\x80\2cm\nsystem\nNR.", "no tuple"),
        BAD("\x80\4NN\x93.", "no text"),
        BAD("cos\nsyst", "truncated"),
        BAD("cos\nsystem\nX\4\0\0\0ohno\x85R.", "names 'os.system'"),
        BAD("\x80\4\x8c\x08"
            "builtins\x8c\4eval\x93.",
            "names 'builtins.eval'"),
        BAD("\x80\2cos.path\nexists\n.", "names 'os.path.exists'"),
        BAD("\x80\2ccommands\nPopen\n.", "names 'commands.Popen'"), // subprocess in protocol 2
        BAD("\x80\2cio\nopen\n.", "names 'io.open'"),
        BAD("\x80\2coperator\nattrgetter\n.", "names 'operator.attrgetter'"),
        BAD("\x80\2ctorch.serialization\nload\n.", "names 'torch.serialization.load'"),
        BAD("\x80\4\x8c\x08"
            "builtins\x8c\x0e"
            "print.__self__\x93.",
            "names 'builtins.print.__self__'"),
        BAD("\x80\4\x8c\x13"
            "torch.serialization\x8c\x09os.system\x93.",
            "names 'torch.serialization.os.system'"),
        BAD("\x80\2\x82\1.", "none of those"), // copyreg's extension registry
        BAD("(i__main__\nX\n.", "none of those"),
        BAD("I1\n.", "none of those"),
        BAD("\x80\5\x97.", "none of those"), // a buffer from outside
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bool refused = !read_sized(bad[i].data, bad[i].size);
        CHECK(refused && strstr(complaint(), bad[i].want));
        if (!refused || !strstr(complaint(), bad[i].want)) printf("  case %zu: %s\n", i, complaint());
    }
}

// `times` repetitions of `piece` between a beginning and an end.
static const tni_pickle *repeated(const char *begin, const char *piece, size_t times, const char *end) {
    size_t n = strlen(piece), a = strlen(begin), b = strlen(end);
    char *data = malloc(a + n * times + b + 1);
    if (!data) abort();
    memcpy(data, begin, a);
    for (size_t i = 0; i < times; i++) memcpy(data + a + i * n, piece, n);
    memcpy(data + a + n * times, end, b);
    const tni_pickle *v = read_sized(data, a + n * times + b);
    free(data);
    return v;
}

// A short operation names what a long text says: thousands of them would fill memory.
static void long_names_are_refused(void) {
    CHECK(repeated("\x80\2c", "a.", 200, "\nb\n."));
    CHECK(!repeated("\x80\2c", "a.", 300, "\nb\n.") && strstr(complaint(), "too long"));
    CHECK(!repeated("\x80\2ca\n", "b", 600, "\n.") && strstr(complaint(), "too long"));
}

static void bombs_meet_a_limit(void) {
    CHECK(!repeated("", "N0", (1 << 22) + 1, "N.") && strstr(complaint(), "four million"));
    CHECK(!repeated("N", "2", 1 << 25, ".") && strstr(complaint(), "too many operations"));
    CHECK(!repeated("", "(", (1 << 16) + 1, "N.") && strstr(complaint(), "too deeply"));
    tni_arena_reset(&arena, (tni_mark){0});
    const tni_pickle *v = repeated("]", "\x85", 1000000, "."); // a million tuples within each other
    CHECK(v && v->kind == TNI_PICKLE_TUPLE && v->count == 1);
    tni_arena_reset(&arena, (tni_mark){0});
}

static void memory_that_runs_out_is_no_crash(void) {
    tn_env *small;
    tni_arena little;
    CHECK(tn_env_new(&small, &(tn_env_options){.max_bytes = 1 << 20}) == TN_OK);
    tni_arena_init(&little, small);
    char *data = malloc(1 << 17);
    if (!data) abort();
    memset(data, ']', 1 << 17);
    CHECK(tni_pickle_read(&tree, &little, data, 1 << 17, "p", diags) == TN_NOMEM);
    free(data);
    tni_arena_free(&little);
    CHECK(tn_env_bytes(small) == 0);
    tn_env_free(small);
}

static void any_bytes_are_survived(void) {
    static const char seed[] =
        "\x80\4\x95\0\0\0\0\0\0\0\0}\x94(\x8c\1a\x94]\x94(K\1K\2eccollections\nOrderedDict\n)R"
        "X\1\0\0\0kK\7sX\3\0\0\0key\x85Q\x85u.";
    char data[sizeof seed];
    uint64_t state = 88172645463325252u;
    size_t fine = 0;
    for (int round = 0; round < 50000; round++) {
        memcpy(data, seed, sizeof seed);
        for (int k = 0; k < 3; k++) { // xorshift64 (Marsaglia, 2003)
            state ^= state << 13, state ^= state >> 7, state ^= state << 17;
            data[state % (sizeof seed - 1)] = (char)(state >> 32);
        }
        fine += read_sized(data, sizeof seed - 1) != NULL;
        tni_arena_reset(&arena, (tni_mark){0});
    }
    CHECK(fine > 250);
}

int main(void) {
    if (tn_env_new(&env, NULL) != TN_OK || tn_diags_new(&diags, env) != TN_OK) return 1;
    tni_arena_init(&arena, env);
    RUN(numbers_of_every_size);
    RUN(containers_and_the_memo);
    RUN(an_ordered_dict_in_both_spellings);
    RUN(what_would_run_stays_an_object);
    RUN(names_of_checkpoints_are_no_attacks);
    RUN(a_container_may_hold_itself);
    RUN(malformed_pickles_are_refused_with_the_reason);
    RUN(bombs_meet_a_limit);
    RUN(long_names_are_refused);
    RUN(memory_that_runs_out_is_no_crash);
    RUN(any_bytes_are_survived);
    tni_arena_free(&arena);
    tn_diags_free(diags);
    tn_env_free(env);
    return DONE();
}
