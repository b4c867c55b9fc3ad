# layernorm: a mean over the first dimension is another normalisation
graph "" {
  in %x: f32[N,4]
  const %first: i64[1] = {0}
  const %eps: f32[] = {0.5}
  %m = ReduceMean(%x, %first)
  %d = Sub(%x, %m)
  %p = Mul(%d, %d)
  %v = ReduceMean(%p, %first)
  %e = Add(%v, %eps)
  %s = Sqrt(%e)
  %y = Div(%d, %s)
  out %y
}
=>
graph "" {
  in %x: f32[N,4]
  const %first: i64[1] = {0}
  const %eps: f32[] = {0.5}
  %m = ReduceMean(%x, %first)
  %d = Sub(%x, %m)
  %p = Mul(%d, %d)
  %v = ReduceMean(%p, %first)
  %e = Add(%v, %eps)
  %s = Sqrt(%e)
  %y = Div(%d, %s)
  out %y
}
