# blocked: not volumes by transposed or depthwise windows with depth, dilated depths, slices that meet only padding, nor what makes a volume of images
graph "" {
  in %x: f32[1,16,4,8,8]
  in %y: f32[16,16,8,8]
  const %w1: f32[16,16,2,2,2] = {0.5...}
  const %w2: f32[16,1,3,3,3] = {0.25...}
  const %w3: f32[16,16,3,3,3] = {0.125...}
  const %w4: f32[16,16,1,3,3] = {0.125...}
  const %w5: f32[16,16,3,3] = {0.25...}
  const %two: f32[1,1,1,1,1] = {2}
  %a = ConvTranspose(%x, %w1) {strides=[2,2,2]}
  %b = Conv(%x, %w2) {group=16, pads=[1,1,1,1,1,1]}
  %c = Conv(%x, %w3) {pads=[2,2,2,2,2,2], dilations=[2,2,2]}
  %d = Conv(%x, %w4) {pads=[1,1,1,1,1,1]}
  %e = Conv(%y, %w5)
  %f = Mul(%e, %two)
  out %a
  out %b
  out %c
  out %d
  out %f
}
=>
graph "" {
  in %x: f32[1,16,4,8,8]
  in %y: f32[16,16,8,8]
  const %w1: f32[16,16,2,2,2] = {0.5...}
  const %w2: f32[16,1,3,3,3] = {0.25...}
  const %w3: f32[16,16,3,3,3] = {0.125...}
  const %w4: f32[16,16,1,3,3] = {0.125...}
  const %w5: f32[16,16,3,3] = {0.25...}
  const %two: f32[1,1,1,1,1] = {2}
  %a = ConvTranspose(%x, %w1) {strides=[2,2,2]}
  %b = Conv(%x, %w2) {group=16, pads=[1,1,1,1,1,1]}
  %c = Conv(%x, %w3) {pads=[2,2,2,2,2,2], dilations=[2,2,2]}
  %d = Conv(%x, %w4) {pads=[1,1,1,1,1,1]}
  %t.0 = tn.ToBlocked(%y)
  %t.1 = tn.BlockedConv(%t.0, %w5)
  %e = tn.FromBlocked(%t.1) {channels=16}
  %f = Mul(%e, %two)
  out %a
  out %b
  out %c
  out %d
  out %f
}
