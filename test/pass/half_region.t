# half: what computes in 16 bits computes in f32, converted once where the region begins and where it ends
graph "" {
  in %x: f16[1,2,4,4]
  const %w: f16[2,2,1,1] = {0.5...}
  const %m: f16[4,3] = {0.25...}
  %c = Conv(%x, %w)
  %r = Relu(%c)
  %t = Transpose(%r) {perm=[0,2,3,1]}
  %n = Neg(%r)
  %y = MatMul(%n, %m)
  %f = Cast(%y) {to=1}
  %h = Cast(%f) {to=10}
  %q = Transpose(%x)
  out %y
  out %h
  out %t
  out %q
}
=>
graph "" {
  in %x: f16[1,2,4,4]
  const %t.0: f32[2,2,1,1] = {0.5...}
  const %m: f16[4,3] = {0.25...}
  %t.1 = Cast(%x) {to=1}
  %t.2 = Conv(%t.1, %t.0)
  %t.3 = Relu(%t.2)
  %t.4 = Transpose(%t.3) {perm=[0,2,3,1]}
  %t = Cast(%t.4) {to=10}
  %t.5 = Neg(%t.3)
  %f = tn.Gemm(%t.5, %m)
  %y = Cast(%f) {to=10}
  %h = Cast(%f) {to=10}
  %t.6 = Transpose(%t.1)
  %q = Cast(%t.6) {to=10}
  out %y
  out %h
  out %t
  out %q
}
