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
# Numbers that f16 cannot hold.
$ printf 'graph "" {\n in %%x: f16[2]\n const %%c: f32[2] = {-3.4e38, 1e-12}\n %%h = Cast(%%c) {to=10}\n %%y = Add(%%x, %%h)\n out %%y\n}\n' >h.tnt && tenon build --no-timing h.tnt -o h.tne
2> of 2 constants, 1 become infinite and 1 become 0 as f16
