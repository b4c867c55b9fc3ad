# Normalisations and softmax.
within 60 spread: GroupNormalization, BatchNormalization, InstanceNormalization, LayerNormalization
within 60 spread: RMSNormalization, tn.Normalize, LpNormalization, MeanVarianceNormalization
within 8 spread: LRN
within 40 spread: Softmax, LogSoftmax, tn.SoftmaxSum

GroupNormalization(f32[2,6,9,7], f32[6], f32[6]) {num_groups=3}
GroupNormalization(f32[1,8,100], f32[8], f32[8]) {num_groups=1, epsilon=0.01}
GroupNormalization(f32[3,4], f32[4], f32[4]) {num_groups=2}
GroupNormalization(f32[2,5,40], f32[5], f32[5]) {num_groups=5}

Softmax(f32[5,70])
Softmax(f32[7,2])
Softmax(f32[3,11,4])
Softmax(f32[9001,2])
LogSoftmax(f32[37,2])
LogSoftmax(f32[9,4])
Softmax(f32[3,16])
Softmax(f32[3,17])
Softmax(f32[2,9,33]) {axis=1}
Softmax(f32[19,3,4]) {axis=0}
Softmax(f32[1,1])
Softmax(f32[300,3])
Softmax(f32[2,3,0])

LogSoftmax(f32[5,5])
LogSoftmax(f32[5,70])
LogSoftmax(f32[2,9,33]) {axis=1}
LogSoftmax(f32[19,3,4]) {axis=0}
LogSoftmax(f32[1,1])
LogSoftmax(f32[300,3])

tn.SoftmaxSum(f32[1,4,16,400], f32[16]) {axis=2, keepdims=0}
tn.SoftmaxSum(f32[2,17,3,21], f32[17]) {axis=1}
tn.SoftmaxSum(f32[3,5,70], f32[5]) {axis=1}
tn.SoftmaxSum(f32[3,5,128], f32[5]) {axis=1}
tn.SoftmaxSum(f32[19,3,4], f32[19]) {axis=0, keepdims=0}
tn.SoftmaxSum(f32[9,2,4,16], f32[16])
tn.SoftmaxSum(f32[5,17], f32[17]) {keepdims=0}
tn.SoftmaxSum(f32[35,200], f32[200])
tn.SoftmaxSum(f32[3,1], f32[1])
tn.SoftmaxSum(f32[40], f32[40]) {keepdims=0}
tn.SoftmaxSum(f32[3,0,5], f32[0]) {axis=1}
tn.SoftmaxSum(f32[0,16,5], f32[16]) {axis=1}
tn.SoftmaxSum(f32[2,16,0], f32[16]) {axis=1}
tn.SoftmaxSum(f32[3000,16], f32[16])
tn.SoftmaxSum(f32[2,9,3000], f32[9]) {axis=-2}

BatchNormalization(f32[2,5,9,7], f32[5], f32[5], f32[5], f32{1,2,3,0.5,4})
BatchNormalization(f32[4,3], f32[3], f32[3], f32[3], f32{1,0.25,9})
BatchNormalization(f32[37,35], f32[35], f32[35], f32[35], f32{1,0.25,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5})
BatchNormalization(f32[9000,3,1], f32[3], f32[3], f32[3], f32{1,0.25,9})
BatchNormalization(f32[1,3,1000], f32[3], f32[3], f32[3], f32{1,0.25,9}) {epsilon=0.01}

InstanceNormalization(f32[2,5,9,7], f32[5], f32[5])
InstanceNormalization(f32[1,3,100], f32[3], f32[3])

LayerNormalization(f32[4,100], f32[100], f32[100])
LayerNormalization(f32[40,2], f32[2], f32[2])
LayerNormalization(f32[4,16], f32[16])
LayerNormalization(f32[4,17], f32[17], f32[17])
LayerNormalization(f32[4,64], f32[64], f32[64])
LayerNormalization(f32[9,1], f32[1])
LayerNormalization(f32[2,5,9,7], f32[9,7]) {axis=2}
LayerNormalization(f32[4,768], f32[768], f32[768]) {axis=-1, epsilon=0.001}

RMSNormalization(f32[4,100], f32[100])
RMSNormalization(f32[3,7], f32[7])

tn.Normalize(f32[3,50,7]) {axes=[1], epsilon=1e-12}
tn.Normalize(f32[2,5,33,3]) {axes=[2,1], p=1.0, epsilon=1e-12}
tn.Normalize(f32[40,33]) {axes=[-1], p=inf}
tn.Normalize(f32[2,3,70]) {axes=[0], epsilon=100.0}
tn.Normalize(f32[2,128,4,4]) {axes=[1]}
tn.Normalize(f32[3,4,5]) {axes=[0,1,2], p=1.0}
tn.Normalize(f32[3,4,5]) {axes=[0,2]}
tn.Normalize(f32[3,200]) {axes=[]}

LpNormalization(f32[3,50,7]) {axis=1}
LpNormalization(f32[3,50,7]) {axis=0, p=1}
LpNormalization(f32[40,133])
LpNormalization(f32[40,133]) {p=1}
LpNormalization(f32[2,3]{1e-25,2e-25,-3e-25,0,0,0})
LpNormalization(f32[3,2]{1e-25,0,2e-25,0,-3e-25,0}) {axis=0}

MeanVarianceNormalization(f32[2,3,9,7])
MeanVarianceNormalization(f32[1,4,8,100])
MeanVarianceNormalization(f32[5,70]) {axes=[1]}
MeanVarianceNormalization(f32[5,70]) {axes=[-1]}
MeanVarianceNormalization(f32[2,3,4,40]) {axes=[0,1,2,3]}
MeanVarianceNormalization(f32[3,5,6,7,2]) {axes=[2,3,4]}
MeanVarianceNormalization(f32[3,0,4,2])
MeanVarianceNormalization(f32[0,3,4,2])

LRN(f32[2,9,5,7]) {size=5}
LRN(f32[1,16,300]) {size=4, alpha=0.3, beta=0.5, bias=2.0}
LRN(f32[1,3,17,17]) {size=1, beta=1.0}
LRN(f32[1,20,33]) {size=7, alpha=0.01, beta=0.6}
LRN(f32[2,5]) {size=3}
LRN(f32[2,0,5]) {size=3}
