# A summary, the text form, JSON, a drawing; of models and of engines.
$ tenon show $DATA/conv.tnt
> image: f32[1,3,8,8]
> probs: f32[1,64]
> nodes   6
> weights 112
> 1 Conv
$ tenon show $DATA/conv.tnt --text
> %r1 = Relu(%c1)
$ tenon show $DATA/conv.tnt --text >again.tnt && tenon show again.tnt --text >twice.tnt && cmp again.tnt twice.tnt
$ tenon show $DATA/conv.tnt --optimized --text
!> %unused
$ tenon show $DATA/conv.tnt --after dead
!> 1 Neg
$ tenon show $DATA/conv.tnt --after nosuchpass
? 1
2> nosuchpass
$ tenon show $DATA/conv.tnt --json
json
> "operators"
> "op": "Conv"
$ tenon show $DATA/conv.tnt --svg -
> <svg xmlns
> >Conv</text>
> </svg>
$ tenon show $DATA/conv.tnt --svg out.svg && grep -c rect out.svg
> 10
$ tenon show $DATA/conv.tnt --svg no/such/place.svg
? 1
2> cannot write no/such/place.svg
$ tenon show $DATA/conv.tnt --text --json
? 2
2> exclude each other
$ tenon show $DATA/hostile.tnt --svg - | tr -d '\n' | LC_ALL=C grep -c "$(printf '\033')"
? 1
> 0
$ tenon build -q $DATA/conv.tnt -o c.tne && tenon show c.tne
> image: f32[1,3,8,8]
> steps
# What a program's body says of it is no step.
$ tenon build -q --no-timing $DATA/gates.tnt -o g.tne && tenon show g.tne
> , 3 steps
>       2 tn.Program
$ tenon show c.tne --svg -
> >Softmax</text>
$ tenon show c.tne --json
json
> "kernel"
# The model is not drawn over.
$ cp $DATA/affine.tnt m.tnt && tenon show m.tnt --svg m.tnt
? 2
2> is the model itself
