# Sixteen nodes of arithmetic for each pad are gone; what depends on shapes is one list of sizes.
$ for c in three crop front; do for m in $DATA/P07_pad/$c/*.onnx; do tenon show -O $m | grep -E '^ +[0-9]'; done; done | sort | uniq -c
> 4       3 Pad
> 8       1 Pad
$ tenon show $DATA/P07_pad/three/ts11.onnx
> nodes   24
# PyTorch refuses to reflect by more than there is; ONNX goes on reflecting: told where the size is known.
$ tenon build --no-timing $DATA/P07_pad/reflect/ts11.onnx --shape x:1x2x3 -o r.tne
2> dimension 2 has 3 elements and is padded by 3 of its own (mode reflect): PyTorch refuses more than 2
$ tenon build --no-timing $DATA/P07_pad/reflect/dy20.onnx --shape x:1x2x4 -o r.tne
!2> warning
$ tenon run --no-timing $DATA/P07_pad/reflect/ts11.onnx --shape x:1x2x3 --random 1
> y: f32[1,2,9]
$ for m in $DATA/P07_pad/from_shape/*.onnx; do tenon show -O --text $m; done | grep -c ': f32\[1,2,P,Q\]'
> 6
$ for m in $DATA/P07_pad/from_shape/*.onnx; do tenon show -O $m; done
!> Transpose
!> Slice
