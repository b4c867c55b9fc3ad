# pad: ahead of a mean, padding that is not all counted, that ends may lie behind, that is as wide as the window,
# of other numbers than 0 or beside one that depends on the size stays
graph "" {
  in %x: f32[N,1,W]
  const %around: i64[6] = {0, 0, 1, 0, 0, 1}
  const %wide: i64[6] = {0, 0, 2, 0, 0, 0}
  const %half: f32[] = {0.5}
  %p = Pad(%x, %around)
  %a = AveragePool(%p) {kernel_shape=[3], pads=[1,0]}
  %b = AveragePool(%p) {kernel_shape=[3], strides=[2], ceil_mode=1}
  %c = MaxPool(%p) {kernel_shape=[3]}
  %q = Pad(%x, %wide)
  %d = AveragePool(%q) {kernel_shape=[2]}
  %e = AveragePool(%p) {kernel_shape=[3], auto_pad="SAME_UPPER", count_include_pad=1}
  %f = Pad(%x, %around, %half)
  %g = AveragePool(%f) {kernel_shape=[3]}
  out %a
  out %b
  out %c
  out %d
  out %e
  out %g
}
=>
graph "" {
  in %x: f32[N,1,W]
  const %around: i64[6] = {0, 0, 1, 0, 0, 1}
  const %wide: i64[6] = {0, 0, 2, 0, 0, 0}
  const %half: f32[] = {0.5}
  %p = Pad(%x, %around)
  %a = AveragePool(%p) {kernel_shape=[3], pads=[1,0]}
  %b = AveragePool(%p) {kernel_shape=[3], strides=[2], ceil_mode=1}
  %c = MaxPool(%p) {kernel_shape=[3]}
  %q = Pad(%x, %wide)
  %d = AveragePool(%q) {kernel_shape=[2]}
  %e = AveragePool(%p) {kernel_shape=[3], auto_pad="SAME_UPPER", count_include_pad=1}
  %f = Pad(%x, %around, %half)
  %g = AveragePool(%f) {kernel_shape=[3]}
  out %a
  out %b
  out %c
  out %d
  out %e
  out %g
}
