# softmax_sum: not a softmax that is read elsewhere, along another axis, by two filters, nor weights that differ
graph "" {
  in %x: f32[N,3,4,A]
  const %w: f32[3,1,1] = {0,1,2}
  const %many: f32[3,4,1] = {0,1,2,3,4,5,6,7,8,9,10,11}
  const %f: f32[2,3,1,1] = {0,1,2,3,4,5}
  const %g: f32[1,3,1,1] = {0,1,2}
  const %v: f32[3] = {0,1,2}
  const %one: i64[1] = {1}
  const %two: i64[1] = {2}
  %s1 = Softmax(%x) {axis=1}
  %p1 = Mul(%s1, %w)
  %a = ReduceSum(%p1, %one)
  %s2 = Softmax(%x) {axis=2}
  %p2 = Mul(%s2, %w)
  %b = ReduceSum(%p2, %one)
  %s3 = Softmax(%x) {axis=1}
  %p3 = Mul(%s3, %w)
  %c = ReduceSum(%p3, %two)
  %s4 = Softmax(%x) {axis=1}
  %d = Conv(%s4, %f)
  %s5 = Softmax(%x) {axis=1}
  %p5 = Mul(%s5, %many)
  %e = ReduceSum(%p5, %one)
  %s6 = Softmax(%x) {axis=1}
  %h = Conv(%s6, %g) {pads=[1,1,1,1]}
  out %s1
  out %a
  out %b
  out %c
  out %d
  out %e
  out %h
}
=>
graph "" {
  in %x: f32[N,3,4,A]
  const %w: f32[3,1,1] = {0,1,2}
  const %many: f32[3,4,1] = {0,1,2,3,4,5,6,7,8,9,10,11}
  const %f: f32[2,3,1,1] = {0,1,2,3,4,5}
  const %g: f32[1,3,1,1] = {0,1,2}
  const %v: f32[3] = {0,1,2}
  const %one: i64[1] = {1}
  const %two: i64[1] = {2}
  %s1 = Softmax(%x) {axis=1}
  %p1 = Mul(%s1, %w)
  %a = ReduceSum(%p1, %one)
  %s2 = Softmax(%x) {axis=2}
  %p2 = Mul(%s2, %w)
  %b = ReduceSum(%p2, %one)
  %s3 = Softmax(%x) {axis=1}
  %p3 = Mul(%s3, %w)
  %c = ReduceSum(%p3, %two)
  %s4 = Softmax(%x) {axis=1}
  %d = Conv(%s4, %f)
  %s5 = Softmax(%x) {axis=1}
  %p5 = Mul(%s5, %many)
  %e = ReduceSum(%p5, %one)
  %s6 = Softmax(%x) {axis=1}
  %h = Conv(%s6, %g) {pads=[1,1,1,1]}
  out %s1
  out %a
  out %b
  out %c
  out %d
  out %e
  out %h
}
