# gather: a place of the tuples may count along several dimensions
graph "" {
  in %x: f32[4,3,2]
  const %at: i64[2,2,3,2] = {0,2, 0,1, 0,0, 1,2, 1,1, 1,0, 3,2, 3,1, 3,0, 0,2, 0,1, 0,0}
  %y = GatherND(%x, %at)
  out %y
}
=>
graph "" {
  in %x: f32[4,3,2]
  const %t.0: i64[2,2] = {0, 1, 3, 0}
  const %t.1: i64[3] = {2, 1, 0}
  %t.2 = Gather(%x, %t.0) {axis=0}
  %y = Gather(%t.2, %t.1) {axis=2}
  out %y
}
