# Of the arithmetic on sizes nothing is left to run: one view, or a view, one copy and a view.
$ for c in view flatten flatten2 reshape; do for m in $DATA/P01_reshape/$c/*.onnx; do tenon show -O $m | grep nodes; done; done | sort | uniq -c
> 12 nodes   1
$ for m in $DATA/P01_reshape/*/*.onnx; do tenon show -O $m; done
!> Shape
!> Gather
!> Concat
!> tn.Dims
$ for m in $DATA/P01_reshape/shuffle/*.onnx; do tenon show -O $m; done | grep -c Transpose
> 3
