# transpose, fold_const, identity: one is pulled up through element-wise nodes and constants to where it is undone
graph "" {
  in %x: f32[N,2,H,W]
  const %bias: f32[2] = {1, 2}
  const %half: f32[] = {0.5}
  %a = Transpose(%x) {perm=[0,2,3,1]}
  %b = Add(%a, %bias)
  %c = Relu(%b)
  %d = Mul(%c, %half)
  %e = Transpose(%d) {perm=[0,3,1,2]}
  %y = Exp(%e)
  out %y
}
=>
graph "" {
  in %x: f32[N,2,H,W]
  const %t.7: f32[1,2,1,1] = {1, 2}
  const %half: f32[] = {0.5}
  %t.1 = Add(%x, %t.7)
  %t.2 = Relu(%t.1)
  %e = Mul(%t.2, %half)
  %y = Exp(%e)
  out %y
}
