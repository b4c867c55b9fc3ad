# quantized: another scale behind a pool, a Relu within the numbers, a convolution that is read twice, an
# unknown bias and one with scales by block stay
graph "" {
  in %x: u8[1,1,4,4]
  in %b: f32[1]
  const %s: f32[] = {0.5}
  const %t: f32[] = {0.25}
  const %z: u8[] = {8}
  const %w: u8[1,1,1,1] = {7}
  const %w4: u8[4,1,1,1] = {7, 6, 5, 4}
  const %b4: i32[4] = {1, 2, 3, 4}
  const %s2: f32[2] = {0.25, 0.5}
  %f = DequantizeLinear(%x, %s, %z)
  %v = DequantizeLinear(%w, %s, %z)
  %p = MaxPool(%f) {kernel_shape=[2,2]}
  %pq = QuantizeLinear(%p, %t, %z)
  %c = Conv(%f, %v)
  %r = Relu(%c)
  %rq = QuantizeLinear(%r, %t, %z)
  %d = Conv(%f, %v) {strides=[2,2]}
  %dq = QuantizeLinear(%d, %t, %z)
  %e = Conv(%f, %v, %b)
  %eq = QuantizeLinear(%e, %t, %z)
  %v4 = DequantizeLinear(%w4, %s, %z)
  %c4 = DequantizeLinear(%b4, %s2) {axis=0, block_size=2}
  %g = Conv(%f, %v4, %c4)
  %gq = QuantizeLinear(%g, %t, %z)
  out %pq
  out %rq
  out %d
  out %dq
  out %eq
  out %gq
}
=>
graph "" {
  in %x: u8[1,1,4,4]
  in %b: f32[1]
  const %s: f32[] = {0.5}
  const %t: f32[] = {0.25}
  const %z: u8[] = {8}
  const %w: u8[1,1,1,1] = {7}
  const %w4: u8[4,1,1,1] = {7, 6, 5, 4}
  const %b4: i32[4] = {1, 2, 3, 4}
  const %s2: f32[2] = {0.25, 0.5}
  %f = DequantizeLinear(%x, %s, %z)
  %v = DequantizeLinear(%w, %s, %z)
  %p = MaxPool(%f) {kernel_shape=[2,2]}
  %pq = QuantizeLinear(%p, %t, %z)
  %c = Conv(%f, %v)
  %r = Relu(%c)
  %rq = QuantizeLinear(%r, %t, %z)
  %d = Conv(%f, %v) {strides=[2,2]}
  %dq = QuantizeLinear(%d, %t, %z)
  %e = Conv(%f, %v, %b)
  %eq = QuantizeLinear(%e, %t, %z)
  %v4 = DequantizeLinear(%w4, %s, %z)
  %c4 = DequantizeLinear(%b4, %s2) {axis=0, block_size=2}
  %g = Conv(%f, %v4, %c4)
  %gq = QuantizeLinear(%g, %t, %z)
  out %pq
  out %rq
  out %d
  out %dq
  out %eq
  out %gq
}
