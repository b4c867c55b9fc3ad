# merge_batchnorm: a MatMul of matrices that gets a bias is a Gemm; one of higher rank is only scaled
graph "" {
  in %x: f32[N,1]
  in %z: f32[N,T,1]
  const %w: f32[1,2] = {1, 2}
  const %m: f32[2] = {2, 3}
  const %a: f32[2] = {1, 2}
  %p = MatMul(%x, %w)
  %q = Mul(%p, %m)
  %y = Add(%q, %a)
  %r = MatMul(%z, %w)
  %s = Mul(%r, %m)
  %v = Add(%s, %a)
  out %y
  out %v
}
=>
graph "" {
  in %x: f32[N,1]
  in %z: f32[N,T,1]
  const %t.1: f32[1,2] = {2, 6}
  const %t.2: f32[2] = {1, 2}
  const %w: f32[1,2] = {2, 6}
  const %a: f32[2] = {1, 2}
  %y = Gemm(%x, %t.1, %t.2)
  %s = MatMul(%z, %w)
  %v = Add(%s, %a)
  out %y
  out %v
}
