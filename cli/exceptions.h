// SPDX-License-Identifier: Apache-2.0
// exceptions.h - which conformance cases are left out, and why; and which expectations are less exact than
// the others.
#ifndef TN_CLI_EXCEPTIONS_H
#define TN_CLI_EXCEPTIONS_H

#include "conformance.h"

// Why the case's data asks for what ONNX no longer says; NULL: it does not.
const char *exception_withdrawn(cli *c, const test_case *t);
// Why an operator that Tenon does not have is none of its business; NULL: it should have it.
const char *exception_operator(const char *op);
// How far results may be from what the case expects.
double exception_tolerance(const test_case *t);

#endif
