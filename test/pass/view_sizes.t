# view, content: a shape of sizes is taken from where they are
graph "" {
  in %x: f32[N,C,H]
  in %z: f32[N,K]
  const %pick: i64[1] = {0}
  const %rest: i64[1] = {2}
  %sx = Shape(%x)
  %sz = Shape(%z)
  %n = Gather(%sz, %pick)
  %c = Shape(%x) {start=1, end=2}
  %h = Gather(%sx, %rest)
  %ch = Mul(%c, %h)
  %to = Concat(%ch, %n) {axis=0}
  %t = Transpose(%x) {perm=[1,2,0]}
  %y = Reshape(%t, %to)
  out %y
}
=>
graph "" {
  in %x: f32[N,C,H]
  in %z: f32[N,K]
  %t = Transpose(%x) {perm=[1,2,0]}
  %y = tn.View(%t, %x) {exprs=["C*H","N"], symbols=["C","H","N"], inputs=[1,1,1], axes=[1,2,0]}
  out %y
}
