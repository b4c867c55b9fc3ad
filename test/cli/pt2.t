# PyTorch's exported programs, wherever a model can be.
$ tenon check $DATA/../../pt2/layers.pt2 && tenon check $DATA/../../pt2/old_2_4.pt2
> accepted
$ tenon run $DATA/../../pt2/layers.pt2 --random 1 --tap stem --tap norm --save taps -q && ls taps
> norm.npy
> stem.npy
$ tenon build $DATA/../../pt2/layers.pt2 --shape x:2x3x9x12 -o layers.tne -q && tenon run layers.tne --random 1 --tap stem --save more -q && cmp more/stem.npy taps/stem.npy
$ tenon extract $DATA/../../pt2/layers.pt2 --from stem --to norm -o part.onnx && tenon show part.onnx
> inputs  stem.2: f32[x.0,8,5,6]
> outputs norm: f32[x.0,6,11,13]
$ tenon weights ls $DATA/../../pt2/weights.pt2
> tied.weight
$ tenon run $DATA/../../pt2/layers.pt2 --random 1 --tap stem.9
? 1
2> a module of PyTorch's can be named by its path
# sizes outside what it was exported for
$ tenon build $DATA/../../pt2/layers.pt2 -o any.tne -q && tenon run any.tne --shape x:33x3x9x12 --random 1
? 1
2> dimension 0, 'x.0', is 33; the model was exported for at most 32
$ tenon build $DATA/../../pt2/sizes.pt2 --shape args_0:2x3x8x3 -o any.tne
? 1
2> dimension 3 cannot be 3: the model was exported for 4 to 60
