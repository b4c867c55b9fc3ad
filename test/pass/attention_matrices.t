# attention: batches of matrices are heads of one batch; the mask may stand on either side
graph "" {
  in %q: f32[N,T,4]
  in %k: f32[N,S,4]
  in %v: f32[N,S,5]
  in %m: f32[T,S]
  const %two: f32[] = {2}
  %kt = Transpose(%k) {perm=[0,2,1]}
  %s = MatMul(%q, %kt)
  %d = Div(%s, %two)
  %sm = Add(%m, %d)
  %p = Softmax(%sm) {axis=2}
  %y = MatMul(%p, %v)
  out %y
}
=>
graph "" {
  in %q: f32[N,T,4]
  in %k: f32[N,S,4]
  in %v: f32[N,S,5]
  in %m: f32[T,S]
  const %t.0: i64[1] = {0}
  const %t.1: i64[1] = {0}
  const %t.2: i64[1] = {0}
  const %t.3: i64[1] = {0}
  %t.4 = Unsqueeze(%q, %t.0)
  %t.5 = Unsqueeze(%k, %t.1)
  %t.6 = Unsqueeze(%v, %t.2)
  %t.7 = Attention(%t.4, %t.5, %t.6, %m) {scale=0.5, blind_nan=1}
  %y = Squeeze(%t.7, %t.3)
  out %y
}
