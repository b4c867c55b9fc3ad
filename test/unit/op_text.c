// SPDX-License-Identifier: Apache-2.0
// op_text.c - text in front of a network: parts of texts, letters' case, regular expressions as RE2 reads
// them (and patterns that would take others for ever), n-grams.
#include "check.h"
#include "evaluate.h"

#include "op/letter_case.h"
#include "op/regex.h"

// -------------------------------------------------------------------------------------------------- texts

static void texts_broadcast_when_joined(void) {
    CHECK_TEXT(evaluate("const %a: string[2,1] = {\"x\", \"\"}\nconst %b: string[2] = {\"1\", \"2\"}\n"
                        "%y = StringConcat(%a, %b)\nout %y"),
               "string[2,2]{'x1', 'x2', '1', '2'}");
}

static void parts_between_delimiters(void) {
    CHECK_TEXT(evaluate("const %x: string[4] = {\"a,b\", \",,\", \"\", \"abc\"}\n"
                        "%y, %n = StringSplit(%x) {delimiter=\",\"}\nout %y\nout %n"),
               "string[4,3]{'a', 'b', '', '', '', '', '', '', '', 'abc', '', ''} i64[4]{2, 3, 1, 1}");
    CHECK_TEXT(evaluate("const %x: string[2] = {\"  a  b c \", \" \"}\n"
                        "%y, %n = StringSplit(%x) {maxsplit=1}\nout %y\nout %n"),
               "string[2,2]{'a', 'b c', '', ''} i64[2]{2, 0}");
    CHECK_TEXT(evaluate("const %x: string[0] = {}\n%y, %n = StringSplit(%x)\nout %y\nout %n"),
               "string[0,0]{} i64[0]{}");
}

static void stop_words_and_case(void) {
    CHECK_TEXT(
        evaluate("const %x: string[3] = {\"\xC3\x89t\xC3\xA9\", \"the\", \"\xCE\xA9\xD0\x96\"}\n"
                 "%y = StringNormalizer(%x) {case_change_action=\"LOWER\", stopwords=[\"THE\"]}\nout %y"),
        "string[2]{'\xC3\xA9t\xC3\xA9', '\xCF\x89\xD0\xB6'}");
    CHECK_TEXT(evaluate("const %x: string[1,2] = {\"a\", \"b\"}\n"
                        "%y = StringNormalizer(%x) {stopwords=[\"a\", \"b\"], is_case_sensitive=1}\nout %y"),
               "string[1,1]{''}");
    CHECK(strstr(infer("in %x: string[2]\n%y = StringNormalizer(%x) {case_change_action=\"TITLE\"}\nout %y"),
                 "'LOWER', 'UPPER' or 'NONE', not 'TITLE'"));
}

// Bytes that are no UTF-8 come out as they went in, whatever is asked of letters.
static void bytes_that_are_no_text_stay(void) {
    static const char bytes[] = "\x80\xC3(\xE2\x82\xF0\x9F\xED\xA0\x80";
    char out[sizeof bytes * TNI_CASE_GROWTH];
    size_t n = tni_change_case(out, (tn_str){bytes, sizeof bytes - 1}, TNI_UPPER);
    CHECK(n == sizeof bytes - 1 && !memcmp(out, bytes, n));
}

static void upper_and_lower_case_are_a_pair(void) {
    for (uint32_t c = 0; c < 0x20000; c++) {
        uint32_t low = tni_letter_lower(c), high = tni_letter_upper(c);
        if (low != c) CHECK(tni_letter_upper(low) == c);
        if (high != c) CHECK(tni_letter_lower(high) == c);
    }
}

// ---------------------------------------------------------------------------------- regular expressions

static char regex_room[1 << 20];
static size_t regex_used;

static void *regex_get(void *user, size_t bytes) {
    (void)user;
    size_t at = regex_used;
    if (bytes > sizeof regex_room - at) return NULL;
    regex_used += (bytes + 15) & ~(size_t)15;
    return regex_room + at;
}

// "yes" or "no", or why the pattern is wrong.
static const char *match(const char *pattern, const char *text) {
    tni_regex *re;
    const char *problem = "";
    size_t at;
    regex_used = 0;
    tn_status status = tni_regex_new(&re, (tni_regex_memory){regex_get, NULL}, pattern, &problem, &at);
    if (status == TN_NOMEM) return "no memory";
    if (status != TN_OK) return problem;
    return tni_regex_full_match(re, (tn_str){text, strlen(text)}) ? "yes" : "no";
}

static void whole_texts_match(void) {
    static const char *const cases[][3] = {
        {"a|ab", "ab", "yes"},
        {"(a|ab)(c|bcd)", "abcd", "yes"},
        {"", "", "yes"},
        {"", "a", "no"},
        {"(|a)*b", "aab", "yes"},
        {"(a*)*", "aaa", "yes"},
        {"a{2,3}", "a", "no"},
        {"a{2,3}", "aaa", "yes"},
        {"a{2,}", "aaaaa", "yes"},
        {"a{0}", "", "yes"},
        {"(ab){2}", "abab", "yes"},
        {"a{,2}", "a{,2}", "yes"}, // no repetition: characters
        {"x+?", "xxx", "yes"},
        {".", "\n", "no"},
        {"(?s).", "\n", "yes"},
        {"[^a]", "\n", "yes"},
        {".", "\xC3\xA9", "yes"}, // a character, not a byte
        {".", "\xC3", "no"},      // a byte that is no character
        {"[]a]+", "]a]", "yes"},
        {"[^]a]", "]", "no"},
        {"[a-c-]+", "b-", "yes"},
        {"[\\d_]+", "4_2", "yes"},
        {"[^\\W\\d]+", "ab_", "yes"},
        {"[^\\W\\d]+", "a1", "no"},
        {"[[:upper:][:^ascii:]]+", "A\xC3\xA9", "yes"},
        {"\\x41\\x{e9}\\101",
         "A\xC3\xA9"
         "A",
         "yes"},
        {"\\Qa.b\\E+", "a.bb", "yes"},
        {"\\Qa.b", "axb", "no"},
        {"(?i)stra\xC3\x9F"
         "E\xC3\xA4",
         "STRA\xC3\x9F"
         "e\xC3\x84",
         "yes"},
        {"(?i:a)b", "Ab", "yes"},
        {"(?i:a)b", "AB", "no"},
        {"a(?i)b|c", "aC", "no"},
        {"a(?i)b|c", "C", "yes"},
        {"(?P<n>a)(?<m>b)(?:c)", "abc", "yes"},
        {"\\bfoo\\b.*", "foo bar", "yes"},
        {"\\Bfoo", "foo", "no"},
        {"^a$", "a", "yes"},
        {"a$\nb", "a\nb", "no"},
        {"(?m)a$\n^b", "a\nb", "yes"},
        {"\\A\\s\\z", "\v", "no"},
        {"\\s", "\f", "yes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = match(cases[i][0], cases[i][1]);
        if (strcmp(got, cases[i][2]) != 0) printf("  pattern %s, text %s\n", cases[i][0], cases[i][1]);
        CHECK_TEXT(got, cases[i][2]);
    }
}

static void wrong_patterns_are_named(void) {
    CHECK_TEXT(match("a)", "a"), "a ')' closes nothing");
    CHECK_TEXT(match("(a", "a"), "a '(' is not closed");
    CHECK_TEXT(match("[a", "a"), "a '[' is not closed");
    CHECK_TEXT(match("[b-a]", "a"), "a range of characters goes backwards");
    CHECK_TEXT(match("*a", "a"), "there is nothing to repeat");
    CHECK_TEXT(match("a**", "a"), "a repetition is repeated");
    CHECK_TEXT(match("a{1001}", "a"), "a repetition's bounds are wrong or above 1000");
    CHECK_TEXT(match("a{3,2}", "a"), "a repetition's bounds are wrong or above 1000");
    CHECK_TEXT(match("(a)\\1", "aa"), "back-references are not supported");
    CHECK_TEXT(match("\\pL", "a"), "classes by Unicode property (\\p) are not supported");
    CHECK_TEXT(match("\\y", "y"), "an escape is not known");
    CHECK_TEXT(match("a\\", "a"), "a backslash ends the pattern");
    CHECK_TEXT(match("[[:nope:]]", "a"), "a class of this name is not known");
    CHECK_TEXT(match("(?x)a", "a"), "a group's flags are not known");
    CHECK_TEXT(match("\xFF", "a"), "the pattern is not UTF-8");
    CHECK_TEXT(match("(((((a{100}){100}){100}){100}){100})", "a"), "the pattern is too large");
    CHECK(strstr(infer("in %x: string[1]\n%y = RegexFullMatch(%x) {pattern=\"ab(\"}\nout %y"),
                 "pattern, at character 3: a '(' is not closed"));
}

// What makes a backtracking matcher run for longer than anybody lives; and nesting.
static void no_pattern_takes_for_ever(void) {
    char text[4001] = "", nested[802] = "";
    memset(text, 'a', 4000);
    CHECK_TEXT(match("(a*)*b", text), "no");
    CHECK_TEXT(match("(a|aa)+$", text), "yes");
    CHECK_TEXT(match("(x+x+)+y", text), "no");
    memset(nested, '(', 400);
    memset(nested + 400, ')', 400);
    CHECK_TEXT(match(nested, ""), "groups are nested too deep");
    memset(text, '|', 4000);
    CHECK_TEXT(match(text, ""), "yes");
}

// ------------------------------------------------------------------------------------------------- n-grams

static void weights_belong_to_columns(void) {
    CHECK_TEXT(evaluate("const %x: i64[2,4] = {1, 2, 1, 2, 2, 2, 2, 9}\n"
                        "%y = TfIdfVectorizer(%x) {mode=\"TFIDF\", min_gram_length=1, max_gram_length=2,"
                        " max_skip_count=0, ngram_counts=[0, 1], ngram_indexes=[2, 0, 1],"
                        " pool_int64s=[1, 1, 2, 2, 2], weights=[0.5, 2.0, 10.0]}\nout %y"),
               "f32[2,3]{1, 0, 20, 0, 4, 0}");
}

static void skipped_tokens_count_once_for_single_ones(void) {
    CHECK_TEXT(evaluate("const %x: string[4] = {\"a\", \"b\", \"a\", \"c\"}\n"
                        "%y = TfIdfVectorizer(%x) {mode=\"TF\", min_gram_length=1, max_gram_length=2,"
                        " max_skip_count=2, ngram_counts=[0, 1], ngram_indexes=[0, 1, 2],"
                        " pool_strings=[\"a\", \"a\", \"c\", \"b\", \"c\"]}\nout %y"),
               "f32[3]{2, 2, 1}");
}

static void pools_that_do_not_fit_are_refused(void) {
#define VECTORIZER(rest)                                                                          \
    "in %x: i64[4]\n%y = TfIdfVectorizer(%x) {mode=\"TF\", min_gram_length=1, max_gram_length=2," \
    " max_skip_count=0, " rest "}\nout %y"
    CHECK(strstr(infer(VECTORIZER("ngram_counts=[0, 1], ngram_indexes=[0], pool_int64s=[1, 2, 3]")),
                 "ngram_indexes has 1 entries for 2 n-grams"));
    CHECK(strstr(infer(VECTORIZER("ngram_counts=[0, 1], ngram_indexes=[0, 1], pool_int64s=[1, 2]")),
                 "1 tokens do not divide into 2-grams"));
    CHECK(strstr(infer(VECTORIZER("ngram_counts=[0, 9], ngram_indexes=[0, 1], pool_int64s=[1, 2]")),
                 "does not ascend within the pool of 2"));
    CHECK(strstr(infer(VECTORIZER("ngram_counts=[0], ngram_indexes=[-1], pool_int64s=[1]")),
                 "ngram_indexes[0] is -1"));
    CHECK(strstr(infer(VECTORIZER("ngram_counts=[0], ngram_indexes=[0], pool_strings=[\"a\"]")),
                 "the pool's n-grams are not of the input's type"));
}

int main(void) {
    RUN(texts_broadcast_when_joined);
    RUN(parts_between_delimiters);
    RUN(stop_words_and_case);
    RUN(bytes_that_are_no_text_stay);
    RUN(upper_and_lower_case_are_a_pair);
    RUN(whole_texts_match);
    RUN(wrong_patterns_are_named);
    RUN(no_pattern_takes_for_ever);
    RUN(weights_belong_to_columns);
    RUN(skipped_tokens_count_once_for_single_ones);
    RUN(pools_that_do_not_fit_are_refused);
    return DONE();
}
