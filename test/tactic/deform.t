# Convolutions whose taps are moved by an input.
within 16 lengths: DeformConv

DeformConv(f32[1,5,7,9], f32[6,5,3,3], f32[1,18,7,9], f32[6]) {pads=[1,1,1,1]}
DeformConv(f32[2,6,9,8], f32[8,3,3,2], f32[2,24,4,8], f32[8], f32[2,12,4,8]) {group=2, offset_group=2, strides=[2,1],
  pads=[1,0,0,1]}
DeformConv(f32[1,12,6,7], f32[9,4,2,2], f32[1,16,5,12], _, f32[1,8,5,12]) {group=3, offset_group=2, dilations=[2,1],
  pads=[1,3,0,3]}
DeformConv(f32[1,64,8,9], f32[33,64,3,3], f32[1,18,8,9]) {pads=[1,1,1,1]}
DeformConv(f32[1,2,0,5], f32[3,2,3,3], f32[1,18,2,5]) {pads=[2,1,2,1]}
DeformConv(f32[1,1,1,1], f32[1,1,1,1], f32[1,2,1,1])
