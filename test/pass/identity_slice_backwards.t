# identity: a Slice that runs backwards has its input's shape and stays
graph "" {
  in %x: f32[4]
  const %start: i64[1] = {-1}
  const %end: i64[1] = {-9223372036854775807}
  const %axis: i64[1] = {0}
  const %step: i64[1] = {-1}
  %y = Slice(%x, %start, %end, %axis, %step)
  out %y
}
=>
graph "" {
  in %x: f32[4]
  const %start: i64[1] = {-1}
  const %end: i64[1] = {-9223372036854775807}
  const %axis: i64[1] = {0}
  const %step: i64[1] = {-1}
  %y = Slice(%x, %start, %end, %axis, %step)
  out %y
}
