# join: not many rows, open ones, other types or attributes, a bias on one side, a matrix that is computed
graph "" {
  in %x: f32[5,2]
  in %y: f32[N,2]
  in %z: f32[1,2]
  in %v: f32[2,2]
  const %a: f32[2,3] = {1, 2, 3, 4, 5, 6}
  const %b: f32[2,1] = {7, 8}
  const %c: f32[1] = {9}
  const %d: f32[1,2] = {1, 2}
  %x1 = MatMul(%x, %a)
  %x2 = MatMul(%x, %b)
  %y1 = MatMul(%y, %a)
  %y2 = MatMul(%y, %b)
  %z1 = MatMul(%z, %a)
  %z2 = Gemm(%z, %b, %c)
  %z3 = Gemm(%z, %b) {alpha=2.0}
  %z4 = Gemm(%z, %d) {transB=1}
  %z5 = MatMul(%z, %v)
  out %x1
  out %x2
  out %y1
  out %y2
  out %z1
  out %z2
  out %z3
  out %z4
  out %z5
}
=>
graph "" {
  in %x: f32[5,2]
  in %y: f32[N,2]
  in %z: f32[1,2]
  in %v: f32[2,2]
  const %a: f32[2,3] = {1, 2, 3, 4, 5, 6}
  const %b: f32[2,1] = {7, 8}
  const %c: f32[1] = {9}
  const %d: f32[1,2] = {1, 2}
  %x1 = MatMul(%x, %a)
  %x2 = MatMul(%x, %b)
  %y1 = MatMul(%y, %a)
  %y2 = MatMul(%y, %b)
  %z1 = MatMul(%z, %a)
  %z2 = Gemm(%z, %b, %c)
  %z3 = Gemm(%z, %b) {alpha=2.0}
  %z4 = Gemm(%z, %d) {transB=1}
  %z5 = MatMul(%z, %v)
  out %x1
  out %x2
  out %y1
  out %y2
  out %z1
  out %z2
  out %z3
  out %z4
  out %z5
}
