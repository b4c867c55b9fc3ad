# content: a -1 the model has itself stays beside a copied size
graph "" {
  in %x: f32[N,C,H,W]
  const %zero: i64[] = {0}
  const %axis: i64[1] = {0}
  const %rest: i64[2] = {-1, 1}
  %shape = Shape(%x)
  %n = Gather(%shape, %zero)
  %n1 = Unsqueeze(%n, %axis)
  %target = Concat(%n1, %rest) {axis=0}
  %y = Reshape(%x, %target)
  out %y
}
=>
graph "" {
  in %x: f32[N,C,H,W]
  const %t.1: i64[3] = {0, -1, 1}
  %y = Reshape(%x, %t.1)
  out %y
}
