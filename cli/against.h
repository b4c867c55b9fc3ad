// SPDX-License-Identifier: Apache-2.0
// against.h - `tenon bench --against`.
#ifndef TN_CLI_AGAINST_H
#define TN_CLI_AGAINST_H

#include "cli.h"

int run_against(cli *c);

#endif
