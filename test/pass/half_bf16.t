# half: A of a product of bf16 may be rounded to bf16 still, so that a kernel may multiply in it; f16 products are computed in f32
graph "" {
  in %x: bf16[2,4]
  in %f: f16[2,4]
  const %m: bf16[4,3] = {0.25...}
  const %k: f16[4,3] = {0.25...}
  %n = Neg(%x)
  %y = MatMul(%n, %m)
  %o = Neg(%f)
  %z = MatMul(%o, %k)
  out %y
  out %z
}
=>
graph "" {
  in %x: bf16[2,4]
  in %f: f16[2,4]
  const %m: bf16[4,3] = {0.25...}
  const %k: f16[4,3] = {0.25...}
  %t.0 = Cast(%x) {to=1}
  %t.1 = Neg(%t.0)
  %t.2 = tn.Gemm(%t.1, %m) {rounds_a=1}
  %y = Cast(%t.2) {to=16}
  %t.3 = Cast(%f) {to=1}
  %t.4 = Neg(%t.3)
  %t.5 = tn.Gemm(%t.4, %k)
  %z = Cast(%t.5) {to=10}
  out %y
  out %z
}
