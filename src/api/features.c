// SPDX-License-Identifier: Apache-2.0
// features.c - what was compiled in.
#include "tenon.h"

// The first comma is skipped.
const char *tn_features(void) {
    static const char features[] = ""
#ifdef TN_ZLIB
                                   ",zlib"
#endif
#ifdef TN_JSON
                                   ",json"
#endif
#ifdef TN_PNG
                                   ",png"
#endif
#ifdef TN_JPEG
                                   ",jpeg"
#endif
#ifdef TN_TIFF
                                   ",tiff"
#endif
#ifdef TN_WEBP
                                   ",webp"
#endif
#ifdef TN_JPEG2000
                                   ",jpeg2000"
#endif
        ;
    return features[0] ? features + 1 : features;
}
