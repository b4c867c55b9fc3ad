# gather: tuples that are no grid stay
graph "" {
  in %x: f32[4,3]
  const %at: i64[2,2,2] = {0,2, 0,1, 1,2, 2,2}
  const %swapped: i64[2,2,2] = {0,1, 1,1, 0,2, 1,2}
  %y = GatherND(%x, %at)
  %z = GatherND(%x, %swapped)
  out %y
  out %z
}
=>
graph "" {
  in %x: f32[4,3]
  const %at: i64[2,2,2] = {0, 2, 0, 1, 1, 2, 2, 2}
  const %swapped: i64[2,2,2] = {0, 1, 1, 1, 0, 2, 1, 2}
  %y = GatherND(%x, %at)
  %z = GatherND(%x, %swapped)
  out %y
  out %z
}
