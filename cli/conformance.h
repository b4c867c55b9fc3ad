// SPDX-License-Identifier: Apache-2.0
// conformance.h - a test case: where it lies, which operators it uses, how it went.
#ifndef TN_CLI_CONFORMANCE_H
#define TN_CLI_CONFORMANCE_H

#include "expect.h"

typedef enum verdict { LEFT_OUT, PASSED, FAILED, SKIPPED, VERDICTS } verdict;

typedef struct test_case {
    const char *name;  // path beneath the folder
    const char *model; // path of the model
    const char *light; // X of X.onnx with X_output_K.pb beside it; NULL: folders of data
    const char **set;  // [sets], the test_data_set_* folders
    size_t sets, set_capacity;
    const char **op; // [ops], each once
    size_t ops, op_capacity;
    verdict verdict;
    const char *reason; // of FAILED and SKIPPED
} test_case;

typedef struct test_list {
    test_case *test;
    size_t count, capacity;
} test_list;

// Every case beneath `folder`, by name.
int cases_find(cli *c, test_list *list, const char *folder);
void case_add_op(cli *c, test_case *t, const char *op);
bool case_has_file(const char *path);
bool case_matches(const char *name, const char *pattern);
// Table, reasons, closing line; EXIT_PROBLEM when a case failed or there was none.
int cases_report(cli *c, const test_list *list);

#endif
