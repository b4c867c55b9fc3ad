# content: a size that is neither a number nor the input's becomes -1 where no other size can be 0
graph "" {
  in %x: f32[H,W,3]
  const %two: i64[1] = {2}
  const %three: i64[1] = {3}
  const %zero: i64[1] = {0}
  %shape = Shape(%x)
  %hw = Slice(%shape, %zero, %two)
  %pixels = ReduceProd(%hw) {keepdims=1}
  %target = Concat(%pixels, %three) {axis=0}
  %y = Reshape(%x, %target)
  out %y
}
=>
graph "" {
  in %x: f32[H,W,3]
  const %t.1: i64[2] = {-1, 3}
  %y = Reshape(%x, %t.1)
  out %y
}
