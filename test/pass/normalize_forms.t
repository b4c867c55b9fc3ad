# normalize: ReduceL1 and Max; the sum of squares, its root and an Unsqueeze
graph "" {
  in %x: f32[N,8]
  in %z: f32[2,8,H]
  const %last: i64[1] = {-1}
  const %one: i64[1] = {1}
  const %eps: f32[] = {0.5}
  %n = ReduceL1(%x, %last)
  %m = Max(%eps, %n)
  %y = Div(%x, %m)
  %s = Mul(%z, %z)
  %t = ReduceSum(%s, %one) {keepdims=0}
  %r = Sqrt(%t)
  %u = Unsqueeze(%r, %one)
  %w = Div(%z, %u)
  out %y
  out %w
}
=>
graph "" {
  in %x: f32[N,8]
  in %z: f32[2,8,H]
  %y = tn.Normalize(%x) {axes=[1], p=1.0, epsilon=0.5}
  %w = tn.Normalize(%z) {axes=[1], p=2.0, epsilon=0.0}
  out %y
  out %w
}
