// SPDX-License-Identifier: Apache-2.0
// features.c - what was compiled in.
#include "tenon.h"

const char *tn_features(void) {
#ifdef TN_ZLIB
    return "zlib";
#else
    return "";
#endif
}
