# update: indices out of order, twice, or backwards are no slice
graph "" {
  in %x: f32[4]
  in %u: f32[3]
  const %a: i64[3,1] = {0, 2, 1}
  const %b: i64[3,1] = {2, 2, 2}
  const %c: i64[3,1] = {3, 2, 1}
  %p = ScatterND(%x, %a, %u)
  %q = ScatterND(%x, %b, %u)
  %r = ScatterND(%x, %c, %u)
  out %p
  out %q
  out %r
}
=>
graph "" {
  in %x: f32[4]
  in %u: f32[3]
  const %a: i64[3,1] = {0, 2, 1}
  const %b: i64[3,1] = {2...}
  const %c: i64[3,1] = {3, 2, 1}
  %p = ScatterND(%x, %a, %u)
  %q = ScatterND(%x, %b, %u)
  %r = ScatterND(%x, %c, %u)
  out %p
  out %q
  out %r
}
