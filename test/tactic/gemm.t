# Products of matrices of floats, and by weights of few bits.
within 16 products: MatMul, Gemm
within 16 lengths: com.microsoft.MatMulNBits, tn.Gemm

MatMul(f32[5,7], f32[7,9])
MatMul(f32[0,20,33], f32[0,33,9])
MatMul(f32[1,300], f32[300,70])
MatMul(f32[64,600], f32[600,128])
MatMul(f32[30,17], f32[17,1])
MatMul(f32[9], f32[9])
MatMul(f32[9], f32[9,5])
MatMul(f32[4,9], f32[9])
MatMul(f32[3,9], f32[2,9,33])
MatMul(f32[2,3,20,16], f32[2,3,16,20])
MatMul(f32[2,1,20,16], f32[3,16,40])
MatMul(f32[2,3,20,16], f32[16,50])
MatMul(f32[0,5], f32[5,3])
MatMul(f32[4,0], f32[0,3])
MatMul(f32[3,2,9], f32[9])
MatMul(f32[9], f32[3,9,2])
MatMul(f32[700,70], f32[70,40])
MatMul(f16[13,70], f16[70,40])
MatMul(bf16[2,13,70], bf16[2,70,40])
MatMul(f32[1,70], f32[70,200])
MatMul(f32[900], f32[900,3])
MatMul(f16[2,1,50], f16[50,133])
MatMul(bf16[37,90], bf16[90,75])
MatMul(bf16[3,2,50,300], bf16[2,300,33])
MatMul(bf16[30,1100], bf16[1100,40])
MatMul(f32[500,900], f32[900,200])
MatMul(f32[2,300,40], f32[2,40,70])
MatMul(bf16[300,500], bf16[500,40])
MatMul(f32[200,3], f32[3,3])
MatMul(f32[3,50,2], f32[3,2,5])
MatMul(f32[37,800], f32[800,3])
MatMul(f32[16,1000], f32[1000,16])
MatMul(f32[5,20,1], f32[5,1,128])
MatMul(f32[260,40], f32[40,101])
MatMul(f32[6,33], f32[33,17])
MatMul(f32[3,70,900], f32[900,50])
MatMul(f32[197,1600], f32[1600,48])

Gemm(f32[5,7], f32[7,9], f32[9])
Gemm(f32[400,500], f32[500,70], f32[400,70]) {beta=0.5}
Gemm(f16[300,400], f16[400,40], f16[300,1])
Gemm(f32[7,5], f32[9,7], f32[5,1]) {transA=1, transB=1, alpha=0.5, beta=2.0}
Gemm(f32[7,50], f32[7,90], f32[50,90]) {transA=1, alpha=1.5, beta=0.25}
Gemm(f32[20,64], f32[100,64], f32[1]) {transB=1}
Gemm(f32[20,64], f32[100,64]) {transB=1, beta=0.0}
Gemm(f32[1,1], f32[1,1], f32[])
Gemm(f16[20,64], f16[100,64], f16[20,100]) {transB=1, beta=0.5}
Gemm(f16[20,300], f16[300,10], f16[10])
Gemm(f32[40,3], f32[19,40], f32[3,1]) {alpha=0.5, beta=2.0, transA=1, transB=1}
Gemm(bf16[4,70], bf16[70,129], bf16[129])
Gemm(f32[2,5], f32[5,7], f32[1])
Gemm(bf16[17,70], bf16[17,50], bf16[70,1]) {transA=1, alpha=0.5, beta=2.0}

com.microsoft.MatMulNBits(f32[1,64], u8[70,2,16], f32[140]) {K=64, N=70, bits=4, block_size=32}
com.microsoft.MatMulNBits(f32[1,3,70], u8[33,3,16], f32[99], u8[66]) {K=70, N=33, bits=4, block_size=32}
com.microsoft.MatMulNBits(f32[2,500], u8[9,32,16], f32[288], f32[288], _, f32[9]) {K=500, N=9, bits=8,
  block_size=16}
com.microsoft.MatMulNBits(f16[33,100], u8[40,1,64], f16[40], u8[40]) {K=100, N=40, bits=4, block_size=128}
com.microsoft.MatMulNBits(f32[18,512], u8[65,1,512], f32[65]) {K=512, N=65, bits=8, block_size=512}
com.microsoft.MatMulNBits(bf16[1,48], u8[20,3,4], bf16[60]) {K=48, N=20, bits=2, block_size=16}
com.microsoft.MatMulNBits(f32[500,40], u8[36,2,8], f32[72], u8[36]) {K=40, N=36, bits=2, block_size=32}
com.microsoft.MatMulNBits(f32[1,64], u8[70,2,16], f32[140]) {K=64, N=70, bits=4, block_size=32,
  accuracy_level=4}
com.microsoft.MatMulNBits(f32[17,152], u8[33,10,8], f32[330], u8[165], _, f32[33]) {K=152, N=33, bits=4,
  block_size=16, accuracy_level=4}
com.microsoft.MatMulNBits(f32[3,500], u8[40,16,32], f32[640], u8[640]) {K=500, N=40, bits=8, block_size=32,
  accuracy_level=4}
com.microsoft.MatMulNBits(bf16[9,104], u8[33,4,8], bf16[132], bf16[132]) {K=104, N=33, bits=2,
  block_size=32, accuracy_level=4}
com.microsoft.MatMulNBits(f16[2,2000], u8[20,2,512], f16[40]) {K=2000, N=20, bits=4, block_size=1024,
  accuracy_level=4}

tn.Gemm(f32[1,1,30], f32[30,80], f32[80], f32[1,1,80])
tn.Gemm(f32[1,4,30], f32[30,80], f32[80], f32[1,4,80]) {activation="Gelu"}
tn.Gemm(f32[3,40], f16[40,70], f32[70]) {activation="Relu"}
tn.Gemm(f32[1,800], bf16[90,800]) {transB=1}
tn.Gemm(f32[2,17,33], f16[33,65])
tn.Gemm(f32[2,17,33], bf16[33,65]) {rounds_a=1}
tn.Gemm(f32[130,300], bf16[150,300], f32[150]) {transB=1, rounds_a=1, activation="Relu"}
tn.Gemm(f32[5,70], bf16[70,90], f32[90], f32[5,90]) {rounds_a=1}
tn.Gemm(bf16[40,70], bf16[70,90], bf16[40,90]) {alpha=0.5, beta=0.5, activation="Gelu"}
tn.Gemm(f32[9,2,1], f32[9,2]) {transA=1, transB=1, alpha=1.25}
tn.Gemm(f32[5,70], f32[70,90], f32[90]) {activation="Relu"}
tn.Gemm(f32[2,5,70], f32[70,90], f32[90], f32[2,5,90]) {activation="Gelu"}
tn.Gemm(f32[5,300], f32[33,300], f32[5,1], f32[5,33]) {transB=1, activation="Tanh"}
tn.Gemm(f32[2,6,4], f32[4,17], f32[6,17])
tn.Gemm(f32[50,3], f32[3,3], f32[3], f32[50,3]) {activation="Relu"}
tn.Gemm(f32[41,70], f32[5,70], f32[5]) {transB=1, activation="Gelu"}
tn.Gemm(f32[90,4], f32[4,6], f32[90,1]) {alpha=0.5}
tn.Gemm(f32[30,500], f32[500,20], f32[20], f32[30,20]) {activation="Tanh"}
tn.Gemm(f32[2,3,20,16], f32[2,3,18,16]) {transB=1, alpha=0.25}
tn.Gemm(f32[2,3,16,20], f32[2,3,16,18]) {transA=1}
tn.Gemm(f32[5,70], f32[70,90], f32[5,90]) {beta=0.5, activation="HardSigmoid", activation_alpha=0.2,
  activation_beta=0.5}
tn.Gemm(f16[2,5,70], f16[70,90], f16[90], f16[2,5,90]) {activation="Sigmoid"}
