# embedding, identity: OneHot counts from the end as well; a turned matrix, and its bias
graph "" {
  in %x: i64[N]
  const %depth: i64[] = {3}
  const %values: f32[2] = {0, 1}
  const %w: f32[2,3] = {1, 2, 3, 4, 5, 6}
  const %b: f32[2] = {7, 8}
  %f = OneHot(%x, %depth, %values)
  %y = Gemm(%f, %w, %b) {transB=1}
  out %y
}
=>
graph "" {
  in %x: i64[N]
  const %t.0: i64[] = {-4}
  const %t.1: i64[] = {3}
  const %t.2: f32[7,2] = {1, 4, 2, 5, 3, 6, 0, 0, 1, 4, 2, 5, 3, 6}
  const %b: f32[2] = {7, 8}
  %t.3 = Clip(%x, %t.0, %t.1)
  %t.4 = Add(%t.2, %b)
  %y = Gather(%t.4, %t.3)
  out %y
}
