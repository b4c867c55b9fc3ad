# rmsnorm: without a scale it is ones
graph "" {
  in %x: f32[N,2]
  const %axes: i64[1] = {1}
  const %eps: f32[] = {1e-5}
  const %one: f32[] = {1}
  %p = Mul(%x, %x)
  %m = ReduceMean(%p, %axes)
  %a = Add(%m, %eps)
  %r = Sqrt(%a)
  %i = Div(%one, %r)
  %y = Mul(%i, %x)
  out %y
}
=>
graph "" {
  in %x: f32[N,2]
  const %t.0: f32[2] = {1, 1}
  %y = RMSNormalization(%x, %t.0) {axis=-1, epsilon=9.9999997473787516e-06}
  out %y
}
