# activation: behind a Conv they become part of it, with their numbers
graph "" {
  in %x: f32[N,1,W]
  const %w: f32[1,1,1] = {2}
  const %b: f32[1] = {1}
  const %low: f32[] = {0}
  const %high: f32[] = {6}
  const %slope: f32[1] = {0.25}
  %c1 = Conv(%x, %w, %b)
  %y1 = Relu(%c1)
  %c2 = Conv(%y1, %w) {pads=[1,1], strides=[2]}
  %y2 = Clip(%c2, %low, %high)
  %c3 = Conv(%y2, %w)
  %y3 = LeakyRelu(%c3) {alpha=0.5}
  %c4 = Conv(%y3, %w)
  %y4 = PRelu(%c4, %slope)
  %c5 = Conv(%y4, %w)
  %y5 = HardSigmoid(%c5) {alpha=0.25}
  %c6 = Conv(%y5, %w)
  %y6 = Swish(%c6)
  %c7 = Conv(%y6, %w)
  %y7 = Gelu(%c7)
  out %y7
}
=>
graph "" {
  in %x: f32[N,1,W]
  const %w: f32[1,1,1] = {2}
  const %b: f32[1] = {1}
  %y1 = tn.Conv(%x, %w, %b) {activation="Relu"}
  %y2 = tn.Conv(%y1, %w) {pads=[1,1], strides=[2], activation="Clip", activation_alpha=0.0, activation_beta=6.0}
  %y3 = tn.Conv(%y2, %w) {activation="LeakyRelu", activation_alpha=0.5}
  %y4 = tn.Conv(%y3, %w) {activation="LeakyRelu", activation_alpha=0.25}
  %y5 = tn.Conv(%y4, %w) {activation="HardSigmoid", activation_alpha=0.25, activation_beta=0.5}
  %y6 = tn.Conv(%y5, %w) {activation="Silu"}
  %y7 = tn.Conv(%y6, %w) {activation="Gelu"}
  out %y7
}
