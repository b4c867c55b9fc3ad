# activation: behind a Gemm and a batched MatMul
graph "" {
  in %x: f32[N,2]
  in %z: f32[N,T,2]
  const %w: f32[2,2] = {1, 2, 3, 4}
  const %b: f32[2] = {1, 2}
  %c = Gemm(%x, %w, %b) {transB=1}
  %y = Tanh(%c)
  %p = MatMul(%z, %w)
  %u = Sigmoid(%p)
  out %y
  out %u
}
=>
graph "" {
  in %x: f32[N,2]
  in %z: f32[N,T,2]
  const %w: f32[2,2] = {1, 2, 3, 4}
  const %b: f32[2] = {1, 2}
  %y = tn.Gemm(%x, %w, %b) {transB=1, activation="Tanh"}
  %u = tn.Gemm(%z, %w) {activation="Sigmoid"}
  out %y
  out %u
}
