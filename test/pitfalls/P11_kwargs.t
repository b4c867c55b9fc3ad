# A number in kwargs: the TorchScript exporter makes it an input, --bind a constant again.
$ tenon check $DATA/P11_kwargs/scale_asked_for/ts17.onnx
> this input is a scalar: a number that the exporter was given in args or kwargs
> --bind
$ tenon run --no-timing $DATA/P11_kwargs/scale_asked_for/ts17.onnx --bind onnx::Cast_1=3 --input $DATA/P11_kwargs/scale_asked_for/with0 --expect $DATA/P11_kwargs/scale_asked_for/with0
> agrees
$ tenon show $DATA/P11_kwargs/scale_asked_for/ts17.onnx --bind onnx::Cast_1=3
> inputs  x: f32[2,3]
!> f64
$ tenon check $DATA/P11_kwargs/scale/dy20.onnx
!> warning
# An image in kwargs: nothing is asked for.
$ tenon check $DATA/P11_kwargs/no_input/ts17.onnx
> the model has no inputs: all that it computes is constant
$ tenon run --no-timing $DATA/P11_kwargs/no_input/dy20.onnx --expect $DATA/P11_kwargs/no_input/none0
> agrees
# What --bind refuses.
$ tenon show $DATA/P11_kwargs/scale_asked_for/ts17.onnx --bind scale=3
? 2
2> the inputs are: x, onnx::Cast_1
$ tenon show $DATA/P01_reshape/view/ts11.onnx --bind x=3
? 2
2> its sizes are open
$ tenon show $DATA/P11_kwargs/scale_asked_for/ts17.onnx --bind x=$DATA/P12_ties/topk/tied0/x.npy
? 1
2> dimension 1 is fixed at 3 in the model, not 5
