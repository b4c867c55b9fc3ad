# rmsnorm: in f32 between Casts of an f16
graph "" {
  in %h: f16[2,4]
  const %axes: i64[1] = {-1}
  const %eps: f32[] = {1e-5}
  const %w: f16[4] = {1, 2, 3, 4}
  %x = Cast(%h) {to=1}
  %p = Mul(%x, %x)
  %m = ReduceMean(%p, %axes)
  %a = Add(%m, %eps)
  %r = Sqrt(%a)
  %n = Div(%x, %r)
  %c = Cast(%n) {to=10}
  %y = Mul(%c, %w)
  out %y
}
=>
graph "" {
  in %h: f16[2,4]
  const %w: f16[4] = {1, 2, 3, 4}
  %y = RMSNormalization(%h, %w) {axis=-1, epsilon=9.9999997473787516e-06}
  out %y
}
