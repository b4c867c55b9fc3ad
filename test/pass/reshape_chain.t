# reshape: of a chain of shapes the last one counts
graph "" {
  in %x: f32[2,3,4]
  const %axis: i64[1] = {1}
  const %a: i64[3] = {4, 3, 2}
  %p = Flatten(%x)
  %q = Unsqueeze(%p, %axis)
  %r = Reshape(%q, %a)
  %y = Relu(%r)
  out %y
}
=>
graph "" {
  in %x: f32[2,3,4]
  const %t.1: i64[3] = {4, 3, 2}
  %r = Reshape(%x, %t.1)
  %y = Relu(%r)
  out %y
}
