# blocked: a region around convolutions works on blocks of 16 channels, with one way in and one way out for each value
graph "" {
  in %x: f32[1,3,8,8]
  in %z: f32[1,16,4,4]
  const %w1: f32[16,3,1,1] = {0.5...}
  const %b: f32[16] = {1...}
  const %w2: f32[16,1,3,3] = {0.25...}
  const %w3: f32[20,16,1,1] = {0.125...}
  const %scale: f32[1,20,1,1] = {2...}
  %c1 = Conv(%x, %w1, %b)
  %p = MaxPool(%c1) {kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]}
  %c2 = tn.Conv(%p, %w2, _, %z) {group=16, pads=[1,1,1,1], activation="Relu"}
  %c3 = Conv(%c2, %w3)
  %m = Mul(%c3, %scale)
  %r = Relu(%m)
  %g = GlobalAveragePool(%r)
  %s = Sigmoid(%g)
  %e = Exp(%r)
  out %s
  out %e
  out %c1
}
=>
graph "" {
  in %x: f32[1,3,8,8]
  in %z: f32[1,16,4,4]
  const %w1: f32[16,3,1,1] = {0.5...}
  const %b: f32[16] = {1...}
  const %w2: f32[16,1,3,3] = {0.25...}
  const %w3: f32[20,16,1,1] = {0.125...}
  const %t.9: f32[1,2,1,1,16] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
  const %t.12: i64[2] = {2, 3}
  %t.4 = tn.BlockedConv(%x, %w1, %b)
  %c1 = tn.FromBlocked(%t.4) {channels=16}
  %t.5 = MaxPool(%t.4) {kernel_shape=[3,3,1], strides=[2,2,1], pads=[1,1,0,1,1,0]}
  %t.6 = tn.ToBlocked(%z)
  %t.7 = tn.BlockedConv(%t.5, %w2, _, %t.6) {group=16, pads=[1,1,1,1], activation="Relu"}
  %t.8 = tn.BlockedConv(%t.7, %w3)
  %t.10 = Mul(%t.8, %t.9)
  %t.11 = Relu(%t.10)
  %r = tn.FromBlocked(%t.11) {channels=20}
  %t.13 = ReduceMean(%t.11, %t.12)
  %g = tn.FromBlocked(%t.13) {channels=20}
  %s = Sigmoid(%g)
  %e = Exp(%r)
  out %s
  out %e
  out %c1
}
