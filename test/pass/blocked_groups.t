# blocked: groups of 2, 4 or 8 channels stay in blocks; other groups that are not whole blocks do not
graph "" {
  in %x: f32[1,32,9,9]
  in %z: f32[1,24,9,9]
  const %w: f32[32,32,1,1] = {0.5...}
  const %w4: f32[32,4,3,3] = {0.5...}
  const %w8: f32[32,8,3,3] = {0.5...}
  const %w12: f32[24,12,1,1] = {0.5...}
  const %w42: f32[16,4,1,1] = {0.5...}
  %a = Conv(%x, %w)
  %b = Conv(%a, %w4) {group=8, pads=[1,1,1,1]}
  %c = Conv(%b, %w8) {group=4, pads=[1,1,1,1]}
  %d = Conv(%z, %w12) {group=2}
  %e = Conv(%c, %w42) {group=8}
  out %d
  out %e
}
=>
graph "" {
  in %x: f32[1,32,9,9]
  in %z: f32[1,24,9,9]
  const %w: f32[32,32,1,1] = {0.5...}
  const %w4: f32[32,4,3,3] = {0.5...}
  const %w8: f32[32,8,3,3] = {0.5...}
  const %w12: f32[24,12,1,1] = {0.5...}
  const %w42: f32[16,4,1,1] = {0.5...}
  %t.0 = tn.ToBlocked(%x)
  %t.1 = tn.BlockedConv(%t.0, %w)
  %t.2 = tn.BlockedConv(%t.1, %w4) {pads=[1,1,1,1], group=8}
  %t.3 = tn.BlockedConv(%t.2, %w8) {pads=[1,1,1,1], group=4}
  %c = tn.FromBlocked(%t.3) {channels=32}
  %d = Conv(%z, %w12) {group=2}
  %e = Conv(%c, %w42) {group=8}
  out %d
  out %e
}
