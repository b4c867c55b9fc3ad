# reshape: a shape of symbolic sizes that copies nothing is taken over, zeros meaning themselves
graph "" {
  in %x: f32[A,B]
  %d = tn.Dims(%x) {exprs=["B","A"], symbols=["A","B"], inputs=[0,0], axes=[0,1]}
  %p = Flatten(%x) {axis=0}
  %y = Reshape(%p, %d)
  out %y
}
=>
graph "" {
  in %x: f32[A,B]
  %d = tn.Dims(%x) {exprs=["B","A"], symbols=["A","B"], inputs=[0,0], axes=[0,1]}
  %y = Reshape(%x, %d) {allowzero=1}
  out %y
}
