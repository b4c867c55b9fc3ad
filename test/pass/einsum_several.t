# einsum: three operands two at a time, labels of one operand alone summed first, one operand
graph "" {
  in %a: f32[2,3]
  in %b: f32[3,4,5]
  in %c: f32[4,6]
  %y = Einsum(%a, %b, %c) {equation="ij,jkl,km->im"}
  %t = Einsum(%a) {equation="ji"}
  %s = Einsum(%a) {equation="ij->"}
  out %y
  out %t
  out %s
}
=>
graph "" {
  in %a: f32[2,3]
  in %b: f32[3,4,5]
  in %c: f32[4,6]
  const %t.0: i64[1] = {2}
  const %t.1: i64[2] = {0, 1}
  %t.2 = ReduceSum(%b, %t.0) {keepdims=0}
  %t.3 = MatMul(%a, %t.2)
  %y = MatMul(%t.3, %c)
  %t = Transpose(%a) {perm=[1,0]}
  %s = ReduceSum(%a, %t.1) {keepdims=0}
  out %y
  out %t
  out %s
}
