# scale: not behind a bias, nor by a number for each column
graph "" {
  in %x: f32[N,2]
  in %w: f32[2,2]
  const %b: f32[2] = {1, 2}
  const %two: f32[] = {2}
  %p = Gemm(%x, %w, %b)
  %y = Mul(%p, %two)
  %q = MatMul(%x, %w)
  %u = Mul(%q, %b)
  out %y
  out %u
}
=>
graph "" {
  in %x: f32[N,2]
  in %w: f32[2,2]
  const %b: f32[2] = {1, 2}
  const %two: f32[] = {2}
  %p = Gemm(%x, %w, %b)
  %y = Mul(%p, %two)
  %q = MatMul(%x, %w)
  %u = Mul(%q, %b)
  out %y
  out %u
}
