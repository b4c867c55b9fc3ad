# quantized: what moves or picks elements between one scale works on the integers
graph "" {
  in %x: i8[1,1,4,4]
  in %s: f32[]
  const %z: i8[] = {5}
  %f = DequantizeLinear(%x, %s, %z)
  %p = MaxPool(%f) {kernel_shape=[2,2], strides=[2,2]}
  %y = QuantizeLinear(%p, %s, %z)
  %g = DequantizeLinear(%y, %s, %z)
  %t = Transpose(%g) {perm=[0,1,3,2]}
  %q = QuantizeLinear(%t, %s, %z)
  out %q
}
=>
graph "" {
  in %x: i8[1,1,4,4]
  in %s: f32[]
  %y = MaxPool(%x) {kernel_shape=[2,2], strides=[2,2]}
  %q = Transpose(%y) {perm=[0,1,3,2]}
  out %q
}
