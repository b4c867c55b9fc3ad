# merge_batchnorm: not where the Conv's result is read twice, or where the constant runs along the width
graph "" {
  in %x: f32[N,1,2]
  const %w: f32[2,1,1] = {1, 2}
  const %m: f32[2] = {2, 3}
  %a = Conv(%x, %w)
  %b = Mul(%a, %m)
  %c = Conv(%x, %w) {pads=[0,0]}
  %s = Relu(%c)
  %d = Add(%c, %s)
  out %b
  out %d
}
=>
graph "" {
  in %x: f32[N,1,2]
  const %w: f32[2,1,1] = {1, 2}
  const %m: f32[2] = {2, 3}
  %a = Conv(%x, %w)
  %b = Mul(%a, %m)
  %c = Conv(%x, %w) {pads=[0,0]}
  %s = Relu(%c)
  %d = Add(%c, %s)
  out %b
  out %d
}
