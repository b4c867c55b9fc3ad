# transpose: pulled through a softmax, whose axis moves
graph "" {
  in %x: f32[N,80,H,W]
  in %z: f32[2,3,4]
  %a = Transpose(%x) {perm=[0,2,3,1]}
  %b = Softmax(%a)
  %y = Transpose(%b) {perm=[0,3,1,2]}
  %c = Transpose(%z) {perm=[2,0,1]}
  %d = LogSoftmax(%c) {axis=0}
  %e = Relu(%d)
  %w = Transpose(%e) {perm=[1,2,0]}
  %f = Softmax(%z) {axis=1}
  %v = Transpose(%f)
  out %y
  out %w
  out %v
}
=>
graph "" {
  in %x: f32[N,80,H,W]
  in %z: f32[2,3,4]
  %y = Softmax(%x) {axis=1}
  %t.1 = LogSoftmax(%z) {axis=2}
  %w = Relu(%t.1)
  %f = Softmax(%z) {axis=1}
  %v = Transpose(%f)
  out %y
  out %w
  out %v
}
