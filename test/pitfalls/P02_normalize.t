# A norm, its bound, its Expand and the division are one operator, in the forms of both exporters.
$ for m in $DATA/P02_normalize/*/*.onnx; do tenon show -O --disable-pass half $m | grep -E '^nodes|^ +[0-9]'; done | sort | uniq -c
> 27 nodes   1
> 27       1 tn.Normalize
# In f16 the bound is still 1e-12: a row of zeros stays zeros, and 300 * 300 is no infinity.
$ for m in ts17 dy20; do tenon run --no-timing $DATA/P02_normalize/half_zero/$m.onnx --input $DATA/P02_normalize/half_zero/nan0; done
> [0, 0, 0, 1, 0, 0]
!> nan
# Written by hand there is no bound.
$ tenon show -O --text $DATA/P02_normalize/by_hand/dy20.onnx
> epsilon=0
# A simplified model keeps ONNX's operators.
$ tenon simplify -q $DATA/P02_normalize/l2/dy20.onnx -o n.onnx && tenon show n.onnx
> ReduceL2
!> tn.Normalize
