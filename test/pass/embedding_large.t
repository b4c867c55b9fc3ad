# embedding: a large matrix is not there twice
graph "" {
  in %x: i64[N]
  const %depth: i64[] = {3}
  const %values: f32[2] = {0, 1}
  const %w: f32[3,400000] = {0...}
  %f = OneHot(%x, %depth, %values)
  %y = MatMul(%f, %w)
  out %y
}
=>
graph "" {
  in %x: i64[N]
  const %t.0: i64[] = {-4}
  const %t.1: i64[] = {3}
  const %t.2: i64[] = {0}
  const %t.3: i64[] = {3}
  const %t.4: f32[4,400000] = {0...}
  %t.5 = Clip(%x, %t.0, %t.1)
  %t.6 = Less(%t.5, %t.2)
  %t.7 = Add(%t.5, %t.3)
  %t.8 = Where(%t.6, %t.7, %t.5)
  %y = Gather(%t.4, %t.8)
  out %y
}
