# blocked: a 1-D convolution is one of height 1, and so is what runs between them; pools are not
graph "" {
  in %x: f32[1,24,30]
  const %w: f32[32,24,3] = {0.5...}
  const %v: f32[32,32,4] = {0.25...}
  const %s: f32[32,1] = {2...}
  const %d: f32[32,1,5] = {0.5...}
  %a = Conv(%x, %w) {pads=[1,1], strides=[2], dilations=[1], kernel_shape=[3]}
  %r = Relu(%a)
  %b = Conv(%r, %v) {pads=[3,0]}
  %c = Add(%b, %a)
  %m = Mul(%c, %s)
  %e = Conv(%m, %d) {group=32, auto_pad="SAME_UPPER"}
  %p = MaxPool(%e) {kernel_shape=[2], strides=[2]}
  out %p
}
=>
graph "" {
  in %x: f32[1,24,30]
  const %t.0: f32[32,24,1,3] = {0.5...}
  const %t.1: f32[32,32,1,4] = {0.25...}
  const %t.2: f32[1,2,1,1,16] = {2...}
  const %t.3: f32[32,1,1,5] = {0.5...}
  %t.4 = tn.ToBlocked(%x)
  %t.5 = tn.BlockedConv(%t.4, %t.0) {kernel_shape=[1,3], strides=[1,2], dilations=[1,1], pads=[0,1,0,1]}
  %t.6 = Relu(%t.5)
  %t.7 = tn.BlockedConv(%t.6, %t.1) {pads=[0,3,0,0]}
  %t.8 = Add(%t.7, %t.5)
  %t.9 = Mul(%t.8, %t.2)
  %t.10 = tn.BlockedConv(%t.9, %t.3) {auto_pad="SAME_UPPER", group=32}
  %e = tn.FromBlocked(%t.10) {channels=32, line=1}
  %p = MaxPool(%e) {kernel_shape=[2], strides=[2]}
  out %p
}
