// SPDX-License-Identifier: Apache-2.0
// list.h - the page of all operators, docs/ops.md.
#ifndef TN_CLI_LIST_H
#define TN_CLI_LIST_H

#include "cli.h"

void list_ops_page(cli *c); // on standard output

#endif
