# The runner of ONNX' operator tests: what it finds and says. (The tests themselves are not the command's.)
$ tenon conformance nowhere
? 1
2> cannot open the folder nowhere
$ mkdir -p empty/sub && tenon conformance empty
? 1
> 0 passed, 0 failed, 0 skipped
2> there is no such case
# A model that reads as nothing fails, with a reason; a model is told by content, so the text form will do.
$ mkdir -p d/broken/test_data_set_0 && echo nonsense >d/broken/model.onnx && tenon conformance d
? 1
> FAILED broken: load:
> 0 passed, 1 failed, 0 skipped
$ mkdir -p e/a/bare && cp $DATA/conv.tnt e/a/bare/model.onnx && tenon conformance e
> skipped a/bare: no test_data_set_*
> 0 passed, 0 failed, 1 skipped
$ tenon conformance e --json
json
> "verdict": "skipped"
2> 0 passed, 0 failed, 1 skipped
$ mkdir e/a/bare/test_data_set_0 && tenon conformance e
? 1
> FAILED a/bare: input_0:
$ tenon conformance e --filter Gemm
? 1
> 0 passed, 0 failed, 0 skipped
$ tenon conformance e --filter softmax
? 1
> 0 passed, 1 failed, 0 skipped
$ tenon conformance e --filter 'ba*'
? 1
> 0 passed, 1 failed, 0 skipped
# One float, 2, as TensorProto: dims [1], type 1, raw bytes. Neg of it is expected, then something else.
$ mkdir -p n/neg/test_data_set_0 && cd n/neg && printf 'graph "neg" {\n in %%x: f32[1]\n %%y = Neg(%%x)\n out %%y\n}\n' >model.onnx && cd test_data_set_0 && printf '\010\001\020\001\112\004\000\000\000\100' >input_0.pb && printf '\010\001\020\001\112\004\000\000\000\300' >output_0.pb && tenon conformance ../..
> Neg
> 1 passed, 0 failed, 0 skipped
$ cd n && printf '\010\001\020\001\112\004\000\000\100\300' >neg/test_data_set_0/output_0.pb && tenon conformance .
? 1
> FAILED neg: output_0: 1 of 1 elements out of tolerance, worst at [0]: got -2, expected -3
$ cd n && printf '\010\001\020\007\112\010\000\000\000\000\000\000\000\000' >neg/test_data_set_0/output_0.pb && tenon conformance .
? 1
> is f32[1], expected i64[1]
$ cd n && rm neg/test_data_set_0/output_0.pb && tenon conformance .
> skipped neg: no expected outputs
> 0 passed, 0 failed, 1 skipped
# What others' operators keep from loading is skipped; a case known to be withdrawn is known by its data.
$ mkdir -p f/train/test_data_set_0 && printf 'graph "g" {\n in %%x: f32[9]\n %%y = ai.onnx.preview.training.Adam(%%x)\n out %%y\n}\n' >f/train/model.onnx && tenon conformance f
> skipped train: ai.onnx.preview.training.Adam: this operator trains
> 0 passed, 0 failed, 1 skipped
$ mkdir -p g && cp -r n/neg g/test_l2normalization_axis_0 && printf '\010\001\020\001\112\004\000\000\000\300' >g/test_l2normalization_axis_0/test_data_set_0/output_0.pb && tenon conformance g
> 1 passed, 0 failed, 0 skipped
# The bits of bf16 in a tensor of u16, as old cases have them.
$ mkdir -p h/neg/test_data_set_0 && cd h/neg && printf 'graph "neg" {\n in %%x: bf16[1]\n %%y = Neg(%%x)\n out %%y\n}\n' >model.onnx && cd test_data_set_0 && printf '\010\001\020\004\112\002\000\100' >input_0.pb && printf '\010\001\020\004\112\002\000\300' >output_0.pb && tenon conformance ../..
> 1 passed, 0 failed, 0 skipped
