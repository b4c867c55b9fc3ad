# Functions of single elements, of pairs, of many; numbers as other types.
within 2 ulps: Erf, Exp, Log, Sigmoid, Softplus, Tanh
within 4 ulps: Elu, HardSigmoid, HardSwish, LeakyRelu, Mish, Reciprocal, Selu, Softsign, Sqrt, Swish
within 4 spread: Gelu, Sin, Cos
within 1 ulps: Add, Div, Mul, Sub, Sum, PRelu
within 2 ulps: Pow
within 4 ulps: Acos, Acosh, Asin, Asinh, Atan, Atanh, Celu, Cosh, Sinh, Tan
within 1 ulps: Shrink

Abs(f32[3,67])

Ceil(f32[3,67])

Clip(f32[3,67], f32[], f32[])
Clip(f32[20], _, f32[])
Clip(f32[20], f32{-0.5})
Clip(f16[20], f16[])
Clip(i32[50], i32{-20}, i32{30})
Clip(i64[50], i64{20}, i64{-30})
Clip(i64[50], _, i64[])
Clip(i64[5,9], i64[])

Elu(f32[3,67]) {alpha=0.7}

Erf(f32[3,67])

Exp(f32[3,67])

Floor(f32[3,67])

Gelu(f32[3,67])
Gelu(f32[300]) {approximate="tanh"}

HardSigmoid(f32[3,67]) {alpha=0.3}

HardSwish(f32[3,67])

LeakyRelu(f32[3,67]) {alpha=0.2}

Log(f32[3,67])

Mish(f32[3,67])

Neg(f32[3,67])
Neg(i64[50])
Neg(i32[3,7])

Reciprocal(f32[3,67])

Relu(f32[3,67])
Relu(f16[1000])
Relu(f32[0])
Relu(f32[])
Relu(bf16[77])

Round(f32[3,67])

Selu(f32[3,67])

Sigmoid(f32[3,67])
Sigmoid(f32[20000])

Softplus(f32[3,67])

Softsign(f32[3,67])

Sqrt(f32[3,67])

Swish(f32[3,67]) {alpha=1.5}
Swish(bf16[40])

Tanh(f32[3,67])
Tanh(f16[600])

ThresholdedRelu(f32[3,67])

Add(f32[2,3,17], f32[2,3,17])
Add(f32[2,3,17], f32[3,1])
Add(f32[17], f32[2,3,17])
Add(f32[], f32[5,9])
Add(f32[2,8,9,9], f32[1,8,1,1])
Add(f32[4,1,5], f32[1,3,5])
Add(bf16[40], bf16[40])
Add(f32[1,1], f32[1])
Add(f16[], f16[700])
Add(i32[2,3,17], i32[3,1])
Add(i64[17], i64[2,3,17])
Add(i64[], i64[5])

Div(f32[2,3,17], f32[2,3,17])
Div(f32[2,3,17], f32[3,1])
Div(f32[17], f32[2,3,17])
Div(f32[], f32[5,9])
Div(i32[2,3,17], i32[3,1])
Div(i64[17], i64[2,3,17])
Div(i64[], i64[5])
Div(i64{-9223372036854775808,7,-7,7,5}, i64{-1,0,2,-2,3})
Div(i32{-2147483648,7,-7,7,5}, i32{-1,0,2,-2,3})

Max(f32[2,3,17], f32[2,3,17])
Max(f32[2,3,17], f32[3,1])
Max(f32[17], f32[2,3,17])
Max(f32[], f32[5,9])
Max(i32[2,3,17], i32[3,1])
Max(i64[17], i64[2,3,17])
Max(i64[], i64[5])
Max(f32[2,3,17], f32[3,1], f32[17])
Max(f32[700])
Max(f32[], f32[5,9], f32[9], f32[5,1])

Min(f32[2,3,17], f32[2,3,17])
Min(f32[2,3,17], f32[3,1])
Min(f32[17], f32[2,3,17])
Min(f32[], f32[5,9])
Min(i32[2,3,17], i32[3,1])
Min(i64[17], i64[2,3,17])
Min(i64[], i64[5])
Min(f32[2,3,17], f32[3,1], f32[17])
Min(f32[700])
Min(f32[], f32[5,9], f32[9], f32[5,1])

Mul(f32[2,3,17], f32[2,3,17])
Mul(f32[2,3,17], f32[3,1])
Mul(f32[17], f32[2,3,17])
Mul(f32[], f32[5,9])
Mul(f32[5,1,7,1], f32[1,6,1,9])
Mul(f16[2,8,300], f16[8,1])
Mul(f32[9000,3], f32[3])
Mul(i32[2,3,17], i32[3,1])
Mul(i64[17], i64[2,3,17])
Mul(i64[], i64[5])

Sub(f32[2,3,17], f32[2,3,17])
Sub(f32[2,3,17], f32[3,1])
Sub(f32[17], f32[2,3,17])
Sub(f32[], f32[5,9])
Sub(f32[0,3], f32[1,3])
Sub(i32[2,3,17], i32[3,1])
Sub(i64[17], i64[2,3,17])
Sub(i64[], i64[5])

Sum(f32[2,3,17], f32[2,3,17])
Sum(f32[2,3,17], f32[3,1])
Sum(f32[17], f32[2,3,17])
Sum(f32[], f32[5,9])
Sum(f32[2,3,17], f32[3,1], f32[17])
Sum(f32[700])
Sum(f32[], f32[5,9], f32[9], f32[5,1])

PRelu(f32[2,8,5,5], f32[8,1,1])
PRelu(f32[2,8,5], f32[1])
PRelu(f32[3,40], f32[3,40])

Mod(i32[2,3,17], i32[3,1])
Mod(i64[17], i64[2,3,17])
Mod(i64[], i64[5])
Mod(i64{-9223372036854775808,7,-7,7,5}, i64{-1,0,2,-2,3})
Mod(i32[5], i32[5]) {fmod=1}

Cast(f32[20000]) {to=7}
Cast(f32[]) {to=10}
Cast(f32[0]) {to=10}
Cast(f32{2147483648.0,-2147483649.0,4294967296.0,1e19,-1e19,1e20,0.5,-0.5,9.3e18,255.7}) {to=13}
Cast(f32{2147483648.0,-2147483649.0,4294967296.0,1e19,-1e19,1e20,0.5,-0.5,9.3e18,255.7}) {to=7}
Cast(f32{2147483648.0,-2147483649.0,4294967296.0,1e19,-1e19,1e20,0.5,-0.5,9.3e18,255.7}) {to=2}
Cast(i64{16777217,-16777219,9223372036854775807,36028797018963969,65519,65520}) {to=1}
Cast(i64{16777217,-16777219,9223372036854775807,36028797018963969,65519,65520,2049,2051}) {to=10}

Sin(f32[3,67])
Sin(f32{100,-1000,8000,9000.5,1e10,-3e30,0,-0.0})
Sin(f16[9])

Cos(f32[3,67])
Cos(f32{100,-1000,8000,9000.5,1e10,-3e30,0,-0.0})

Sign(f32[3,67])

Mean(f32[2,3,17], f32[3,1], f32[17])
Mean(f32[700])
Mean(f32[], f32[5,9], f32[9], f32[5,1])
Mean(f32[3,9], f32[9])

Pow(f32[3,67], f32{2.0})
Pow(f32[3,67], f32{3.0})
Pow(f32[3,67], f32{0.5})
Pow(f32[3,67], f32{-1.0})
Pow(f32[3,67], f32{1.7})
Pow(f32[3,67], f32[67])
Pow(f32[], f32[67])
Pow(f32[3,67], i64{2})
Pow(f32[9], i32{3})
Pow(f32[3,1], f32[3,67])

Acos(f32[3,67])
Acosh(f32[3,67])
Asin(f32[3,67])
Asinh(f32[3,67])
Atan(f32[3,67])
Atanh(f32[3,67])
Cosh(f32[3,67])
Sinh(f32[3,67])
Tan(f32[3,67])
Tan(f16[600])
Atan(bf16[700])
Acosh(f32[20000])
Celu(f32[3,67])
Celu(f32[300]) {alpha=0.3}
Shrink(f32[3,67])
Shrink(f32[300]) {lambd=0.3,bias=0.1}

BitwiseAnd(i32[2,3,17], i32[3,1])
BitwiseAnd(i64[17], i64[2,3,17])
BitwiseAnd(i64[], i64[5])

BitwiseOr(i32[2,3,17], i32[3,1])
BitwiseOr(i64[17], i64[2,3,17])
BitwiseOr(i64[], i64[5])

BitwiseXor(i32[2,3,17], i32[3,1])
BitwiseXor(i64[17], i64[2,3,17])
BitwiseXor(i64[], i64[5])

Abs(i32[70])
Abs(i64[3,67])
Sign(i32[3,67])
Sign(i64[70])
Relu(i32[70])
Relu(i64[3,67])
BitwiseNot(i32[3,67])
BitwiseNot(i64[70])

Mod(f32[3,67], f32[3,67]) {fmod=1}
Mod(f32[300], f32{0.3}) {fmod=1}
Mod(f32[2,1,40], f32[3,1]) {fmod=1}
Mod(f32[9], f32{1e-30}) {fmod=1}
