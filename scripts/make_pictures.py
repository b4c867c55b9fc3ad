#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_pictures.py - writes test/pictures.h: one small picture in every format, and what Pillow reads from it.

usage: scripts/make_pictures.py >test/pictures.h    (needs Pillow and NumPy)
"""
import io

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 5, 7
y, x = np.mgrid[:HEIGHT, :WIDTH]
RGB = np.stack([x * 36 + y, 200 - y * 40, (x * 7 + y * 50) % 256], 2).astype(np.uint8)


def saved(image, kind, **options):
    to = io.BytesIO()
    image.save(to, kind, **options)
    return to.getvalue()


def alpha():
    return Image.fromarray(np.concatenate([RGB, (x * 30 + 9)[..., None].astype(np.uint8)], 2))


picture = Image.fromarray(RGB)
grey = picture.convert("L")
FILES = {
    "bmp24": saved(picture, "BMP"),
    "bmp8": saved(picture.quantize(16), "BMP"),
    "bmp1": saved(picture.convert("1"), "BMP"),
    "png": saved(picture, "PNG"),
    "png_grey": saved(grey, "PNG"),
    "png_palette": saved(picture.quantize(16), "PNG"),
    "png_alpha": saved(alpha(), "PNG"),
    "jpeg": saved(picture, "JPEG", quality=90, subsampling=2, optimize=True),
    "jpeg_progressive": saved(picture, "JPEG", quality=90, progressive=True),
    "jpeg_grey": saved(grey, "JPEG", optimize=True),
    "jpeg_cmyk": saved(picture.convert("CMYK"), "JPEG", optimize=True),
    "tiff": saved(picture, "TIFF"),
    "tiff_lzw": saved(picture, "TIFF", compression="tiff_lzw"),
    "tiff_grey": saved(grey, "TIFF", compression="tiff_adobe_deflate"),
    "webp": saved(picture, "WEBP", lossless=True),
    "webp_lossy": saved(picture, "WEBP", quality=80),
    "jp2": saved(picture, "JPEG2000", irreversible=False),
    "j2k": saved(grey, "JPEG2000", no_jp2=True),
}


def rows(data):
    data = list(data)
    return "\n".join("    " + ", ".join(map(str, data[i : i + 24])) + "," for i in range(0, len(data), 24))


print("// SPDX-License-Identifier: Apache-2.0")
print("// pictures.h - small picture files of every format and their pixels as Pillow reads them, in RGB. Written by")
print("// scripts/make_pictures.py; do not edit.")
print("// clang-format off")
for name, data in FILES.items():
    image = Image.open(io.BytesIO(data))
    pixels = np.array(image.convert("RGB"))
    if image.mode == "RGBA":
        pixels = np.array(image)[..., :3]
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    print(f"static const unsigned char {name}_file[] = {{\n{rows(data)}\n}};")
    print(f"static const unsigned char {name}_pixels[{HEIGHT} * {WIDTH} * 3] = {{\n{rows(pixels.ravel())}\n}};")
print("enum { PICTURE_HEIGHT = %d, PICTURE_WIDTH = %d };" % (HEIGHT, WIDTH))
print("static const struct picture {\n    const char *name;\n    const unsigned char *file;\n    unsigned long size;")
print("    const unsigned char *pixels;\n} pictures[] = {")
for name in FILES:
    print(f'    {{"{name}", {name}_file, sizeof {name}_file, {name}_pixels}},')
print("};")
