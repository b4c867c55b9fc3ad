# chain: the first link reads the image as it comes
graph "" {
  in %x: u8[1,144,144,3]
  const %w0: f32[64,3,3,3] = {0.1...}
  const %w1: f32[64,1,3,3] = {0.125...}
  const %w2: f32[16,64,1,1] = {0.02...}
  %a = tn.BlockedConv(%x, %w0) {pads=[1,1,1,1], strides=[2,2], channels_last=1, scale=[0.015625,0.0078125,0.015625], shift=[-1.0,1.5,-2.0]}
  %b = tn.BlockedConv(%a, %w1) {group=64, pads=[1,1,1,1]}
  %c = tn.BlockedConv(%b, %w2)
  out %c
}
=>
graph "" {
  in %x: u8[1,144,144,3]
  const %w0: f32[64,3,3,3] = {0.1...}
  const %w1: f32[64,1,3,3] = {0.125...}
  const %w2: f32[16,64,1,1] = {0.02...}
  %c = tn.BlockedChain(%x, %w0, _, %w1, _, %w2) {strides=[2,2,1,1,1,1], dilations=[1,1,1,1,1,1], pads=[1,1,1,1,1,1,1,1,0,0,0,0], groups=[1,64,1], activations=["","",""], activation_alphas=[0.0,0.0,0.0], activation_betas=[0.0,0.0,0.0], channels_last=1, scale=[0.015625,0.0078125,0.015625], shift=[-1.0,1.5,-2.0]}
  out %c
}
