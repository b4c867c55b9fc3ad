# Whole models and single operators of other domains with the outputs that ONNX Runtime gives; see scripts/make_*_cases.py.
$ tenon conformance $DATA/../../cases
> 0 failed, 0 skipped
!> FAILED
