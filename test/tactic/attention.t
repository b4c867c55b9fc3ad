# Attention, of whole sequences and of one token with a cache.
within 60 spread: com.microsoft.GroupQueryAttention, Attention

y, k, v = com.microsoft.GroupQueryAttention(f32[2,1,32], f32[2,1,16], f32[2,1,16], f32[2,2,5,8],
  f32[2,2,5,8], i32{5,2}, i32{6}, f32[9,4], f32[9,4]) {num_heads=4, kv_num_heads=2, do_rotary=1}
y, k, v = com.microsoft.GroupQueryAttention(f32[1,3,200], _, _, f32[1,1,20,40], f32[1,1,20,40], i32{11},
  i32{12}, f32[20,16], f32[20,16]) {num_heads=3, kv_num_heads=1, do_rotary=1, rotary_interleaved=1,
  local_window_size=4, softcap=2.0}
y, k, v = com.microsoft.GroupQueryAttention(f32[2,5,140], f32[2,5,70], f32[2,5,70], _, _, i32{4,3}, i32{5})
  {num_heads=2, kv_num_heads=1, scale=0.3}

Attention(f32[1,2,40,16], f32[1,2,40,16], f32[1,2,40,16])
Attention(f32[2,3,5,7], f32[2,3,9,7], f32[2,3,9,5], f32[5,9])
Attention(f32[1,4,33,64], f32[1,2,300,64], f32[1,2,300,64], f32[1,1,1,300]) {scale=0.5}
Attention(f32[1,70,48], f32[1,70,24], f32[1,70,24]) {q_num_heads=4, kv_num_heads=2, is_causal=1}
Attention(f32[1,600,8], f32[1,600,8], f32[1,600,8]) {q_num_heads=1, kv_num_heads=1, is_causal=1}
Attention(f32[1,2,40,1031], f32[1,2,70,1031], f32[1,2,70,5])
Attention(f32[1,2,40,16], f32[1,2,60,16], f32[1,2,60,16], bool[2,40,60]) {softcap=2.0}
Attention(f32[1,2,20,16], f32[1,2,20,16], f32[1,2,20,16]) {left_window_size=3, right_window_size=5}
Attention(f32[1,2,20,16], f32[1,2,3,16], f32[1,2,3,16], f32[20,9], f32[1,2,17,16], f32[1,2,17,16])
y, k, v = Attention(f32[2,2,1,20], f32[2,1,1,20], f32[2,1,1,9], _, f32[2,1,300,20], f32[2,1,300,9])
Attention(f32[1,2,1,64], f32[1,2,70,64], f32[1,2,70,64], bool[1,1,1,70]) {is_causal=1}
Attention(f32[1,2,2,65], f32[1,2,130,65], f32[1,2,130,7]) {softcap=3.0}
Attention(f32[1,2,0,8], f32[1,2,4,8], f32[1,2,4,8])
Attention(f32[1,2,4,8], f32[1,2,0,8], f32[1,2,0,8])
Attention(f32[1,2,17,33], f32[1,1,530,33], f32[1,1,530,33], f32[17,530]) {is_causal=1}
Attention(f32[2,3,35,32], f32[2,3,47,32], f32[2,3,47,40])
