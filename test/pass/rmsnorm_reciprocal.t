# rmsnorm: by a reciprocal, with a scale
graph "" {
  in %x: f32[N,4]
  const %axes: i64[1] = {-1}
  const %two: f32[] = {2}
  const %eps: f32[] = {1e-5}
  const %w: f32[4] = {1, 2, 3, 4}
  %p = Pow(%x, %two)
  %m = ReduceMean(%p, %axes)
  %a = Add(%m, %eps)
  %r = Sqrt(%a)
  %i = Reciprocal(%r)
  %n = Mul(%x, %i)
  %y = Mul(%w, %n)
  out %y
}
=>
graph "" {
  in %x: f32[N,4]
  const %w: f32[4] = {1, 2, 3, 4}
  %y = RMSNormalization(%x, %w) {axis=-1, epsilon=9.9999997473787516e-06}
  out %y
}
