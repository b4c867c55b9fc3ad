# Comparisons, logic, and choices by them.

Equal(f32[2,3,17], f32[3,1])
Equal(i64[300], i64[])
Equal(i32[4,1,5], i32[1,3,5])
Equal(u8[17], u8[2,3,17])
Equal(bool[5,20], bool[20])
Equal(f16[3,7], f16[7])

Greater(f32[2,3,17], f32[3,1])
Greater(i64[300], i64[])
Greater(i32[4,1,5], i32[1,3,5])
Greater(u8[17], u8[2,3,17])
Greater(f32[], f32[])

GreaterOrEqual(f32[2,3,17], f32[3,1])
GreaterOrEqual(i64[300], i64[])
GreaterOrEqual(i32[4,1,5], i32[1,3,5])
GreaterOrEqual(u8[17], u8[2,3,17])

Less(f32[2,3,17], f32[3,1])
Less(i64[300], i64[])
Less(i32[4,1,5], i32[1,3,5])
Less(u8[17], u8[2,3,17])
Less(f32[3,20000], f32[3,1])
Less(f32[0,3], f32[3])

LessOrEqual(f32[2,3,17], f32[3,1])
LessOrEqual(i64[300], i64[])
LessOrEqual(i32[4,1,5], i32[1,3,5])
LessOrEqual(u8[17], u8[2,3,17])

And(bool[3,70], bool[3,70])
And(bool[3,1,70], bool[5,1])

Or(bool[3,70], bool[3,70])
Or(bool[3,1,70], bool[5,1])

Xor(bool[3,70], bool[3,70])
Xor(bool[3,1,70], bool[5,1])

Not(bool[3,70])

Where(bool[2,3,17], f32[2,3,17], f32[2,3,17])
Where(bool[3,1], f32[2,3,17], f32[17])
Where(bool[2,3,17], f32[], f32[1])
Where(bool[2,3,17], u8[2,3,17], u8[2,3,17])
Where(bool[3,1], u8[2,3,17], u8[17])
Where(bool[2,3,17], u8[], u8[1])
Where(bool[2,3,17], f16[2,3,17], f16[2,3,17])
Where(bool[3,1], f16[2,3,17], f16[17])
Where(bool[2,3,17], f16[], f16[1])
Where(bool[2,3,17], i64[2,3,17], i64[2,3,17])
Where(bool[3,1], i64[2,3,17], i64[17])
Where(bool[2,3,17], i64[], i64[1])
Where(bool[17], f32[2,3,1], f32[2,3,17])
Where(bool[17], f32[2,3,17], f32[3,1])
Where(bool[], f32[5], f32[])
Where(bool[1], f32[2,9], f32[2,1])
Where(bool[5], bool[5], bool[5])

IsNaN(f32[3,700])
IsInf(f32[3,700])
IsInf(f32[3,700]) {detect_negative=0}
IsInf(f32[3,700]) {detect_positive=0}
IsInf(f32[70]) {detect_positive=0,detect_negative=0}
