# merge_batchnorm: a BatchNormalization behind a Conv without bias scales the weights and becomes the bias
graph "" {
  in %x: f32[N,1,H,W]
  const %w: f32[2,1,1,1] = {1, 2}
  const %scale: f32[2] = {2, 3}
  const %b: f32[2] = {1, 0}
  const %mean: f32[2] = {1, -2}
  const %var: f32[2] = {4, 1}
  %c = Conv(%x, %w)
  %n = BatchNormalization(%c, %scale, %b, %mean, %var) {epsilon=0.0}
  %y = Relu(%n)
  out %y
}
=>
graph "" {
  in %x: f32[N,1,H,W]
  const %w: f32[2,1,1,1] = {1, 6}
  const %t.1: f32[2] = {0, 6}
  %n = Conv(%x, %w, %t.1)
  %y = Relu(%n)
  out %y
}
