# normalize: not where the norm is wanted elsewhere, has an upper bound, is of another value or along others
graph "" {
  in %x: f32[8,8]
  in %z: f32[8,8]
  const %last: i64[1] = {1}
  const %low: f32[] = {1e-6}
  const %high: f32[] = {9}
  %n = ReduceL2(%x, %last)
  %a = Div(%x, %n)
  %o = ReduceL2(%x, %last)
  %c = Clip(%o, %low, %high)
  %b = Div(%x, %c)
  %p = ReduceL2(%z, %last)
  %d = Div(%x, %p)
  %q = ReduceL2(%x, %last) {keepdims=0}
  %e = Div(%x, %q)
  out %n
  out %a
  out %b
  out %d
  out %e
}
=>
graph "" {
  in %x: f32[8,8]
  in %z: f32[8,8]
  const %last: i64[1] = {1}
  const %low: f32[] = {9.99999997e-07}
  const %high: f32[] = {9}
  %n = ReduceL2(%x, %last)
  %a = Div(%x, %n)
  %o = ReduceL2(%x, %last)
  %c = Clip(%o, %low, %high)
  %b = Div(%x, %c)
  %p = ReduceL2(%z, %last)
  %d = Div(%x, %p)
  %q = ReduceL2(%x, %last) {keepdims=0}
  %e = Div(%x, %q)
  out %n
  out %a
  out %b
  out %d
  out %e
}
