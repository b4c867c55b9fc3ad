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
# At its greatest the memory holds the result (1024 bytes), a crop (256) and the two slices that it is made from, of
# rows (384) and of columns (192); overlapping windows keep the next rows as well. Never a second result.
$ for c in four in_place overlapping; do for m in $DATA/P18_slide/$c/*11.onnx; do tenon bench --no-timing -n 1 --json --tactics cpu.generic.update $m --random 1; done; done
> "context_bytes": 1856,
> "context_bytes": 1856,
> "context_bytes": 2048,
