# chain: the two products of squeeze-and-excitation, and its factors with the layer behind them where weights are fewer
graph "" {
  in %x: f32[1,6,28,28,16]
  in %small: f32[1,6,2,2,16]
  const %w1: f32[4,96,1,1] = {0.01...}
  const %w2: f32[96,4,1,1] = {0.02...}
  const %w3: f32[24,96,1,1] = {0.03...}
  const %axes: i64[2] = {2, 3}
  %m = ReduceMean(%x, %axes)
  %h = tn.BlockedConv(%m, %w1) {activation="Silu"}
  %s = tn.BlockedConv(%h, %w2) {activation="Sigmoid"}
  %a = Mul(%s, %x)
  %y = tn.BlockedConv(%a, %w3)
  %b = Mul(%small, %s)
  %z = tn.BlockedConv(%b, %w3)
  %c = Mul(%x, %s)
  %u = tn.BlockedConv(%c, %w3)
  %v = Add(%c, %x)
  out %y
  out %z
  out %u
  out %v
}
=>
graph "" {
  in %x: f32[1,6,28,28,16]
  in %small: f32[1,6,2,2,16]
  const %w1: f32[4,96,1,1] = {0.01...}
  const %w2: f32[96,4,1,1] = {0.02...}
  const %w3: f32[24,96,1,1] = {0.03...}
  const %axes: i64[2] = {2, 3}
  %m = ReduceMean(%x, %axes)
  %s = tn.BlockedChain(%m, %w1, _, %w2) {strides=[1,1,1,1], dilations=[1,1,1,1], pads=[0,0,0,0,0,0,0,0], groups=[1,1], activations=["Silu","Sigmoid"], activation_alphas=[0.0,0.0], activation_betas=[0.0,0.0]}
  %y = tn.BlockedChain(%x, %w3, _, _, _, _, _, _, %s) {strides=[1,1], dilations=[1,1], pads=[0,0,0,0], groups=[1], activations=[""], activation_alphas=[0.0], activation_betas=[0.0]}
  %b = Mul(%small, %s)
  %z = tn.BlockedConv(%b, %w3)
  %c = Mul(%x, %s)
  %u = tn.BlockedConv(%c, %w3)
  %v = Add(%c, %x)
  out %y
  out %z
  out %u
  out %v
}
