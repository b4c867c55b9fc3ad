# Every size from 1 to 67 to every other, by scales that the exporter of opset 9 computes in floating point too.
$ for n in $(seq 2 68); do for m in ts9 ts11 dy20; do d=$DATA/P08_resize_size/all_nearest; tenon run -q --no-timing $d/$m.onnx --input x=$d/sizes.npz:x_$n --input x2=$d/sizes.npz:x2_$n --expect y=$d/sizes.npz:y_$n >/dev/null || exit 1; done; done
$ for n in $(seq 2 68); do for m in ts11 dy20; do d=$DATA/P08_resize_size/all_bilinear; tenon run -q --no-timing $d/$m.onnx --input x=$d/sizes.npz:x_$n --input x2=$d/sizes.npz:x2_$n --expect y=$d/sizes.npz:y_$n >/dev/null || exit 1; done; done
# Of the computation of the scales the size is left that was asked for.
$ tenon show -O --text $DATA/P08_resize_size/like_nearest/ts9.onnx
> : f32[1,2,P,Q]
!> Div(
!> Cast(
