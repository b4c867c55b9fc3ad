# blocked: lists that are given but empty stay so where a window gets an axis more
graph "" {
  in %x: f32[1,24,30]
  const %w: f32[32,24,3] = {0.5...}
  %a = Conv(%x, %w) {pads=[], strides=[], dilations=[], kernel_shape=[]}
  out %a
}
=>
graph "" {
  in %x: f32[1,24,30]
  const %t.0: f32[32,24,1,3] = {0.5...}
  %t.1 = tn.ToBlocked(%x)
  %t.2 = tn.BlockedConv(%t.1, %t.0) {pads=[], strides=[], dilations=[], kernel_shape=[]}
  %a = tn.FromBlocked(%t.2) {channels=32, line=1}
  out %a
}
