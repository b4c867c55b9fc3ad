# activation, residual, blocked: a transposed convolution stays in the region with its activation, without a residual
graph "" {
  in %x: f32[1,16,4,4]
  const %w: f32[32,16,1,1] = {0.5...}
  const %v: f32[32,32,4,4] = {0.25...}
  const %r: f32[32,32,2,2] = {0.25...}
  %c = Conv(%x, %w)
  %u = ConvTranspose(%c, %v) {strides=[2,2], pads=[1,1,1,1]}
  %a = Relu(%u)
  %s = ConvTranspose(%c, %r) {strides=[2,2]}
  %y = Add(%a, %s)
  out %y
}
=>
graph "" {
  in %x: f32[1,16,4,4]
  const %w: f32[32,16,1,1] = {0.5...}
  const %v: f32[32,32,4,4] = {0.25...}
  const %r: f32[32,32,2,2] = {0.25...}
  %t.2 = tn.ToBlocked(%x)
  %t.3 = tn.BlockedConv(%t.2, %w)
  %t.4 = tn.BlockedConvTranspose(%t.3, %v) {strides=[2,2], pads=[1,1,1,1], activation="Relu"}
  %t.5 = tn.BlockedConvTranspose(%t.3, %r) {strides=[2,2]}
  %t.6 = Add(%t.4, %t.5)
  %y = tn.FromBlocked(%t.6) {channels=32}
  out %y
}
