# content: beside a copied size, which may be 0, no -1 is made up; one tn.Dims says the shape
graph "" {
  in %x: f32[N,C,H,W]
  const %heads: i64[1] = {0}
  const %two: i64[1] = {2}
  const %four: i64[1] = {4}
  %shape = Shape(%x)
  %nc = Slice(%shape, %heads, %two)
  %hw = Slice(%shape, %two, %four)
  %pixels = ReduceProd(%hw) {keepdims=1}
  %target = Concat(%nc, %pixels) {axis=0}
  %y = Reshape(%x, %target)
  out %y
}
=>
graph "" {
  in %x: f32[N,C,H,W]
  %target = tn.Dims(%x) {exprs=["N","C","H*W"], symbols=["N","C","H","W"], inputs=[0,0,0,0], axes=[0,1,2,3]}
  %y = Reshape(%x, %target)
  out %y
}
