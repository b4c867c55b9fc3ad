# Convolutions of planes, with what is fused into them.
within 16 products: Conv
within 16 lengths: tn.Conv

Conv(f32[1,3,9,9], f32[5,3,3,3], f32[5]) {pads=[1,1,1,1]}
Conv(f32[1,3,9,9], f32[5,3,3,3])
Conv(f32[2,5,17,23], f32[33,5,3,3], f32[33]) {pads=[1,1,1,1], strides=[2,2]}
Conv(f32[1,8,10,10], f32[16,8,1,1])
Conv(f32[1,8,8,8], f32[10,8,1,1], f32[10])
Conv(f32[1,8,13,11], f32[12,2,5,5]) {dilations=[2,2], group=4, pads=[4,4,4,4]}
Conv(f32[1,300,7,7], f32[30,300,3,3], f32[30]) {pads=[1,1,1,1]}
Conv(f32[1,6,19,40], f32[6,1,3,3]) {group=6, pads=[2,2,2,2], strides=[3,3]}
Conv(f32[2,3,31,31], f32[17,3,7,7], f32[17]) {pads=[3,3,3,3], strides=[2,2]}
Conv(f32[1,4,5,5], f32[4,4,3,3]) {dilations=[3,3], pads=[2,2,2,2], strides=[3,3]}
Conv(f32[1,4,5,5], f32[4,4,3,3]) {pads=[9,9,9,9]}
Conv(f32[1,2,12,10], f32[3,2,2,4], f32[3]) {pads=[0,3,1,2], strides=[1,2], dilations=[3,1]}
Conv(f32[1,2,12,10], f32[3,2,2,4]) {auto_pad="SAME_UPPER", strides=[2,3]}
Conv(f32[1,2,12,10], f32[3,2,2,4]) {auto_pad="SAME_LOWER", strides=[2,3]}
Conv(f32[1,2,12,10], f32[3,2,2,4]) {auto_pad="VALID"}
Conv(f32[1,1,1,1], f32[1,1,1,1], f32[1])
Conv(f32[0,3,8,8], f32[4,3,3,3])
Conv(f32[2,3,40], f32[4,3,5], f32[4]) {pads=[2,2], strides=[2]}
Conv(f32[1,64,70], f32[96,64,1], f32[96])
Conv(f32[1,20,64,64], f32[20,20,3,3], f32[20]) {pads=[1,1,1,1]}
Conv(f32[2,5,23,137], f32[3,5,9,9], f32[3]) {pads=[4,4,4,4]}
Conv(f32[1,12,20,33], f32[21,4,3,5]) {group=3, strides=[2,3], dilations=[2,1], pads=[3,0,1,4]}
Conv(f32[1,9,300], f32[6,9,31], f32[6]) {pads=[30,3], dilations=[2]}
Conv(f32[1,1,1,1], f32[1,1,3,3]) {pads=[1,1,1,1]}
Conv(f32[2,5,4,4], f32[40,5,3,3], f32[40]) {pads=[1,1,1,1], strides=[3,3]}
Conv(f32[1,6,3,9], f32[70,3,3,3], f32[70]) {group=2, pads=[0,1,0,0], dilations=[1,2]}
Conv(f32[1,129,7], f32[33,129,3]) {pads=[1,1], strides=[2]}
Conv(f32[1,257,14,14], f32[260,257,1,1], f32[260])
Conv(f16[1,6,15,18], f16[9,6,3,3], f16[9]) {pads=[1,1,1,1]}
Conv(f16[1,6,15,18], f16[9,6,3,3], f16[9]) {pads=[1,1,1,1], strides=[2,2]}
Conv(bf16[2,4,9,9], bf16[8,2,3,3]) {group=2}
Conv(f32[1,40,7,7], f32[40,1,3,3], f32[40]) {group=40, pads=[1,1,1,1]}
Conv(f32[2,6,30,33], f32[12,1,5,5]) {group=6, pads=[2,2,2,2], strides=[2,2]}
Conv(f32[1,2,70,70], f32[2,1,3,3]) {group=2, dilations=[2,3]}
Conv(f16[1,3,20,9], f16[3,1,3,3], f16[3]) {group=3, pads=[1,0,1,1], strides=[1,2]}
Conv(f32[1,5,40], f32[5,1,7]) {group=5, pads=[3,3], strides=[3]}
Conv(bf16[2,5,13,11], bf16[33,5,3,3], bf16[33]) {pads=[1,1,1,1], strides=[2,1]}
Conv(bf16[1,64,17,9], bf16[40,64,1,1])
Conv(bf16[1,12,40], bf16[6,4,5]) {group=3, dilations=[2]}
Conv(bf16[1,130,9,9], bf16[20,130,3,3]) {pads=[1,1,1,1]}

Conv(f32[1,3,5,9,9], f32[5,3,3,3,3], f32[5]) {pads=[1,1,1,1,1,1]}
Conv(f32[2,3,6,9,20], f32[17,3,3,5,7], f32[17]) {pads=[1,2,3,1,2,3], strides=[2,2,2]}
Conv(f32[1,20,6,7,5], f32[33,20,3,3,3]) {pads=[0,1,2,3,0,1], strides=[1,2,1], dilations=[2,1,2]}
Conv(f32[2,5,4,7,9], f32[9,5,3,1,1], f32[9]) {pads=[1,0,0,1,0,0]}
Conv(f32[1,6,7,5,5], f32[9,6,3,1,1]) {strides=[2,1,1], dilations=[2,1,1]}
Conv(f32[2,5,4,7,9], f32[9,5,1,3,3], f32[9]) {pads=[0,1,1,0,1,1], strides=[2,1,1]}
Conv(f32[1,17,3,5,5], f32[9,17,1,1,1])
Conv(f32[1,5,1,9,11], f32[9,5,1,3,3]) {pads=[0,1,1,0,1,1]}
Conv(f32[1,6,5,4,9], f32[8,3,2,2,3], f32[8]) {group=2, auto_pad="SAME_UPPER", strides=[2,1,2]}
Conv(f32[1,7,5,4,9], f32[7,1,3,3,3], f32[7]) {group=7, pads=[1,1,1,1,1,1]}
Conv(f32[2,3,8,9,21], f32[6,1,3,2,5]) {group=3, pads=[2,0,2,4,1,2], strides=[1,2,2], dilations=[3,1,1]}
Conv(f32[1,3,4,5,6], f32[3,1,1,3,3]) {group=3, strides=[3,1,1], pads=[1,1,1,2,1,1]}
Conv(f32[1,3,2,5,6], f32[3,1,2,3,3]) {group=3, strides=[5,1,1], pads=[5,1,1,6,1,1]}
Conv(f32[0,3,4,5,6], f32[4,3,3,3,3])
Conv(f16[1,4,5,7,9], f16[6,4,3,3,3], f16[6]) {pads=[1,1,1,1,1,1]}
Conv(f16[1,5,4,7,9], f16[5,1,3,3,3], f16[5]) {group=5, pads=[1,1,1,1,1,1], strides=[1,2,2]}
Conv(bf16[1,4,3,7,9], bf16[6,4,3,1,1]) {pads=[1,0,0,1,0,0]}

tn.Conv(f32[2,30,2,2], f32[50,30,1,1], f32[50], f32[2,50,2,2]) {activation="Silu"}
tn.Conv(f32[1,30,3,2], f32[32,30,2,2], f32[32]) {activation="Clip", activation_alpha=0.0, activation_beta=0.5}
tn.Conv(f32[2,6,19,40], f32[4,3,3,3], f32[4], f32[2,4,19,40]) {group=2, pads=[1,1,1,1], activation="Silu"}
tn.Conv(f32[1,33,9,90], f32[1,33,3,3], _, f32[1,1,9,90]) {pads=[1,1,1,1], activation="Relu"}
tn.Conv(f32[1,5,20,20], f32[40,5,3,3], f32[40], f32[1,40,18,18]) {activation="Relu"}
tn.Conv(f32[1,5,20,20], f32[40,5,3,3], f32[40]) {activation="Clip", activation_alpha=0.0, activation_beta=1.0}
tn.Conv(f32[1,300,6,6], f32[20,300,3,3], _, f32[1,20,4,4]) {activation="Silu"}
tn.Conv(f32[1,5,20,20], f32[7,5,1,1], f32[7]) {activation="HardSwish"}
tn.Conv(f32[1,5,20,20], f32[7,5,1,1], f32[7]) {activation="LeakyRelu", activation_alpha=0.1}
tn.Conv(f32[1,5,20,20], f32[7,5,1,1], f32[7]) {activation="Sigmoid"}
tn.Conv(f32[1,5,20,20], f32[7,5,1,1], f32[7])
tn.Conv(f16[1,5,20,20], f16[7,5,1,1], f16[7], f16[1,7,20,20]) {activation="Relu"}
tn.Conv(f32[1,8,20,20], f32[8,1,3,3], f32[8], f32[1,8,18,18]) {group=8, activation="Silu"}
tn.Conv(f32[1,8,20,20], f32[8,1,3,3], f32[8]) {group=8, activation="Relu"}
tn.Conv(f16[1,8,20,20], f16[8,1,3,3], f16[8]) {group=8, activation="HardSwish"}
tn.Conv(f32[1,20,13,11], f32[33,20,3,3], f32[33], f32[1,33,13,11]) {pads=[1,1,1,1], bf16=1, activation="Relu"}
tn.Conv(f32[2,3,21,21], f32[16,3,5,5], f32[16]) {strides=[2,2], bf16=1}
tn.Conv(f32[1,6,4,7,9], f32[8,6,3,3,3], f32[8], f32[1,8,4,7,9]) {pads=[1,1,1,1,1,1], activation="Relu"}
tn.Conv(f32[1,6,4,7,9], f32[6,1,3,3,3], f32[6], f32[1,6,4,7,9]) {group=6, pads=[1,1,1,1,1,1], activation="Silu"}

# Planes that are too large to be written out.
Conv(f32[1,2,1,1], f32[2,1,2,2]) {group=2, dilations=[2147483647,2147483647], pads=[2147483647,2147483647,0,0]}
Conv(f32[1,3,1,1], f32[5,3,2,2]) {dilations=[2147483647,2147483647], pads=[2147483647,2147483647,0,0]}
Conv(f32[1,3,1,1], f32[2,3,2,2]) {dilations=[2147483647,2147483647], pads=[2147483647,2147483647,0,0]}
