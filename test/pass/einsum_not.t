# einsum: a diagonal, a size of 1 for another, integers; open sizes that are summed together are
graph "" {
  in %a: f32[3,3]
  in %b: f32[1,3]
  in %c: f32[N,M]
  in %d: f32[N,M]
  in %e: i64[3,3]
  %y1 = Einsum(%a) {equation="ii->i"}
  %y2 = Einsum(%a, %b) {equation="ij,ij->i"}
  %y3 = Einsum(%c, %d) {equation="ij,ij->"}
  %y4 = Einsum(%e, %e) {equation="ij,jk->ik"}
  out %y1
  out %y2
  out %y3
  out %y4
}
=>
graph "" {
  in %a: f32[3,3]
  in %b: f32[1,3]
  in %c: f32[N,M]
  in %d: f32[N,M]
  in %e: i64[3,3]
  const %t.0: i64[2] = {1, -1}
  const %t.1: i64[2] = {-1, 1}
  const %t.2: i64[2] = {0, 1}
  %y1 = Einsum(%a) {equation="ii->i"}
  %y2 = Einsum(%a, %b) {equation="ij,ij->i"}
  %t.3 = Reshape(%c, %t.0)
  %t.4 = Reshape(%d, %t.1)
  %t.5 = MatMul(%t.3, %t.4)
  %y3 = Squeeze(%t.5, %t.2)
  %y4 = Einsum(%e, %e) {equation="ij,jk->ik"}
  out %y1
  out %y2
  out %y3
  out %y4
}
