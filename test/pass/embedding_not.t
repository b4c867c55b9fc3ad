# embedding: not for other numbers, other axes, values, scaled products, infinite weights
graph "" {
  in %x: i64[N,1]
  in %z: i64[3]
  in %g: f32[N,1]
  const %depth: i64[] = {3}
  const %values: f32[2] = {0, 1}
  const %minus: f32[2] = {-1, 1}
  const %two: i64[1,3] = {0, 2, 1}
  const %one: i64[1,3] = {0, 1, 2}
  const %real: f32[1,3] = {0, 1, 2}
  const %w: f32[3,2] = {1, 2, 3, 4, 5, 6}
  const %inf: f32[3,2] = {1, 2, inf, 4, 5, 6}
  %a = Equal(%x, %two)
  %b = Cast(%a) {to=1}
  %c = MatMul(%b, %w)
  %d = OneHot(%z, %depth, %values) {axis=0}
  %e = MatMul(%d, %w)
  %f = OneHot(%z, %depth, %minus)
  %h = MatMul(%f, %w)
  %i = Equal(%x, %one)
  %j = Cast(%i) {to=1}
  %k = Gemm(%j, %w) {alpha=2.0}
  %l = MatMul(%j, %inf)
  %m = Equal(%g, %real)
  %n = Cast(%m) {to=1}
  %o = MatMul(%n, %w)
  out %c
  out %e
  out %h
  out %k
  out %l
  out %o
}
=>
graph "" {
  in %x: i64[N,1]
  in %z: i64[3]
  in %g: f32[N,1]
  const %two: i64[1,3] = {0, 2, 1}
  const %w: f32[3,2] = {1, 2, 3, 4, 5, 6}
  const %depth: i64[] = {3}
  const %values: f32[2] = {0, 1}
  const %minus: f32[2] = {-1, 1}
  const %one: i64[1,3] = {0, 1, 2}
  const %inf: f32[3,2] = {1, 2, inf, 4, 5, 6}
  const %real: f32[1,3] = {0, 1, 2}
  %a = Equal(%x, %two)
  %b = Cast(%a) {to=1}
  %c = MatMul(%b, %w)
  %d = OneHot(%z, %depth, %values) {axis=0}
  %e = MatMul(%d, %w)
  %f = OneHot(%z, %depth, %minus)
  %h = MatMul(%f, %w)
  %i = Equal(%x, %one)
  %j = Cast(%i) {to=1}
  %k = Gemm(%j, %w) {alpha=2.0}
  %l = MatMul(%j, %inf)
  %m = Equal(%g, %real)
  %n = Cast(%m) {to=1}
  %o = MatMul(%n, %w)
  out %c
  out %e
  out %h
  out %k
  out %l
  out %o
}
