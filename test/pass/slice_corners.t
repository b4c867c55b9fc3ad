# slice: steps along the height go into the Slices along the width that read them, and nothing else does
graph "" {
  in %x: f32[N,3,8,8]
  const %zero: i64[1] = {0}
  const %one: i64[1] = {1}
  const %two: i64[1] = {2}
  const %three: i64[1] = {3}
  const %far: i64[1] = {100}
  const %back: i64[1] = {-2}
  %a = Slice(%x, %one, %far, %back, %two)
  %b = Slice(%a, %zero, %far, %three, %two)
  %c = Slice(%a, %one, %far, %three, %two)
  %d = Slice(%x, %zero, %far, %two, %two)
  %e = Slice(%d, %one, %far, %two, %two)
  %f = Slice(%x, %one, %far, %two)
  %h = Slice(%f, %one, %far, %three, %two)
  out %b
  out %c
  out %e
  out %h
}
=>
graph "" {
  in %x: f32[N,3,8,8]
  const %t.0: i64[2] = {1, 0}
  const %t.1: i64[2] = {100, 100}
  const %t.2: i64[2] = {2, 3}
  const %t.3: i64[2] = {2, 2}
  const %t.4: i64[2] = {1, 1}
  const %t.5: i64[2] = {100, 100}
  const %t.6: i64[2] = {2, 3}
  const %t.7: i64[2] = {2, 2}
  const %zero: i64[1] = {0}
  const %far: i64[1] = {100}
  const %two: i64[1] = {2}
  const %one: i64[1] = {1}
  const %three: i64[1] = {3}
  %b = Slice(%x, %t.0, %t.1, %t.2, %t.3)
  %c = Slice(%x, %t.4, %t.5, %t.6, %t.7)
  %d = Slice(%x, %zero, %far, %two, %two)
  %e = Slice(%d, %one, %far, %two, %two)
  %f = Slice(%x, %one, %far, %two)
  %h = Slice(%f, %one, %far, %three, %two)
  out %b
  out %c
  out %e
  out %h
}
