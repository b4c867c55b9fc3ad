# chain: a mean read behind the last layer comes with it, and the layer is read by others too
graph "" {
  in %x: f32[1,1,56,56,16]
  const %w1: f32[128,16,1,1] = {0.01...}
  const %w2: f32[128,1,3,3] = {0.125...}
  const %axes: i64[2] = {3, 2}
  %e = tn.BlockedConv(%x, %w1) {activation="Silu"}
  %d = tn.BlockedConv(%e, %w2) {group=128, pads=[1,1,1,1], activation="Silu"}
  %m = ReduceMean(%d, %axes)
  %s = Sigmoid(%m)
  %y = Mul(%d, %s)
  out %y
}
=>
graph "" {
  in %x: f32[1,1,56,56,16]
  const %w1: f32[128,16,1,1] = {0.01...}
  const %w2: f32[128,1,3,3] = {0.125...}
  %d, %m = tn.BlockedChain(%x, %w1, _, %w2) {strides=[1,1,1,1], dilations=[1,1,1,1], pads=[0,0,0,0,1,1,1,1], groups=[1,128], activations=["Silu","Silu"], activation_alphas=[0.0,0.0], activation_betas=[0.0,0.0]}
  %s = Sigmoid(%m)
  %y = Mul(%d, %s)
  out %y
}
