# The best k along an axis, in order: short rows, long ones, inner axes, ties, numbers of every width.

v, i = TopK(f32[3,50,7], i64{5}) {axis=1}
v, i = TopK(f32[3,50,7], i64{50}) {axis=1,largest=0}
v, i = TopK(f32[3,50,7], i64{2})
v, i = TopK(f32[3,50,7], i64{0})
v, i = TopK(f32[0,5], i64{2})
v, i = TopK(f32[64,64], i64{8}) {sorted=0}
v, i = TopK(f32[2,3000], i64{5})
v, i = TopK(f32[2,3000], i64{5}) {largest=0}
v, i = TopK(f32[2,3000], i64{300})
v, i = TopK(f32[2,3000], i64{300}) {largest=0}
v, i = TopK(f32[2,3000], i64{749})
v, i = TopK(f32[2,3000], i64{3000})
v, i = TopK(f32[2100,20], i64{3}) {axis=0}
v, i = TopK(f32[2100,20], i64{900}) {axis=0,largest=0}
v, i = TopK(f32[5,1], i64{1})
v, i = TopK(f16[2,3000], i64{20})
v, i = TopK(f16[90,33], i64{20}) {axis=0,largest=0}
v, i = TopK(bf16[2,3000], i64{20}) {largest=0}
v, i = TopK(bf16[90,33], i64{20}) {axis=0}
# hundreds of equals:
v, i = TopK(u8[3,4000], i64{600})
v, i = TopK(u8[3,4000], i64{9}) {largest=0}
v, i = TopK(i8[3,4000], i64{9})
v, i = TopK(i8[30,40], i64{30}) {axis=0,largest=0}
v, i = TopK(i16[3,400], i64{70})
v, i = TopK(u16[3,400], i64{70}) {largest=0}
v, i = TopK(u32[3,400], i64{70})
v, i = TopK(i32[3,400], i64{70}) {largest=0}
v, i = TopK(u32{7,4294967295,2147483648,2147483647,0}, i64{5})
v, i = TopK(i32{7,-2147483648,2147483647,-1,0}, i64{4}) {largest=0}
v, i = TopK(i64[3,400], i64{70})
v, i = TopK(i64[3,400], i64{400}) {largest=0}
# further apart than 32 bits:
v, i = TopK(i64{7,-9223372036854775808,9223372036854775807,-1,0,7,4294967296,-4294967296,7}, i64{9})
v, i = TopK(i64{7,-9223372036854775808,9223372036854775807,-1,0,7,4294967296,-4294967296,7}, i64{6}) {largest=0}
_, i = TopK(f32[3,200], i64{9})
v, _ = TopK(f32[3,200], i64{9})
