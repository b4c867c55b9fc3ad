# gather, transpose, identity: nearest pixels by tuples of indices are a Gather for each dimension
graph "" {
  in %x: f32[1,2,3,5]
  const %at: i64[2,3,2] = {0,0, 0,2, 0,3, 2,0, 2,2, 2,3}
  %t = Transpose(%x) {perm=[2,3,0,1]}
  %g = GatherND(%t, %at)
  %y = Transpose(%g) {perm=[2,3,0,1]}
  out %y
}
=>
graph "" {
  in %x: f32[1,2,3,5]
  const %t.0: i64[2] = {0, 2}
  const %t.1: i64[3] = {0, 2, 3}
  %t.2 = Gather(%x, %t.0) {axis=2}
  %y = Gather(%t.2, %t.1) {axis=3}
  out %y
}
