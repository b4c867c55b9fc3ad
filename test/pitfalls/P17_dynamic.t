# Sizes by name, any batch; a size that only the data tell is allowed. What does not fit is named.
$ tenon show $DATA/P17_dynamic/cnn/ts11.onnx
> x: f32[N,3,H,W]
$ tenon run --no-timing $DATA/P17_dynamic/cnn/dy20.onnx --shape x:64x3x32x96 --random 1
> y: f32[64,2,32,96]
$ tenon build -q --no-timing $DATA/P17_dynamic/cnn/dy20.onnx --min-shapes x:1x3x32x32 --opt-shapes x:4x3x64x64 --max-shapes x:64x3x320x320 -o c.tne && tenon run c.tne --shape x:7x3x96x160 --random 1
> y: f32[7,2,96,160]
$ tenon build -q --no-timing $DATA/P17_dynamic/two/ts11.onnx -o k.tne && tenon run k.tne --shape x:2x3 --shape x2:4x5 --random 1
? 1
2> dimension 'K' is 3 in input 'x' and 4 in input 'x2'
