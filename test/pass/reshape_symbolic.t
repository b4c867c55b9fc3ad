# reshape: a size that comes from the chain's input is copied from there
graph "" {
  in %x: f32[N,3,4]
  const %flat: i64[1] = {-1}
  const %axes: i64[2] = {2, 3}
  const %there: i64[3] = {-1, 4, 3}
  %p = Reshape(%x, %there)
  %q = Unsqueeze(%p, %axes)
  %y = Relu(%q)
  out %y
}
=>
graph "" {
  in %x: f32[N,3,4]
  const %t.1: i64[5] = {0, 4, 1, 1, 3}
  %q = Reshape(%x, %t.1)
  %y = Relu(%q)
  out %y
}
