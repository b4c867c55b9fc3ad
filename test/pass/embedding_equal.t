# embedding: a comparison with 0, 1, 2 by a matrix picks its rows, or zeros
graph "" {
  in %x: i32[N,1]
  const %count: i32[1,3] = {0, 1, 2}
  const %w: f32[3,2] = {1, 2, 3, 4, 5, 6}
  %e = Equal(%x, %count)
  %f = Cast(%e) {to=1}
  %y = MatMul(%f, %w)
  out %y
}
=>
graph "" {
  in %x: i32[N,1]
  const %t.0: i64[1] = {-1}
  const %t.1: i32[] = {-1}
  const %t.2: i32[] = {3}
  const %t.3: f32[4,2] = {1, 2, 3, 4, 5, 6, 0, 0}
  %t.4 = Squeeze(%x, %t.0)
  %t.5 = Clip(%t.4, %t.1, %t.2)
  %y = Gather(%t.3, %t.5)
  out %y
}
