// SPDX-License-Identifier: Apache-2.0
// check.h - the few lines that unit tests need: TEST cases run in the order of the file, CHECK goes on after
// a failure, the program ends with "N passed, N failed".
#ifndef TN_TEST_CHECK_H
#define TN_TEST_CHECK_H

#include <stdio.h>
#include <string.h>

static int check_passed, check_failed, check_bad;

#define CHECK(condition)                                                                        \
    do {                                                                                        \
        if (!(condition)) check_bad++, printf("  %s:%d: %s\n", __FILE__, __LINE__, #condition); \
    } while (0)
#define CHECK_TEXT(got, want)                                                           \
    do {                                                                                \
        const char *got_ = (got), *want_ = (want);                                      \
        if (!got_ || strcmp(got_, want_))                                               \
            check_bad++, printf("  %s:%d: got:\n%s\n  want:\n%s\n", __FILE__, __LINE__, \
                                got_ ? got_ : "(null)", want_);                         \
    } while (0)

// RUN(name): runs a `static void name(void)` case and counts it.
#define RUN(name) check_run(#name, name)
static void check_run(const char *name, void (*test)(void)) {
    check_bad = 0;
    test();
    if (check_bad)
        check_failed++, printf("FAILED %s\n", name);
    else
        check_passed++;
}
#define DONE() (printf("%d passed, %d failed\n", check_passed, check_failed), check_failed != 0)

#endif
