# merge_batchnorm_ahead: a BatchNormalization ahead of a Conv that does not pad goes into weights and bias, by group
graph "" {
  in %x: f32[N,2,W]
  const %w: f32[2,1,2] = {1, 2, 3, 4}
  const %wb: f32[2] = {10, 20}
  const %scale: f32[2] = {2, 3}
  const %b: f32[2] = {1, 2}
  const %mean: f32[2] = {0, 0}
  const %var: f32[2] = {1, 1}
  %n = BatchNormalization(%x, %scale, %b, %mean, %var) {epsilon=0.0}
  %y = Conv(%n, %w, %wb) {group=2}
  out %y
}
=>
graph "" {
  in %x: f32[N,2,W]
  const %w: f32[2,1,2] = {2, 4, 9, 12}
  const %wb: f32[2] = {13, 34}
  %y = Conv(%x, %w, %wb) {group=2}
  out %y
}
