# gemm: a product that is read twice, one of higher rank, and a bias that widens the product stay
graph "" {
  in %x: f32[N,2]
  in %z: f32[N,T,2]
  in %v: f32[1,2]
  const %w: f32[2,3] = {1, 2, 3, 4, 5, 6}
  const %b: f32[3] = {1, -1, 0.5}
  const %wide: f32[2,3] = {1...}
  %m = MatMul(%x, %w)
  %p = Add(%m, %b)
  %q = MatMul(%z, %w)
  %r = Add(%q, %b)
  %s = MatMul(%v, %w)
  %u = Add(%s, %wide)
  out %m
  out %p
  out %r
  out %u
}
=>
graph "" {
  in %x: f32[N,2]
  in %z: f32[N,T,2]
  in %v: f32[1,2]
  const %w: f32[2,3] = {1, 2, 3, 4, 5, 6}
  const %b: f32[3] = {1, -1, 0.5}
  const %wide: f32[2,3] = {1...}
  %m = MatMul(%x, %w)
  %p = Add(%m, %b)
  %q = MatMul(%z, %w)
  %r = Add(%q, %b)
  %s = MatMul(%v, %w)
  %u = Add(%s, %wide)
  out %m
  out %p
  out %r
  out %u
}
