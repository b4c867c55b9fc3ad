# expand: the divisor broadcasts by itself
graph "" {
  in %x: f32[N,3]
  const %axes: i64[1] = {1}
  %n = ReduceL2(%x, %axes) {keepdims=1}
  %s = Shape(%x)
  %e = Expand(%n, %s)
  %y = Div(%x, %e)
  out %y
}
=>
graph "" {
  in %x: f32[N,3]
  const %axes: i64[1] = {1}
  %n = ReduceL2(%x, %axes) {keepdims=1}
  %y = Div(%x, %n)
  out %y
}
