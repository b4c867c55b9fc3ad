# One operator, and an index outside is an error: random ones reach from 0 to 9.
$ for m in $DATA/P13_gather/rows/*.onnx $DATA/P13_gather/smaller/*.onnx; do tenon show -O $m | grep -E ' [0-9]+ [A-Z]'; done | sort -u
> 1 GatherElements
$ tenon run --no-timing $DATA/P13_gather/rows/ts11.onnx --random 1
? 1
2> index
$ tenon run --no-timing $DATA/P13_gather/scatter/dy20.onnx --random 3
? 1
2> index
