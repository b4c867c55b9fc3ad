# A model becomes another model: simplified, or a part of one.
$ tenon simplify $DATA/conv.tnt -o s.onnx --check 3
> s.onnx:
> the outputs agree
$ tenon show s.onnx --text
> Conv(
!> tn.
$ tenon extract $DATA/conv.tnt -o whole.onnx && tenon show whole.onnx --text >a && tenon extract whole.onnx -o again.onnx -q && tenon show again.onnx --text | cmp - a && cmp whole.onnx again.onnx
$ tenon extract $DATA/conv.tnt --from c1 --to r1 -o part.onnx && tenon show part.onnx
> part.onnx: 1 nodes
> inputs  c1: f32[1,
> outputs r1: f32[1,
> 1 Relu
$ tenon extract $DATA/conv.tnt --to r1 -o part.onnx -q && tenon run part.onnx --random 1
> r1: f32[1,
$ tenon extract $DATA/conv.tnt --from nosuch --to r1 -o part.onnx
? 1
2> no tensor of this name
$ tenon extract $DATA/conv.tnt --from r1 --to c1 -o part.onnx
? 1
2> also depends on the input 'image'
$ tenon extract $DATA/conv.tnt
? 2
2> -o FILE.onnx is missing
$ tenon simplify $DATA/conv.tnt -o $DATA/conv.tnt
? 2
2> is the model itself
$ tenon simplify $DATA/conv.tnt -o no/such/place.onnx
? 1
2> no/such/place.onnx
$ printf 'graph "g" {\n in %%x: f32[4]\n const %%w: f32[4096] = {0.5...}\n %%s = ReduceSum(%%w)\n %%y = Mul(%%x, %%s)\n out %%y\n}\n' >big.tnt; tenon extract big.tnt -o big.onnx --external-data -q && ls && tenon run big.onnx --random 1
> big.onnx.data
> y: f32[4]
$ tenon simplify big.onnx -o small.onnx --check 1 -q && ls | grep -c small.onnx.data
? 1
> 0
$ printf 'graph "g" {\n in %%x: f32[N,3,H]\n %%s = Shape(%%x)\n const %%i: i64[2] = {0, 2}\n %%d = Gather(%%s, %%i)\n const %%two: i64[] = {2}\n %%h = Div(%%d, %%two)\n const %%z: f32[] = {0}\n %%e = Expand(%%z, %%h)\n out %%e\n}\n' >dims.tnt; tenon simplify dims.tnt -o dims.onnx --check 2 -q && tenon show dims.onnx --text
!> tn.
# Cut and tapped by modules in what torch.onnx.export(dynamo=True) writes.
$ tenon extract $DATA/modules.onnx --to 0.1.conv2 -o conv2.onnx -q && tenon run conv2.onnx -i $DATA/modules_x.npy --expect $DATA/modules_conv2.npy
> agrees
$ tenon extract $DATA/modules.onnx --from 0.0 --to 0.1.conv2 -o part.onnx -q && tenon show part.onnx
> inputs  relu_1: f32[1,2,2,3]
> 2 Conv
$ tenon run $DATA/modules.onnx -i $DATA/modules_x.npy --tap 0.1.conv2 --save taps -q && ls taps
> 0.1.conv2.npy
