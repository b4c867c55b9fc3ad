# The norm's Expand goes: a reduction, the lower bound, a division.
$ for m in ts11 ts20 dy20; do tenon show -O --text $DATA/P02_normalize/l2/$m.onnx; done
> ReduceL2
> Clip
!> Expand
!> Shape
!> tn.Dims
$ for p in l1 inf last half; do for m in $DATA/P02_normalize/$p/*.onnx; do tenon show -O --text $m; done; done
!> Expand
!> tn.Dims
