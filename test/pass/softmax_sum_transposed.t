# softmax_sum: a Transpose before it goes, or is done behind it
graph "" {
  in %x: f32[N,4,16,A]
  const %f: f32[1,16,1,1] = {0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}
  const %v: f32[16] = {0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}
  const %one: i64[1] = {1}
  %t = Transpose(%x) {perm=[0,2,1,3]}
  %s = Softmax(%t) {axis=1}
  %b = Conv(%s, %f)
  %c = Squeeze(%b, %one)
  %u = Transpose(%x) {perm=[0,3,1,2]}
  %q = Softmax(%u)
  %d = MatMul(%q, %v)
  out %c
  out %d
}
=>
graph "" {
  in %x: f32[N,4,16,A]
  const %t.0: f32[16] = {0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}
  const %one: i64[1] = {1}
  const %t.1: f32[16] = {0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}
  %t.2 = tn.SoftmaxSum(%x, %t.0) {axis=2, keepdims=1}
  %b = Transpose(%t.2) {perm=[0,2,1,3]}
  %c = Squeeze(%b, %one)
  %t.3 = tn.SoftmaxSum(%x, %t.1) {axis=2, keepdims=0}
  %d = Transpose(%t.3) {perm=[0,2,1]}
  out %c
  out %d
}
