# slice: one that is an output, that others read too or whose places are not known stays
graph "" {
  in %x: f32[N,3,8,8]
  in %at: i64[1]
  const %zero: i64[1] = {0}
  const %one: i64[1] = {1}
  const %two: i64[1] = {2}
  const %three: i64[1] = {3}
  const %far: i64[1] = {100}
  %a = Slice(%x, %one, %far, %two, %two)
  %b = Slice(%a, %zero, %far, %three, %two)
  %c = Slice(%x, %zero, %far, %two, %two)
  %d = Slice(%c, %zero, %far, %three, %two)
  %e = Relu(%c)
  %f = Slice(%x, %at, %far, %two, %two)
  %g = Slice(%f, %zero, %far, %three, %two)
  out %a
  out %b
  out %d
  out %e
  out %g
}
=>
graph "" {
  in %x: f32[N,3,8,8]
  in %at: i64[1]
  const %one: i64[1] = {1}
  const %far: i64[1] = {100}
  const %two: i64[1] = {2}
  const %zero: i64[1] = {0}
  const %three: i64[1] = {3}
  %a = Slice(%x, %one, %far, %two, %two)
  %b = Slice(%a, %zero, %far, %three, %two)
  %c = Slice(%x, %zero, %far, %two, %two)
  %d = Slice(%c, %zero, %far, %three, %two)
  %e = Relu(%c)
  %f = Slice(%x, %at, %far, %two, %two)
  %g = Slice(%f, %zero, %far, %three, %two)
  out %a
  out %b
  out %d
  out %e
  out %g
}
