# merge_batchnorm: Mul, Add, Sub and Div by a number for each channel are folded as well
graph "" {
  in %x: f32[N,1,W]
  const %w: f32[2,1,1] = {1, 2}
  const %m: f32[2,1] = {2, 3}
  const %a: f32[1,2,1] = {1, 2}
  const %s: f32[] = {5}
  const %d: f32[] = {2}
  %c = Conv(%x, %w)
  %p = Mul(%m, %c)
  %q = Add(%p, %a)
  %r = Sub(%s, %q)
  %y = Div(%r, %d)
  out %y
}
=>
graph "" {
  in %x: f32[N,1,W]
  const %w: f32[2,1,1] = {-1, -3}
  const %t.1: f32[2] = {2, 1.5}
  %y = Conv(%x, %w, %t.1)
  out %y
}
