# Reductions along axes.
within 40 spread: ReduceL1, ReduceL2, ReduceMean, ReduceSum, ReduceSumSquare, ReduceLogSum, ReduceLogSumExp
within 2 ulps: ReduceProd

# longer than one piece of a sum:
ReduceL1(f32[60000,9], i64{0})
ReduceL1(f32[3,50,7], i64{1})
ReduceL1(f32[3,5,7,9], i64{2,3}) {keepdims=0}
ReduceL1(f32[40,33], i64{-1})
ReduceL1(f32[3,4,5])

ReduceL2(f32[3,50,7], i64{1})
ReduceL2(f32[3,5,7,9], i64{2,3}) {keepdims=0}
ReduceL2(f32[40,33], i64{-1})
ReduceL2(f32[3,4,5])

ReduceMax(f32[3,50,7], i64{1})
ReduceMax(f32[3,5,7,9], i64{2,3}) {keepdims=0}
ReduceMax(f32[40,33], i64{-1})
ReduceMax(f32[3,4,5])
ReduceMax(f32[1,1], i64{0})
ReduceMax(f32[6,1000], i64{0})

ReduceMean(f32[3,50,7], i64{1})
ReduceMean(f32[3,5,7,9], i64{2,3}) {keepdims=0}
ReduceMean(f32[40,33], i64{-1})
ReduceMean(f32[3,4,5])
ReduceMean(f32[2,1,9,5], i64{1,3})

ReduceMin(f32[3,50,7], i64{1})
ReduceMin(f32[3,5,7,9], i64{2,3}) {keepdims=0}
ReduceMin(f32[40,33], i64{-1})
ReduceMin(f32[3,4,5])

ReduceSum(f32[3,50,7], i64{1})
ReduceSum(f32[3,5,7,9], i64{2,3}) {keepdims=0}
ReduceSum(f32[40,33], i64{-1})
ReduceSum(f32[3,4,5])
ReduceSum(f32[4,5]) {noop_with_empty_axes=1}

ReduceSumSquare(f32[3,50,7], i64{1})
ReduceSumSquare(f32[3,5,7,9], i64{2,3}) {keepdims=0}
ReduceSumSquare(f32[40,33], i64{-1})
ReduceSumSquare(f32[3,4,5])

ReduceLogSum(f32[3,50,7], i64{1})
ReduceLogSum(f32[3,5,7,9], i64{2,3}) {keepdims=0}
ReduceLogSum(f32[40,33], i64{-1})
ReduceLogSum(f32[2,900])

ReduceLogSumExp(f32[3,50,7], i64{1})
ReduceLogSumExp(f32[3,5,7,9], i64{2,3}) {keepdims=0}
ReduceLogSumExp(f32[40,33], i64{-1})
ReduceLogSumExp(f32[2,900])

ReduceMax(i32[3,50,7], i64{1})
ReduceMax(i32[3,300], i64{1}) {keepdims=0}
ReduceMax(i32[30,200], i64{0})
ReduceMax(i64[3,50,7], i64{1})
ReduceMax(i64[3,300], i64{1}) {keepdims=0}
ReduceMax(i64[30,200], i64{0})
ReduceMax(i8[3,50,7], i64{1})
ReduceMax(i8[3,300], i64{1}) {keepdims=0}
ReduceMax(i8[30,200], i64{0})
ReduceMax(u8[3,50,7], i64{1})
ReduceMax(u8[3,300], i64{1}) {keepdims=0}
ReduceMax(u8[30,200], i64{0})
ReduceMax(bool[3,50,7], i64{1})
ReduceMax(bool[3,300], i64{1}) {keepdims=0}
ReduceMax(bool[30,200], i64{0})

ReduceMin(i32[3,50,7], i64{1})
ReduceMin(i32[3,300], i64{1}) {keepdims=0}
ReduceMin(i32[30,200], i64{0})
ReduceMin(i64[3,50,7], i64{1})
ReduceMin(i64[3,300], i64{1}) {keepdims=0}
ReduceMin(i64[30,200], i64{0})
ReduceMin(i8[3,50,7], i64{1})
ReduceMin(i8[3,300], i64{1}) {keepdims=0}
ReduceMin(i8[30,200], i64{0})
ReduceMin(u8[3,50,7], i64{1})
ReduceMin(u8[3,300], i64{1}) {keepdims=0}
ReduceMin(u8[30,200], i64{0})
ReduceMin(bool[3,50,7], i64{1})
ReduceMin(bool[3,300], i64{1}) {keepdims=0}
ReduceMin(bool[30,200], i64{0})

ReduceSum(i32[3,50,7], i64{1})
ReduceSum(i32[3,300], i64{1}) {keepdims=0}
ReduceSum(i32[30,200], i64{0})
ReduceSum(i64[3,50,7], i64{1})
ReduceSum(i64[3,300], i64{1}) {keepdims=0}
ReduceSum(i64[30,200], i64{0})

ReduceMean(i32[3,50,7], i64{1})
ReduceMean(i32[3,300], i64{1}) {keepdims=0}
ReduceMean(i32[30,200], i64{0})
ReduceMean(i64[3,50,7], i64{1})
ReduceMean(i64[3,300], i64{1}) {keepdims=0}
ReduceMean(i64[30,200], i64{0})

ReduceProd(i32[3,50,7], i64{1})
ReduceProd(i32[3,300], i64{1}) {keepdims=0}
ReduceProd(i32[30,200], i64{0})
ReduceProd(i64[3,50,7], i64{1})
ReduceProd(i64[3,300], i64{1}) {keepdims=0}
ReduceProd(i64[30,200], i64{0})
ReduceProd(f32[3,50,7], i64{1})
ReduceProd(f32[3,300], i64{1}) {keepdims=0}
ReduceProd(f32[30,200], i64{0})
ReduceProd(f32[3,4,5])
ReduceSum(i64[3,4,5])
ReduceSum(i32[2,1,9,5], i64{1,3})
