# dead: an optional output that nobody reads is left out
graph "" {
  in %x: f32[1,2,4,4]
  %y, %indices = MaxPool(%x) {kernel_shape=[2,2]}
  out %y
}
=>
graph "" {
  in %x: f32[1,2,4,4]
  %y = MaxPool(%x) {kernel_shape=[2,2]}
  out %y
}
