# content: the Shape/Gather/Concat chain of a fixed size is a constant
graph "" {
  in %x: f32[2,3,4]
  const %zero: i64[] = {0}
  const %axis: i64[1] = {0}
  const %rest: i64[1] = {-1}
  %shape = Shape(%x)
  %batch = Gather(%shape, %zero)
  %first = Unsqueeze(%batch, %axis)
  %target = Concat(%first, %rest) {axis=0}
  %y = Reshape(%x, %target)
  out %y
}
=>
graph "" {
  in %x: f32[2,3,4]
  const %target: i64[2] = {2, -1}
  %y = Reshape(%x, %target)
  out %y
}
