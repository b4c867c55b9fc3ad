# merge_batchnorm: alpha stays, beta goes into the bias, transposed weights are scaled by rows
graph "" {
  in %x: f32[N,2]
  const %w: f32[2,2] = {1, 2, 3, 4}
  const %wb: f32[2] = {1, 2}
  const %scale: f32[2] = {2, 3}
  const %b: f32[2] = {1, 1}
  const %mean: f32[2] = {0, 0}
  const %var: f32[2] = {1, 1}
  %c = Gemm(%x, %w, %wb) {alpha=0.5, beta=2.0, transB=1}
  %y = BatchNormalization(%c, %scale, %b, %mean, %var) {epsilon=0.0}
  out %y
}
=>
graph "" {
  in %x: f32[N,2]
  const %w: f32[2,2] = {2, 4, 9, 12}
  const %wb: f32[2] = {5, 13}
  %y = Gemm(%x, %w, %wb) {alpha=0.5, transB=1}
  out %y
}
