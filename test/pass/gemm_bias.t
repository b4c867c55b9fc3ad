# gemm: MatMul of matrices plus a constant bias is a Gemm
graph "" {
  in %x: f32[N,2]
  const %w: f32[2,3] = {1, 2, 3, 4, 5, 6}
  const %b: f32[3] = {1, -1, 0.5}
  %m = MatMul(%x, %w)
  %y = Add(%b, %m)
  out %y
}
=>
graph "" {
  in %x: f32[N,2]
  const %w: f32[2,3] = {1, 2, 3, 4, 5, 6}
  const %b: f32[3] = {1, -1, 0.5}
  %y = Gemm(%x, %w, %b)
  out %y
}
