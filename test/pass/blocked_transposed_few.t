# activation, blocked: few output channels leave the region, whether transposed or over a wide row
graph "" {
  in %x: f32[1,16,4,64]
  const %w: f32[32,16,1,1] = {0.5...}
  const %v: f32[32,1,2,2] = {0.25...}
  const %u: f32[3,32,3,3] = {0.25...}
  %c = Conv(%x, %w)
  %y = ConvTranspose(%c, %v) {strides=[2,2]}
  %z = Conv(%c, %u)
  out %y
  out %z
}
=>
graph "" {
  in %x: f32[1,16,4,64]
  const %w: f32[32,16,1,1] = {0.5...}
  const %v: f32[32,1,2,2] = {0.25...}
  const %u: f32[3,32,3,3] = {0.25...}
  %t.1 = tn.ToBlocked(%x)
  %t.2 = tn.BlockedConv(%t.1, %w)
  %c = tn.FromBlocked(%t.2) {channels=32}
  %y = ConvTranspose(%c, %v) {strides=[2,2]}
  %z = Conv(%c, %u)
  out %y
  out %z
}
