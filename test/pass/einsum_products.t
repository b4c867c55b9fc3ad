# einsum: attention's two products, heads of an activation by constant weights, an outer product with open sizes
graph "" {
  in %q: f32[2,4,3,5]
  in %k: f32[2,6,3,5]
  in %x: f32[N,M,7]
  in %z: f32[K]
  const %w: f32[7,2,1] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
  %s = Einsum(%q, %k) {equation="bthd,bshd->bhts"}
  %r = Einsum(%s, %k) {equation="bhts,bshd->bthd"}
  %h = Einsum(%x, %w) {equation="...d,dhe->...he"}
  %o = Einsum(%x, %z) {equation="nmd,k->kmn"}
  out %r
  out %h
  out %o
}
=>
graph "" {
  in %q: f32[2,4,3,5]
  in %k: f32[2,6,3,5]
  in %x: f32[N,M,7]
  in %z: f32[K]
  const %w: f32[7,2,1] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
  const %t.0: i64[1] = {2}
  const %t.1: i64[1] = {3}
  const %t.2: i64[1] = {2}
  const %t.3: i64[2] = {1, 2}
  %t.4 = Transpose(%q) {perm=[0,2,1,3]}
  %t.5 = Transpose(%k) {perm=[0,2,3,1]}
  %s = MatMul(%t.4, %t.5)
  %t.6 = Transpose(%k) {perm=[0,2,1,3]}
  %t.7 = MatMul(%s, %t.6)
  %r = Transpose(%t.7) {perm=[0,2,1,3]}
  %t.8 = Squeeze(%w, %t.0)
  %t.9 = MatMul(%x, %t.8)
  %h = Unsqueeze(%t.9, %t.1)
  %t.10 = ReduceSum(%x, %t.2) {keepdims=0}
  %t.11 = Transpose(%t.10) {perm=[1,0]}
  %t.12 = Unsqueeze(%z, %t.3)
  %o = Mul(%t.11, %t.12)
  out %r
  out %h
  out %o
}
