# merge_batchnorm: a ConvTranspose's output channels are the second dimension of its weights, group by group
graph "" {
  in %x: f32[N,2,W]
  const %w: f32[2,2,1] = {1, 2, 3, 4}
  const %wb: f32[4] = {1...}
  const %scale: f32[4] = {1, 2, 3, 4}
  const %b: f32[4] = {0...}
  const %mean: f32[4] = {0...}
  const %var: f32[4] = {1...}
  %c = ConvTranspose(%x, %w, %wb) {group=2}
  %y = BatchNormalization(%c, %scale, %b, %mean, %var) {epsilon=0.0}
  out %y
}
=>
graph "" {
  in %x: f32[N,2,W]
  const %w: f32[2,2,1] = {1, 4, 9, 16}
  const %wb: f32[4] = {1, 2, 3, 4}
  %y = ConvTranspose(%x, %w, %wb) {group=2}
  out %y
}
