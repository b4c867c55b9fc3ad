# bias: a row added to a batched product
graph "" {
  in %x: f32[N,T,2]
  const %w: f32[2,3] = {1, 2, 3, 4, 5, 6}
  const %b: f32[3] = {1, 2, 3}
  %p = MatMul(%x, %w)
  %y = Add(%b, %p)
  out %y
}
=>
graph "" {
  in %x: f32[N,T,2]
  const %w: f32[2,3] = {1, 2, 3, 4, 5, 6}
  const %b: f32[3] = {1, 2, 3}
  %y = tn.Gemm(%x, %w, %b)
  out %y
}
