# blocked_image: of floats a transpose right before the layer goes, arithmetic stays
graph "" {
  in %x: f32[1,8,9,3]
  const %w: f32[16,3,3,3] = {0.1...}
  const %mean: f32[3] = {100, 110, 120}
  %s = Sub(%x, %mean)
  %t = Transpose(%s) {perm=[0,3,1,2]}
  %y = tn.BlockedConv(%t, %w)
  %u = Transpose(%x) {perm=[0,3,1,2]}
  const %shift: f32[3,1,1] = {100, 110, 120}
  %v = Sub(%u, %shift)
  %z = tn.BlockedConv(%v, %w)
  out %y
  out %z
}
=>
graph "" {
  in %x: f32[1,8,9,3]
  const %w: f32[16,3,3,3] = {0.1...}
  const %mean: f32[3] = {100, 110, 120}
  const %shift: f32[3,1,1] = {100, 110, 120}
  %s = Sub(%x, %mean)
  %y = tn.BlockedConv(%s, %w) {channels_last=1}
  %u = Transpose(%x) {perm=[0,3,1,2]}
  %v = Sub(%u, %shift)
  %z = tn.BlockedConv(%v, %w)
  out %y
  out %z
}
