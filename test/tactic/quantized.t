# Products and convolutions of 8-bit numbers, and the ways there and back.
within 1 ulps: DequantizeLinear

MatMulInteger(u8[5,7], i8[7,9])
MatMulInteger(u8[64,600], i8[600,130], u8{120}, i8{3})
MatMulInteger(i8[30,17], u8[17,1], i8{-128}, u8{255})
MatMulInteger(u8[2,3,20,16], u8[3,16,40], u8[], u8[40])
MatMulInteger(i8[3,2,9], i8[9], i8[1], i8[1])
MatMulInteger(u8[9], i8[3,9,2])
MatMulInteger(u8[20,15], i8[15,70], u8[20])
MatMulInteger(u8[4,0], i8[0,3])
MatMulInteger(u8[0,5], i8[5,3])
MatMulInteger(u8[40,2100], i8[2100,70])

QuantizeLinear(f32[6], f32[2], u8[2]) {axis=0, block_size=4}
QuantizeLinear(f32[3,700], f32{0.02}, u8{128})
QuantizeLinear(f32[2,5,9,7], f32[5], i8[5])
QuantizeLinear(f32[20,700], f32[700], u8[700]) {axis=1}
QuantizeLinear(f32[20,7], f32{0.001})
QuantizeLinear(f32[20,7], f32{-0.001}, i16{-7})
QuantizeLinear(f32[20,7], f32{0.0001}, u16{60000})
QuantizeLinear(f16[9,70], f32[9], i8[9]) {axis=0}
QuantizeLinear(bf16[9,70], f32{0.5}, i8{5})
QuantizeLinear(f32[4,0], f32{0.5}, i8{5})
QuantizeLinear(f32[4,6], f32[2,6]) {axis=0, block_size=2}

DequantizeLinear(u8[20], f32[2], u8[2]) {axis=-1, block_size=14}
DequantizeLinear(u8[3,700], f32{0.02}, u8{128})
DequantizeLinear(i8[2,5,9,7], f32[5], i8[5])
DequantizeLinear(i8[20,700], f32[700], i8[700]) {axis=-1}
DequantizeLinear(u16[20,7], f32{0.001})
DequantizeLinear(i16[20,7], f32{0.001}, i16{-7})

y, s, z = DynamicQuantizeLinear(f32[3,70])
y, s, z = DynamicQuantizeLinear(f32[20000])
y, s, z = DynamicQuantizeLinear(f32{1,2,5,4})
y, s, z = DynamicQuantizeLinear(f32{0,0})

QLinearMatMul(u8[5,70], f32{0.02}, u8{130}, i8[70,90], f32{0.01}, i8{0}, f32{0.05}, u8{100})
QLinearMatMul(i8[2,5,600], f32{0.02}, i8{-7}, i8[600,90], f32[90], i8[90], f32{0.9}, i8{10})
QLinearMatMul(u8[3,5,7], f32[5], u8[5], u8[3,7,9], f32{0.003}, u8{128}, f32[], u8[])

ConvInteger(u8[1,240,7,9], i8[40,240,3,3], u8{7}) {pads=[1,1,1,1]}
ConvInteger(u8[1,3,9,9], i8[5,3,3,3]) {pads=[1,1,1,1]}
ConvInteger(u8[1,16,1,1], i8[16,1,2,2]) {group=16, dilations=[2147483647,2147483647], pads=[2147483647,2147483647,0,0]}
ConvInteger(u8[1,3,1,1], i8[16,3,2,2]) {dilations=[2147483647,2147483647], pads=[2147483647,2147483647,0,0]}
ConvInteger(u8[2,5,17,23], u8[33,5,3,3], u8{127}, u8{120}) {pads=[1,1,1,1], strides=[2,2]}
ConvInteger(i8[1,8,13,11], i8[12,2,5,5], i8[], i8[12]) {dilations=[2,2], group=4, pads=[4,4,4,4]}
ConvInteger(i8[1,200,7,7], i8[30,200,3,3], i8{-128}) {pads=[1,1,1,1]}
ConvInteger(u8[2,3,40], i8[4,3,5]) {pads=[2,2], strides=[2]}
ConvInteger(u8[1,6,19,40], i8[6,1,3,3], u8{3}) {group=6, pads=[2,2,2,2], strides=[3,3]}
ConvInteger(u8[0,3,8,8], i8[4,3,3,3])
ConvInteger(u8[1,1,20,41], i8[17,1,4,5], u8{7}) {dilations=[2,1], pads=[3,2,1,4], strides=[2,3]}
ConvInteger(u8[2,3,9,300], i8[6,3,1,2]) {dilations=[1,3], strides=[1,2]}
ConvInteger(u8[1,7,5,6], i8[20,7,1,1]) {strides=[2,2]}

QLinearConv(u8[1,3,9,9], f32{0.02}, u8{130}, i8[5,3,3,3], f32{0.01}, i8{0}, f32{0.05}, u8{100}, i32[5])
  {pads=[1,1,1,1]}
QLinearConv(i8[1,20,30,30], f32{0.02}, i8{-3}, i8[40,20,3,3], f32[40], i8[40], f32{0.5}, i8{5})
  {pads=[1,1,1,1], strides=[2,2]}
QLinearConv(i8[1,1,20,300], f32{0.02}, i8{-7}, i8[6,1,8,6], f32[6], i8{0}, f32{0.05}, i8{5}, i32[6]) {pads=[3,3,4,2]}
QLinearConv(u8[2,3,17,21], f32{0.02}, u8{130}, u8[15,3,5,9], f32{0.01}, u8{128}, f32{0.05}, u8{100})
  {strides=[2,3], dilations=[2,1], pads=[4,4,4,4]}
QLinearConv(i8[1,10,14,40], f32{0.02}, i8{3}, i8[6,5,3,3], f32{0.01}, i8{0}, f32{0.05}, i8{1}) {group=2, dilations=[1,3]}
QLinearConv(u8[1,18,9,50], f32{0.02}, u8{3}, i8[29,18,2,2], f32{0.01}, i8{0}, f32{0.05}, u8{1}) {strides=[1,2]}
QLinearConv(u8[1,4,8,8], f32{0.02}, u8{130}, i8[5,4,2,2], f32{0.01}, i8{0}, f32{0.05}, u8{100})
  {dilations=[2147483647,2147483647], pads=[1073741820,1073741820,1073741820,1073741820]}
QLinearConv(u8[1,64,14,14], f32{0.02}, u8{0}, u8[70,64,1,1], f32{0.01}, u8{120}, f32{0.5}, i8{-100}, i32[70])
QLinearConv(u8[2,8,15,13], f32{0.02}, u8{130}, i8[8,1,3,3], f32[8], i8{0}, f32{0.02}, u8{100}, i32[8])
  {group=8, pads=[1,1,1,1]}
QLinearConv(i8[1,5,15,13], f32{0.02}, i8{-128}, i8[10,1,5,3], f32[10], i8[10], f32{0.02}, i8{100}) {group=5,
  pads=[2,1,2,1], strides=[2,2], dilations=[1,2]}
QLinearConv(i8[1,5,40], f32{0.02}, i8{-128}, i8[5,1,3], f32{0.1}, i8{0}, f32{0.02}, i8{100}) {group=5,
  auto_pad="SAME_UPPER"}
