# Transposed convolutions of planes.
within 16 lengths: tn.ConvTranspose
within 16 products: ConvTranspose

tn.ConvTranspose(f32[1,3,5,7], f32[3,4,3,3], f32[4]) {strides=[2,2], pads=[1,1,1,1], activation="Relu"}
tn.ConvTranspose(f16[1,3,5,7], f16[3,4,2,2]) {strides=[2,2], activation="Silu"}

ConvTranspose(f32[1,3,5,7], f32[3,4,3,3], f32[4]) {strides=[2,2], pads=[1,1,1,1], output_padding=[1,1]}
ConvTranspose(f32[2,8,9,9], f32[8,20,4,4]) {strides=[2,2], pads=[1,1,1,1]}
ConvTranspose(f32[1,300,6,6], f32[300,33,2,2], f32[33]) {strides=[2,2]}
ConvTranspose(f32[1,6,5,6], f32[6,2,3,2], f32[6]) {group=3, dilations=[2,3], strides=[1,2]}
ConvTranspose(f32[1,4,40,70], f32[4,3,5,5])
ConvTranspose(f32[1,3,9], f32[3,5,4], f32[5]) {strides=[3], pads=[2,0]}
ConvTranspose(f32[1,3,5,5], f32[3,2,3,3]) {strides=[3,2], output_shape=[16,11]}
ConvTranspose(f32[1,3,5,5], f32[3,2,3,3]) {auto_pad="SAME_UPPER", strides=[2,2]}
ConvTranspose(f32[1,3,5,5], f32[3,2,3,3]) {auto_pad="SAME_LOWER", strides=[2,2]}
ConvTranspose(f32[1,2,4,4], f32[2,2,2,2]) {strides=[3,3], output_padding=[2,1]}
ConvTranspose(f16[1,6,5,6], f16[6,7,3,3], f16[7]) {strides=[2,2]}
ConvTranspose(f32[1,1,1,1], f32[1,1,1,1])
ConvTranspose(f32[2,6,5,7], f32[6,5,3,3], f32[10]) {group=2, strides=[2,2], pads=[1,1,1,1],
  output_padding=[1,1]}
ConvTranspose(f32[1,3,5,6], f32[3,2,3,2], f32[2]) {strides=[3,1], dilations=[2,3], pads=[0,1,2,0]}
ConvTranspose(f32[1,2,4,5], f32[2,3,2,2]) {strides=[4,3]}
ConvTranspose(f32[1,2,4,4], f32[2,3,3,3], f32[3]) {strides=[2,4], dilations=[2,2]}
ConvTranspose(f32[1,2,4,4], f32[2,3,3,3]) {strides=[2,2], pads=[5,5,4,4]}
ConvTranspose(f32[0,3,6,6], f32[3,5,3,3])
ConvTranspose(f32[1,5,3,4,5], f32[5,4,2,2,2], f32[4]) {strides=[2,2,2]}
ConvTranspose(f32[2,4,3,4,21], f32[4,3,3,3,3], f32[3]) {strides=[1,2,2], pads=[1,1,1,1,1,0], output_padding=[0,1,0]}
ConvTranspose(f32[1,40,3,5,5], f32[40,6,3,2,3]) {strides=[3,1,1], dilations=[2,2,1], group=2, pads=[0,3,1,4,0,1]}
ConvTranspose(f16[1,5,3,4,5], f16[5,4,2,3,2], f16[4]) {strides=[2,1,2]}
tn.ConvTranspose(f32[1,3,2,5,7], f32[3,4,3,3,3], f32[4]) {strides=[2,2,2], pads=[1,1,1,1,1,1], activation="Relu"}
