# scale: a number behind a product, and one at an operand, are its alpha
graph "" {
  in %q: f32[B,T,4]
  in %k: f32[B,4,S]
  const %four: f32[] = {4}
  const %half: f32[1] = {0.5}
  %p = MatMul(%q, %k)
  %y = Div(%p, %four)
  %h = Mul(%q, %half)
  %u = MatMul(%h, %k)
  out %y
  out %u
}
=>
graph "" {
  in %q: f32[B,T,4]
  in %k: f32[B,4,S]
  %y = tn.Gemm(%q, %k) {alpha=0.25}
  %u = tn.Gemm(%q, %k) {alpha=0.5}
  out %y
  out %u
}
