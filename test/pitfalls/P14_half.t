# A norm written out in f16 is one operator, which adds the squares up in a wide type: 300 * 300 is no infinity.
$ for c in rmsnorm rmsnorm_up rmsnorm_op; do for m in $DATA/P14_half/$c/*.onnx; do tenon show -O --disable-pass half $m | grep -E '^nodes|^ +[0-9]'; done; done | sort | uniq -c
> 6 nodes   1
> 6       1 RMSNormalization
$ for m in ts17 dy20; do tenon run --no-timing $DATA/P14_half/rmsnorm/$m.onnx --input $DATA/P14_half/rmsnorm_up/0 --expect $DATA/P14_half/rmsnorm_up/0 || exit 1; done
# PyTorch's own half overflows there, and so would f16 from node to node.
$ for m in ts17 dy20; do tenon run --no-timing $DATA/P14_half/rmsnorm/$m.onnx --disable-pass rmsnorm --disable-pass half --input $DATA/P14_half/rmsnorm_up/0 --expect $DATA/P14_half/rmsnorm_up/0 && exit 1; done; true
2> out of tolerance
# As it runs, what is between the nodes is f32: no infinity even where no norm is recognised.
$ for m in ts17 dy20; do tenon run --no-timing $DATA/P14_half/rmsnorm/$m.onnx --disable-pass rmsnorm --input $DATA/P14_half/rmsnorm_up/0 --expect $DATA/P14_half/rmsnorm_up/0 || exit 1; done
# Numbers that f16 cannot hold stay finite, but for what is an output.
$ printf 'graph "" {\n in %%x: f16[2]\n const %%c: f32[2] = {-3.4e38, 1e-12}\n %%h = Cast(%%c) {to=10}\n %%y = Add(%%x, %%h)\n out %%y\n}\n' >h.tnt && tenon run --no-timing h.tnt --random 1
> [-65504, 0.34
2> of 2 constants, 1 are beyond f16 and become its largest finite number, and 1 become 0; one is
$ printf 'graph "" {\n in %%x: f16[2]\n const %%c: f32[2] = {-3.4e38, 1e-12}\n %%y = Cast(%%c) {to=10}\n %%z = Add(%%x, %%y)\n out %%y\n out %%z\n}\n' >o.tnt && tenon run --no-timing o.tnt --random 1
> [-inf, 0]
2> become infinite
$ printf 'graph "" {\n in %%x: f32[2]\n const %%c: f32[2] = {-3.4028e38, 1}\n %%h = Cast(%%c) {to=16}\n %%g = Cast(%%x) {to=16}\n %%y = Add(%%g, %%h)\n out %%y\n}\n' >b.tnt && tenon run --no-timing b.tnt --random 1
> [-3.38953e+38, 1.
2> beyond bf16
# A row that is masked from end to end is no NaN.
$ printf 'graph "" {\n in %%x: f16[2,3]\n in %%keep: f16[2,3]\n const %%c: f32[] = {-3.4e38}\n const %%one: f16[] = {1}\n %%h = Cast(%%c) {to=10}\n %%gone = Sub(%%one, %%keep)\n %%m = Mul(%%gone, %%h)\n %%s = Add(%%x, %%m)\n %%y = Softmax(%%s)\n out %%y\n}\n' >m.tnt; printf 'graph "" {\n const %%x: f16[2,3] = {1, 2, 3, 1, 2, 3}\n const %%keep: f16[2,3] = {0, 0, 0, 1, 1, 0}\n out %%x\n out %%keep\n}\n' >k.tnt; tenon run -q k.tnt --save in
$ for p in half rmsnorm; do tenon run --no-timing m.tnt --input in --disable-pass $p; done
> , 0.269043, 0.730957, 0]
!> NaN
!> nan
# What one run's numbers were like, and which f16 would not hold, with the line or the module that they come from.
$ printf 'graph "" {\n in %%x: f32[3]\n const %%k: f32[] = {50000}\n const %%t: f32[] = {1e-7}\n %%a = Mul(%%x, %%k)\n %%b = Mul(%%x, %%t)\n %%c = Sqrt(%%x)\n const %%n: f32[] = {-inf}\n %%d = Max(%%n, %%x)\n out %%d\n out %%a\n out %%b\n out %%c\n}\n' >r.tnt; printf 'graph "" {\n const %%x: f32[3] = {-1, 0.00001, 2}\n out %%x\n}\n' >rx.tnt; tenon run -q rx.tnt --save rx; tenon run -q --no-timing r.tnt --input rx --ranges
> too large: f16 ends at 65504  a  f32[3]  Mul at a
> most are below 6.1e-05, where f16 loses bits  b  f32[3]  Mul at b
>       1  not finite as it is  c  f32[3]  Sqrt at c
>           -           -           -         0       1  not finite as it is  n  f32[]  constant at d
> 5 of 8 tensors do not fit f16; keep what makes and reads them in f32 or bf16
!>  x  f32
$ tenon run --no-timing r.tnt --input rx --ranges
> fits; some are below 6.1e-05  x  f32[3]  input at a
$ tenon run --no-timing r.tnt --input rx --ranges --json
json
> "fits_f16": false
> "f16": "too large: f16 ends at 65504"
$ tenon build -q --no-timing $DATA/P14_half/layernorm/dy20.onnx -o l.tne && tenon run --no-timing l.tne --input $DATA/P14_half/layernorm/0 --ranges
> LayerNormalization at normalization.py:
