# pad: ahead of a mean, padding that is not all counted, that ends may lie behind or as wide as the window stays
graph "" {
  in %x: f32[N,1,W]
  const %around: i64[6] = {0, 0, 1, 0, 0, 1}
  const %wide: i64[6] = {0, 0, 2, 0, 0, 0}
  %p = Pad(%x, %around)
  %a = AveragePool(%p) {kernel_shape=[3], pads=[1,0]}
  %b = AveragePool(%p) {kernel_shape=[3], strides=[2], ceil_mode=1}
  %c = MaxPool(%p) {kernel_shape=[3]}
  %q = Pad(%x, %wide)
  %d = AveragePool(%q) {kernel_shape=[2]}
  out %a
  out %b
  out %c
  out %d
}
=>
graph "" {
  in %x: f32[N,1,W]
  const %around: i64[6] = {0, 0, 1, 0, 0, 1}
  const %wide: i64[6] = {0, 0, 2, 0, 0, 0}
  %p = Pad(%x, %around)
  %a = AveragePool(%p) {kernel_shape=[3], pads=[1,0]}
  %b = AveragePool(%p) {kernel_shape=[3], strides=[2], ceil_mode=1}
  %c = MaxPool(%p) {kernel_shape=[3]}
  %q = Pad(%x, %wide)
  %d = AveragePool(%q) {kernel_shape=[2]}
  out %a
  out %b
  out %c
  out %d
}
