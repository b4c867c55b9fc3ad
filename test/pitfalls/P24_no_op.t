# as_strided over a dense tensor is no gather.
$ tenon show -O $DATA/P24_no_op/as_strided/dy20.onnx
> nodes   1
> 1 ReduceMean
$ for m in $DATA/P24_no_op/*/*.onnx; do tenon show -O $m; done
!> Loop
!> Sequence
!> Gather
