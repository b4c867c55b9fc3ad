# weight_blocks: weights of 4 and 8 bits stay so, with scales for blocks, for columns and for all; transposed weights and a bias are read as they are
graph "" {
  in %x: f32[M,128]
  const %w: i4[128,128] = {3...}
  const %s: f32[4,128] = {0.5...}
  const %z: i4[4,128] = {-2...}
  const %v: u8[128,128] = {200...}
  const %t: f32[128] = {0.25...}
  const %u: i8[128,128] = {-5...}
  const %one: f32[] = {2}
  const %c: f32[128] = {1...}
  %d = DequantizeLinear(%w, %s, %z) {axis=0, block_size=32}
  %y = MatMul(%x, %d)
  %e = DequantizeLinear(%v, %t) {axis=0}
  %r = Transpose(%e) {perm=[1,0]}
  %q = MatMul(%y, %r)
  %f = DequantizeLinear(%u, %one)
  %p = Gemm(%q, %f, %c)
  out %p
}
=>
graph "" {
  in %x: f32[M,128]
  const %c: f32[128] = {1...}
  const %t.0: u8[128,4,16] = {187...}
  const %t.1: f32[128,4] = {0.5...}
  const %t.2: u8[128,2] = {102...}
  const %t.3: u8[128,1,128] = {200...}
  const %t.4: f32[128,1] = {0.25...}
  const %t.5: u8[128,1] = {0...}
  const %t.6: u8[128,1,128] = {123...}
  const %t.7: f32[128,1] = {2...}
  %y = com.microsoft.MatMulNBits(%x, %t.0, %t.1, %t.2) {K=128, N=128, block_size=32, bits=4}
  %q = com.microsoft.MatMulNBits(%y, %t.3, %t.4, %t.5) {K=128, N=128, block_size=128, bits=8}
  %p = com.microsoft.MatMulNBits(%q, %t.6, %t.7, _, _, %c) {K=128, N=128, block_size=128, bits=8}
  out %p
}
