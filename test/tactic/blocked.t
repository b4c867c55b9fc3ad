# Layers on blocks of 16 channels: convolutions, transposed ones, and what runs between them.
within 16 lengths: tn.BlockedConv, tn.BlockedConvTranspose
within 4 ulps: tn.BlockedHeads

tn.ToBlocked(f32[2,5,3,7])
tn.ToBlocked(f32[1,40,9,131])

tn.ToBlocked(f32[2,21,131])

tn.FromBlocked(f32[2,1,3,7,16]) {channels=5}
tn.FromBlocked(f32[2,2,1,131,16]) {channels=21, line=1}
tn.FromBlocked(f32[1,3,9,131,16]) {channels=40}

tn.BlockedHeads(f32[2,1,3,7,16], f32[2,1,1,1,16]) {channels=5}
tn.BlockedHeads(f32[2,1,3,7,16]) {channels=16, last=1}
tn.BlockedHeads(f32[1,3,40,40,16], f32[1,3,0,5,16], f32[1,3,5,7,16]) {channels=40, activation="Sigmoid"}
tn.BlockedHeads(f32[2,3,35,31,16], f32[2,3,2,3,16]) {channels=48, last=1, activation="Sigmoid"}
tn.BlockedHeads(f32[2,2,9,13,16], f32[2,2,4,5,16]) {channels=21, last=1, groups=3, activation="Sigmoid"}
tn.BlockedHeads(f32[1,3,6,5,16]) {channels=36, last=1, groups=2}
tn.BlockedHeads(f32[1,1,9,9,16]) {channels=16, last=1, groups=16}
tn.BlockedHeads(f32[2,2,3,5,7,16], f32[2,2,4,5,16]) {channels=17, activation="Sigmoid"}
tn.BlockedHeads(f32[0,1,9,9,16], f32[0,1,4,4,16]) {channels=4}

tn.BlockedConv(f32[1,2,9,9,16], f32[40,32,3,3], f32[40]) {pads=[1,1,1,1]}
tn.BlockedConv(f32[2,1,17,23,16], f32[33,5,3,3], f32[33]) {pads=[1,1,1,1], strides=[2,2]}
tn.BlockedConv(f32[1,2,30,33,16], f32[16,24,1,1], f32[16], f32[1,1,30,33,16]) {activation="Relu"}
tn.BlockedConv(f32[1,2,13,11,16], f32[70,20,1,1], f32[70], f32[1,5,7,6,16]) {strides=[2,2], activation="Silu"}
tn.BlockedConv(f32[2,4,13,11,16], f32[32,32,5,3]) {dilations=[2,3], group=2, pads=[4,3,4,3], strides=[1,3],
  activation="Sigmoid"}
tn.BlockedConv(f32[1,16,7,7,16], f32[96,256,3,3], f32[96], f32[1,6,7,7,16]) {pads=[1,1,1,1],
  activation="Clip", activation_alpha=0.0, activation_beta=6.0}
tn.BlockedConv(f32[1,100,4,5,16], f32[30,1600,1,1], _, f32[1,2,4,5,16]) {activation="HardSigmoid",
  activation_alpha=0.2, activation_beta=0.5}
tn.BlockedConv(f32[1,1,12,10,16], f32[3,2,2,4]) {auto_pad="SAME_LOWER", strides=[2,3]}
tn.BlockedConv(f32[1,1,9,60,16], f32[48,16,3,3]) {strides=[2,1]}
tn.BlockedConv(f32[2,2,61,1,16], f32[40,20,5,1], f32[40]) {strides=[2,1], pads=[1,0,2,0], activation="Relu"}
tn.BlockedConv(f32[1,2,61,1,16], f32[24,1,3,1], f32[24]) {group=24, dilations=[2,1]}
tn.BlockedConv(f32[1,3,50,1], f32[17,3,7,1]) {strides=[3,1]}
tn.BlockedConv(f32[1,1,21,1,16], f32[16,16,3,1]) {strides=[1,2], pads=[0,1,0,0]}
tn.BlockedConv(f32[1,3,31,31], f32[17,3,7,7], f32[17]) {pads=[3,3,3,3], strides=[2,2], activation="Relu"}
tn.BlockedConv(f32[2,1,40,20], f32[64,1,3,3]) {pads=[0,1,2,1]}
tn.BlockedConv(f32[2,3,64,67], f32[40,3,7,7], f32[40]) {pads=[3,3,3,3], strides=[2,2], activation="Sigmoid"}
tn.BlockedConv(f32[1,2,45,53], f32[33,2,11,11], f32[33]) {pads=[2,1,2,3], strides=[4,3]}
# windows of more chunks of taps than the image has values:
tn.BlockedConv(f32[1,1,1,1,16], f32[16,8,31,31], f32[16]) {pads=[15,15,15,15]}
tn.BlockedConv(f32[1,1,1,1], f32[16,1,41,41]) {pads=[20,20,20,20]}

tn.BlockedConv(f32[1,4,50,41], f32[16,4,5,6], f32[16], f32[1,1,24,13,16]) {pads=[1,2,1,1], strides=[2,3]}
tn.BlockedConv(f32[1,1,7,300], f32[24,1,1,10], f32[24]) {pads=[0,4,0,3], strides=[1,5], activation="Relu"}
tn.BlockedConv(f32[1,2,33,30,16], f32[40,24,5,5], f32[40], f32[1,3,17,15,16]) {pads=[2,2,2,2], strides=[2,2]}
tn.BlockedConv(f32[2,1,41,9,16], f32[16,9,7,3]) {pads=[3,1,3,1], strides=[3,1], dilations=[1,2]}
tn.BlockedConv(f32[1,1,30,44,16], f32[20,16,4,12], f32[20]) {pads=[0,6,1,5], strides=[2,2], activation="Silu"}
tn.BlockedConv(f32[1,3,9,251], f32[18,3,3,3], f32[18]) {pads=[1,1,1,1], strides=[2,2], activation="Sigmoid"}
tn.BlockedConv(f32[1,2,13,19,16], f32[21,24,1,1], f32[21]) {activation="Sigmoid"}
tn.BlockedConv(f32[1,2,4,210,16], f32[37,24,3,3], f32[37]) {pads=[1,1,1,1], activation="HardSwish"}
tn.BlockedConv(f32[1,4,5,5], f32[4,4,3,3]) {dilations=[3,3], pads=[9,9,9,9], strides=[3,3]}
tn.BlockedConv(f32[1,3,9,13,16], f32[40,1,3,3], f32[40]) {group=40, pads=[1,1,1,1], activation="HardSwish"}
tn.BlockedConv(f32[2,1,30,33,16], f32[6,1,5,5], f32[6], f32[2,1,15,17,16]) {group=6, pads=[2,2,2,2],
  strides=[2,2], activation="Clip", activation_alpha=0.0, activation_beta=6.0}
tn.BlockedConv(f32[1,1,20,20,16], f32[16,1,5,5]) {group=16, pads=[2,2,2,2]}
tn.BlockedConv(f32[1,1,15,30,16], f32[16,1,3,3], f32[16]) {group=16, pads=[0,1,1,0], strides=[2,2]}
tn.BlockedConv(f32[1,1,11,12,16], f32[9,1,3,4], f32[9]) {group=9, pads=[3,5,2,1], strides=[3,2],
  dilations=[2,3], activation="Sigmoid"}
tn.BlockedConv(f32[1,1,3,3,16], f32[16,1,7,7], f32[16]) {group=16, pads=[3,3,3,3]}
tn.BlockedConv(f32[1,4,28,30,16], f32[70,64,3,3], f32[70], f32[1,5,28,30,16]) {pads=[1,1,1,1],
  activation="Relu"}
tn.BlockedConv(f32[2,1,9,13,16], f32[16,5,3,3], f32[16]) {pads=[0,2,1,0], activation="Silu"}
tn.BlockedConv(f32[1,2,23,17,16], f32[32,24,3,3]) {pads=[3,2,3,2], dilations=[3,2]}
tn.BlockedConv(f32[1,9,17,19,16], f32[40,135,3,3], f32[40]) {pads=[9,9,9,9], dilations=[9,9],
  activation="Relu"}
tn.BlockedConv(f32[1,2,11,9,16], f32[70,32,3,3], f32[70], f32[1,5,11,9,16]) {pads=[6,5,6,5], dilations=[6,5],
  activation="Relu"}
tn.BlockedConv(f32[3,40,5,4,16], f32[33,629,3,3], f32[33], f32[3,3,5,4,16]) {pads=[2,9,2,9], dilations=[2,9],
  activation="HardSwish"}
tn.BlockedConv(f32[2,3,17,22,16], f32[90,40,3,3], _, f32[2,6,17,22,16]) {pads=[3,4,3,4], dilations=[3,4]}
tn.BlockedConv(f32[9,1,6,5,16], f32[16,16,3,3], f32[16]) {pads=[1,1,1,1]}
# dilations that leave most of the interleaved images empty, and strides far beyond the window:
tn.BlockedConv(f32[1,2,9,7,16], f32[20,32,3,3], f32[20]) {pads=[2147483647,8,2147483647,8],
  dilations=[2147483647,8]}
tn.BlockedConv(f32[1,1,9,7,16], f32[16,16,5,5], f32[16]) {pads=[2000000000,4,2000000000,4],
  dilations=[1000000000,2]}
tn.BlockedConv(f32[1,3,9,40], f32[16,3,5,1], f32[16]) {strides=[1,2147483647]}
tn.BlockedConv(f32[1,16,9,31,16], f32[64,128,5,3], f32[64], f32[1,4,9,16,16]) {group=2, pads=[20,14,16,13],
  dilations=[7,13], strides=[2,2], activation="Silu"}
tn.BlockedConv(f32[1,2,29,31,16], f32[70,32,3,3], f32[70]) {pads=[1,1,1,1], strides=[2,2]}
tn.BlockedConv(f32[2,2,16,13,16], f32[32,20,3,3], _, f32[2,2,8,7,16]) {pads=[0,1,1,1], strides=[2,2],
  activation="Relu"}
tn.BlockedConv(f32[1,1,21,22,16], f32[40,16,5,4], f32[40]) {pads=[2,1,2,1], strides=[2,2], activation="Silu"}
tn.BlockedConv(f32[1,1,21,22,16], f32[16,9,3,3]) {pads=[1,2,1,2], strides=[2,1], dilations=[1,2]}
tn.BlockedConv(f32[1,1,15,67,16], f32[16,1,5,5], f32[16]) {group=16, pads=[2,2,2,2], strides=[2,1]}
tn.BlockedConv(f32[1,1,30,28,16], f32[16,16,5,5], f32[16]) {pads=[1,2,1,3], activation="Relu"}
tn.BlockedConv(f32[1,3,32,31], f32[17,3,5,5], f32[17]) {pads=[1,1,1,1], activation="Silu"}
tn.BlockedConv(f32[2,1,24,20,16], f32[40,9,6,6], _, f32[2,3,24,20,16]) {pads=[2,2,3,3]}
tn.BlockedConv(f32[1,3,13,9,16], f32[70,40,4,2], f32[70]) {pads=[3,1,2,1], dilations=[2,3]}
tn.BlockedConv(f32[2,2,9,23,16], f32[24,20,7,3], f32[24], f32[2,2,9,23,16]) {pads=[3,1,3,1],
  activation="HardSwish"}
tn.BlockedConv(f32[1,16,120,1,16], f32[96,256,5,1], f32[96]) {activation="Gelu"}
tn.BlockedConv(f32[1,2,40,9,16], f32[20,32,7,1], f32[20]) {pads=[12,0,12,0], dilations=[4,1]}
tn.BlockedConv(f32[1,1,49,40], f32[16,1,8,8], f32[16]) {pads=[3,3,4,4], activation="Relu"}
tn.BlockedConv(f32[2,2,21,19], f32[20,2,11,4]) {pads=[5,2,5,1], dilations=[2,1]}
tn.BlockedConv(f32[1,2,19,17,16], f32[24,24,9,12], f32[24]) {pads=[4,6,4,5]}
tn.BlockedConv(f32[1,1,70,1,16], f32[16,10,15,1], f32[16]) {pads=[7,0,7,0], activation="Silu"}
tn.BlockedConv(f32[1,4,5,90,16], f32[33,50,1,4], f32[33]) {pads=[0,1,0,2], activation="Clip",
  activation_alpha=0.0, activation_beta=6.0}
tn.BlockedConv(f32[1,1,7,67,16], f32[7,1,3,3], f32[7]) {group=7, pads=[1,1,1,1], strides=[1,2]}
tn.BlockedConv(f32[1,10,1,900,16], f32[40,160,1,3], f32[40]) {strides=[1,2], pads=[0,1,0,1], activation="Relu"}
tn.BlockedConv(f32[2,4,3,200,16], f32[36,64,3,5], _, f32[2,3,1,200,16]) {pads=[0,2,0,2], activation="Silu"}

# more pixels than a band takes, more channels than a core's cache holds, strides that leave pixels out:
tn.BlockedConv(f32[1,3,40,41,16], f32[17,40,1,1], f32[17], f32[1,2,40,41,16]) {activation="Relu"}
tn.BlockedConv(f32[1,40,16,17,16], f32[40,640,1,1], f32[40], f32[1,3,16,17,16]) {activation="Silu"}
tn.BlockedConv(f32[1,10,24,26,16], f32[48,80,3,3], f32[48], f32[1,3,24,26,16]) {group=2, pads=[1,1,1,1], activation="Relu"}
tn.BlockedConv(f32[1,3,90,1100,16], f32[16,33,3,1], f32[16]) {pads=[1,0,1,0], strides=[30,1]}
tn.BlockedConv(f32[1,2,39,37,16], f32[32,20,1,1], f32[32], f32[1,2,13,19,16]) {strides=[3,2]}
tn.BlockedConv(f32[1,3,15,17,16], f32[40,33,3,3], f32[40]) {pads=[1,1,1,1], strides=[2,2], activation="Sigmoid"}

tn.BlockedConv(f32[1,2,17,29,16], f32[32,4,3,3], f32[32]) {group=8, pads=[1,1,1,1], activation="Relu"}
tn.BlockedConv(f32[2,3,15,30,16], f32[40,8,3,3], f32[40], f32[2,3,8,15,16]) {group=5, pads=[1,1,1,1],
  strides=[2,2], activation="Relu"}
tn.BlockedConv(f32[1,1,9,14,16], f32[10,2,3,3]) {group=5, pads=[1,1,1,1], activation="Sigmoid"}
tn.BlockedConv(f32[1,2,7,7,16], f32[32,8,3,3], f32[32], f32[1,2,7,7,16]) {group=4, pads=[1,1,1,1],
  activation="Silu"}
tn.BlockedConv(f32[1,2,31,7,16], f32[28,4,3,3], f32[28]) {group=7, strides=[2,2], pads=[0,1,1,0]}
tn.BlockedConv(f32[1,1,9,23,16], f32[16,2,5,4], f32[16]) {group=8, pads=[2,5,3,1], dilations=[1,2],
  strides=[2,1], activation="Clip", activation_alpha=-0.5, activation_beta=0.5}
tn.BlockedConv(f32[2,4,12,40,16], f32[64,8,1,1], f32[64], f32[2,4,12,40,16]) {group=8, activation="HardSwish"}
tn.BlockedConv(f32[1,2,5,4,16], f32[24,4,3,3], f32[24]) {group=6, pads=[1,1,1,1], activation="Relu"}
tn.BlockedConv(f32[1,1,64,1,16], f32[16,8,7,1], f32[16]) {group=2, pads=[3,0,3,0], strides=[2,1]}
tn.BlockedConv(f32[1,1,20,64,16], f32[8,2,3,3], f32[8]) {group=4, pads=[1,1,1,1], strides=[1,2]}

# Many tiles of many channels: far away and near, shares of the panels, groups of them, steps of the weights.
tn.BlockedConv(f32[2,7,33,31,16], f32[40,100,3,3], f32[40], f32[2,3,33,31,16]) {pads=[1,1,1,1], activation="Relu"}
tn.BlockedConv(f32[5,6,13,16,16], f32[70,96,3,3], f32[70]) {pads=[1,1,1,1], activation="Silu"}
tn.BlockedConv(f32[1,6,27,29,16], f32[262,96,3,3]) {pads=[3,3,3,3], dilations=[3,2]}
tn.BlockedConv(f32[1,17,30,32,16], f32[20,260,3,3], f32[20]) {pads=[1,1,1,1]}

Mul(f32[2,3,29,19,16], f32[2,3,1,1,16])

MaxPool(f32[1,2,20,23,16]) {kernel_shape=[3,3,1], strides=[2,2,1], pads=[1,1,0,1,1,0]}
MaxPool(f32[2,1,15,15,32]) {kernel_shape=[3,2,1], dilations=[2,3,1], strides=[2,3,1], ceil_mode=1}

AveragePool(f32[1,2,20,23,16]) {kernel_shape=[3,3,1], strides=[2,2,1], pads=[1,1,0,1,1,0]}
AveragePool(f32[1,2,10,10,16]) {kernel_shape=[3,3,1], strides=[2,2,1], ceil_mode=1, pads=[0,1,0,1,0,0],
  count_include_pad=1}
AveragePool(f32[1,1,10,10,16]) {kernel_shape=[2,4,1], auto_pad="SAME_UPPER", count_include_pad=1}

tn.BlockedConvTranspose(f32[2,2,9,8,16], f32[32,20,4,4], f32[20]) {strides=[2,2], pads=[1,1,1,1],
  activation="Relu"}
tn.BlockedConvTranspose(f32[1,2,17,33,16], f32[24,48,4,4]) {strides=[2,2], pads=[1,1,1,1]}
tn.BlockedConvTranspose(f32[1,1,9,8,16], f32[9,40,3,3], f32[40]) {strides=[2,2], pads=[1,1,1,1],
  output_padding=[1,1], activation="Silu"}
tn.BlockedConvTranspose(f32[1,2,9,8,16], f32[32,16,2,2], f32[16]) {strides=[2,2]}
tn.BlockedConvTranspose(f32[1,7,29,32,16], f32[110,35,4,4], f32[35]) {strides=[2,2], pads=[1,1,1,1]}
tn.BlockedConvTranspose(f32[4,6,15,13,16], f32[96,16,3,3]) {strides=[2,2], pads=[1,1,1,1], activation="Relu"}
tn.BlockedConvTranspose(f32[1,40,5,6,16], f32[630,16,4,4]) {strides=[2,2], pads=[0,2,1,0],
  activation="LeakyRelu", activation_alpha=0.5}
tn.BlockedConvTranspose(f32[1,1,5,6,16], f32[10,16,2,3], f32[16]) {strides=[3,1], pads=[0,1,0,1]}
tn.BlockedConvTranspose(f32[1,1,5,6,16], f32[10,17,5,5], f32[17]) {strides=[2,2], output_shape=[11,12]}
# phases without outputs:
tn.BlockedConvTranspose(f32[1,1,1,1,16], f32[10,16,1,1]) {strides=[3,3]}
tn.BlockedConvTranspose(f32[1,1,5,6,16], f32[10,17,3,3]) {strides=[2,2], auto_pad="SAME_UPPER"}
tn.BlockedConvTranspose(f32[1,1,5,6,16], f32[10,17,4,5], f32[17]) {strides=[2,2], pads=[7,2,1,6]}

tn.ToBlocked(f32[2,5,3,2,7])
tn.FromBlocked(f32[2,2,3,5,7,16]) {channels=20}
tn.BlockedConv(f32[1,2,4,9,9,16], f32[40,32,3,3,3], f32[40]) {pads=[1,1,1,1,1,1]}
tn.BlockedConv(f32[2,2,3,7,13,16], f32[33,20,3,3,3], f32[33], f32[2,3,3,7,13,16]) {pads=[1,1,1,1,1,1],
  activation="Relu"}
tn.BlockedConv(f32[1,1,5,9,11,16], f32[17,16,3,3,3], f32[17]) {pads=[1,1,1,1,1,1], strides=[2,2,2],
  activation="Silu"}
tn.BlockedConv(f32[2,2,5,9,11,16], f32[32,32,1,1,1], f32[32]) {strides=[2,2,2]}
tn.BlockedConv(f32[1,2,4,6,7,16], f32[18,32,1,1,1], f32[18], f32[1,2,4,6,7,16]) {activation="Relu"}
tn.BlockedConv(f32[1,2,4,8,9,16], f32[40,32,1,3,3], f32[40]) {pads=[0,1,1,0,1,1], activation="Relu"}
tn.BlockedConv(f32[2,2,6,8,9,16], f32[40,24,3,1,1]) {pads=[1,0,0,1,0,0]}
tn.BlockedConv(f32[1,2,7,4,5,16], f32[40,32,3,1,1]) {pads=[1,0,0,1,0,0], strides=[2,1,1]}
tn.BlockedConv(f32[1,3,4,15,17], f32[40,3,3,7,7], f32[40]) {pads=[1,3,3,1,3,3], strides=[1,2,2], activation="Relu"}
tn.BlockedConv(f32[2,3,4,9,10], f32[20,3,1,5,5]) {pads=[0,2,2,0,2,2]}
tn.BlockedConv(f32[1,4,5,8,9,16], f32[32,32,2,3,2], f32[32]) {group=2, pads=[1,0,1,0,2,0], strides=[2,1,2],
  dilations=[3,1,2]}
tn.BlockedConv(f32[1,2,3,11,13,16], f32[70,32,3,3,3]) {pads=[2,2,2,2,2,2], dilations=[2,2,2]}
tn.BlockedConv(f32[1,1,3,4,5,16], f32[16,16,1,3,3]) {pads=[1,1,1,1,1,1]}
tn.BlockedConv(f32[1,2,4,9,9,16], f32[24,1,3,1,1]) {group=24, pads=[1,0,0,1,0,0]}
tn.BlockedConv(f32[1,9,2,6,6,16], f32[48,144,3,3,3]) {pads=[1,1,1,1,1,1], activation="Clip", activation_alpha=0.0,
  activation_beta=6.0}
tn.BlockedConv(f32[2,1,6,9,40], f32[20,1,3,3,3], f32[20]) {pads=[1,1,1,1,1,1], strides=[2,1,1], activation="Relu"}
tn.BlockedConv(f32[1,2,7,4,9], f32[70,2,3,3,3]) {pads=[2,1,1,2,1,1], dilations=[2,1,1]}
