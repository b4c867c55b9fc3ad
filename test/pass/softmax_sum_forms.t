# softmax_sum: a product and a sum, a Conv to one filter, products by a vector or a matrix of one column or row
graph "" {
  in %x: f32[N,16,4,A]
  in %m: f32[N,5]
  const %w: f32[16,1,1] = {0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}
  const %f: f32[1,16,1,1] = {0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}
  const %v: f32[5] = {0,1,2,3,4}
  const %c: f32[5,1] = {0,1,2,3,4}
  const %r: f32[1,5] = {0,1,2,3,4}
  const %one: i64[1] = {-3}
  %s1 = Softmax(%x) {axis=1}
  %p = Mul(%w, %s1)
  %a = ReduceSum(%p, %one) {keepdims=0}
  %s2 = Softmax(%x) {axis=-3}
  %b = Conv(%s2, %f) {kernel_shape=[1,1]}
  %s3 = Softmax(%m)
  %d = MatMul(%s3, %v)
  %s4 = Softmax(%m) {axis=1}
  %e = MatMul(%s4, %c)
  %n = Transpose(%m)
  %s5 = Softmax(%n) {axis=0}
  %h = MatMul(%r, %s5)
  out %a
  out %b
  out %d
  out %e
  out %h
}
=>
graph "" {
  in %x: f32[N,16,4,A]
  in %m: f32[N,5]
  const %t.0: f32[16] = {0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}
  const %t.1: f32[16] = {0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}
  const %t.2: f32[5] = {0,1,2,3,4}
  const %t.3: f32[5] = {0,1,2,3,4}
  const %t.4: f32[5] = {0,1,2,3,4}
  %a = tn.SoftmaxSum(%x, %t.0) {axis=1, keepdims=0}
  %b = tn.SoftmaxSum(%x, %t.1) {axis=1, keepdims=1}
  %d = tn.SoftmaxSum(%m, %t.2) {axis=1, keepdims=0}
  %e = tn.SoftmaxSum(%m, %t.3) {axis=1, keepdims=1}
  %t.5 = tn.SoftmaxSum(%m, %t.4) {axis=1, keepdims=1}
  %h = Transpose(%t.5) {perm=[1,0]}
  out %a
  out %b
  out %d
  out %e
  out %h
}
