# One operator, and an index outside, here 9, is an error.
$ for m in $DATA/P13_gather/rows/*.onnx $DATA/P13_gather/smaller/*.onnx; do tenon show -O $m | grep -E ' [0-9]+ [A-Z]'; done | sort -u
> 1 GatherElements
$ for i in 1 2 3 4; do printf '\011\0\0\0\0\0\0\0'; done > nines && tenon run --no-timing $DATA/P13_gather/rows/ts11.onnx --input x2=nines --random 1
? 1
2> index
$ head -c 24 nines > three && tenon run --no-timing $DATA/P13_gather/scatter/dy20.onnx --input x2=three --random 3
? 1
2> index
