# Pooling, of floats and of 8-bit numbers.
within 40 spread: AveragePool, GlobalAveragePool, LpPool, GlobalLpPool, Col2Im

MaxPool(f32[1,3,20,23]) {kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]}
MaxPool(f32[2,3,9,40]) {kernel_shape=[2,2]}
MaxPool(f32[2,3,9,41]) {kernel_shape=[2,2], strides=[2,2]}
MaxPool(f32[1,2,15,15]) {kernel_shape=[3,2], dilations=[2,3], strides=[2,3], ceil_mode=1}
MaxPool(f32[1,2,15,15]) {kernel_shape=[5,5], auto_pad="SAME_LOWER", strides=[3,2]}
MaxPool(f32[1,2,50]) {kernel_shape=[4], strides=[4]}
MaxPool(f16[1,2,13,13]) {kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]}
MaxPool(u8[2,3,17,40]) {kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]}
MaxPool(i8[1,5,9,70]) {kernel_shape=[2,5], pads=[0,2,1,3], dilations=[2,1]}
MaxPool(i8[2,3,40]) {kernel_shape=[4], strides=[3], auto_pad="SAME_LOWER"}
MaxPool(u8[1,1,12,10]) {kernel_shape=[3,2], strides=[2,2], ceil_mode=1}
MaxPool(u8[1,2,12,75]) {kernel_shape=[2,2], strides=[2,2]}
MaxPool(i8[2,1,13,40]) {kernel_shape=[3,2], strides=[2,2], dilations=[2,1]}
MaxPool(f32[1,2,9,70,16]) {kernel_shape=[3,3,1], strides=[2,2,1], pads=[1,1,0,1,1,0]}
MaxPool(f32[1,1,13,13,16]) {kernel_shape=[13,13,1], pads=[6,6,0,6,6,0]}
MaxPool(f32[1,1,7,150,16]) {kernel_shape=[2,5,1], dilations=[3,4,1], strides=[1,3,1], auto_pad="SAME_LOWER"}
MaxPool(f32[1,1,4,90,16]) {kernel_shape=[2,80,1], pads=[1,30,0,1,50,0]}
MaxPool(f32[1,1,5,7,16]) {kernel_shape=[2,3,1], strides=[2,2,1], ceil_mode=1}
MaxPool(f32[1,1,9,9,16]) {kernel_shape=[2,2,1], strides=[2,2,1], pads=[-3,-3,0,1,1,0]}
AveragePool(f32[1,1,5,22,16]) {kernel_shape=[3,6,1], strides=[1,6,1], dilations=[1,3,1], pads=[0,0,0,0,-3,0],
  count_include_pad=1, ceil_mode=1}
AveragePool(f32[1,1,5,22,16]) {kernel_shape=[2,4,1], strides=[1,3,1], pads=[0,0,0,0,-2,0], count_include_pad=1,
  ceil_mode=1}
AveragePool(f32[1,1,5,2,16]) {kernel_shape=[2,2,1], strides=[2,2,1], pads=[0,-1,0,0,1,0]}

AveragePool(f32[1,2,9,70,16]) {kernel_shape=[3,3,1], pads=[1,1,0,1,1,0]}
AveragePool(f32[1,2,9,70,16]) {kernel_shape=[3,3,1], strides=[2,2,1], pads=[1,1,0,1,1,0], count_include_pad=1}
AveragePool(f32[1,1,8,90,16]) {kernel_shape=[2,5,1], dilations=[1,3,1], auto_pad="SAME_UPPER"}
AveragePool(f32[1,1,6,9,16]) {kernel_shape=[2,3,1], strides=[2,2,1], ceil_mode=1}
AveragePool(f32[1,3,11,20]) {kernel_shape=[3,2], strides=[1,2], dilations=[2,1]}
AveragePool(f32[1,3,20,23]) {kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]}
AveragePool(f32[1,3,20,23]) {kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1], count_include_pad=1}
AveragePool(f32[1,3,7,7]) {kernel_shape=[7,7]}
AveragePool(f32[1,3,10,10]) {kernel_shape=[3,3], strides=[2,2], ceil_mode=1, pads=[0,1,1,0]}
AveragePool(f32[1,3,10,10]) {kernel_shape=[3,3], strides=[2,2], ceil_mode=1, count_include_pad=1}
AveragePool(f32[1,3,10,10]) {kernel_shape=[2,4], auto_pad="SAME_UPPER", count_include_pad=1}
AveragePool(bf16[1,3,10,10]) {kernel_shape=[2,2], dilations=[2,2]}
AveragePool(f32[1,3,44]) {kernel_shape=[3], strides=[2], pads=[1,1]}

GlobalAveragePool(f32[2,5,7,7])
GlobalAveragePool(f32[1,3,50,60])
GlobalAveragePool(f16[1,3,9])

GlobalMaxPool(f32[2,5,7,7])
GlobalMaxPool(f32[1,3,50,60])

MaxPool(f32[2,3,7,9,21]) {kernel_shape=[3,3,3], strides=[2,2,2], pads=[1,1,1,1,1,1]}
MaxPool(f32[1,3,6,8,40]) {kernel_shape=[2,2,2], strides=[2,2,2]}
MaxPool(f32[1,2,6,8,9]) {kernel_shape=[1,3,3], strides=[2,2,2], pads=[1,1,1,2,1,1]}
MaxPool(f32[1,2,9,5,6]) {kernel_shape=[3,2,3], strides=[4,1,1], dilations=[2,2,1], pads=[5,1,0,4,0,2], ceil_mode=1}
MaxPool(f16[1,2,5,6,7]) {kernel_shape=[3,3,3], auto_pad="SAME_UPPER", strides=[2,1,2]}
AveragePool(f32[1,3,7,9,21]) {kernel_shape=[3,3,3], strides=[2,2,2], pads=[1,1,1,1,1,1]}
AveragePool(f32[1,3,7,8,21]) {kernel_shape=[2,2,2], strides=[2,2,2]}
AveragePool(f32[1,3,7,8,21]) {kernel_shape=[1,2,2], strides=[1,2,2]}
AveragePool(f32[2,2,5,6,7]) {kernel_shape=[3,2,3], pads=[1,1,1,2,0,1], count_include_pad=1, ceil_mode=1, strides=[2,1,2]}
AveragePool(bf16[1,2,4,7,7]) {kernel_shape=[2,7,7]}
MaxPool(f32[2,2,5,9,21,16]) {kernel_shape=[3,3,3,1], strides=[2,2,2,1], pads=[1,1,1,0,1,1,1,0]}
MaxPool(f32[1,2,4,9,9,16]) {kernel_shape=[3,3,3,1], pads=[1,1,1,0,1,1,1,0]}
MaxPool(f32[1,2,4,9,9,16]) {kernel_shape=[1,3,3,1], strides=[1,2,2,1]}
MaxPool(f32[1,1,5,6,70,16]) {kernel_shape=[2,2,2,1], strides=[2,2,2,1], dilations=[2,1,1,1], ceil_mode=1}
MaxPool(f32[1,1,3,6,7,16]) {kernel_shape=[2,2,2,1], strides=[3,2,2,1], pads=[3,0,0,0,3,0,0,0]}
AveragePool(f32[1,2,4,7,9,16]) {kernel_shape=[2,7,7,1]}
AveragePool(f32[2,1,5,7,9,16]) {kernel_shape=[3,3,2,1], pads=[1,1,1,0,1,1,0,0], strides=[2,1,2,1]}
AveragePool(f32[1,1,5,7,9,16]) {kernel_shape=[3,3,3,1], pads=[1,1,1,0,1,1,1,0], count_include_pad=1}

v, i = MaxPool(f32[2,3,9,40]) {kernel_shape=[2,2], strides=[2,2]}
v, i = MaxPool(f32[1,2,15,17]) {kernel_shape=[3,3], strides=[2,3], pads=[1,1,1,1], dilations=[2,1], ceil_mode=1}
v, i = MaxPool(f32[1,2,50]) {kernel_shape=[5], pads=[2,2]}
v, i = MaxPool(f32[1,2,5,6,7]) {kernel_shape=[2,3,3], auto_pad="SAME_LOWER", strides=[2,1,2]}
v, i = MaxPool(f16[1,3,8,9]) {kernel_shape=[3,2], strides=[1,2]}

LpPool(f32[2,3,9,40]) {kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]}
LpPool(f32[1,5,15,17]) {kernel_shape=[2,3], p=1, dilations=[2,1]}
LpPool(f32[1,3,70]) {kernel_shape=[4], strides=[4]}
LpPool(f32[1,3,71]) {kernel_shape=[5], strides=[3], dilations=[2], p=1, ceil_mode=1}
LpPool(f32[1,2,6,7]) {kernel_shape=[3,2], auto_pad="SAME_UPPER", strides=[2,2]}
GlobalLpPool(f32[2,5,9,11])
GlobalLpPool(f32[2,5,7]) {p=1}
GlobalLpPool(f32[1,3,0])
MaxPool(f32[1,3,20,33]) {kernel_shape=[5,5], pads=[2,2,2,2]}
MaxPool(f32[1,2,31,17]) {kernel_shape=[13,13], pads=[6,6,6,6]}
MaxPool(f16[1,2,19,23]) {kernel_shape=[5,4], dilations=[2,3], strides=[1,2], pads=[2,3,2,3]}
MaxPool(f32[1,2,19,53]) {kernel_shape=[7,5], dilations=[1,3], strides=[1,4], pads=[2,3,2,3]}
MaxPool(f32[1,3,100]) {kernel_shape=[4], strides=[4]}
AveragePool(f32[1,3,20,33]) {kernel_shape=[6,5], strides=[1,3], pads=[2,2,2,2]}

Col2Im(f32[2,18,30], i64{5,6}, i64{3,3}) {pads=[1,1,1,1]}
Col2Im(f32[1,8,12], i64{6,8}, i64{2,2}) {strides=[2,2]}
Col2Im(f32[1,18,1200], i64{34,44}, i64{3,3}) {dilations=[2,2]}
Col2Im(f32[1,6,4], i64{7,9}, i64{2,3}) {strides=[4,5], pads=[0,1,0,0]}

MaxUnpool(f32[1,1,2,2], i64[1,1,2,2]{5,7,13,15}) {kernel_shape=[2,2], strides=[2,2]}
MaxUnpool(f16[1,2,2], i64[1,2,2]{1,2,4,7}) {kernel_shape=[2], strides=[2]}
MaxUnpool(f64[1,1,2,3], i64[1,1,2,3]{0,0,8,8,11,11}) {kernel_shape=[2,2]}

# Planes that are too large to be written out.
MaxPool(f32[1,1,1,1]) {kernel_shape=[2,2], dilations=[2147483647,2147483647], pads=[2147483647,2147483647,0,0]}
LpPool(f32[1,1,1,1]) {kernel_shape=[2,2], dilations=[2147483647,2147483647], pads=[2147483647,2147483647,0,0]}
AveragePool(f32[1,1,1,1]) {kernel_shape=[2,2], dilations=[2147483647,2147483647], pads=[2147483647,2147483647,0,0]}
