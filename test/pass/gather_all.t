# gather: all of a vector in its order
graph "" {
  in %x: f32[4]
  const %at: i64[2,2] = {0, 1, 2, 3}
  %y = Gather(%x, %at)
  out %y
}
=>
graph "" {
  in %x: f32[4]
  const %t.0: i64[2] = {2, 2}
  %y = Reshape(%x, %t.0)
  out %y
}
