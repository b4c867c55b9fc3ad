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
# An engine knows as well what its outputs point into.
$ for c in topk sort nms; do tenon build -q --no-timing $DATA/P12_ties/$c/dy20.onnx -o $c.tne; done
$ for c in topk sort; do tenon run --no-timing $c.tne --input $DATA/P12_ties/$c/tied0 --expect $DATA/P12_ties/$c/tied0 || exit 1; done
> but for ties: 6 of 6 indices differ and point at equal values
> but for ties: 27 of 30 indices differ and point at equal values
# Boxes that were kept are a set, in which equal boxes of equal scores stand for each other: 0 and 1, 2 and 3.
$ kept() { mkdir -p $1; printf 'graph "" {\n const %%y: i64[3] = {%s}\n out %%y\n}\n' "$2" >$1.tnt; tenon run -q $1.tnt --save $1; }; kept order "4, 2, 0"; kept equal "3, 4, 1"; kept other "0, 2, 3"; kept outside "0, 2, 5"
$ for m in nms.tne $DATA/P12_ties/nms/ts11.onnx $DATA/P12_ties/nms/dy20.onnx; do for k in order equal; do tenon run --no-timing $m --input $DATA/P12_ties/nms/0 --expect $k || exit 1; done; done
> the same boxes are kept, 2 stand elsewhere in the list or are one of several equal ones
> the same boxes are kept, 3 stand elsewhere in the list or are one of several equal ones
$ tenon run --no-timing nms.tne --input $DATA/P12_ties/nms/0 --expect other
? 1
2> 'y' differs from
$ tenon run --no-timing nms.tne --input $DATA/P12_ties/nms/0 --expect outside
? 1
2> 'y' differs from
# So are rows of batch, class and box: of the same class only.
$ value() { printf 'graph "" {\n const %%%s: %s\n out %%%s\n}\n' "$2" "$3" "$2" >v.tnt; mkdir -p $1; tenon run -q v.tnt --save $1; }; value in b "f32[1,3,4] = {0, 0, 1, 1, 5, 5, 6, 6, 5, 5, 6, 6}"; value in s "f32[1,2,3] = {0.9, 0.8, 0.8, 0.1, 0.7, 0.7}"; value rows y "i64[5,3] = {0, 1, 2, 0, 0, 2, 0, 0, 0, 0, 1, 1, 0, 1, 0}"; value fine y "i64[4,3] = {0, 1, 2, 0, 0, 2, 0, 1, 0, 0, 0, 0}"; value class y "i64[4,3] = {0, 1, 2, 0, 1, 1, 0, 1, 0, 0, 0, 0}"
$ printf 'graph "" {\n in %%b: f32[1,N,4]\n in %%s: f32[1,C,N]\n const %%most: i64[] = {9}\n const %%iou: f32[] = {0.5}\n %%y = NonMaxSuppression(%%b, %%s, %%most, %%iou)\n out %%y\n}\n' >rows.tnt; tenon run --no-timing rows.tnt --input in --expect fine
> the same boxes are kept, 4 stand elsewhere
$ tenon run --no-timing rows.tnt --input in --expect class
? 1
2> 'y' differs from
$ tenon run --no-timing rows.tnt --input in --expect rows
? 1
2> 'y' is i64[4,3], but
