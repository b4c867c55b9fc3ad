# rmsnorm: not over another dimension, nor of another value
graph "" {
  in %x: f32[4,4]
  in %z: f32[4,4]
  const %first: i64[1] = {0}
  const %last: i64[1] = {1}
  const %eps: f32[] = {1e-5}
  %p = Mul(%x, %x)
  %m = ReduceMean(%p, %first)
  %a = Add(%m, %eps)
  %r = Sqrt(%a)
  %y = Div(%x, %r)
  %n = ReduceMean(%p, %last)
  %b = Add(%n, %eps)
  %s = Sqrt(%b)
  %w = Div(%z, %s)
  out %y
  out %w
}
=>
graph "" {
  in %x: f32[4,4]
  in %z: f32[4,4]
  const %first: i64[1] = {0}
  const %eps: f32[] = {9.99999975e-06}
  const %last: i64[1] = {1}
  %p = Mul(%x, %x)
  %m = ReduceMean(%p, %first)
  %a = Add(%m, %eps)
  %r = Sqrt(%a)
  %y = Div(%x, %r)
  %n = ReduceMean(%p, %last)
  %b = Add(%n, %eps)
  %s = Sqrt(%b)
  %w = Div(%z, %s)
  out %y
  out %w
}
