# merge_batchnorm_ahead: a Conv that pads takes a scale, but no offset
graph "" {
  in %x: f32[N,1,W]
  const %w: f32[1,1,3] = {1, 2, 3}
  const %two: f32[] = {2}
  const %one: f32[] = {1}
  %m = Mul(%x, %two)
  %a = Conv(%m, %w) {pads=[1,1]}
  %s = Sub(%x, %one)
  %b = Conv(%s, %w) {pads=[1,1]}
  out %a
  out %b
}
=>
graph "" {
  in %x: f32[N,1,W]
  const %t.1: f32[1,1,3] = {2, 4, 6}
  const %one: f32[] = {1}
  const %w: f32[1,1,3] = {1, 2, 3}
  %a = Conv(%x, %t.1) {pads=[1,1]}
  %s = Sub(%x, %one)
  %b = Conv(%s, %w) {pads=[1,1]}
  out %a
  out %b
}
