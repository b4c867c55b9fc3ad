# as_strided over a dense tensor is no gather.
$ tenon show -O $DATA/P24_no_op/as_strided/dy20.onnx
> nodes   1
> 1 ReduceMean
$ for m in $DATA/P24_no_op/*/*.onnx; do tenon show -O $m; done
!> Loop
!> Sequence
!> Gather
# Nor is it where older exporters left a Loop over sequences, of which the shapes change from step to step.
$ tenon show $DATA/P24_no_op/loop/dy18.onnx
> Loop
$ tenon show -O $DATA/P24_no_op/loop/dy18.onnx
> nodes   1
> 1 GlobalAveragePool
