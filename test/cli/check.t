# Accepted or not, with every problem and where it is.
$ tenon check $DATA/affine.tnt $DATA/conv.tnt
> affine.tnt: accepted
> conv.tnt: accepted
$ tenon check -q $DATA/affine.tnt
!> accepted
$ tenon check $DATA/affine.tnt $DATA/bad.tnt
? 1
> affine.tnt: accepted
> NoSuchOperator: node 'a'
> hint:
> bad.tnt: 1 error
$ tenon check --json $DATA/affine.tnt $DATA/bad.tnt
? 1
json
> "accepted": false
> "op": "NoSuchOperator"
> "severity": "error"
# Operators nobody knows: each once with its nodes, and what a plug-in would have to compute.
$ LC_ALL=C sed 's/Relu/Rely/g; s/Gemm/Germ/g' "$DATA/../../../examples/digits/digits.onnx" >unknown.onnx
$ tenon check unknown.onnx
? 1
> there is no operator 'Rely' in domain 'ai.onnx'; 
> there is no operator 'Germ' in domain 'ai.onnx'
> note: unknown.onnx: what is not supported is 1 node
> (Rely); into it goes
> unknown.onnx: 2 errors
$ tenon build unknown.onnx -o unknown.tne
? 1
2> there is no operator 'Germ'
2> (Germ); into it go
$ tenon check $DATA/cut.tnt
? 1
> line 2
$ tenon check nothing.onnx
? 1
> nothing.onnx
$ mkdir folder && tenon check folder
? 1
> not a regular file
$ : >empty.onnx && tenon check empty.onnx
? 1
> empty.onnx: 1 error
# An engine is verified.
$ tenon build -q $DATA/conv.tnt -o conv.tne && tenon check conv.tne
> conv.tne: accepted
$ head -c 300 conv.tne >short.tne && tenon check short.tne
? 1
> short.tne: 1 error
$ printf X | dd of=conv.tne bs=1 seek=200 conv=notrunc 2>/dev/null && tenon check conv.tne
? 1
> conv.tne: 1 error
# Also its weights, which are checked elsewhere when they are first needed; then a run refuses as well.
$ tenon build -q $DATA/conv.tnt -o w.tne && tenon check w.tne && printf 'X' | dd of=w.tne bs=1 seek=64 conv=notrunc 2>/dev/null; tenon check w.tne
? 1
> the engine is damaged
$ tenon build -q $DATA/conv.tnt -o w.tne && printf 'X' | dd of=w.tne bs=1 seek=64 conv=notrunc 2>/dev/null; tenon run w.tne --random 1
? 1
2> the engine is damaged
