# pad: zeros around a mean's image become padding that it counts
graph "" {
  in %x: f32[N,1,H,W]
  const %around: i64[8] = {0, 0, 1, 2, 0, 0, 0, 1}
  %p = Pad(%x, %around)
  %a = AveragePool(%p) {kernel_shape=[3,3], strides=[2,2]}
  %b = AveragePool(%p) {kernel_shape=[4,4], pads=[1,0,0,1], count_include_pad=1}
  out %a
  out %b
}
=>
graph "" {
  in %x: f32[N,1,H,W]
  %a = AveragePool(%x) {kernel_shape=[3,3], strides=[2,2], pads=[1,2,0,1], count_include_pad=1}
  %b = AveragePool(%x) {kernel_shape=[4,4], pads=[2,2,0,2], count_include_pad=1}
  out %a
  out %b
}
