# content: symbolic arithmetic that feeds something else than a Reshape is one tn.Dims over the graph's inputs
graph "" {
  in %x: f32[N,C]
  in %z: f32[M,K]
  const %zero: i64[] = {0}
  const %axis: i64[1] = {0}
  const %two: i64[1] = {2}
  %a = Relu(%x)
  %b = Concat(%z, %z) {axis=0}
  %sa = Shape(%a)
  %sb = Shape(%b)
  %n = Gather(%sa, %zero)
  %m = Gather(%sb, %zero)
  %n1 = Unsqueeze(%n, %axis)
  %m1 = Unsqueeze(%m, %axis)
  %sum = Add(%n1, %m1)
  %size = Mul(%sum, %two)
  %y = ConstantOfShape(%size)
  out %y
}
=>
graph "" {
  in %x: f32[N,C]
  in %z: f32[M,K]
  %size = tn.Dims(%x, %z) {exprs=["2*N+4*M"], symbols=["N","M"], inputs=[0,1], axes=[0,0]}
  %y = ConstantOfShape(%size)
  out %y
}
