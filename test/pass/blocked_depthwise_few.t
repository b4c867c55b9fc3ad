# blocked: a depthwise layer of few channels reads no plain X, as a first layer does
graph "" {
  in %x: f32[1,4,8,8]
  const %w: f32[4,1,3,3] = {0.5...}
  %y = Conv(%x, %w) {group=4, pads=[1,1,1,1]}
  out %y
}
=>
graph "" {
  in %x: f32[1,4,8,8]
  const %w: f32[4,1,3,3] = {0.5...}
  %t.0 = tn.ToBlocked(%x)
  %t.1 = tn.BlockedConv(%t.0, %w) {pads=[1,1,1,1], group=4}
  %y = tn.FromBlocked(%t.1) {channels=4}
  out %y
}
