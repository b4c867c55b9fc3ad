# Running totals along an axis: the same bits, whichever kernel.

CumSum(f32[3,50,7], i64{1})
CumSum(f32[3,50,7], i64{-1}) {exclusive=1}
CumSum(f32[9,50], i32{1}) {reverse=1}
CumSum(f32[3,20,300], i64{1}) {reverse=1,exclusive=1}
CumSum(f32[300,2], i64{0})
CumSum(f32[40], i64{0})
CumSum(i32[9,50], i64{1})
CumSum(i32[3,50,140], i64{1}) {exclusive=1}
CumSum(i64[9,50], i64{1}) {reverse=1}
CumSum(i64[3,50,140], i64{1})
CumSum(f32[0,5], i64{1})

CumProd(f32[3,50,7], i64{1})
CumProd(f32[9,20], i64{1}) {exclusive=1}
CumProd(i32[9,20], i64{1}) {reverse=1}
CumProd(i64[3,20,140], i64{1}) {exclusive=1,reverse=1}
