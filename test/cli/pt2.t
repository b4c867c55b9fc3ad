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
# buffers that the model writes to are kept from run to run, and can be given
$ tenon show $DATA/../../pt2/counter.pt2
> count: f32[2]; kept from run to run, next is 'count.next'
$ tenon run $DATA/../../pt2/counter.pt2 --random 1 --save first -q && tenon run $DATA/../../pt2/counter.pt2 --random 1 -i count=first/count.next.npy
> count.next: f32[2]  min 2  max 2
$ tenon build $DATA/../../pt2/counter.pt2 -o counter.tne -q && tenon show counter.tne
> count: f32[2]; kept from run to run
$ tenon run counter.tne --random 1 --expect first
> agrees with first/count.next.npy
# the inputs that it was exported with, and the sizes it was exported for
$ tenon show $DATA/sample.pt2
> inputs  x: f32[x.0,2]; x.0 up to 9; the file has an example
$ tenon run $DATA/sample.pt2
> min 2.5
$ tenon run $DATA/sample.pt2 --random 1 --shape x:4x2
> f32[4,2]
$ tenon bench $DATA/sample.pt2 -n 1 --no-timing -q
# numbers that may change are among them; what the program took as it was is no input
$ tenon show $DATA/numbers.pt2
> inputs  x: f32[x.0,2]; the file has an example
>         n: i64[]; the file has an example
>         y: f32[2]; the file has an example
$ tenon run $DATA/numbers.pt2
> mul: f32[3,2]  min 0  max 7.5
> arange: i64[3]
> add: f32[2]  min 4  max 4
# sizes outside what it was exported for
$ tenon build $DATA/../../pt2/layers.pt2 -o any.tne -q && tenon run any.tne --shape x:33x3x9x12 --random 1
? 1
2> dimension 0, 'x.0', is 33; the model was exported for at most 32
$ tenon build $DATA/../../pt2/sizes.pt2 --shape args_0:2x3x8x3 -o any.tne
? 1
2> dimension 3 cannot be 3: the model was exported for 4 to 60
# an engine has no examples, but the program that it was built from has them
$ tenon build $DATA/sample.pt2 -o sample.tne -q && tenon run sample.tne
? 2
2> these inputs have no value
$ tenon run $DATA/sample.pt2 --save was -q && tenon run sample.tne -i $DATA/sample.pt2 --expect was --rtol 0 --atol 0
> agrees with was
$ tenon run sample.tne -i x=$DATA/sample.pt2
> min 2.5
$ tenon run sample.tne -i $DATA/../../pt2/counter.pt2
? 1
2> holds no example for the input 'x'
$ tenon run sample.tne -i $DATA/../../pt2/counter.pt2 --random 1
> add: f32[3,2]
# operators that write to their inputs, as exported and decomposed, by rows of a plug-in; what they need is told
$ cc -O1 -shared -fPIC -I"$DATA/../../../include" "$DATA/rows.c" -o rows.so
$ tenon run $DATA/written.pt2 --plugin ./rows.so --expect $DATA/written
> agrees with
$ tenon run $DATA/functionalized.pt2 --plugin ./rows.so --expect $DATA/written
> agrees with
$ tenon check $DATA/functionalized.pt2
? 1
> make_plugin_pt2.py
> example.mix.default
> a plug-in can say what it means
