# Before opset 16 the file has no word for aligned=True, and the exporter says nothing.
$ tenon check $DATA/P23_roi_align/aligned_at_11/ts11.onnx
> RoiAlign before opset 16 does not shift regions by half a pixel
$ tenon run $DATA/P23_roi_align/aligned_at_11/ts11.onnx --input $DATA/P23_roi_align/aligned_at_11/shifted0 --expect $DATA/P23_roi_align/aligned_at_11/shifted0
? 1
2> out of tolerance
$ tenon check $DATA/P23_roi_align/aligned/ts16.onnx
!> half a pixel
