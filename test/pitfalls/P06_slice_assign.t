# No ScatterND is left of an assignment to a slice, and nothing is written twice.
$ for m in $DATA/P06_slice_assign/*/*.onnx; do case $m in */index/*) ;; *) tenon show -O --text $m ;; esac; done
> tn.Update
!> = Scatter
!> = Transpose
$ for m in $DATA/P06_slice_assign/*add_y/dy20.onnx $DATA/P06_slice_assign/add_y/*.onnx; do tenon show -O $m | grep -E '^nodes|^ +[0-9]'; done | sort | uniq -c
> 5 nodes   1
> 5       1 tn.Update
$ tenon show -O $DATA/P06_slice_assign/overlap/ts11.onnx
> 3 tn.Update
$ tenon show -O $DATA/P06_slice_assign/overlap/dy20.onnx
> 3 tn.Update
# A slice beyond the end is an error, as the scatter was.
$ tenon build -q --no-timing $DATA/P06_slice_assign/dynamic_set_y/dy20.onnx -o e.tne && tenon run e.tne --shape x:2x3x2x4 --shape x2:2x3x2x2 --random 1
? 1
2> the updates reach beyond them
