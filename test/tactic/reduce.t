# Reductions along axes.
within 40 spread: ReduceL1, ReduceL2, ReduceMean, ReduceSum, ReduceSumSquare

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
