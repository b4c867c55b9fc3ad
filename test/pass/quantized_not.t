# quantized: another scale behind a pool, a Relu within the numbers, a convolution that is read twice, and an
# unknown bias stay
graph "" {
  in %x: u8[1,1,4,4]
  in %b: f32[1]
  const %s: f32[] = {0.5}
  const %t: f32[] = {0.25}
  const %z: u8[] = {8}
  const %w: u8[1,1,1,1] = {7}
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
  out %pq
  out %rq
  out %d
  out %dq
  out %eq
}
=>
graph "" {
  in %x: u8[1,1,4,4]
  in %b: f32[1]
  const %s: f32[] = {0.5}
  const %t: f32[] = {0.25}
  const %z: u8[] = {8}
  const %w: u8[1,1,1,1] = {7}
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
  out %pq
  out %rq
  out %d
  out %dq
  out %eq
}
