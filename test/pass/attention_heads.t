# attention: heads split off and joined again stay where they are; NaN of rows without a key are 0 anyway
graph "" {
  in %x: f32[B,T,8]
  in %z: f32[B,S,8]
  in %m: f32[B,1,T,S]
  const %qs: i64[4] = {0, 0, 2, 4}
  const %join: i64[3] = {0, 0, 8}
  const %half: f32[] = {0.5}
  const %zero: f32[] = {0}
  %q4 = Reshape(%x, %qs)
  %q = Transpose(%q4) {perm=[0,2,1,3]}
  %qh = Mul(%q, %half)
  %k4 = Reshape(%z, %qs)
  %k = Transpose(%k4) {perm=[0,2,3,1]}
  %kh = Mul(%k, %half)
  %v = Transpose(%k4) {perm=[0,2,1,3]}
  %s = MatMul(%qh, %kh)
  %sm = Add(%s, %m)
  %p = Softmax(%sm) {axis=-1}
  %n = IsNaN(%p)
  %w = Where(%n, %zero, %p)
  %o = MatMul(%w, %v)
  %t = Transpose(%o) {perm=[0,2,1,3]}
  %y = Reshape(%t, %join)
  out %y
}
=>
graph "" {
  in %x: f32[B,T,8]
  in %z: f32[B,S,8]
  in %m: f32[B,1,T,S]
  %y = Attention(%x, %z, %z, %m) {scale=0.25, q_num_heads=2, kv_num_heads=2}
  out %y
}
