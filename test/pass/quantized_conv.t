# quantized: a convolution between DequantizeLinear and QuantizeLinear is QLinearConv; its bias counts
# steps of the sums (0.5 * 0.25 and 0.5 * 0.5), and a Relu that saturation does as well goes
graph "" {
  in %x: u8[1,1,4,4]
  const %xs: f32[] = {0.5}
  const %xz: u8[] = {3}
  const %w: i8[2,1,1,1] = {7, -9}
  const %ws: f32[2] = {0.25, 0.5}
  const %wz: i8[2] = {0, 0}
  const %b: f32[2] = {1, -1}
  const %ys: f32[] = {0.1}
  const %yz: u8[] = {0}
  %xf = DequantizeLinear(%x, %xs, %xz)
  %wf = DequantizeLinear(%w, %ws, %wz) {axis=0}
  %c = Conv(%xf, %wf, %b) {strides=[2,2]}
  %r = Relu(%c)
  %y = QuantizeLinear(%r, %ys, %yz)
  out %y
}
=>
graph "" {
  in %x: u8[1,1,4,4]
  const %xs: f32[] = {0.5}
  const %xz: u8[] = {3}
  const %w: i8[2,1,1,1] = {7, -9}
  const %ws: f32[2] = {0.25, 0.5}
  const %wz: i8[2] = {0, 0}
  const %ys: f32[] = {0.1}
  const %yz: u8[] = {0}
  const %t.0: i32[2] = {8, -4}
  %y = QLinearConv(%x, %xs, %xz, %w, %ws, %wz, %ys, %yz, %t.0) {strides=[2,2]}
  out %y
}
