# blocked_image: bytes with their channels last, normalised in four steps, go into the first layer as they are
graph "" {
  in %x: u8[N,33,41,3]
  const %w: f32[16,3,3,3] = {0.1...}
  const %c255: f32[] = {256}
  const %mean: f32[3] = {0.5, 0.25, 0.125}
  const %std: f32[1,3,1,1] = {0.25, 0.5, 0.25}
  const %bias: f32[3,1,1] = {1, 2, 4}
  %f = Cast(%x) {to=1}
  %s = Div(%f, %c255)
  %u = Sub(%s, %mean)
  %t = Transpose(%u) {perm=[0,3,1,2]}
  %d = Div(%t, %std)
  %a = Add(%bias, %d)
  %y = tn.BlockedConv(%a, %w) {pads=[1,1,1,1], strides=[2,2], activation="Relu"}
  out %y
}
=>
graph "" {
  in %x: u8[N,33,41,3]
  const %w: f32[16,3,3,3] = {0.1...}
  %y = tn.BlockedConv(%x, %w) {strides=[2,2], pads=[1,1,1,1], activation="Relu", channels_last=1, scale=[0.015625,0.0078125,0.015625], shift=[-1.0,1.5,3.5]}
  out %y
}
