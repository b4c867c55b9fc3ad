# First layers that read an image as it comes: bytes, channels last, normalised on the way. Bounds: blocked.t.

tn.BlockedConv(u8[1,31,29,3], f32[17,3,7,7], f32[17]) {pads=[3,3,3,3], strides=[2,2], channels_last=1,
  scale=[0.0171,0.0175,0.0174], shift=[-2.1179,-2.0357,-1.8044], activation="Relu"}
tn.BlockedConv(u8[2,3,33,40], f32[32,3,3,3], f32[32]) {pads=[1,1,1,1], strides=[2,2], scale=[0.0078,0.0078,0.0078],
  shift=[-1.0,-1.0,-1.0]}
tn.BlockedConv(i8[1,40,37,3], f32[70,3,3,3], f32[70]) {pads=[0,1,2,1], channels_last=1, scale=[0.0078,0.0039,-0.01],
  shift=[0.5,0.0,-0.25], activation="Silu"}
tn.BlockedConv(i8[3,1,20,19], f32[24,1,5,4], f32[24]) {dilations=[2,1], pads=[4,0,3,3], strides=[1,3], scale=[0.0078]}
tn.BlockedConv(u8[1,1,9,50], f32[64,1,3,3]) {channels_last=0, shift=[-128.0]}
tn.BlockedConv(u8[2,21,35,1], f32[16,1,3,3], f32[16]) {channels_last=1, pads=[1,1,1,1], scale=[0.0039], shift=[-0.5]}
tn.BlockedConv(u8[1,18,47,2], f32[20,2,3,3], _, f32[1,2,18,24,16]) {channels_last=1, pads=[1,1,1,1], strides=[1,2],
  scale=[0.01,0.02], shift=[-1.0,-2.0], activation="Relu"}
tn.BlockedConv(u8[1,64,67,4], f32[48,4,3,3], f32[48]) {channels_last=1, pads=[1,1,1,1], strides=[2,2],
  scale=[0.01,0.02,0.03,0.0], shift=[-1.0,-2.0,-3.0,1.0]}
tn.BlockedConv(i8[1,7,5,4], f32[33,4,3,3]) {channels_last=1, pads=[5,4,5,4], strides=[3,2], dilations=[2,2]}
tn.BlockedConv(f32[2,33,31,3], f32[24,3,3,3], f32[24]) {channels_last=1, pads=[1,1,1,1], strides=[2,2]}
tn.BlockedConv(f32[1,17,16,2], f32[16,2,2,2]) {channels_last=1, scale=[2.0,0.5], shift=[-1.0,0.25]}
tn.BlockedConv(f32[1,4,9,33], f32[16,4,1,1], f32[16]) {scale=[2.0,0.5,1.0,-1.0], strides=[2,2]}
tn.BlockedConv(u8[1,50,1,3], f32[17,3,7,1]) {channels_last=1, strides=[3,1], scale=[0.01,0.01,0.01]}
tn.BlockedConv(u8[1,1,16,3], f32[16,3,1,1]) {channels_last=1, scale=[0.01,0.01,0.01], shift=[-1.0,-1.0,-1.0]}
tn.BlockedConv(u8[1,16,1,3], f32[16,3,3,3]) {channels_last=1, pads=[1,1,1,1], scale=[0.01,0.01,0.01]}
tn.BlockedConv(u8[1,3,12,13], f32[8,3,3,3]) {auto_pad="SAME_LOWER", strides=[2,2], shift=[-100.0,-110.0,-120.0]}
tn.BlockedConv(u8[1,3,0,13], f32[8,3,1,1]) {pads=[1,0,1,0]}
tn.BlockedConv(f32[1,3,0,13], f32[8,3,1,1]) {pads=[1,0,1,0]}
tn.BlockedConv(f32[1,1,0,13,16], f32[8,3,3,3]) {pads=[2,0,1,0]}
tn.BlockedConv(u8[0,5,13,3], f32[8,3,1,1]) {channels_last=1, scale=[0.01,0.01,0.01]}
tn.BlockedConv(u8[1,130,131,3], f32[16,3,3,3], f32[16]) {pads=[1,1,1,1], channels_last=1, scale=[0.02,0.02,0.02],
  shift=[-2.1,-2.0,-1.8]}

tn.BlockedChain(u8[1,41,37,3], f32[17,3,3,3], f32[17], f32[17,1,3,3], f32[17], f32[9,17,1,1], f32[9])
  {strides=[2,2,1,1,1,1], pads=[1,1,1,1,1,1,1,1,0,0,0,0], groups=[1,17,1], activations=["Relu","Relu",""],
  channels_last=1, scale=[0.0171,0.0175,0.0174], shift=[-2.1179,-2.0357,-1.8044]}
tn.BlockedChain(i8[2,4,23,18], f32[40,4,5,5], f32[40], f32[24,40,1,1], f32[24])
  {strides=[1,2,1,1], pads=[2,2,2,2,0,0,0,0], dilations=[1,1,1,1], activations=["Silu",""],
  scale=[0.01,0.02,0.01,0.02], shift=[0.5,-0.5,0.0,1.0]}
tn.BlockedChain(f32[1,30,33,2], f32[16,2,3,3], _, f32[16,1,3,3], f32[16]) {channels_last=1, groups=[1,16],
  pads=[0,1,0,1,1,1,1,1]}
y, m = tn.BlockedChain(u8[1,24,24,1], f32[20,1,3,3], f32[20], f32[20,1,3,3], f32[20])
  {strides=[2,2,1,1], pads=[1,1,1,1,1,1,1,1], groups=[1,20], activations=["Relu","Relu"], channels_last=1,
  scale=[0.0039]}
