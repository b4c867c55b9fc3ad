# chain: expansion, depthwise layer and projection with its residual are one step where what lies between is large
graph "" {
  in %x: f32[1,1,56,56,16]
  const %w1: f32[128,16,1,1] = {0.01...}
  const %b1: f32[128] = {-0.5...}
  const %w2: f32[128,1,3,3] = {0.125...}
  const %w3: f32[16,128,1,1] = {0.02...}
  const %b3: f32[16] = {0.25...}
  %e = tn.BlockedConv(%x, %w1, %b1) {kernel_shape=[1,1], activation="Relu"}
  %d = tn.BlockedConv(%e, %w2) {group=128, pads=[1,1,1,1], activation="Clip", activation_alpha=-1.0, activation_beta=6.0}
  %y = tn.BlockedConv(%d, %w3, %b3, %x)
  out %y
}
=>
graph "" {
  in %x: f32[1,1,56,56,16]
  const %w1: f32[128,16,1,1] = {0.01...}
  const %b1: f32[128] = {-0.5...}
  const %w2: f32[128,1,3,3] = {0.125...}
  const %w3: f32[16,128,1,1] = {0.02...}
  const %b3: f32[16] = {0.25...}
  %y = tn.BlockedChain(%x, %w1, %b1, %w2, _, %w3, %b3, %x) {strides=[1,1,1,1,1,1], dilations=[1,1,1,1,1,1], pads=[0,0,0,0,1,1,1,1,0,0,0,0], groups=[1,128,1], activations=["Relu","Clip",""], activation_alphas=[0.0,-1.0,0.0], activation_betas=[0.0,6.0,0.0]}
  out %y
}
