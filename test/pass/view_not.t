# view: a shape with -1 or 0, or from the data, stays
graph "" {
  in %x: f32[N,3]
  in %s: i64[2]
  %d = tn.Dims(%x) {exprs=["N","-1"], symbols=["N"], inputs=[0], axes=[0]}
  %y = Reshape(%x, %d)
  %z = Reshape(%x, %s)
  %n = Neg(%z)
  out %y
}
=>
graph "" {
  in %x: f32[N,3]
  in %s: i64[2]
  %d = tn.Dims(%x) {exprs=["N","-1"], symbols=["N"], inputs=[0], axes=[0]}
  %y = Reshape(%x, %d)
  %z = Reshape(%x, %s)
  %n = Neg(%z)
  out %y
}
