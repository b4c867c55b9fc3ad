#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# venv.sh - makes .venv with exactly what test/requirements.txt pins; does nothing when it is there already.
set -eu
cd "$(dirname "$0")/.."
wanted=$(cksum < test/requirements.txt)
[ "$(cat .venv/.installed 2>/dev/null || true)" != "$wanted" ] || exit 0
echo "venv: installing $(grep -v '^#' test/requirements.txt | tr '\n' ' ')into .venv"
rm -rf .venv
python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check --retries 5 -r test/requirements.txt
printf '%s' "$wanted" > .venv/.installed
