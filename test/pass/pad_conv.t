# pad: zeros around the image are added to the Conv's own padding, on each side for itself
graph "" {
  in %x: f32[N,1,H,W]
  const %w: f32[1,1,2,2] = {1, 2, 3, 4}
  const %around: i64[8] = {0, 0, 1, 2, 0, 0, 3, 0}
  %p = Pad(%x, %around)
  %y = Conv(%p, %w) {pads=[1,0,0,1], strides=[2,2]}
  out %y
}
=>
graph "" {
  in %x: f32[N,1,H,W]
  const %w: f32[1,1,2,2] = {1, 2, 3, 4}
  %y = Conv(%x, %w) {pads=[2,2,3,1], strides=[2,2]}
  out %y
}
