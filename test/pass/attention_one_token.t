# attention,transpose,reshape,dead,fold_const: the transpose that keys of one token get is simplified after it
graph "" {
  in %q: f32[1,4,1,8]
  in %x: f32[1,1,4,8]
  in %v: f32[1,4,1,16]
  const %ks: i64[4] = {1, 4, 8, 1}
  %k = Reshape(%x, %ks)
  %s = MatMul(%q, %k)
  %p = Softmax(%s) {axis=-1}
  %y = MatMul(%p, %v)
  out %y
}
=>
graph "" {
  in %q: f32[1,4,1,8]
  in %x: f32[1,1,4,8]
  in %v: f32[1,4,1,16]
  const %t.0: i64[4] = {1, 4, 1, 8}
  %t.1 = Reshape(%x, %t.0)
  %y = Attention(%q, %t.1, %v) {scale=1.0, blind_nan=1}
  out %y
}
