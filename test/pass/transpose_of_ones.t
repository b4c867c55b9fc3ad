# transpose: one that only moves dimensions of size 1 is a Reshape
graph "" {
  in %x: f32[N,1,5]
  %y = Transpose(%x) {perm=[0,2,1]}
  out %y
}
=>
graph "" {
  in %x: f32[N,1,5]
  const %t.1: i64[3] = {0, 5, 1}
  %y = Reshape(%x, %t.1)
  out %y
}
