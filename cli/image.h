// SPDX-License-Identifier: Apache-2.0
// image.h - a picture file becomes an input tensor: (pixel - mean) * scale, in the layout asked for. No
// resizing: the size must be the input's.
#ifndef TN_CLI_IMAGE_H
#define TN_CLI_IMAGE_H

#include "cli.h"

bool image_is(const char *path); // PNG and JPEG by their first bytes, the others by name
// `io` says type and shape; open dimensions are taken from the image. `shape` overrides io's dims, or NULL.
int image_load(cli *c, tn_tensor **t, const char *path, const tn_io *io, const tn_shape *shape);

#endif
