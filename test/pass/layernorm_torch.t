# layernorm: as PyTorch writes it out, with scale and bias
graph "" {
  in %x: f32[N,T,4]
  const %last: i64[1] = {-1}
  const %two: f32[] = {2}
  const %eps: f32[] = {0.001}
  const %gamma: f32[4] = {1, 2, 3, 4}
  const %beta: f32[4] = {0, 1, 0, 1}
  %m = ReduceMean(%x, %last)
  %d = Sub(%x, %m)
  %p = Pow(%d, %two)
  %v = ReduceMean(%p, %last)
  %e = Add(%v, %eps)
  %s = Sqrt(%e)
  %n = Div(%d, %s)
  %g = Mul(%n, %gamma)
  %y = Add(%g, %beta)
  out %y
}
=>
graph "" {
  in %x: f32[N,T,4]
  const %gamma: f32[4] = {1, 2, 3, 4}
  const %beta: f32[4] = {0, 1, 0, 1}
  %y = LayerNormalization(%x, %gamma, %beta) {axis=-1, epsilon=0.0010000000474974513}
  out %y
}
