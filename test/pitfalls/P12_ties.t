# Indices that point at equal values agree; the first of them is taken.
$ for m in ts11 ts20 dy20; do for c in topk sort; do tenon run --no-timing $DATA/P12_ties/$c/$m.onnx --input $DATA/P12_ties/$c/tied0 --expect $DATA/P12_ties/$c/tied0 || exit 1; done; done
> but for ties: 6 of 6 indices differ and point at equal values
> but for ties: 27 of 30 indices differ and point at equal values
> [0, 1, 2, 0, 1, 2]
$ tenon run --no-timing --json $DATA/P12_ties/topk/dy20.onnx --input $DATA/P12_ties/topk/tied0 --expect $DATA/P12_ties/topk/tied0
json
> "ties": 6
# Other values are no tie.
$ tenon run --no-timing $DATA/P12_ties/sort/dy20.onnx --random 1 --expect $DATA/P12_ties/sort/tied0
? 1
2> 'y1' differs from
# A tensor inside the network.
$ tenon run --no-timing $DATA/P12_ties/inside/ts17.onnx --input $DATA/P12_ties/inside/tied0 --expect $DATA/P12_ties/inside/tied0
> but for ties
# Any number of threads, any kernel.
$ tenon run --no-timing -q -t 1 --cpu generic $DATA/P12_ties/sort/dy20.onnx --input $DATA/P12_ties/sort/tied0 --save a && tenon run --no-timing -q -t 2 $DATA/P12_ties/sort/dy20.onnx --input $DATA/P12_ties/sort/tied0 --save b && cmp a/y1.npy b/y1.npy
