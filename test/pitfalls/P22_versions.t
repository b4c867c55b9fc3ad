# Nodes in no order are sorted; initializers may be inputs too; an opset from the future is read as the newest known.
$ tenon check $DATA/P22_versions/unsorted/ts11.onnx
> they were sorted
$ tenon check $DATA/P22_versions/newer/ts20.onnx
> its opset 99 is newer than
$ tenon show $DATA/P22_versions/inputs_too/ts11.onnx
> inputs  x: f32[1,3,6,6]
!> weight:
