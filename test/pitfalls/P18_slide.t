# Each window is added where it belongs: one padded tensor of full size, the result's own, instead of one a window.
$ for m in $DATA/P18_slide/four/*.onnx; do tenon show -O $m | grep -E ' (Pad|Add|tn.Update)$'; done | sort | uniq -c
> 3       1 Pad
> 3       3 tn.Update
!> Add
$ for m in $DATA/P18_slide/overlapping/*.onnx; do tenon show -O $m | grep -E ' (Pad|Add|Scatter.*|tn.Update)$'; done | sort | uniq -c
> 2       1 Pad
> 2       8 tn.Update
!> Add
!> Scatter
$ for m in $DATA/P18_slide/in_place/*.onnx; do tenon show -O --text $m; done
> tn.Update
!> = Scatter
!> = Transpose
!> = Add
