# chain: a line is parted where least goes through memory; the first layer reads the image as it comes
graph "" {
  in %x: f32[1,3,144,144]
  const %w0: f32[64,3,3,3] = {0.1...}
  const %w1: f32[64,1,3,3] = {0.125...}
  const %w2: f32[16,64,1,1] = {0.02...}
  const %w3: f32[64,16,1,1] = {0.02...}
  %a = tn.BlockedConv(%x, %w0) {pads=[1,1,1,1], strides=[2,2]}
  %b = tn.BlockedConv(%a, %w1) {group=64, pads=[1,1,1,1]}
  %c = tn.BlockedConv(%b, %w2)
  %d = tn.BlockedConv(%c, %w3)
  %e = tn.BlockedConv(%d, %w1) {group=64, pads=[2,2,2,2], dilations=[2,2]}
  out %e
}
=>
graph "" {
  in %x: f32[1,3,144,144]
  const %w0: f32[64,3,3,3] = {0.1...}
  const %w1: f32[64,1,3,3] = {0.125...}
  const %w2: f32[16,64,1,1] = {0.02...}
  const %w3: f32[64,16,1,1] = {0.02...}
  %c = tn.BlockedChain(%x, %w0, _, %w1, _, %w2) {strides=[2,2,1,1,1,1], dilations=[1,1,1,1,1,1], pads=[1,1,1,1,1,1,1,1,0,0,0,0], groups=[1,64,1], activations=["","",""], activation_alphas=[0.0,0.0,0.0], activation_betas=[0.0,0.0,0.0]}
  %e = tn.BlockedChain(%c, %w3, _, %w1) {strides=[1,1,1,1], dilations=[1,1,2,2], pads=[0,0,0,0,2,2,2,2], groups=[1,64], activations=["",""], activation_alphas=[0.0,0.0], activation_betas=[0.0,0.0]}
  out %e
}
