# content: a Reshape to sizes of its input gets a constant shape that copies them
graph "" {
  in %x: f32[N,T,24]
  const %zero: i64[] = {0}
  const %one: i64[] = {1}
  const %axis: i64[1] = {0}
  const %heads: i64[2] = {4, 6}
  %shape = Shape(%x)
  %n = Gather(%shape, %zero)
  %t = Gather(%shape, %one)
  %n1 = Unsqueeze(%n, %axis)
  %t1 = Unsqueeze(%t, %axis)
  %target = Concat(%n1, %t1, %heads) {axis=0}
  %y = Reshape(%x, %target)
  out %y
}
=>
graph "" {
  in %x: f32[N,T,24]
  const %t.1: i64[4] = {0, 0, 4, 6}
  %y = Reshape(%x, %t.1)
  out %y
}
