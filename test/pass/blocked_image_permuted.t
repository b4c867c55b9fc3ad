# blocked_image: a transpose of the bytes, signed ones, a batch normalisation; planes stay planes
graph "" {
  in %x: i8[1,8,9,3]
  in %p: u8[1,1,8,9]
  const %w: f32[16,3,3,3] = {0.1...}
  const %v: f32[16,1,3,3] = {0.1...}
  const %one: f32[1] = {2}
  const %two: f32[1] = {3}
  const %mean: f32[1] = {4}
  const %var: f32[1] = {0.25}
  %t = Transpose(%x) {perm=[0,3,1,2]}
  %f = Cast(%t) {to=1}
  %y = tn.BlockedConv(%f, %w)
  %g = Cast(%p) {to=1}
  %n = BatchNormalization(%g, %one, %two, %mean, %var) {epsilon=0.0}
  %z = tn.BlockedConv(%n, %v) {pads=[1,1,1,1]}
  out %y
  out %z
}
=>
graph "" {
  in %x: i8[1,8,9,3]
  in %p: u8[1,1,8,9]
  const %w: f32[16,3,3,3] = {0.1...}
  const %v: f32[16,1,3,3] = {0.1...}
  %y = tn.BlockedConv(%x, %w) {channels_last=1}
  %z = tn.BlockedConv(%p, %v) {pads=[1,1,1,1], scale=[4.0], shift=[-13.0]}
  out %y
  out %z
}
