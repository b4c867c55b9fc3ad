# bias: a column is none
graph "" {
  in %x: f32[N,2,2]
  const %w: f32[2,3] = {1, 2, 3, 4, 5, 6}
  const %column: f32[2,1] = {1, 2}
  %p = MatMul(%x, %w)
  %y = Add(%p, %column)
  out %y
}
=>
graph "" {
  in %x: f32[N,2,2]
  const %w: f32[2,3] = {1, 2, 3, 4, 5, 6}
  const %column: f32[2,1] = {1, 2}
  %p = MatMul(%x, %w)
  %y = Add(%p, %column)
  out %y
}
