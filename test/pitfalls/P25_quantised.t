# A convolution between DequantizeLinear and QuantizeLinear runs on the integers, zero points and all.
$ for m in $DATA/P25_quantised/qdq/*.onnx; do tenon show -O $m | grep -E 'Linear|Conv'; done | sort | uniq -c
> 3       1 DequantizeLinear
> 3       1 QLinearConv
> 3       1 QuantizeLinear
# Scales by channel and by block, zero points other than 0: weights are dequantised when building.
$ printf 'graph "" {\n in %%x: f32[N,4]\n const %%w: i8[4,2] = {1, 2, 3, 4, 5, 6, 7, 8}\n const %%s: f32[2,2] = {1, 2, 3, 4}\n const %%z: i8[2,2] = {1, 1, 0, 2}\n %%d = DequantizeLinear(%%w, %%s, %%z) {axis=0, block_size=2}\n %%y = MatMul(%%x, %%d)\n out %%y\n}\n' >b.tnt; printf 'graph "" {\n const %%x: f32[4,4] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}\n out %%x\n}\n' >bx.tnt; printf 'graph "" {\n const %%y: f32[4,2] = {0, 2, 2, 6, 15, 16, 21, 24}\n out %%y\n}\n' >by.tnt; tenon run -q bx.tnt --save b; tenon run -q by.tnt --save b; tenon run --no-timing b.tnt --input b --expect b
> agrees
$ printf 'graph "" {\n in %%x: f32[2]\n const %%s: f32[2] = {0.5, 2}\n const %%z: u8[2] = {10, 200}\n %%q = QuantizeLinear(%%x, %%s, %%z) {axis=0}\n %%y = DequantizeLinear(%%q, %%s, %%z) {axis=0}\n out %%y\n out %%q\n}\n' >c.tnt; printf 'graph "" {\n const %%x: f32[2] = {1.25, 1000}\n out %%x\n}\n' >cx.tnt; tenon run -q cx.tnt --save c; tenon run --no-timing c.tnt --input c
> y: f32[2]  min 1  max 110
> q: u8[2]  min 12  max 255
