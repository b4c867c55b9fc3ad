# SPDX-License-Identifier: Apache-2.0
"""Runs ONNX's own cases and judges the outcome: every case passes, or needs an operator that is known to be missing.

usage: test_conformance.py TENON SUITE... . `tenon conformance` knows passed and failed; here a failure whose every cause is an
operator named in test/conformance_missing.txt is a skip with that reason. A case that passes with an operator of that list
is a failure: the list only gets shorter.
"""
import json
import pathlib
import re
import subprocess
import sys

MISSING = pathlib.Path(__file__).resolve().parent.parent / "test/conformance_missing.txt"


def report(suite):
    done = subprocess.run([TENON, "conformance", suite, "--json"], capture_output=True, text=True)
    try:
        return json.loads(done.stdout)["cases"]
    except (json.JSONDecodeError, KeyError):
        sys.exit(f"{suite}: status {done.returncode}\n{done.stderr[-2000:]}")


def lacking(reason):
    """The operator that a reason says is not there, or None."""
    found = re.search(r"there is no operator '([^']+)' in domain '([^']+)'", reason or "")
    return found and (found[1] if found[2] == "ai.onnx" else f"{found[2]}.{found[1]}")


def main():
    missing = {line.strip() for line in MISSING.read_text().splitlines() if line.strip() and line[0] != "#"}
    count = {"passed": 0, "failed": 0, "skipped": 0}
    stale = set()
    for suite in sys.argv[2:]:
        for case in report(suite):
            verdict, reason = case["verdict"], case.get("reason")
            if verdict == "failed" and lacking(reason) in missing:
                verdict = "skipped"
            count[verdict] += 1
            if verdict == "passed":
                stale |= missing & set(case["operators"])
            else:
                print(f"{verdict} {case['name']}: {reason}")
    for operator in sorted(stale):
        count["failed"] += 1
        print(f"failed {operator}: it is there; its line in {MISSING.name} must go")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**count))
    return count["failed"] != 0


if __name__ == "__main__":
    TENON = sys.argv[1]
    sys.exit(main())
