# join: matrices that are read transposed are joined by rows, and biases with them
graph "" {
  in %x: f32[4,2]
  const %a: f32[1,2] = {1, 2}
  const %b: f32[2,2] = {3, 4, 5, 6}
  const %i: f32[1] = {7}
  const %j: f32[2] = {8, 9}
  %p = Gemm(%x, %a, %i) {transB=1}
  %q = Gemm(%x, %b, %j) {transB=1}
  out %p
  out %q
}
=>
graph "" {
  in %x: f32[4,2]
  const %t.1: f32[3,2] = {1, 2, 3, 4, 5, 6}
  const %t.2: f32[3] = {7, 8, 9}
  const %t.4: i64[2] = {1, 2}
  %t.3 = Gemm(%x, %t.1, %t.2) {transB=1}
  %p, %q = Split(%t.3, %t.4) {axis=-1}
  out %p
  out %q
}
