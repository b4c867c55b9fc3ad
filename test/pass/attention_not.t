# attention: not when somebody else reads the probabilities, when the softmax is over queries, or over a mask that
# makes the scores larger, or of one number
graph "" {
  in %q: f32[2,T,4]
  in %k: f32[2,4,S]
  in %v: f32[2,S,5]
  in %w: f32[2,T,5]
  in %m: f32[3,2,T,S]
  in %c: f32[]
  %s = MatMul(%q, %k)
  %p = Softmax(%s) {axis=-1}
  %y = MatMul(%p, %v)
  %s2 = MatMul(%q, %k)
  %p2 = Softmax(%s2) {axis=1}
  %y2 = MatMul(%p2, %v)
  %s3 = MatMul(%q, %k)
  %a3 = Add(%s3, %m)
  %p3 = Softmax(%a3) {axis=-1}
  %y3 = MatMul(%p3, %v)
  %s4 = MatMul(%q, %k)
  %a4 = Add(%s4, %c)
  %p4 = Softmax(%a4) {axis=-1}
  %y4 = MatMul(%p4, %v)
  out %y
  out %p
  out %y2
  out %y3
  out %y4
}
=>
graph "" {
  in %q: f32[2,T,4]
  in %k: f32[2,4,S]
  in %v: f32[2,S,5]
  in %w: f32[2,T,5]
  in %m: f32[3,2,T,S]
  in %c: f32[]
  %s = MatMul(%q, %k)
  %p = Softmax(%s) {axis=-1}
  %y = MatMul(%p, %v)
  %s2 = MatMul(%q, %k)
  %p2 = Softmax(%s2) {axis=1}
  %y2 = MatMul(%p2, %v)
  %s3 = MatMul(%q, %k)
  %a3 = Add(%s3, %m)
  %p3 = Softmax(%a3) {axis=-1}
  %y3 = MatMul(%p3, %v)
  %s4 = MatMul(%q, %k)
  %a4 = Add(%s4, %c)
  %p4 = Softmax(%a4) {axis=-1}
  %y4 = MatMul(%p4, %v)
  out %y
  out %p
  out %y2
  out %y3
  out %y4
}
