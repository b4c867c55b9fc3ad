# merge_batchnorm_ahead, merge_batchnorm: BatchNormalization, Flatten, Gemm, BatchNormalization are one Gemm
graph "" {
  in %x: f32[N,2,1,2]
  const %s1: f32[2] = {2, 3}
  const %b1: f32[2] = {1, -1}
  const %m1: f32[2] = {0, 0}
  const %v1: f32[2] = {1, 1}
  const %w: f32[1,4] = {1, 2, 3, 4}
  const %wb: f32[1] = {5}
  const %s2: f32[1] = {2}
  const %b2: f32[1] = {1}
  const %m2: f32[1] = {1}
  const %v2: f32[1] = {1}
  %p = BatchNormalization(%x, %s1, %b1, %m1, %v1) {epsilon=0.0}
  %f = Flatten(%p)
  %g = Gemm(%f, %w, %wb) {transB=1}
  %y = BatchNormalization(%g, %s2, %b2, %m2, %v2) {epsilon=0.0}
  out %y
}
=>
graph "" {
  in %x: f32[N,2,1,2]
  const %w: f32[1,4] = {4, 8, 18, 24}
  const %wb: f32[1] = {1}
  %t.1 = Flatten(%x)
  %y = Gemm(%t.1, %w, %wb) {transB=1}
  out %y
}
