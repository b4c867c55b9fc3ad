# expand: it stays where no operand has a size otherwise
graph "" {
  in %x: f32[1,3]
  in %z: f32[2,1]
  const %s: i64[2] = {2, 3}
  const %two: f32[] = {2}
  %e = Expand(%x, %s)
  %y = Mul(%e, %two)
  %f = Expand(%x, %s)
  %w = Add(%f, %z)
  out %y
  out %w
}
=>
graph "" {
  in %x: f32[1,3]
  in %z: f32[2,1]
  const %s: i64[2] = {2, 3}
  const %two: f32[] = {2}
  %e = Expand(%x, %s)
  %y = Mul(%e, %two)
  %w = Add(%x, %z)
  out %y
  out %w
}
