# Places of extremes along an axis.

ArgMax(f32[3,50,7]) {axis=1}
ArgMax(f32[3,50,7]) {axis=-1,keepdims=0}
ArgMax(f32[3,50,7]) {axis=0,select_last_index=1}
ArgMax(f32[2,3000]) {axis=1}
ArgMax(f32[2,3000]) {axis=1,select_last_index=1}
ArgMax(f32[3,1500]) {axis=0}
ArgMax(f32[70,1])
ArgMax(f32[1,1,1]) {axis=2}
ArgMax(f32[40,64]) {axis=1,select_last_index=1}
ArgMax(f16[5,1100]) {axis=1}
ArgMax(f16[5,1100]) {axis=0}
ArgMax(bf16[5,1100]) {axis=1,select_last_index=1}
ArgMax(bf16[5,1100]) {axis=0,select_last_index=1}
ArgMax(u8[5,2100]) {axis=1}
ArgMax(u8[5,2100]) {axis=0}
ArgMax(i8[5,2100]) {axis=1,select_last_index=1}
ArgMax(i8[5,2100]) {axis=0,select_last_index=1}
ArgMax(i32[5,2100]) {axis=1}
ArgMax(i32[5,2100]) {axis=0}
ArgMax(i64[5,2100]) {axis=1,select_last_index=1}
ArgMax(i64[5,2100]) {axis=0,select_last_index=1}
ArgMax(f32[0,3]) {axis=1}

ArgMin(f32[3,50,7]) {axis=1}
ArgMin(f32[3,50,7]) {axis=-1,keepdims=0}
ArgMin(f32[3,50,7]) {axis=0,select_last_index=1}
ArgMin(f32[2,3000]) {axis=1}
ArgMin(f32[2,3000]) {axis=1,select_last_index=1}
ArgMin(f32[3,1500]) {axis=0}
ArgMin(f16[5,1100]) {axis=1}
ArgMin(bf16[5,1100]) {axis=0,select_last_index=1}
ArgMin(u8[5,2100]) {axis=1}
ArgMin(u8[5,2100]) {axis=0,select_last_index=1}
ArgMin(i8[5,2100]) {axis=1,select_last_index=1}
ArgMin(i8[5,2100]) {axis=0}
ArgMin(i32[5,2100]) {axis=1}
ArgMin(i32[5,2100]) {axis=0}
ArgMin(i64[5,2100]) {axis=1,select_last_index=1}
ArgMin(i64[5,2100]) {axis=0}

Hardmax(f32[3,50,7]) {axis=1}
Hardmax(f32[3,50,7])
Hardmax(f32[2,3000])
Hardmax(f32[3,5000]) {axis=0}
