# Convolutions on blocks taken together: an expansion, a depthwise layer and a projection, and parts of that.
within 64 spread: tn.BlockedChain

tn.BlockedChain(f32[1,1,9,15,16], f32[40,9,1,1], f32[40], f32[40,1,3,3], f32[40], f32[24,40,1,1], f32[24])
  {strides=[1,1,1,1,1,1], pads=[0,0,0,0,1,1,1,1,0,0,0,0], groups=[1,40,1], activations=["Relu","Relu",""]}
tn.BlockedChain(f32[2,2,14,13,16], f32[70,24,1,1], f32[70], f32[70,1,5,5], f32[70], f32[24,70,1,1], f32[24],
  f32[2,2,14,13,16]) {strides=[1,1,1,1,1,1], pads=[0,0,0,0,2,2,2,2,0,0,0,0], groups=[1,70,1],
  activations=["Clip","Clip",""], activation_alphas=[0.0,0.0,0.0], activation_betas=[6.0,6.0,6.0]}
tn.BlockedChain(f32[1,1,30,33,16], f32[48,16,1,1], _, f32[48,1,3,3], _, f32[20,48,1,1], _)
  {strides=[1,1,2,2,1,1], pads=[0,0,0,0,1,1,1,1,0,0,0,0], groups=[1,48,1],
  activations=["HardSwish","HardSwish","Silu"]}
tn.BlockedChain(f32[2,3,23,17], f32[17,3,3,3], f32[17], f32[17,1,3,3], f32[17], f32[9,17,1,1], f32[9])
  {strides=[2,2,1,1,1,1], pads=[1,1,1,1,1,1,1,1,0,0,0,0], groups=[1,17,1], activations=["Relu","Relu",""]}
tn.BlockedChain(f32[1,2,12,29,16], f32[24,1,3,3], f32[24], f32[40,24,1,1], f32[40], _, _, f32[1,3,6,15,16])
  {strides=[2,2,1,1], pads=[1,1,1,1,0,0,0,0], groups=[24,1], activations=["","Relu"]}
y, m = tn.BlockedChain(f32[2,1,11,8,16], f32[33,16,1,1], f32[33], f32[33,1,3,3], f32[33])
  {strides=[1,1,1,1], pads=[0,0,0,0,1,1,1,1], groups=[1,33], activations=["Silu","Silu"]}
y, m = tn.BlockedChain(f32[1,1,30,28,16], f32[16,16,1,1], f32[16], f32[16,1,5,5], f32[16])
  {strides=[1,1,2,2], pads=[0,0,0,0,2,2,2,2], groups=[1,16], activations=["Silu","HardSwish"]}
tn.BlockedChain(f32[1,2,7,7,16], f32[96,32,1,1], f32[96], f32[16,96,1,1], _, f32[32,16,1,1], f32[32],
  f32[1,2,7,7,16]) {activations=["Gelu","",""], groups=[1,1,1]}
tn.BlockedChain(f32[1,1,19,21,16], f32[24,12,3,3], f32[24], f32[16,24,1,1], f32[16])
  {strides=[2,1,1,1], dilations=[1,2,1,1], pads=[1,2,1,2,0,0,0,0], activations=["Sigmoid","Tanh"]}
tn.BlockedChain(f32[1,1,21,30,16], f32[16,16,1,1], _, f32[16,1,3,3], _, f32[16,1,3,3], _)
  {groups=[1,16,16], dilations=[1,1,2,3,1,1], pads=[0,0,0,0,2,3,2,3,1,1,1,1], strides=[1,1,1,1,2,2],
  activations=["Relu","Clip","Relu"], activation_alphas=[0.0,-1.0,0.0], activation_betas=[0.0,1.0,0.0]}
tn.BlockedChain(f32[1,1,33,6,16], f32[7,1,7,7], f32[7], f32[7,1,3,4], f32[7])
  {groups=[7,7], pads=[3,3,3,3,0,2,1,1], strides=[1,1,3,2]}
tn.BlockedChain(f32[3,1,5,40,16], f32[16,10,1,1], f32[16]) {activations=["LeakyRelu"],
  activation_alphas=[0.1], activation_betas=[0.0]}
tn.BlockedChain(f32[1,1,2,3,16], f32[16,16,1,1], f32[16], f32[16,1,5,5], f32[16], f32[3,16,1,1], f32[3])
  {groups=[1,16,1], pads=[0,0,0,0,2,2,2,2,0,0,0,0]}
y, m = tn.BlockedChain(f32[1,1,64,9,16], f32[5,1,3,3], f32[5], f32[18,5,1,1], f32[18], _, _,
  f32[1,2,32,5,16]) {groups=[5,1], pads=[1,1,1,1,0,0,0,0], strides=[2,2,1,1], activations=["Clip",""],
  activation_alphas=[1.0,0.0], activation_betas=[2.0,0.0]}
# products of parts (AMX): whole and half steps, single vectors, rows of several tiles, three links of 1x1
tn.BlockedChain(f32[1,2,9,18,16], f32[56,32,1,1], f32[56], f32[56,1,3,3], f32[56], f32[40,56,1,1], f32[40], f32[1,3,9,18,16])
  {strides=[1,1,1,1,1,1], pads=[0,0,0,0,1,1,1,1,0,0,0,0], groups=[1,56,1], activations=["Clip","Relu",""],
  activation_alphas=[1.0,0.0,0.0], activation_betas=[2.0,0.0,0.0]}
y, m = tn.BlockedChain(f32[2,3,20,35,16], f32[64,43,1,1], f32[64], f32[64,1,5,5], f32[64])
  {strides=[1,1,2,2], pads=[0,0,0,0,2,2,2,2], groups=[1,64], activations=["Silu","HardSwish"]}
tn.BlockedChain(f32[1,5,6,7,16], f32[48,80,1,1], _, f32[33,48,1,1], f32[33], f32[96,33,1,1], f32[96])
  {activations=["Gelu","Sigmoid",""], groups=[1,1,1]}
# windows that reach far beyond the image:
tn.BlockedChain(f32[1,1,9,8,16], f32[16,16,1,1], f32[16], f32[16,1,3,3], f32[16]) {groups=[1,16],
  dilations=[1,1,2147483647,4], pads=[0,0,0,0,2147483647,4,2147483647,4]}
tn.BlockedChain(f32[1,3,8,8], f32[16,3,2,2], f32[16], f32[8,16,1,1], f32[8])
  {strides=[268435456,268435456,1,1], dilations=[2147483647,2147483647,1,1],
  pads=[2147483647,2147483647,2147483647,2147483647,0,0,0,0]}
# nothing to do:
tn.BlockedChain(f32[0,1,9,9,16], f32[16,16,1,1], f32[16], f32[16,1,3,3], f32[16])
  {groups=[1,16], pads=[0,0,0,0,1,1,1,1]}
# factors of X on the weights of one layer:
tn.BlockedChain(f32[1,2,9,15,16], f32[24,32,1,1], f32[24], _, _, _, _, _, f32[1,2,1,1,16])
tn.BlockedChain(f32[3,3,5,7,16], f32[70,41,1,1], _, _, _, _, _, f32[3,5,5,7,16], f32[3,3,1,1,16])
  {activations=["HardSwish"]}
tn.BlockedChain(f32[2,7,20,20,16], f32[40,112,1,1], f32[40], _, _, _, _, f32[2,3,20,20,16], f32[2,7,1,1,16])
  {activations=["Clip"], activation_alphas=[-1.0], activation_betas=[2.0]}
tn.BlockedChain(f32[2,5,4,17,16], f32[50,72,1,1], f32[50], _, _, _, _, f32[2,4,4,17,16], f32[2,5,1,1,16])
  {activations=["Relu"]}
tn.BlockedChain(f32[1,100,1,3,16], f32[5,1599,1,1], f32[5], _, _, _, _, _, f32[1,100,1,1,16])
tn.BlockedChain(f32[1,1,1,1,16], f32[1,1,1,1], f32[1], _, _, _, _, _, f32[1,1,1,1,16])
y, m = tn.BlockedChain(f32[1,2,9,8,16], f32[24,1,3,3], f32[24], f32[24,24,1,1], _, _, _, _, f32[1,2,1,1,16])
  {groups=[24,1], pads=[1,1,1,1,0,0,0,0]}
tn.BlockedChain(f32[0,2,9,9,16], f32[16,32,1,1], _, _, _, _, _, _, f32[0,2,1,1,16])
# two layers over one pixel:
tn.BlockedChain(f32[1,6,1,1,16], f32[4,96,1,1], f32[4], f32[96,4,1,1], f32[96]) {activations=["Silu","Sigmoid"]}
tn.BlockedChain(f32[1,2,1,1,16], f32[8,23,1,1], _, f32[23,8,1,1], f32[23])
  {activations=["Relu","HardSigmoid"], activation_alphas=[0.0,0.16666667], activation_betas=[0.0,0.5]}
tn.BlockedChain(f32[3,30,1,1,16], f32[120,480,1,1], f32[120], f32[480,120,1,1], f32[480])
  {activations=["Relu",""]}
tn.BlockedChain(f32[5,8,1,1,16], f32[40,121,1,1], f32[40], f32[121,40,1,1], _) {activations=["Gelu","Tanh"]}
tn.BlockedChain(f32[2,1,1,1,16], f32[1,1,1,1], f32[1], f32[1,1,1,1], f32[1])
tn.BlockedChain(f32[0,1,1,1,16], f32[8,16,1,1], f32[8], f32[16,8,1,1], f32[16])
