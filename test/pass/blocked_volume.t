# blocked: volumes get blocks of channels too, in front of their depth
graph "" {
  in %x: f32[1,3,4,8,8]
  in %z: f32[1,16,4,8,8]
  const %w1: f32[16,3,3,7,7] = {0.5...}
  const %w2: f32[16,16,3,3,3] = {0.25...}
  const %w3: f32[20,16,1,1,1] = {0.125...}
  const %w4: f32[12,20,3,1,1] = {0.125...}
  const %scale: f32[1,20,1,1,1] = {2...}
  %c1 = Conv(%x, %w1) {pads=[1,3,3,1,3,3]}
  %c2 = tn.Conv(%c1, %w2, _, %z) {pads=[1,1,1,1,1,1], activation="Relu"}
  %p = MaxPool(%c2) {kernel_shape=[1,3,3], strides=[1,2,2], pads=[0,1,1,0,1,1]}
  %c3 = Conv(%p, %w3)
  %m = Mul(%c3, %scale)
  %c4 = Conv(%m, %w4) {pads=[1,0,0,1,0,0]}
  %j = Concat(%p, %c4) {axis=1}
  %g = GlobalAveragePool(%j)
  out %g
}
=>
graph "" {
  in %x: f32[1,3,4,8,8]
  in %z: f32[1,16,4,8,8]
  const %w1: f32[16,3,3,7,7] = {0.5...}
  const %w2: f32[16,16,3,3,3] = {0.25...}
  const %w3: f32[20,16,1,1,1] = {0.125...}
  const %t.0: f32[1,2,1,1,1,16] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
  const %w4: f32[12,20,3,1,1] = {0.125...}
  const %t.1: i64[3] = {2, 3, 4}
  %t.2 = tn.BlockedConv(%x, %w1) {pads=[1,3,3,1,3,3]}
  %t.3 = tn.ToBlocked(%z)
  %t.4 = tn.BlockedConv(%t.2, %w2, _, %t.3) {pads=[1,1,1,1,1,1], activation="Relu"}
  %t.5 = MaxPool(%t.4) {kernel_shape=[1,3,3,1], strides=[1,2,2,1], pads=[0,1,1,0,0,1,1,0]}
  %t.6 = tn.BlockedConv(%t.5, %w3)
  %t.7 = Mul(%t.6, %t.0)
  %t.8 = tn.BlockedConv(%t.7, %w4) {pads=[1,0,0,1,0,0]}
  %t.9 = Concat(%t.5, %t.8) {axis=1}
  %t.10 = ReduceMean(%t.9, %t.1)
  %g = tn.FromBlocked(%t.10) {channels=28}
  out %g
}
