# join: products of one row by several matrices are one, taken apart again
graph "" {
  in %x: f32[1,1,2]
  const %a: f32[2,3] = {1, 2, 3, 4, 5, 6}
  const %b: f32[2,1] = {7, 8}
  const %c: f32[2,2] = {9, 10, 11, 12}
  %p = MatMul(%x, %a)
  %s = Sqrt(%p)
  %q = MatMul(%x, %b)
  %r = MatMul(%x, %c)
  out %s
  out %q
  out %r
}
=>
graph "" {
  in %x: f32[1,1,2]
  const %t.3: f32[2,6] = {1, 2, 3, 7, 9, 10, 4, 5, 6, 8, 11, 12}
  const %t.5: i64[3] = {3, 1, 2}
  %t.4 = MatMul(%x, %t.3)
  %p, %q, %r = Split(%t.4, %t.5) {axis=-1}
  %s = Sqrt(%p)
  out %s
  out %q
  out %r
}
