# activation: not where the sum is read twice or is an output, nor a Gelu by tanh
graph "" {
  in %x: f32[N,1,W]
  const %w: f32[1,1,1] = {2}
  %a = Conv(%x, %w)
  %p = Relu(%a)
  %q = Tanh(%a)
  %b = Conv(%x, %w)
  %r = Relu(%b)
  %c = Conv(%x, %w)
  %s = Gelu(%c) {approximate="tanh"}
  out %p
  out %q
  out %b
  out %r
  out %s
}
=>
graph "" {
  in %x: f32[N,1,W]
  const %w: f32[1,1,1] = {2}
  %a = Conv(%x, %w)
  %p = Relu(%a)
  %q = Tanh(%a)
  %b = Conv(%x, %w)
  %r = Relu(%b)
  %c = Conv(%x, %w)
  %s = Gelu(%c) {approximate="tanh"}
  out %p
  out %q
  out %b
  out %r
  out %s
}
