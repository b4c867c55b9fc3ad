# Sizes and pixels for every length from 1 to 67, by 2.5 and by 2.3.
$ for n in $(seq 2 68); do for m in ts11 dy20; do d=$DATA/P10_interpolate/all_nearest; tenon run -q --no-timing $d/$m.onnx --input x=$d/sizes.npz:x_$n --expect y=$d/sizes.npz:y_$n >/dev/null || { echo $m $n; exit 1; }; done; done
$ for n in $(seq 2 50) $(seq 52 68); do for m in ts11 dy20; do d=$DATA/P10_interpolate/all_linear; tenon run -q --no-timing $d/$m.onnx --input x=$d/sizes.npz:x_$n --expect y=$d/sizes.npz:y_$n >/dev/null || { echo $m $n; exit 1; }; done; done
# 50 times 2.3 is a hair below 115 in double, where PyTorch computes, and 115 in the float that the file holds.
$ tenon check $DATA/P10_interpolate/rounded/ts11.onnx
> 50 times 2.3 is 115 in float, as ONNX Runtime has it, but 114 in double, as PyTorch has it
# nearest-exact comes as GatherND with a grid of indices between Transposes.
$ tenon show $DATA/P10_interpolate/exact/dy20.onnx
> GatherND
$ tenon show -O $DATA/P10_interpolate/exact/dy20.onnx
> 2 Gather
!> GatherND
!> Transpose
