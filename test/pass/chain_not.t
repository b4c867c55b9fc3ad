# chain: not through what others read or add to, to few rows, over windows of several channels, or over little
graph "" {
  in %x: f32[1,1,56,56,16]
  in %l: f32[1,1,7,500,16]
  const %w1: f32[128,16,1,1] = {0.01...}
  const %w2: f32[128,1,3,3] = {0.125...}
  const %w3: f32[128,128,1,1] = {0.01...}
  const %w4: f32[16,16,3,3] = {0.01...}
  const %w5: f32[128,16,3,3] = {0.01...}
  %twice = tn.BlockedConv(%x, %w1)
  %a = tn.BlockedConv(%twice, %w2) {group=128, pads=[1,1,1,1]}
  %b = Add(%a, %twice)
  %sum = tn.BlockedConv(%x, %w1, _, %b)
  %c = tn.BlockedConv(%sum, %w2) {group=128, pads=[1,1,1,1]}
  %few = tn.BlockedConv(%l, %w1)
  %d = tn.BlockedConv(%few, %w2) {group=128, pads=[1,1,1,1]}
  %wide = tn.BlockedConv(%x, %w5)
  %e = tn.BlockedConv(%wide, %w3) {strides=[2,2]}
  %small = tn.BlockedConv(%x, %w4)
  %f = tn.BlockedConv(%small, %w1)
  out %c
  out %d
  out %e
  out %f
}
=>
graph "" {
  in %x: f32[1,1,56,56,16]
  in %l: f32[1,1,7,500,16]
  const %w1: f32[128,16,1,1] = {0.01...}
  const %w2: f32[128,1,3,3] = {0.125...}
  const %w3: f32[128,128,1,1] = {0.01...}
  const %w4: f32[16,16,3,3] = {0.01...}
  const %w5: f32[128,16,3,3] = {0.01...}
  %twice = tn.BlockedConv(%x, %w1)
  %a = tn.BlockedConv(%twice, %w2) {group=128, pads=[1,1,1,1]}
  %b = Add(%a, %twice)
  %sum = tn.BlockedConv(%x, %w1, _, %b)
  %c = tn.BlockedConv(%sum, %w2) {group=128, pads=[1,1,1,1]}
  %few = tn.BlockedConv(%l, %w1)
  %d = tn.BlockedConv(%few, %w2) {group=128, pads=[1,1,1,1]}
  %wide = tn.BlockedConv(%x, %w5)
  %e = tn.BlockedConv(%wide, %w3) {strides=[2,2]}
  %small = tn.BlockedConv(%x, %w4)
  %f = tn.BlockedConv(%small, %w1)
  out %c
  out %d
  out %e
  out %f
}
